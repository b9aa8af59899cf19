"""Readings to usage, usage to idle suggestions."""
