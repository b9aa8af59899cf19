"""Listings and demands: publish, squares, shortlist, settle, notice, match, ministry."""

from exchange import life, unit_life  # follow cards and units from now on (F1)
from exchange.kinds import (
    DESCRIPTIONS,
    Description,
    Happened,
    Kind,
    Ministry,
    Origin,
    Reason,
    Scope,
    State,
)
from exchange.settings import ExchangeSettings

__all__ = [
    "DESCRIPTIONS",
    "Description",
    "ExchangeSettings",
    "Happened",
    "Kind",
    "Ministry",
    "Origin",
    "Reason",
    "Scope",
    "State",
    "life",
    "unit_life",
]
