"""What a unit does with its listings besides settling: delist, with a reason (D1)."""

from datetime import datetime
from typing import Final

from db import Connection, Refused, audit
from db.text import clean
from exchange import listings, settle
from exchange.kinds import Reason, State
from exchange.listings import Listing
from registry.org import User

LONGEST_REASON: Final = 200


def delist(
    conn: Connection,
    actor: User,
    listing: int,
    reason: str,
    now: datetime,
    request: str,
    seen: int | None = None,
) -> Listing:
    """Take a listing of the actor's unit from its square (C4's way out once it is reported): it, as
    it stood there.

    `seen`: the version that the actor saw, where they chose it from a list.
    Raises Refused 'listing.not_found', 'listing.not_listed', 'listing.changed',
    'listing.reason_missing', 'listing.reason_long'.
    """
    one = settle.own(conn, actor, listing)
    if one.state is not State.LISTED:
        raise Refused("listing.not_listed", name=one.name, state=one.state.label)
    if seen not in {None, one.version}:
        raise Refused("listing.changed", name=one.name)
    text = checked_reason(reason)
    listings.close(conn, one, State.DELISTED, Reason.BY_HAND, text, actor.login, now)
    audit.record(conn, actor.login, "listing.taken_down", f"listing:{listing}", request)
    return one


def checked_reason(reason: str) -> str:
    """A reason as it is kept.

    Raises Refused 'listing.reason_missing' or 'listing.reason_long', of field `reason`.
    """
    text = clean(reason, lines=True)
    if not text:
        raise Refused("listing.reason_missing", field="reason")
    if len(text) > LONGEST_REASON:
        raise Refused("listing.reason_long", field="reason", most=LONGEST_REASON)
    return text
