"""Listings as they are stored: put on a square, kept like their card, closed; with their history.

Whoever changes a listing holds its row first, and what was reported is updated upward in the same
transaction (D3, F1).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, LiteralString
from uuid import UUID
from zoneinfo import ZoneInfo

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from db import Connection, Refused, audit, scalar
from exchange import outbox
from exchange.kinds import Document, Happened, Kind, Ministry, Origin, Reason, Scope, State
from exchange.settings import ExchangeSettings
from registry.cards import Card, Status, values_of

ZONE: Final = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Listing:
    """What stands, or stood, on a square. `value` is the original value in yuan."""

    id: int
    uid: UUID
    kind: Kind
    scope: Scope
    origin: Origin
    sheet_id: int | None
    card_id: int | None
    unit_id: int | None
    state: State
    reason: str
    reason_text: str
    ministry: Ministry
    opinion: str
    name: str
    code: str
    category: str
    card_type: str
    division: str
    status: str
    quantity: Decimal
    measure: str
    value: Decimal
    unit_name: str
    photo: str | None
    facts: Mapping[str, str]
    contact: Mapping[str, str]
    version: int
    listed_at: datetime
    closed_at: datetime | None
    until_on: date | None

    def __post_init__(self) -> None:
        """Rows carry plain text for the closed sets."""
        for name, members in (("kind", Kind), ("scope", Scope), ("origin", Origin),
                              ("state", State), ("ministry", Ministry)):  # fmt: skip
            object.__setattr__(self, name, members(getattr(self, name)))


READ: LiteralString = """
    SELECT id, uid, kind, scope, origin, sheet_id, card_id, unit_id, state, reason, reason_text,
           ministry, opinion, name, code, category, card_type, division, status, quantity, measure,
           value, unit_name, photo, facts, contact, version, listed_at, closed_at, until_on
      FROM listing
"""
BY_ID: LiteralString = " WHERE id = %(listing)s"
OF_SHEET: LiteralString = " WHERE sheet_id = %(sheet)s AND reason <> 'revoked' ORDER BY id"
LIVE_OF_CARD: LiteralString = """
     WHERE card_id = %(card)s AND state IN ('listed', 'settling')
"""
HELD: LiteralString = " FOR UPDATE"


def one(conn: Connection, listing: int) -> Listing | None:
    """The listing with this id. The caller answers for who may see it."""
    with conn.cursor(row_factory=class_row(Listing)) as cursor:
        return cursor.execute(READ + BY_ID, {"listing": listing}).fetchone()


def hold(conn: Connection, listing: int) -> Listing:
    """As `one`, and nobody else changes it until the transaction ends.

    Raises Refused 'listing.not_found'.
    """
    with conn.cursor(row_factory=class_row(Listing)) as cursor:
        found = cursor.execute(READ + BY_ID + HELD, {"listing": listing}).fetchone()
    if found is None:
        raise Refused("listing.not_found")
    return found


def of_sheet(conn: Connection, sheet: int) -> list[Listing]:
    """The listings that a sheet's final approval made, without those of a revoked one."""
    with conn.cursor(row_factory=class_row(Listing)) as cursor:
        return cursor.execute(READ + OF_SHEET, {"sheet": sheet}).fetchall()


def live_of_card(conn: Connection, card: int) -> Listing | None:
    """The card's listing that stands on a square, held; there is one at most (B2)."""
    with conn.cursor(row_factory=class_row(Listing)) as cursor:
        return cursor.execute(READ + LIVE_OF_CARD + HELD, {"card": card}).fetchone()


LIVE_OF_UNIT: LiteralString = """
    SELECT count(*) FROM listing WHERE unit_id = %(unit)s AND state IN ('listed', 'settling')
"""


def live_of_unit(conn: Connection, unit: int) -> int:
    """How many listings of the unit stand on a square."""
    found = scalar(conn, LIVE_OF_UNIT, unit=unit)
    assert isinstance(found, int)
    return found


HAPPENED: LiteralString = """
    INSERT INTO listing_event (listing_id, at, actor, event, facts)
    SELECT listing, %(now)s, %(actor)s, %(event)s, %(facts)s
      FROM unnest(%(listings)s::bigint[]) AS listing
"""


