"""Listings and demands: publish, squares, shortlist, settle, notice, match, ministry."""
