"""Idle suggestions as people see them and decide on them (I5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, LiteralString

from psycopg.rows import class_row

from db import Connection, Refused, audit, scalar
from db.keyset import Way, by_key
from registry import notices
from registry.cards import ChangeKind, followers
from registry.cards.change import Change
from registry.cards.values import Values
from registry.notices import Event
from registry.org import User, preparers_of

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
    An accepted one has its change; `agreed_by`: who found it right and may not draft.
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
    change_id: int | None
    change_number: str | None
    change_state: str | None
    agreed_by: str | None
    agreed_at: datetime | None


PIECES: Final[dict[str, LiteralString]] = {
    "found": """
    SELECT suggestion.id, suggestion.state, suggestion.raised_at, suggestion.waiting_since,
           suggestion.evidence, suggestion.closed_at, closer.name AS closed_by, suggestion.reason,
           card.code, card.name, card.type, card.category, card.status, unit.name AS unit_name,
           COALESCE(section.name, '') AS section, card.place, card.net_value,
           (SELECT digest FROM photo WHERE photo.card_id = card.id ORDER BY position LIMIT 1)
             AS photo,
           suggestion.change_id, review.number AS change_number, review.state AS change_state,
           agreer.name AS agreed_by, suggestion.agreed_at
      FROM suggestion
      JOIN card ON card.id = suggestion.card_id
      JOIN unit ON unit.id = card.unit_id
      LEFT JOIN section ON section.id = card.using_section_id
      LEFT JOIN app_user AS closer ON closer.id = suggestion.closed_by
      LEFT JOIN app_user AS agreer ON agreer.id = suggestion.agreed_by
      LEFT JOIN card_change
             ON card_change.id = suggestion.change_id AND suggestion.state = 'accepted'
      LEFT JOIN review ON review.id = card_change.review_id
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


TAKE_UP: LiteralString = """
    UPDATE suggestion
       SET state = %(state)s, waiting_since = %(waiting)s, reason = %(reason)s, closed_at = NULL,
           closed_by = NULL, quiet_until = NULL
      FROM card
     WHERE suggestion.id = %(id)s AND suggestion.state = 'dismissed'
       AND suggestion.closed_by = %(actor)s AND card.id = suggestion.card_id
       AND NOT EXISTS (SELECT FROM suggestion AS standing
                        WHERE standing.card_id = suggestion.card_id
                          AND standing.state IN ('open', 'waiting'))
    RETURNING card.code
"""


def take_up(
    conn: Connection, viewer: int, login: str, before: Mapping[str, Any], request: str = ""
) -> None:
    """Undo the viewer's own dismissal: it stands as it did `before` (see `as_it_stood`).

    Raises Refused 'undo.changed'.
    """
    code = scalar(conn, TAKE_UP, **before, actor=viewer)
    if code is None:
        raise Refused("undo.changed")
    subject = f"suggestion:{before['id']}"
    audit.record(conn, login, "suggestion.taken_up", subject, request, card=code)


def as_it_stood(one: Suggestion) -> dict[str, Any]:
    """How it stands, as plain values by which `take_up` puts it back."""
    waiting = one.waiting_since.isoformat() if one.waiting_since else None
    return {"id": one.id, "state": one.state, "waiting": waiting, "reason": one.reason}


ADOPT: LiteralString = """
    UPDATE suggestion
       SET state = 'accepted', closed_at = %(now)s, closed_by = %(actor)s, quiet_until = %(quiet)s,
           waiting_since = NULL, reason = '', change_id = card_change.id
      FROM card_change
     WHERE suggestion.id = %(id)s
       AND suggestion.state IN ('open', 'waiting')
       AND card_change.id = %(change)s
       AND card_change.card_id = suggestion.card_id
       AND card_change.after ->> 'status' IN ('idle', 'to_dispose')
    RETURNING suggestion.id
"""


def adopt(
    conn: Connection,
    viewer: int,
    login: str,
    suggestion: int,
    change: int,
    now: datetime,
    request: str = "",
) -> bool:
    """Close a suggestion as right: `change` is the draft, just saved, that follows from it (I5).

    Whether it was: not one that others have closed meanwhile, nor where the draft says otherwise
    than the suggestion. One whose evidence got a gap while the form was filled in is adopted.
    Until the draft is approved it isn't raised again.
    """
    found = one(conn, viewer, suggestion)
    if found is None:
        return False
    facts = {"id": suggestion, "change": change, "now": now, "actor": viewer, "quiet": now + QUIET}
    if scalar(conn, ADOPT, **facts) is None:
        return False
    subject = f"suggestion:{suggestion}"
    audit.record(
        conn, login, "suggestion.accepted", subject, request, card=found.code, change=change
    )
    return True


