"""The cards that a task expects, one by one: whose they are, and what was seen of each (H1)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, LiteralString

from psycopg.rows import class_row

from db import Connection, scalar
from db.text import folded
from registry.org import User

PAGE: Final = 50
MOST_CARRIED: Final = 20_000  # cards that go along to a device


@dataclass(frozen=True, slots=True)
class Expected:
    """One card as it was when the task started; `counted_at` None: still to be counted. Yuan."""

    card_id: int
    code: str
    name: str
    category: str
    card_type: str
    section: str
    custodian: str
    place: str
    status: str
    net_value: Decimal
    photo: str | None
    assignee_id: int | None
    assignee: str
    counted_by: str
    counted_at: datetime | None
    condition: str
    status_seen: str
    place_seen: str | None
    custodian_seen: str | None
    note: str
    doubtful: bool


READ: LiteralString = """
    SELECT expected.card_id, expected.code, expected.name, expected.category, expected.card_type,
           COALESCE(section.name, '') AS section, expected.custodian, expected.place,
           expected.status, card.net_value, expected.assignee_id,
           (SELECT digest FROM photo WHERE photo.card_id = expected.card_id
             ORDER BY position LIMIT 1) AS photo,
           COALESCE(assignee.name, '') AS assignee, COALESCE(counter.name, '') AS counted_by,
           count.counted_at, told.condition, told.status AS status_seen,
           told.place AS place_seen, told.custodian AS custodian_seen, told.note, told.doubtful
      FROM stocktake_expected AS expected
      JOIN card ON card.id = expected.card_id
      LEFT JOIN section ON section.id = expected.section_id
      LEFT JOIN app_user AS assignee ON assignee.id = expected.assignee_id
      LEFT JOIN stocktake_count AS count ON count.stocktake_id = expected.stocktake_id
            AND count.card_id = expected.card_id AND count.standing = 'valid'
      LEFT JOIN app_user AS counter ON counter.id = count.counted_by
     CROSS JOIN LATERAL stocktake_told(expected.stocktake_id, expected.card_id) AS told
     WHERE expected.stocktake_id = %(stocktake)s
"""
# Nobody's are anybody's to count; one's own come first, where not all can go along.
OF_USER: LiteralString = """
       AND (expected.assignee_id = %(user)s OR expected.assignee_id IS NULL)
     ORDER BY expected.assignee_id IS NULL, expected.place, expected.code LIMIT %(most)s
"""


def of_user(conn: Connection, stocktake: int, user: User) -> list[Expected]:
    """What `user` may count in a task without being asked whose it is: their own, then nobody's, by
    place. No more than `MOST_CARRIED`: `Mine.expected` tells of how many.
    """
    with conn.cursor(row_factory=class_row(Expected)) as cursor:
        facts = {"stocktake": stocktake, "user": user.id, "most": MOST_CARRIED}
        return cursor.execute(READ + OF_USER, facts).fetchall()


BY_CODE: LiteralString = " AND expected.code = %(code)s"


def one(conn: Connection, stocktake: int, code: str) -> Expected | None:
    """The expected card of this code. The caller has checked who may see the task."""
    with conn.cursor(row_factory=class_row(Expected)) as cursor:
        return cursor.execute(READ + BY_CODE, {"stocktake": stocktake, "code": code}).fetchone()


@dataclass(frozen=True, slots=True)
class Query:
    """Which cards of a task: all, or of a person (id), still to be counted, with these letters."""

    stocktake: int
    person: int | None = None
    left: bool = False
    text: str = ""
    after: str = ""


# Nobody's are in each person's list: whoever stands before one counts it.
NARROWED: LiteralString = """
       AND (%(person)s::integer IS NULL OR expected.assignee_id = %(person)s
            OR expected.assignee_id IS NULL)
       AND (NOT %(left)s OR count.id IS NULL)
       AND strpos(lower(normalize(expected.code || ' ' || expected.name || ' ' || expected.place,
                                  NFKC)), %(text)s) > 0
"""
PAGED: LiteralString = """
       AND expected.code > %(after)s
     ORDER BY expected.code LIMIT %(limit)s
"""


def page(conn: Connection, query: Query) -> tuple[list[Expected], bool]:
    """(a page of cards by code, whether there are more). The caller has checked who may see it."""
    facts = {
        "stocktake": query.stocktake,
        "person": query.person,
        "left": query.left,
        "text": folded(query.text),
        "after": query.after,
        "limit": PAGE + 1,
    }
    with conn.cursor(row_factory=class_row(Expected)) as cursor:
        rows = cursor.execute(READ + NARROWED + PAGED, facts).fetchall()
    return rows[:PAGE], len(rows) > PAGE


COUNT_LEFT: LiteralString = """
    SELECT count(*) FROM stocktake_expected AS expected
     WHERE expected.stocktake_id = %(stocktake)s
       AND (expected.assignee_id = %(user)s OR expected.assignee_id IS NULL)
       AND NOT EXISTS (SELECT FROM stocktake_count
                        WHERE stocktake_count.stocktake_id = expected.stocktake_id
                          AND stocktake_count.card_id = expected.card_id
                          AND stocktake_count.standing = 'valid')
"""


def left_of(conn: Connection, stocktake: int, user: User) -> int:
    """How many cards of a task `user` may still count."""
    found = scalar(conn, COUNT_LEFT, stocktake=stocktake, user=user.id)
    assert isinstance(found, int)
    return found
