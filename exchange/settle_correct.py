"""Correcting what was registered of a settled share or demand: with a reason, both parties told.

Nothing of a card hangs on it: a share's card stays where it is. A transfer that moved its card is
corrected by documents of the card alone.
"""

from datetime import datetime
from typing import Any, Final, LiteralString

from db import Connection, Refused
from db.text import clean
from exchange import listings, outbox, settle
from exchange.kinds import Document, Happened, State
from exchange.listings import Listing
from exchange.settle_form import Settling
from registry import notices
from registry.notices import Event
from registry.org import User, preparers_of

LONGEST_REASON: Final = 200
NAMES: Final = ("partner_unit", "partner", "way", "from_on", "until_on", "compensation", "note")

REGISTERED: LiteralString = """
    SELECT partner_unit_id AS partner_unit, partner, way, from_on, until_on, compensation, note
      FROM settlement WHERE listing_id = %(listing)s FOR UPDATE
"""
CORRECT: LiteralString = """
    UPDATE settlement
       SET partner_unit_id = %(partner_unit)s, partner = %(partner)s, way = %(way)s,
           from_on = %(from_on)s, until_on = %(until_on)s, compensation = %(compensation)s,
           note = %(note)s
     WHERE listing_id = %(listing)s
"""
# Whoever had it before them sees that it has changed.
COUNT: LiteralString = "UPDATE listing SET version = version + 1 WHERE id = %(listing)s"


def correctable(one: Listing) -> bool:
    """Whether what was registered of it can be corrected: it is settled, and moved no card."""
    return one.state is State.SETTLED and not settle.disposes(one)


def correct(
    conn: Connection,
    actor: User,
    listing: int,
    seen: int,
    asked: Settling,
    reason: str,
    now: datetime,
) -> None:
    """Register it otherwise; `seen` is the listing's version that the actor saw.

    Raises Refused 'listing.not_found', 'settle.not_correctable', 'settle.corrected_meanwhile',
    'settle.own_unit', 'settle.reason_missing', 'settle.reason_long', 'settle.nothing_corrected'.
    """
    one, text = settle.own(conn, actor, listing), clean(reason, lines=True)
    if not correctable(one):
        raise Refused("settle.not_correctable", name=one.name)
    if one.version != seen:
        raise Refused("settle.corrected_meanwhile", name=one.name)
    if asked.partner_unit == one.unit_id:
        raise Refused("settle.own_unit", field="partner")
    if not text:
        raise Refused("settle.reason_missing", field="reason")
    if len(text) > LONGEST_REASON:
        raise Refused("settle.reason_long", field="reason", most=LONGEST_REASON)
    row = conn.execute(REGISTERED, {"listing": listing}).fetchone()
    assert row is not None
    before = dict(zip(NAMES, row, strict=True))
    after: dict[str, Any] = {name: getattr(asked, name) for name in NAMES}
    changed = [name for name in NAMES if before[name] != after[name]]
    if not changed:
        raise Refused("settle.nothing_corrected", name=one.name)
    conn.execute(CORRECT, {**after, "listing": listing})
    conn.execute(COUNT, {"listing": listing})
    listings.happened(
        conn, listing, Happened.CORRECTED, actor.login, now, text=text, partner=asked.partner,
        before={name: _said(before[name]) for name in changed},
        after={name: _said(after[name]) for name in changed},
    )  # fmt: skip
    outbox.queue(conn, listing, Document.SETTLE, now)  # D3
    _tell(conn, one, {before["partner_unit"], asked.partner_unit}, asked.partner_unit, now)


def _said(value: object) -> str:
    return "" if value is None else str(value)


def _tell(
    conn: Connection, one: Listing, partners: set[int | None], partner: int | None, now: datetime
) -> None:
    """Both parties, and who is no party any more: for them the listing may be out of sight."""
    facts = {"title": one.name, "number": one.code, "actor": one.unit_name}
    for unit in sorted(key for key in {one.unit_id, *partners} if key is not None):
        inside = unit in {one.unit_id, partner}
        square = f"/squares/{one.kind.value}"
        address = f"{square}/{one.id}" if inside else square
        told = preparers_of(conn, unit)
        notices.tell(conn, told, Event.SETTLEMENT_CORRECTED, address, now, **facts)
