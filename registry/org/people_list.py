"""The list of people: narrowed, sorted, by pages whose end is a key."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, LiteralString

from psycopg.rows import class_row

from db import Connection
from db.keyset import Way, by_key
from db.like import holding
from registry.org.roles import Role, UserType

PAGE: Final = 50


class Sort(StrEnum):
    """What the list is sorted by."""

    LOGIN = "login"
    NAME = "name"
    UNIT = "unit"
    SEEN = "seen"  # the last sign-in, latest first


@dataclass(frozen=True, slots=True)
class PeopleQuery:
    """Who is asked for; `units` None: of every unit (a 001 administrator). `after`: (key, id) from
    which on, or `back` from it.
    """

    units: list[int] | None
    text: str = ""
    unit: int | None = None
    type: str = ""
    role: str = ""
    active: bool | None = True
    sort: Sort = Sort.LOGIN
    after: tuple[str, int] | None = None
    back: bool = False


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One line."""

    id: int
    login: str
    name: str
    type: UserType
    unit_name: str
    section: str
    roles: tuple[Role, ...]
    active: bool
    locked_until: datetime | None
    last_login_at: datetime | None
    must_change_password: bool
    second_factor: bool
    sorted_by: str

    def __post_init__(self) -> None:
        """Rows carry plain text for the closed sets."""
        object.__setattr__(self, "type", UserType(self.type))
        object.__setattr__(self, "roles", tuple(Role(role) for role in self.roles))


PIECES: Final[dict[str, LiteralString]] = {
    "found": """
    WITH found AS (
        SELECT app_user.*, unit.name AS unit_name,
               (CASE %(sort)s
                WHEN 'name' THEN app_user.name
                WHEN 'unit' THEN unit.code
                WHEN 'seen' THEN lpad((9999999999 - COALESCE(
                    extract(epoch FROM app_user.last_login_at)::bigint, 0))::text, 10, '0')
                ELSE app_user.login END) COLLATE "C" AS sorted_by
          FROM app_user JOIN unit ON unit.id = app_user.unit_id
         WHERE (%(units)s::integer[] IS NULL OR app_user.unit_id = ANY(%(units)s))
           AND (%(unit)s::integer IS NULL OR app_user.unit_id = %(unit)s)
           AND (%(type)s = '' OR app_user.type = %(type)s)
           AND (%(active)s::boolean IS NULL OR app_user.active = %(active)s)
           AND (%(role)s = '' OR EXISTS (SELECT FROM user_role
                                          WHERE user_id = app_user.id AND role = %(role)s))
           AND (%(part)s = '' OR app_user.login ILIKE %(part)s OR app_user.name ILIKE %(part)s
                OR app_user.email ILIKE %(part)s OR unit.name ILIKE %(part)s)
    )
    SELECT found.id, login, found.name, type, unit_name, COALESCE(section.name, '') AS section,
           ARRAY(SELECT role FROM user_role WHERE user_id = found.id ORDER BY role) AS roles,
           active,
           (SELECT max(blocked_until) FROM sign_in_throttle
             WHERE account = sha256(convert_to('login:' || login, 'UTF8'))) AS locked_until,
           last_login_at, must_change_password,
           totp_secret IS NOT NULL AS second_factor, sorted_by
      FROM found LEFT JOIN section ON section.id = found.section_id
     WHERE """,
    "limited": " LIMIT %(limit)s",
}
ORDER: Final = by_key(
    ("sorted_by", "found.id"), ('%(after)s::text COLLATE "C"', "%(last)s::integer")
)


def _rows(way: Way) -> LiteralString:
    return PIECES["found"] + way.if_any + " ORDER BY " + way.by + PIECES["limited"]


# The keys are compared by bytes, as they are sorted; the latest sign-in has the smallest key.
ROWS: LiteralString = _rows(ORDER.forward)
ROWS_BACK: LiteralString = _rows(ORDER.back)
COUNTS: LiteralString = """
    SELECT count(*) FILTER (WHERE app_user.active), count(*) FILTER (WHERE NOT app_user.active)
      FROM app_user JOIN unit ON unit.id = app_user.unit_id
     WHERE (%(units)s::integer[] IS NULL OR app_user.unit_id = ANY(%(units)s))
       AND (%(unit)s::integer IS NULL OR app_user.unit_id = %(unit)s)
       AND (%(type)s = '' OR app_user.type = %(type)s)
       AND (%(role)s = '' OR EXISTS (SELECT FROM user_role
                                      WHERE user_id = app_user.id AND role = %(role)s))
       AND (%(part)s = '' OR app_user.login ILIKE %(part)s OR app_user.name ILIKE %(part)s
            OR app_user.email ILIKE %(part)s OR unit.name ILIKE %(part)s)
"""


def _facts(query: PeopleQuery) -> dict[str, object]:
    return {
        "units": query.units,
        "unit": query.unit,
        "type": query.type,
        "role": query.role,
        "active": query.active,
        "part": holding(query.text.strip()),
        "sort": query.sort.value,
    }


def page(conn: Connection, query: PeopleQuery) -> tuple[list[PersonRow], bool]:
    """One page, and whether there are more the way it is read."""
    after, last = query.after or (None, 0)
    facts = {**_facts(query), "after": after, "last": last, "limit": PAGE + 1}
    with conn.cursor(row_factory=class_row(PersonRow)) as cursor:
        found = cursor.execute(ROWS_BACK if query.back else ROWS, facts).fetchall()
    return ORDER.way(query.back).page(found, PAGE)


def counts(conn: Connection, query: PeopleQuery) -> tuple[int, int]:
    """How many of those asked for are active, and how many are not."""
    row = conn.execute(COUNTS, _facts(query)).fetchone()
    assert row is not None
    return row[0], row[1]
