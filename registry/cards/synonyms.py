"""Common names of categories: a list of the installation's own, brought in and taken out as a file.

GB/T 14885 says 台式计算机 and 乘用车, people look for 电脑 and 汽车.
"""

import csv
import io
from collections.abc import Iterator
from typing import Final, LiteralString

from db import Connection, Refused, scalar
from db.like import plain, starting
from registry import tables
from registry.org import reference
from registry.org.reference import RowsWrong
from registry.tables import Table

COLUMNS: Final = ("name", "code")
LONGEST: Final = 40

CODES: LiteralString = "SELECT code FROM category"
CLEAR: LiteralString = "DELETE FROM category_synonym"
ADD: LiteralString = """
    INSERT INTO category_synonym (name, category) VALUES (%(name)s, %(code)s)
    ON CONFLICT DO NOTHING
"""
ALL: LiteralString = "SELECT name, category FROM category_synonym ORDER BY category, name"
LIKE: LiteralString = """
    SELECT category_synonym.category, category_synonym.name || ' · ' || category.name
      FROM category_synonym JOIN category ON category.code = category_synonym.category
     WHERE category_synonym.category LIKE %(start)s OR category_synonym.name ILIKE %(part)s
        OR category.name ILIKE %(part)s
     ORDER BY category_synonym.category, category_synonym.name
     LIMIT %(limit)s
"""
COUNT: LiteralString = "SELECT count(*) FROM category_synonym"


def import_table(conn: Connection, table: Table) -> int:
    """Put this list (name, code) in the place of the one that stands; how many rows.

    All or nothing in the caller's transaction. Raises Refused 'reference.column_missing', or
    RowsWrong with every wrong row.
    """
    known = frozenset(code for (code,) in conn.execute(CODES))

    def faults(number: int, row: reference.Row) -> Iterator[Refused]:
        if not 0 < len(row["name"]) <= LONGEST:
            yield Refused("reference.synonym", row=number, most=LONGEST, column="name")
        if row["code"] not in known:
            yield Refused("reference.no_category", row=number, code=row["code"])

    wrong: list[Refused] = []
    rows: list[reference.Row] = []
    for _number, row, found in reference.rows(table, COLUMNS, faults):
        wrong += found
        rows.append(row)
    if wrong:
        raise RowsWrong(wrong)
    conn.execute(CLEAR)
    with conn.cursor() as cursor:
        cursor.executemany(ADD, rows)
    return len(rows)


def import_csv(conn: Connection, text: str) -> int:
    """As `import_table`, of a CSV's text."""
    return import_table(conn, tables.of_text(text, reference.MOST_ROWS))


def export_csv(conn: Connection) -> bytes:
    """The list as a file that `import_table` takes: UTF-8 with its mark, as Excel reads it."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows((tables.inert(name), code) for name, code in conn.execute(ALL))
    return text.getvalue().encode("utf-8-sig")


def like(conn: Connection, text: str, limit: int) -> list[tuple[str, str]]:
    """(code, "common name · name") of those whose code starts so or one of whose names holds it."""
    typed = text.strip()
    facts = {"start": starting(typed.upper()), "part": f"%{plain(typed)}%", "limit": limit}
    return conn.execute(LIKE, facts).fetchall()


def count(conn: Connection) -> int:
    """How many there are."""
    found = scalar(conn, COUNT)
    assert isinstance(found, int)
    return found
