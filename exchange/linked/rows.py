"""Listings of linked systems as they are stored, thousands at a time: added, refreshed, seen."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, LiteralString
from uuid import UUID, uuid4

from psycopg.types.json import Jsonb

from db import Connection
from exchange.kinds import State
from exchange.linked.systems import System


@dataclass(frozen=True, slots=True)
class Known:
    """What we have of a key: its listing, how that stands, the item's digest as last taken."""

    listing_id: int
    name: str
    kind: str
    state: State
    reason: str
    digest: str


KNOWN: LiteralString = """
    SELECT linked_listing.key, linked_listing.listing_id, listing.name, listing.kind,
           listing.state, listing.reason, linked_listing.digest
      FROM linked_listing JOIN listing ON listing.id = linked_listing.listing_id
     WHERE linked_listing.system_id = %(system)s AND linked_listing.key = ANY(%(keys)s)
     ORDER BY listing.id
       FOR UPDATE OF listing
"""


def known(conn: Connection, system: int, keys: list[str]) -> dict[str, Known]:
    """What the system has pushed of these keys, held: nobody settles or closes it meanwhile."""
    rows = conn.execute(KNOWN, {"system": system, "keys": keys})
    return {key: Known(listing, name, kind, State(state), reason, digest)
            for key, listing, name, kind, state, reason, digest in rows}  # fmt: skip


# A listing that bears a card of ours follows that card from now on (F1), and the card can't be
# listed a second time (B2).
ADD: LiteralString = """
    INSERT INTO listing (uid, kind, scope, origin, card_id, unit_id, ministry, name, code, category,
                         card_type, division, status, quantity, measure, value, unit_name, facts,
                         contact, listed_at)
    SELECT pushed.uid, pushed.kind, 'local', 'linked', pushed.card, unit.id, 'none', pushed.name,
           pushed.code, pushed.category, pushed.card_type,
           COALESCE(NULLIF(pushed.division, ''), unit.division), pushed.status, pushed.quantity,
           pushed.measure, pushed.value, unit.name, pushed.facts, pushed.contact, %(now)s
      FROM jsonb_to_recordset(%(rows)s::jsonb)
             AS pushed (uid uuid, kind text, card bigint, name text, code text, category text,
                        card_type text, division text, status text, quantity numeric, measure text,
                        value numeric, facts jsonb, contact jsonb)
      JOIN unit ON unit.id = %(unit)s
    RETURNING uid, id
"""
LINK: LiteralString = """
    INSERT INTO linked_listing (system_id, key, listing_id, digest, seen_at)
    SELECT %(system)s, pushed.key, pushed.listing, pushed.digest, %(now)s
      FROM unnest(%(keys)s::text[], %(listings)s::bigint[], %(digests)s::text[])
             AS pushed (key, listing, digest)
    ON CONFLICT (system_id, key) DO UPDATE
       SET listing_id = excluded.listing_id, digest = excluded.digest, seen_at = excluded.seen_at,
           vanished_at = NULL
"""


def add(conn: Connection, system: System, rows: list[dict[str, Any]], now: datetime) -> list[int]:
    """Put these on their squares; ids of the listings."""
    if not rows:
        return []
    marked = {uuid4(): row for row in rows}
    sent = Jsonb([row | {"uid": str(uid)} for uid, row in marked.items()])
    made: list[tuple[UUID, int]] = conn.execute(
        ADD, {"rows": sent, "unit": system.unit_id, "now": now}
    ).fetchall()
    keys = [marked[uid]["key"] for uid, _listing in made]
    listings = [listing for _uid, listing in made]
    digests = [marked[uid]["digest"] for uid, _listing in made]
    link = {"system": system.id, "keys": keys, "listings": listings, "digests": digests}
    conn.execute(LINK, {**link, "now": now})
    return listings


REFRESH: LiteralString = """
    UPDATE listing
       SET card_id = pushed.card, name = pushed.name, code = pushed.code,
           category = pushed.category, card_type = pushed.card_type,
           division = COALESCE(NULLIF(pushed.division, ''), unit.division),
           status = pushed.status, quantity = pushed.quantity, measure = pushed.measure,
           value = pushed.value, facts = pushed.facts, contact = pushed.contact,
           version = listing.version + 1
      FROM jsonb_to_recordset(%(rows)s::jsonb)
             AS pushed (listing bigint, card bigint, name text, code text, category text,
                        card_type text, division text, status text, quantity numeric, measure text,
                        value numeric, facts jsonb, contact jsonb)
      JOIN unit ON unit.id = %(unit)s
     WHERE listing.id = pushed.listing
"""


