"""Compare card, listing, outbox and aggregator, and name each difference (F3): 不重不漏."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from db import Connection
from exchange.ministry import books, comparison, documents
from exchange.ministry.awaited import Awaited, awaited
from exchange.ministry.comparison import Entry, Foreign, Own
from exchange.ministry.difference import Difference, Kind
from exchange.ministry.documents import Type
from exchange.ministry.refusals import Unacceptable, Why
from exchange.ministry.settings import MinistrySettings

__all__ = [
    "Difference",
    "Kind",
    "Reconciliation",
    "Statement",
    "kept",
    "latest",
    "run",
    "statement",
]


@dataclass(frozen=True, slots=True)
class Statement:
    """What the aggregator had at a moment."""

    as_of: datetime
    entries: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What a comparison has found; `as_of` None: without the aggregator's list."""

    at: datetime
    as_of: datetime | None
    listings: int
    on_the_way: int
    differences: Sequence[Difference]


KEPT: LiteralString = "SELECT as_of, listings FROM ministry_statement"


def kept(conn: Connection) -> Statement | None:
    """What the aggregator says that it has: the newest that came by folder, if any did."""
    row = conn.execute(KEPT).fetchone()
    return Statement(row[0], comparison.entries(row[1])) if row else None


def statement(body: bytes, settings: MinistrySettings, now: datetime) -> Statement:
    """The same as it was fetched at `now`. Raises Unacceptable.

    It may be large, and its signature is checked: before any transaction begins.
    """
    us, them = settings.ministry_province, settings.ministry_id
    found = documents.unseal(body, settings.ring, them, us)
    listed = found.content.get("listings")
    if found.type is not Type.STATEMENT or not isinstance(listed, list):
        raise Unacceptable(Why.MALFORMED, "no statement")
    # Of two clocks the earlier: what has moved since is on its way, not different.
    return Statement(min(now, found.created_at), comparison.entries(listed))


def run(conn: Connection, above: Statement | None, actor: str, now: datetime) -> Reconciliation:
    """Compare everything once, and keep the result. `above` None: what is here only."""
    own, ways = _own(conn), 0
    found = [*books.differences(conn)]
    for one in own:
        found += comparison.of_outbox(one, now)
    if above is not None:
        differences, ways = _against(conn, own, above, now)
        found += differences
    as_of = above.as_of if above else None
    result = Reconciliation(now, as_of, len(own), ways, found)
    _keep(conn, result, actor)
    return result


OWN: LiteralString = """
    SELECT listing.id, listing.uid, listing.name, listing.state, listing.ministry,
           COALESCE(last.sequence, 0) AS last, COALESCE(last.document, '') AS last_document,
           COALESCE(accepted.sequence, 0) AS accepted,
           COALESCE(accepted.document, '') AS accepted_document,
           COALESCE(accepted.hash, '') AS accepted_hash, accepted.answered_at,
           dead.id AS dead, COALESCE(dead.last_error, '') AS dead_error,
           (SELECT min(created_at) FROM ministry_outbox
             WHERE listing_id = listing.id AND state IN ('pending', 'sent')) AS first_open
      FROM listing
      LEFT JOIN LATERAL (SELECT sequence, document FROM ministry_outbox
                          WHERE listing_id = listing.id
                          ORDER BY sequence DESC LIMIT 1) AS last ON true
      LEFT JOIN LATERAL (SELECT sequence, document, hash, answered_at FROM ministry_outbox
                          WHERE listing_id = listing.id AND state = 'accepted'
                          ORDER BY sequence DESC LIMIT 1) AS accepted ON true
      LEFT JOIN LATERAL (SELECT id, last_error FROM ministry_outbox
                          WHERE listing_id = listing.id AND state = 'dead'
                          ORDER BY sequence LIMIT 1) AS dead ON true
     WHERE listing.origin = 'own' AND listing.scope = 'national' AND listing.reason <> 'revoked'
     ORDER BY listing.id
"""
FOREIGN: LiteralString = """
    SELECT listing.id, listing.uid, listing.name, listing.state,
           COALESCE(heard.sequence, 0) AS heard, applied.received_at, applied.hash
      FROM listing
      LEFT JOIN ministry_heard AS heard ON heard.listing_uid = listing.uid
      LEFT JOIN LATERAL (SELECT received_at, body::jsonb ->> 'hash' AS hash FROM ministry_received
                          WHERE listing_uid = listing.uid AND outcome = 'applied'
                            AND sequence = heard.sequence LIMIT 1) AS applied ON true
     WHERE listing.origin = 'foreign'
"""


def _own(conn: Connection) -> list[Own]:
    with conn.cursor(row_factory=class_row(Own)) as cursor:
        return cursor.execute(OWN).fetchall()


