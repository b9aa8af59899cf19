"""Tests by room, against a real TimescaleDB, a real broker and a real browser."""
