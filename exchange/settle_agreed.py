"""Whether a disposal is the one that was registered: asked when saved, submitted, approved (D2)."""

from typing import LiteralString

from db import Connection, Refused
from exchange.settle_form import WAYS, partner_of
from registry.cards.values import Values

WAITS: LiteralString = """
    SELECT listing.name, settlement.change_id, settlement.way, settlement.partner,
           settlement.partner_unit_id
      FROM settlement JOIN listing ON listing.id = settlement.listing_id
     WHERE listing.card_id = %(card)s AND listing.state = 'settling'
"""


def disagreements(
    conn: Connection, card: int, change: int | None, details: Values
) -> dict[str, Refused]:
    """By field, how a disposal of `card` differs from what was registered of it; {}: it doesn't.

    `change`: its id, None for a new one. What goes up to the ministry, what the receiver gets and
    what the disposal says are one. Whoever acts upon the answer holds the card.
    """
    row = conn.execute(WAITS, {"card": card}).fetchone()
    if row is None:
        return {}
    name, waits_for, way, partner, partner_unit = row
    if change != waits_for:
        return {"": Refused("settle.other_disposal", name=name, partner=partner)}
    found: dict[str, Refused] = {}
    if details.get("form") != way:
        label = dict(WAYS)[way]
        found["form"] = Refused("settle.other_form", field="form", name=name, way=label)
    receiver = details.get("receiver", "")
    unit, _name = partner_of(conn, receiver)
    # A unit may be written by its code; one that was renamed since is still itself.
    if receiver != partner and (unit is None or unit != partner_unit):
        found["receiver"] = Refused(
            "settle.other_receiver", field="receiver", name=name, partner=partner
        )
    return found
