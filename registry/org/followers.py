"""Who is told, in the same transaction, when a unit was renamed, moved or closed.

Rooms above this one keep copies of what a unit is called and where it is (listings on squares, F1):
they follow here, because a room never imports from a floor above it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from db import Connection


@dataclass(frozen=True, slots=True)
class Copied:
    """What others copy of a unit."""

    name: str
    division: str
    address: str
    phone: str


class Follower(Protocol):
    """What a room does about a unit's things. What it refuses undoes the whole action.

    The unit's row is held; whatever a follower holds comes after it. `actor` is a login.
    """

    def changed(
        self, conn: Connection, unit: int, before: Copied, after: Copied, actor: str, now: datetime
    ) -> None:
        """Something of what is copied differs now."""

    def closed(self, conn: Connection, unit: int, actor: str, now: datetime) -> None:
        """The unit was deactivated: nobody acts for it any more."""


FOLLOWERS: Final[list[Follower]] = []


def follow(follower: Follower) -> None:
    """From now on `follower` is told; twice is once."""
    if follower not in FOLLOWERS:
        FOLLOWERS.append(follower)
