"""Whatever a page draws for somebody leads somewhere for them: every link is followed, every form's
address asked whether they may. `pytest -s` prints the figures.
"""

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import SplitResult, parse_qsl, urljoin, urlsplit
from uuid import uuid4

import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule

from db import Connection, Database, scalar, single_connection
from db.roles import DatabaseRole
from db.server import Server
from exchange import campaign
from exchange.kinds import Kind
from ops.demo import PASSWORD
from portal import PortalSettings, create_app, typed_text
from portal.permissions import needed
from registry import review
from registry.notices import Event
from registry.notices.webhooks import add as add_hook
from registry.org import Role, User, UserType, add_user, hashing
from registry.org.grants import GRANTS
from registry.review import Action
from registry.stocktake import (
    Count,
    Method,
    closing,
    counting,
    differences,
    expected,
    outcome,
    task,
    tasks,
)
from registry.stocktake.tasks import Plan
from tests.fixtures.browser import Portal
from tests.fixtures.estate import DemoDatabase, loaded
from tests.portal.acts import takes_away
from tests.portal.form_fields import Form, forms
from tests.portal.links import SCRIPT, Button, Door, buttons, doors
from tests.portal.rooms import changed, new_card, person, published
from tests.portal.test_matrix import LOGINS, sign_in

ROLES: Final = LOGINS | {"admin2": Role.ADMINISTRATOR}
# What an address names, by its parameter: what decides which doors its page draws, and whether it is
# the reader's unit's own.
STATES: Final = {
    "code": """
        SELECT code, concat_ws(' ', unit_id = %(unit)s, status, photographed,
               EXISTS (SELECT FROM binding WHERE card_id = card.id),
               EXISTS (SELECT FROM listing WHERE card_id = card.id),
               (SELECT string_agg(DISTINCT review.state, ',') FROM card_change
                  JOIN review ON review.id = review_id
                 WHERE card_id = card.id AND review.state IN ('in_review', 'returned')))
          FROM card""",
    "change_id": """
        SELECT card_change.id, concat_ws(' ', card_change.unit_id = %(unit)s, card_change.kind, state)
          FROM card_change JOIN review ON review.id = review_id""",
    "sheet_id": """
        SELECT sheet.id, concat_ws(' ', sheet.unit_id = %(unit)s, sheet.scope, state, position)
          FROM sheet JOIN review ON review.id = review_id""",
    "listing_id": "SELECT id, concat_ws(' ', unit_id = %(unit)s, state, ministry) FROM listing",
    "shown": "SELECT id, concat_ws(' ', unit_id = %(unit)s, state, ministry) FROM listing",
    "suggestion": "SELECT id, state FROM suggestion",
    "stocktake": """
        SELECT stocktake.id, concat_ws(' ', stocktake.unit_id = %(unit)s, started_at IS NULL,
               closed_at IS NULL, state)
          FROM stocktake LEFT JOIN review ON review.id = review_id""",
    "difference": "SELECT id, kind FROM stocktake_difference",
    "user_id": "SELECT id, concat_ws(' ', type, active) FROM app_user",
    "unit_id": "SELECT id, concat_ws(' ', kind, active) FROM unit",
}
SECTION: Final = """
    SELECT section.id FROM section JOIN card ON card.using_section_id = section.id
     WHERE section.unit_id = %(unit)s GROUP BY section.id ORDER BY count(*), section.id LIMIT 1
"""
OWN: Final = "SELECT unit_id FROM app_user WHERE login = %(login)s"
# These words of an address choose what a page draws; of any other only its name counts.
CHOOSING: Final = {"tab", "view", "what", "kind", "state", "status", "type", "verdict"}
SPAN: Final = "?from=2026-11-01&to=2026-11-02"  # what the charts' script adds
States = dict[str, dict[str, str]]
ALARM: Final = {"btn-alarm", "is-alarm"}  # how what takes something away looks


@dataclass
class Crawl:
    """What somebody met."""

    drawn: int = 0
    followed: Counter[int] = field(default_factory=Counter)
    faults: dict[str, str] = field(default_factory=dict)
    looks: dict[str, str] = field(default_factory=dict)  # what is wrong with a button's
    seen: set[Door] = field(default_factory=set)
    choices: set[object] = field(default_factory=set)
    waiting: deque[tuple[str, str]] = field(default_factory=deque)

    def fault(self, address: str, page: str, what: str) -> None:
        """Said once for all pages of a route: the rest is the same."""
        self.faults.setdefault(f"{address} on {page.partition('?')[0]}", what)

    def __str__(self) -> str:
        answers = ", ".join(f"{status}: {n}" for status, n in sorted(self.followed.items()))
        return f"{self.drawn:6} drawn, {self.followed.total():4} followed ({answers})"


