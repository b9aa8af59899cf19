"""What time does to listings: notice periods and demands end (F2, G1), settled ones leave (E1)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, LiteralString
from urllib.parse import urlencode

from db import Connection, Database
from exchange import listings
from exchange.kinds import Happened, Kind, Reason, State
from exchange.listings import ZONE, Listing
from exchange.settings import ExchangeSettings
from registry import notices
from registry.cards import ChangeKind
from registry.notices import Event
from registry.org import preparers_of

ACTOR: Final = "system:exchange"

# Other provinces' are theirs to end.
OVER: LiteralString = """
    SELECT id FROM listing
     WHERE state = 'listed' AND until_on < %(today)s AND origin <> 'foreign'
       AND (kind = 'demand' OR until_told IS NULL)
     ORDER BY id
"""
TOLD: LiteralString = "SELECT until_told IS NOT NULL FROM listing WHERE id = %(listing)s"
TELL: LiteralString = "UPDATE listing SET until_told = %(now)s WHERE id = %(listing)s"


@dataclass(frozen=True, slots=True)
class Ended:
    """How many owners were told that nobody took it, and how many demands were closed."""

    told: int
    closed: int


def run(database: Database, now: datetime) -> Ended:
    """End what is over by `now`: each in a transaction of its own, once, whoever else runs this."""
    today = now.astimezone(ZONE).date()
    with database.transaction("what is over") as conn:
        over = [key for (key,) in conn.execute(OVER, {"today": today})]
    told = closed = 0
    for key in over:
        with database.transaction("end of a notice period") as conn:
            ended = end(conn, key, today, now)
        told += ended is Happened.NOTICE_OVER
        closed += ended is Happened.DELISTED
    return Ended(told, closed)


def end(conn: Connection, listing: int, today: date, now: datetime) -> Happened | None:
    """End one (an id) that is still over now that it is held; what happened to it."""
    one = listings.hold(conn, listing)
    if one.state is not State.LISTED or one.until_on is None or one.until_on >= today:
        return None
    if one.kind is Kind.DEMAND:
        return _close(conn, one, now)
    row = conn.execute(TOLD, {"listing": listing}).fetchone()
    return None if row and row[0] else _tell(conn, one, now)


def _close(conn: Connection, one: Listing, now: datetime) -> Happened:
    facts = {"title": one.name, "number": one.code}
    address, why = f"/squares/{one.kind.value}/{one.id}", Reason.CLOSED
    notices.tell(conn, _owners(conn, one), Event.LISTING_DELISTED, address, now, why, **facts)
    listings.close(conn, one, State.DELISTED, why, "", ACTOR, now)
    return Happened.DELISTED


def _tell(conn: Connection, one: Listing, now: datetime) -> Happened:
    """Nobody took it: its unit is told, and the notice leads to the draft of its disposal."""
    asked = urlencode({"kind": ChangeKind.DISPOSE.value, "card": one.code})
    address = f"/changes/new?{asked}" if one.card_id else f"/squares/{one.kind.value}/{one.id}"
    facts = {"title": one.name, "number": one.code}
    notices.tell(conn, _owners(conn, one), Event.NOTICE_OVER, address, now, **facts)
    conn.execute(TELL, {"listing": one.id, "now": now})
    until = one.until_on.isoformat() if one.until_on else ""
    listings.happened(conn, one.id, Happened.NOTICE_OVER, ACTOR, now, until_on=until)
    return Happened.NOTICE_OVER


def _owners(conn: Connection, one: Listing) -> list[int]:
    return preparers_of(conn, one.unit_id) if one.unit_id is not None else []


# Both ways, so that a setting that was raised shows again what it had ended.
LEAVE: LiteralString = """
    UPDATE listing SET on_local = false
     WHERE id = ANY(ARRAY(
           SELECT id FROM listing
            WHERE state = 'settled' AND origin <> 'foreign' AND on_local AND closed_at < %(since)s
            ORDER BY closed_at LIMIT %(most)s FOR UPDATE SKIP LOCKED))
"""
COME_BACK: LiteralString = """
    UPDATE listing SET on_local = true
     WHERE id = ANY(ARRAY(
           SELECT id FROM listing
            WHERE state = 'settled' AND origin <> 'foreign' AND NOT on_local
              AND closed_at >= %(since)s
            ORDER BY closed_at LIMIT %(most)s FOR UPDATE SKIP LOCKED))
"""
AT_ONCE: Final = 500


def retire(database: Database, now: datetime) -> int:
    """Take from the local tab what was settled longer ago than is configured; how many moved."""
    since = now - timedelta(days=ExchangeSettings().settled_days)
    moved, more = 0, True
    while more:
        with database.transaction("settled long ago") as conn:
            facts = {"since": since, "most": AT_ONCE}
            n = conn.execute(LEAVE, facts).rowcount + conn.execute(COME_BACK, facts).rowcount
        moved, more = moved + n, n > 0
    return moved
