"""What is asked of a square, as clauses that the planner sees only where they are needed (E3)."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, LiteralString
from zoneinfo import ZoneInfo

from db import Connection, scalar
from db.keyset import by_key, day, moment, number
from db.like import holding
from db.text import folded
from exchange.kinds import Kind, State
from registry.cards import Status
from registry.words import Label

ZONE: Final = ZoneInfo("Asia/Shanghai")
GRID: Final = 12  # on a page of pictures
LIST: Final = 50  # on a page of the list
RUN: Final = re.compile(r"[a-z0-9\u2e80-\u9fff\uf900-\ufaff]+")
LATIN: Final = re.compile(r"[a-z0-9]+")
CLASS: Final = re.compile(r"A\d\d0{6}")  # a category that is a class of GB/T 14885


class Tab(StrEnum):
    """The halves of a square (E1)."""

    LOCAL = "local"
    NATIONAL = "national"

    @property
    def label(self) -> Label:
        """Its name."""
        return TABS[self]


TABS: Final = {
    Tab.LOCAL: Label("本地区", "This region"),
    Tab.NATIONAL: Label("全国", "Nationwide"),
}


class Band(StrEnum):
    """Bands of the original value: the column listing.band."""

    UNDER_50K = "under_50k"
    UNDER_200K = "under_200k"
    UNDER_1M = "under_1m"
    FROM_1M = "from_1m"

    @property
    def label(self) -> Label:
        """In words."""
        return BANDS[self]


BANDS: Final = {
    Band.UNDER_50K: Label("5 万元以下", "Under 50,000 yuan"),
    Band.UNDER_200K: Label("5 万至 20 万元", "50,000 to 200,000 yuan"),
    Band.UNDER_1M: Label("20 万至 100 万元", "200,000 to 1,000,000 yuan"),
    Band.FROM_1M: Label("100 万元以上", "1,000,000 yuan and more"),
}


class Sort(StrEnum):
    """Orders of a square; each falls back on the id, so that paging by key is exact."""

    LISTED = "listed"  # newest first
    VALUE = "value"  # dearest first
    QUANTITY = "quantity"  # most first
    NAME = "name"
    ENDING = "ending"  # what ends soonest first; what has no end last

    @property
    def label(self) -> Label:
        """In words."""
        return SORTS[self]


SORTS: Final = {
    Sort.LISTED: Label("最新上架", "Newest listed"),
    Sort.VALUE: Label("价值从高到低", "Dearest first"),
    Sort.QUANTITY: Label("数量从多到少", "Most first"),
    Sort.NAME: Label("名称", "Name"),
    Sort.ENDING: Label("即将截止", "Ending soonest"),
}
WISHES: Final = {  # what a demand asks for: its status on the square
    Kind.TRANSFER.value: Label("求调剂", "Transfer wanted"),
    Kind.SHARE.value: Label("求共享", "Sharing wanted"),
}


def status_label(kind: Kind, status: str) -> Label:
    """A listing's status in words: its card's; of a demand, what it asks for."""
    if kind is Kind.DEMAND:
        return WISHES.get(status, Label(status, status))
    # Another province may send one that we don't know.
    return Status(status).label if status in set(Status) else Label(status, status)


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked of a square. Squares are public inside the system: `viewer` (a user's id) only
    tells whose shortlist is marked. `states` are those of the listing, `statuses` those of its
    card, or what a demand asks for. `division` and `category` hold those below them. `unit` is a
    name, or a part of one. Values in yuan. `after`: (key, id) from which on, or `back` from it.
    """

    kind: Kind
    tab: Tab
    viewer: int
    now: datetime
    text: str = ""
    division: str = ""
    category: str = ""
    states: tuple[State, ...] = ()
    statuses: tuple[str, ...] = ()
    bands: tuple[Band, ...] = ()
    unit: str = ""
    least_value: Decimal | None = None
    most_value: Decimal | None = None
    days: int | None = None
    sort: Sort = Sort.LISTED
    after: tuple[str, int] | None = None
    back: bool = False
    size: int = GRID

    @property
    def today(self) -> date:
        """The calendar's day."""
        return self.now.astimezone(ZONE).date()

    @property
    def counted(self) -> bool:
        """Whether the kept counts tell how many: nothing but facets is asked."""
        others = (self.text.strip(), self.unit.strip(), self.days)
        values = (self.least_value, self.most_value)
        by_class = not self.category or bool(CLASS.fullmatch(self.category))
        return by_class and not any(others) and values == (None, None)


