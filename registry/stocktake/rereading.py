"""Scans whose code means another card from now on: in tasks that run, or run again, they count for
it, as who scanned them and when (H2).
"""

from collections.abc import Sequence
from typing import Any, LiteralString

from psycopg.rows import dict_row

from db import Connection, scalar
from registry.org import User
from registry.stocktake import words
from registry.stocktake.counting import look
from registry.stocktake.kinds import Outcome, Standing
from registry.stocktake.locks import lock_card, lock_codes
from registry.stocktake.undoing import stand_anew

# What is a card's own code is read as that card, whatever it is bound to.
RUNNING: LiteralString = """
    SELECT id FROM stocktake
     WHERE unit_id = %(unit)s AND started_at IS NOT NULL AND closed_at IS NULL
       AND NOT EXISTS (SELECT FROM card WHERE card.code = %(code)s)
     ORDER BY id FOR SHARE
"""
SCANS: LiteralString = """
    SELECT id, card_id, counted_by, decided_by IS NOT NULL AND standing <> 'overruled' AS decided
      FROM stocktake_count
     WHERE stocktake_id = %(stocktake)s AND code = %(code)s AND outcome <> 'surplus'
       AND standing <> 'undone' AND card_id IS DISTINCT FROM %(card)s::bigint
     ORDER BY counted_at, id
"""
HELD: LiteralString = " FOR UPDATE"


def read_anew(conn: Connection, actor: User, code: str, card: int | None) -> int:
    """The actor's unit reads `code` as this card, or None: as no card; how many scans that moved.

    What was counted by a code that meant another card before is taken back there.
    """
    tasks = conn.execute(RUNNING, {"unit": actor.unit_id, "code": code}).fetchall()
    return sum(_in_task(conn, actor, task, code, card) for (task,) in tasks)


WOULD_MOVE: LiteralString = """
    SELECT count(*)
      FROM stocktake_count AS count JOIN stocktake ON stocktake.id = count.stocktake_id
     WHERE stocktake.unit_id = %(unit)s AND stocktake.started_at IS NOT NULL
       AND stocktake.closed_at IS NULL AND count.code = %(code)s AND count.outcome <> 'surplus'
       AND count.standing <> 'undone' AND count.card_id IS DISTINCT FROM %(card)s::bigint
       AND NOT EXISTS (SELECT FROM card WHERE card.code = %(code)s)
"""


def would_move(conn: Connection, actor: User, code: str, card: int | None) -> int:
    """How many scans `read_anew` would move."""
    found = scalar(conn, WOULD_MOVE, unit=actor.unit_id, code=code, card=card)
    assert isinstance(found, int)
    return found


# What is a card's own code means that card.
IN_BIN: LiteralString = """
    SELECT DISTINCT unknown_code.code
      FROM stocktake_count AS count
      JOIN unknown_code ON unknown_code.unit_id = %(unit)s AND unknown_code.code = count.code
     WHERE count.stocktake_id = %(stocktake)s
       AND NOT EXISTS (SELECT FROM card WHERE card.code = count.code)
"""
MEANT: LiteralString = """
    SELECT code, card_id FROM unknown_code
     WHERE unit_id = %(unit)s AND code = ANY(%(codes)s) ORDER BY code
"""


def read_task_anew(conn: Connection, actor: User, stocktake: int) -> int:
    """A task of the actor's unit runs again: what was bound or set aside while it didn't, is read
    so in it too; how many scans that moved. The caller holds the task.
    """
    facts = {"stocktake": stocktake, "unit": actor.unit_id}
    codes = [code for (code,) in conn.execute(IN_BIN, facts)]
    lock_codes(conn, actor.unit_id, codes)  # whoever binds one at this moment has done so
    meant = conn.execute(MEANT, {**facts, "codes": codes}).fetchall()
    return sum(_in_task(conn, actor, stocktake, code, card) for code, card in meant)


def _in_task(conn: Connection, actor: User, stocktake: int, code: str, card: int | None) -> int:
    scans = _scans(conn, SCANS, stocktake, code, card)
    before: set[int] = {one["card_id"] for one in scans if one["card_id"] is not None}
    for each in sorted(before | ({card} if scans and card is not None else set())):
        lock_card(conn, stocktake, each)
    scans = _scans(conn, SCANS + HELD, stocktake, code, card)
    if card is None:
        _move(conn, scans, None, Outcome.UNKNOWN, Standing.NOTED)
    elif scans:
        _count(conn, actor, stocktake, scans, card)
    for old in before:
        decided = any(one["decided"] for one in scans if one["card_id"] == old)
        stand_anew(conn, stocktake, old, decided=decided)
    return len(scans)


def _scans(
    conn: Connection, query: LiteralString, stocktake: int, code: str, card: int | None
) -> list[dict[str, Any]]:
    with conn.cursor(row_factory=dict_row) as cursor:
        facts = {"stocktake": stocktake, "code": code, "card": card}
        return cursor.execute(query, facts).fetchall()


def _count(
    conn: Connection, actor: User, stocktake: int, scans: Sequence[dict[str, Any]], card: int
) -> None:
    """Answered as they would have been: whose the card is not to count have seen it elsewhere."""
    looked = look(conn, actor, stocktake, card)
    whose = {looked["assignee_id"]}
    mine = [one for one in scans if looked["expected"] and whose & {one["counted_by"], None}]
    _move(conn, [one for one in scans if one not in mine], card, Outcome.ELSEWHERE, Standing.NOTED)
    first, rest = ([], mine) if looked["counted"] else (mine[:1], mine[1:])
    _move(conn, first, card, Outcome.FOUND, Standing.SUPERSEDED)
    _move(conn, rest, card, Outcome.AGAIN, Standing.SUPERSEDED)
    said = words.of_card(conn, stocktake, card)
    words.settle(conn, said, words.judged(said))


MOVE: LiteralString = """
    UPDATE stocktake_count
       SET card_id = %(card)s, outcome = %(outcome)s, standing = %(standing)s, decided_by = NULL
     WHERE id = ANY(%(scans)s)
"""


def _move(
    conn: Connection, scans: Sequence[dict[str, Any]], card: int | None, outcome: Outcome,
    standing: Standing,
) -> None:  # fmt: skip
    facts = {"card": card, "outcome": outcome.value, "standing": standing.value}
    if scans:
        conn.execute(MOVE, {**facts, "scans": [one["id"] for one in scans]})