def noted(
    conn: Connection,
    listings: Sequence[int],
    event: Happened,
    actor: str,
    now: datetime,
    **facts: Any,
) -> None:
    """Note it in the history of each; the caller's one audit entry tells of all of them."""
    row = {"listings": list(listings), "now": now, "actor": actor, "event": event.value}
    conn.execute(HAPPENED, {**row, "facts": Jsonb(facts)})


def happened(
    conn: Connection, listing: int, event: Happened, actor: str, now: datetime, **facts: Any
) -> None:
    """Note it in the listing's history and in the audit log; `actor` is a login or system:…"""
    noted(conn, [listing], event, actor, now, **facts)
    audit.record(conn, actor, f"listing.{event.value}", f"listing:{listing}", "", **facts)


ADD: LiteralString = """
    INSERT INTO listing (kind, scope, origin, sheet_id, card_id, unit_id, ministry, name, code,
                         category, card_type, division, status, quantity, measure, value,
                         unit_name, photo, facts, contact, listed_at, until_on)
    SELECT %(kind)s, %(scope)s, 'own', %(sheet)s, %(card)s, unit.id, %(ministry)s, %(name)s,
           %(code)s, %(category)s, %(card_type)s, COALESCE(%(division)s, unit.division),
           %(status)s, %(quantity)s, %(measure)s, %(value)s, unit.name, %(photo)s, %(facts)s,
           %(contact)s, %(now)s, %(until_on)s
      FROM unit WHERE unit.id = %(unit)s
    RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Publication:
    """What a listing takes from its sheet."""

    kind: Kind
    scope: Scope
    sheet_id: int
    unit_id: int
    contact: Mapping[str, str]


def add(
    conn: Connection, of: Publication, shown: Mapping[str, Any], actor: str, now: datetime
) -> int:
    """Put it on its square (D1); `shown` as `shown_of_card` or a demand gives it. Its id.

    A national one is queued to be reported.
    """
    ministry = Ministry.UNREPORTED if of.scope is Scope.NATIONAL else Ministry.NONE
    facts = {
        "kind": of.kind.value,
        "scope": of.scope.value,
        "sheet": of.sheet_id,
        "unit": of.unit_id,
        "ministry": ministry.value,
        "contact": Jsonb(dict(of.contact)),
        "now": now,
        **shown,
        "facts": Jsonb(shown["facts"]),
    }
    key = scalar(conn, ADD, **facts)
    assert isinstance(key, int)
    happened(conn, key, Happened.LISTED, actor, now, sheet=of.sheet_id)
    outbox.queue(conn, key, Document.PUBLISH, now)
    return key


FIRST_PHOTO: LiteralString = """
    SELECT digest FROM photo WHERE card_id = %(card)s ORDER BY position LIMIT 1
"""


def shown_of_card(conn: Connection, card: Card, kind: Kind, now: datetime) -> dict[str, Any]:
    """What a square shows of a card, by the names of `ADD` and `REFRESH`."""
    return {
        "card": card.id,
        "name": card.name,
        "code": card.code,
        "category": card.category,
        "card_type": card.type.value,
        "division": None,
        "status": card.status.value,
        "quantity": card.quantity,
        "measure": card.measure,
        "value": card.original_value,
        "photo": scalar(conn, FIRST_PHOTO, card=card.id),
        "facts": values_of(card),
        "until_on": notice_end(kind, card.status, now),
    }


def notice_end(kind: Kind, status: Status, now: datetime) -> date | None:
    """The last day of the notice period (F2): of a transfer that is to be disposed of."""
    if kind is not Kind.TRANSFER or status is not Status.TO_DISPOSE:
        return None
    return (now.astimezone(ZONE) + timedelta(days=ExchangeSettings().notice_days)).date()


# A notice period that runs goes on; one begins, or ends, with the card's status.
REFRESH: LiteralString = """
    UPDATE listing
       SET name = %(name)s, code = %(code)s, category = %(category)s, card_type = %(card_type)s,
           status = %(status)s, quantity = %(quantity)s, measure = %(measure)s, value = %(value)s,
           photo = %(photo)s, facts = %(facts)s, version = version + 1,
           until_told = CASE WHEN until_on IS NULL THEN NULL ELSE until_told END,
           until_on = CASE WHEN %(until_on)s::date IS NULL THEN NULL
                           ELSE COALESCE(until_on, %(until_on)s) END
     WHERE id = %(listing)s
