"""What the aggregator has sent down and has not arrived here: since when, or why it was refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from db import Connection
from exchange.ministry.comparison import PATIENCE


@dataclass(frozen=True, slots=True)
class Awaited:
    """The next document about a listing, by its number. `refused`: why it was not taken, or ''."""

    sequence: int
    since: datetime
    refused: str

    def late(self, now: datetime) -> bool:
        """Whether it is more than on its way."""
        return bool(self.refused) or now - self.since > PATIENCE

    @property
    def facts(self) -> dict[str, str]:
        """What is told of it."""
        told = {"awaited": str(self.sequence), "since": self.since.isoformat(timespec="minutes")}
        return told | ({"refused": self.refused} if self.refused else {})


# Comparisons by hand and by the clock may meet: the later one waits for the earlier.
ALONE: LiteralString = "SELECT pg_advisory_xact_lock(hashtext('exchange.ministry.awaited'))"
ARRIVED: LiteralString = "DELETE FROM ministry_awaited WHERE listing_uid <> ALL(%(uids)s)"
# Another one awaited than last time: what was awaited then has arrived meanwhile.
AWAITED: LiteralString = """
    INSERT INTO ministry_awaited AS kept (listing_uid, heard, since)
    SELECT uid, heard, %(as_of)s
      FROM unnest(%(uids)s::uuid[], %(heard)s::integer[]) AS now (uid, heard)
    ON CONFLICT (listing_uid) DO UPDATE
       SET heard = excluded.heard,
           since = CASE WHEN kept.heard = excluded.heard THEN LEAST(kept.since, excluded.since)
                        ELSE excluded.since END
    RETURNING listing_uid, heard + 1, since,
              COALESCE((SELECT reason FROM ministry_received AS received
                         WHERE received.listing_uid = kept.listing_uid
                           AND received.sequence = kept.heard + 1
                           AND outcome = 'refused' AND settled_at IS NULL
                           AND split_part(reason, ':', 1) <> 'gap'
                         ORDER BY id DESC LIMIT 1), '')
"""


def awaited(conn: Connection, heard: Mapping[UUID, int], as_of: datetime) -> dict[UUID, Awaited]:
    """What is awaited of each of these, and nothing of any other.

    `heard`: how far the documents have been applied where the aggregator had sent more by `as_of`.
    """
    facts = {"uids": list(heard), "heard": list(heard.values()), "as_of": as_of}
    conn.execute(ALONE)
    conn.execute(ARRIVED, facts)
    return {uid: Awaited(*found) for uid, *found in conn.execute(AWAITED, facts).fetchall()}
