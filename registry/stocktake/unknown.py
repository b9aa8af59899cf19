"""The unknown bin (H2): codes that nobody knows, kept until bound to a card or set aside."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from psycopg.rows import class_row

from db import Connection, Refused, audit, scalar
from registry.org import User
from registry.stocktake.locks import lock_codes
from registry.stocktake.rereading import read_anew


@dataclass(frozen=True, slots=True)
class Unknown:
    """A code that was read and is on no card of the unit; `card_code`: what it was bound to."""

    code: str
    times: int
    first_at: datetime
    last_at: datetime
    last_by: str
    card_code: str
    set_aside: bool


BIN: LiteralString = """
    SELECT unknown_code.code, unknown_code.times, unknown_code.first_at, unknown_code.last_at,
           app_user.name AS last_by, COALESCE(card.code, '') AS card_code, unknown_code.set_aside
      FROM unknown_code
      JOIN app_user ON app_user.id = unknown_code.last_by
      LEFT JOIN card ON card.id = unknown_code.card_id
     WHERE unknown_code.unit_id = %(unit)s
       AND unknown_code.unit_id IN (SELECT unit_id FROM visible_unit WHERE user_id = %(viewer)s)
     ORDER BY (unknown_code.card_id IS NOT NULL OR unknown_code.set_aside),
              unknown_code.last_at DESC
     LIMIT 200
"""


def of_unit(conn: Connection, viewer: User) -> list[Unknown]:
    """The bin of the viewer's unit, what is undecided first."""
    with conn.cursor(row_factory=class_row(Unknown)) as cursor:
        facts = {"unit": viewer.unit_id, "viewer": viewer.id}
        return cursor.execute(BIN, facts).fetchall()


BIND: LiteralString = """
    UPDATE unknown_code SET card_id = %(card)s, set_aside = false, decided_by = %(by)s,
           decided_at = %(now)s
     WHERE unit_id = %(unit)s AND code = %(code)s
    RETURNING code
"""
CARD: LiteralString = """
    SELECT id FROM card WHERE code = %(card)s AND unit_id = %(unit)s AND status <> 'disposed'
"""


def bind(
    conn: Connection, actor: User, code: str, card_code: str, now: datetime, request: str
) -> None:
    """The code is read as this card of the unit's: from now on, and in tasks that still run also
    what was scanned already counts for it.

    Raises Refused 'unknown.no_such_code', 'card.no_such_card'.
    """
    card = scalar(conn, CARD, card=card_code.strip().upper(), unit=actor.unit_id)
    if not isinstance(card, int):
        raise Refused("card.no_such_card", code=card_code, field="card")
    facts = {"unit": actor.unit_id, "code": code, "by": actor.id, "now": now}
    lock_codes(conn, actor.unit_id, [code])
    if scalar(conn, BIND, **facts, card=card) is None:
        raise Refused("unknown.no_such_code", code=code)
    scans = read_anew(conn, actor, code, card)
    audit.record(conn, actor.login, "unknown_code.bound", f"code:{code}", request, card=card_code,
                 scans=scans)  # fmt: skip


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
