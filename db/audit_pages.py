"""The audit log as people read it: newest first, narrowed, by pages whose end is an id (J1)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, LiteralString

from psycopg.rows import class_row

from db.audit import Entry
from db.keyset import by_key
from db.like import holding
from db.pool import Connection, scalar

PAGE: Final = 50
LOOK_BACK: Final = 20_000  # hits of a word that are put in order; beyond them the log is walked


@dataclass(frozen=True, slots=True)
class LogQuery:
    """What is asked for. `before`: the id from which on, newest first, or `back` from it."""

    text: str = ""
    action: str = ""
    actor: str = ""
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None
    back: bool = False


# Ids grow with time: a span of time is a span of ids, which every index ends with.
FIRST_SINCE: LiteralString = """
    SELECT id FROM audit_entry WHERE at >= %(at)s ORDER BY at, id LIMIT 1
"""
LAST_ID: LiteralString = "SELECT id FROM audit_head"


def span(conn: Connection, query: LogQuery) -> tuple[int, int]:
    """Ids from (included) and to (excluded) that the query's times and page end at."""
    end = scalar(conn, LAST_ID)
    assert isinstance(end, int)
    low, high = 1, end + 1
    if query.since is not None:
        first = scalar(conn, FIRST_SINCE, at=query.since)
        low = first if isinstance(first, int) else high
    if query.until is not None:
        first = scalar(conn, FIRST_SINCE, at=query.until)
        high = min(high, first) if isinstance(first, int) else high
    if query.before is not None and query.back:
        low = max(low, query.before + 1)
    elif query.before is not None:
        high = min(high, query.before)
    return low, high


PIECES: Final[dict[str, LiteralString]] = {
    "log": """
    SELECT id, at, actor, action, subject, facts::text AS facts, request, previous, hash
      FROM audit_entry
     WHERE id >= %(low)s AND id < %(high)s
       AND (%(action)s = '' OR action = %(action)s)
       AND (%(actor)s = '' OR actor = %(actor)s)
       AND (%(part)s = '' OR actor || ' ' || subject ILIKE %(part)s)
     ORDER BY """,
    "hit": """
    WITH hit AS MATERIALIZED (
        SELECT * FROM audit_entry WHERE actor || ' ' || subject ILIKE %(part)s
    )
    SELECT id, at, actor, action, subject, facts::text AS facts, request, previous, hash
      FROM hit
     WHERE id >= %(low)s AND id < %(high)s
       AND (%(action)s = '' OR action = %(action)s)
       AND (%(actor)s = '' OR actor = %(actor)s)
     ORDER BY """,
    "limited": " LIMIT %(limit)s",
}
ORDER: Final = by_key(("id",), ("%(before)s::bigint",), descending=True)
NEWEST: LiteralString = PIECES["log"] + ORDER.forward.by + PIECES["limited"]
OLDEST: LiteralString = PIECES["log"] + ORDER.back.by + PIECES["limited"]
# A rare word is found by its index first; put in order are only so many.
HITS: LiteralString = """
    SELECT count(*) FROM (
        SELECT FROM audit_entry WHERE actor || ' ' || subject ILIKE %(part)s LIMIT %(most)s
    ) AS hit
"""
BY_WORD: LiteralString = PIECES["hit"] + ORDER.forward.by + PIECES["limited"]
BY_WORD_BACK: LiteralString = PIECES["hit"] + ORDER.back.by + PIECES["limited"]


def page(conn: Connection, query: LogQuery) -> tuple[list[Entry], bool]:
    """One page, and whether there are more the way it is read."""
    low, high = span(conn, query)
    typed = query.text.strip()
    facts = {
        "low": low,
        "high": high,
        "action": query.action,
        "actor": query.actor,
        "part": holding(typed),
        "limit": PAGE + 1,
    }
    forward, back = (BY_WORD, BY_WORD_BACK) if _rare(conn, typed) else (NEWEST, OLDEST)
    statement = back if query.back else forward
    with conn.cursor(row_factory=class_row(Entry)) as cursor:
        # Planned for these very values: which filters are on decides which index is right.
        found = cursor.execute(statement, facts, prepare=False).fetchall()
    return ORDER.way(query.back).page(found, PAGE)


def _rare(conn: Connection, typed: str) -> bool:
    """Whether so few entries have the word that putting them in order is quick."""
    if len(typed) < 3:  # no trigram to look for
        return False
    facts = {"part": holding(typed), "most": LOOK_BACK}
    row = conn.execute(HITS, facts, prepare=False).fetchone()
    assert row is not None
    return bool(row[0] < LOOK_BACK)


# One hop of the index for each action: a list of a million entries is not read for its kinds.
ACTIONS: LiteralString = """
    WITH RECURSIVE known (action) AS (
        (SELECT action FROM audit_entry ORDER BY action LIMIT 1)
         UNION ALL
        SELECT (SELECT action FROM audit_entry WHERE action > known.action ORDER BY action LIMIT 1)
          FROM known WHERE known.action IS NOT NULL
    )
    SELECT action FROM known WHERE action IS NOT NULL
"""


def actions(conn: Connection) -> list[str]:
    """Every action that was ever recorded."""
    return [action for (action,) in conn.execute(ACTIONS)]
