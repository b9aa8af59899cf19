"""The steps that mend what a reconciliation has found: everything again, or as the card is."""

from datetime import datetime
from typing import Final, LiteralString
from uuid import UUID

from db import Connection, Refused, audit, scalar
from exchange import life, listings, outbox
from exchange.kinds import Document, Origin, State
from exchange.listings import Listing
from registry.cards import held

LISTING: LiteralString = "SELECT id FROM listing WHERE uid = %(uid)s"
CLOSED: Final = {State.SETTLED: Document.SETTLE, State.DELISTED: Document.DELIST}


def _own(conn: Connection, uid: UUID) -> Listing:
    """One of ours, held. Raises Refused 'listing.not_found'."""
    key = scalar(conn, LISTING, uid=uid)
    found = listings.hold(conn, key) if isinstance(key, int) else None
    if found is None or found.origin is not Origin.OWN:
        raise Refused("listing.not_found")
    return found


RESEND_ALL: LiteralString = """
    UPDATE ministry_outbox
       SET state = 'pending', tries_from = attempts, next_at = %(now)s, refused = false
     WHERE listing_id = %(listing)s AND attempts > 0
"""


def resend_all(conn: Connection, actor: str, uid: UUID, now: datetime) -> int:
    """Send every document of a listing again, in order; how many.

    The aggregator knows those that it has by their ids, and takes those that it lacks.
    """
    listing = _own(conn, uid)
    number = conn.execute(RESEND_ALL, {"listing": listing.id, "now": now}).rowcount
    subject = f"listing:{listing.id}"
    audit.record(conn, actor, "ministry.resent_all", subject, documents=number)
    return number


NEVER: LiteralString = """
    SELECT NOT EXISTS (SELECT FROM ministry_outbox WHERE listing_id = %(listing)s)
"""


def tell(conn: Connection, actor: str, uid: UUID, now: datetime) -> Document | None:
    """Make a listing as its card and its unit are, and report it as it stands now; what was queued.

    A live one whose card is no longer eligible is delisted.
    """
    listing = _own(conn, uid)
    if scalar(conn, NEVER, listing=listing.id):
        outbox.queue(conn, listing.id, Document.PUBLISH, now)
    if not listing.state.live:
        outbox.queue(conn, listing.id, CLOSED[listing.state], now)
        audit.record(conn, actor, "ministry.told", f"listing:{listing.id}")
        return CLOSED[listing.state]
    listings.as_its_unit(conn, listing.id)
    if listing.card_id is None or listing.unit_id is None:
        outbox.queue(conn, listing.id, Document.UPDATE, now)
        audit.record(conn, actor, "ministry.told", f"listing:{listing.id}")
        return Document.UPDATE
    kept = life.keep_true(conn, listing, held(conn, listing.card_id), actor, now)
    return Document.UPDATE if kept else Document.DELIST