# What is settled ends no more.
ENDING: LiteralString = """(CASE WHEN listing.state = 'settled' THEN DATE '9999-12-31'
                                 ELSE COALESCE(listing.until_on, DATE '9999-12-31') END)"""
ORDERS: Final = {
    Sort.LISTED: by_key(
        ("listing.listed_at", "listing.id"), ("%(key)s::timestamptz", "%(id)s"), descending=True
    ),
    Sort.VALUE: by_key(
        ("listing.value", "listing.id"), ("%(key)s::numeric", "%(id)s"), descending=True
    ),
    Sort.QUANTITY: by_key(
        ("listing.quantity", "listing.id"), ("%(key)s::numeric", "%(id)s"), descending=True
    ),
    Sort.NAME: by_key(("listing.name", "listing.id"), ("%(key)s", "%(id)s")),
    Sort.ENDING: by_key((ENDING, "listing.id"), ("%(key)s::date", "%(id)s")),
}
LONGEST_KEY: Final = 200


def is_key(sort: Sort, text: str) -> bool:
    """Whether `text` can be a key of this order: what an address says need not."""
    try:
        READ[sort](text)
    except ValueError:
        return False
    return len(text) <= LONGEST_KEY


READ: Final[dict[Sort, Callable[[str], object]]] = {
    Sort.LISTED: moment,
    Sort.VALUE: number,
    Sort.QUANTITY: number,
    Sort.NAME: str,
    Sort.ENDING: day,
}

CLAUSES: Final[dict[str, LiteralString]] = {
    "kind": "listing.kind = %(kind)s",
    "local": "listing.on_local",
    "national": "listing.on_national",
    # G1: past its closing date a demand is gone, even before the exchange process closes it; one
    # that was met stays with its provider (E1).
    "open": """(listing.state = 'settled' OR listing.until_on IS NULL
                OR listing.until_on >= %(open)s)""",
    "divisions": "listing.division = ANY(%(divisions)s)",
    "class": "listing.class = %(class)s",
    "categories": "listing.category = ANY(%(categories)s)",
    "states": "listing.state = ANY(%(states)s)",
    "statuses": "listing.status = ANY(%(statuses)s)",
    "bands": "listing.band = ANY(%(bands)s)",
    "unit_id": "listing.unit_id = %(unit_id)s",
    "unit": "lower(normalize(listing.unit_name, NFKC)) LIKE %(unit)s",
    "least_value": "listing.value >= %(least_value)s",
    "most_value": "listing.value <= %(most_value)s",
    "since": "listing.listed_at >= %(since)s",
    "words": "listing.search LIKE ALL(%(words)s)",
    "rest": "listing.search LIKE ALL(%(rest)s)",
    "terms": """listing_terms(listing.search, listing.kind, listing.division, listing.category,
                              listing.on_local, listing.on_national) @> %(terms)s""",
    "ids": "listing.id = ANY(%(ids)s)",
}
# What kept counts know.
FACETS: Final = frozenset({"divisions", "class", "states", "statuses", "bands"})


