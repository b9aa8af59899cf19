"""Compare what we have reported and heard with what the aggregator says it has: values only."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from exchange.kinds import Document, Ministry, State
from exchange.ministry.difference import Difference, Kind
from exchange.ministry.refusals import Unacceptable, Why

PATIENCE: Final = timedelta(days=1)
CLOSING: Final = {Document.SETTLE: State.SETTLED, Document.DELIST: State.DELISTED}
STANDINGS: Final = {
    "waiting": Ministry.REPORTED,
    "accepted": Ministry.DECIDED,
    "returned": Ministry.RETURNED,
}


class Entry(msgspec.Struct, frozen=True):
    """One listing as the aggregator has it. `down`: the last document that it sent about it."""

    listing: UUID
    origin: str
    state: State
    name: str = ""
    unit: str = ""
    code: str = ""
    sequence: int = 0
    hash: str = ""
    standing: str = ""
    down: int = 0


def entries(found: Iterable[Any]) -> list[Entry]:
    """Read a statement's list. Raises Unacceptable 'malformed'."""
    try:
        return msgspec.convert(list(found), list[Entry])
    except msgspec.ValidationError as error:
        raise Unacceptable(Why.MALFORMED, str(error)[:200]) from error


@dataclass(frozen=True, slots=True)
class Own:
    """One of our national listings, and how far its documents have come.

    `last` and `accepted` are sequence numbers, 0: none. `first_open`: when the oldest that is not
    accepted was queued; `open` without the dead one and what it holds up.
    """

    id: int
    uid: UUID
    name: str
    state: State
    ministry: Ministry
    last: int
    last_document: str
    accepted: int
    accepted_document: str
    accepted_hash: str
    answered_at: datetime | None
    dead: int | None
    dead_error: str
    first_open: datetime | None

    def __post_init__(self) -> None:
        """Rows carry plain text for the closed sets."""
        object.__setattr__(self, "state", State(self.state))
        object.__setattr__(self, "ministry", Ministry(self.ministry))

    def differs(self, kind: Kind, **facts: object) -> Difference:
        """A difference of it."""
        said = {name: str(value) for name, value in facts.items()}
        return Difference(kind, self.name, self.uid, self.id, said)


def of_outbox(one: Own, now: datetime) -> Iterator[Difference]:
    """Listing against outbox: given up, waiting for long, never queued."""
    if one.dead is not None:
        yield one.differs(Kind.DEAD, document=one.dead, error=one.dead_error)
    elif one.first_open is not None and now - one.first_open > PATIENCE:
        yield one.differs(Kind.WAITING_LONG, since=one.first_open.isoformat(timespec="minutes"))
    told = State.LISTED
    if one.last:
        told = CLOSING.get(Document(one.last_document), State.LISTED)
    here = State.LISTED if one.state.live else one.state
    if not one.last or told is not here:
        yield one.differs(Kind.NOT_QUEUED, here=here.value, told=told.value if one.last else "")


def under_way(one: Own, as_of: datetime) -> bool:
    """Whether a document of it goes up, or has arrived since the statement was written."""
    return one.first_open is not None or (one.answered_at is not None and one.answered_at >= as_of)


def of_statement(one: Own, entry: Entry | None) -> Iterator[Difference]:
    """One of ours against the aggregator's list; nothing of it is on its way."""
    if one.dead is not None or not one.accepted:
        return  # named already
    if entry is None:
        yield one.differs(Kind.MISSING_ABOVE)
        return
    if entry.sequence != one.accepted:
        kind = Kind.BEHIND_ABOVE if entry.sequence < one.accepted else Kind.AHEAD_ABOVE
        yield one.differs(kind, here=one.accepted, above=entry.sequence)
        return
    told = CLOSING.get(Document(one.accepted_document), State.LISTED)
    if entry.state is not told:
        yield one.differs(Kind.STATE, here=told.value, above=entry.state.value)
    if entry.hash != one.accepted_hash:
        yield one.differs(Kind.CONTENT, here=one.accepted_hash[:12], above=entry.hash[:12])
    if STANDINGS.get(entry.standing) is not one.ministry:
        yield one.differs(Kind.STANDING, here=one.ministry.value, above=entry.standing)


@dataclass(frozen=True, slots=True)
class Foreign:
    """Another province's listing as it stands here.

    `heard`, `received_at`, `hash`: of the last document about it, that was applied.
    """

    id: int
    uid: UUID
    name: str
    state: State
    heard: int
    received_at: datetime | None
    hash: str | None

    def __post_init__(self) -> None:
        """Rows carry plain text for the closed set."""
        object.__setattr__(self, "state", State(self.state))

    def overtakes(self, entry: Entry, as_of: datetime) -> bool:
        """Whether more about it has arrived since the statement was written."""
        later = self.received_at is not None and self.received_at >= as_of
        return self.heard > entry.down and later


def of_foreign(one: Foreign | None, entry: Entry) -> Iterator[Difference]:
    """Another province's listing: there and here, equal in state and content."""
    if one is None:
        if entry.down:
            yield Difference(Kind.MISSING_HERE, entry.name, entry.listing)
        return
    if entry.state is not one.state:
        facts = {"here": one.state.value, "above": entry.state.value}
        yield Difference(Kind.STATE, one.name, one.uid, one.id, facts)
    if entry.hash and one.hash and entry.hash != one.hash:
        facts = {"here": one.hash[:12], "above": entry.hash[:12]}
        yield Difference(Kind.CONTENT, one.name, one.uid, one.id, facts)


def doubled(above: Iterable[Entry]) -> Iterator[Difference]:
    """The same listing twice, or two live ones of the same asset."""
    found = list(above)
    ids = Counter(entry.listing for entry in found)
    assets = Counter((entry.unit, entry.code) for entry in found if _asset(entry))
    for entry in {entry.listing: entry for entry in found}.values():
        if ids[entry.listing] > 1:
            yield Difference(Kind.DOUBLED_ABOVE, entry.name, entry.listing)
        elif _asset(entry) and assets[entry.unit, entry.code] > 1:
            yield Difference(
                Kind.DOUBLED_ABOVE, entry.name, entry.listing, facts={"code": entry.code}
            )


def _asset(entry: Entry) -> bool:
    return bool(entry.code) and entry.state is State.LISTED