"""


def refresh(conn: Connection, listing: Listing, card: Card, actor: str, now: datetime) -> None:
    """Show the card as it is now, and tell the ministry where it knows the listing (F1)."""
    shown = shown_of_card(conn, card, listing.kind, now)
    facts = {**shown, "listing": listing.id, "facts": Jsonb(shown["facts"])}
    conn.execute(REFRESH, facts)
    happened(conn, listing.id, Happened.REFRESHED, actor, now, version=listing.version + 1)
    outbox.queue(conn, listing.id, Document.UPDATE, now)


# What was settled stays on the local square for a while, beside what its card is by now.
STATUS: LiteralString = """
    UPDATE listing SET status = card.status FROM card
     WHERE listing.card_id = %(card)s AND listing.state = 'settled'
       AND card.id = listing.card_id AND card.status <> listing.status
"""


def follow_status(conn: Connection, card_id: int) -> None:
    """Show the card's status of now on what was settled of it."""
    conn.execute(STATUS, {"card": card_id})


CLOSE: LiteralString = """
    UPDATE listing
       SET state = %(state)s, reason = %(reason)s, reason_text = %(text)s, closed_at = %(now)s,
           version = version + 1
     WHERE id = %(listing)s
"""


def close(
    conn: Connection,
    listing: Listing,
    state: State,
    reason: Reason | None,
    text: str,
    actor: str,
    now: datetime,
) -> None:
    """Take it from its square, settled or delisted with a reason; a reported one is told (D3)."""
    facts = {
        "listing": listing.id,
        "state": state.value,
        "reason": reason.value if reason else "",
        "text": text,
        "now": now,
    }
    conn.execute(CLOSE, facts)
    settled = state is State.SETTLED
    event = Happened.SETTLED if settled else Happened.DELISTED
    why = reason.value if reason else ""
    happened(conn, listing.id, event, actor, now, reason=why, text=text)
    outbox.queue(conn, listing.id, Document.SETTLE if settled else Document.DELIST, now)


MOVE: LiteralString = "UPDATE listing SET state = %(state)s WHERE id = %(listing)s"


def move(conn: Connection, listing: int, state: State) -> None:
    """Between listed and settling; the caller says in the history why."""
    conn.execute(MOVE, {"listing": listing, "state": state.value})


AS_ITS_UNIT: LiteralString = """
    UPDATE listing
       SET unit_name = unit.name,
           division = CASE WHEN card_id IS NULL THEN listing.division ELSE unit.division END
      FROM unit
     WHERE unit.id = listing.unit_id AND listing.id = %(listing)s AND origin = 'own'
"""


def as_its_unit(conn: Connection, listing: int) -> None:
    """Say again whose it is and where; a demand is wanted where it says itself."""
    conn.execute(AS_ITS_UNIT, {"listing": listing})


SET_MINISTRY: LiteralString = """
    UPDATE listing SET ministry = %(ministry)s, opinion = %(opinion)s WHERE id = %(listing)s
"""
BY_MINISTRY: Final = {
    Ministry.REPORTED: Happened.REPORTED,
    Ministry.DECIDED: Happened.DECIDED,
    Ministry.RETURNED: Happened.RETURNED,
}


def set_ministry(
    conn: Connection,
    listing: int,
    ministry: Ministry,
    actor: str,
    now: datetime,
    opinion: str = "",
) -> None:
    """Where it stands with the ministry from now on (C3)."""
    facts = {"listing": listing, "ministry": ministry.value, "opinion": opinion}
    conn.execute(SET_MINISTRY, facts)
    happened(conn, listing, BY_MINISTRY[ministry], actor, now, opinion=opinion)
