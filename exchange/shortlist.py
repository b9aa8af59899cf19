"""我的预选资产 (E5): listings that somebody has marked; closed ones stay, as closed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, LiteralString

from psycopg.rows import class_row

from db import Connection, Refused, audit, scalar
from exchange.squares import Row
from registry.org import User

MOST: Final = 200

# Whoever adds to a shortlist, adds alone: two windows of one person wait for each other.
HOLD: LiteralString = "SELECT id FROM app_user WHERE id = %(user)s FOR NO KEY UPDATE"
MARKED: LiteralString = """
    SELECT listing.name FROM shortlist JOIN listing ON listing.id = shortlist.listing_id
     WHERE shortlist.user_id = %(user)s AND shortlist.listing_id = ANY(%(listings)s)
     ORDER BY shortlist.listing_id
"""
SHOWN: LiteralString = """
    SELECT count(*) FROM listing
     WHERE id = ANY(%(listings)s) AND (on_local OR on_national) AND kind <> 'demand'
"""
ADD: LiteralString = """
    INSERT INTO shortlist (user_id, listing_id, added_at)
    SELECT %(user)s, listing, %(now)s FROM unnest(%(listings)s::bigint[]) AS listing
"""
COUNT: LiteralString = "SELECT count(*) FROM shortlist WHERE user_id = %(user)s"


def add(
    conn: Connection, actor: User, listings: Sequence[int], now: datetime, request: str = ""
) -> int:
    """Mark these (ids), all or none; how many.

    Raises Refused 'shortlist.nothing', 'shortlist.gone' where one stands on no square any more,
    'shortlist.already' (names: those that are marked), 'shortlist.full'.
    """
    wanted = sorted(set(listings))
    if not wanted:
        raise Refused("shortlist.nothing")
    facts = {"user": actor.id, "listings": wanted, "now": now}
    conn.execute(HOLD, {"user": actor.id})
    marked = [name for (name,) in conn.execute(MARKED, facts)]
    if marked:
        raise Refused("shortlist.already", names="、".join(marked))
    if scalar(conn, SHOWN, listings=wanted) != len(wanted):
        raise Refused("shortlist.gone")
    if count(conn, actor.id) + len(wanted) > MOST:
        raise Refused("shortlist.full", most=MOST)
    conn.execute(ADD, facts)
    audit.record(conn, actor.login, "shortlist.added", f"user:{actor.login}", request,
                 listings=wanted)  # fmt: skip
    return len(wanted)


REMOVE: LiteralString = """
    DELETE FROM shortlist WHERE user_id = %(user)s AND listing_id = ANY(%(listings)s)
    RETURNING listing_id
"""


def remove(conn: Connection, actor: User, listings: Sequence[int], request: str = "") -> int:
    """Take these off again; how many were on it."""
    asked = {"user": actor.id, "listings": list(listings)}
    gone = sorted(key for (key,) in conn.execute(REMOVE, asked))
    if gone:
        audit.record(conn, actor.login, "shortlist.removed", f"user:{actor.login}", request,
                     listings=gone)  # fmt: skip
    return len(gone)


def count(conn: Connection, user: int) -> int:
    """How many somebody has marked."""
    found = scalar(conn, COUNT, user=user)
    assert isinstance(found, int)
    return found


@dataclass(frozen=True, slots=True)
class Marked(Row):
    """A marked listing. `shown`: it still stands on a square; else only name and state are told."""

    added_at: datetime
    shown: bool
    contact: str | None
    phone: str | None


# What stands on no square any more is its unit's own again (J4).
ROWS: LiteralString = """
    SELECT listing.id, listing.kind, listing.origin, listing.state, listing.ministry, listing.name,
           COALESCE(square.code, '') AS code, listing.category,
           COALESCE(category.name, '') AS category_name, COALESCE(square.division, '') AS division,
           COALESCE(division.name, NULLIF(square.facts->>'division_name', ''), square.division, '')
           AS division_name,
           COALESCE(square.status, '') AS status, COALESCE(square.quantity, 0) AS quantity,
           COALESCE(square.measure, '') AS measure, COALESCE(square.value, 0) AS value,
           COALESCE(square.unit_name, '') AS unit_name, square.photo, listing.listed_at,
           square.until_on, true AS marked, '' AS sort_key, shortlist.added_at,
           square.id IS NOT NULL AS shown, square.contact->>'contact' AS contact,
           square.contact->>'phone' AS phone
      FROM shortlist
      JOIN listing ON listing.id = shortlist.listing_id
      LEFT JOIN listing AS square
        ON square.id = listing.id AND (square.on_local OR square.on_national)
      LEFT JOIN category ON category.code = listing.category
      LEFT JOIN division ON division.code = square.division
     WHERE shortlist.user_id = %(user)s
     ORDER BY shortlist.added_at DESC, listing.id DESC
"""


def rows(conn: Connection, user: int) -> list[Marked]:
    """All that somebody has marked, the newest first: `MOST` at most."""
    with conn.cursor(row_factory=class_row(Marked)) as cursor:
        return cursor.execute(ROWS, {"user": user}).fetchall()
