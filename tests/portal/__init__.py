"""Tests of the web portal, in a real browser where a person would be."""
