"""What somebody has just done and may take back: for some seconds, once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, LiteralString

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from db import Connection, Refused, Transactions, scalar
from registry.org import User

SHOWN: Final = timedelta(seconds=10)  # as long as the message offers it
LASTS: Final = SHOWN + timedelta(seconds=5)  # with the way of page and click through the network
KEPT: Final = timedelta(hours=1)  # so that who comes late is told so

OFFER: LiteralString = """
    INSERT INTO undo (user_id, act, facts, until)
    VALUES (%(user)s, %(act)s, %(facts)s, %(until)s)
    RETURNING id
"""


def offer(conn: Connection, actor: User, act: str, now: datetime, **facts: Any) -> int:
    """Let the actor take back `act`, which they have just done; by `facts`, plain values, it is
    known how. The id by which it is asked for.
    """
    row = {"user": actor.id, "act": act, "facts": Jsonb(facts), "until": now + LASTS}
    key = scalar(conn, OFFER, **row)
    assert isinstance(key, int)
    return key


@dataclass(frozen=True, slots=True)
class Offered:
    """An act that may be taken back, and what is known of it."""

    act: str
    facts: Mapping[str, Any]
    until: datetime
    taken_at: datetime | None


HELD: LiteralString = """
    SELECT act, facts, until, taken_at FROM undo
     WHERE id = %(undo)s AND user_id = %(user)s
       FOR UPDATE
"""
TAKE: LiteralString = "UPDATE undo SET taken_at = %(now)s WHERE id = %(undo)s"


def take(conn: Connection, actor: User, key: int, now: datetime) -> Offered:
    """What is to be taken back now; not a second time, unless the transaction fails.

    Raises Refused 'undo.not_found', 'undo.taken', 'undo.too_late'.
    """
    with conn.cursor(row_factory=class_row(Offered)) as cursor:
        found = cursor.execute(HELD, {"undo": key, "user": actor.id}).fetchone()
    if found is None:
        raise Refused("undo.not_found")
    if found.taken_at is not None:
        raise Refused("undo.taken")
    if now > found.until:
        raise Refused("undo.too_late")
    conn.execute(TAKE, {"undo": key, "now": now})
    return found


PURGE: LiteralString = "DELETE FROM undo WHERE until < %(before)s"


def purge(database: Transactions, now: datetime) -> None:
    """Remove what nobody can take back any more; a job of the schedule."""
    with database.transaction("purge undo") as conn:
        conn.execute(PURGE, {"before": now - KEPT})
