"""Units, departments and finance bureaus, and the sections inside them."""

from enum import StrEnum
from typing import Final, LiteralString

import psycopg

from db import Connection, Refused, scalar
from registry.words import Label


class UnitKind(StrEnum):
    """单位, 主管部门 or 财政部门."""

    UNIT = "unit"
    DEPARTMENT = "department"
    FINANCE = "finance"

    @property
    def label(self) -> Label:
        """Its name."""
        return KINDS[self]


KINDS: Final = {
    UnitKind.UNIT: Label("单位", "unit"),
    UnitKind.DEPARTMENT: Label("主管部门", "department"),
    UnitKind.FINANCE: Label("财政部门", "finance bureau"),
}

ADD_UNIT: LiteralString = """
    INSERT INTO unit (code, name, kind, division, parent_id, address, phone)
    VALUES (%(code)s, %(name)s, %(kind)s, %(division)s, %(parent)s, %(address)s, %(phone)s)
    RETURNING id
"""


def add_unit(
    conn: Connection,
    code: str,
    name: str,
    kind: UnitKind,
    division: str,
    parent: int | None = None,
    address: str = "",
    phone: str = "",
) -> int:
    """A new unit below `parent` (its id); the new id.

    Raises Refused 'org.unit_taken' (code or name), 'org.unit_malformed' or
    'org.unit_above_unknown' (division or parent).
    """
    facts = {
        "code": code,
        "name": name,
        "kind": kind.value,
        "division": division,
        "parent": parent,
        "address": address,
        "phone": phone,
    }
    try:
        with conn.transaction():
            key = scalar(conn, ADD_UNIT, **facts)
    except psycopg.errors.UniqueViolation as error:
        raise Refused("org.unit_taken", code=code, name=name) from error
    except psycopg.errors.CheckViolation as error:
        raise Refused("org.unit_malformed", code=code, name=name) from error
    except psycopg.errors.ForeignKeyViolation as error:
        raise Refused("org.unit_above_unknown", division=division, parent=parent) from error
    assert isinstance(key, int)
    return key


KIND: LiteralString = "SELECT kind, name FROM unit WHERE id = %(unit)s FOR SHARE"


def kind_of(conn: Connection, unit: int) -> tuple[UnitKind, str]:
    """Kind and name of a unit (its id), which stay until the transaction ends.

    Raises Refused 'org.no_such_unit'.
    """
    row = conn.execute(KIND, {"unit": unit}).fetchone()
    if row is None:
        raise Refused("org.no_such_unit", code=unit)
    return UnitKind(row[0]), row[1]


UNIT_BY_CODE: LiteralString = "SELECT id FROM unit WHERE code = %(code)s"


def unit_id(conn: Connection, code: str) -> int:
    """The id of the unit with this code; Refused 'org.no_such_unit'."""
    key = scalar(conn, UNIT_BY_CODE, code=code)
    if key is None:
        raise Refused("org.no_such_unit", code=code)
    assert isinstance(key, int)
    return key


ADD_SECTION: LiteralString = """
    INSERT INTO section (unit_id, name) VALUES (%(unit)s, %(name)s)
    ON CONFLICT (unit_id, name) DO UPDATE SET name = excluded.name
    RETURNING id
"""


def add_section(conn: Connection, unit: int, name: str) -> int:
    """The section of this name in `unit` (its id), made where it doesn't stand; its id."""
    key = scalar(conn, ADD_SECTION, unit=unit, name=name)
    assert isinstance(key, int)
    return key


SECTIONS: LiteralString = """
    SELECT section.id, section.name
      FROM section
     WHERE section.unit_id IN (SELECT unit_id FROM visible_unit WHERE user_id = %(viewer)s)
     ORDER BY section.unit_id, section.name
"""


def sections(conn: Connection, viewer: int) -> list[tuple[int, str]]:
    """(id, name) of the sections that `viewer` may see (J4)."""
    return conn.execute(SECTIONS, {"viewer": viewer}).fetchall()


SECTIONS_OF: LiteralString = """
    SELECT id, name FROM section
     WHERE unit_id = %(unit)s AND unit_id = ANY(%(units)s) ORDER BY name
"""


def sections_of(conn: Connection, unit: int, units: list[int]) -> list[tuple[int, str]]:
    """(id, name) of a unit's sections, where it is among `units`, those that somebody may see."""
    return conn.execute(SECTIONS_OF, {"unit": unit, "units": units}).fetchall()


REACHED: LiteralString = "SELECT phone, address, division FROM unit WHERE id = %(unit)s"


def reached(conn: Connection, unit: int) -> tuple[str, str, str]:
    """(phone, address, division) of the unit with this id."""
    row = conn.execute(REACHED, {"unit": unit}).fetchone()
    assert row is not None
    return row[0], row[1], row[2]


HOLD: LiteralString = "SELECT active FROM unit WHERE id = %(unit)s FOR SHARE"


def hold_unit(conn: Connection, unit: int) -> bool:
    """Whether it is active; nobody changes or closes it until the transaction ends.

    Whoever copies what a unit is called holds it so: after cards and reviews, before listings.
    """
    return scalar(conn, HOLD, unit=unit) is True


UNITS_NAMED: LiteralString = """
    SELECT id, name FROM unit WHERE id = ANY(%(units)s) ORDER BY code
"""


def units_named(conn: Connection, units: list[int]) -> list[tuple[int, str]]:
    """(id, name) of units by code."""
    return conn.execute(UNITS_NAMED, {"units": units}).fetchall()
