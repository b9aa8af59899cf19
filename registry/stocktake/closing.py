"""Counting closed, which says what is missing, and resumed (H4)."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from psycopg.rows import class_row

from db import Connection, Refused, audit, scalar
from registry.org import User
from registry.stocktake import tasks
from registry.stocktake.differences import conclude, count_by_kind
from registry.stocktake.kinds import DifferenceKind, Stage
from registry.stocktake.rereading import read_task_anew


@dataclass(frozen=True, slots=True)
class Outlook:
    """What closing a task now would mean, in cards: `missing` booked as 盘亏 (of them `estates`:
    buildings and land, which no loss is drafted for), `elsewhere` found by others, `left_books`
    disposed of or transferred meanwhile. `unknown`: codes that nobody has decided about;
    `differing`: other differences.
    """

    missing: int
    estates: int
    elsewhere: int
    left_books: int
    unknown: int
    conflicts: int
    differing: int


OUTLOOK: LiteralString = """
    WITH uncounted AS (
        SELECT expected.card_type,
               card.status = 'disposed' OR card.unit_id <> stocktake.unit_id AS left_books,
               EXISTS (SELECT FROM stocktake_sighting AS sighting
                        WHERE sighting.stocktake_id = expected.stocktake_id
                          AND sighting.card_id = expected.card_id) AS seen
          FROM stocktake_expected AS expected
          JOIN stocktake ON stocktake.id = expected.stocktake_id
          JOIN card ON card.id = expected.card_id
         WHERE expected.stocktake_id = %(stocktake)s
           AND NOT EXISTS (SELECT FROM stocktake_count AS count
                            WHERE count.stocktake_id = expected.stocktake_id
                              AND count.card_id = expected.card_id
                              AND count.standing = 'valid'))
    SELECT count(*) FILTER (WHERE NOT left_books AND NOT seen) AS missing,
           count(*) FILTER (WHERE NOT left_books AND NOT seen
                              AND card_type IN ('building', 'land')) AS estates,
           count(*) FILTER (WHERE NOT left_books AND seen) AS elsewhere,
           count(*) FILTER (WHERE left_books) AS left_books,
           (SELECT count(DISTINCT sent.code) FROM stocktake_count AS sent
              JOIN stocktake ON stocktake.id = sent.stocktake_id
              JOIN unknown_code AS undecided ON undecided.unit_id = stocktake.unit_id
                   AND undecided.code = sent.code
             WHERE sent.stocktake_id = %(stocktake)s AND sent.outcome = 'unknown'
               AND sent.standing <> 'undone'
               AND undecided.card_id IS NULL AND NOT undecided.set_aside
               AND NOT EXISTS (SELECT FROM stocktake_surplus AS surplus
                                WHERE surplus.unit_id = stocktake.unit_id
                                  AND surplus.code = sent.code)) AS unknown,
           (SELECT count(*) FROM stocktake_count
             WHERE stocktake_id = %(stocktake)s AND standing = 'conflict') AS conflicts,
           (SELECT count(*) FROM stocktake_difference
             WHERE stocktake_id = %(stocktake)s
               AND kind NOT IN ('missing', 'elsewhere')) AS differing
      FROM uncounted
"""


def outlook(conn: Connection, stocktake: int) -> Outlook:
    """What closing the task now would mean, once `differences.refresh` has looked. The caller has
    checked who may see it.
    """
    with conn.cursor(row_factory=class_row(Outlook)) as cursor:
        found = cursor.execute(OUTLOOK, {"stocktake": stocktake}).fetchone()
    assert found is not None
    return found


CONFLICTS: LiteralString = """
    SELECT count(*) FROM stocktake_count
     WHERE stocktake_id = %(stocktake)s AND standing = 'conflict'
"""
CLOSE: LiteralString = "UPDATE stocktake SET closed_at = %(now)s WHERE id = %(stocktake)s"


def close(
    conn: Connection,
    actor: User,
    stocktake: int,
    now: datetime,
    request: str,
    said: int | None = None,
) -> None:
    """Counting is over: what nobody has seen is missing from now on, and to be explained (H4).

    `said`: how many the actor was told will be missing. Raises as `tasks.own`, or Refused
    'stocktake.conflicts', 'stocktake.more_missing'.
    """
    found = tasks.own(conn, actor, stocktake, Stage.RUNNING)
    conflicts = scalar(conn, CONFLICTS, stocktake=stocktake)
    if conflicts:
        raise Refused("stocktake.conflicts", count=conflicts)
    conn.execute(CLOSE, {"stocktake": stocktake, "now": now})
    conclude(conn, stocktake)
    missing = count_by_kind(conn, stocktake).get(DifferenceKind.MISSING, (0, 0))[0]
    if said is not None and missing > said:
        raise Refused("stocktake.more_missing", said=said, missing=missing)
    audit.record(conn, actor.login, "stocktake.closed", f"stocktake:{found.number}", request,
                 missing=missing)  # fmt: skip


REOPEN: LiteralString = "UPDATE stocktake SET closed_at = NULL WHERE id = %(stocktake)s"


def reopen(conn: Connection, actor: User, stocktake: int, now: datetime, request: str) -> None:
    """Count again, as long as it is not under review; by codes as they are bound by now (H2).

    Raises as `tasks.own`.
    """
    found = tasks.own(conn, actor, stocktake, Stage.COUNTED)
    conn.execute(REOPEN, {"stocktake": stocktake})
    scans = read_task_anew(conn, actor, stocktake)
    audit.record(conn, actor.login, "stocktake.reopened", f"stocktake:{found.number}", request,
                 at=now.isoformat(), scans=scans)  # fmt: skip
