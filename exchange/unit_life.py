"""What becomes of a unit's listings when it is renamed, moved, reached elsewhere or closed (F1).

A unit may have thousands: each step is one statement for all of them.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, LiteralString

from db import Connection, Refused, audit, scalar
from exchange import listings, outbox
from exchange.kinds import Document, Happened, Reason, State
from registry.org import Role, contacts, followers
from registry.org.followers import Copied

# In the order in which everybody holds several, and not against what merely refers to them.
HOLD: LiteralString = """
    SELECT id, state FROM listing
     WHERE unit_id = %(unit)s AND state IN ('listed', 'settling')
     ORDER BY id
       FOR NO KEY UPDATE
"""


def _hold(conn: Connection, unit: int) -> list[tuple[int, str]]:
    """(id, state) of what stands on a square of the unit; nobody else changes it meanwhile."""
    return conn.execute(HOLD, {"unit": unit}).fetchall()


# What a sheet or a sender says of itself and the unit's register doesn't (another address, another
# division where a demand is wanted) stays; what was the unit's own follows. A card of ours is where
# its unit is.
FOLLOW: LiteralString = """
    WITH follows AS (
        SELECT id,
               CASE WHEN origin = 'own' AND card_id IS NOT NULL OR division = %(division_was)s
                    THEN %(division)s ELSE division END AS division,
               CASE WHEN facts->>'division' = %(division_was)s
                    THEN facts || jsonb_build_object('division', %(division)s::text)
                    ELSE facts END AS facts,
               contact
                 || CASE WHEN contact->>'address' = NULLIF(%(address_was)s, '')
                         THEN jsonb_build_object('address', %(address)s::text) ELSE '{}' END
                 || CASE WHEN contact->>'phone' = NULLIF(%(phone_was)s, '')
                         THEN jsonb_build_object('phone', %(phone)s::text) ELSE '{}' END AS contact
          FROM listing
         WHERE id = ANY(%(listings)s)
    )
    UPDATE listing
       SET unit_name = %(name)s, division = follows.division, facts = follows.facts,
           contact = follows.contact, version = version + 1
      FROM follows
     WHERE listing.id = follows.id
       AND (listing.unit_name, listing.division, listing.facts, listing.contact)
           IS DISTINCT FROM (%(name)s, follows.division, follows.facts, follows.contact)
    RETURNING listing.id
"""
CLOSE: LiteralString = """
    UPDATE listing
       SET state = 'delisted', reason = %(reason)s, closed_at = %(now)s, version = version + 1
     WHERE id = ANY(%(listings)s)
"""


class UnitFollower:
    """Keeps listings and demands as true as their unit, in the change's own transaction."""

    def changed(
        self, conn: Connection, unit: int, before: Copied, after: Copied, actor: str, now: datetime
    ) -> None:
        """Say what the unit is called and where it is; the ministry is told where it knows them."""
        held = [listing for listing, _state in _hold(conn, unit)]
        facts = {
            "listings": held,
            "name": after.name,
            "division": after.division,
            "division_was": before.division,
            "address": after.address,
            "address_was": before.address,
            "phone": after.phone,
            "phone_was": before.phone,
        }
        changed = sorted(listing for (listing,) in conn.execute(FOLLOW, facts))
        _note(conn, unit, changed, Happened.UNIT_CHANGED, Document.UPDATE, actor, now)

    def closed(self, conn: Connection, unit: int, actor: str, now: datetime) -> None:
        """Take down what nobody answers for any more.

        Raises Refused 'listing.unit_settles' (fact: count): what somebody was promised comes first.
        """
        held = _hold(conn, unit)
        settling = sum(State(state) is State.SETTLING for _listing, state in held)
        if settling:
            who = contacts.of_roles(conn, unit, frozenset({Role.PREPARER}))
            raise Refused("listing.unit_settles", count=settling, preparers=contacts.named(who))
        closed = [listing for listing, _state in held]
        reason = Reason.UNIT_CLOSED.value
        conn.execute(CLOSE, {"listings": closed, "reason": reason, "now": now})
        _note(conn, unit, closed, Happened.DELISTED, Document.DELIST, actor, now, reason=reason)


CODE: LiteralString = "SELECT code FROM unit WHERE id = %(unit)s"


def _note(
    conn: Connection,
    unit: int,
    changed: Sequence[int],
    event: Happened,
    document: Document,
    actor: str,
    now: datetime,
    **facts: str,
) -> None:
    """In each one's history and upward; the audit log has one entry for all of them."""
    if not changed:
        return
    listings.noted(conn, changed, event, actor, now, **facts)
    outbox.queue_all(conn, changed, document, now)
    subject = f"unit:{scalar(conn, CODE, unit=unit)}"
    audit.record(conn, actor, f"listing.{event.value}", subject, listings=list(changed), **facts)


FOLLOWER: Final = UnitFollower()
followers.follow(FOLLOWER)
