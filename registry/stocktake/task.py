"""One stocktake as it is read: its head, where it stands, its progress at each level (H1)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final, LiteralString

from psycopg.rows import class_row

from db import Connection, Refused, scalar
from db.keyset import Sortable, by_key, day, whole
from registry.org import Role, User
from registry.review import State
from registry.stocktake.kinds import Method, Stage


@dataclass(frozen=True, slots=True)
class Stocktake:
    """A task. `expected`, `counted`: cards; `conflicts`: counts that wait for a decision;
    `unknown`: codes that were read in it and that nobody has decided about yet; `version`: its
    review's; `mine`: its report waits on the viewer.
    """

    id: int
    review_id: int
    number: str
    unit_id: int
    unit_name: str
    name: str
    methods: Sequence[Method]
    sections: Sequence[int]
    categories: Sequence[str]
    due_on: date
    note: str
    created_by: str
    created_at: datetime
    started_at: datetime | None
    closed_at: datetime | None
    state: State
    version: int
    mine: bool
    expected: int
    counted: int
    conflicts: int
    unknown: int

    def __post_init__(self) -> None:
        """Rows carry plain text for the closed sets."""
        object.__setattr__(self, "methods", tuple(Method(one) for one in self.methods))
        object.__setattr__(self, "state", State(self.state))

    @property
    def stage(self) -> Stage:
        """Where it stands."""
        if self.started_at is None:
            return Stage.PLANNED
        if self.closed_at is None:
            return Stage.RUNNING
        return {State.IN_REVIEW: Stage.IN_REVIEW, State.APPROVED: Stage.DONE}.get(
            self.state, Stage.COUNTED
        )


READ: LiteralString = """
    SELECT stocktake.id, stocktake.review_id, review.number, stocktake.unit_id,
           unit.name AS unit_name, stocktake.name, stocktake.methods, stocktake.sections,
           stocktake.categories, stocktake.due_on, stocktake.note, app_user.name AS created_by,
           stocktake.created_at, stocktake.started_at, stocktake.closed_at, review.state,
           review.version,
           EXISTS (SELECT FROM review_step AS step
                    WHERE step.review_id = review.id AND step.waiting AND step.unit_id = %(own)s
                      AND %(reviews)s AND %(viewer)s <> ALL(review.edited_by || review.prepared_by)
                  ) AS mine,
           (SELECT count(*) FROM stocktake_expected
             WHERE stocktake_id = stocktake.id) AS expected,
           (SELECT count(*) FROM stocktake_count
             JOIN stocktake_expected USING (stocktake_id, card_id)
            WHERE stocktake_id = stocktake.id AND standing = 'valid') AS counted,
           (SELECT count(*) FROM stocktake_count
             WHERE stocktake_id = stocktake.id AND standing = 'conflict') AS conflicts,
           (SELECT count(DISTINCT count.code) FROM stocktake_count AS count
              JOIN unknown_code AS undecided ON undecided.unit_id = stocktake.unit_id
                   AND undecided.code = count.code
             WHERE count.stocktake_id = stocktake.id AND count.outcome = 'unknown'
               AND count.standing <> 'undone'
               AND undecided.card_id IS NULL AND NOT undecided.set_aside
               AND NOT EXISTS (SELECT FROM stocktake_surplus AS surplus
                                WHERE surplus.unit_id = stocktake.unit_id
                                  AND surplus.code = count.code)) AS unknown
      FROM stocktake
      JOIN review ON review.id = stocktake.review_id
      JOIN unit ON unit.id = stocktake.unit_id
      JOIN app_user ON app_user.id = stocktake.created_by
     WHERE stocktake.unit_id IN (SELECT unit_id FROM visible_unit WHERE user_id = %(viewer)s)
       AND (stocktake.started_at IS NOT NULL OR stocktake.unit_id = %(own)s)
       AND (review.state <> 'void' OR review.round > 0)
"""
BY_ID: LiteralString = " AND stocktake.id = %(stocktake)s"
PAGE = 30


def _of(viewer: User) -> dict[str, object]:
    return {"viewer": viewer.id, "own": viewer.unit_id, "reviews": Role.REVIEWER in viewer.roles}


def stocktake(conn: Connection, viewer: User, key: int) -> Stocktake | None:
    """The task with this id; None where there is none or `viewer` may not see it (J4)."""
    facts = {**_of(viewer), "stocktake": key}
    with conn.cursor(row_factory=class_row(Stocktake)) as cursor:
        return cursor.execute(READ + BY_ID, facts).fetchone()


def require(conn: Connection, viewer: User, key: int) -> Stocktake:
    """As `stocktake`; Refused 'stocktake.not_found' where there is none for `viewer`."""
    found = stocktake(conn, viewer, key)
    if found is None:
        raise Refused("stocktake.not_found")
    return found


OF_REVIEW: LiteralString = "SELECT id FROM stocktake WHERE review_id = %(review)s"


def of_review(conn: Connection, review: int) -> int | None:
    """The id of the task whose report this review is of. The caller asks who may see it."""
    found = scalar(conn, OF_REVIEW, review=review)
    return found if isinstance(found, int) else None


class Sort(StrEnum):
    """What the list can be sorted by; each falls back on the task's id."""

    NEWEST = "newest"
    NAME = "name"
    DUE = "due"  # the nearest first
    UNIT = "unit"


