"""What the counts of one card are worth beside each other (H3): each person's latest word stands as
long as it contradicts nobody's. Latest is what was counted last, whenever it came.

Silence contradicts nothing: two words do where both tell of the same and tell different things.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, LiteralString

from psycopg.rows import dict_row

from db import Connection
from registry.stocktake.kinds import Standing

# Of these only one can be right; notes, photos and doubts stand beside each other.
SINGLE: Final = ("condition", "status", "place", "custodian")
COLUMNS: Final = (*SINGLE, "note", "photos", "doubtful")
EVER: Final = datetime.min.replace(tzinfo=UTC)
Told = frozenset[tuple[str, str]]  # (of what, what), for all that a count is not silent of


@dataclass(frozen=True, slots=True)
class Word:
    """One count: of whom, what it tells, whether somebody decided for it, what it was worth, and
    when it was counted.
    """

    id: int
    by: int
    tells: Told
    decided: bool = False
    standing: Standing | None = None
    at: datetime = EVER


def told(count: Mapping[str, Any]) -> Told:
    """What a count tells, by its columns: '' and None are silence, but an empty place is none."""
    single = {(name, count[name]) for name in ("condition", "status") if count[name]}
    single |= {(name, count[name]) for name in ("place", "custodian") if count[name] is not None}
    photos = {("photo", digest) for digest in count["photos"]}
    more = {("note", count["note"])} if count["note"] else set()
    doubt = {("doubtful", "")} if count["doubtful"] else set()
    return frozenset(single | photos | more | doubt)


def contradict(one: Told, other: Told) -> bool:
    """Whether both tell of the same and differ."""
    said = dict(one)
    return any(name in SINGLE and said.get(name, text) != text for name, text in other)


def judged(words: Sequence[Word]) -> dict[int, Standing]:
    """What each of a card's counts, in the order in which they came, is worth by its id.

    Whoever told first stands before those who contradict them; who was decided for before all. Of
    those that stand, the one that tells most counts; the others agree with it and add to it.
    """
    worth = {one.id: Standing.SUPERSEDED for one in words}
    stand: list[Word] = []
    for one in _latest(words):
        if any(contradict(one.tells, other.tells) for other in stand):
            worth[one.id] = Standing.CONFLICT
        else:
            stand.append(one)
    if stand:
        most = max(stand, key=lambda one: len(one.tells))
        worth |= {one.id: Standing.AGREES for one in stand if not one.tells <= most.tells}
        worth[most.id] = Standing.VALID
    return worth


def _latest(words: Sequence[Word]) -> list[Word]:
    """Each person's latest word that tells anything, else their first count; by who came first.

    What was counted earlier and comes late (a phone without network) overwrites nothing.
    """
    people = {one.by: [each for each in words if each.by == one.by] for one in words}
    latest = []
    for own in people.values():
        telling = [one for one in own if one.tells] or own[:1]
        decided = any(one.decided for one in own)
        *_earlier, last = sorted(telling, key=lambda one: one.at)
        latest.append((not decided, words.index(telling[0]), last))
    return [one for *_order, one in sorted(latest, key=lambda each: each[:2])]


OF_CARD: LiteralString = """
    SELECT id, counted_by, condition, status, place, custodian, note, photos, doubtful,
           decided_by IS NOT NULL AS decided, standing, counted_at
      FROM stocktake_count
     WHERE stocktake_id = %(stocktake)s AND card_id = %(card)s
       AND standing IN ('valid', 'agrees', 'superseded', 'conflict')
     ORDER BY id
"""


def of_card(conn: Connection, stocktake: int, card: int) -> list[Word]:
    """The counts of a card that may stand, as they came: neither undone nor decided against."""
    with conn.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(OF_CARD, {"stocktake": stocktake, "card": card}).fetchall()
    return [
        Word(
            row["id"], row["counted_by"], told(row), row["decided"], Standing(row["standing"]),
            row["counted_at"],
        )
        for row in rows
    ]  # fmt: skip


SET: LiteralString = """
    UPDATE stocktake_count SET standing = %(standing)s WHERE id = ANY(%(counts)s)
"""


def set_standing(conn: Connection, counts: Collection[int], standing: Standing) -> None:
    """What counts are worth from now on."""
    conn.execute(SET, {"counts": list(counts), "standing": standing.value})


# The one that counts last: of a card never two do, not even for a moment.
ORDER: Final = (Standing.SUPERSEDED, Standing.AGREES, Standing.CONFLICT, Standing.VALID)


def settle(conn: Connection, words: Sequence[Word], worth: Mapping[int, Standing]) -> None:
    """Store what has changed."""
    for standing in ORDER:
        changed = [one.id for one in words
                   if worth[one.id] is standing and one.standing is not standing]  # fmt: skip
        if changed:
            set_standing(conn, changed, standing)
