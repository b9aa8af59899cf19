"""Tests of publishing, squares and what follows from them."""