def clauses(conn: Connection, query: Query) -> dict[str, Any]:
    """The clauses that a query needs, with their values. An empty value asks nothing."""
    found: dict[str, Any] = {"kind": query.kind.value, query.tab.value: True}
    if query.kind is Kind.DEMAND:
        found["open"] = query.today
    if query.division:
        found["divisions"] = _below(conn, DIVISIONS_BELOW, query.division)
    if CLASS.fullmatch(query.category):
        found["class"] = query.category[:3]
    elif query.category:
        found["categories"] = _below(conn, CATEGORIES_BELOW, query.category)
    if query.days:
        found["since"] = query.now - timedelta(days=query.days)
    asked = {
        "states": [state.value for state in query.states],
        "statuses": list(query.statuses),
        "bands": [band.value for band in query.bands],
        "least_value": query.least_value,
        "most_value": query.most_value,
    }
    found |= {name: value for name, value in asked.items() if value not in (None, [])}
    words = folded(query.text).split()
    if unit := query.unit.strip():
        key = scalar(conn, UNIT, name=unit)
        # Another province's, or a part of a name: as text, in what is searched too.
        found |= {"unit_id": key} if key else {"unit": holding(folded(unit))}
        words += [] if key else folded(unit).split()
    return found | _searched(query, words, found)


UNIT: LiteralString = "SELECT id FROM unit WHERE name = %(name)s"


def _searched(query: Query, words: list[str], found: Mapping[str, Any]) -> dict[str, Any]:
    """The words; the terms by which the index knows them and some of what was `found`; and the
    rest of the words, that their terms don't say all of.
    """
    if not words:
        return {}
    asked: dict[str, Any] = {"words": [holding(word) for word in words]}
    terms = {term for word in words for term in _terms(word)}
    if not terms:
        return asked  # single characters: no index knows them
    asked["rest"] = [holding(word) for word in words if word not in terms]
    terms |= {f"kind:{query.kind.value}", f"tab:{query.tab.value}"}
    for name, prefix in (("divisions", "division"), ("categories", "category")):
        if len(found.get(name, ())) == 1:
            terms.add(f"{prefix}:{found[name][0]}")
    return asked | {"terms": sorted(terms)}


def by_index(asked: Mapping[str, Any]) -> dict[str, Any]:
    """The clauses as the index of terms meets them soonest, in no order."""
    if "terms" not in asked:
        return dict(asked)
    needless = {"words"} if asked["rest"] else {"words", "rest"}
    return {name: asked[name] for name in asked.keys() - needless}


def by_order(asked: Mapping[str, Any]) -> dict[str, Any]:
    """The clauses for whoever reads in an order: row by row, terms cost more than the words."""
    return {name: asked[name] for name in asked.keys() - {"terms", "rest"}}


def _terms(word: str) -> Iterator[str]:
    """What the index `listing_search` knows of a word: few pieces that cover it."""
    for runs, length in ((RUN.findall(word), 2), (LATIN.findall(word), 3)):
        for run in runs:
            last = len(run) - length
            pieces = {run[at : at + length] for at in (*range(0, last, length), last) if last >= 0}
            yield from (piece for piece in pieces if length == 3 or not LATIN.fullmatch(piece))


# One that we don't know stands for itself.
DIVISIONS_BELOW: LiteralString = """
    WITH RECURSIVE below (code) AS (
        SELECT %(code)s::text
         UNION
        SELECT division.code FROM division JOIN below ON division.parent = below.code)
    SELECT code FROM below
"""
CATEGORIES_BELOW: LiteralString = """
    WITH RECURSIVE below (code) AS (
        SELECT %(code)s::text
         UNION
        SELECT category.code FROM category JOIN below ON category.parent = below.code)
    SELECT code FROM below
"""


def _below(conn: Connection, query: LiteralString, code: str) -> list[str]:
    return [below for (below,) in conn.execute(query, {"code": code})]


def where(names: Any) -> LiteralString:
    """The clauses of these names, joint."""
    asked: list[LiteralString] = [clause for name, clause in CLAUSES.items() if name in names]
    joint: LiteralString = " AND "
    return joint.join(asked)
