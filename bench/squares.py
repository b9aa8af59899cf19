"""What the squares' pages read, without the pages: 20 threads over 200,000 listings of a million cards.

python -m bench.squares [--cards 1000000] [--seconds 30] [--url a database that has them already]
[--explain]; the last line is JSON.
"""

import argparse
import json
import random
import statistics
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

import psycopg
from rich.console import Console
from rich.table import Table

from bench.portal import PEOPLE, THINKS_S, Recorder, p95, stage
from db import Connection, Database
from db.pool import OPTIONS
from db.roles import DatabaseRole
from exchange import details, listings, match, progress, shortlist, squares
from exchange.kinds import Kind, State
from exchange.listings import Listing
from exchange.progress import ProgressQuery
from exchange.square_query import LIST, Band, Query, Sort, Tab
from registry.org import visible_units

WARM_S: Final = 5.0
NOW: Final = datetime.now(UTC)
T, S, D = Kind.TRANSFER, Kind.SHARE, Kind.DEMAND
NATIONAL: Final = Tab.NATIONAL
console = Console(stderr=True)


def q(kind: Kind, tab: Tab = Tab.LOCAL, **asked: Any) -> Query:
    return Query(kind, tab, 0, NOW, **asked)


QUERIES: Final = {
    "grid": [q(T), q(S), q(D)],
    "national": [q(T, NATIONAL), q(S, NATIONAL, size=LIST), q(D, NATIONAL)],
    "list sorted": [q(kind, tab, sort=sort, size=LIST) for kind in (T, S) for tab in Tab for sort in Sort],
    "facets": [q(T, statuses=("to_dispose",)), q(T, category="A02000000", bands=(Band.FROM_1M,)),
               q(S, division="460000"), q(T, division="460108"), q(T, division="460200", size=LIST),
               q(T, division="469007", statuses=("to_dispose",), bands=(Band.UNDER_200K,)),
               q(D, division="460100", statuses=("share",)), q(T, NATIONAL, division="440100"),
               q(T, states=(State.LISTED,)), q(T, states=(State.SETTLED,), division="460108")],
    "filtered": [q(T, category="A02010105"), q(T, category="A02010000", statuses=("idle",)),
                 q(T, least_value=Decimal(100_000), most_value=Decimal(300_000), size=LIST),
                 q(T, days=7), q(S, days=1, size=LIST), q(T, unit="第8单位"), q(T, unit="主管部门"),
                 q(T, days=30, division="460108", sort=Sort.VALUE),
                 q(T, category="A02320000", division="460300", sort=Sort.ENDING)],
    "search": [*(q(T, text=text, size=LIST) for text in (
                   "投影", "超声诊断", "MateBook", "TY00004", "TY0000400", "格力 空调", "不存在的东西",
                   "台", "Resona 7 第3单位")),
               q(D, text="复印"), q(S, text="联想", sort=Sort.NAME), q(T, NATIONAL, text="广州"),
               q(T, text="投影", division="460108")],
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that is measured: its name, and what is done at each visit."""

    name: str
    do: Callable[[Connection, random.Random], object]


def look(conn: Connection, query: Query) -> None:
    """A page of a square, and the one after it at every third visit."""
    found = squares.find(conn, query)
    rows, more = squares.page(conn, query, found)
    if more and rows[-1].id % 3 == 0:
        squares.page(conn, replace(query, after=(rows[-1].sort_key, rows[-1].id)), found)


SOME: Final = (
    "SELECT id FROM listing WHERE kind = %(kind)s AND on_local ORDER BY listed_at DESC LIMIT 500"
)
PERSON: Final = "SELECT id FROM app_user WHERE login = %(login)s"


def stored(conn: Connection, listing: int) -> Listing:
    """One of those that are measured."""
    found = listings.one(conn, listing)
    assert found is not None
    return found


def deeds(conn: Connection) -> list[Deed]:
    """All that is measured, over the listings that are there."""
    ids = {kind: [key for (key,) in conn.execute(SOME, {"kind": kind.value})] for kind in Kind}
    finance, clerk = (
        conn.execute(PERSON, {"login": login}).fetchone() for login in ("finance", "small")
    )
    assert finance is not None
    assert clerk is not None
    user: int = clerk[0]
    units = visible_units(conn, finance[0])

    def of_square(name: str) -> Deed:
        return Deed(name, lambda conn, draw: look(conn, draw.choice(QUERIES[name])))

    return [
        *(of_square(name) for name in QUERIES),
        Deed("details", lambda conn, draw: details.details(conn, user, draw.choice(ids[T]), NOW)),
        Deed("shortlist", lambda conn, _draw: shortlist.rows(conn, user)),
        Deed("match offers", lambda conn, draw: match.offers_for(conn, stored(conn, draw.choice(ids[D])), NOW)),
        Deed("match demands", lambda conn, draw: match.demands_for(conn, stored(conn, draw.choice(ids[T])), NOW)),
        Deed("campaign", lambda conn, _draw: progress.of_units(conn, ProgressQuery(units))),
    ]  # fmt: skip


RARE: Final = {"campaign": 40}  # in how many visits it is one: few people open it


def work(url: str, doing: list[Deed], seconds: float) -> dict[str, list[float]]:
    """Twenty threads at their deeds; ms by deed."""
    times: dict[str, list[float]] = defaultdict(list)
    warm = time.monotonic() + WARM_S
    until = warm + seconds
    chances = [1 / RARE.get(deed.name, 1) for deed in doing]

    def person(number: int, database: Database) -> None:
        draw = random.Random(number)
        while time.monotonic() < until:
            (deed,) = draw.choices(doing, chances)
            began = time.perf_counter()
            with database.transaction("bench") as conn:
                deed.do(conn, draw)
            if time.monotonic() > warm:
                times[deed.name].append((time.perf_counter() - began) * 1000)
            time.sleep(draw.expovariate(1 / THINKS_S))

    with Database(url) as database:
        people = [threading.Thread(target=person, args=(n, database)) for n in range(PEOPLE)]
        for one in people:
            one.start()
        for one in people:
            one.join()
    return times


def slowest(conn: Connection) -> tuple[str, Query, float]:
    """The square's query that takes longest alone: its name, itself, ms."""
    found = []
    for name, queries in QUERIES.items():
        for query in queries:
            took = []
            for _turn in range(5):
                began = time.perf_counter()
                look(conn, query)
                took.append((time.perf_counter() - began) * 1000)
            found.append((name, query, statistics.median(took)))
    return max(found, key=lambda one: one[2])


def explain(conn: Connection, query: Query) -> None:
    """The plans of what a query asks, to the console."""
    recorder = Recorder()
    recorder.on = True
    look(conn, query)
    recorder.on = False
    for text, values in recorder.statements:
        console.rule()
        console.print(str(text).strip()[:400], markup=False, highlight=False)
        for (line,) in conn.execute("EXPLAIN (ANALYZE, BUFFERS) " + text, values):
            console.print(line, markup=False, highlight=False)


@contextmanager
def there(asked: argparse.Namespace) -> Iterator[str]:
    """Where the portal's role reaches the listings."""
    if asked.url:
        yield asked.url
        return
    with stage(asked.cards) as (running, _data, _province):
        yield running.url(DatabaseRole.PORTAL)


def main() -> None:
    """Measure, and print a table and a line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cards", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--url", default="")
    parser.add_argument("--explain", action="store_true")
    asked = parser.parse_args()
    with there(asked) as url, psycopg.connect(url, options=OPTIONS, autocommit=True) as conn:
        doing = deeds(conn)
        times = work(url, doing, asked.seconds)
        name, query, alone = slowest(conn)
        if asked.explain:
            explain(conn, query)
    table = Table("what is read", "times", "p50 ms", "p95 ms")
    result: dict[str, Any] = {"people": PEOPLE, "p95_ms": {}}
    for deed in doing:
        seen = times[deed.name] or [0.0]
        table.add_row(
            deed.name, str(len(seen)), f"{statistics.median(seen):.1f}", f"{p95(seen):.1f}"
        )
        result["p95_ms"][deed.name] = round(p95(seen), 1)
    console.print(table)
    console.print(f"slowest alone: {alone:.1f} ms, {name}: {query}", highlight=False)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
