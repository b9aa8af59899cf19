"""Counts taken back by who made them; what they had superseded stands again (H2)."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from psycopg.rows import class_row

from db import Connection, Refused, scalar
from registry.org import User
from registry.stocktake import words
from registry.stocktake.kinds import Standing
from registry.stocktake.locks import lock_card


@dataclass(frozen=True, slots=True)
class Last:
    """What somebody counted last in a task; `what`: its code, else the name of what has none."""

    client_id: UUID
    what: str


LATEST: LiteralString = """
    SELECT client_id, COALESCE(NULLIF(code, ''), surplus->>'name', '') AS what
      FROM stocktake_count
     WHERE stocktake_id = %(stocktake)s AND counted_by = %(user)s AND standing <> 'undone'
     ORDER BY counted_at DESC, id DESC LIMIT 1
"""


def last(conn: Connection, user: User, stocktake: int) -> Last | None:
    """The user's last count of a task that isn't undone."""
    with conn.cursor(row_factory=class_row(Last)) as cursor:
        return cursor.execute(LATEST, {"stocktake": stocktake, "user": user.id}).fetchone()


IS_UNDONE: LiteralString = """
    SELECT standing = 'undone' FROM stocktake_count
     WHERE stocktake_id = %(stocktake)s AND counted_by = %(user)s AND client_id = %(client)s
"""


def undo_last(conn: Connection, user: User, stocktake: int, client: UUID, now: datetime) -> str:
    """Undo this count, which a page shows as the user's last; what it was of (`Last.what`).

    Raises as `undo`, or Refused 'count.undone_already', 'count.not_last': the page is stale, and
    nothing else is undone in its place.
    """
    facts = {"stocktake": stocktake, "user": user.id, "client": client}
    undone, now_last = scalar(conn, IS_UNDONE, **facts), last(conn, user, stocktake)
    if undone:
        raise Refused("count.undone_already")
    if undone is not None and now_last is not None and now_last.client_id != client:
        raise Refused("count.not_last", what=now_last.what)
    undo(conn, user, stocktake, client, now)
    return now_last.what if now_last else ""


ONE_OF_MINE: LiteralString = """
    SELECT id, card_id, code FROM stocktake_count
     WHERE stocktake_id = %(stocktake)s AND counted_by = %(user)s AND client_id = %(client)s
"""
NOW_WORTH: LiteralString = """
    SELECT standing, decided_by IS NOT NULL, card_id
      FROM stocktake_count WHERE id = %(count)s FOR UPDATE
"""
# A decision goes with the count that it was for: those against which it was stand anew.
UNDECIDED: LiteralString = """
    UPDATE stocktake_count SET standing = 'superseded', decided_by = NULL
     WHERE stocktake_id = %(stocktake)s AND card_id = %(card)s AND standing = 'overruled'
"""
RUNNING: LiteralString = """
    SELECT id FROM stocktake
     WHERE id = %(stocktake)s AND unit_id = %(unit)s AND started_at IS NOT NULL
       AND closed_at IS NULL FOR SHARE
"""


def undo(conn: Connection, user: User, stocktake: int, client: UUID | None, now: datetime) -> str:
    """Undo the user's last count of a running task, or the one with this client id; its code.

    What it had superseded stands again; undone once more, nothing happens.
    Raises Refused 'count.task_closed', 'count.nothing_to_undo'.
    """
    running = scalar(conn, RUNNING, stocktake=stocktake, unit=user.unit_id)
    if running is None:
        raise Refused("count.task_closed")
    facts = {"stocktake": stocktake, "user": user.id, "client": client}
    if client is None and (latest := last(conn, user, stocktake)):
        facts["client"] = latest.client_id
    row = conn.execute(ONE_OF_MINE, facts).fetchone()
    if row is None:
        raise Refused("count.nothing_to_undo")
    key, card, code = row
    if card is not None:
        lock_card(conn, stocktake, card)
    now_worth = conn.execute(NOW_WORTH, {"count": key}).fetchone()
    assert now_worth is not None
    standing, decided, meant = now_worth
    if meant not in {card, None}:  # its code was bound in this very moment
        lock_card(conn, stocktake, meant)
    card = meant
    if standing == Standing.UNDONE:
        return str(code)
    words.set_standing(conn, [key], Standing.UNDONE)
    if card is not None:
        stand_anew(conn, stocktake, card, decided=decided and standing != Standing.OVERRULED)
    return str(code)


def stand_anew(conn: Connection, stocktake: int, card: int, *, decided: bool) -> None:
    """What is left of a card's counts is worth what it would be without the one undone."""
    if decided:
        conn.execute(UNDECIDED, {"stocktake": stocktake, "card": card})
    left = words.of_card(conn, stocktake, card)
    words.settle(conn, left, words.judged(left))
