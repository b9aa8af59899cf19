"""财政区划: provinces, cities and counties, by code."""

import re
from collections.abc import Iterator
from typing import Final, LiteralString

from db import Connection, Refused, scalar
from db.like import holding, starting
from db.text import folded
from registry import tables
from registry.org import reference
from registry.tables import Table
from registry.words import Label

COLUMNS: Final = ("code", "name", "level", "parent")
LEVELS: Final = ("ministry", "province", "provincial", "prefecture", "county")
SAID: Final = Label(
    "ministry（中央）、province（省）、provincial（省本级）、prefecture（市）、county（县）",
    ", ".join(LEVELS),
)
CODE: Final = re.compile(r"[0-9]{6,9}")
RULE: Final = Label("6 至 9 位数字", "6 to 9 digits")

CODES: LiteralString = "SELECT code FROM division"
COUNT: LiteralString = "SELECT count(*) FROM division"
NAMED: LiteralString = """
    SELECT code, name FROM division
     WHERE %(codes)s::text[] IS NULL OR code = ANY(%(codes)s) ORDER BY code
"""
LIKE: LiteralString = """
    SELECT code, name FROM division
     WHERE code LIKE %(start)s OR lower(normalize(name, NFKC)) LIKE %(part)s
     ORDER BY code
     LIMIT %(limit)s
"""
UPSERT: LiteralString = """
    INSERT INTO division (code, name, level, parent)
    VALUES (%(code)s, %(name)s, %(level)s, NULLIF(%(parent)s, ''))
    ON CONFLICT (code) DO UPDATE
       SET name = excluded.name, level = excluded.level, parent = excluded.parent
"""


def import_csv(conn: Connection, text: str) -> int:
    """As `import_table`, of a CSV's text."""
    return import_table(conn, tables.of_text(text, reference.MOST_ROWS))


def import_table(conn: Connection, table: Table) -> int:
    """Take over a list (code, name, level, parent), parents in any order; how many rows.

    All or nothing in the caller's transaction. Raises Refused, RowsWrong with every wrong row.
    """
    known = frozenset(code for (code,) in conn.execute(CODES))
    ordered = reference.read(table, COLUMNS, _faults, known)
    with conn.cursor() as cursor:
        cursor.executemany(UPSERT, ordered)
    return len(ordered)


def _faults(number: int, row: reference.Row) -> Iterator[Refused]:
    if not CODE.fullmatch(row["code"]):
        yield Refused("reference.code_malformed", row=number, code=row["code"], rule=RULE)
    if not row["name"]:
        yield Refused("reference.empty", row=number, column="name")
    if row["level"] not in LEVELS:
        yield Refused("reference.level_unknown", row=number, level=row["level"], levels=SAID)


def count(conn: Connection) -> int:
    """How many there are."""
    found = scalar(conn, COUNT)
    assert isinstance(found, int)
    return found


def named(conn: Connection, codes: list[str] | None = None) -> list[tuple[str, str]]:
    """(code, name) of these, or of all, by code."""
    return conn.execute(NAMED, {"codes": codes}).fetchall()


def like(conn: Connection, text: str, limit: int = 30) -> list[tuple[str, str]]:
    """(code, name) of those whose code starts so or whose name holds it."""
    typed = folded(text)
    facts = {"start": starting(typed), "part": holding(typed), "limit": limit}
    return conn.execute(LIKE, facts).fetchall()
