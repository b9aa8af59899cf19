"""Settling: who received, uses or provides it, and the disposal that then moves a card (D2)."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import LiteralString

from psycopg.rows import class_row

from db import Connection, Refused, audit, scalar
from exchange import listings
from exchange.kinds import DESCRIPTIONS, Happened, State
from exchange.listings import ZONE, Listing
from exchange.settle_form import Settling
from registry import review
from registry.cards import ChangeKind, apply, changes, held
from registry.cards.drafting import Draft, Typed
from registry.org import User, contacts, hold_unit, preparers_of


@dataclass(frozen=True, slots=True)
class Settlement:
    """What was registered of a listing; money in yuan. `change_id`: the disposal that follows."""

    listing_id: int
    partner_unit_id: int | None
    partner: str
    way: str
    from_on: date | None
    until_on: date | None
    compensation: Decimal | None
    note: str
    change_id: int | None
    received_change: int | None
    registered_by: str
    registered_at: datetime
    done_at: datetime | None


SETTLEMENT: LiteralString = """
    SELECT settlement.listing_id, settlement.partner_unit_id, settlement.partner, settlement.way,
           settlement.from_on, settlement.until_on, settlement.compensation, settlement.note,
           settlement.change_id, settlement.received_change, app_user.name AS registered_by,
           settlement.registered_at, settlement.done_at
      FROM settlement JOIN app_user ON app_user.id = settlement.registered_by
     WHERE settlement.listing_id = %(listing)s
"""


def settlement(conn: Connection, listing: int) -> Settlement | None:
    """What was registered. The caller answers for who may see the listing."""
    with conn.cursor(row_factory=class_row(Settlement)) as cursor:
        return cursor.execute(SETTLEMENT, {"listing": listing}).fetchone()


ADD: LiteralString = """
    INSERT INTO settlement (listing_id, partner_unit_id, partner, way, from_on, until_on,
                            compensation, note, change_id, registered_by, registered_at, done_at)
    VALUES (%(listing)s, %(partner_unit)s, %(partner)s, %(way)s, %(from_on)s, %(until_on)s,
            %(compensation)s, %(note)s, %(change)s, %(by)s, %(now)s, %(done)s)
"""


def register(
    conn: Connection, actor: User, listing: int, asked: Settling, now: datetime, request: str
) -> int | None:
    """Register the other party of a listing of the actor's unit.

    A transfer of a card waits for a disposal, which is drafted: its id. Anything else closes, a
    pushed transfer without a card of ours too: there is nothing to dispose of.
    Raises Refused 'listing.not_found', 'listing.not_listed', 'settle.own_unit',
    'settle.nobody_receives', or as `changes.draft`.
    """
    one = own(conn, actor, listing)
    if one.state is not State.LISTED:
        raise Refused("listing.not_listed", name=one.name, state=one.state.label)
    if asked.partner_unit == one.unit_id:
        raise Refused("settle.own_unit", field="partner")
    change = _draft_disposal(conn, actor, one, asked, now) if disposes(one) else None
    facts = {
        "listing": listing,
        "partner_unit": asked.partner_unit,
        "partner": asked.partner,
        "way": asked.way,
        "from_on": asked.from_on,
        "until_on": asked.until_on,
        "compensation": asked.compensation,
        "note": asked.note,
        "change": change,
        "by": actor.id,
        "now": now,
        "done": now if change is None else None,
    }
    conn.execute(ADD, facts)
    audit.record(conn, actor.login, "settlement.registered", f"listing:{listing}", request,
                 partner=asked.partner, way=asked.way)  # fmt: skip
    if change is not None:
        listings.move(conn, listing, State.SETTLING)
        listings.happened(conn, listing, Happened.SETTLING, actor.login, now, partner=asked.partner)
    else:
        listings.close(conn, one, State.SETTLED, None, asked.partner, actor.login, now)
    return change


def disposes(one: Listing) -> bool:
    """Whether settling it asks for a disposal: a transfer's, of a card that we hold (D2, F4)."""
    return DESCRIPTIONS[one.kind].disposes and one.card_id is not None