def require_open(conn: Connection, viewer: int, suggestion: int, code: str) -> Suggestion:
    """The suggestion on the asset `code` that a change may be drafted from.

    Raises Refused 'suggestion.not_found', 'suggestion.waits' or 'suggestion.closed_already' (fact:
    change, the id of the one that was drafted from it).
    """
    found = one(conn, viewer, suggestion)
    if found is None or found.code != code:
        raise Refused("suggestion.not_found")
    if found.state == State.WAITING:
        raise Refused("suggestion.waits")
    if found.state != State.OPEN:
        change = found.change_id if found.state == State.ACCEPTED else None
        raise Refused("suggestion.closed_already", change=change)
    return found


AGREE: LiteralString = """
    UPDATE suggestion SET agreed_by = %(actor)s, agreed_at = %(now)s
     WHERE id = %(id)s AND state = 'open' AND agreed_by IS NULL
    RETURNING (SELECT unit_id FROM card WHERE card.id = suggestion.card_id)
"""


def agree(
    conn: Connection, actor: User, suggestion: int, now: datetime, request: str = ""
) -> Suggestion:
    """Find a suggestion right without drafting what follows: its unit's preparers are told.

    It stays open until they have (I5). Raises Refused 'suggestion.not_found', 'suggestion.waits'
    or 'suggestion.closed_already', also at a second click.
    """
    found = one(conn, actor.id, suggestion)
    if found is None:
        raise Refused("suggestion.not_found")
    require_open(conn, actor.id, suggestion, found.code)
    unit = scalar(conn, AGREE, id=suggestion, actor=actor.id, now=now)
    if not isinstance(unit, int):
        raise Refused("suggestion.closed_already")
    told, address = preparers_of(conn, unit), f"/suggestions?pick={suggestion}"
    facts = {"title": found.name, "number": found.code, "actor": actor.name}
    notices.tell(conn, told, Event.SUGGESTION_AGREED, address, now, **facts)
    subject = f"suggestion:{suggestion}"
    audit.record(conn, actor.login, "suggestion.agreed", subject, request, card=found.code)
    return found


ACCEPTED_WITH: LiteralString = """
    SELECT card.code FROM suggestion JOIN card ON card.id = suggestion.card_id
     WHERE suggestion.change_id = %(change)s AND suggestion.state = 'accepted'
     ORDER BY suggestion.id
"""


def accepted_with(conn: Connection, change: int) -> list[str]:
    """Codes of the assets whose suggestion was accepted with this draft (its id)."""
    return [code for (code,) in conn.execute(ACCEPTED_WITH, {"change": change})]


REOPEN: LiteralString = """
    UPDATE suggestion
       SET state = 'open', closed_at = NULL, closed_by = NULL, quiet_until = NULL
      FROM card
     WHERE suggestion.change_id = %(change)s
       AND suggestion.state = 'accepted'
       AND card.id = suggestion.card_id
       AND card.status IN ('in_use', 'leased', 'lent')
       AND NOT EXISTS (SELECT FROM suggestion AS standing
                        WHERE standing.card_id = suggestion.card_id
                          AND standing.state IN ('open', 'waiting'))
    RETURNING suggestion.id, card.code
"""


class DraftFollower:
    """Opens a suggestion again whose draft was given up: nobody has dealt with it then (I5)."""

    def against(
        self,
        _conn: Connection,
        _kind: ChangeKind,
        _card: int,
        _change: int | None,
        _details: Values,
    ) -> dict[str, Refused]:
        """Nothing: a suggestion has no say."""
        return {}

    def applied(self, conn: Connection, change: Change, actor: str, now: datetime) -> None:
        """Nothing to do: the books say so now, analytics sees it at its next turn."""

    def dropped(self, conn: Connection, change: Change, actor: str, _now: datetime) -> None:
        """Open it again, unless the books or another suggestion have gone past it."""
        for key, code in conn.execute(REOPEN, {"change": change.id}).fetchall():
            audit.record(conn, actor, "suggestion.reopened", f"suggestion:{key}", "", card=code)


followers.follow(DraftFollower())
