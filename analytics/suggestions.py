"""Idle suggestions as people see them and decide on them (I5)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, LiteralString

from psycopg.rows import class_row

from db import Connection, Refused, audit, scalar
from db.keyset import Way, by_key

PAGE: Final = 50
QUIET: Final = timedelta(days=90)  # after a dismissal [A]
LONGEST_REASON: Final = 500


class State(StrEnum):
    """Where a suggestion stands."""

    OPEN = "open"
    WAITING = "waiting"  # its evidence has a gap; open again once that is closed
    ACCEPTED = "accepted"
    DISMISSED = "dismissed"
    STOCKTAKE = "stocktake"
    WITHDRAWN = "withdrawn"  # the asset is used, or the books no longer say so


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A suggestion with the asset as it is now and the evidence as it was. Money in yuan.

    `reason` is a person's words; of one that waits or is withdrawn a code of analytics' reasons.
    """

    id: int
    state: str
    raised_at: datetime
    waiting_since: datetime | None
    evidence: dict[str, Any]
    closed_at: datetime | None
    closed_by: str | None
    reason: str
    code: str
    name: str
    type: str
    category: str
    status: str
    unit_name: str
    section: str
    place: str
    net_value: Decimal
    photo: str | None


PIECES: Final[dict[str, LiteralString]] = {
    "found": """
    SELECT suggestion.id, suggestion.state, suggestion.raised_at, suggestion.waiting_since,
           suggestion.evidence, suggestion.closed_at, closer.name AS closed_by, suggestion.reason,
           card.code, card.name, card.type, card.category, card.status, unit.name AS unit_name,
           COALESCE(section.name, '') AS section, card.place, card.net_value,
           (SELECT digest FROM photo WHERE photo.card_id = card.id ORDER BY position LIMIT 1)
             AS photo
      FROM suggestion
      JOIN card ON card.id = suggestion.card_id
      JOIN unit ON unit.id = card.unit_id
      LEFT JOIN section ON section.id = card.using_section_id
      LEFT JOIN app_user AS closer ON closer.id = suggestion.closed_by
     WHERE card.unit_id IN (SELECT unit_id FROM visible_unit WHERE user_id = %(viewer)s)
       AND (%(id)s::bigint IS NULL OR suggestion.id = %(id)s::bigint)
       AND (%(state)s = '' OR suggestion.state = %(state)s)
       AND (%(section)s::integer IS NULL OR card.using_section_id = %(section)s::integer)
       AND """,
    "limited": " LIMIT %(limit)s",
}
DEAREST: Final = by_key(
    ("card.net_value", "suggestion.id"),
    ("%(after_value)s::numeric", "%(after_id)s::bigint"),
    descending=True,
)


def _list(way: Way) -> LiteralString:
    return PIECES["found"] + way.if_any + " ORDER BY " + way.by + PIECES["limited"]


LIST: LiteralString = _list(DEAREST.forward)
LIST_BACK: LiteralString = _list(DEAREST.back)


def page(
    conn: Connection,
    viewer: int,
    state: State = State.OPEN,
    section: int | None = None,
    after: tuple[Decimal, int] | None = None,
    size: int = PAGE,
    *,
    back: bool = False,
) -> tuple[list[Suggestion], bool]:
    """Suggestions that `viewer` may see, the dearest first; whether more stand the way it is read.

    `after` is (net value, id) from which on, or `back` from it.
    """
    after_value, after_id = after or (None, None)
    facts = {
        "viewer": viewer,
        "id": None,
        "state": state.value,
        "section": section,
        "after_value": after_value,
        "after_id": after_id,
        "limit": size + 1,
    }
    with conn.cursor(row_factory=class_row(Suggestion)) as cursor:
        rows = cursor.execute(LIST_BACK if back else LIST, facts).fetchall()
    return DEAREST.way(back).page(rows, size)


def one(conn: Connection, viewer: int, suggestion: int) -> Suggestion | None:
    """The suggestion with this id; None where there is none or `viewer` may not see it."""
    facts = {
        "viewer": viewer,
        "id": suggestion,
        "state": "",
        "section": None,
        "after_value": None,
        "after_id": None,
        "limit": 1,
    }
    with conn.cursor(row_factory=class_row(Suggestion)) as cursor:
        return cursor.execute(LIST, facts).fetchone()


