"""A card's life as one time line: registered, changed, split, lent, repaired, disposed (A7)."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from psycopg.rows import class_row

from db import Connection


@dataclass(frozen=True, slots=True)
class Relative:
    """A card that this one was split from, or that was split from it."""

    code: str
    name: str
    at: datetime
    origin: bool


RELATIVES: LiteralString = """
    SELECT origin.code, origin.name, card.created_at AS at, true AS origin
      FROM card JOIN card AS origin ON origin.id = card.origin_id
     WHERE card.id = %(card)s
     UNION ALL
    SELECT part.code, part.name, part.created_at, false
      FROM card AS part WHERE part.origin_id = %(card)s
     ORDER BY 1
"""


def relatives(conn: Connection, card: int) -> list[Relative]:
    """Its origin and its parts. The caller has checked who may see the card."""
    with conn.cursor(row_factory=class_row(Relative)) as cursor:
        return cursor.execute(RELATIVES, {"card": card}).fetchall()
