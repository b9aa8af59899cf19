"""The three squares as they are read (E1 to E3): filtered, sorted, paged by key, counted.

As in the register (ADR 10): a narrow query is first found, in any order, up to `COUNT_UP_TO`, and
those few are sorted; of more, the index of the order meets a page of them soon. How many there are
is kept by facets (`listing_count`); any other question is counted up to that limit.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, LiteralString

from psycopg.rows import class_row

from db import Connection, scalar
from exchange import square_counts
from exchange.kinds import Kind, Ministry, Origin, State, state_label
from exchange.square_counts import Facet, Facets
from exchange.square_query import (
    FACETS,
    GRID,
    LIST,
    ORDERS,
    Band,
    Query,
    Sort,
    Tab,
    by_index,
    by_order,
    clauses,
    is_key,
    status_label,
    where,
)
from registry.words import Label

__all__ = [
    "COUNT_UP_TO",
    "GRID",
    "LIST",
    "Band",
    "Count",
    "Facet",
    "Facets",
    "Found",
    "Query",
    "Row",
    "Sort",
    "Tab",
    "find",
    "is_key",
    "page",
]
COUNT_UP_TO: Final = 1_000
# Things that a word finds stand together in these orders: their index may meet them late.
OF_A_KIND: Final = frozenset({Sort.NAME, Sort.VALUE})


@dataclass(frozen=True, slots=True)
class Count:
    """How many; `exact` False: more than were counted."""

    n: int
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Found:
    """What a query finds: how many on either tab, and the choices of its facets.

    `facets` have numbers where what is asked finds few enough, or nothing but facets is asked.
    `ids`: all of them, where they are few.
    """

    tabs: Mapping[Tab, Count]
    facets: Facets
    ids: list[int] | None


@dataclass(frozen=True, slots=True)
class Row:
    """A listing as squares show it (E2); `value` in yuan; `marked`: on the viewer's shortlist.

    `partner`: who takes, uses or provides it, '' where nobody is registered; a share is used from
    `used_from` to `used_until`. `source`: the linked
    system that pushed it (F4), '' where none did.
    """

    id: int
    kind: Kind
    origin: Origin
    state: State
    ministry: Ministry
    name: str
    code: str
    category: str
    category_name: str
    card_type: str
    division: str
    division_name: str
    status: str
    quantity: Decimal
    measure: str
    value: Decimal
    unit_name: str
    photo: str | None
    listed_at: datetime
    closed_at: datetime | None
    until_on: date | None
    partner: str
    used_from: date | None
    used_until: date | None
    source: str
    marked: bool
    sort_key: str

    def __post_init__(self) -> None:
        """Rows carry plain text for the closed sets."""
        for name, members in (("kind", Kind), ("origin", Origin), ("state", State),
                              ("ministry", Ministry)):  # fmt: skip
            object.__setattr__(self, name, members(getattr(self, name)))

    @property
    def status_label(self) -> Label:
        """The card's status in words; of a demand, what it asks for."""
        return status_label(self.kind, self.status)

    @property
    def state_label(self) -> Label:
        """Whether it can be had."""
        return state_label(self.kind, self.state)


# Which rows is decided first and narrowly; only then is anything joined to those few.
PIECES: Final[dict[str, LiteralString]] = {
    "chosen": "WITH chosen AS MATERIALIZED (SELECT listing.id, ",
    "joined": """)
    SELECT listing.id, listing.kind, listing.origin, listing.state, listing.ministry, listing.name,
           listing.code, listing.category, COALESCE(category.name, '') AS category_name,
           listing.card_type, listing.division,
           COALESCE(division.name, NULLIF(listing.facts->>'division_name', ''), listing.division)
           AS division_name,
           listing.status, listing.quantity, listing.measure, listing.value, listing.unit_name,
           listing.photo, listing.listed_at, listing.closed_at, listing.until_on,
           COALESCE(settlement.partner, '') AS partner,
           settlement.from_on AS used_from, settlement.until_on AS used_until,
           COALESCE(linked_system.name, '') AS source,
           EXISTS (SELECT FROM shortlist
                    WHERE user_id = %(viewer)s AND listing_id = listing.id) AS marked,
           chosen.sort_key::text AS sort_key
      FROM chosen
      JOIN listing ON listing.id = chosen.id
      LEFT JOIN category ON category.code = listing.category
      LEFT JOIN division ON division.code = listing.division
      LEFT JOIN settlement ON settlement.listing_id = listing.id
      LEFT JOIN linked_listing
        ON linked_listing.listing_id = listing.id AND listing.origin = 'linked'
      LEFT JOIN linked_system ON linked_system.id = linked_listing.system_id
     ORDER BY """,
    "found": "SELECT listing.id FROM listing WHERE ",
    "counted": "SELECT count(*) FROM (SELECT FROM listing WHERE ",
    "limited": " LIMIT %(limit)s",
    "end": ") AS found",
}


