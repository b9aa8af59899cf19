"""A card's life as one time line: registered, changed, split, lent, repaired, disposed (A7)."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from psycopg.rows import class_row

from db import Connection


@dataclass(frozen=True, slots=True)
class Relative:
    """A card that this one came from, or that came from it: by a split, or to another unit.

    `moved`: it is another unit's; `visible`: the viewer may see it (J4).
    """

    code: str
    name: str
    at: datetime
    origin: bool
    unit_name: str
    moved: bool
    visible: bool


RELATIVES: LiteralString = """
    WITH family AS (
        SELECT origin.id, card.created_at AS at, true AS origin, card.unit_id AS own
          FROM card JOIN card AS origin ON origin.id = card.origin_id
         WHERE card.id = %(card)s
         UNION ALL
        SELECT part.id, part.created_at, false, card.unit_id
          FROM card JOIN card AS part ON part.origin_id = card.id
         WHERE card.id = %(card)s
    )
    SELECT one.code, one.name, family.at, family.origin, unit.name AS unit_name,
           one.unit_id <> family.own AS moved,
           one.unit_id IN (SELECT unit_id FROM visible_unit WHERE user_id = %(viewer)s) AS visible
      FROM family
      JOIN card AS one ON one.id = family.id
      JOIN unit ON unit.id = one.unit_id
     ORDER BY one.code
"""


def relatives(conn: Connection, card: int, viewer: int) -> list[Relative]:
    """Its origin and its parts. The caller has checked that `viewer` may see the card."""
    with conn.cursor(row_factory=class_row(Relative)) as cursor:
        return cursor.execute(RELATIVES, {"card": card, "viewer": viewer}).fetchall()
