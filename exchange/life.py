"""A listing's life: what each change of a card does to the listing of it (F1), as a table."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from db import Connection, Refused
from exchange import eligibility, listings, settle, settle_agreed, settle_finish
from exchange.kinds import Reason, State
from exchange.listings import Listing
from registry import notices
from registry.cards import Card, ChangeKind, followers, held
from registry.cards.change import Change
from registry.cards.values import Values
from registry.notices import Event
from registry.org import preparers_of

K = ChangeKind


class Effect(StrEnum):
    """What becomes of the listing."""

    KEEP_TRUE = "keep_true"  # refreshed; delisted where the card is no longer eligible
    DELIST = "delist"
    SETTLE = "settle"


@dataclass(frozen=True, slots=True)
class Row:
    """A change of one of these kinds, of a card whose listing stands so."""

    kinds: frozenset[ChangeKind]
    state: State
    effect: Effect
    reason: Reason | None = None


KINDS_LEFT: Final = frozenset(K) - {K.REGISTER, K.IMPORT, K.SPLIT, K.RETURN, K.DISPOSE}
# A card without a live listing has no row: nothing happens.
TABLE: Final = (
    Row(frozenset({K.SPLIT}), State.LISTED, Effect.DELIST, Reason.SPLIT),
    Row(frozenset({K.SPLIT}), State.SETTLING, Effect.DELIST, Reason.SPLIT),
    Row(frozenset({K.RETURN}), State.LISTED, Effect.DELIST, Reason.RETURNED),
    Row(frozenset({K.RETURN}), State.SETTLING, Effect.DELIST, Reason.RETURNED),
    Row(frozenset({K.DISPOSE}), State.LISTED, Effect.DELIST, Reason.DISPOSED),
    Row(frozenset({K.DISPOSE}), State.SETTLING, Effect.SETTLE),  # D2
    Row(KINDS_LEFT, State.LISTED, Effect.KEEP_TRUE),
    Row(KINDS_LEFT, State.SETTLING, Effect.KEEP_TRUE),
)


def row_of(kind: ChangeKind, state: State) -> Row | None:
    """What the table says; None: nothing happens."""
    return next((row for row in TABLE if kind in row.kinds and row.state is state), None)


class CardFollower:
    """Keeps listings as true as their cards, in the change's own transaction."""

    def applied(self, conn: Connection, change: Change, actor: str, now: datetime) -> None:
        """The card is as the change says; so is its listing now."""
        if change.card_id is None:
            return
        listing = listings.live_of_card(conn, change.card_id)
        row = row_of(change.kind, listing.state) if listing else None
        if listing is not None and row is not None:
            _take_effect(conn, row, listing, change, actor, now)
        listings.follow_status(conn, change.card_id)

    def against(
        self, conn: Connection, kind: ChangeKind, card: int, change: int | None, details: Values
    ) -> dict[str, Refused]:
        """A disposal is the one that was registered, and says so (D2)."""
        return settle_agreed.disagreements(conn, card, change, details) if kind is K.DISPOSE else {}

    def dropped(self, conn: Connection, change: Change, actor: str, now: datetime) -> None:
        """The disposal that a settlement waits for will never come: it is listed again."""
        if change.kind is K.DISPOSE:
            settle.cancelled_with(conn, change.id, actor, now)


def _take_effect(
    conn: Connection, row: Row, listing: Listing, change: Change, actor: str, now: datetime
) -> None:
    if row.effect is Effect.SETTLE:
        settle_finish.finish(conn, listing, change, actor, now)
    elif row.effect is Effect.DELIST:
        _delist(conn, listing, row.reason or Reason.NOT_ELIGIBLE, actor, now)
    else:
        keep_true(conn, listing, held(conn, change.card_id or 0), actor, now)


def keep_true(conn: Connection, listing: Listing, card: Card, actor: str, now: datetime) -> bool:
    """Make a live listing as its card is, or take it down where that may not be published (F1);
    whether it stays.
    """
    if not eligibility.stays(conn, listing.kind, card.unit_id, listing.sheet_id, card.id):
        _delist(conn, listing, Reason.NOT_ELIGIBLE, actor, now)
        return False
    listings.refresh(conn, listing, card, actor, now)
    return True


def _delist(conn: Connection, listing: Listing, reason: Reason, actor: str, now: datetime) -> None:
    """Take it down and tell its unit, which may not have thought of the square."""
    if listing.state is State.SETTLING:
        settle.forget(conn, listing)
    listings.close(conn, listing, State.DELISTED, reason, "", actor, now)
    assert listing.unit_id is not None
    told = preparers_of(conn, listing.unit_id)
    facts = {"title": listing.name, "number": listing.code}
    address = f"/squares/{listing.kind.value}/{listing.id}"
    notices.tell(conn, told, Event.LISTING_DELISTED, address, now, reason, **facts)


FOLLOWER: Final = CardFollower()
followers.follow(FOLLOWER)
