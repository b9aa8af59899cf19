"""The end of a settlement: its disposal is approved, the card moves, the listing closes (D2)."""

from datetime import datetime
from typing import Final, LiteralString

from db import Connection, Refused
from exchange import listings
from exchange.kinds import State
from exchange.listings import ZONE, Listing
from exchange.settle import Settlement, settlement
from exchange.settle_agreed import disagreements
from registry import notices
from registry.cards import Card, Status, changes, held
from registry.cards.change import Change
from registry.cards.drafting import ATTACHMENTS, PHOTOS, Typed
from registry.cards.field import Whose
from registry.cards.fields import names_of
from registry.notices import Event
from registry.org import contacts, preparers_of, user

LONGEST_CODE: Final = 32


FINISH: LiteralString = """
    UPDATE settlement SET done_at = %(now)s, received_change = %(received)s
     WHERE listing_id = %(listing)s
"""


def finish(conn: Connection, one: Listing, change: Change, actor: str, now: datetime) -> None:
    """A disposal of the card is approved: it moves as was registered, and the listing closes.

    Raises the first refusal of `settle_agreed.disagreements`.
    """
    found = settlement(conn, one.id)
    assert found is not None
    for refused in disagreements(conn, change.card_id or 0, change.id, change.details).values():
        raise refused
    received = None
    if found.partner_unit_id is not None:
        giver = held(conn, change.card_id or 0)
        received = _draft_received(conn, found.partner_unit_id, giver, found, now)
    conn.execute(FINISH, {"listing": one.id, "now": now, "received": received})
    listings.close(conn, one, State.SETTLED, None, found.partner, actor, now)
    _tell(conn, one, found, received, now)


TAKEN: LiteralString = "SELECT code FROM card WHERE code LIKE %(stem)s || '-T%%'"


def _draft_received(
    conn: Connection, unit: int, giver: Card, found: Settlement, now: datetime
) -> int:
    """The receiver's draft of the card: the asset's own facts; the giver's stay with the giver."""
    keepers = preparers_of(conn, unit)
    keeper = user(conn, keepers[0]) if keepers else None
    if keeper is None:
        who = contacts.named(contacts.administrators(conn, unit))
        raise Refused("settle.nobody_receives", unit=found.partner, administrators=who)
    stem = giver.code[: LONGEST_CODE - 4]
    taken = {code for (code,) in conn.execute(TAKEN, {"stem": stem})}
    number = next(n for n in range(1, 100) if f"{stem}-T{n}" not in taken)
    before = changes.before_of(conn, giver)
    photos, files = (
        tuple(one for one in before[name].split(",") if one) for name in (PHOTOS, ATTACHMENTS)
    )
    values = {
        **{name: before[name] for name in names_of(Whose.THING) if name in before},
        "code": f"{stem}-T{number}",
        "status": Status.IN_USE.value,
        "shareable": "false",
        "acquisition_way": "donation" if found.way == "donation" else "transfer",
        "acquired_on": now.astimezone(ZONE).date().isoformat(),
    }
    typed = Typed(values, photos=photos, attachments=files)
    return changes.draft_received(conn, keeper, giver, typed, giver.unit_name, now)


def _tell(
    conn: Connection, one: Listing, found: Settlement, received: int | None, now: datetime
) -> None:
    facts = {"title": one.name, "number": one.code, "actor": one.unit_name}
    address = f"/squares/{one.kind.value}/{one.id}"
    if one.unit_id is not None:
        told = preparers_of(conn, one.unit_id)
        notices.tell(conn, told, Event.LISTING_SETTLED, address, now, **facts)
    if received is not None and found.partner_unit_id is not None:
        told = preparers_of(conn, found.partner_unit_id)
        notices.tell(conn, told, Event.CARD_RECEIVED, f"/changes/{received}", now, **facts)
