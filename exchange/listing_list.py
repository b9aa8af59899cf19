"""Lists of listings as their units manage and find them (D1, D4)."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, LiteralString

from psycopg.rows import class_row

from db import Connection
from db.keyset import by_key
from db.like import holding
from exchange.kinds import Kind, Ministry, Origin, Scope, State

PAGE: Final = 30
COUNT_UP_TO: Final = 1_000


@dataclass(frozen=True, slots=True)
class ListingRow:
    """A listing as lists show it; yuan. `partner`: who was registered, '' where nobody."""

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

    def __post_init__(self) -> None:
        """Rows carry plain text for the closed sets."""
        for name, members in (("kind", Kind), ("scope", Scope), ("origin", Origin),
                              ("state", State), ("ministry", Ministry)):  # fmt: skip
            object.__setattr__(self, name, members(getattr(self, name)))


@dataclass(frozen=True, slots=True)
class ListingQuery:
    """What is asked: of the viewer's units (J4). `after`: the id from which on, or
    `back` from it.
    """

    units: list[int]
    kind: Kind
    state: str = ""
    ministry: str = ""
    text: str = ""
    unit: int | None = None
    sheet: int | None = None
    after: int | None = None
    back: bool = False


NEWEST: Final = by_key(("listing.id",), ("%(after)s::bigint",), descending=True)
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
    "chosen": "WITH chosen AS MATERIALIZED (SELECT listing.id ",
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
           COALESCE(settlement.partner, '') AS partner, settlement.change_id
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
    return {
        "units": query.units,
        "kind": query.kind.value,
        "state": query.state,
        "ministry": query.ministry,
        "word": holding(query.text.strip().lower()),
        "unit": query.unit,
        "sheet": query.sheet,
        "after": query.after,
    }


def page(conn: Connection, query: ListingQuery) -> tuple[list[ListingRow], bool]:
    """(a page of listings, newest first; whether more stand the way it is read)."""
    facts = {**_facts(query), "limit": PAGE + 1}
    with conn.cursor(row_factory=class_row(ListingRow)) as cursor:
        rows = cursor.execute(statement(query), facts).fetchall()
    return NEWEST.way(query.back).page(rows, PAGE)


def statement(query: ListingQuery) -> LiteralString:
    """The page's SQL."""
    way = NEWEST.way(query.back)
    return (
        ROWS["chosen"] + FOUND + ROWS["asked"] + way.if_any + " ORDER BY " + way.by
        + ROWS["shown"] + way.by
    )  # fmt: skip


def count_by_state(conn: Connection, query: ListingQuery) -> dict[State, int]:
    """How many stand how, whatever `query.state` asks: `COUNT_UP_TO` + 1 where there are more."""
    text: LiteralString = ROWS["states"] + FOUND + ROWS["upto"]
    states = [state.value for state in State]
    rows = conn.execute(text, {**_facts(query), "states": states, "limit": COUNT_UP_TO + 1})
    return {State(state): number for state, number in rows}
