"""Filters that somebody keeps under a name: the query of a page's address."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, LiteralString

from psycopg.rows import class_row

from db import Connection, Refused, scalar
from db.text import clean

MOST: Final = 20
LONGEST_NAME: Final = 30
LONGEST_QUERY: Final = 1000


@dataclass(frozen=True, slots=True)
class SavedFilter:
    """A name, and the query that it stands for."""

    name: str
    query: str


OF_USER: LiteralString = """
    SELECT name, query FROM saved_filter
     WHERE user_id = %(user)s AND page = %(page)s ORDER BY name
"""


def of_user(conn: Connection, user: int, page: str) -> list[SavedFilter]:
    """Their filters for a page, by name."""
    with conn.cursor(row_factory=class_row(SavedFilter)) as cursor:
        return cursor.execute(OF_USER, {"user": user, "page": page}).fetchall()


SAVE: LiteralString = """
    INSERT INTO saved_filter (user_id, page, name, query, saved_at)
    VALUES (%(user)s, %(page)s, %(name)s, %(query)s, %(now)s)
    ON CONFLICT (user_id, page, name) DO UPDATE
       SET query = excluded.query, saved_at = excluded.saved_at
"""


def save(conn: Connection, user: int, page: str, name: str, query: str, now: datetime) -> None:
    """Keep a filter, over one of the same name.

    Raises Refused 'filter.name_missing', 'filter.name_long', 'filter.too_many'.
    """
    name = clean(name)
    if not name:
        raise Refused("filter.name_missing", field="name")
    if len(name) > LONGEST_NAME:
        raise Refused("filter.name_long", field="name", most=LONGEST_NAME)
    kept = {one.name for one in of_user(conn, user, page)}
    if name not in kept and len(kept) >= MOST:
        raise Refused("filter.too_many", field="name", most=MOST)
    facts = {"user": user, "page": page, "name": name, "query": query[:LONGEST_QUERY], "now": now}
    conn.execute(SAVE, facts)


FORGET: LiteralString = """
    DELETE FROM saved_filter WHERE user_id = %(user)s AND page = %(page)s AND name = %(name)s
    RETURNING query
"""


def forget(conn: Connection, user: int, page: str, name: str) -> str | None:
    """Remove one; the query that it stood for, None where it isn't there."""
    found = scalar(conn, FORGET, user=user, page=page, name=name)
    return found if isinstance(found, str) else None
