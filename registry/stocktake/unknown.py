"""The unknown bin (H2): codes that nobody knows, kept until bound to a card or set aside."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, LiteralString

from psycopg.rows import class_row

from db import Connection, Refused, audit, scalar
from db.keyset import by_key
from db.text import folded
from registry.cards.named import code_of
from registry.org import User
from registry.stocktake.locks import lock_codes
from registry.stocktake.rereading import read_anew

After = tuple[bool, datetime, str]  # whether undecided, read last when, and code of a row


@dataclass(frozen=True, slots=True)
class Unknown:
    """A code that was read and is on no card of the unit; `card_code`: what it was bound to.
    `surplus_task`, `surplus_by`: where and by whom it was registered as a surplus: settled.
    """

    code: str
    times: int
    first_at: datetime
    last_at: datetime
    last_by: str
    card_code: str
    set_aside: bool
    surplus_task: int | None
    surplus_by: str | None

    @property
    def key(self) -> After:
        """Where it stands in the bin."""
        return not self.card_code and not self.set_aside, self.last_at, self.code


PAGE: Final = 50
# What is undecided first; of each what was read last.
ORDER: Final = by_key(
    (
        "(unknown_code.card_id IS NULL AND NOT unknown_code.set_aside)",
        "unknown_code.last_at",
        "unknown_code.code",
    ),
    ("%(undecided)s::boolean", "%(at)s::timestamptz", "%(code)s::text"),
    descending=True,
)
BIN: LiteralString = """
    SELECT unknown_code.code, unknown_code.times, unknown_code.first_at, unknown_code.last_at,
           app_user.name AS last_by, COALESCE(card.code, '') AS card_code, unknown_code.set_aside,
           surplus.stocktake_id AS surplus_task, surplus.registered_by AS surplus_by
      FROM unknown_code
      JOIN app_user ON app_user.id = unknown_code.last_by
      LEFT JOIN card ON card.id = unknown_code.card_id
      LEFT JOIN LATERAL (
           SELECT stocktake_id, registered_by FROM stocktake_surplus AS registered
            WHERE registered.unit_id = unknown_code.unit_id AND registered.code = unknown_code.code
            ORDER BY stocktake_id DESC LIMIT 1) AS surplus ON true
     WHERE unknown_code.unit_id = %(unit)s
       AND unknown_code.unit_id IN (SELECT unit_id FROM visible_unit WHERE user_id = %(viewer)s)
       AND strpos(lower(normalize(unknown_code.code, NFKC)), %(text)s) > 0
       AND (%(stocktake)s::bigint IS NULL OR unknown_code.code IN (
            SELECT code FROM stocktake_count
             WHERE stocktake_id = %(stocktake)s AND standing <> 'undone'))
