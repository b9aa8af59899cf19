"""J3: what an address asks and a page doesn't know is said or answered 404, never passed over."""

import html
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from db import Database, scalar, single_connection
from db.roles import DatabaseRole
from portal import PortalSettings, create_app
from portal.permissions import needed
from registry.org.grants import GRANTS
from tests.fixtures.estate import DemoDatabase
from tests.portal.test_doors import signed_in
from tests.portal.test_matrix import LOGINS

UNKNOWN = "ZZQX"
STARTED = "SELECT max(id) FROM stocktake WHERE started_at IS NOT NULL"
OWN_CARD = "SELECT min(card.code) FROM card JOIN unit ON unit.id = unit_id WHERE unit.name = '海口市图书馆'"
# Where a page begins, what is there or not whatever its value, and what chooses no list.
NOT_CHOICES = {
    *("after", "before", "back", "at", "in", "later", "newest"),
    *("all", "behind", "doubtful", "left", "mine", "next"),
    *("pick", "csrf_token"),
}


@pytest.fixture(scope="module")
def app(demo_database: DemoDatabase) -> Iterator[Flask]:
    with Database(demo_database.copy.url(DatabaseRole.PORTAL)) as database:
        yield create_app(PortalSettings(), database, demo_database.data)


class Asks(HTMLParser):
    """What a page's own links and filters put into its address, each name with what stands beside
    it there; and what the page shows.
    """

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path, self.names = path, dict[str, dict[str, str]]()
        self.shown: list[str] = []
        self.hidden: dict[str, str] | None = None  # of the filter that is being read

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            goes = urlsplit(given.get("action", "")).path or self.path
            asks = given.get("method", "get").lower() == "get" and goes == self.path
            self.hidden = {} if asks else None
        if tag == "a" and urlsplit(given.get("href", "")).path in {"", self.path}:
            query = dict(parse_qsl(urlsplit(given.get("href", "")).query))
            for name in query:
                beside = {other: value for other, value in query.items() if other != name}
                self.names.setdefault(name, beside)
        if tag in {"input", "select"} and self.hidden is not None and given.get("name"):
            self.names.setdefault(given["name"], dict(self.hidden))
            if given.get("type") == "hidden":
                self.hidden[given["name"]] = given.get("value", "")
        if tag == "input" and given.get("type") != "hidden":
            self.shown.append(given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.hidden = None

    def handle_data(self, data: str) -> None:
        self.shown.append(data)


def read(path: str, page: str) -> Asks:
    found = Asks(path)
    found.feed(page)
    return found


def lists(app: Flask, login: str, demo: DemoDatabase) -> Iterator[str]:
    """Every page without a record in its address that the role may open, and what lists in one."""
    granted = GRANTS[LOGINS[login]]
    for rule in app.url_map.iter_rules():
        asks = needed(app, rule.endpoint)
        if "GET" in (rule.methods or ()) and asks in granted and not rule.arguments:
            yield rule.rule
    if login in {"clerk", "auditor"}:
        with single_connection(demo.copy.url()) as conn:
            task = scalar(conn, STARTED)
            code = scalar(conn, OWN_CARD)
        yield from (f"/stocktakes/{task}", f"/cards/{code}") if task and code else ()
    yield from (f"/squares/{kind}" for kind in ("transfer", "share", "demand") if login == "clerk")


def passed_over(client: FlaskClient, path: str) -> Iterator[str]:
    """The names of a page's address whose unknown value it says nothing of."""
    answer = client.get(path, buffered=True)
    if answer.status_code != 200 or answer.mimetype != "text/html":
        return
    for name, beside in sorted(read(path, answer.text).names.items()):
        if name in NOT_CHOICES:
            continue
        asked = client.get(path, query_string={**beside, name: UNKNOWN}, buffered=True)
        said = " ".join(read(path, asked.text).shown)
        if asked.status_code != 404 and UNKNOWN not in said:
            yield f"{path}?{name}"


@pytest.mark.parametrize("login", ["clerk", "reviewer", "finance", "counter", "auditor", "admin"])
def test_no_list_passes_over_what_it_does_not_know(
    app: Flask, demo_database: DemoDatabase, login: str
) -> None:
    client = signed_in(app, login)
    paths = sorted(set(lists(app, login, demo_database)))
    assert len(paths) > 4
    missed = [one for path in paths for one in passed_over(client, path)]
    assert not missed, "\n".join(missed)


@pytest.mark.parametrize(
    ("login", "path"),
    [
        ("clerk", "/changes?tab=ZZQX"), ("clerk", "/transfer/sheets?tab=ZZQX"),
        ("clerk", "/squares/transfer?tab=ZZQX"), ("clerk", "/suggestions?tab=ZZQX"),
        ("clerk", "/inbox?tab=ZZQX"), ("admin", "/admin/reference?list=ZZQX"),
    ],
)  # fmt: skip
def test_tab_that_is_not_there_is_no_page(app: Flask, login: str, path: str) -> None:
    assert signed_in(app, login).get(path).status_code == 404


@pytest.mark.parametrize(
    ("language", "said"),
    [("zh", "“资产状态”没有“ZZQX”这个选项"), ("en", "has no option “ZZQX”")],
)
def test_unknown_choice_is_said_in_words_with_a_way_out(
    app: Flask, language: str, said: str
) -> None:
    client = signed_in(app, "clerk")
    client.set_cookie("language", language)
    page = client.get("/cards?status=ZZQX&q=柜").text
    assert said in html.unescape(page)
    way = re.search(r'data-not-understood.*?href="([^"]+)"', page, re.DOTALL)
    assert way is not None
    assert html.unescape(way[1]).startswith("/cards?q=")
    assert "data-not-understood" not in client.get(html.unescape(way[1])).text


@pytest.mark.parametrize(
    ("login", "path"),
    [
        ("clerk", "/labels?from=ZZQX"),
        ("auditor", "/audit?to=2026-13-45"),
        ("auditor", "/audit?from=ZZQX"),
        ("auditor", "/audit?to=9999-12-31"),
        ("auditor", "/audit?from=0001-01-01"),
        ("auditor", "/audit?from=2026-03-02T09:00&to=9999-12-31T00:00"),
    ],
)
def test_date_that_is_none_is_said_beside_its_filter(app: Flask, login: str, path: str) -> None:
    page = signed_in(app, login).get(path).text
    assert "不是日期，没有按它筛选" in page


def test_range_that_ends_before_it_begins_is_said(app: Flask) -> None:
    page = signed_in(app, "auditor").get("/audit?from=2026-03-02&to=2026-03-01").text
    assert "截止日期早于起始日期" in page
