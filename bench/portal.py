"""Pages over a million cards and 200,000 listings: server time with 20 people at work, and against
their bare SQL.

python -m bench.portal [--cards 1000000] [--seconds 60]; the last line is JSON.
"""

import argparse
import http.client
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

import psycopg
from flask.testing import FlaskClient
from rich.console import Console
from rich.table import Table

from bench import estate
from bench.estate import Province
from db import Database, DatabaseSettings, ports, roles, schema, server, single_connection
from db.pool import OPTIONS
from db.roles import DatabaseRole
from db.server import DATABASE, Server
from portal import PortalSettings, create_app

PEOPLE: Final = 20
THINKS_S: Final = 1.0  # between an answer and the next click, on average
ROUNDS: Final = 30  # of each page alone, turn about with its SQL
WARM_S: Final = 8.0  # of work before anything counts
TOKEN: Final = re.compile(r'name="csrf_token" value="([^"]+)"')
DURATION: Final = re.compile(r"app;dur=([0-9.]+)")
console = Console(stderr=True)


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its name in the result, and its addresses, of which one is drawn at each visit."""

    name: str
    paths: tuple[str, ...]


def q(text: str, **more: str) -> str:
    return "/cards?" + urlencode({"q": text, **more}, quote_via=quote)


def at(square: str, **asked: str) -> str:
    return f"/squares/{square}?" + urlencode(asked, quote_via=quote)


PAGES: Final = (
    Page("list", ("/cards", "/cards?status=idle", "/cards?after=1~TY0000400000")),
    Page("list sorted", ("/cards?sort=value", "/cards?sort=acquired", "/cards?sort=name",
                         "/cards?sort=updated&status=in_use")),
    Page("list filtered", ("/cards?type=vehicle", "/cards?category=A02010000&status=idle",
                           "/cards?shareable=yes&least=10000&most=300000", "/cards?photo=no")),
    Page("search", (q("投影"), q("超声诊断"), q("MateBook"), q("海燕"), q("TY00004"), q("格力 闲置"),
                    q("联想", status="idle"), q("不存在的东西"))),
    Page("card", tuple(f"/cards/TY{number:010}" for number in range(7_000, 997_000, 1_000))),
    Page("changes", ("/changes", "/changes?tab=done", "/changes?tab=pending&q=投影")),
    Page("inbox", ("/inbox",)),
    Page("my day", ("/",)),
    Page("square", (at("transfer", tab="local"), at("share"), at("demand"))),
    Page("square list", (at("transfer", view="list"), at("transfer", view="list", sort="value"),
                         at("share", view="list", sort="ending"), at("transfer", view="list", sort="name"))),
    Page("square filtered", (at("transfer", division="460108", status="idle"), at("transfer", days="7"),
                             at("transfer", category="A02010000", least="5000"), at("share", band="from_1m"),
                             at("transfer", unit="第8单位", view="list"), at("demand", status="share"))),
    Page("square search", tuple(at("transfer", q=text, view="list") for text in (
                              "投影", "超声诊断", "MateBook", "TY0000400", "格力 空调", "不存在的东西", "联想"))),
    Page("square national", (at("transfer", tab="national"), at("share", tab="national", sort="quantity"),
                             at("transfer", tab="national", q="广州"))),
    Page("shortlist", ("/shortlist",)),
)  # fmt: skip


def pages(province: Province) -> tuple[Page, ...]:
    """All that is visited; which listings there are, only the province knows."""
    return (*PAGES, Page("listing", tuple(f"/squares/transfer/{key}" for key in province.shown)))


@contextmanager
def stage(cards: int) -> Iterator[tuple[Server, Path, Province]]:
    """A private database with the province in it."""
    with tempfile.TemporaryDirectory(prefix="panhuo-bench-") as folder, ExitStack() as cleanup:
        data = Path(folder)
        settings = DatabaseSettings(data=data, database_port=57532, database_url=None)
        cleanup.callback(server.forget, data)
        with server.serving(settings) as running:
            roles.ensure(running.admin_url, DATABASE, running.passwords)
            schema.migrate(running.url(DatabaseRole.OWNER))
            began = time.monotonic()
            with single_connection(running.url(DatabaseRole.OWNER), autocommit=True) as conn:
                made = estate.make(conn, cards)
            console.print(f"{cards:,} cards and {made.listings:,} listings made "
                          f"in {time.monotonic() - began:.0f} s")  # fmt: skip
            yield running, data, made


@contextmanager
def portal(running: Server, data: Path) -> Iterator[int]:
    """The portal as it is served: two processes. Its port."""
    port = ports.free(57600)
    environment = {
        **os.environ,
        "PANHUO_DATABASE_URL": running.url(DatabaseRole.PORTAL),
        "PANHUO_PORTAL_PORT": str(port),
        "PANHUO_DATA": str(data),
    }
    command = [sys.executable, "-m", "ops", "run", "portal"]
    with (data / "portal.log").open("ab") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        _await(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def _await(port: int) -> None:
    for _try in range(600):
        try:
            Browser(port).get("/healthz")
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("the portal does not answer")


class Browser:
    """One person's connection: cookies kept, kept alive."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._cookies: dict[str, str] = {}

    def get(self, path: str) -> tuple[int, float, str]:
        """Status, server time in ms, text."""
        return self._ask("GET", quote(path, safe="/?&=~%"), None)

    def sign_in(self, login: str) -> None:
        token = TOKEN.search(self.get("/login")[2])
        assert token is not None
        form = {"login": login, "password": estate.WORD, "csrf_token": token[1]}
        status, _ms, _text = self._ask("POST", "/login", urlencode(form))
        assert status == 303, status

    def _ask(self, method: str, path: str, form: str | None) -> tuple[int, float, str]:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self._connection.request(method, path, form, headers)
        answer = self._connection.getresponse()
        text = answer.read().decode()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _is, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        took = DURATION.search(answer.headers.get("Server-Timing", ""))
        return answer.status, float(took[1]) if took else 0.0, text


