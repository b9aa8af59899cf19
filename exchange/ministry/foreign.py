"""Other provinces' listings: rows of origin 'foreign', as the aggregator sends them down."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, LiteralString
from uuid import UUID

from psycopg.types.json import Jsonb

from db import Connection, scalar
from exchange import listings
from exchange.kinds import Happened, Origin, Reason, State
from exchange.listings import Listing
from exchange.ministry import listing_content, pictures
from exchange.ministry.dispatch import ACTOR
from exchange.ministry.documents import Envelope, Type
from exchange.ministry.listing_content import ListingContent
from exchange.ministry.refusals import Unacceptable, Why
from registry.cards import photos
from registry.cards.photos import Picture

CONTACT: Final = ("contact", "phone", "address", "note")
SHOWING: Final = frozenset({Type.PUBLISH, Type.UPDATE})


@dataclass(frozen=True, slots=True)
class Shown:
    """What a document shows of its listing: read, its picture decoded."""

    content: ListingContent
    facts: dict[str, str]
    picture: Picture | None


def read(document: Envelope) -> Shown | None:
    """What it shows, before any transaction begins; None where it shows nothing.

    Raises Unacceptable 'malformed'; `Busy`.
    """
    if document.type not in SHOWING:
        return None
    content = listing_content.read(document.content)
    facts = listing_content.facts_of(content)
    return Shown(content, facts, pictures.inward(content.thumbnail))


def apply(
    conn: Connection, document: Envelope, shown: Shown | None, data: Path, now: datetime
) -> None:
    """Publish, update, settle or delist. Raises Unacceptable."""
    listing = known(conn, document.listing)
    if listing is not None and listing.origin is not Origin.FOREIGN:
        raise Unacceptable(Why.UNKNOWN_LISTING, "it is ours")
    if document.type is Type.PUBLISH:
        if listing is not None:
            raise Unacceptable(Why.REPLAY, "it is published already")
        _publish(conn, document, shown, data, now)
        return
    if listing is None:
        raise Unacceptable(Why.UNKNOWN_LISTING)
    if document.type is Type.UPDATE:
        _update(conn, listing, document, shown, data, now)
    elif listing.state.live:
        listings.close(conn, listing, *CLOSED[document.type], "", ACTOR, now)


ID: LiteralString = "SELECT id FROM listing WHERE uid = %(uid)s"


def known(conn: Connection, uid: UUID | None) -> Listing | None:
    """The listing that goes by this id everywhere, held."""
    key = scalar(conn, ID, uid=uid)
    return listings.hold(conn, key) if isinstance(key, int) else None


PUBLISH: LiteralString = """
    INSERT INTO listing (uid, kind, scope, origin, ministry, name, code, category, card_type,
                         division, status, quantity, measure, value, unit_name, photo, facts,
                         contact, listed_at, until_on)
    VALUES (%(uid)s, %(kind)s, 'national', 'foreign', 'decided', %(name)s, %(code)s, %(category)s,
            %(card_type)s, %(division)s, %(status)s, %(quantity)s, %(measure)s, %(value)s,
            %(unit)s, %(photo)s, %(facts)s, %(contact)s, %(listed_at)s, %(until_on)s)
    RETURNING id
"""
UPDATE: LiteralString = """
    UPDATE listing
       SET name = %(name)s, code = %(code)s, category = %(category)s, card_type = %(card_type)s,
           division = %(division)s, status = %(status)s, quantity = %(quantity)s,
           measure = %(measure)s, value = %(value)s, unit_name = %(unit)s, photo = %(photo)s,
           facts = %(facts)s, contact = %(contact)s, until_on = %(until_on)s,
           version = version + 1
     WHERE id = %(listing)s
"""


CLOSED: Final = {
    Type.SETTLE: (State.SETTLED, None),
    Type.DELIST: (State.DELISTED, Reason.SENDER),
}


def _row(document: Envelope, shown: Shown | None, data: Path) -> dict[str, Any]:
    assert shown is not None
    content, picture = shown.content, shown.picture
    if picture is not None:
        photos.store(data, picture)
    return {
        "uid": document.listing,
        "kind": content.kind.value,
        "name": content.name,
        "code": content.code,
        "category": content.category,
        "card_type": content.card_type.value if content.card_type else "",
        "division": content.division,
        "status": content.status,
        "quantity": content.quantity,
        "measure": content.measure,
        "value": content.value,
        "unit": content.unit,
        "photo": picture.digest if picture else None,
        "facts": Jsonb(shown.facts),
        "contact": Jsonb({name: content.contact.get(name, "") for name in CONTACT}),
        "listed_at": content.listed_at,
        "until_on": content.until_on,
    }


def _publish(
    conn: Connection, document: Envelope, shown: Shown | None, data: Path, now: datetime
) -> None:
    key = scalar(conn, PUBLISH, **_row(document, shown, data))
    assert isinstance(key, int)
    listings.happened(conn, key, Happened.LISTED, ACTOR, now, document=str(document.id))


def _update(
    conn: Connection,
    listing: Listing,
    document: Envelope,
    shown: Shown | None,
    data: Path,
    now: datetime,
) -> None:
    row = _row(document, shown, data)
    if row["kind"] != listing.kind.value:
        raise Unacceptable(Why.MALFORMED, "kind: it was another one")
    conn.execute(UPDATE, {**row, "listing": listing.id})
    listings.happened(conn, listing.id, Happened.REFRESHED, ACTOR, now, document=str(document.id))
