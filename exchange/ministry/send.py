"""What an operator sees of the way up, and does about what has died on it (F3).

A unit's documents are shown to that unit and those above it (J4), all of them to whoever carries
the province's exchange: `units` are ids, None all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, LiteralString
from uuid import UUID

from psycopg.rows import class_row

from db import Connection, Refused, audit, scalar
from db.keyset import Way, by_key
from exchange import outbox
from exchange.kinds import Document
from exchange.ministry.refusals import reason_in_words
from registry.org import User
from registry.org.people import kept_units
from registry.words import Label

SHOWN: Final = 50


class State(StrEnum):
    """Where a document is on its way."""

    PENDING = "pending"
    SENT = "sent"
    ACCEPTED = "accepted"
    DEAD = "dead"

    @property
    def label(self) -> Label:
        """In words."""
        return STATES[self]


STATES: Final = {
    State.PENDING: Label("待发送", "To be sent"),
    State.SENT: Label("已发出，待回执", "Sent, no receipt yet"),
    State.ACCEPTED: Label("已收妥", "Accepted"),
    State.DEAD: Label("已停止发送", "Given up"),
}
DOCUMENTS: Final = {
    Document.PUBLISH: Label("发布", "Publication"),
    Document.UPDATE: Label("更新", "Update"),
    Document.SETTLE: Label("登记结果", "Settlement"),
    Document.DELIST: Label("下架", "Delisting"),
}


@dataclass(frozen=True, slots=True)
class Contact:
    """When a direction was last tried, when it last worked, and what went wrong since."""

    tried_at: datetime
    reached_at: datetime | None
    last_error: str


@dataclass(frozen=True, slots=True)
class Overview:
    """How the exchange stands.

    `held_up`: documents behind a dead one. `waiting_since`: when the oldest that is not accepted
    was queued. `refused`: documents that came down and were not taken. `contacts` by 'up', 'down'.
    """

    counts: Mapping[State, int]
    held_up: int
    waiting_since: datetime | None
    refused: int
    contacts: Mapping[str, Contact]


COUNTS: LiteralString = """
    SELECT state, count(*),
           min(created_at) FILTER (WHERE state IN ('pending', 'sent'))
      FROM ministry_outbox
     WHERE (%(units)s::integer[] IS NULL
            OR listing_id IN (SELECT id FROM listing WHERE unit_id = ANY(%(units)s)))
     GROUP BY state
"""
HELD_UP: LiteralString = """
    SELECT count(*) FROM ministry_outbox AS later
     WHERE later.state IN ('pending', 'sent')
       AND (%(units)s::integer[] IS NULL
            OR later.listing_id IN (SELECT id FROM listing WHERE unit_id = ANY(%(units)s)))
       AND EXISTS (SELECT FROM ministry_outbox AS dead
                    WHERE dead.listing_id = later.listing_id AND dead.state = 'dead'
                      AND dead.sequence < later.sequence)
"""
UNTAKEN: LiteralString = """
    SELECT count(*) FROM ministry_received
     WHERE outcome = 'refused' AND settled_at IS NULL
       AND (%(units)s::integer[] IS NULL
            OR listing_uid IN (SELECT uid FROM listing WHERE unit_id = ANY(%(units)s)))
"""
CONTACTS: LiteralString = """
    SELECT direction, tried_at, reached_at, last_error FROM ministry_contact