def work(port: int, province: Province, seconds: float) -> dict[str, list[float]]:
    """Twenty people click through the pages; server times in ms by page."""
    times: dict[str, list[float]] = defaultdict(list)
    wrong: list[tuple[str, int]] = []
    browsers = [Browser(port) for _person in range(PEOPLE)]
    for number, browser in enumerate(browsers):  # one by one: hashing a password takes a core
        browser.sign_in(list(province.logins.values())[number % len(province.logins)])
    warm = time.monotonic() + WARM_S
    until = warm + seconds

    visited = pages(province)

    def person(number: int) -> None:
        draw, browser = random.Random(number), browsers[number]
        while time.monotonic() < until:
            page = draw.choice(visited)
            path = draw.choice(page.paths)
            status, ms, _text = browser.get(path)
            if status not in {200, 404}:
                wrong.append((path, status))
            if time.monotonic() > warm:
                times[page.name].append(ms)
            time.sleep(draw.expovariate(1 / THINKS_S))

    people = [threading.Thread(target=person, args=(number,)) for number in range(PEOPLE)]
    for one in people:
        one.start()
    for one in people:
        one.join()
    if wrong:
        raise RuntimeError(f"answers that are no pages: {wrong[:5]}")
    return times


Statement = tuple[Any, Any]


class Recorder:
    """Notes every statement that psycopg executes while it is on."""

    def __init__(self) -> None:
        self.statements: list[Statement] = []
        self.on = False
        original = psycopg.Cursor.execute

        def execute(cursor: Any, query: Any, params: Any = None, **named: Any) -> Any:
            if self.on:
                self.statements.append((query, params))
            return original(cursor, query, params, **named)

        psycopg.Cursor.execute = execute  # type: ignore[method-assign, assignment]


def alone(running: Server, data: Path, province: Province) -> dict[str, tuple[float, float]]:
    """(page, bare SQL) in ms by page: medians, turn about, one person of the province."""
    recorder, found = Recorder(), {}
    url = running.url(DatabaseRole.PORTAL)
    with (
        Database(url) as database,
        psycopg.connect(url, options=OPTIONS, autocommit=True) as bare,
    ):
        client = create_app(PortalSettings(), database, data).test_client()
        _sign_in(client, province.logins["province"])
        for page in pages(province):
            pairs = [_turn(client, bare, recorder, page.paths[n % len(page.paths)])
                     for n in range(ROUNDS + 3)][3:]  # fmt: skip
            found[page.name] = (
                statistics.median(pair[0] for pair in pairs),
                statistics.median(pair[1] for pair in pairs),
            )
    return found


def _sign_in(client: FlaskClient, login: str) -> None:
    token = TOKEN.search(client.get("/login").text)
    assert token is not None
    form = {"login": login, "password": estate.WORD, "csrf_token": token[1]}
    assert client.post("/login", data=form).status_code == 303


def _turn(
    client: FlaskClient, bare: psycopg.Connection[Any], recorder: Recorder, path: str
) -> tuple[float, float]:
    """Server time of the page, and of its statements by themselves, in ms."""
    recorder.statements, recorder.on = [], True
    answer = client.get(path)
    recorder.on = False
    took = DURATION.search(answer.headers["Server-Timing"])
    assert took is not None
    began = time.perf_counter()
    with bare.transaction():
        for query, params in recorder.statements:
            cursor = bare.execute(query, params, prepare=True)
            if cursor.description:
                cursor.fetchall()
    return float(took[1]), (time.perf_counter() - began) * 1000


def p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1] if len(times) > 1 else times[0]


def main() -> None:
    """Measure, and print a table and a line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cards", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=60)
    asked = parser.parse_args()
    with stage(asked.cards) as (running, data, province):
        with portal(running, data) as port:
            times = work(port, province, asked.seconds)
        single = alone(running, data, province)
    table = Table("page", "visits", "p50 ms", "p95 ms", "alone ms", "its SQL ms", "ratio")
    result: dict[str, Any] = {"cards": asked.cards, "listings": province.listings, "people": PEOPLE,
                              "pages": {}}  # fmt: skip
    for page in pages(province):
        seen, (whole, sql) = times[page.name], single[page.name]
        ratio = whole / sql
        table.add_row(page.name, str(len(seen)), f"{statistics.median(seen):.1f}", f"{p95(seen):.1f}",
                      f"{whole:.1f}", f"{sql:.1f}", f"{ratio:.2f}")  # fmt: skip
        result["pages"][page.name] = {"p95_ms": round(p95(seen), 1), "vs_sql": round(ratio, 2)}
    console.print(table)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