SORTABLE: Final = {
    Sort.NEWEST: Sortable(
        by_key(("stocktake.id",), ("%(key)s::bigint",), descending=True), whole, descending=True
    ),
    Sort.NAME: Sortable(
        by_key(("stocktake.name", "stocktake.id"), ("%(key)s::text", "%(id)s::bigint"))
    ),
    Sort.DUE: Sortable(
        by_key(("stocktake.due_on", "stocktake.id"), ("%(key)s::date", "%(id)s::bigint")),
        day,
    ),
    Sort.UNIT: Sortable(by_key(("unit.name", "stocktake.id"), ("%(key)s::text", "%(id)s::bigint"))),
}
KEYS: Final[dict[Sort, Callable[[Stocktake], str]]] = {
    Sort.NEWEST: lambda row: str(row.id),
    Sort.NAME: lambda row: row.name,
    Sort.DUE: lambda row: row.due_on.isoformat(),
    Sort.UNIT: lambda row: row.unit_name,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """How the list is read: `turned`, the order the other way round; `after`: (its key, the task's
    id) from which on, or `back` from it.
    """

    sort: Sort = Sort.NEWEST
    turned: bool = False
    after: tuple[str, int] | None = None
    back: bool = False


def place(sort: Sort, row: Stocktake) -> str:
    """Where a task stands in this order: `<key>~<id>`."""
    return f"{KEYS[sort](row)}~{row.id}"


def page(
    conn: Connection, viewer: User, asked: Asked = Asked(), size: int = PAGE
) -> tuple[list[Stocktake], bool]:
    """(a page of tasks that `viewer` may see in the order asked, whether more stand the way it is
    read).
    """
    way = SORTABLE[asked.sort].way(turned=asked.turned, back=asked.back)
    key, last = asked.after or (None, None)
    facts = {**_of(viewer), "key": key, "id": last, "limit": size + 1}
    text: LiteralString = READ + " AND " + way.if_any + " ORDER BY " + way.by + " LIMIT %(limit)s"
    with conn.cursor(row_factory=class_row(Stocktake)) as cursor:
        return way.page(cursor.execute(text, facts).fetchall(), size)


@dataclass(frozen=True, slots=True)
class Share:
    """The cards of a section, or of a person in it: how many, and how many are counted. Yuan."""

    section_id: int | None
    section: str
    assignee_id: int | None
    assignee: str
    expected: int
    counted: int
    value: Decimal

    @property
    def left(self) -> int:
        """How many are still to be counted."""
        return self.expected - self.counted


SHARES: LiteralString = """
    SELECT expected.section_id, COALESCE(section.name, '') AS section, expected.assignee_id,
           COALESCE(app_user.name, '') AS assignee, count(*) AS expected,
           count(stocktake_count.id) AS counted, sum(expected.value) AS value
      FROM stocktake_expected AS expected
      LEFT JOIN section ON section.id = expected.section_id
      LEFT JOIN app_user ON app_user.id = expected.assignee_id
      LEFT JOIN stocktake_count ON stocktake_count.stocktake_id = expected.stocktake_id
            AND stocktake_count.card_id = expected.card_id AND stocktake_count.standing = 'valid'
     WHERE expected.stocktake_id = %(stocktake)s
     GROUP BY expected.section_id, section.name, expected.assignee_id, app_user.name
     ORDER BY section.name NULLS LAST, app_user.name NULLS LAST
"""


def shares(conn: Connection, key: int) -> list[Share]:
    """Progress by section and person. The caller has checked who may see the task."""
    with conn.cursor(row_factory=class_row(Share)) as cursor:
        return cursor.execute(SHARES, {"stocktake": key}).fetchall()


@dataclass(frozen=True, slots=True)
class Mine:
    """A running task in which somebody has cards to count."""

    id: int
    name: str
    unit_name: str
    created_by: str
    due_on: date
    methods: Sequence[Method]
    expected: int
    counted: int

    def __post_init__(self) -> None:
        """Rows carry plain text for the closed set."""
        object.__setattr__(self, "methods", tuple(Method(one) for one in self.methods))


MINE: LiteralString = """
    SELECT stocktake.id, stocktake.name, unit.name AS unit_name, app_user.name AS created_by,
           stocktake.due_on, stocktake.methods, mine.expected, mine.counted
      FROM stocktake
      JOIN unit ON unit.id = stocktake.unit_id
      JOIN app_user ON app_user.id = stocktake.created_by
     CROSS JOIN LATERAL (
           SELECT count(*) AS expected, count(stocktake_count.id) AS counted
             FROM stocktake_expected AS expected
             LEFT JOIN stocktake_count ON stocktake_count.stocktake_id = expected.stocktake_id
                   AND stocktake_count.card_id = expected.card_id
                   AND stocktake_count.standing = 'valid'
            WHERE expected.stocktake_id = stocktake.id
              AND (expected.assignee_id = %(user)s
                   OR (%(spare)s AND expected.assignee_id IS NULL))) AS mine
     WHERE stocktake.unit_id = %(unit)s AND stocktake.started_at IS NOT NULL
       AND stocktake.closed_at IS NULL AND mine.expected > 0
     ORDER BY stocktake.due_on, stocktake.id
"""


def mine(conn: Connection, user: User) -> list[Mine]:
    """Running tasks in which `user` has cards to count, the most urgent first."""
    return _mine(conn, user, spare=False)


def countable(conn: Connection, user: User) -> list[Mine]:
    """As `mine`, with the cards that are nobody's: whoever stands before one counts it."""
    return _mine(conn, user, spare=True)


def _mine(conn: Connection, user: User, *, spare: bool) -> list[Mine]:
    facts = {"user": user.id, "unit": user.unit_id, "spare": spare}
    with conn.cursor(row_factory=class_row(Mine)) as cursor:
        return cursor.execute(MINE, facts).fetchall()