def refresh(
    conn: Connection, system: System, rows: list[dict[str, Any]], now: datetime
) -> list[int]:
    """Show these as they are pushed now; ids of the listings."""
    if not rows:
        return []
    conn.execute(REFRESH, {"rows": Jsonb(rows), "unit": system.unit_id})
    listings = [row["listing"] for row in rows]
    keys, digests = [row["key"] for row in rows], [row["digest"] for row in rows]
    link = {"system": system.id, "keys": keys, "listings": listings, "digests": digests}
    conn.execute(LINK, {**link, "now": now})
    return listings


SEEN: LiteralString = """
    UPDATE linked_listing SET seen_at = %(now)s, vanished_at = NULL
     WHERE system_id = %(system)s AND key = ANY(%(keys)s)
"""


def seen(conn: Connection, system: System, keys: list[str], now: datetime) -> None:
    """Note that they are there as before."""
    conn.execute(SEEN, {"system": system.id, "keys": keys, "now": now})


# A key that isn't pushed any more, and that nobody has been told of.
VANISH: LiteralString = """
    UPDATE linked_listing SET vanished_at = %(now)s
      FROM listing
     WHERE listing.id = linked_listing.listing_id AND linked_listing.system_id = %(system)s
       AND linked_listing.vanished_at IS NULL AND listing.state IN ('listed', 'settling')
       AND (linked_listing.key <> ALL(%(keys)s::text[]) OR linked_listing.key = ANY(%(gone)s))
    RETURNING linked_listing.key
"""


def vanish(
    conn: Connection, system: System, keys: list[str] | None, gone: list[str], now: datetime
) -> list[str]:
    """Note which live ones are among `gone`, or not among all the `keys` that the system has.

    `keys` None: it did not say which those are.
    """
    facts = {"system": system.id, "keys": keys, "gone": gone, "now": now}
    return sorted(key for (key,) in conn.execute(VANISH, facts))


WHERE_CARDS_ARE: LiteralString = """
    SELECT code, id, type FROM card WHERE unit_id = %(unit)s AND code = ANY(%(codes)s)
     ORDER BY id
       FOR NO KEY UPDATE
"""


def cards(conn: Connection, system: System, codes: list[str]) -> dict[str, tuple[int, str]]:
    """(id, type) by code, of the cards of the system's own unit, held: they stay publishable."""
    rows = conn.execute(WHERE_CARDS_ARE, {"unit": system.unit_id, "codes": codes})
    return {code: (card, card_type) for code, card, card_type in rows}


OF_OTHERS: LiteralString = """
    SELECT code FROM card WHERE code = ANY(%(codes)s) AND unit_id <> %(unit)s
"""


def codes_of_others(conn: Connection, system: System, codes: list[str]) -> set[str]:
    """Which of the codes are cards of other units than the system's."""
    facts = {"codes": codes, "unit": system.unit_id}
    return {code for (code,) in conn.execute(OF_OTHERS, facts)}


# A code names an asset within its unit: another unit's says nothing about ours.
LISTED: LiteralString = """
    SELECT listing.code, linked_listing.system_id, linked_listing.key
      FROM listing LEFT JOIN linked_listing ON linked_listing.listing_id = listing.id
     WHERE listing.code = ANY(%(codes)s) AND listing.code <> ''
       AND listing.unit_id = %(unit)s AND listing.state IN ('listed', 'settling')
       AND listing.origin <> 'foreign' AND listing.kind <> 'demand'
"""


def listed(
    conn: Connection, system: System, codes: Iterable[str]
) -> list[tuple[str, int | None, str | None]]:
    """(code, system, key) of what the system's unit has on a square under these codes; None: by a
    sheet.
    """
    return conn.execute(LISTED, {"codes": list(codes), "unit": system.unit_id}).fetchall()


NOTE: LiteralString = """
    INSERT INTO linked_push (system_id, at, way, complete, refused, added, refreshed, unchanged,
                             closed, withdrawn, vanished, settling)
    VALUES (%(system)s, %(now)s, %(way)s, %(complete)s, %(refused)s, %(added)s, %(refreshed)s,
            %(unchanged)s, %(closed)s, %(withdrawn)s, %(vanished)s, %(settling)s)
"""
COUNTS: Final = ("refused", "added", "refreshed", "unchanged", "closed", "withdrawn", "vanished",
                 "settling")  # fmt: skip


def note(
    conn: Connection, system: int, way: str, complete: bool, now: datetime, **counts: int
) -> None:
    """Keep what a push did."""
    plain = {"system": system, "now": now, "way": way, "complete": complete}
    conn.execute(NOTE, {**dict.fromkeys(COUNTS, 0), **plain, **counts})
