"""Final approval puts each card of a sheet, or its demand, on a square; C4 takes it back (D1)."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, LiteralString

from db import Connection, Refused
from exchange import listings, outbox
from exchange.kinds import DESCRIPTIONS, Happened, Reason, State
from exchange.listings import Publication
from exchange.sheet import Sheet, cards_of
from registry.cards import held
from registry.org import hold_unit


def publish(conn: Connection, sheet: Sheet, actor: str, now: datetime) -> list[int]:
    """List what the sheet publishes; ids of the listings.

    Raises Refused 'listing.unit_closed' where its unit was closed meanwhile.
    """
    if not hold_unit(conn, sheet.unit_id):  # and it is called as it is copied until we are done
        raise Refused("listing.unit_closed", number=sheet.number, unit=sheet.unit_name)
    contact = {
        "contact": sheet.contact,
        "phone": sheet.phone,
        "address": sheet.address,
        "note": sheet.note,
    }
    of = Publication(sheet.kind, sheet.scope, sheet.id, sheet.unit_id, contact)
    if not DESCRIPTIONS[sheet.kind].of_cards:
        return [listings.add(conn, of, _shown_of_demand(sheet), actor, now)]
    return [
        listings.add(
            conn, of, listings.shown_of_card(conn, held(conn, one.card_id), sheet.kind, now), actor,
            now,
        )
        for one in cards_of(conn, sheet.id)
    ]  # fmt: skip


def _shown_of_demand(sheet: Sheet) -> dict[str, Any]:
    values = sheet.demand
    return {
        "card": None,
        "name": values["title"],
        "code": sheet.number,
        "category": values["category"],
        "card_type": "",
        "division": values["division"],
        "status": values["wanted"],
        "quantity": Decimal(values["quantity"]),
        "measure": values["measure"],
        "value": Decimal(0),
        "photo": None,
        "facts": dict(values),
        "until_on": date.fromisoformat(values["closing_on"]),
    }


HOLD: LiteralString = """
    SELECT id FROM listing WHERE sheet_id = %(sheet)s AND reason <> 'revoked'
     ORDER BY id FOR UPDATE
"""
TAKEN_BACK: LiteralString = """
    UPDATE listing SET state = 'delisted', reason = %(reason)s, closed_at = %(now)s
     WHERE id = ANY(%(listings)s)
"""


def take_back(conn: Connection, sheet: Sheet, actor: str, now: datetime) -> None:
    """Undo `publish` (C4).

    Raises Refused 'review.reported_already' once a report is on its way or has arrived, and
    'review.dealt_with' where one of its listings was settled or taken down meanwhile.
    """
    conn.execute(HOLD, {"sheet": sheet.id})
    found = listings.of_sheet(conn, sheet.id)
    dealt_with = next((one for one in found if one.state is not State.LISTED), None)
    if dealt_with:
        raise Refused("review.dealt_with", number=sheet.number, name=dealt_with.name)
    keys = [one.id for one in found]
    if not outbox.take_back(conn, keys):
        raise Refused("review.reported_already", number=sheet.number)
    conn.execute(TAKEN_BACK, {"listings": keys, "reason": Reason.REVOKED.value, "now": now})
    for key in keys:
        listings.happened(conn, key, Happened.DELISTED, actor, now, reason=Reason.REVOKED.value)
