"""A difference in words: as booked and as seen, in the reader's language (H4)."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from registry.cards.fields import BY_NAME
from registry.cards.kinds import CARD_TYPES, STATUSES
from registry.stocktake.differences import Difference
from registry.stocktake.kinds import CONDITIONS, DifferenceKind
from registry.words import Label

BOOKED: Final = ("place", "custodian", "status")
NOTHING: Final = "–"
NOT_THERE: Final = Label("没有盘到", "Not found")
CONDITION: Final = Label("实物情况", "Condition")
ORDER: Final = ("condition", *BY_NAME, "value")
WORDS: Final[dict[str, Mapping[Any, Label]]] = {
    "condition": CONDITIONS, "status": STATUSES, "type": CARD_TYPES,
}  # fmt: skip


def label_of(name: str) -> Label:
    """What a fact of a difference is called."""
    if name == "condition":
        return CONDITION
    return BY_NAME["original_value" if name == "value" else name].label


def as_booked(one: Difference, language: str) -> str:
    """What the card says of that which differs; '' of a thing without a card."""
    if one.kind in {DifferenceKind.SURPLUS, DifferenceKind.CONDITION}:
        return ""
    names = one.after if one.kind is DifferenceKind.CHANGED else BOOKED
    return _said(one.before, names, language)


def as_seen(one: Difference, language: str) -> str:
    """What was seen; what was there no more is a dash, as on the page."""
    if one.kind is DifferenceKind.MISSING:
        return NOT_THERE.of(language)
    told = {name: value for name, value in one.after.items()
            if value or one.kind is not DifferenceKind.SURPLUS}  # fmt: skip
    return _said(told, told, language)


def _said(values: Mapping[str, Any], names: Iterable[str], language: str) -> str:
    colon, stop = (": ", "; ") if language.startswith("en") else ("：", "；")
    return stop.join(
        f"{label_of(name).of(language)}{colon}{_word(name, values.get(name, ''), language)}"
        for name in sorted(names, key=ORDER.index)
    )


def _word(name: str, value: object, language: str) -> str:
    label = WORDS.get(name, {}).get(value)
    return label.of(language) if label else str(value) or NOTHING