@pytest.fixture(scope="session")
def every_state(postgres: Server) -> Iterator[DemoDatabase]:
    """A demo of its own, with what the demo has none of."""
    with loaded(postgres) as demo:
        portal = Portal("", demo.copy, demo.data)
        _reported(portal)
        changed(portal, new_card(portal, "投影幕布"), status="to_dispose", reason="破损")
        new_card(portal, "无照片的文件柜", photo=False)
        with single_connection(demo.copy.url()) as conn:
            _stocktakes(conn, person(conn, "clerk"), demo.now - timedelta(hours=2))
            _administrator_of_a_unit(conn)
            add_hook(
                conn,
                person(conn, "admin"),
                "办公平台",
                "https://example.cn/hook",
                [*Event],
                demo.now,
            )
            _campaign(conn, demo.now)
        yield demo


def _reported(portal: Portal) -> None:
    """Listings as the ministry may leave them."""
    for state in ("reported", "decided", "returned"):
        [listing] = published(portal, Kind.TRANSFER, new_card(portal, state), scope="national")[1]
        with single_connection(portal.database.url()) as conn:
            conn.execute("UPDATE listing SET ministry = %s WHERE id = %s", (state, listing.id))


def _stocktakes(conn: Connection, clerk: User, now: datetime) -> None:
    """One that is planned, one that is counted, one that is under review."""
    section = scalar(conn, SECTION, unit=clerk.unit_id)
    assert isinstance(section, int)
    for reached in range(3):
        plan = Plan(f"抽盘 {reached}", tuple(Method), now.date() + timedelta(days=9), [section])
        key = tasks.plan(conn, clerk, plan, now, "")
        if not reached:
            continue
        tasks.start(conn, clerk, key, now, "")
        for card in expected.page(conn, expected.Query(key))[0]:
            counting.count(
                conn, clerk, key, Count(uuid4(), card.code, Method.GUN, now, here=True), now
            )
        differences.refresh(conn, key)
        closing.close(conn, clerk, key, now, "")
        if reached == 2:
            seen = review.standing(conn, task.require(conn, clerk, key).review_id).version
            outcome.act(conn, clerk, key, Action.SUBMIT, seen, "", now, "")


def _administrator_of_a_unit(conn: Connection) -> None:
    """Beside the province's, whose reach is everybody."""
    clerk = person(conn, "clerk")
    add_user(
        conn, "admin", login="admin2", name="符明月", type=UserType.BUDGET_UNIT,
        unit_id=clerk.unit_id, roles=[Role.ADMINISTRATOR], password_hash=hashing.hashed(PASSWORD),
    )  # fmt: skip


def _campaign(conn: Connection, now: datetime) -> None:
    for login in ("department", "finance"):
        campaign.start(conn, person(conn, login), "年底录入", now.date() + timedelta(days=20), now)


@pytest.fixture(scope="module")
def app(every_state: DemoDatabase) -> Iterator[Flask]:
    with Database(every_state.copy.url(DatabaseRole.PORTAL)) as database:
        yield create_app(PortalSettings(), database, every_state.data)


def states_for(conn: Connection, login: str) -> States:
    unit = scalar(conn, OWN, login=login)
    return {
        name: {str(key): state for key, state in conn.execute(query, {"unit": unit})}
        for name, query in STATES.items()
    }


def choices(rule: Rule, values: dict[str, Any], query: str, states: States) -> set[object]:
    """What of an address decides on its page's doors: each choice is met once of each record."""
    records = [(n, states[n].get(str(v))) for n, v in sorted(values.items()) if n in states]
    here = (rule.endpoint, *records, *((n, v) for n, v in values.items() if n == "square"))
    asked = [(n, v if n in CHOOSING else "") for n, v in parse_qsl(query)]
    return {(here, one) for one in [("", ""), *asked]}


