"""Measurements against limits and peers."""
