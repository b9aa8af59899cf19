"""Where a card that nobody has counted was seen: by whom, where and when (H2, H4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from db import Connection


@dataclass(frozen=True, slots=True)
class Sighting:
    """Seen by a person (of another unit: by which unit), at a place or in a section ('': nobody
    said), in another task of the unit ('': in this one).
    """

    by: str
    where: str
    at: datetime
    task: str


# Each card's latest: what was seen last tells where it stands.
OF_CARDS: LiteralString = """
    SELECT DISTINCT ON (card_id) card_id, seen_by, seen_where, seen_at, seen_task
      FROM stocktake_sighting
     WHERE stocktake_id = %(stocktake)s AND card_id = ANY(%(cards)s)
     ORDER BY card_id, seen_at DESC, seen_by
"""


def of_cards(conn: Connection, stocktake: int, cards: Sequence[int]) -> dict[int, Sighting]:
    """The latest sighting of each of these cards (their ids), where there is one. The caller has
    checked who may see the task.
    """
    rows = conn.execute(OF_CARDS, {"stocktake": stocktake, "cards": list(cards)})
    return {card: Sighting(by, where, at, task) for card, by, where, at, task in rows}
