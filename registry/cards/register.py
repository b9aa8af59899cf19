"""The register: cards that somebody may see, filtered, sorted, paged by key, counted.

Every clause is a constant; a query is made of those that are asked for, so that the planner sees
only what matters. A narrow query is first found, in any order, up to `COUNT_UP_TO`: if that is all,
those few are sorted; if there are more, the index of the order meets fifty of them soon. One plan
for both would be slow for one of them at a million cards.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, LiteralString

from psycopg.rows import class_row

from db import Connection, scalar
from db.keyset import by_key, day, moment, number
from db.like import holding, starting
from db.text import folded, keyed
from registry.cards.kinds import CardType, Status

COUNT_UP_TO: Final = 1_000
MANY_UNITS: Final = 50
LOOK: Final = 500  # cards that are looked at for how common words are
COMMON: Final = 0.08  # of those: from here on, meeting a thousand takes less than listing all
PAGE: Final = 50
TRIGRAM: Final = 3
CODE_START: Final = re.compile(r"(?=.*[0-9-])[A-Z0-9-]{4,}", re.IGNORECASE)
CJK: Final = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff]+")


class Sort(StrEnum):
    """Orders of the list; each falls back on the id, so that paging by key is exact."""

    CODE = "code"
    NAME = "name"
    VALUE = "value"  # dearest first
    ACQUIRED = "acquired"  # newest first
    UPDATED = "updated"  # newest first


ACQUIRED: LiteralString = "COALESCE(card.acquired_on, DATE '0001-01-01')"
ORDERS: Final = {
    Sort.CODE: by_key(("card.code",), ("%(key)s",)),
    Sort.NAME: by_key(("card.name", "card.id"), ("%(key)s", "%(id)s")),
    Sort.VALUE: by_key(
        ("card.original_value", "card.id"), ("%(key)s::numeric", "%(id)s"), descending=True
    ),
    Sort.ACQUIRED: by_key((ACQUIRED, "card.id"), ("%(key)s::date", "%(id)s"), descending=True),
    Sort.UPDATED: by_key(
        ("card.updated_at", "card.id"), ("%(key)s::timestamptz", "%(id)s"), descending=True
    ),
}


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked of the register. `units`: ids that the viewer may see (J4), never empty of
    meaning: no unit, no card. `after`: (key, id) from which on, or `back` from it.
    """

    units: list[int]
    text: str = ""
    unit: int | None = None
    section: int | None = None
    category: str = ""
    type: str = ""
    status: str = ""
    statuses: list[str] = field(default_factory=list)
    shareable: bool | None = None
    photo: bool | None = None
    least_value: Decimal | None = None
    most_value: Decimal | None = None
    acquired_from: date | None = None
    acquired_to: date | None = None
    codes: list[str] = field(default_factory=list)
    sort: Sort = Sort.CODE
    after: tuple[str, int] | None = None
    back: bool = False
    size: int = PAGE

    @property
    def narrowed(self) -> bool:
        """Whether anything but unit and status is asked: then the kept counts don't tell."""
        return bool(clauses(self).keys() - {"units", "many_units", "one_unit", "unit", "status"})


CLAUSES: Final[dict[str, LiteralString]] = {
    "units": "card.unit_id = ANY(%(units)s)",
    # Of one unit alone, an index that begins with the unit gives the order too.
    "one_unit": "card.unit_id = %(one_unit)s",
    # Who sees so many is served by any other index, and that of units would be read whole.
    "many_units": "card.unit_id + 0 = ANY(%(many_units)s)",
    "unit": "card.unit_id = %(unit)s",
    "section": "card.using_section_id = %(section)s",
    "category": """card.category = ANY(ARRAY(
        WITH RECURSIVE below (code) AS (
            SELECT code FROM category WHERE code = %(category)s
             UNION ALL
            SELECT category.code FROM category JOIN below ON category.parent = below.code)
        SELECT code FROM below))""",
    "type": "card.type = %(type)s",
    "status": "card.status = %(status)s",
    "statuses": "card.status = ANY(%(statuses)s)",
    "shareable": "card.shareable = %(shareable)s",
    "photo": "card.photographed = %(photo)s",
    "least_value": "card.original_value >= %(least_value)s",
    "most_value": "card.original_value <= %(most_value)s",
    "acquired_from": "card.acquired_on >= %(acquired_from)s",
    "acquired_to": "card.acquired_on <= %(acquired_to)s",
    "codes": "card.code = ANY(%(codes)s)",
    "words": "card.search LIKE ALL(%(words)s)",
    # Not by the index of words, which knows no two characters, and lists what all cards hold.
    "met_words": "(card.search LIKE ALL(%(met_words)s)) IS TRUE",
    "pairs": "cjk_pairs(card.search) @> %(pairs)s",
    "start": "card.code LIKE %(start)s",
    "ids": "card.id = ANY(%(ids)s)",
}


