"""Who may do what the reader may not, and how they are reached.

A page that says "do it there" says so to whoever may; to others it names these people.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, LiteralString

from psycopg.rows import class_row

from db import Connection
from registry.org.roles import Role
from registry.org.users import administrators_of
from registry.words import Label

FEW: Final = 3


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody, their unit, and their phone or, where they have none, their unit's."""

    name: str
    unit: str
    phone: str
    email: str

    @property
    def said(self) -> str:
        """The name, the unit and how they are reached, on one line."""
        return " · ".join(one for one in (self.name, self.unit, self.phone or self.email) if one)


CONTACTS: LiteralString = """
    SELECT app_user.name, unit.name AS unit, app_user.email,
           COALESCE(NULLIF(app_user.phone, ''), unit.phone) AS phone
      FROM unnest(%(users)s::integer[]) WITH ORDINALITY AS list (id, place)
      JOIN app_user ON app_user.id = list.id
      JOIN unit ON unit.id = app_user.unit_id
     ORDER BY list.place
"""
OF_ROLES: LiteralString = """
    SELECT DISTINCT app_user.id
      FROM app_user JOIN user_role ON user_role.user_id = app_user.id
     WHERE app_user.unit_id = %(unit)s AND app_user.active AND user_role.role = ANY(%(roles)s)
     ORDER BY app_user.id LIMIT %(limit)s
"""


def administrators(conn: Connection, unit: int, but: int | None = None) -> list[Contact]:
    """A few of those who keep the people of a unit (its id), the nearest first; never `but`."""
    keys = [key for key in administrators_of(conn, unit) if key != but]
    return _contacts(conn, keys[:FEW])


ABOVE_ALL: LiteralString = """
    SELECT app_user.id
      FROM app_user JOIN user_role ON user_role.user_id = app_user.id
     WHERE user_role.role = 'administrator' AND app_user.type = '001' AND app_user.active
     ORDER BY app_user.unit_id <> %(unit)s, app_user.id LIMIT %(limit)s
"""


def above_all(conn: Connection, unit: int) -> list[Contact]:
    """A few of those who administer everything, the chains too; of the unit (its id) first."""
    facts = {"unit": unit, "limit": FEW}
    return _contacts(conn, [key for (key,) in conn.execute(ABOVE_ALL, facts)])


def named(people: Sequence[Contact]) -> Label:
    """To stand behind "ask …" in a sentence; nothing where there is nobody."""
    said = [one.said for one in people]
    return Label("：" + "；".join(said), ": " + "; ".join(said)) if said else Label("", "")


def of_roles(conn: Connection, unit: int, roles: frozenset[Role]) -> list[Contact]:
    """A few people of a unit (its id) who have one of the roles."""
    facts = {"unit": unit, "roles": sorted(role.value for role in roles), "limit": FEW}
    return _contacts(conn, [key for (key,) in conn.execute(OF_ROLES, facts)])


def _contacts(conn: Connection, users: list[int]) -> list[Contact]:
    with conn.cursor(row_factory=class_row(Contact)) as cursor:
        return cursor.execute(CONTACTS, {"users": users}).fetchall()
