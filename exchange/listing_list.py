"""Lists of listings as their units manage and find them (D1, D4)."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, LiteralString

from psycopg.rows import class_row

from db import Connection
from db.keyset import Sortable, Way, by_key, day, number, whole
from db.like import holding
from db.text import folded
from exchange.kinds import Kind, Ministry, Origin, Scope, State

PAGE: Final = 30
COUNT_UP_TO: Final = 1_000


class Sort(StrEnum):
    """What the lists can be sorted by; each falls back on the id."""

    LISTED = "listed"  # newest first
    NAME = "name"
    VALUE = "value"  # dearest first
    ENDING = "ending"  # what ends soonest first; what has no end last


@dataclass(frozen=True, slots=True)
class ListingRow:
    """A listing as lists show it; yuan. `partner`: who was registered, '' where nobody. `from_on`
    to `to_on`: how long a share is used, where that was registered.
    """

    id: int
    kind: Kind
    scope: Scope
    origin: Origin
    state: State
    reason: str
    reason_text: str
    ministry: Ministry
    opinion: str
    name: str
    code: str
    card_type: str
    category: str
    status: str
    quantity: Decimal
    measure: str
    value: Decimal
    unit_id: int
    unit_name: str
    photo: str | None
    listed_at: datetime
    closed_at: datetime | None
    until_on: date | None
    sheet_id: int | None
    sheet_number: str
    partner: str
    change_id: int | None
    from_on: date | None
    to_on: date | None
    version: int
    sort_key: str

    @property
    def place(self) -> str:
        """Where it stands in the order of its list."""
        return f"{self.sort_key}~{self.id}"

    def __post_init__(self) -> None:
        """Rows carry plain text for the closed sets."""
        for name, members in (("kind", Kind), ("scope", Scope), ("origin", Origin),
                              ("state", State), ("ministry", Ministry)):  # fmt: skip
            object.__setattr__(self, name, members(getattr(self, name)))


@dataclass(frozen=True, slots=True)
class ListingQuery:
    """What is asked: of the viewer's units (J4). `turned`: the order the other way round. `after`:
    (its key, id) from which on, or `back` from it.
    """

    units: list[int]
    kind: Kind
    state: str = ""
    ministry: str = ""
    text: str = ""
    unit: int | None = None
    sheet: int | None = None
    sort: Sort = Sort.LISTED
    turned: bool = False
    after: tuple[str, int] | None = None
    back: bool = False


LISTED: Final = by_key(("listing.id",), ("%(key)s::bigint",), descending=True)
NAME: Final = by_key(("listing.name", "listing.id"), ("%(key)s::text", "%(id)s::bigint"))
VALUE: Final = by_key(
    ("listing.value", "listing.id"), ("%(key)s::numeric", "%(id)s::bigint"), descending=True
)
UNTIL: LiteralString = "COALESCE(listing.until_on, DATE '9999-12-31')"
ENDING: Final = by_key((UNTIL, "listing.id"), ("%(key)s::date", "%(id)s::bigint"))
SORTABLE: Final = {
    Sort.LISTED: Sortable(LISTED, whole, descending=True),
    Sort.NAME: Sortable(NAME),
    Sort.VALUE: Sortable(VALUE, number, descending=True),
    Sort.ENDING: Sortable(ENDING, day, few_only=True),
}
FOUND: LiteralString = """
      FROM listing
     WHERE listing.kind = %(kind)s
       AND listing.unit_id = ANY(%(units)s)
       AND listing.reason <> 'revoked'
       AND (%(unit)s::integer IS NULL OR listing.unit_id = %(unit)s)
       AND (%(sheet)s::bigint IS NULL OR listing.sheet_id = %(sheet)s)
       AND (%(ministry)s = '' OR listing.ministry = %(ministry)s)
       AND (%(word)s = '' OR listing.search LIKE %(word)s)
"""
ROWS: Final[dict[str, LiteralString]] = {
    "chosen": "WITH chosen AS MATERIALIZED (SELECT listing.id, ",
    "key": " AS sort_key ",
    "asked": """
       AND (%(state)s = '' OR listing.state = %(state)s)
       AND """,
    "shown": """
     LIMIT %(limit)s)
    SELECT listing.id, listing.kind, listing.scope, listing.origin, listing.state, listing.reason,
           listing.reason_text, listing.ministry, listing.opinion, listing.name, listing.code,
           listing.card_type, listing.category, listing.status, listing.quantity, listing.measure,
           listing.value, listing.unit_id, listing.unit_name, listing.photo, listing.listed_at,
           listing.closed_at, listing.until_on, listing.sheet_id,
           COALESCE(review.number, '') AS sheet_number,
           COALESCE(settlement.partner, '') AS partner, settlement.change_id,
           settlement.from_on, settlement.until_on AS to_on, listing.version,
           chosen.sort_key::text AS sort_key
      FROM chosen
      JOIN listing ON listing.id = chosen.id
      LEFT JOIN sheet ON sheet.id = listing.sheet_id
      LEFT JOIN review ON review.id = sheet.review_id
      LEFT JOIN settlement ON settlement.listing_id = listing.id
     ORDER BY """,
    # Each state up to the limit by itself: of what is many, few are counted, not others none.
    "states": "SELECT stands.state, (SELECT count(*) FROM (SELECT ",
    "upto": """
       AND listing.state = stands.state LIMIT %(limit)s) AS found)
      FROM unnest(%(states)s::text[]) AS stands (state)
""",
}


def _facts(query: ListingQuery) -> dict[str, Any]:
    key, last = query.after or (None, None)
    return {
        "units": query.units,
        "kind": query.kind.value,
        "state": query.state,
        "ministry": query.ministry,
        "word": holding(folded(query.text)),
        "unit": query.unit,
        "sheet": query.sheet,
        "key": key,
        "id": last,
    }


def page(conn: Connection, query: ListingQuery) -> tuple[list[ListingRow], bool]:
    """(a page of listings in the order asked; whether more stand the way it is read)."""
    facts = {**_facts(query), "limit": PAGE + 1}
    with conn.cursor(row_factory=class_row(ListingRow)) as cursor:
        rows = cursor.execute(statement(query), facts).fetchall()
    return _way(query).page(rows, PAGE)


def _way(query: ListingQuery) -> Way:
    return SORTABLE[query.sort].way(turned=query.turned, back=query.back)


def statement(query: ListingQuery) -> LiteralString:
    """The page's SQL."""
    way, key = _way(query), SORTABLE[query.sort].order.key
    return (
        ROWS["chosen"] + key + ROWS["key"] + FOUND + ROWS["asked"] + way.if_any
        + " ORDER BY " + way.by + ROWS["shown"] + way.by
    )  # fmt: skip


def sortable(query: ListingQuery, counted: int) -> ListingQuery:
    """The query, the newest first where its own order is none for as many as `counted`."""
    if counted <= COUNT_UP_TO or not SORTABLE[query.sort].few_only:
        return query
    return replace(query, sort=Sort.LISTED, turned=False, after=None, back=False)


def count_by_state(conn: Connection, query: ListingQuery) -> dict[State, int]:
    """How many stand how, whatever `query.state` asks: `COUNT_UP_TO` + 1 where there are more."""
    text: LiteralString = ROWS["states"] + FOUND + ROWS["upto"]
    states = [state.value for state in State]
    rows = conn.execute(text, {**_facts(query), "states": states, "limit": COUNT_UP_TO + 1})
    return {State(state): number for state, number in rows}
