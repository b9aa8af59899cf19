"""Lists of sheets: what a preparer publishes, a reviewer decides, and everybody finds (D4)."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, LiteralString

from psycopg.rows import class_row

from db import Connection, scalar
from db.keyset import Sortable, Way, beside, by_key, moment, number, whole
from db.like import holding
from db.text import folded
from exchange.kinds import Kind, Scope
from registry.org import Role, User
from registry.review import Action, Body, State

PAGE: Final = 30
COUNT_UP_TO: Final = 1_000


class Tab(StrEnum):
    """Which sheets: a preparer's three (B4), a reviewer's two (C1), or all."""

    DRAFT = "draft"
    PENDING = "pending"
    DONE = "done"
    WAITING = "waiting"
    ACTED = "acted"
    ALL = "all"


class Sort(StrEnum):
    """What the lists can be sorted by; each falls back on the review's id."""

    MOVED = "moved"  # the one that moved last first
    TITLE = "title"
    CARDS = "cards"  # most first
    VALUE = "value"  # dearest first
    UNIT = "unit"


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A sheet as lists show it; yuan. `mine`: it waits on the viewer. `ministry`: the least of its
    listings, '' before final approval and where it is not reported.
    """

    id: int
    review_id: int
    number: str
    title: str
    scope: Scope
    state: State
    body: Body | None
    mine: bool
    last: Action | None
    last_body: Body | None
    unit_id: int
    unit_name: str
    drafter: str
    cards: int
    value: Decimal
    ministry: str
    version: int
    moved_at: datetime
    drafted_at: datetime
    sort_key: str

    @property
    def place(self) -> str:
        """Where it stands in the order of its list."""
        return f"{self.sort_key}~{self.review_id}"

    def __post_init__(self) -> None:
        """Rows carry plain text for the closed sets."""
        object.__setattr__(self, "scope", Scope(self.scope))
        object.__setattr__(self, "state", State(self.state))
        object.__setattr__(self, "body", Body(self.body) if self.body else None)
        object.__setattr__(self, "last", Action(self.last) if self.last else None)
        object.__setattr__(self, "last_body", Body(self.last_body) if self.last_body else None)


@dataclass(frozen=True, slots=True)
class SheetQuery:
    """What is asked: of the viewer's units (J4). `turned`: the order the other way round. `after`:
    (its key, review's id) from which on, or `back` from it.
    """

    viewer: User
    units: list[int]
    kind: Kind
    tab: Tab = Tab.ALL
    scope: str = ""
    state: str = ""
    text: str = ""
    unit: int | None = None
    sort: Sort = Sort.MOVED
    turned: bool = False
    after: tuple[str, int] | None = None
    back: bool = False


MOVED: Final = by_key(
    ("review.moved_at", "review.id"), ("%(key)s::timestamptz", "%(id)s::bigint"), descending=True
)
TITLE: Final = by_key(("review.title", "review.id"), ("%(key)s::text", "%(id)s::bigint"))
CARDS: Final = by_key(
    ("summed.cards", "review.id"), ("%(key)s::bigint", "%(id)s::bigint"), descending=True
)
VALUE: Final = by_key(
    ("summed.value", "review.id"), ("%(key)s::numeric", "%(id)s::bigint"), descending=True
)
UNIT: Final = by_key(("unit.name", "review.id"), ("%(key)s::text", "%(id)s::bigint"))
SORTABLE: Final = {
    Sort.MOVED: Sortable(MOVED, moment, descending=True),
    Sort.TITLE: Sortable(TITLE),
    Sort.CARDS: Sortable(CARDS, whole, descending=True, few_only=True),
    Sort.VALUE: Sortable(VALUE, number, descending=True, few_only=True),
    Sort.UNIT: Sortable(UNIT, few_only=True),
}
CLAUSES: Final[dict[Tab, LiteralString]] = {
    Tab.DRAFT: "review.tab = 'draft'",
    Tab.PENDING: "review.tab = 'pending'",
    Tab.DONE: "review.tab = 'done'",
    # C1: at the viewer's own body, and never what they prepared, edited or submitted themselves.
    Tab.WAITING: """review.tab = 'pending' AND step.unit_id = %(own)s AND %(reviews)s
        AND %(user)s <> ALL(review.edited_by || review.prepared_by)""",
    # At a node of the viewer's body that has acted and whose turn it is no longer.
    Tab.ACTED: """%(reviews)s AND step.unit_id IS DISTINCT FROM %(own)s AND EXISTS (
        SELECT FROM review_event JOIN app_user ON app_user.id = review_event.actor_id
         WHERE review_event.review_id = review.id AND review_event.position IS NOT NULL
           AND app_user.unit_id = %(own)s)""",
    Tab.ALL: "true",
}
PIECES: Final[dict[str, LiteralString]] = {
    "row": """
    SELECT sheet.id, review.id AS review_id, review.number, review.title, review.scope,
           review.state, step.body,
           COALESCE(step.unit_id = %(own)s AND %(reviews)s
                    AND %(user)s <> ALL(review.edited_by || review.prepared_by), false) AS mine,
           last.action AS last, last.body AS last_body, review.unit_id, unit.name AS unit_name,
           app_user.name AS drafter, summed.cards, summed.value,
           COALESCE((SELECT listing.ministry FROM listing
                      WHERE listing.sheet_id = sheet.id AND listing.reason <> 'revoked'
                        AND listing.ministry <> 'none'
                      ORDER BY array_position(
                          ARRAY['returned', 'unreported', 'reported', 'decided'], listing.ministry)
                      LIMIT 1), '') AS ministry,
           review.version, review.moved_at, sheet.drafted_at, """,
    "key": "::text AS sort_key ",
    "count": "SELECT count(*) FROM (SELECT ",
    "from": """
      FROM review
      JOIN sheet ON sheet.review_id = review.id
      LEFT JOIN review_step AS step ON step.review_id = review.id AND step.waiting
""",
    "joined": """
      JOIN unit ON unit.id = review.unit_id
      JOIN app_user ON app_user.id = sheet.drafted_by
      LEFT JOIN LATERAL (SELECT action, body FROM review_event
                          WHERE review_id = review.id ORDER BY id DESC LIMIT 1) AS last ON true
      CROSS JOIN LATERAL (SELECT count(*) AS cards, COALESCE(sum(card.original_value), 0) AS value
                            FROM sheet_card JOIN card ON card.id = sheet_card.card_id
                           WHERE sheet_card.sheet_id = sheet.id) AS summed
""",
    "where": """
     WHERE review.kind = %(document)s
       AND review.unit_id = ANY(%(units)s)
       AND (review.state <> 'draft' OR review.unit_id = %(own)s)
       AND (review.state <> 'void' OR review.round > 0)
       AND (%(scope)s = '' OR review.scope = %(scope)s)
       AND (%(state)s = '' OR review.state = %(state)s)
       AND (%(unit)s::integer IS NULL OR review.unit_id = %(unit)s)
       AND (%(word)s = '' OR review.search LIKE %(word)s
            OR EXISTS (SELECT FROM sheet_card JOIN card ON card.id = sheet_card.card_id
                        WHERE sheet_card.sheet_id = sheet.id AND card.search LIKE %(word)s))
       AND """,
    "limited": " LIMIT %(limit)s",
    "upto": " LIMIT %(limit)s) AS found",
}


def _facts(query: SheetQuery) -> dict[str, Any]:
    key, last = query.after or (None, None)
    return {
        "document": f"{query.kind.value}_sheet",
        "units": query.units,
        "own": query.viewer.unit_id,
        "user": query.viewer.id,
        "reviews": Role.REVIEWER in query.viewer.roles,
        "scope": query.scope,
        "state": query.state,
        "unit": query.unit,
        "word": holding(folded(query.text)),
        "key": key,
        "id": last,
    }


def page(conn: Connection, query: SheetQuery) -> tuple[list[SheetRow], bool]:
    """(a page of sheets in the order asked; whether more stand the way it is read)."""
    return _way(query).page(_read(conn, query, PAGE + 1), PAGE)


def _way(query: SheetQuery) -> Way:
    return SORTABLE[query.sort].way(turned=query.turned, back=query.back)


def _read(conn: Connection, query: SheetQuery, limit: int) -> list[SheetRow]:
    with conn.cursor(row_factory=class_row(SheetRow)) as cursor:
        return cursor.execute(statement(query), {**_facts(query), "limit": limit}).fetchall()


def statement(query: SheetQuery) -> LiteralString:
    """The page's SQL."""
    way, key = _way(query), SORTABLE[query.sort].order.key
    return (
        PIECES["row"] + key + PIECES["key"] + PIECES["from"] + PIECES["joined"] + PIECES["where"]
        + CLAUSES[query.tab] + " AND " + way.if_any + " ORDER BY " + way.by + PIECES["limited"]
    )  # fmt: skip


def sortable(query: SheetQuery, counted: int) -> SheetQuery:
    """The query, in the order of the last move where its own is none for as many as `counted`."""
    if counted <= COUNT_UP_TO or not SORTABLE[query.sort].few_only:
        return query
    return replace(query, sort=Sort.MOVED, turned=False, after=None, back=False)


def neighbours(
    conn: Connection, query: SheetQuery, sheet: int
) -> tuple[SheetRow | None, SheetRow | None]:
    """The sheets before and after `query.after` in the list, but for `sheet` (its id)."""
    return beside(
        lambda back: _read(conn, replace(query, back=back), 2), lambda row: row.id == sheet
    )


def count(conn: Connection, query: SheetQuery) -> int:
    """How many, up to `COUNT_UP_TO` + 1."""
    text: LiteralString = (
        PIECES["count"] + PIECES["from"] + PIECES["where"] + CLAUSES[query.tab] + PIECES["upto"]
    )
    found = scalar(conn, text, **_facts(query), limit=COUNT_UP_TO + 1)
    assert isinstance(found, int)
    return found
