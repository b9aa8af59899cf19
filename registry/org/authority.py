"""Who may act on whom: an administrator on nobody of a higher level, nor with a wider view (J4).

Acting is all of it: to see the form enabled, to change, reset, unlock, deactivate, and to make
somebody who would be of that level.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Protocol

from db import Connection
from registry.org.grants import Permission
from registry.org.roles import Role, UserType
from registry.org.scope import visible_units
from registry.org.users import User


class Level(IntEnum):
    """How far up somebody is."""

    UNIT = 1  # its people, and those who administer it
    SUPERVISION = 2  # reads everything: watches administrators too
    SYSTEM = 3


@dataclass(frozen=True, slots=True)
class Rank:
    """Whoever is of one of the types, or has one of the roles, is of this level."""

    level: Level
    types: frozenset[UserType]
    roles: frozenset[Role]


RANKS: Final = (  # the first that fits
    Rank(Level.SYSTEM, frozenset({UserType.SYSTEM}), frozenset()),
    Rank(Level.SUPERVISION, frozenset({UserType.SUPERVISION}), frozenset({Role.AUDITOR})),
    Rank(Level.UNIT, frozenset(UserType), frozenset(Role)),
)


class Ranked(Protocol):
    """Somebody with an id, a type and roles: a user or a person."""

    @property
    def id(self) -> int:
        """Whose."""

    @property
    def type(self) -> UserType:
        """Their type."""

    @property
    def roles(self) -> frozenset[Role]:
        """What they do."""


def level_of(type_: UserType, roles: frozenset[Role]) -> Level:
    """The level of somebody of this type with these roles."""
    return next(rank.level for rank in RANKS if type_ in rank.types or roles & rank.roles)


def types_given(manager: User) -> list[UserType]:
    """The types that `manager` may give."""
    own = level_of(manager.type, manager.roles)
    return [type_ for type_ in UserType if level_of(type_, frozenset()) <= own]


def roles_given(manager: User) -> list[Role]:
    """The roles that `manager` may give."""
    own = level_of(manager.type, manager.roles)
    return [role for role in Role if level_of(UserType.BUDGET_UNIT, frozenset({role})) <= own]


def may_act_on(conn: Connection, manager: User, one: Ranked) -> bool:
    """The one rule: an administrator, not below their level, who sees all that they see."""
    own = level_of(manager.type, manager.roles)
    if not manager.may(Permission.ADMINISTER) or level_of(one.type, one.roles) > own:
        return False
    if own is Level.SYSTEM:
        return True
    return set(visible_units(conn, one.id)) <= set(visible_units(conn, manager.id))
