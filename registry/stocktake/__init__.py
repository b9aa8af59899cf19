"""Tasks and counts."""
