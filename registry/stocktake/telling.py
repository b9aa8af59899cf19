"""A difference in words: as booked and as seen, in the reader's language (H4)."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from registry.cards.fields import BY_NAME
from registry.cards.kinds import CARD_TYPES, STATUSES
from registry.review.engine import ZONE
from registry.stocktake.differences import Difference
from registry.stocktake.kinds import CONDITIONS, Cause, DifferenceKind
from registry.stocktake.sightings import Sighting
from registry.words import Label

BOOKED: Final = ("place", "custodian", "status")
NOTHING: Final = "–"
NOT_THERE: Final = Label("没有盘到", "Not found")
SEEN: Final = Label("由 {by} 盘到（{on}）", "Found by {by} ({on})")
SEEN_AT: Final = Label("由 {by} 在 {where} 盘到（{on}）", "Found by {by} at {where} ({on})")
OF_TASK: Final = Label("{said}，任务“{task}”", "{said}, in “{task}”")
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
    if one.sighting is not None:
        return sighted(one.sighting, language)
    if one.kind in {DifferenceKind.MISSING, DifferenceKind.ELSEWHERE}:
        return NOT_THERE.of(language)
    told = {name: value for name, value in one.after.items()
            if value or one.kind is not DifferenceKind.SURPLUS}  # fmt: skip
    return _said(told, told, language)


def sighted(one: Sighting, language: str) -> str:
    """By whom, where and when a card was seen that nobody has counted (H2)."""
    on = f"{one.at.astimezone(ZONE):%Y-%m-%d %H:%M}"
    label = SEEN_AT if one.where else SEEN
    said = label.of(language).format(by=one.by, where=one.where, on=on)
    return OF_TASK.of(language).format(said=said, task=one.task) if one.task else said


def explained(one: Difference, language: str) -> str:
    """Why it differs, after what became of it where it is missing."""
    cause = Cause(one.cause).label.of(language) if one.cause and one.explanation else ""
    return ("：" if language == "zh" else ": ").join(filter(None, (cause, one.explanation)))


def _said(values: Mapping[str, Any], names: Iterable[str], language: str) -> str:
    colon, stop = (": ", "; ") if language.startswith("en") else ("：", "；")
    return stop.join(
        f"{label_of(name).of(language)}{colon}{_word(name, values.get(name, ''), language)}"
        for name in sorted(names, key=ORDER.index)
    )


def _word(name: str, value: object, language: str) -> str:
    label = WORDS.get(name, {}).get(value)
    return label.of(language) if label else str(value) or NOTHING
