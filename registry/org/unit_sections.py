"""The sections of a unit: added, renamed, and removed where nothing uses them."""

from dataclasses import dataclass
from typing import Final, LiteralString

import psycopg
from psycopg.rows import class_row

from db import Connection, Refused, audit, scalar, text
from registry.org import structure
from registry.org.users import User

LONGEST: Final = 60


@dataclass(frozen=True, slots=True)
class Section:
    """A section, and how many people and cards are of it."""

    id: int
    name: str
    people: int
    cards: int


SECTIONS: LiteralString = """
    SELECT section.id, section.name,
           (SELECT count(*) FROM app_user WHERE section_id = section.id) AS people,
           COALESCE(used.cards, 0) AS cards
      FROM section
      LEFT JOIN (SELECT using_section_id AS id, count(*) AS cards FROM card
                  WHERE unit_id = %(unit)s GROUP BY 1) AS used ON used.id = section.id
     WHERE section.unit_id = %(unit)s
     ORDER BY section.name
"""


def sections(conn: Connection, unit_id: int) -> list[Section]:
    """The unit's sections by name."""
    with conn.cursor(row_factory=class_row(Section)) as cursor:
        return cursor.execute(SECTIONS, {"unit": unit_id}).fetchall()


def _name(name: str) -> str:
    clean = text.clean(name)
    if not 0 < len(clean) <= LONGEST:
        raise Refused("org.section_name", field="name", most=LONGEST)
    return clean


ADD: LiteralString = """
    INSERT INTO section (unit_id, name) VALUES (%(unit)s, %(name)s)
    ON CONFLICT (unit_id, name) DO NOTHING
    RETURNING id
"""


def add(conn: Connection, manager: User, unit_id: int, name: str, request: str = "") -> int:
    """A new section; its id. Raises Refused 'org.section_name', 'org.section_taken'."""
    unit, clean = structure.required(conn, manager, unit_id), _name(name)
    key = scalar(conn, ADD, unit=unit_id, name=clean)
    if key is None:
        raise Refused("org.section_taken", field="name", name=clean)
    assert isinstance(key, int)
    audit.record(
        conn, manager.login, "section.added", f"section:{key}", request, unit=unit.code, name=clean
    )
    return key


RENAME: LiteralString = """
    UPDATE section SET name = %(name)s
      FROM section AS before
     WHERE section.id = %(section)s AND section.unit_id = %(unit)s AND before.id = section.id
    RETURNING before.name
"""


def rename(
    conn: Connection, manager: User, unit_id: int, section_id: int, name: str, request: str = ""
) -> None:
    """Call it otherwise. Raises Refused 'org.section_not_found' and those of adding."""
    unit, clean = structure.required(conn, manager, unit_id), _name(name)
    try:
        with conn.transaction():
            before = scalar(conn, RENAME, section=section_id, unit=unit_id, name=clean)
    except psycopg.errors.UniqueViolation as error:
        raise Refused("org.section_taken", field="name", name=clean) from error
    if before is None:
        raise Refused("org.section_not_found")
    audit.record(
        conn,
        manager.login,
        "section.renamed",
        f"section:{section_id}",
        request,
        unit=unit.code,
        name=[before, clean],
    )


REMOVE: LiteralString = """
    DELETE FROM section WHERE id = %(section)s AND unit_id = %(unit)s RETURNING name
"""


def remove(
    conn: Connection, manager: User, unit_id: int, section_id: int, request: str = ""
) -> str:
    """Remove it; its name. Raises Refused 'org.section_used' where people or cards are of it."""
    unit = structure.required(conn, manager, unit_id)
    try:
        with conn.transaction():
            name = scalar(conn, REMOVE, section=section_id, unit=unit_id)
    except psycopg.errors.ForeignKeyViolation as error:
        raise Refused("org.section_used") from error
    if name is None:
        raise Refused("org.section_not_found")
    audit.record(
        conn,
        manager.login,
        "section.removed",
        f"section:{section_id}",
        request,
        unit=unit.code,
        name=name,
    )
    return str(name)


RESTORE: LiteralString = """
    INSERT INTO section (id, unit_id, name) OVERRIDING SYSTEM VALUE
    VALUES (%(section)s, %(unit)s, %(name)s)
    ON CONFLICT DO NOTHING
    RETURNING id
"""


def restore(
    conn: Connection, manager: User, unit_id: int, section_id: int, name: str, request: str = ""
) -> None:
    """A section that was removed stands again, with its id. Raises Refused 'org.section_taken'."""
    unit = structure.required(conn, manager, unit_id)
    if scalar(conn, RESTORE, section=section_id, unit=unit_id, name=name) is None:
        raise Refused("org.section_taken", field="name", name=name)
    subject = f"section:{section_id}"
    audit.record(
        conn, manager.login, "section.restored", subject, request, unit=unit.code, name=name
    )


ALL: LiteralString = """
    SELECT section.id, section.name, unit.name
      FROM section JOIN unit ON unit.id = section.unit_id
     WHERE section.unit_id = ANY(%(units)s)
     ORDER BY unit.code, section.name
"""


def all_sections(conn: Connection, units: list[int]) -> list[tuple[int, str, str]]:
    """(id, name, the unit's name) of the sections of these units."""
    return conn.execute(ALL, {"units": units}).fetchall()