def page(conn: Connection, query: Query, found: Found) -> tuple[list[Row], bool]:
    """A page of rows, and whether more stand the way it is read."""
    text, values = statement(conn, query, found)
    with conn.cursor(row_factory=class_row(Row)) as cursor:
        rows = cursor.execute(text, values).fetchall()
    return ORDERS[query.sort].way(query.back).page(rows, query.size)


def statement(conn: Connection, query: Query, found: Found) -> tuple[LiteralString, dict[str, Any]]:
    """The page's SQL and its values."""
    order = ORDERS[query.sort]
    asked: dict[str, Any] = {"ids": found.ids}
    if found.ids is None:
        best = by_index if query.sort in OF_A_KIND else by_order
        asked = best(clauses(conn, query))
    condition, way = where(asked), order.way(query.back)
    if query.after:
        asked |= {"key": query.after[0], "id": query.after[1]}
        condition = condition + " AND " + way.beyond
    text: LiteralString = (
        PIECES["chosen"] + order.key + " AS sort_key FROM listing WHERE " + condition
        + " ORDER BY " + way.by + PIECES["limited"] + PIECES["joined"] + way.by
    )  # fmt: skip
    return text, {**asked, "viewer": query.viewer, "limit": query.size + 1}


def find(conn: Connection, query: Query) -> Found:
    """How many listings the query finds on either tab, by facet, and which, where they are few."""
    asked = by_index(clauses(conn, query))
    if query.counted:
        return _counted(conn, query, asked)
    plain = {name: asked[name] for name in asked.keys() - FACETS}
    base = _ids(conn, plain)
    ids = base
    if asked.keys() & FACETS and ids != []:
        ids = _ids(conn, asked if base is None else _among(asked, base))
    if base is None:
        facets = square_counts.uncounted(conn, query, asked)
    else:  # few even without the facets: each can be counted
        sums = square_counts.of_few(conn, query, asked, base)
        facets = square_counts.facets(conn, query, sums)
    here = Count(COUNT_UP_TO, exact=False) if ids is None else Count(len(ids))
    return Found({query.tab: here, _other(query.tab): _elsewhere(conn, query)}, facets, ids)


def _counted(conn: Connection, query: Query, asked: dict[str, Any]) -> Found:
    sums = square_counts.kept(conn, query, asked)
    total = sums.tabs.get(query.tab, 0)
    # Few may stand far apart in any order: they are found first.
    ids = _ids(conn, asked) if total <= COUNT_UP_TO else None
    tabs = {tab: Count(sums.tabs.get(tab, 0)) for tab in Tab}
    return Found(tabs, square_counts.facets(conn, query, sums), ids)


def _among(asked: dict[str, Any], ids: list[int]) -> dict[str, Any]:
    """The facets' clauses over listings that meet the others."""
    return {name: asked[name] for name in asked.keys() & FACETS} | {"ids": ids}


def _ids(conn: Connection, asked: dict[str, Any]) -> list[int] | None:
    """The ids of all, in any order; None where they are more than `COUNT_UP_TO`."""
    text: LiteralString = PIECES["found"] + where(asked) + PIECES["limited"]
    rows = conn.execute(text, {**asked, "limit": COUNT_UP_TO + 1}).fetchall()
    return [key for (key,) in rows] if len(rows) <= COUNT_UP_TO else None


def _elsewhere(conn: Connection, query: Query) -> Count:
    """How many the same question finds on the other tab."""
    asked = by_index(clauses(conn, replace(query, tab=_other(query.tab))))
    text: LiteralString = PIECES["counted"] + where(asked) + PIECES["limited"] + PIECES["end"]
    n = scalar(conn, text, **asked, limit=COUNT_UP_TO + 1)
    assert isinstance(n, int)
    return Count(min(n, COUNT_UP_TO), exact=n <= COUNT_UP_TO)


def _other(tab: Tab) -> Tab:
    return Tab.LOCAL if tab is Tab.NATIONAL else Tab.NATIONAL