def clauses(query: Query) -> dict[str, Any]:
    """The clauses that a query needs, with their values. An empty value asks nothing."""
    found = scope(query.units)
    for name in CLAUSES.keys() & set(Query.__slots__) - {"units"}:
        value = getattr(query, name)
        if value not in (None, "", []):
            found[name] = value
    words = folded(query.text).split()
    by_word = {
        "words": [holding(word) for word in words if len(word) >= TRIGRAM],
        "met_words": [holding(word) for word in words if len(word) < TRIGRAM],
        "pairs": pairs(words),
    }
    return found | {name: value for name, value in by_word.items() if value}


def pairs(words: list[str]) -> list[str]:
    """Each two Chinese characters that stand together in any of the words: `cjk_pairs` in SQL."""
    return sorted({run[n : n + 2] for word in words for run in CJK.findall(word)
                   for n in range(len(run) - 1)})  # fmt: skip


def _where(names: Any) -> LiteralString:
    asked: list[LiteralString] = [clause for name, clause in CLAUSES.items() if name in names]
    joint: LiteralString = " AND "
    return joint.join(asked)


@dataclass(frozen=True, slots=True)
class Row:
    """A card as lists show it; `pending` is the number of a change under review. Yuan."""

    id: int
    code: str
    name: str
    category: str
    category_name: str
    type: CardType
    status: Status
    shareable: bool
    unit_name: str
    section: str
    custodian: str
    place: str
    quantity: Decimal
    measure: str
    original_value: Decimal
    net_value: Decimal
    acquired_on: date | None
    updated_at: datetime
    photo: str | None
    pending: str | None
    sort_key: str

    def __post_init__(self) -> None:
        """Rows carry plain text for the closed sets."""
        object.__setattr__(self, "type", CardType(self.type))
        object.__setattr__(self, "status", Status(self.status))


# Which rows is decided first and narrowly; only then is anything joined to those few.
PIECES: Final[dict[str, LiteralString]] = {
    "chosen": "WITH chosen AS MATERIALIZED (SELECT card.id, ",
    "joined": """)
    SELECT card.id, card.code, card.name, card.category, category.name AS category_name,
           card.type, card.status, card.shareable, unit.name AS unit_name,
           COALESCE(section.name, '') AS section, card.custodian, card.place, card.quantity,
           card.measure, card.original_value, card.net_value, card.acquired_on, card.updated_at,
           (SELECT digest FROM photo WHERE card_id = card.id ORDER BY position LIMIT 1) AS photo,
           (SELECT review.number FROM card_change JOIN review ON review.id = card_change.review_id
             WHERE card_change.card_id = card.id AND review.state = 'in_review' LIMIT 1) AS pending,
           COALESCE(chosen.sort_key::text, '') AS sort_key
      FROM chosen
      JOIN card ON card.id = chosen.id
      JOIN unit ON unit.id = card.unit_id
      JOIN category ON category.code = card.category
      LEFT JOIN section ON section.id = card.using_section_id
     ORDER BY """,
    "found": "SELECT card.id FROM card WHERE ",
    "by_code": " ORDER BY card.code",
    "limited": " LIMIT %(most)s",
    "held": """SELECT count(*) FILTER (WHERE search LIKE ALL(%(held)s))
                 FROM (SELECT card.search FROM card WHERE """,
    "looked": " LIMIT %(look)s) AS looked",
}


def statement(query: Query, found: "Found") -> tuple[LiteralString, dict[str, Any]]:
    """The page's SQL and its values."""
    asked, order = _asked(query, found), ORDERS[query.sort]
    where, way = _where(asked), order.way(query.back)
    if query.after:
        asked |= {"key": query.after[0], "id": query.after[1]}
        where = where + " AND " + way.beyond
    text: LiteralString = (
        PIECES["chosen"] + order.key + " AS sort_key FROM card WHERE " + where
        + " ORDER BY " + way.by + " LIMIT %(limit)s" + PIECES["joined"] + way.by
    )  # fmt: skip
    return text, {**asked, "limit": query.size + 1}


def _asked(query: Query, found: "Found") -> dict[str, Any]:
    """The clauses of the page: the few that were found, or what the order's index is read by."""
    if found.ids is not None:
        return {"units": query.units, "ids": found.ids}
    asked = clauses(query)
    asked.pop("pairs", None)  # row by row, pairs cost more than the words themselves
    return _by_start(asked, found.start)


def is_key(sort: Sort, text: str) -> bool:
    """Whether `text` can be a key of this order: what an address says need not."""
    try:
        READ[sort](text)
    except ValueError:
        return False
    return len(text) <= LONGEST_KEY


