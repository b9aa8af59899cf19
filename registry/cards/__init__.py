"""What: categories, cards and their photos."""
