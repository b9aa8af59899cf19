"""The digest of matches (F5): what is new on squares is matched, and both units are told once."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, LiteralString

from db import Connection, Database, scalar
from exchange import listings, match
from exchange.kinds import Kind
from exchange.listings import Listing
from exchange.match import Candidate, Match
from registry import notices
from registry.notices import Event
from registry.org import preparers_of

GOOD: Final = 60  # points from which a match is worth somebody's time
EACH: Final = 10  # matches of one listing that are told
MOST: Final = 5_000  # listings in one run; the rest waits for the next

# Demands first: what they find among the offers need not be found again from there.
UNMATCHED: LiteralString = """
    SELECT id FROM listing
     WHERE matched_at IS NULL AND (on_local OR on_national) AND state = 'listed'
     ORDER BY kind = 'demand' DESC, id
     LIMIT %(most)s
"""


def digest(database: Database, now: datetime) -> int:
    """Match what came to the squares since the last time; how many pairs are new.

    Each listing in a transaction of its own: matched and told, or neither.
    """
    with database.transaction("unmatched listings") as conn:
        fresh = [key for (key,) in conn.execute(UNMATCHED, {"most": MOST})]
    pairs = 0
    for key in fresh:
        with database.transaction("matches of a listing") as conn:
            pairs += _matched(conn, key, now)
    return pairs


CLAIM: LiteralString = """
    UPDATE listing SET matched_at = %(now)s
     WHERE id = %(listing)s AND matched_at IS NULL RETURNING id
"""
NOTE: LiteralString = """
    INSERT INTO match_told (demand_id, listing_id, told_at)
    VALUES (%(demand)s, %(listing)s, %(now)s)
    ON CONFLICT DO NOTHING RETURNING listing_id
"""


def _matched(conn: Connection, listing: int, now: datetime) -> int:
    """Match one and tell; how many pairs are new."""
    if scalar(conn, CLAIM, listing=listing, now=now) is None:
        return 0
    one = listings.one(conn, listing)
    assert one is not None
    find = match.offers_for if one.kind is Kind.DEMAND else match.demands_for
    good = [found for found in find(conn, one, now) if found.points >= GOOD][:EACH]
    fresh = [found for found in good if _is_new(conn, one, found, now)]
    _tell(conn, one, fresh, now)
    return len(fresh)


def _is_new(conn: Connection, one: Listing, found: Match, now: datetime) -> bool:
    ids = (one.id, found.candidate.id)
    demand, offer = ids if one.kind is Kind.DEMAND else reversed(ids)
    return scalar(conn, NOTE, demand=demand, listing=offer, now=now) is not None


def _tell(conn: Connection, one: Listing, fresh: Iterable[Match], now: datetime) -> None:
    """The preparers of both units, in the order of ids: two digests never wait crosswise."""
    sides: dict[int, Listing | Candidate] = {}
    for found in fresh:
        sides |= {one.id: one, found.candidate.id: found.candidate}
    for key, side in sorted(sides.items()):
        if side.unit_id is None:
            continue
        facts = {"title": side.name, "number": str(scalar(conn, TOLD, listing=key))}
        address = f"/squares/{side.kind.value}/{key}"
        told = preparers_of(conn, side.unit_id)
        notices.tell(conn, told, Event.MATCH_FOUND, address, now, **facts)


# Of a demand and of an offer alike: a notice that stands is renewed, with what there is by now.
TOLD: LiteralString = """
    SELECT count(*) FROM match_told WHERE demand_id = %(listing)s OR listing_id = %(listing)s
"""
