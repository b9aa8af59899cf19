"""Days on which the units of watched cards are closed, as of now and as they were judged (I3).

They are those of the calendar of the card's unit and of the units above it, as these are now. A
day that was closed when it was judged stays so, too, while the calendar that closed it says so:
whoever moves a card or a unit away doesn't turn the quiet days of a renovation into idleness.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import LiteralString

from psycopg.rows import class_row

from analytics import calendar
from db import Connection
from registry.org import closures
from registry.org.closures import Span


@dataclass(frozen=True, slots=True)
class _Watched:
    """A card, its unit now, and what its newest judgement took as closed, by which units."""

    card_id: int
    unit_id: int
    window_from: datetime | None
    window_to: datetime | None
    closed: list[date]
    closed_by: list[int]


WATCHED: LiteralString = """
    SELECT card.id AS card_id, card.unit_id, assessment.window_from, assessment.window_to,
           COALESCE(assessment.closed, '{}') AS closed,
           COALESCE(assessment.closed_by, '{}') AS closed_by
      FROM card LEFT JOIN assessment ON assessment.card_id = card.id
     WHERE card.id = ANY(%(cards)s)
"""


def _watched(conn: Connection, cards: Collection[int]) -> list[_Watched]:
    with conn.cursor(row_factory=class_row(_Watched)) as cursor:
        return cursor.execute(WATCHED, {"cards": list(cards)}).fetchall()


def by_card(
    conn: Connection, cards: Collection[int], first: date, last: date
) -> dict[int, dict[date, set[int]]]:
    """By card (an id) the days from `first` to `last` that are closed, and by which units (ids)."""
    watched = _watched(conn, cards)
    spans = _spans(conn, watched, first, last)
    return {one.card_id: _closed(one, spans, first, last) for one in watched}


def _spans(
    conn: Connection, watched: Sequence[_Watched], first: date, last: date
) -> dict[int, list[Span]]:
    units = {one.unit_id for one in watched}.union(*(one.closed_by for one in watched))
    return closures.holding(conn, units, first, last)


def _closed(
    one: _Watched, spans: Mapping[int, Sequence[Span]], first: date, last: date
) -> dict[date, set[int]]:
    found: dict[date, set[int]] = {}
    for span in spans.get(one.unit_id, ()):
        for day in _within(span, first, last):
            found.setdefault(day, set()).add(span.unit_id)
    judged = set(one.closed)
    own = (span for unit in one.closed_by for span in spans.get(unit, ()) if span.unit_id == unit)
    for span in own:
        for day in judged.intersection(_within(span, first, last)):
            found.setdefault(day, set()).add(span.unit_id)
    return found


def _within(span: Span, first: date, last: date) -> list[date]:
    """The days of the span from `first` to `last`, both included."""
    return calendar.days(max(span.since, first), min(span.until, last))


def judged_otherwise(conn: Connection, cards: Collection[int]) -> set[int]:
    """Those of the cards (ids) that were judged by other closed days than stand now.

    A closure was entered, changed or deleted, a unit was moved, a card has another unit: whatever
    it was, the days are compared.
    """
    judged = [
        (one, calendar.day_of(one.window_from), calendar.day_of(one.window_to))
        for one in _watched(conn, cards)
        if one.window_from and one.window_to
    ]
    if not judged:
        return set()
    begin, end = min(first for _, first, _ in judged), max(last for _, _, last in judged)
    spans = _spans(conn, [one for one, _, _ in judged], begin, end)
    return {
        one.card_id
        for one, first, last in judged
        if _closed(one, spans, first, last).keys() != set(one.closed)
    }
