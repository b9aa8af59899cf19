"""What: categories, cards and their photos."""

from registry.cards import categories, photos
from registry.cards.card import Card, StatusCount, card, count_by_status
from registry.cards.kinds import CardType, Status

__all__ = [
    "Card",
    "CardType",
    "Status",
    "StatusCount",
    "card",
    "categories",
    "count_by_status",
    "photos",
]
