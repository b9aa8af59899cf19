"""Who has a say when a card is to change, and is told, in the same transaction, when it has.

Rooms above this one keep copies of cards (listings on squares, F1): they follow here, because a
room never imports from a floor above it.
"""

from datetime import datetime
from typing import Final, Protocol

from db import Connection, Refused
from registry.cards.change import Change
from registry.cards.kinds import ChangeKind
from registry.cards.values import Values


class Follower(Protocol):
    """What a room does about somebody else's cards. What it refuses undoes the whole action."""

    def against(
        self, conn: Connection, kind: ChangeKind, card: int, change: int | None, details: Values
    ) -> dict[str, Refused]:
        """By field, why a change that says so can't be applied as things stand; {}: nothing.

        `change`: its id, None for a new one. Asked when a draft is saved, submitted and approved.
        """

    def applied(self, conn: Connection, change: Change, actor: str, now: datetime) -> None:
        """The change was finally approved: the card is as it says. `actor` is a login."""

    def dropped(self, conn: Connection, change: Change, actor: str, now: datetime) -> None:
        """The draft was deleted or made void: it will never be applied."""


FOLLOWERS: Final[list[Follower]] = []


def against(
    conn: Connection, kind: ChangeKind, card: int, change: int | None, details: Values
) -> dict[str, Refused]:
    """What all followers have against a change, by field."""
    found: dict[str, Refused] = {}
    for follower in FOLLOWERS:
        found |= follower.against(conn, kind, card, change, details)
    return found


def follow(follower: Follower) -> None:
    """From now on `follower` is told; twice is once."""
    if follower not in FOLLOWERS:
        FOLLOWERS.append(follower)
