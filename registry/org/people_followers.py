"""Who is told, in the same transaction, when somebody came, left, or got other rights.

Rooms above this one count on who sits where (reviews wait on a unit's reviewers, C1): they follow
here, because a room never imports from a floor above it.
"""

from dataclasses import dataclass
from typing import Final, LiteralString, Protocol

from db import Connection
from registry.org.roles import Role


@dataclass(frozen=True, slots=True)
class Seat:
    """Where somebody sits, and what they may do there."""

    unit_id: int
    roles: frozenset[Role]
    active: bool


class Follower(Protocol):
    """What a room does about it. What it refuses undoes the whole action."""

    def moved(self, conn: Connection, user: int, before: Seat | None, after: Seat) -> None:
        """`user` (an id) sat at `before` (None: is new) and sits at `after`."""


FOLLOWERS: Final[list[Follower]] = []


def follow(follower: Follower) -> None:
    """From now on `follower` is told; twice is once."""
    if follower not in FOLLOWERS:
        FOLLOWERS.append(follower)


SEAT: LiteralString = """
    SELECT unit_id, active, ARRAY(SELECT role FROM user_role WHERE user_id = app_user.id)
      FROM app_user WHERE id = %(user)s
"""


def seat(conn: Connection, user: int) -> Seat:
    """Where the user with this id sits now."""
    row = conn.execute(SEAT, {"user": user}).fetchone()
    assert row is not None
    unit, active, roles = row
    return Seat(unit, frozenset(Role(role) for role in roles), active)


def moved(conn: Connection, user: int, before: Seat | None) -> None:
    """Tell all followers where the user sits now, who sat at `before`."""
    after = seat(conn, user)
    if after == before:
        return
    for follower in FOLLOWERS:
        follower.moved(conn, user, before, after)
