"""Somebody's inbox: their own notices, newest first, and nobody else's (J2, J4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, LiteralString

from psycopg.rows import class_row

from db import Connection, scalar
from db.keyset import Way, by_key
from registry.notices.event import QUEUED, Event, said

PAGE: Final = 30


class Tab(StrEnum):
    """The inbox's pages."""

    WAITING = "waiting"  # documents, from registry.review
    UNREAD = "unread"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Notice:
    """One line of the inbox."""

    id: int
    event: Event
    address: str
    facts: Mapping[str, str]
    at: datetime
    read_at: datetime | None
    settled_at: datetime | None

    def __post_init__(self) -> None:
        """Rows carry plain text for the closed set."""
        object.__setattr__(self, "event", Event(self.event))

    @property
    def unread(self) -> bool:
        """Whether it wants to be read: what is settled doesn't."""
        return self.read_at is None and self.settled_at is None

    def said(self, language: str) -> str:
        """Its sentence."""
        return said(self.event, self.facts, language)


After = tuple[datetime, int]

# %(queued)s: events that the list of waiting documents shows; they are not counted twice.
IS_UNREAD: LiteralString = """
       AND read_at IS NULL AND settled_at IS NULL AND event <> ALL(%(queued)s)
"""
PIECES: Final[dict[str, LiteralString]] = {
    "mine": """
    SELECT id, event, address, facts, at, read_at, settled_at
      FROM notice
     WHERE user_id = %(user)s AND """,
    "limited": " LIMIT %(limit)s",
}
ORDER: Final = by_key(("at", "id"), ("%(at)s::timestamptz", "%(key)s::bigint"), descending=True)


def _rows(way: Way, which: LiteralString) -> LiteralString:
    return PIECES["mine"] + way.beyond + which + " ORDER BY " + way.by + PIECES["limited"]


NEWEST: LiteralString = _rows(ORDER.forward, "")
NEWEST_BACK: LiteralString = _rows(ORDER.back, "")
UNREAD: LiteralString = _rows(ORDER.forward, IS_UNREAD)
UNREAD_BACK: LiteralString = _rows(ORDER.back, IS_UNREAD)
FIRST: Final[tuple[str, int]] = ("infinity", 0)


def page(
    conn: Connection,
    user: int,
    tab: Tab,
    after: After | None = None,
    size: int = PAGE,
    *,
    back: bool = False,
) -> tuple[list[Notice], bool]:
    """Notices of `user`, newest first, from `after` (moment and id) on, or `back` from it; whether
    more stand that way.
    """
    at, key = after or FIRST
    asked = {"user": user, "at": at, "key": key, "limit": size + 1, "queued": QUEUED}
    with conn.cursor(row_factory=class_row(Notice)) as cursor:
        forward, backward = (UNREAD, UNREAD_BACK) if tab is Tab.UNREAD else (NEWEST, NEWEST_BACK)
        rows = cursor.execute(backward if back else forward, asked).fetchall()
    return ORDER.way(back).page(rows, size)


COUNT_UNREAD: LiteralString = """
    SELECT count(*) FROM notice
     WHERE user_id = %(user)s AND read_at IS NULL AND settled_at IS NULL
       AND event <> ALL(%(queued)s)
"""
COUNT_ALL: LiteralString = "SELECT count(*) FROM notice WHERE user_id = %(user)s"


def unread_count(conn: Connection, user: int) -> int:
    """How many wait to be read; documents that wait to be decided count among the documents."""
    found = scalar(conn, COUNT_UNREAD, user=user, queued=QUEUED)
    assert isinstance(found, int)
    return found


def count(conn: Connection, user: int) -> int:
    """How many there are."""
    found = scalar(conn, COUNT_ALL, user=user)
    assert isinstance(found, int)
    return found


READ_ONE: LiteralString = """
    UPDATE notice SET read_at = COALESCE(read_at, %(now)s)
     WHERE id = %(notice)s AND user_id = %(user)s
    RETURNING address
"""
READ_ALL: LiteralString = """
    UPDATE notice SET read_at = %(now)s WHERE user_id = %(user)s AND read_at IS NULL
"""


def read(conn: Connection, user: int, notice: int, now: datetime) -> str | None:
    """Mark one as read; the address that it is about, None where `user` has no such notice."""
    found = scalar(conn, READ_ONE, user=user, notice=notice, now=now)
    return found if isinstance(found, str) else None


def read_all(conn: Connection, user: int, now: datetime) -> int:
    """Mark every notice of `user` as read; how many were not."""
    return conn.execute(READ_ALL, {"user": user, "now": now}).rowcount


UNREAD_AGAIN: LiteralString = """
    UPDATE notice SET read_at = NULL WHERE user_id = %(user)s AND read_at = %(at)s
"""


def unread_again(conn: Connection, user: int, at: datetime) -> int:
    """What was marked as read at that moment wants to be read again; how many."""
    return conn.execute(UNREAD_AGAIN, {"user": user, "at": at}).rowcount


FORGET: LiteralString = "DELETE FROM notice WHERE LEAST(read_at, settled_at) < %(before)s"


def forget(conn: Connection, before: datetime) -> int:
    """Remove what was read or settled before; how many. What waits to be read stays."""
    return conn.execute(FORGET, {"before": before}).rowcount
