"""Lists of sheets: what a preparer publishes, a reviewer decides, and everybody finds (D4)."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, LiteralString

from psycopg.rows import class_row

from db import Connection, scalar
from db.keyset import beside, by_key
from db.like import holding
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
    unit_name: str
    drafter: str
    cards: int
    value: Decimal
    ministry: str
    version: int
    moved_at: datetime
    drafted_at: datetime

    def __post_init__(self) -> None:
        """Rows carry plain text for the closed sets."""
        object.__setattr__(self, "scope", Scope(self.scope))
        object.__setattr__(self, "state", State(self.state))
        object.__setattr__(self, "body", Body(self.body) if self.body else None)
        object.__setattr__(self, "last", Action(self.last) if self.last else None)
        object.__setattr__(self, "last_body", Body(self.last_body) if self.last_body else None)


@dataclass(frozen=True, slots=True)
class SheetQuery:
    """What is asked: of the viewer's units (J4). `after`: (moved_at, review's id) from which on,
    or `back` from it.
    """

    viewer: User
    units: list[int]
    kind: Kind
    tab: Tab = Tab.ALL
    scope: str = ""
    state: str = ""
    text: str = ""
    unit: int | None = None
    after: tuple[datetime, int] | None = None
    back: bool = False


NEWEST: Final = by_key(
    ("review.moved_at", "review.id"), ("%(at)s::timestamptz", "%(key)s::bigint"), descending=True
)
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
           last.action AS last, last.body AS last_body, unit.name AS unit_name,
           app_user.name AS drafter, summed.cards, summed.value,
           COALESCE((SELECT listing.ministry FROM listing
                      WHERE listing.sheet_id = sheet.id AND listing.reason <> 'revoked'
                        AND listing.ministry <> 'none'
                      ORDER BY array_position(
                          ARRAY['returned', 'unreported', 'reported', 'decided'], listing.ministry)
                      LIMIT 1), '') AS ministry,
           review.version, review.moved_at, sheet.drafted_at
""",
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
       AND (%(scope)s = '' OR review.scope = %(scope)s)
       AND (%(state)s = '' OR review.state = %(state)s)
       AND (%(unit)s::integer IS NULL OR review.unit_id = %(unit)s)
       AND (%(word)s = '' OR review.title ILIKE %(word)s OR review.number ILIKE %(word)s
            OR EXISTS (SELECT FROM sheet_card JOIN card ON card.id = sheet_card.card_id
                        WHERE sheet_card.sheet_id = sheet.id AND card.search LIKE lower(%(word)s)))
       AND """,
    "limited": " LIMIT %(limit)s",
    "upto": " LIMIT %(limit)s) AS found",
}


def _facts(query: SheetQuery) -> dict[str, Any]:
    at, key = query.after or (None, None)
    return {
        "document": f"{query.kind.value}_sheet",
        "units": query.units,
        "own": query.viewer.unit_id,
        "user": query.viewer.id,
        "reviews": Role.REVIEWER in query.viewer.roles,
        "scope": query.scope,
        "state": query.state,
        "unit": query.unit,
        "word": holding(query.text.strip()),
        "at": at,
        "key": key,
    }


def page(conn: Connection, query: SheetQuery) -> tuple[list[SheetRow], bool]:
    """(a page of sheets, the one that moved last first; whether more stand the way it is read)."""
    return NEWEST.way(query.back).page(_read(conn, query, PAGE + 1), PAGE)


def _read(conn: Connection, query: SheetQuery, limit: int) -> list[SheetRow]:
    with conn.cursor(row_factory=class_row(SheetRow)) as cursor:
        return cursor.execute(statement(query), {**_facts(query), "limit": limit}).fetchall()


def statement(query: SheetQuery) -> LiteralString:
    """The page's SQL."""
    way = NEWEST.way(query.back)
    return (
        PIECES["row"] + PIECES["from"] + PIECES["joined"] + PIECES["where"] + CLAUSES[query.tab]
        + " AND " + way.if_any + " ORDER BY " + way.by + PIECES["limited"]
    )  # fmt: skip


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
