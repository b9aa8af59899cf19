"""How many listings a square has, by division, class, state, status and value: kept, or of few.

Each facet is counted as if nothing were chosen in it, so that one sees what another choice gives.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, LiteralString

from db import Connection, Database
from exchange.kinds import Kind, State, state_label
from exchange.square_query import FACETS, Band, Query, Tab, status_label
from registry.cards import Status
from registry.words import Label

MOST_DIVISIONS: Final = 30


@dataclass(frozen=True, slots=True)
class Facet:
    """A choice: its key in the address, its name, how many there are, whether it is chosen.

    `n` None: what is asked finds too many for counting them.
    """

    key: str
    name: Label
    n: int | None
    chosen: bool


@dataclass(frozen=True, slots=True)
class Facets:
    """The choices of a square. `path`: divisions above the ones shown, the outermost first."""

    divisions: list[Facet]
    path: list[Facet]
    classes: list[Facet]
    states: list[Facet]
    statuses: list[Facet]
    bands: list[Facet]


@dataclass(frozen=True, slots=True)
class Sums:
    """Listings by key of each facet, and in all by tab."""

    tabs: dict[Tab, int]
    divisions: dict[str, int]
    classes: dict[str, int]
    states: dict[str, int]
    statuses: dict[str, int]
    bands: dict[str, int]


PIECES: Final[dict[str, LiteralString]] = {
    "kept": """
    WITH cells AS (
        SELECT tab, division, class, state, status, band, n
          FROM listing_count WHERE kind = %(kind)s""",
    # Demands past their closing date, until they are closed (G1).
    "over": """
         UNION ALL
        SELECT tab, division, class, state, status, band, -1
          FROM listing, unnest(ARRAY['local', 'national']) AS tab
         WHERE kind = %(kind)s AND state = 'listed' AND until_on < %(open)s
           AND CASE tab WHEN 'local' THEN on_local ELSE on_national END""",
    "few": """
    WITH cells AS (
        SELECT %(tab)s::text AS tab, division, class, state, status, band, 1 AS n
          FROM listing WHERE id = ANY(%(ids)s)""",
    "sums": """
    ), cell AS (
        SELECT tab, division, class, state, status, band, n, tab = %(tab)s AS here,
               %(divisions)s::text[] IS NULL OR division = ANY(%(divisions)s::text[]) AS d,
               %(class)s::text IS NULL OR class = %(class)s::text AS c,
               %(states)s::text[] IS NULL OR state = ANY(%(states)s::text[]) AS p,
               %(statuses)s::text[] IS NULL OR status = ANY(%(statuses)s::text[]) AS s,
               %(bands)s::text[] IS NULL OR band = ANY(%(bands)s::text[]) AS b
          FROM cells
    )
    SELECT tab, division, class, state, status, band,
           CASE WHEN GROUPING(tab) = 0 THEN sum(n) FILTER (WHERE d AND c AND p AND s AND b)
                WHEN GROUPING(division) = 0 THEN sum(n) FILTER (WHERE here AND c AND p AND s AND b)
                WHEN GROUPING(class) = 0 THEN sum(n) FILTER (WHERE here AND d AND p AND s AND b)
                WHEN GROUPING(state) = 0 THEN sum(n) FILTER (WHERE here AND d AND c AND s AND b)
                WHEN GROUPING(status) = 0 THEN sum(n) FILTER (WHERE here AND d AND c AND p AND b)
                ELSE sum(n) FILTER (WHERE here AND d AND c AND p AND s) END::bigint
      FROM cell
     GROUP BY GROUPING SETS ((tab), (division), (class), (state), (status), (band))""",
}


def kept(conn: Connection, query: Query, asked: Mapping[str, Any]) -> Sums:
    """The sums of a query that asks for nothing but facets; `asked` are its clauses."""
    over: LiteralString = PIECES["over"] if query.kind is Kind.DEMAND else ""
    text: LiteralString = PIECES["kept"] + over + PIECES["sums"]
    return _sums(conn, text, {**_facets(asked), "kind": query.kind.value,
                              "tab": query.tab.value, "open": query.today})  # fmt: skip


def of_few(conn: Connection, query: Query, asked: Mapping[str, Any], ids: list[int]) -> Sums:
    """The sums over these listings, which meet all that is asked but facets."""
    text: LiteralString = PIECES["few"] + PIECES["sums"]
    return _sums(conn, text, {**_facets(asked), "tab": query.tab.value, "ids": ids})


def _facets(asked: Mapping[str, Any]) -> dict[str, Any]:
    return {name: asked.get(name) for name in FACETS}


def _sums(conn: Connection, text: LiteralString, facts: dict[str, Any]) -> Sums:
    found = Sums({}, {}, {}, {}, {}, {})
    for tab, division, class_, state, status, band, n in conn.execute(text, facts):
        if not n:
            continue
        if tab is not None:
            found.tabs[Tab(tab)] = n
        elif division is not None:
            found.divisions[division] = n
        elif class_ is not None:
            found.classes[class_] = n
        elif state is not None:
            found.states[state] = n
        elif status is not None:
            found.statuses[status] = n
        else:
            found.bands[band] = n
    return found


def facets(conn: Connection, query: Query, sums: Sums) -> Facets:
    """The choices that the sums offer, in words."""
    path, divisions = _divisions(conn, query, sums.divisions)
    return Facets(
        divisions,
        path,
        _classes(conn, query, sums.classes),
        [Facet(state.value, state_label(query.kind, state), sums.states.get(state, 0),
               state in query.states)
         for state in State if state in sums.states or state in query.states],
        [Facet(status, status_label(query.kind, status), n, status in query.statuses)
         for status, n in sorted(sums.statuses.items(), key=_place)],
        [Facet(band.value, band.label, sums.bands.get(band, 0), band in query.bands)
         for band in Band if band in sums.bands or band in query.bands],
    )  # fmt: skip


def uncounted(conn: Connection, query: Query, asked: Mapping[str, Any]) -> Facets:
    """The choices among all that the square has, without numbers: what is asked finds too many."""
    found = facets(conn, query, kept(conn, query, asked))
    return Facets(
        *(
            [replace(one, n=None) for one in choices]
            for choices in (
                found.divisions, found.path, found.classes, found.states, found.statuses,
                found.bands,
            )
        )
    )  # fmt: skip


ORDER_OF_STATUSES: Final = [status.value for status in Status]


def _place(item: tuple[str, int]) -> tuple[int, str]:
    known = item[0] in ORDER_OF_STATUSES
    return (ORDER_OF_STATUSES.index(item[0]) if known else len(ORDER_OF_STATUSES), item[0])


CLASSES: LiteralString = """
    SELECT code, name FROM category WHERE code = ANY(%(codes)s) ORDER BY code
"""


def _classes(conn: Connection, query: Query, sums: Mapping[str, int]) -> list[Facet]:
    codes = [f"{class_}000000" for class_ in sums]
    names: dict[str, str] = dict(conn.execute(CLASSES, {"codes": codes}).fetchall())
    return [
        Facet(code, _same(names.get(code, code[:3])), sums[code[:3]], code == query.category)
        for code in sorted(codes)
    ]


def _same(text: str) -> Label:
    return Label(text, text)


# The ministry heads the list of divisions and is no place: provinces are the outermost.
TREE: LiteralString = """
    SELECT division.code, division.name, above.code
      FROM division
      LEFT JOIN division AS above
             ON above.code = division.parent AND above.level <> 'ministry'
     WHERE division.level <> 'ministry'
"""


def _divisions(
    conn: Connection, query: Query, sums: Mapping[str, int]
) -> tuple[list[Facet], list[Facet]]:
    """(path, divisions): those below the chosen one, or beside it where none are below.

    A division counts what lies below it; where nothing is chosen, a country of one province
    shows that province's.
    """
    rows = conn.execute(TREE).fetchall()
    names: dict[str, str] = {code: name for code, name, _parent in rows}
    above: dict[str, str | None] = {code: parent for code, _name, parent in rows}
    totals = _rolled_up(sums, above)
    top = query.division or None
    shown = _right_below(top, totals, above)
    if top and not shown:
        top = above.get(top)
        shown = _right_below(top, totals, above)
    while not query.division and len(shown) == 1 and _right_below(shown[0], totals, above):
        top, shown = shown[0], _right_below(shown[0], totals, above)
    shown = sorted(shown, key=lambda code: (-totals[code], code))[:MOST_DIVISIONS]
    path = [code for code in reversed(_up(top, above)) if code in totals]
    names |= _foreign(conn, query, [code for code in path + shown if code not in names])

    def facet(code: str) -> Facet:
        return Facet(code, _same(names[code]), totals[code], code == query.division)

    return [facet(code) for code in path], [facet(code) for code in shown]


def _rolled_up(sums: Mapping[str, int], above: Mapping[str, str | None]) -> dict[str, int]:
    """Sums by division, each with what lies below it."""
    totals: dict[str, int] = {}
    for code, n in sums.items():
        for one in _up(code, above):
            totals[one] = totals.get(one, 0) + n
    return totals


def _up(code: str | None, above: Mapping[str, str | None]) -> list[str]:
    """The division and those above it."""
    found = []
    while code is not None:
        found.append(code)
        code = above.get(code)
    return found


def _right_below(
    top: str | None, totals: Mapping[str, int], above: Mapping[str, str | None]
) -> list[str]:
    """The divisions right below `top` that have listings."""
    return [code for code, n in totals.items() if above.get(code) == top and n > 0]


FOREIGN: LiteralString = """
    SELECT asked.code, COALESCE(NULLIF((
               SELECT facts->>'division_name' FROM listing
                WHERE kind = %(kind)s AND division = asked.code AND (on_local OR on_national)
                LIMIT 1), ''), asked.code)
      FROM unnest(%(codes)s::text[]) AS asked (code)
"""


def _foreign(conn: Connection, query: Query, codes: list[str]) -> dict[str, str]:
    """Names of divisions that our list doesn't have, as their listings say."""
    if not codes:
        return {}
    return dict(conn.execute(FOREIGN, {"kind": query.kind.value, "codes": codes}).fetchall())


# Rows that another transaction draws together meanwhile are gone when this one gets to them.
COMPACT: LiteralString = """
    WITH gone AS (DELETE FROM listing_count RETURNING *)
    INSERT INTO listing_count (kind, tab, division, class, state, status, band, n)
    SELECT kind, tab, division, class, state, status, band, sum(n)
      FROM gone GROUP BY kind, tab, division, class, state, status, band HAVING sum(n) <> 0
"""


def compact(conn: Connection) -> None:
    """Draw the kept counts together: they are only ever added to."""
    conn.execute(COMPACT)


def tidy(database: Database, _now: datetime) -> None:
    """`compact`, as a job of the exchange process."""
    with database.transaction("square counts") as conn:
        compact(conn)
