"""What the ministry is to be told of a listing: written with what it tells of (D3, F1, F3).

Only queueing stands here, for whoever changes a listing; sending is exchange.ministry's.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, LiteralString

from db import Connection, scalar
from exchange.kinds import Document
from registry.cards.field import Whose
from registry.cards.fields import names_of

# The caller holds the listings' rows, so that sequences have no gap.
QUEUE: LiteralString = """
    INSERT INTO ministry_outbox (listing_id, sequence, document, content, next_at, created_at)
    SELECT listing.id,
           1 + COALESCE((SELECT max(sequence) FROM ministry_outbox
                          WHERE listing_id = listing.id), 0),
           %(document)s, '{}', %(now)s, %(now)s
      FROM listing
     WHERE listing.id = ANY(%(listings)s)
       AND listing.scope = 'national' AND listing.origin = 'own'
    RETURNING id
"""
# What a card's unit keeps to itself stays in the province (J4); a demand's account is asked for.
PRIVATE: Final = sorted(names_of(Whose.PRIVATE))
FREEZE: LiteralString = """
    UPDATE ministry_outbox
       SET content = jsonb_build_object(
               'kind', listing.kind, 'state', listing.state, 'reason', listing.reason,
               'name', listing.name, 'code', listing.code, 'category', listing.category,
               'card_type', listing.card_type, 'division', listing.division,
               'division_name', (SELECT name FROM division WHERE code = listing.division),
               'status', listing.status, 'quantity', listing.quantity::text,
               'measure', listing.measure, 'value', listing.value::text,
               'unit', listing.unit_name, 'contact', listing.contact,
               'facts', CASE WHEN listing.kind = 'demand' THEN listing.facts
                             ELSE listing.facts - %(private)s::text[] END,
               'photo', listing.photo, 'listed_at', listing.listed_at, 'until_on', listing.until_on,
               'settlement', (SELECT jsonb_build_object('partner', partner, 'way', way,
                                     'from_on', from_on, 'until_on', until_on,
                                     'compensation', compensation::text)
                                FROM settlement WHERE listing_id = listing.id))
      FROM listing
     WHERE ministry_outbox.id = ANY(%(queued)s) AND listing.id = ministry_outbox.listing_id
"""


def queue(conn: Connection, listing: int, document: Document, now: datetime) -> bool:
    """Queue a report, an update, a settlement or a delisting; False for what is not reported."""
    return bool(queue_all(conn, [listing], document, now))


def queue_all(
    conn: Connection, listings: Sequence[int], document: Document, now: datetime
) -> list[int]:
    """Queue the same of many, where they are reported: ids of what was queued."""
    facts = {"listings": list(listings), "document": document.value, "now": now}
    queued = [key for (key,) in conn.execute(QUEUE, facts)]
    freeze(conn, *queued)
    return queued


def freeze(conn: Connection, *queued: int) -> None:
    """Let what is queued tell of its listing as that is now. It has not arrived yet."""
    conn.execute(FREEZE, {"queued": list(queued), "private": PRIVATE})


BEGUN: LiteralString = """
    SELECT count(*) FROM ministry_outbox
     WHERE listing_id = ANY(%(listings)s) AND (attempts > 0 OR state <> 'pending')
"""
HOLD: LiteralString = """
    SELECT id FROM ministry_outbox WHERE listing_id = ANY(%(listings)s) ORDER BY id FOR UPDATE
"""
TAKE_BACK: LiteralString = "DELETE FROM ministry_outbox WHERE listing_id = ANY(%(listings)s)"
NOTHING_BEGUN: Final = 0


def begun(conn: Connection, listings: list[int]) -> bool:
    """Whether a report of any of these is on its way, or has arrived."""
    return scalar(conn, BEGUN, listings=listings) != NOTHING_BEGUN


def take_back(conn: Connection, listings: list[int]) -> bool:
    """Take back what was queued of these, as long as nobody has begun to send any of it (C4).

    False, and nothing done, where a report is on its way or has arrived.
    """
    facts = {"listings": listings}
    conn.execute(HOLD, facts)
    if begun(conn, listings):
        return False
    conn.execute(TAKE_BACK, facts)
    return True
