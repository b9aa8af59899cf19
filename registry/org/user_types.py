"""A user's type follows from the kind of their unit: 002 in a finance bureau, 003 elsewhere.

001, 004 and 005 are no matter of the unit. A 003 reviewer of a finance bureau would be handed
sheets of its division and not be let to see them (C1, J4).
"""

from typing import Final, LiteralString

from db import Connection, Refused
from registry.org.roles import UserType
from registry.org.units import UnitKind, kind_of

BY_UNIT: Final = frozenset({UserType.FINANCE, UserType.BUDGET_UNIT})


def of_kind(kind: UnitKind) -> UserType:
    """What the people of such a unit are."""
    return UserType.FINANCE if kind is UnitKind.FINANCE else UserType.BUDGET_UNIT


def resolved(conn: Connection, unit: int, wanted: UserType | None) -> UserType:
    """The type of somebody in this unit; Refused 'org.person_type' where the other was wanted."""
    if wanted is not None and wanted not in BY_UNIT:
        return wanted
    kind, name = kind_of(conn, unit)
    right = of_kind(kind)
    if wanted is not None and wanted is not right:
        facts = {"kind": kind.label, "right": right.label, "type": wanted.label}
        raise Refused("org.person_type", field="type", unit=name, **facts)
    return right


FOLLOW: LiteralString = """
    UPDATE app_user SET type = %(right)s, version = version + 1
     WHERE unit_id = %(unit)s AND type = ANY(%(types)s) AND type <> %(right)s
    RETURNING login
"""


def follow(conn: Connection, unit: int, kind: UnitKind) -> list[str]:
    """The unit (its id) is of another kind now, and its people's types with it; their logins."""
    facts = {"unit": unit, "right": of_kind(kind).value, "types": [one.value for one in BY_UNIT]}
    return sorted(login for (login,) in conn.execute(FOLLOW, facts))