def own(conn: Connection, actor: User, listing: int, review_id: int | None = None) -> Listing:
    """A listing of the actor's unit, held; `review_id`: of the disposal that it waits for.

    Its card, the review and its unit are held before it: one order of locks for all. Raises
    Refused 'listing.not_found', also where another unit's is not for the actor to see.
    """
    seen = listings.one(conn, listing)
    if seen is None or seen.unit_id != actor.unit_id:
        raise Refused("listing.not_found")
    if seen.card_id is not None:
        apply.hold(conn, seen.card_id)
    if review_id is not None:
        review.lock(conn, review_id)
    hold_unit(conn, seen.unit_id)  # what is drafted refers to it; who renames it holds it first
    return listings.hold(conn, listing)


def _draft_disposal(
    conn: Connection, actor: User, one: Listing, asked: Settling, now: datetime
) -> int:
    """The disposal document of the form that the transfer's way is (D2)."""
    if asked.partner_unit is not None and not preparers_of(conn, asked.partner_unit):
        who = contacts.named(contacts.administrators(conn, asked.partner_unit))
        raise Refused(
            "settle.nobody_receives", field="partner", unit=asked.partner, administrators=who
        )
    today = now.astimezone(ZONE).date().isoformat()
    values = {"form": asked.way, "receiver": asked.partner, "disposed_on": today}
    typed = Typed(values, reason=asked.note)
    code = held(conn, one.card_id or 0).code
    made = changes.draft(conn, actor, ChangeKind.DISPOSE, code, typed, now)
    if isinstance(made, Draft):
        raise next(iter(made.refusals.values()))
    return made


def cancel(conn: Connection, actor: User, listing: int, now: datetime, request: str) -> None:
    """Give up the disposal, still a draft, that a settlement waits for: it is listed again.

    Raises Refused 'listing.not_found', 'settle.nothing_waits', or as `changes.remove`.
    """
    waits = settlement(conn, listing)
    key = waits.change_id if waits else None
    change = changes.change(conn, actor.id, key) if key is not None else None
    one = own(conn, actor, listing, change.review_id if change else None)
    found = settlement(conn, listing)  # as it is now that it is held
    if one.state is not State.SETTLING or found is None or found.change_id != key:
        raise Refused("settle.nothing_waits", name=one.name)
    if change is None:
        _restore(conn, one, actor.login, now)
        return
    seen = review.standing(conn, change.review_id).version
    changes.remove(conn, actor, change.id, seen, now, request)


WAIT_FOR: LiteralString = """
    SELECT listing.name, settlement.partner
      FROM settlement JOIN listing ON listing.id = settlement.listing_id
     WHERE settlement.change_id = %(change)s AND listing.state = 'settling'
"""


def waiting_for(conn: Connection, change: int) -> list[tuple[str, str]]:
    """(name, other party) of the listing whose settlement waits for this disposal (its id)."""
    return conn.execute(WAIT_FOR, {"change": change}).fetchall()


FORGET: LiteralString = "DELETE FROM settlement WHERE listing_id = %(listing)s"
WAITING_FOR: LiteralString = """
    SELECT settlement.listing_id
      FROM settlement JOIN listing ON listing.id = settlement.listing_id
     WHERE settlement.change_id = %(change)s AND listing.state = 'settling'
"""


def forget(conn: Connection, one: Listing) -> None:
    """Nothing will come of what was registered."""
    conn.execute(FORGET, {"listing": one.id})


def cancelled_with(conn: Connection, change: int, actor: str, now: datetime) -> None:
    """The disposal was given up: what waited for it is listed again, as before."""
    key = scalar(conn, WAITING_FOR, change=change)
    one = listings.hold(conn, key) if isinstance(key, int) else None
    if one is not None and one.state is State.SETTLING:
        _restore(conn, one, actor, now)


def _restore(conn: Connection, one: Listing, actor: str, now: datetime) -> None:
    forget(conn, one)
    listings.move(conn, one.id, State.LISTED)
    listings.happened(conn, one.id, Happened.RESTORED, actor, now)
