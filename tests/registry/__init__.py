"""Tests of who and what."""
