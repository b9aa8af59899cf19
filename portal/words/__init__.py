"""Refusals in words: every code that the rooms raise, in both languages (J3)."""

from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from db import Refused
from portal.words import (
    analytics,
    cards,
    exchange,
    linked,
    ministry,
    notices,
    org,
    review,
    running,
    scanner,
    stocktake,
)
from registry.words import Label

ZONE: Final = ZoneInfo("Asia/Shanghai")

# code: (Chinese, English); {fact} is filled in
WORDS: Final[dict[str, Label]] = (
    running.WORDS
    | org.WORDS
    | cards.WORDS
    | review.WORDS
    | notices.WORDS
    | analytics.WORDS
    | exchange.WORDS
    | linked.WORDS
    | ministry.WORDS
    | scanner.WORDS
    | stocktake.WORDS
)


def words_for(refused: Refused, language: str) -> str:
    """The sentence of a refusal in 'zh' or 'en', its facts filled in."""
    sentence = WORDS[refused.code].of(language)
    return sentence.format(
        **{name: _fact(value, language) for name, value in refused.facts.items()}
    )


def by_field(refused: Refused, language: str) -> dict[str, str]:
    """The sentence under the name of the field that is wrong, '' where it is the whole form."""
    return {str(refused.facts.get("field", "")): words_for(refused, language)}


def _fact(value: object, language: str) -> Any:
    if isinstance(value, Label):
        return value.of(language)
    if isinstance(value, datetime):
        return f"{value.astimezone(ZONE):%Y-%m-%d %H:%M}"
    return value
