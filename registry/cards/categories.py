"""资产分类: the classes and items of GB/T 14885, by code."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, LiteralString

from psycopg.rows import class_row

from db import Connection, Refused, scalar
from db.like import plain, starting
from registry import tables
from registry.org import reference
from registry.tables import Table
from registry.words import Label

COLUMNS: Final = ("code", "name", "parent")
CODE: Final = re.compile(r"A[0-9]{8}")
RULE: Final = Label("A 加 8 位数字", "A and 8 digits")

CODES: LiteralString = "SELECT code FROM category"
UPSERT: LiteralString = """
    INSERT INTO category (code, name, parent)
    VALUES (%(code)s, %(name)s, NULLIF(%(parent)s, ''))
    ON CONFLICT (code) DO UPDATE SET name = excluded.name, parent = excluded.parent
"""


def import_csv(conn: Connection, text: str) -> int:
    """As `import_table`, of a CSV's text."""
    return import_table(conn, tables.of_text(text, reference.MOST_ROWS))


def import_table(conn: Connection, table: Table) -> int:
    """Take over a list (code, name, parent), parents in any order; how many rows.

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


NAMES: LiteralString = "SELECT code, name FROM category WHERE code = ANY(%(codes)s)"


def names(conn: Connection, codes: list[str]) -> dict[str, str]:
    """Names of these codes; unknown ones are left out."""
    found: dict[str, str] = dict(conn.execute(NAMES, {"codes": codes}).fetchall())
    return found


@dataclass(frozen=True, slots=True)
class Match:
    """A category that fits what was typed: by which common name, '' where by its own, the names of
    those above it, uppermost first, and whether others stand below it.
    """

    code: str
    name: str
    synonym: str
    above: list[str]
    opens: bool


# Best first: what is called exactly so, then what begins so, then what holds it. Of a category that
# several of its names fit, the best counts; a common name means an item rather than a class.
LIKE: LiteralString = """
    WITH RECURSIVE named (code, name, synonym) AS (
        SELECT code, name, '' FROM category WHERE left(code, 3) <> ALL(%(without)s)
         UNION ALL
        SELECT category, name, name FROM category_synonym
         WHERE left(category, 3) <> ALL(%(without)s)
    ), fitting AS (
        SELECT DISTINCT ON (code) code, synonym, length(name) AS letters,
               CASE WHEN code = upper(%(typed)s) THEN 0
                    WHEN lower(name) = lower(%(typed)s) THEN 1 + (synonym <> '')::int
                    WHEN name ILIKE %(begin)s THEN 3 + (synonym <> '')::int
                    WHEN synonym = '' AND code LIKE %(start)s THEN 5
                    ELSE 6 + (synonym <> '')::int END AS rank
          FROM named
         WHERE name ILIKE %(part)s OR (synonym = '' AND code LIKE %(start)s)
         ORDER BY code, rank, letters, name
    ), best AS (
        SELECT code, synonym, row_number() OVER (
                   ORDER BY rank, CASE WHEN rank = 5 THEN 0 ELSE letters END,
                            synonym <> '' AND EXISTS (SELECT FROM category AS below
                                                       WHERE below.parent = fitting.code), code
               ) AS place
          FROM fitting ORDER BY place LIMIT %(limit)s
    ), upward (code, parent, above) AS (
        SELECT best.code, category.parent, ARRAY[]::text[]
          FROM best JOIN category USING (code)
         UNION ALL
        SELECT upward.code, category.parent, category.name || upward.above
          FROM upward JOIN category ON category.code = upward.parent
    )
    SELECT best.code, category.name, best.synonym, upward.above,
           EXISTS (SELECT FROM category AS below WHERE below.parent = best.code) AS opens
      FROM best JOIN category USING (code) JOIN upward USING (code)
     WHERE upward.parent IS NULL
     ORDER BY best.place
"""


def like(conn: Connection, text: str, limit: int = 30, without: Sequence[str] = ()) -> list[Match]:
    """Categories whose code starts so, or whose own or common name holds it, the best first;
    `without` those of these classes (A01).
    """
    typed = text.strip()
    facts = {
        "typed": typed, "start": starting(typed.upper()), "begin": starting(typed),
        "part": f"%{plain(typed)}%", "limit": limit, "without": list(without),
    }  # fmt: skip
    with conn.cursor(row_factory=class_row(Match)) as cursor:
        return cursor.execute(LIKE, facts).fetchall()


def meant(conn: Connection, text: str) -> str | None:
    """The code of the category that somebody means by a code, its start, or a name; None where
    there is none. A whole code stands for itself: another province may have one more.
    """
    typed = unicodedata.normalize("NFKC", text).strip()
    if CODE.fullmatch(typed.upper()):
        return typed.upper()
    found = like(conn, typed, 1) if typed else []
    return found[0].code if found else None


@dataclass(frozen=True, slots=True)
class Node:
    """A category in its place: its parent's code, '' for a class; whether others stand below."""

    code: str
    name: str
    parent: str
    opens: bool


# A level is what stands below one category; the uppermost stands below none.
LEVELS: LiteralString = """
    WITH RECURSIVE upward (code, parent) AS (
        SELECT code, parent FROM category WHERE code = %(code)s
         UNION ALL
        SELECT category.code, category.parent
          FROM upward JOIN category ON category.code = upward.parent
    )
    SELECT code, name, coalesce(parent, '') AS parent,
           EXISTS (SELECT FROM category AS below WHERE below.parent = category.code) AS opens
      FROM category
     WHERE (parent IS NULL OR parent IN (SELECT parent FROM upward))
       AND left(code, 3) <> ALL(%(without)s)
     ORDER BY code
"""
BELOW: LiteralString = """
    SELECT code, name, parent,
           EXISTS (SELECT FROM category AS below WHERE below.parent = category.code) AS opens
      FROM category
     WHERE parent = %(code)s
     ORDER BY code
"""


def below(conn: Connection, code: str) -> list[Node]:
    """What stands right below this one, by code."""
    with conn.cursor(row_factory=class_row(Node)) as cursor:
        return cursor.execute(BELOW, {"code": code}).fetchall()


def levels(conn: Connection, code: str, without: Sequence[str] = ()) -> list[Node]:
    """The classes, and every level from them down to the one that this category stands on, by
    code; the classes alone where there is no such category. `without` these classes (A01).
    """
    with conn.cursor(row_factory=class_row(Node)) as cursor:
        return cursor.execute(LEVELS, {"code": code, "without": list(without)}).fetchall()


EVERY: LiteralString = """
    SELECT ARRAY[category.code, category.name] || array_remove(array_agg(
               category_synonym.name ORDER BY category_synonym.name), NULL)
      FROM category LEFT JOIN category_synonym ON category_synonym.category = category.code
     GROUP BY category.code ORDER BY category.code LIMIT %(limit)s
"""


def every(conn: Connection, limit: int) -> list[list[str]]:
    """Of all, by code: the code, the name, and then what else people call it."""
    return [names for (names,) in conn.execute(EVERY, {"limit": limit})]


COUNT: LiteralString = "SELECT count(*) FROM category"


def count(conn: Connection) -> int:
    """How many there are."""
    found = scalar(conn, COUNT)
    assert isinstance(found, int)
    return found
