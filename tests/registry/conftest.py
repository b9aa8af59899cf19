"""A small organisation to test with."""

from dataclasses import dataclass

import pytest

from db import Connection, scalar
from registry.org import Role, UnitKind, UserType, add_unit, divisions, passwords

DIVISIONS = """code,name,level,parent
460000,海南省,province,
460001,海南省本级,provincial,460000
460100,海口市,prefecture,460000
460200,三亚市,prefecture,460000
"""
PASSWORD = "long-enough-7"


@dataclass(frozen=True, slots=True)
class Organisation:
    """Ids by unit name and by login."""

    units: dict[str, int]
    users: dict[str, int]


# Hashing is slow on purpose: once is enough for people who are not what is tested.
HASH = passwords.hashed(PASSWORD)


def _insert(
    conn: Connection, unit_id: int, login: str, _unit: str, type_: UserType, role: Role
) -> int:
    key = scalar(
        conn,
        "INSERT INTO app_user (login, name, type, unit_id, password_hash) "
        "VALUES (%(login)s, %(login)s, %(type)s, %(unit)s, %(hash)s) RETURNING id",
        login=login,
        type=type_.value,
        unit=unit_id,
        hash=HASH,
    )
    assert isinstance(key, int)
    conn.execute("INSERT INTO user_role VALUES (%s, %s)", (key, role.value))
    return key


@pytest.fixture
def organisation(conn: Connection) -> Organisation:
    """A library below its bureau in one city, a hospital in another, finance above both."""
    divisions.import_csv(conn, DIVISIONS)
    bureau = add_unit(conn, "B", "文体局", UnitKind.DEPARTMENT, "460100")
    units = {
        "文体局": bureau,
        "图书馆": add_unit(conn, "L", "图书馆", UnitKind.UNIT, "460100", bureau),
        "医院": add_unit(conn, "H", "医院", UnitKind.UNIT, "460200"),
        "省财政厅": add_unit(conn, "F", "省财政厅", UnitKind.FINANCE, "460001"),
        "海口财政局": add_unit(conn, "FH", "海口财政局", UnitKind.FINANCE, "460100"),
    }
    people = (
        ("clerk", "图书馆", UserType.BUDGET_UNIT, Role.PREPARER),
        ("clerk2", "医院", UserType.BUDGET_UNIT, Role.PREPARER),
        ("department", "文体局", UserType.BUDGET_UNIT, Role.REVIEWER),
        ("finance", "省财政厅", UserType.FINANCE, Role.REVIEWER),
        ("finance2", "海口财政局", UserType.FINANCE, Role.REVIEWER),
        ("auditor", "省财政厅", UserType.SUPERVISION, Role.AUDITOR),
        ("admin", "省财政厅", UserType.SYSTEM, Role.ADMINISTRATOR),
    )
    users = {person[0]: _insert(conn, units[person[1]], *person) for person in people}
    return Organisation(units, users)
