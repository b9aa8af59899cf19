"""Who and what: units, people and grants, cards, the review of any document, stocktakes."""
