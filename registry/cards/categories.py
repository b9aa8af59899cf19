"""资产分类: the classes and items of GB/T 14885, by code."""

import re
from typing import Final, LiteralString

from db import Connection, Refused
from registry.org.reference import parents_first, rows

COLUMNS: Final = ("code", "name", "parent")
CODE: Final = re.compile(r"A[0-9]{8}")

CODES: LiteralString = "SELECT code FROM category"
UPSERT: LiteralString = """
    INSERT INTO category (code, name, parent)
    VALUES (%(code)s, %(name)s, NULLIF(%(parent)s, ''))
    ON CONFLICT (code) DO UPDATE SET name = excluded.name, parent = excluded.parent
"""


def import_csv(conn: Connection, text: str) -> int:
    """Take over a list (code, name, parent), parents in any order; how many rows.

    All or nothing in the caller's transaction. Raises Refused with row, column and rule.
    """
    found = list(rows(text, COLUMNS))
    for number, row in found:
        if not CODE.fullmatch(row["code"]):
            raise Refused("reference.code_malformed", row=number, code=row["code"])
        if not row["name"]:
            raise Refused("reference.empty", row=number, column="name")
    known = frozenset(code for (code,) in conn.execute(CODES))
    ordered = parents_first(found, known)
    with conn.cursor() as cursor:
        cursor.executemany(UPSERT, ordered)
    return len(ordered)
