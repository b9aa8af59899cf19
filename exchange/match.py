"""Demands and listings matched both ways (F5): candidates from the squares, ranked with reasons."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final, LiteralString

from psycopg.rows import class_row

from db import Connection
from exchange.kinds import Kind, Origin, Scope
from exchange.listings import ZONE, Listing
from exchange.match_score import Chains, Ground, Offer, Reason, Score, Wish, score
from exchange.square_query import WISHES, status_label
from registry.org import User
from registry.words import Label

EACH: Final = 40  # candidates of each kind that are compared
SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Candidate:
    """A listing or a demand on a square that may match."""

    id: int
    kind: Kind
    scope: Scope
    foreign: bool
    name: str
    code: str
    category: str
    division: str
    division_name: str
    status: str
    quantity: Decimal
    measure: str
    value: Decimal
    unit_id: int | None
    unit_name: str
    photo: str | None
    listed_at: datetime
    until_on: date | None
    wanted_by: str

    def __post_init__(self) -> None:
        """Rows carry plain text for the closed sets."""
        object.__setattr__(self, "kind", Kind(self.kind))
        object.__setattr__(self, "scope", Scope(self.scope))

    @property
    def status_label(self) -> Label:
        """The card's status in words; of a demand, what it asks for."""
        return status_label(self.kind, self.status)


@dataclass(frozen=True, slots=True)
class Match:
    """A candidate, how well it matches (0 to 100), and why."""

    candidate: Candidate
    points: int
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Search:
    """What candidates are looked for: on which square, of which category, near what.

    `status`: what demands must ask for; '' where offers are looked for. `unit`: whose own are
    left out.
    """

    kind: Kind
    status: str
    category: str
    division: str
    unit: int | None
    today: date


# Of very many, some of each kind are compared: what is in the city, the newest, the most. Each is
# the beginning of an index; ranking all of a category would read tens of thousands.
ASKED: LiteralString = """
    kind = %(kind)s AND state = 'listed' AND (%(status)s = '' OR status = %(status)s)
    AND unit_id IS DISTINCT FROM %(unit)s::integer
    AND (kind <> 'demand' OR until_on IS NULL OR until_on >= %(today)s)
    AND category = ANY"""
RINGS: Final[tuple[tuple[LiteralString, LiteralString], ...]] = (
    ("(%(within)s) AND (on_local OR on_national) AND division = ANY(%(city)s)",
     "division = %(division)s DESC, listed_at DESC"),
    ("(%(around)s) AND (on_local OR on_national) AND division = ANY(%(city)s)",
     "division = %(division)s DESC, listed_at DESC"),
    ("(%(within)s) AND on_local", "listed_at DESC, id DESC"),
    ("(%(around)s) AND on_local", "listed_at DESC, id DESC"),
    ("(%(within)s) AND on_national", "listed_at DESC, id DESC"),
    ("(%(within)s) AND on_local", "quantity DESC, id DESC"),
)  # fmt: skip
PIECES: Final[dict[str, LiteralString]] = {
    "begin": "(SELECT id FROM listing WHERE ",
    "order": " ORDER BY ",
    "end": " LIMIT %(most)s)",
    "union": " UNION ",
    "chosen": "WITH near AS MATERIALIZED (",
    "read": """)
    SELECT listing.id, listing.kind, listing.scope, listing.origin = 'foreign' AS foreign,
           listing.name, listing.code, listing.category, listing.division,
           COALESCE(division.name, NULLIF(listing.facts->>'division_name', ''), listing.division)
           AS division_name,
           listing.status, listing.quantity, listing.measure, listing.value, listing.unit_id,
           listing.unit_name, listing.photo, listing.listed_at, listing.until_on,
           COALESCE(listing.facts->>'wanted_by', '') AS wanted_by
      FROM near
      JOIN listing ON listing.id = near.id
      LEFT JOIN division ON division.code = listing.division""",
}


def _candidates(conn: Connection, search: Search) -> list[Candidate]:
    within, around = _related(conn, search.category)
    facts = {
        "kind": search.kind.value,
        "status": search.status,
        "within": within,
        "around": around,
        "division": search.division,
        "city": _city(conn, search.division),
        "unit": search.unit,
        "today": search.today,
        "most": EACH,
    }
    rings = [PIECES["begin"] + ASKED + ring + PIECES["order"] + order + PIECES["end"]
             for ring, order in RINGS]  # fmt: skip
    query: LiteralString = PIECES["chosen"] + PIECES["union"].join(rings) + PIECES["read"]
    with conn.cursor(row_factory=class_row(Candidate)) as cursor:
        return cursor.execute(query, facts).fetchall()


# Itself and all below it; then all above it, and those that share its parent.
RELATED: LiteralString = """
    WITH RECURSIVE below (code) AS (
        SELECT %(code)s::text
         UNION
        SELECT category.code FROM category JOIN below ON category.parent = below.code
    ), above (code) AS (
        SELECT parent FROM category WHERE code = %(code)s AND parent IS NOT NULL
         UNION
        SELECT category.parent FROM category JOIN above ON category.code = above.code
         WHERE category.parent IS NOT NULL
    )
    SELECT code, true FROM below
     UNION ALL
    SELECT code, false FROM above
     UNION ALL
    SELECT beside.code, false
      FROM category JOIN category AS beside ON beside.parent = category.parent
     WHERE category.code = %(code)s AND beside.code <> category.code
"""


def _related(conn: Connection, code: str) -> tuple[list[str], list[str]]:
    """(within, around): categories that are it or below it, and those above and beside it."""
    rows = conn.execute(RELATED, {"code": code}).fetchall()
    return [one for one, within in rows if within], [one for one, within in rows if not within]


