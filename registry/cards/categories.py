"""资产分类: the classes and items of GB/T 14885, by code."""

import re
from typing import Final, LiteralString

from db import Connection, Refused, scalar
from db.like import plain, starting
from registry.org import reference
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
    """Take over a list (code, name, parent), parents in any order; how many rows.

    All or nothing in the caller's transaction. Raises Refused, RowsWrong with every wrong row.
    """
    known = frozenset(code for (code,) in conn.execute(CODES))
    ordered = reference.read(text, COLUMNS, _fault, known)
    with conn.cursor() as cursor:
        cursor.executemany(UPSERT, ordered)
    return len(ordered)


def _fault(number: int, row: reference.Row) -> Refused | None:
    if not CODE.fullmatch(row["code"]):
        return Refused("reference.code_malformed", row=number, code=row["code"], rule=RULE)
    if not row["name"]:
        return Refused("reference.empty", row=number, column="name")
    return None


NAMES: LiteralString = "SELECT code, name FROM category WHERE code = ANY(%(codes)s)"


def names(conn: Connection, codes: list[str]) -> dict[str, str]:
    """Names of these codes; unknown ones are left out."""
    found: dict[str, str] = dict(conn.execute(NAMES, {"codes": codes}).fetchall())
    return found


LIKE: LiteralString = """
    SELECT code, name FROM category
     WHERE code LIKE %(start)s OR name ILIKE %(part)s
     ORDER BY code
     LIMIT %(limit)s
"""


def like(conn: Connection, text: str, limit: int = 30) -> list[tuple[str, str]]:
    """(code, name) of categories whose code starts so or whose name holds it."""
    typed = text.strip()
    facts = {"start": starting(typed.upper()), "part": f"%{plain(typed)}%", "limit": limit}
    return conn.execute(LIKE, facts).fetchall()


TOP: LiteralString = """
    SELECT category.code, category.name
      FROM category LEFT JOIN category AS above ON above.code = category.parent
     WHERE category.parent IS NULL OR above.parent IS NULL
     ORDER BY category.code
"""


def top(conn: Connection) -> list[tuple[str, str]]:
    """(code, name) of the two upper levels: what a list is filtered by without typing."""
    return conn.execute(TOP).fetchall()


COUNT: LiteralString = "SELECT count(*) FROM category"


def count(conn: Connection) -> int:
    """How many there are."""
    found = scalar(conn, COUNT)
    assert isinstance(found, int)
    return found