class Crawler:
    """Somebody who goes through every door that is drawn for them."""

    def __init__(self, app: Flask, login: str, states: States) -> None:
        self.app, self.states, self.met = app, states, Crawl()
        self.client = sign_in(app, login)
        self.granted = GRANTS[ROLES[login]]
        self.urls = app.url_map.bind("localhost")

    def crawl(self) -> Crawl:
        met = self.met
        met.waiting.append(("/", ""))
        while met.waiting:
            address, source = met.waiting.popleft()
            answer = self.client.get(address, buffered=True)
            met.followed[answer.status_code] += 1
            if answer.status_code >= 400:
                met.fault(address, source, answer.status)
            elif answer.location:
                self.meet(Door("GET", answer.location, "redirect"), address)
            elif answer.mimetype == "text/html":
                for door in doors(answer.text):
                    self.meet(door, address)
                for button in buttons(answer.text):
                    self.look(button, address)
                for form in forms(answer.text):
                    self.read(form, address)
        return met

    def look(self, button: Button, page: str) -> None:
        """What takes something away looks like it, and nothing else does (J5)."""
        path = urlsplit(urljoin(f"http://localhost{page}", button.address)).path
        found = self.behind(Door("POST", button.address, "form"), path)
        if isinstance(found, str):
            return  # said of its form
        endpoint, alarms = found[1].endpoint, bool(ALARM & button.classes)
        if takes_away(endpoint, button.sent) is not alarms:
            said = "looks harmless" if not alarms else "looks as if it took something away"
            self.met.looks[f"{endpoint} on {page.partition('?')[0]}"] = said

    def read(self, form: Form, page: str) -> None:
        """Of a form that can't be taken, its fields are said by the names that it gave them."""
        for action in form.actions:
            path = urlsplit(urljoin(f"http://localhost{page}", action)).path
            found = self.behind(Door("POST", action, "form"), path)
            if isinstance(found, str):
                continue
            endpoint = found[1].endpoint
            for name, called in form.fields.items():
                with self.app.test_request_context():
                    words = typed_text.label(endpoint, name).rpartition(" · ")[2]
                nameless = name.endswith(words)
                if typed_text.said(endpoint, name) and (nameless or words not in (called or words)):
                    self.met.fault(f"{endpoint} {name}", page, f"{called!r} is said as {words!r}")

    def meet(self, door: Door, page: str) -> None:
        """Count it, say what is wrong with it, and remember to follow it."""
        whole = urlsplit(urljoin(f"http://localhost{page}", door.address))
        if whole.netloc != "localhost" or whole.path.startswith("/static/"):
            return
        self.met.drawn += 1
        one = Door(door.method, f"{whole.path}?{whole.query}", door.by)
        if one in self.met.seen:
            return
        self.met.seen.add(one)
        found = self.behind(door, whole.path)
        if isinstance(found, str):
            self.met.fault(f"{door.method} {whole.path}", page, found)
            return
        method, rule, values = found
        permission = needed(self.app, rule.endpoint)
        if permission is not None and permission not in self.granted:
            self.met.fault(f"{method} {whole.path}", page, f"needs {permission}")
        elif method == "GET":
            self.remember(rule, values, whole, page)

    def behind(self, door: Door, path: str) -> tuple[str, Rule, dict[str, Any]] | str:
        """(method, route, values) of a door, or what is wrong; a script may also send."""
        wrong = ""
        for method in ("GET", "POST") if door.by == SCRIPT else (door.method,):
            try:
                rule, values = self.urls.match(path, method, return_rule=True)
            except HTTPException as missing:
                wrong = type(missing).__name__
            else:
                return method, rule, dict(values)
        return wrong

    def remember(self, rule: Rule, values: dict[str, Any], whole: SplitResult, page: str) -> None:
        query = f"?{whole.query}" if whole.query else ""
        if rule.endpoint == "monitoring.readings":
            query = SPAN
        brings = choices(rule, values, whole.query, self.states)
        if not brings <= self.met.choices:
            self.met.choices |= brings
            self.met.waiting.append((whole.path + query, page))


@pytest.fixture(scope="module", params=ROLES)
def met(app: Flask, every_state: DemoDatabase, request: pytest.FixtureRequest) -> Crawl:
    """What each role meets."""
    login: str = request.param
    with single_connection(every_state.copy.url()) as conn:
        states = states_for(conn, login)
    found = Crawler(app, login, states).crawl()
    print(f"{login:11}{found}")  # noqa: T201  # shown by -s
    return found


def test_what_takes_something_away_looks_like_it_and_nothing_else(met: Crawl) -> None:  # J5
    assert not met.looks, "\n" + "\n".join(f"{where}: {how}" for where, how in met.looks.items())


def test_every_door_drawn_for_a_role_opens_for_it(met: Crawl) -> None:
    assert not met.faults, "\n" + "\n".join(f"{door}: {why}" for door, why in met.faults.items())