# The city that a division is or lies in, with all its counties; else the division alone.
CITY: LiteralString = """
    WITH RECURSIVE above (code, parent, level) AS (
        SELECT code, parent, level FROM division WHERE code = %(division)s
         UNION
        SELECT division.code, division.parent, division.level
          FROM division JOIN above ON division.code = above.parent
    ), inside (code) AS (
        SELECT code FROM above WHERE level = 'prefecture'
         UNION
        SELECT division.code FROM division JOIN inside ON division.parent = inside.code
    )
    SELECT code FROM inside UNION SELECT %(division)s
"""


def _city(conn: Connection, division: str) -> list[str]:
    return [code for (code,) in conn.execute(CITY, {"division": division})]


CATEGORY_CHAINS: LiteralString = """
    WITH RECURSIVE up (code, at, chain) AS (
        SELECT asked, asked, ARRAY[asked] FROM unnest(%(codes)s::text[]) AS asked
         UNION ALL
        SELECT up.code, category.parent, up.chain || category.parent
          FROM up JOIN category ON category.code = up.at WHERE category.parent IS NOT NULL
    )
    SELECT DISTINCT ON (code) code, chain FROM up ORDER BY code, cardinality(chain) DESC
"""
DIVISION_CHAINS: LiteralString = """
    WITH RECURSIVE up (code, at, chain) AS (
        SELECT asked, asked, ARRAY[asked] FROM unnest(%(codes)s::text[]) AS asked
         UNION ALL
        SELECT up.code, division.parent, up.chain || division.parent
          FROM up JOIN division ON division.code = up.at WHERE division.parent IS NOT NULL
    )
    SELECT DISTINCT ON (code) code, chain FROM up ORDER BY code, cardinality(chain) DESC
"""
CITIES: LiteralString = "SELECT code FROM division WHERE level = 'prefecture'"


def _ground(conn: Connection, categories: Iterable[str], divisions: Iterable[str]) -> Ground:
    return Ground(
        _chains(conn, CATEGORY_CHAINS, categories),
        _chains(conn, DIVISION_CHAINS, divisions),
        frozenset(code for (code,) in conn.execute(CITIES)),
    )


def _chains(conn: Connection, query: LiteralString, codes: Iterable[str]) -> Chains:
    rows = conn.execute(query, {"codes": sorted(set(codes))}).fetchall()
    return {code: tuple(chain) for code, chain in rows}


def for_wish(
    conn: Connection, viewer: User, scope: Scope, values: Mapping[str, str], now: datetime
) -> list[Match]:
    """What the squares already have for a demand that is being written, as far as it is."""
    kind, quantity = values.get("wanted", ""), Decimal(1)
    if kind not in WISHES or not values.get("category"):
        return []
    with suppress(InvalidOperation):
        quantity = Decimal(values.get("quantity") or 1)
    wish = Wish(
        category=values["category"],
        quantity=quantity if quantity.is_finite() else Decimal(1),
        division=values.get("division", ""),
        scope=scope,
        wanted_by=_day(values.get("wanted_by", "")),
    )
    return _offers(conn, wish, Kind(kind), viewer.unit_id, now)


def offers_for(conn: Connection, demand: Listing, now: datetime) -> list[Match]:
    """What the squares have for a demand; who may see it was asked before."""
    if demand.status not in WISHES:
        return []
    wish = Wish(
        category=demand.category,
        quantity=demand.quantity,
        division=demand.division,
        scope=demand.scope,
        wanted_by=_day(demand.facts.get("wanted_by", "")),
        foreign=demand.origin is Origin.FOREIGN,
    )
    return _offers(conn, wish, Kind(demand.status), demand.unit_id, now)


def _offers(
    conn: Connection, wish: Wish, kind: Kind, unit: int | None, now: datetime
) -> list[Match]:
    today = now.astimezone(ZONE).date()
    found = _candidates(conn, Search(kind, "", wish.category, wish.division, unit, today))
    ground = _ground_of(conn, wish.category, wish.division, found)
    return _ranked((one, score(wish, _offer(one), ground, today)) for one in found)


def demands_for(conn: Connection, listing: Listing, now: datetime) -> list[Match]:
    """The demands that a listing meets; who may see it was asked before."""
    today = now.astimezone(ZONE).date()
    offer = Offer(
        category=listing.category,
        quantity=listing.quantity,
        division=listing.division,
        scope=listing.scope,
        until=listing.until_on,
        foreign=listing.origin is Origin.FOREIGN,
    )
    asked = Search(
        Kind.DEMAND, listing.kind.value, offer.category, offer.division, listing.unit_id, today
    )
    found = _candidates(conn, asked)
    ground = _ground_of(conn, offer.category, offer.division, found)
    return _ranked((one, score(_wish(one), offer, ground, today)) for one in found)


def _ground_of(conn: Connection, category: str, division: str, found: list[Candidate]) -> Ground:
    return _ground(
        conn,
        [category, *(one.category for one in found)],
        [division, *(one.division for one in found)],
    )


def _offer(one: Candidate) -> Offer:
    return Offer(one.category, one.quantity, one.division, one.scope, one.until_on, one.foreign)


def _wish(one: Candidate) -> Wish:
    return Wish(
        one.category, one.quantity, one.division, one.scope, _day(one.wanted_by), one.foreign
    )


def _ranked(scored: Iterable[tuple[Candidate, Score | None]]) -> list[Match]:
    """The best first; of equals the newest."""
    matches = [Match(one, found.points, found.reasons) for one, found in scored if found]
    matches.sort(key=_rank, reverse=True)
    return matches[:SHOWN]


def _rank(match: Match) -> Any:
    return match.points, match.candidate.listed_at, match.candidate.id


def _day(text: str) -> date | None:
    """Another system's facts, and what is being typed, need not be dates."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