STANDING_OF_CARD: LiteralString = """
    SELECT suggestion.id FROM suggestion JOIN card ON card.id = suggestion.card_id
     WHERE card.code = %(code)s AND suggestion.state IN ('open', 'waiting')
       AND card.unit_id IN (SELECT unit_id FROM visible_unit WHERE user_id = %(viewer)s)
"""


def standing_of(conn: Connection, viewer: int, code: str) -> Suggestion | None:
    """A card's suggestion that is open or waits, if there is one that `viewer` may see."""
    key = scalar(conn, STANDING_OF_CARD, viewer=viewer, code=code)
    return one(conn, viewer, key) if isinstance(key, int) else None


COUNTS: LiteralString = """
    SELECT suggestion.state, count(*), sum(card.net_value)
      FROM suggestion JOIN card ON card.id = suggestion.card_id
     WHERE card.unit_id IN (SELECT unit_id FROM visible_unit WHERE user_id = %(viewer)s)
     GROUP BY suggestion.state
"""


def counts(conn: Connection, viewer: int) -> dict[State, tuple[int, Decimal]]:
    """How many in each state, and the net value of their assets; every state is there."""
    found = {State(s): (n, value) for s, n, value in conn.execute(COUNTS, {"viewer": viewer})}
    return {state: found.get(state, (0, Decimal(0))) for state in State}


CLOSE: LiteralString = """
    UPDATE suggestion
       SET state = %(state)s, closed_at = %(now)s, closed_by = %(actor)s, reason = %(reason)s,
           quiet_until = %(quiet)s, waiting_since = NULL
     WHERE id = %(id)s AND state = ANY(%(before)s)
    RETURNING id
"""


def dismiss(
    conn: Connection,
    viewer: int,
    login: str,
    suggestion: int,
    reason: str,
    now: datetime,
    request: str = "",
) -> Suggestion:
    """Close a suggestion, also one that waits, with a reason; not raised again for a while (I5).

    Raises Refused 'suggestion.not_found', 'suggestion.reason_missing',
    'suggestion.reason_long' or, at a second click, 'suggestion.closed_already'.
    """
    words = reason.strip()
    found = one(conn, viewer, suggestion)
    if found is None:
        raise Refused("suggestion.not_found")
    if not words:
        raise Refused("suggestion.reason_missing", field="reason")
    if len(words) > LONGEST_REASON:
        raise Refused("suggestion.reason_long", field="reason", most=LONGEST_REASON)
    facts = {
        "id": suggestion,
        "before": [State.OPEN, State.WAITING],
        "state": State.DISMISSED.value,
        "now": now,
        "actor": viewer,
        "reason": words,
        "quiet": now + QUIET,
    }
    if scalar(conn, CLOSE, **facts) is None:
        raise Refused("suggestion.closed_already")
    subject = f"suggestion:{suggestion}"
    audit.record(
        conn, login, "suggestion.dismissed", subject, request, card=found.code, reason=words
    )
    return found


def accept(
    conn: Connection, viewer: int, login: str, suggestion: int, now: datetime, request: str = ""
) -> Suggestion:
    """Close a suggestion as right; the change of status that follows is drafted next (I5).

    Until that is approved it isn't raised again. Raises Refused 'suggestion.not_found',
    'suggestion.waits' or, at a second click, 'suggestion.closed_already'.
    """
    found = one(conn, viewer, suggestion)
    if found is None:
        raise Refused("suggestion.not_found")
    if found.state == State.WAITING:
        raise Refused("suggestion.waits")
    facts = {"id": suggestion, "before": [State.OPEN], "state": State.ACCEPTED.value, "now": now}
    if scalar(conn, CLOSE, **facts, actor=viewer, reason="", quiet=now + QUIET) is None:
        raise Refused("suggestion.closed_already")
    subject = f"suggestion:{suggestion}"
    audit.record(conn, login, "suggestion.accepted", subject, request, card=found.code)
    return found