def _against(
    conn: Connection, own: list[Own], above: Statement, now: datetime
) -> tuple[list[Difference], int]:
    """(differences, how many are only on their way) against the aggregator's list."""
    ours = {entry.listing: entry for entry in above.entries if entry.origin == "own"}
    others = {entry.listing: entry for entry in above.entries if entry.origin != "own"}
    waits = _awaited(conn, above)
    late = {uid: wait for uid, wait in waits.items() if wait.late(now)}
    coming = waits.keys() - late.keys()
    found, ways = list(comparison.doubled(above.entries)), 0
    for one in own:
        if one.uid in late:
            found.append(one.differs(Kind.BEHIND_HERE, **late[one.uid].facts))
        if one.uid in coming or comparison.under_way(one, above.as_of):
            ways += 1
        else:
            found += comparison.of_statement(one, ours.get(one.uid))
    known = {one.uid for one in own}
    found += [
        Difference(Kind.MISSING_HERE, entry.name, entry.listing, facts={"unit": entry.unit})
        for entry in ours.values()
        if entry.listing not in known
    ]
    with conn.cursor(row_factory=class_row(Foreign)) as cursor:
        here = {one.uid: one for one in cursor.execute(FOREIGN)}
    for uid, entry in others.items():
        foreign = here.get(uid)
        if uid in late:
            found.append(_late(foreign, entry, late[uid]))
        elif uid in coming or (foreign and foreign.overtakes(entry, above.as_of)):
            ways += 1
        else:
            found += comparison.of_foreign(foreign, entry)
    found += [
        Difference(Kind.MISSING_ABOVE, one.name, one.uid, one.id)
        for one in here.values()
        if one.state.live and one.uid not in others
    ]
    return found, ways


HEARD: LiteralString = """
    SELECT listing_uid, sequence FROM ministry_heard WHERE listing_uid = ANY(%(uids)s)
"""


def _awaited(conn: Connection, above: Statement) -> dict[UUID, Awaited]:
    """What the aggregator says to have sent, and has not been applied here."""
    down = {entry.listing: entry.down for entry in above.entries}
    heard = dict.fromkeys(down, 0) | dict(conn.execute(HEARD, {"uids": list(down)}).fetchall())
    behind = {uid: heard[uid] for uid, sent in down.items() if sent > heard[uid]}
    return awaited(conn, behind, above.as_of)


def _late(one: Foreign | None, entry: Entry, wait: Awaited) -> Difference:
    if one is None:
        return Difference(Kind.MISSING_HERE, entry.name, entry.listing, facts=wait.facts)
    return Difference(Kind.BEHIND_HERE, one.name, one.uid, one.id, wait.facts)


KEEP: LiteralString = """
    INSERT INTO ministry_reconciliation (actor, at, as_of, listings, on_the_way, differences)
    VALUES (%(actor)s, %(at)s, %(as_of)s, %(listings)s, %(on_the_way)s, %(differences)s)
"""
LATEST: LiteralString = """
    SELECT at, as_of, listings, on_the_way,
           CASE WHEN %(units)s::integer[] IS NULL THEN differences
                ELSE (SELECT COALESCE(jsonb_agg(each.one ORDER BY each.place), '[]')
                        FROM jsonb_array_elements(differences)
                             WITH ORDINALITY AS each (one, place)
                        JOIN listing ON listing.id = (each.one ->> 'listing_id')::bigint
                       WHERE listing.unit_id = ANY(%(units)s)) END
      FROM ministry_reconciliation
     ORDER BY id DESC LIMIT 1
"""


def _keep(conn: Connection, result: Reconciliation, actor: str) -> None:
    facts = {
        "actor": actor,
        "at": result.at,
        "as_of": result.as_of,
        "listings": result.listings,
        "on_the_way": result.on_the_way,
        "differences": Jsonb([_plain(one) for one in result.differences]),
    }
    conn.execute(KEEP, facts)


def _plain(one: Difference) -> dict[str, Any]:
    return {**asdict(one), "uid": str(one.uid) if one.uid else None}


def latest(conn: Connection, units: list[int] | None = None) -> Reconciliation | None:
    """The last comparison's result; its differences are those of listings of `units` (ids)."""
    row = conn.execute(LATEST, {"units": units}).fetchone()
    if row is None:
        return None
    at, as_of, listings, ways, found = row
    return Reconciliation(at, as_of, listings, ways, [_difference(one) for one in found])


def _difference(kept: dict[str, Any]) -> Difference:
    uid = UUID(kept["uid"]) if kept["uid"] else None
    return Difference(Kind(kept["kind"]), kept["name"], uid, kept["listing_id"], kept["facts"])
