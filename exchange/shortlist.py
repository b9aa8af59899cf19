"""我的预选资产 (E5): listings that somebody has marked; closed ones stay, as closed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, LiteralString

from psycopg.rows import class_row

from db import Connection, Refused, audit, scalar
from db.keyset import Sortable, by_key, moment, number
from exchange.kinds import State
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
    SELECT name, state FROM listing
     WHERE id = ANY(%(listings)s) AND (on_local OR on_national) AND kind <> 'demand'
     ORDER BY id
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
    'shortlist.taken' (names) where one has been taken, 'shortlist.already' (names: those that are
    marked), 'shortlist.full'.
    """
    wanted = sorted(set(listings))
    if not wanted:
        raise Refused("shortlist.nothing")
    facts = {"user": actor.id, "listings": wanted, "now": now}
    conn.execute(HOLD, {"user": actor.id})
    marked = [name for (name,) in conn.execute(MARKED, facts)]
    if marked:
        raise Refused("shortlist.already", names="、".join(marked))
    shown = conn.execute(SHOWN, facts).fetchall()
    if len(shown) != len(wanted):
        raise Refused("shortlist.gone")
    if taken := [name for name, state in shown if not State(state).live]:
        raise Refused("shortlist.taken", names="、".join(taken))
    if count(conn, actor.id) + len(wanted) > MOST:
        raise Refused("shortlist.full", most=MOST)
    conn.execute(ADD, facts)
    audit.record(conn, actor.login, "shortlist.added", f"user:{actor.login}", request,
                 listings=wanted)  # fmt: skip
    return len(wanted)


REMOVE: LiteralString = """
    DELETE FROM shortlist WHERE user_id = %(user)s AND listing_id = ANY(%(listings)s)
    RETURNING listing_id, added_at
"""


def remove(
    conn: Connection, actor: User, listings: Sequence[int], request: str = ""
) -> dict[int, datetime]:
    """Take these off again; those that were on it, with the moment they were marked."""
    asked = {"user": actor.id, "listings": list(listings)}
    gone: dict[int, datetime] = dict(conn.execute(REMOVE, asked).fetchall())
    if gone:
        audit.record(conn, actor.login, "shortlist.removed", f"user:{actor.login}", request,
                     listings=sorted(gone))  # fmt: skip
    return gone


RESTORE: LiteralString = """
    INSERT INTO shortlist (user_id, listing_id, added_at)
    SELECT %(user)s, listing.id, marked.added_at
      FROM unnest(%(listings)s::bigint[], %(moments)s::timestamptz[]) AS marked (id, added_at)
      JOIN listing ON listing.id = marked.id
    ON CONFLICT DO NOTHING
"""


def restore(conn: Connection, actor: User, gone: Mapping[int, datetime], request: str = "") -> None:
    """Mark again what was taken off, as it was. Raises Refused 'shortlist.full'."""
    conn.execute(HOLD, {"user": actor.id})
    if count(conn, actor.id) + len(gone) > MOST:
        raise Refused("shortlist.full", most=MOST)
    facts = {"user": actor.id, "listings": list(gone), "moments": list(gone.values())}
    conn.execute(RESTORE, facts)
    audit.record(conn, actor.login, "shortlist.restored", f"user:{actor.login}", request,
                 listings=sorted(gone))  # fmt: skip


def count(conn: Connection, user: int) -> int:
    """How many somebody has marked."""
    found = scalar(conn, COUNT, user=user)
    assert isinstance(found, int)
    return found


MARKED_BY: LiteralString = "SELECT count(*) FROM shortlist WHERE listing_id = %(listing)s"


def marked_by(conn: Connection, listing: int) -> int:
    """How many people have marked it."""
    found = scalar(conn, MARKED_BY, listing=listing)
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
           COALESCE(category.name, '') AS category_name, listing.card_type,
           COALESCE(square.division, '') AS division,
           COALESCE(division.name, NULLIF(square.facts->>'division_name', ''), square.division, '')
           AS division_name,
           COALESCE(square.status, '') AS status, COALESCE(square.quantity, 0) AS quantity,
           COALESCE(square.measure, '') AS measure, COALESCE(square.value, 0) AS value,
           COALESCE(square.unit_name, '') AS unit_name, square.photo, listing.listed_at,
           listing.closed_at, square.until_on,
           CASE WHEN square.id IS NULL THEN '' ELSE COALESCE(settlement.partner, '') END AS partner,
           settlement.from_on AS used_from, settlement.until_on AS used_until,
           COALESCE(linked_system.name, '') AS source, true AS marked, '' AS sort_key,
           shortlist.added_at, square.id IS NOT NULL AS shown,
           square.contact->>'contact' AS contact,
           square.contact->>'phone' AS phone
      FROM shortlist
      JOIN listing ON listing.id = shortlist.listing_id
      LEFT JOIN listing AS square
        ON square.id = listing.id AND (square.on_local OR square.on_national)
      LEFT JOIN category ON category.code = listing.category
      LEFT JOIN division ON division.code = square.division
      LEFT JOIN settlement ON settlement.listing_id = square.id
      LEFT JOIN linked_listing ON linked_listing.listing_id = square.id
      LEFT JOIN linked_system ON linked_system.id = linked_listing.system_id
     WHERE shortlist.user_id = %(user)s
"""


class Sort(StrEnum):
    """What a shortlist can be sorted by; each falls back on the listing's id."""

    ADDED = "added"  # newest first
    NAME = "name"
    UNIT = "unit"
    VALUE = "value"  # dearest first


KEY: LiteralString = "%(id)s::bigint"
ADDED: Final = by_key(
    ("shortlist.added_at", "listing.id"), ("%(key)s::timestamptz", KEY), descending=True
)
NAME: Final = by_key(("listing.name", "listing.id"), ("%(key)s::text", KEY))
UNIT: Final = by_key(("square.unit_name", "listing.id"), ("%(key)s::text", KEY))
VALUE: Final = by_key(
    ("COALESCE(square.value, 0)", "listing.id"), ("%(key)s::numeric", KEY), descending=True
)
SORTABLE: Final = {
    Sort.ADDED: Sortable(ADDED, moment, descending=True),
    Sort.NAME: Sortable(NAME),
    Sort.UNIT: Sortable(UNIT),
    Sort.VALUE: Sortable(VALUE, number, descending=True),
}


def rows(
    conn: Connection, user: int, sort: Sort = Sort.ADDED, *, turned: bool = False
) -> list[Marked]:
    """All that somebody has marked, in the order asked: `MOST` at most."""
    text: LiteralString = ROWS + " ORDER BY " + SORTABLE[sort].way(turned=turned, back=False).by
    with conn.cursor(row_factory=class_row(Marked)) as cursor:
        return cursor.execute(text, {"user": user}).fetchall()
