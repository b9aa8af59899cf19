"""Counts that contradict each other: shown side by side, decided by a person (H3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import LiteralString

from psycopg.rows import class_row

from db import Connection, Refused, audit, scalar
from registry.org import User
from registry.stocktake import tasks, words
from registry.stocktake.kinds import Stage, Standing
from registry.stocktake.locks import lock_card
from registry.stocktake.words import Told, Word, contradict


@dataclass(frozen=True, slots=True)
class Side:
    """One of the counts of a card that contradict each other; `stands`: it counts now. Its
    clock as in `counts.Seen`.
    """

    id: int
    card_id: int
    code: str
    name: str
    counted_by: str
    counted_at: datetime
    method: str
    condition: str
    status: str
    place: str | None
    custodian: str | None
    note: str
    photos: list[str]
    doubtful: bool
    stands: bool
    clock_wrong: bool
    clock_off: timedelta

    @property
    def tells(self) -> Told:
        """What it says of the card."""
        return words.told({name: getattr(self, name) for name in words.COLUMNS})


SIDES: LiteralString = """
    SELECT count.id, count.card_id, card.code, card.name, app_user.name AS counted_by,
           count.counted_at, count.method, count.condition, count.status, count.place,
           count.custodian, count.note, count.photos, count.doubtful,
           count.standing <> 'conflict' AS stands, count.clock_wrong, count.clock_off
      FROM stocktake_count AS count
      JOIN card ON card.id = count.card_id
      JOIN app_user ON app_user.id = count.counted_by
     WHERE count.stocktake_id = %(stocktake)s
       AND count.standing IN ('valid', 'agrees', 'conflict')
       AND EXISTS (SELECT FROM stocktake_count AS other
                    WHERE other.stocktake_id = count.stocktake_id
                      AND other.card_id = count.card_id AND other.standing = 'conflict')
     ORDER BY card.code, count.id
"""


def sides(conn: Connection, stocktake: int) -> list[Side]:
    """What waits for a decision, by card: just those that contradict another of their card's. The
    caller has checked who may see the task.
    """
    with conn.cursor(row_factory=class_row(Side)) as cursor:
        rows = cursor.execute(SIDES, {"stocktake": stocktake}).fetchall()
    return [
        one
        for _card, found in groupby(rows, lambda each: each.card_id)
        for one in _contradicting(list(found))
    ]


def _contradicting(found: list[Side]) -> list[Side]:
    """All of them where none does any more: whichever is chosen, the decision is made."""
    sides = [one for one in found if any(contradict(one.tells, each.tells) for each in found)]
    return sides or found


def outlook(conn: Connection, stocktake: int, count: int) -> tuple[Side, list[Side]]:
    """(the count that would stand, those of others that would be out); Refused
    'count.no_such_count'. The caller has checked who may see the task.
    """
    every = sides(conn, stocktake)
    chosen = next((one for one in every if one.id == count), None)
    if chosen is None:
        raise Refused("count.no_such_count")
    return chosen, [
        one
        for one in every
        if one.card_id == chosen.card_id
        and one.counted_by != chosen.counted_by
        and contradict(one.tells, chosen.tells)
    ]


CARD: LiteralString = """
    SELECT card_id FROM stocktake_count WHERE id = %(count)s AND stocktake_id = %(stocktake)s
"""
OVERRULE: LiteralString = """
    UPDATE stocktake_count SET standing = 'overruled', decided_by = %(by)s
     WHERE id = ANY(%(against)s)
"""
CHOOSE: LiteralString = """
    UPDATE stocktake_count SET decided_by = %(by)s WHERE id = %(count)s
"""


def decide(
    conn: Connection, actor: User, stocktake: int, count: int, now: datetime, request: str
) -> None:
    """This count stands; those whose word contradicts it are out, with all that they had said.

    Raises as `tasks.own`, or Refused 'count.no_such_count'.
    """
    found = tasks.own(conn, actor, stocktake, Stage.RUNNING)
    card = scalar(conn, CARD, count=count, stocktake=stocktake)
    if not isinstance(card, int):
        raise Refused("count.no_such_count")
    lock_card(conn, stocktake, card)
    against = _against(words.of_card(conn, stocktake, card), count)
    facts = {"count": count, "against": against, "by": actor.id}
    conn.execute(OVERRULE, facts)
    conn.execute(CHOOSE, facts)
    left = words.of_card(conn, stocktake, card)
    words.settle(conn, left, words.judged(left))
    audit.record(conn, actor.login, "stocktake.conflict_decided", f"stocktake:{found.number}",
                 request, count=count)  # fmt: skip


def _against(said: Sequence[Word], count: int) -> list[int]:
    """The counts of those whose present word contradicts the chosen one."""
    present = [one for one in said if one.standing is not Standing.SUPERSEDED]
    chosen = next((one for one in present if one.id == count), None)
    if chosen is None:
        raise Refused("count.no_such_count")
    people = {one.by for one in present if contradict(one.tells, chosen.tells)}
    return [one.id for one in said if one.by in people - {chosen.by}]