LONGEST_KEY: Final = 120
READ: Final[dict[Sort, Callable[[str], object]]] = {
    Sort.CODE: str,
    Sort.NAME: str,
    Sort.VALUE: number,
    Sort.ACQUIRED: day,
    Sort.UPDATED: moment,
}


@dataclass(frozen=True, slots=True)
class Found:
    """What a query finds: how many cards; `exact` is False where there are more than were counted.

    `ids`: all of them, where they are few. `start`: so many codes start with what was typed that
    those are meant.
    """

    cards: int
    exact: bool
    ids: list[int] | None = None
    start: str = ""


def page(conn: Connection, query: Query, found: Found) -> tuple[list[Row], bool]:
    """A page of rows, and whether more stand the way it is read."""
    text, values = statement(query, found)
    with conn.cursor(row_factory=class_row(Row)) as cursor:
        rows = cursor.execute(text, values).fetchall()
    return ORDERS[query.sort].way(query.back).page(rows, query.size)


KEPT: LiteralString = """
    SELECT status, sum(cards)::bigint
      FROM card_count
     WHERE unit_id = ANY(%(units)s) AND (%(unit)s::integer IS NULL OR unit_id = %(unit)s)
     GROUP BY status
"""


def by_status(conn: Connection, query: Query) -> dict[Status, int]:
    """Cards by status in the query's units, from the kept counts."""
    rows = conn.execute(KEPT, {"units": query.units, "unit": query.unit})
    return {Status(status): cards for status, cards in rows if cards}


def find(conn: Connection, query: Query, known: dict[Status, int]) -> Found:
    """What the query finds, before its order; `known` is `by_status` of it."""
    if not query.narrowed:
        if query.status:
            return Found(known.get(Status(query.status), 0), exact=True)
        return Found(sum(known.values()), exact=True)
    start = _start(conn, query)
    asked = _by_start(clauses(query), start)
    order: LiteralString = ""
    if _common(conn, asked):
        asked = _without_words(asked) | {"met_words": _words(asked)}
        # By code, or the planner hopes to meet a unit's cards soon by reading everybody's.
        order = "" if "many_units" in asked else PIECES["by_code"]
    text: LiteralString = PIECES["found"] + _where(asked) + order + PIECES["limited"]
    rows = conn.execute(text, {**asked, "most": COUNT_UP_TO + 1}).fetchall()
    if len(rows) <= COUNT_UP_TO:
        return Found(len(rows), exact=True, ids=[key for (key,) in rows])
    return Found(COUNT_UP_TO, exact=False, start=start)


def scope(units: list[int]) -> dict[str, Any]:
    """The clause that keeps to what the viewer may see (J4), as the planner serves it best."""
    if len(units) == 1:
        return {"one_unit": units[0]}
    return {"many_units" if len(units) > MANY_UNITS else "units": units}


def _by_start(asked: dict[str, Any], start: str) -> dict[str, Any]:
    """The clauses with the start of codes in place of the words that say the same."""
    if not start:
        return asked
    return _without_words(asked) | {"start": start}


def _without_words(asked: dict[str, Any]) -> dict[str, Any]:
    return {name: asked[name] for name in asked.keys() - {"words", "met_words", "pairs"}}


def _words(asked: dict[str, Any]) -> list[str]:
    return [*asked.get("words", ()), *asked.get("met_words", ())]


def _common(conn: Connection, asked: dict[str, Any]) -> bool:
    """Whether many cards hold the words, by a few that the other clauses find.

    Only speed hangs on it: an index of words would list a tenth of all cards before any is met.
    """
    words = _words(asked)
    if not words:
        return False
    text: LiteralString = PIECES["held"] + _where(_without_words(asked)) + PIECES["looked"]
    held = conn.execute(text, {**asked, "held": words, "look": LOOK}).fetchone()
    return held is not None and held[0] >= LOOK * COMMON


MANY_START_SO: LiteralString = """
    SELECT count(*) FROM (SELECT FROM card
     WHERE card.code LIKE %(start)s AND card.unit_id = ANY(%(units)s) LIMIT %(most)s) AS found
"""


def _start(conn: Connection, query: Query) -> str:
    """What codes start with, where that was typed and more than can be counted start so.

    Such codes stand together: whatever reads cards in another order comes upon them late.
    """
    typed = keyed(query.text).strip()
    if not CODE_START.fullmatch(typed):
        return ""
    start = starting(typed.upper())
    facts = {"start": start, "units": query.units, "most": COUNT_UP_TO + 1}
    return start if scalar(conn, MANY_START_SO, **facts) == COUNT_UP_TO + 1 else ""


def where(query: Query) -> tuple[LiteralString, dict[str, Any]]:
    """The condition of all that the query finds, and its values: what an export reads by."""
    asked = clauses(query)
    return _where(asked), asked
