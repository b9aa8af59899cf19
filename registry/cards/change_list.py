"""Lists of changes: by tab, by card, by what waits on whom."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, LiteralString

from psycopg.rows import class_row

from db import Connection, scalar
from db.keyset import Order, Sortable, Way, beside, by_key, moment
from db.like import holding
from db.text import folded
from registry.cards.kinds import ChangeKind
from registry.cards.register import TRIGRAM, pairs, scope
from registry.org import User
from registry.review import Action, Body, State

PAGE: Final = 30
COUNT_UP_TO: Final = 1_000


class Tab(StrEnum):
    """Where a change stands, as the list's tabs have it."""

    DRAFT = "draft"
    PENDING = "pending"
    DONE = "done"


class Sort(StrEnum):
    """What the list can be sorted by; each falls back on the review's id."""

    MOVED = "moved"  # the one that moved last first
    TITLE = "title"
    KIND = "kind"
    NUMBER = "number"
    UNIT = "unit"


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A change as lists show it; `body` is the node whose turn it is, `mine` that it is the
    viewer's, `last` the latest action, `version` the review's.
    """

    id: int
    review_id: int
    number: str
    title: str
    kind: ChangeKind
    state: State
    body: Body | None
    mine: bool
    last: Action | None
    last_body: Body | None
    unit_id: int
    unit_name: str
    card_code: str
    drafter: str
    version: int
    moved_at: datetime
    drafted_at: datetime
    sort_key: str

    def __post_init__(self) -> None:
        """Rows carry plain text for the closed sets."""
        object.__setattr__(self, "kind", ChangeKind(self.kind))
        object.__setattr__(self, "state", State(self.state))
        object.__setattr__(self, "body", Body(self.body) if self.body else None)
        object.__setattr__(self, "last", Action(self.last) if self.last else None)
        object.__setattr__(self, "last_body", Body(self.last_body) if self.last_body else None)

    @property
    def place(self) -> str:
        """Where it stands in the order of its list."""
        return f"{self.sort_key}~{self.review_id}"


@dataclass(frozen=True, slots=True)
class ChangeQuery:
    """What is asked: of the viewer's units (J4). `mine`: only what waits on the viewer.
    `among`: only these (their ids), None: all. `turned`: the order the other way round. `after`:
    (its key, review's id) from which on, or `back` from it.
    """

    viewer: User
    units: list[int]
    tab: Tab = Tab.PENDING
    kind: str = ""
    text: str = ""
    mine: bool = False
    after: tuple[str, int] | None = None
    back: bool = False
    sort: Sort = Sort.MOVED
    turned: bool = False
    among: list[int] | None = None


# One of the three scopes is asked, as in the register (J4); two characters are no trigram.
REVIEWS: LiteralString = """
      FROM review
"""
JOINED: LiteralString = """
      JOIN card_change ON card_change.review_id = review.id
      LEFT JOIN review_step AS step ON step.review_id = review.id AND step.waiting
"""
ASKED: LiteralString = """
     WHERE review.kind = 'card_change'
       AND review.tab = %(tab)s
       AND (%(one_unit)s::integer IS NULL OR review.unit_id = %(one_unit)s)
       AND (%(units)s::integer[] IS NULL OR review.unit_id = ANY(%(units)s))
       AND (%(many_units)s::integer[] IS NULL OR review.unit_id + 0 = ANY(%(many_units)s))
       AND (review.state <> 'draft' OR review.unit_id = %(own)s)
       AND (review.state <> 'void' OR review.round > 0)
       AND (%(like)s = '' OR review.search LIKE %(like)s)
       AND (%(met)s = '' OR (review.search LIKE %(met)s) IS TRUE)
       AND (%(pairs)s::text[] = '{}' OR cjk_pairs(review.search) @> %(pairs)s)
"""
NARROWED: LiteralString = """
       AND (%(kind)s = '' OR card_change.kind = %(kind)s)
       AND (%(among)s::bigint[] IS NULL OR card_change.id = ANY(%(among)s))
       AND (NOT %(mine)s OR (step.unit_id = %(own)s AND %(reviews)s
                             AND %(viewer)s <> ALL(review.edited_by || review.prepared_by)))
"""
FOUND: LiteralString = REVIEWS + JOINED + ASKED + NARROWED
PIECES: Final[dict[str, LiteralString]] = {
    "chosen": """
    WITH chosen AS MATERIALIZED (
    SELECT review.id, step.body, step.unit_id AS step_unit, """,
    "key": "::text AS sort_key",
    "shown": """
     LIMIT %(limit)s)
    SELECT card_change.id, review.id AS review_id, review.number, review.title, card_change.kind,
           review.state, chosen.body,
           COALESCE(chosen.step_unit = %(own)s AND %(reviews)s
                    AND %(viewer)s <> ALL(review.edited_by || review.prepared_by), false) AS mine,
           event.action AS last, event.body AS last_body, review.unit_id,
           unit.name AS unit_name,
           COALESCE(card.code, card_change.after->>'code', '') AS card_code,
           app_user.name AS drafter, review.version, review.moved_at, card_change.drafted_at,
           chosen.sort_key
      FROM chosen
      JOIN review ON review.id = chosen.id
      JOIN card_change ON card_change.review_id = review.id
      JOIN unit ON unit.id = review.unit_id
      JOIN app_user ON app_user.id = card_change.drafted_by
      LEFT JOIN card ON card.id = card_change.card_id
      LEFT JOIN LATERAL (SELECT action, body FROM review_event
                          WHERE review_id = review.id ORDER BY id DESC LIMIT 1) AS event ON true
     ORDER BY """,
}
UNIT_NAME: LiteralString = "(SELECT name FROM unit WHERE unit.id = review.unit_id)"


def _by(column: LiteralString) -> Order:
    return by_key((column, "review.id"), ("%(key)s::text", "%(id)s::bigint"))


MOVED: Final = by_key(
    ("review.moved_at", "review.id"), ("%(key)s::timestamptz", "%(id)s::bigint"), descending=True
)
SORTABLE: Final = {
    Sort.MOVED: Sortable(MOVED, moment, descending=True),
    Sort.TITLE: Sortable(_by("review.title"), few_only=True),
    Sort.KIND: Sortable(_by("card_change.kind"), few_only=True),
    Sort.NUMBER: Sortable(_by("review.number"), few_only=True),
    Sort.UNIT: Sortable(_by(UNIT_NAME), few_only=True),
}


def statement(query: ChangeQuery) -> LiteralString:
    """The page's SQL."""
    way, key = _way(query), SORTABLE[query.sort].order.key
    return (
        PIECES["chosen"] + key + PIECES["key"] + FOUND + " AND " + way.if_any
        + " ORDER BY " + way.by + PIECES["shown"] + way.by
    )  # fmt: skip


def _way(query: ChangeQuery) -> Way:
    return SORTABLE[query.sort].way(turned=query.turned, back=query.back)


def sortable(query: ChangeQuery, counted: int) -> ChangeQuery:
    """The query, in the order of the last move where its own is none for as many as `counted`."""
    if counted <= COUNT_UP_TO or not SORTABLE[query.sort].few_only:
        return query
    return replace(query, sort=Sort.MOVED, turned=False, after=None, back=False)


COUNT: LiteralString = "SELECT count(*) FROM (SELECT" + FOUND + " LIMIT %(most)s) AS found"
# Without what narrows, nothing needs to be joined to be counted: a change has one review.
COUNT_ALL: LiteralString = (
    "SELECT count(*) FROM (SELECT" + REVIEWS + ASKED + " LIMIT %(most)s) AS found"
)


def _facts(query: ChangeQuery) -> dict[str, Any]:
    key, last = query.after or (None, None)
    text = folded(query.text)
    return {
        "tab": query.tab.value,
        **dict.fromkeys(("one_unit", "units", "many_units")),
        **scope(query.units),
        "own": query.viewer.unit_id,
        "viewer": query.viewer.id,
        "reviews": "reviewer" in query.viewer.roles,
        "kind": query.kind,
        "like": holding(text) if len(text) >= TRIGRAM else "",
        "met": holding(text) if len(text) < TRIGRAM else "",
        "pairs": pairs([text]),
        "mine": query.mine,
        "among": query.among,
        "key": key,
        "id": last,
        "most": COUNT_UP_TO + 1,
    }


def page(conn: Connection, query: ChangeQuery) -> tuple[list[ChangeRow], bool]:
    """A page of changes in the order asked, and whether more stand the way it is read."""
    return _way(query).page(_read(conn, query, PAGE + 1), PAGE)


def _read(conn: Connection, query: ChangeQuery, limit: int) -> list[ChangeRow]:
    with conn.cursor(row_factory=class_row(ChangeRow)) as cursor:
        return cursor.execute(statement(query), {**_facts(query), "limit": limit}).fetchall()


def neighbours(
    conn: Connection, query: ChangeQuery, change: int
) -> tuple[ChangeRow | None, ChangeRow | None]:
    """The changes before and after `query.after` in the list, but for `change` (its id)."""
    return beside(
        lambda back: _read(conn, replace(query, back=back), 2), lambda row: row.id == change
    )


def count(conn: Connection, query: ChangeQuery) -> int:
    """How many, up to `COUNT_UP_TO` + 1."""
    narrowed = query.kind or query.mine or query.among is not None
    text = COUNT if narrowed else COUNT_ALL
    row = conn.execute(text, _facts(query)).fetchone()
    assert row is not None
    found: int = row[0]
    return found


@dataclass(frozen=True, slots=True)
class OfCard:
    """A change in the life of one card."""

    id: int
    number: str
    kind: ChangeKind
    state: State
    names: list[str]
    drafter: str
    reason: str
    details: dict[str, str]
    custody: dict[str, str]
    drafted_at: datetime
    moved_at: datetime
    applied_at: datetime | None

    def __post_init__(self) -> None:
        """Rows carry plain text for the closed sets."""
        object.__setattr__(self, "kind", ChangeKind(self.kind))
        object.__setattr__(self, "state", State(self.state))


CUSTODY: Final = ("using_section", "custodian", "place")
ON_CARD: Final = 50
MANY_OF_CARD: LiteralString = """
    SELECT count(*) FROM card_change JOIN review ON review.id = card_change.review_id
     WHERE card_change.card_id = %(card)s AND review.state NOT IN ('draft', 'void')
"""
OF_CARD: LiteralString = """
    SELECT card_change.id, review.number, card_change.kind, review.state,
           ARRAY(SELECT jsonb_object_keys(card_change.after)) AS names,
           app_user.name AS drafter, card_change.reason, card_change.details,
           COALESCE((SELECT jsonb_object_agg(key, value) FROM jsonb_each(card_change.after)
                      WHERE key = ANY(%(custody)s) AND value <> '""'), '{}') AS custody,
           card_change.drafted_at, review.moved_at, card_change.applied_at
      FROM card_change
      JOIN review ON review.id = card_change.review_id
      JOIN app_user ON app_user.id = card_change.drafted_by
      JOIN card ON card.id = card_change.card_id
     WHERE card_change.card_id = %(card)s
       AND (review.state NOT IN ('draft', 'void'))
     ORDER BY card_change.id DESC
     LIMIT %(limit)s
"""


def of_card(conn: Connection, card: int, limit: int = ON_CARD) -> tuple[list[OfCard], int]:
    """(a card's changes, newest first, up to `limit`; how many they are in all); drafts aren't part
    of its life yet.

    The caller has checked who may see the card.
    """
    facts = {"card": card, "limit": limit, "custody": list(CUSTODY)}
    with conn.cursor(row_factory=class_row(OfCard)) as cursor:
        found = cursor.execute(OF_CARD, facts).fetchall()
    if len(found) < limit:
        return found, len(found)
    many = scalar(conn, MANY_OF_CARD, card=card)
    assert isinstance(many, int)
    return found, many