"""


CARRIED: LiteralString = "SELECT NOT EXISTS (SELECT FROM unit WHERE id <> ALL(%(units)s))"


def units_of(conn: Connection, viewer: User) -> list[int] | None:
    """Ids of the units whose documents `viewer` sees; None: all, for whoever carries the exchange:
    administrators of the system, and the bureau that sees every unit.
    """
    units = kept_units(conn, viewer)
    return None if units is None or scalar(conn, CARRIED, units=units) else units


def overview(conn: Connection, units: list[int] | None = None) -> Overview:
    """How many documents stand where, and whether the aggregator is reached."""
    rows = conn.execute(COUNTS, {"units": units}).fetchall()
    counts = {State(state): number for state, number, _ in rows}
    oldest = [since for _, _, since in rows if since is not None]
    (held_up,) = conn.execute(HELD_UP, {"units": units}).fetchone() or (0,)
    (refused,) = conn.execute(UNTAKEN, {"units": units}).fetchone() or (0,)
    contacts = {row[0]: Contact(*row[1:]) for row in conn.execute(CONTACTS)}
    every = {state: counts.get(state, 0) for state in State}
    return Overview(every, held_up, min(oldest, default=None), refused, contacts)


@dataclass(frozen=True, slots=True)
class Row:
    """A document that goes up. `refused`: the aggregator doesn't want it as it is."""

    id: int
    listing_id: int
    uid: UUID
    name: str
    code: str
    unit_name: str
    sequence: int
    document: Document
    state: State
    attempts: int
    next_at: datetime
    last_error: str
    refused: bool
    created_at: datetime
    sent_at: datetime | None
    answered_at: datetime | None

    def __post_init__(self) -> None:
        """Rows carry plain text for the closed sets."""
        object.__setattr__(self, "document", Document(self.document))
        object.__setattr__(self, "state", State(self.state))

    @property
    def error(self) -> Label:
        """What went wrong last, in words where the aggregator has refused it for a known reason."""
        return reason_in_words(self.last_error)


PIECES: Final[dict[str, LiteralString]] = {
    "queued": """
    SELECT queued.id, queued.listing_id, listing.uid, listing.name, listing.code,
           listing.unit_name, queued.sequence, queued.document, queued.state, queued.attempts,
           queued.next_at, queued.last_error, queued.refused, queued.created_at, queued.sent_at,
           queued.answered_at
      FROM ministry_outbox AS queued JOIN listing ON listing.id = queued.listing_id
     WHERE (%(state)s::text IS NULL OR queued.state = %(state)s)
       AND (%(units)s::integer[] IS NULL OR listing.unit_id = ANY(%(units)s))
       AND """,
    "limited": " LIMIT %(limit)s",
}
NEWEST: Final = by_key(("queued.id",), ("%(after)s::bigint",), descending=True)


def _page(way: Way) -> LiteralString:
    return PIECES["queued"] + way.if_any + " ORDER BY " + way.by + PIECES["limited"]


PAGE: LiteralString = _page(NEWEST.forward)
PAGE_BACK: LiteralString = _page(NEWEST.back)


def page(
    conn: Connection,
    state: State | None,
    after: int | None = None,
    *,
    back: bool = False,
    units: list[int] | None = None,
) -> tuple[list[Row], bool]:
    """The newest first, from the id `after` on or `back` from it; whether more stand that way."""
    named = state.value if state else None
    asked = {"state": named, "after": after, "limit": SHOWN + 1, "units": units}
    with conn.cursor(row_factory=class_row(Row)) as cursor:
        rows = cursor.execute(PAGE_BACK if back else PAGE, asked).fetchall()
    return NEWEST.way(back).page(rows, SHOWN)


# Attempts stay: what may have arrived can't be taken back (C4).
RESEND: LiteralString = """
    UPDATE ministry_outbox
       SET state = 'pending', tries_from = attempts, next_at = %(now)s, refused = false
      FROM (SELECT id, refused FROM ministry_outbox
             WHERE id = %(queued)s
               AND (%(units)s::integer[] IS NULL
                    OR listing_id IN (SELECT id FROM listing WHERE unit_id = ANY(%(units)s)))
               FOR UPDATE) AS before
     WHERE ministry_outbox.id = before.id AND state = 'dead'
    RETURNING listing_id, sequence, before.refused
"""


def resend(
    conn: Connection,
    actor: str,
    queued: int,
    now: datetime,
    request: str = "",
    units: list[int] | None = None,
) -> None:
    """Try a dead document again from the beginning. Refused 'ministry.not_dead' for others, and
    for those of other units than `units`.

    What the aggregator has refused tells of the listing as it is now; what may have arrived goes
    up as it was, or the aggregator would take it for another document.
    """
    row = conn.execute(RESEND, {"queued": queued, "now": now, "units": units}).fetchone()
    if row is None:
        raise Refused("ministry.not_dead")
    listing, sequence, refused = row
    if refused:
        outbox.freeze(conn, queued)
    subject = f"listing:{listing}"
    audit.record(conn, actor, "ministry.resent", subject, request, sequence=sequence)
