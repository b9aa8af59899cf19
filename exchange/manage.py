"""What a unit does with its listings besides settling: delist, with a reason (D1)."""

from datetime import datetime
from typing import Final

from db import Connection, Refused, audit
from db.text import clean
from exchange import listings, settle
from exchange.kinds import Reason, State
from registry.org import User

LONGEST_REASON: Final = 200


def delist(
    conn: Connection, actor: User, listing: int, reason: str, now: datetime, request: str
) -> None:
    """Take a listing of the actor's unit from its square (C4's way out once it is reported).

    Raises Refused 'listing.not_found', 'listing.not_listed', 'listing.reason_missing',
    'listing.reason_long'.
    """
    one, text = settle.own(conn, actor, listing), clean(reason, lines=True)
    if one.state is not State.LISTED:
        raise Refused("listing.not_listed", name=one.name, state=one.state.label)
    if not text:
        raise Refused("listing.reason_missing", field="reason")
    if len(text) > LONGEST_REASON:
        raise Refused("listing.reason_long", field="reason", most=LONGEST_REASON)
    listings.close(conn, one, State.DELISTED, Reason.BY_HAND, text, actor.login, now)
    audit.record(conn, actor.login, "listing.taken_down", f"listing:{listing}", request)
