"""The audit log verified slice by slice, so that no request waits for all of it (J1).

A verification goes on from where the last unbroken one ended, or begins with the first entry. That
point stands in the same database, so it saves time and is no proof: the proof is `panhuo audit
verify`, which reads everything, against a head that was noted elsewhere.
"""

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Final, LiteralString

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from db import audit
from db.audit import START, Break, Entry, Point, Walk
from db.pool import Connection

SLICE_S: Final = 1.0
READ_AT_ONCE: Final = 1_000
NAMED: Final = 20  # breaks that are named; all are counted


@dataclass(frozen=True, slots=True)
class Check:
    """One verification: from the entry after `start_id` to the target, come as far as `at_id`."""

    id: int
    actor: str
    began_at: datetime
    start_id: int
    target_id: int
    target_hash: bytes
    at_id: int
    at_hash: bytes
    breaks: int
    named: tuple[Break, ...]
    ended_at: datetime | None

    def __post_init__(self) -> None:
        """Rows carry the breaks as pairs."""
        object.__setattr__(self, "named", tuple(Break(*pair) for pair in self.named))  # type: ignore[misc]

    @property
    def entries(self) -> int:
        """How many were verified."""
        return max(0, self.at_id - self.start_id)

    @property
    def share(self) -> float:
        """How much of it is done, 0 to 1."""
        whole = self.target_id - self.start_id
        return min(1.0, self.entries / whole) if whole > 0 else 1.0


LATEST: LiteralString = """
    SELECT id, actor, began_at, start_id, target_id, target_hash, at_id, at_hash, breaks, named,
           ended_at
      FROM audit_check
     ORDER BY id DESC
     LIMIT 1
"""


def latest(conn: Connection) -> Check | None:
    """The newest verification, under way or ended; None where there was none yet."""
    with conn.cursor(row_factory=class_row(Check)) as cursor:
        return cursor.execute(LATEST).fetchone()


BEGIN: LiteralString = """
    INSERT INTO audit_check (actor, began_at, start_id, target_id, target_hash, at_id, at_hash)
    VALUES (%(actor)s, %(now)s, %(start)s, %(target)s, %(target_hash)s, %(start)s, %(start_hash)s)
    ON CONFLICT ((true)) WHERE ended_at IS NULL DO NOTHING
"""


def begin(conn: Connection, actor: str, now: datetime) -> None:
    """Verify what was added since the last time; one that is under way is gone on with.

    After a broken one everything is verified: an entry behind a break must not look sound.
    """
    last = latest(conn)
    _begin(conn, actor, now, (last.at_id, last.at_hash) if last and not last.breaks else START)


def begin_anew(conn: Connection, actor: str, now: datetime) -> None:
    """Verify from the first entry; one that is under way is gone on with."""
    _begin(conn, actor, now, START)


def _begin(conn: Connection, actor: str, now: datetime, start: Point) -> None:
    target = audit.head(conn)
    facts = {"start": start[0], "start_hash": start[1], "target": target[0]}
    conn.execute(BEGIN, {**facts, "target_hash": target[1], "actor": actor, "now": now})


# Whoever finds it locked leaves it to the other: nobody waits for somebody's slice.
UNDER_WAY: LiteralString = """
    SELECT id, actor, began_at, start_id, target_id, target_hash, at_id, at_hash, breaks, named,
           ended_at
      FROM audit_check
     WHERE ended_at IS NULL
       FOR UPDATE SKIP LOCKED
"""
STORE: LiteralString = """
    UPDATE audit_check
       SET at_id = %(at)s, at_hash = %(at_hash)s, breaks = %(breaks)s, named = %(named)s,
           ended_at = %(ended)s
     WHERE id = %(check)s
"""


def advance(
    conn: Connection, actor: str, now: datetime, request: str = "", seconds: float = SLICE_S
) -> Check | None:
    """One slice of the verification under way; as it stands then.

    It ends at the head that stood when it began, and that it ended is an entry of the log itself.
    """
    with conn.cursor(row_factory=class_row(Check)) as cursor:
        check = cursor.execute(UNDER_WAY).fetchone()
    if check is None:
        return latest(conn)
    at, over, breaks = _walk(conn, check, time.monotonic() + seconds)
    named = [(one.id, one.fault) for one in (*check.named, *breaks)][:NAMED]
    facts = {"at": at[0], "at_hash": at[1], "breaks": check.breaks + len(breaks)}
    ended = now if over else None
    conn.execute(STORE, {**facts, "named": Jsonb(named), "ended": ended, "check": check.id})
    after = latest(conn)
    if over and after is not None:
        said = {"after": check.start_id, "entries": after.entries, "breaks": after.breaks}
        head = at[1].hex()
        audit.record(conn, actor, "audit.verified", "audit:log", request, head=head, **said)
    return after


SPAN: LiteralString = """
    SELECT id, at, actor, action, subject, facts::text AS facts, request, previous, hash
      FROM audit_entry
     WHERE id > %(at)s AND id <= %(target)s
     ORDER BY id
     LIMIT %(limit)s
"""


def _walk(conn: Connection, check: Check, until: float) -> tuple[Point, bool, list[Break]]:
    """How far one comes by then (time.monotonic), whether that is the end, and the breaks."""
    walk = Walk((check.at_id, check.at_hash), _version_at(conn, check.at_id))
    breaks: list[Break] = []
    rest = True
    while rest and walk.at[0] < check.target_id:
        if time.monotonic() >= until:
            return walk.at, False, breaks
        entries = _span(conn, walk.at[0], check.target_id)
        for entry in entries:
            breaks += walk.follow(entry)
        rest = bool(entries)
    return walk.at, True, breaks + _end(walk.at, (check.target_id, check.target_hash))


def _span(conn: Connection, at: int, target: int) -> list[Entry]:
    """The next entries after `at`, up to the target."""
    facts = {"at": at, "target": target, "limit": READ_AT_ONCE}
    with conn.cursor(row_factory=class_row(Entry)) as cursor:
        return cursor.execute(SPAN, facts).fetchall()


def _version_at(conn: Connection, at: int) -> int:
    """By which version the chain is hashed where it is gone on with."""
    before = _span(conn, at - 1, at)
    return (audit.version_of(before[0]) if before else None) or 1


def _end(at: Point, target: Point) -> list[Break]:
    """Whether the last entry is the head: else the log was cut off, or its end exchanged."""
    if at == target:
        return []
    if at[0] == target[0]:
        return [Break(at[0], "unlinked")]
    return [Break(min(at[0], target[0]) + 1, "missing")]
