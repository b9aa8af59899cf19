"""What: categories, cards, their changes, their photos and attachments."""

from registry.cards import (
    categories,
    change_list,
    change_rules,
    changes,
    drafting,
    fields,
    followers,
    life,
    named,
    photos,
    register,
    saved_filters,
    uploads,
)
from registry.cards.card import Card, StatusCount, card, count_by_status, held, values_of
from registry.cards.kinds import CardType, ChangeKind, Group, Status

__all__ = [
    "Card",
    "CardType",
    "ChangeKind",
    "Group",
    "Status",
    "StatusCount",
    "card",
    "categories",
    "change_list",
    "change_rules",
    "changes",
    "count_by_status",
    "drafting",
    "fields",
    "followers",
    "held",
    "life",
    "named",
    "photos",
    "register",
    "saved_filters",
    "uploads",
    "values_of",
]