"""


@dataclass(frozen=True, slots=True)
class Query:
    """Which codes of the bin: read in a task (its id) or all, with these letters; on from a row
    `after`, or `back` from it.
    """

    stocktake: int | None = None
    text: str = ""
    after: After | None = None
    back: bool = False


def page(
    conn: Connection, viewer: User, query: Query, size: int = PAGE
) -> tuple[list[Unknown], bool]:
    """(a page of the bin of the viewer's unit, whether more stand the way it is read)."""
    undecided, at, code = query.after or (None, None, None)
    facts = {"unit": viewer.unit_id, "viewer": viewer.id, "text": folded(query.text),
             "stocktake": query.stocktake, "undecided": undecided, "at": at, "code": code,
             "limit": size + 1}  # fmt: skip
    with conn.cursor(row_factory=class_row(Unknown)) as cursor:
        rows = cursor.execute(statement(query), facts).fetchall()
    return ORDER.way(query.back).page(rows, size)


def statement(query: Query) -> LiteralString:
    """The page's SQL."""
    way = ORDER.way(query.back)
    return BIN + " AND " + way.if_any + " ORDER BY " + way.by + " LIMIT %(limit)s"


BIND: LiteralString = """
    UPDATE unknown_code SET card_id = %(card)s, set_aside = false, decided_by = %(by)s,
           decided_at = %(now)s
     WHERE unit_id = %(unit)s AND code = %(code)s
    RETURNING code
"""
# What the surplus has become, its card, is what its code means.
SURPLUS: LiteralString = """
    SELECT task, registered_by FROM stocktake_surplus
     WHERE unit_id = %(unit)s AND code = %(code)s AND card_id IS DISTINCT FROM %(card)s::bigint
     LIMIT 1
"""
CARD: LiteralString = """
    SELECT id FROM card WHERE code = %(card)s AND unit_id = %(unit)s AND status <> 'disposed'
"""


def bindable(conn: Connection, actor: User, code: str, card_code: str) -> int:
    """The id of the card of the actor's unit that `code` may be read as. Raises as `bind`."""
    card = scalar(conn, CARD, card=code_of(card_code), unit=actor.unit_id)
    if not isinstance(card, int):
        raise Refused("card.no_such_card", code=card_code, field="card")
    facts = {"unit": actor.unit_id, "code": code, "card": card}
    settled = conn.execute(SURPLUS, facts).fetchone()
    if settled is not None:
        task, by = settled
        raise Refused("unknown.is_surplus", field="card", code=code, task=task, by=by)
    return card


def bind(
    conn: Connection, actor: User, code: str, card_code: str, now: datetime, request: str
) -> None:
    """The code is read as this card of the unit's: from now on, and in tasks that still run also
    what was scanned already counts for it.

    Raises Refused 'unknown.no_such_code', 'card.no_such_card', 'unknown.is_surplus' where it was
    registered as a surplus that is not this card.
    """
    lock_codes(conn, actor.unit_id, [code])
    card = bindable(conn, actor, code, card_code)
    facts = {"unit": actor.unit_id, "code": code, "by": actor.id, "now": now}
    if scalar(conn, BIND, **facts, card=card) is None:
        raise Refused("unknown.no_such_code", code=code)
    scans = read_anew(conn, actor, code, card)
    audit.record(conn, actor.login, "unknown_code.bound", f"code:{code}", request, card=card_code,
                 scans=scans)  # fmt: skip


BOUND_TO: LiteralString = """
    SELECT card.code FROM unknown_code JOIN card ON card.id = unknown_code.card_id
     WHERE unknown_code.unit_id = %(unit)s AND unknown_code.code = %(code)s
"""


def bound_to(conn: Connection, actor: User, code: str) -> str:
    """The code of the card that the actor's unit reads `code` as; '' for none."""
    found = scalar(conn, BOUND_TO, unit=actor.unit_id, code=code)
    return found if isinstance(found, str) else ""


SET_ASIDE: LiteralString = """
    UPDATE unknown_code SET set_aside = true, card_id = NULL, decided_by = %(by)s,
           decided_at = %(now)s
     WHERE unit_id = %(unit)s AND code = %(code)s
    RETURNING code
"""


def set_aside(conn: Connection, actor: User, code: str, now: datetime, request: str) -> None:
    """It is no card of ours; what counted for one to which it was bound, in tasks that still run,
    doesn't any more. Read again, it comes back. Raises Refused 'unknown.no_such_code'.
    """
    facts = {"unit": actor.unit_id, "code": code, "by": actor.id, "now": now}
    lock_codes(conn, actor.unit_id, [code])
    if scalar(conn, SET_ASIDE, **facts) is None:
        raise Refused("unknown.no_such_code", code=code)
    read_anew(conn, actor, code, None)
    audit.record(conn, actor.login, "unknown_code.set_aside", f"code:{code}", request)


TAKE_UP: LiteralString = """
    UPDATE unknown_code SET set_aside = false, decided_by = NULL, decided_at = NULL
     WHERE unit_id = %(unit)s AND code = %(code)s AND set_aside
    RETURNING code
"""


def take_up(
    conn: Connection, actor: User, code: str, card_code: str, now: datetime, request: str
) -> None:
    """Undo setting it aside: it waits again, or is read as the card as which it was (its code).

    Raises Refused 'undo.changed', or as `bind`.
    """
    lock_codes(conn, actor.unit_id, [code])
    if scalar(conn, TAKE_UP, unit=actor.unit_id, code=code) is None:
        raise Refused("undo.changed")
    if card_code:
        bind(conn, actor, code, card_code, now, request)
    else:
        audit.record(conn, actor.login, "unknown_code.taken_up", f"code:{code}", request)
