"""A stocktake's forms as they are sent: counted by hand, explained, drafted, codes in the bin (H2-H4)."""

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape
from itertools import count
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from db import Connection, Database, audit, scalar, single_connection
from db.roles import DatabaseRole
from db.server import Server
from portal import PortalSettings, create_app
from registry import review
from registry.cards import write
from registry.org import Role, User, UserType, user
from registry.review import Action
from registry.stocktake import Count, Method, counting, differences, outcome, task, tasks, unknown
from registry.stocktake.tasks import Plan
from tests.fixtures.database import Copy, _copied
from tests.fixtures.patience import busy
from tests.portal.test_doors import post
from tests.registry.conftest import PASSWORD, VALUES, Organisation, _insert, furnish, organise

PLACE: Final = VALUES["place"]
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class House:
    """A library that counts, and its portal."""

    app: Flask
    copy: Copy
    organisation: Organisation

    def conn(self) -> Any:
        return single_connection(self.copy.url())

    def as_admin(self) -> str:
        """Where one may end another's connection."""
        return urlunsplit(urlsplit(self.copy.server.admin_url)._replace(path=f"/{self.copy.name}"))

    def person(self, conn: Connection, login: str) -> User:
        found = user(conn, self.organisation.users[login])
        assert found is not None
        return found

    def task(self, cards: int) -> tuple[int, list[str]]:
        """(a running task of new cards that are nobody's to count, their codes)."""
        codes = [f"FM2026{next(_numbers):06}" for _card in range(cards)]
        now = datetime.now(UTC)
        due = (now + timedelta(days=20)).date()
        with self.conn() as conn:
            clerk, unit = self.person(conn, "clerk"), self.organisation.units["图书馆"]
            conn.execute("UPDATE card SET status = 'disposed'")  # the task is of these alone
            for code in codes:
                write.insert(conn, unit, VALUES | {"code": code, "status": "in_use"})
            key = tasks.plan(conn, clerk, Plan("盘点", list(Method), due), now, "")
            tasks.start(conn, clerk, key, now - timedelta(hours=1), "")
        return key, codes

    def count(self, login: str, key: int, *codes: str, **seen: Any) -> None:
        with self.conn() as conn:
            who = self.person(conn, login)
            for code in codes:
                now = datetime.now(UTC)
                one = Count(uuid4(), code, Method.GUN, now, **seen)
                counting.count(conn, who, key, one, now)

    def approved(self, key: int) -> None:
        """All that differs explained, closed and approved."""
        now = datetime.now(UTC)
        with self.conn() as conn:
            clerk = self.person(conn, "clerk")
            differences.refresh(conn, key)
            which = differences.unexplained(conn, key)
            differences.explain(conn, clerk, key, which, "已核实", now, "")
            differences.close(conn, clerk, key, now, "")
            for login, action in (
                ("clerk", Action.SUBMIT), ("reviewer", Action.APPROVE), ("department", Action.APPROVE),
            ):  # fmt: skip
                who = self.person(conn, login)
                seen = review.standing(conn, task.require(conn, who, key).review_id).version
                outcome.act(conn, who, key, action, seen, "", now, "")

    def signed_in(self, login: str) -> FlaskClient:
        client = self.app.test_client()
        answer = post(client, "/login", login=login, password=PASSWORD)
        assert answer.status_code == 303
        return client

    def rows(self, query: str, *facts: object) -> list[tuple[Any, ...]]:
        with self.conn() as conn:
            return conn.execute(query, facts).fetchall()  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def house(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder: Path = tmp_path_factory.mktemp("forms")
    for copy in _copied(postgres):
        with single_connection(copy.url()) as conn:
            organisation = organise(conn)
            furnish(conn, organisation)
            for login in ("teller", "helper"):
                unit = organisation.units["图书馆"]
                organisation.users[login] = _insert(
                    conn, unit, login, "图书馆", UserType.BUDGET_UNIT, Role.STOCKTAKER
                )
        with Database(copy.url(DatabaseRole.PORTAL)) as database:
            yield House(create_app(PortalSettings(), database, folder), copy, organisation)


# ---- counted by hand

STANDING = """
    SELECT login, standing, status, place, custodian FROM stocktake_count
      JOIN app_user ON app_user.id = counted_by WHERE stocktake_id = %s AND code = %s
     ORDER BY stocktake_count.id
"""
BOOKED: Final = {"status": "in_use", "place": PLACE, "custodian": VALUES["custodian"]}


@pytest.mark.parametrize(
    ("name", "theirs"), [("place", "三楼 302"), ("custodian", "李小梅"), ("status", "idle")]
)
def test_whoever_goes_back_to_what_is_booked_contradicts_who_had_told_otherwise(
    house: House, name: str, theirs: str
) -> None:  # H3
    key, (code,) = house.task(1)
    house.count("teller", key, code, **{name: theirs})
    helper, path = house.signed_in("helper"), f"/stocktakes/{key}/count/{code}"
    assert theirs in helper.get(path).text
    assert post(helper, path, condition="good", **BOOKED).status_code == 303
    (first, second) = house.rows(STANDING, key, code)
    assert (first[:2], second[:2]) == (("teller", "valid"), ("helper", "conflict"))
    told = dict(zip(("status", "place", "custodian"), second[2:], strict=True))
    assert told == {"status": "", "place": None, "custodian": None} | {name: BOOKED[name]}


def test_whoever_agrees_with_what_is_booked_or_was_told_tells_no_difference(house: House) -> None:
    key, (code, moved) = house.task(2)
    house.count("teller", key, code, place=PLACE, status="in_use")
    house.count("teller", key, moved, place="三楼 302")
    helper = house.signed_in("helper")
    post(helper, f"/stocktakes/{key}/count/{code}", condition="good", **BOOKED)
    seen = BOOKED | {"place": "三楼 302"}
    post(helper, f"/stocktakes/{key}/count/{moved}", condition="good", **seen)
    standings = house.rows(STANDING, key, code) + house.rows(STANDING, key, moved)
    assert {standing for _login, standing, *_told in standings} <= {"valid", "agrees", "superseded"}
    with house.conn() as conn:
        differences.refresh(conn, key)
        found = differences.differences(conn, key)
    assert [(one.code, one.after) for one in found] == [(moved, {"place": "三楼 302"})]


# ---- drafted

DRAFTED: Final = """
    SELECT card.code, count(DISTINCT change_id) FROM stocktake_drafted
      JOIN stocktake_difference AS difference ON difference.id = difference_id
      JOIN card ON card.id = difference.card_id
     WHERE stocktake_id = %s GROUP BY card.code ORDER BY card.code
"""
NOTED: Final = """
    SELECT count(*) FROM audit_entry
     WHERE action = 'card_change.drafted' AND facts->>'card' = ANY(%s)
"""
END: Final = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND usename = 'panhuo_portal' AND state <> 'idle'
"""


WAITS: Final = """
    SELECT count(*) FROM pg_stat_activity
     WHERE datname = current_database() AND usename = 'panhuo_portal' AND wait_event_type = 'Lock'
"""
HELD: Final = "SELECT id FROM card WHERE code = %s FOR UPDATE"


def waits(house: House) -> None:
    """Until a page of the portal's waits for somebody."""
    until = monotonic() + busy(30)
    with single_connection(house.as_admin(), autocommit=True) as conn:
        while scalar(conn, WAITS) == 0:
            assert monotonic() < until
            sleep(0.02)


def test_while_changes_are_drafted_others_go_on_and_what_was_killed_is_done_by_pressing_again(
    house: House,
) -> None:  # H4
    key, codes = house.task(2 * outcome.AT_ONCE + 20)
    house.approved(key)
    clerk, answers = house.signed_in("clerk"), list[int]()

    def press() -> None:
        answers.append(post(clerk, f"/stocktakes/{key}/draft-changes").status_code)

    drafting = threading.Thread(target=press)
    with house.conn() as conn:
        conn.execute(HELD, (codes[-1],))  # a reviewer approves a change of it
        drafting.start()
        waits(house)
        assert len(house.rows(DRAFTED, key)) == 2 * outcome.AT_ONCE
        house.signed_in("helper")  # this is audited, and so is what a reviewer does
        audit.record(conn, "reviewer", "review.approved", "card:1")
        with single_connection(house.as_admin(), autocommit=True) as admin:
            admin.execute(END)
        drafting.join(busy(60))
    assert len(house.rows(DRAFTED, key)) == 2 * outcome.AT_ONCE
    press()
    assert answers == [503, 303]
    assert house.rows(DRAFTED, key) == [(code, 1) for code in codes]
    assert house.rows(NOTED, codes) == [(len(codes),)]


# ---- explained

SEEN: Final = re.compile(r'name="newest" value="(\d+)"')
EXPLAINED: Final = """
    SELECT facts::jsonb - 'differences' FROM audit_entry
     WHERE action = 'stocktake.explained' ORDER BY id DESC LIMIT 1
"""


def test_what_is_explained_anew_is_told_by_the_audit_as_it_was_before(house: House) -> None:
    key, _codes = house.task(2)
    clerk, path = house.signed_in("clerk"), f"/stocktakes/{key}/explain"
    clerk.get(f"/stocktakes/{key}?tab=differences")
    (first,), (second,) = house.rows(
        "SELECT id FROM stocktake_difference WHERE stocktake_id = %s ORDER BY id", key
    )
    post(clerk, path, differences=str(first), explanation="借往分馆")
    assert house.rows(EXPLAINED) == [({"explanation": "借往分馆", "replaced": {}},)]
    for one in (first, second):
        post(clerk, path, differences=str(one), explanation="被盗，已报案")
    assert house.rows(EXPLAINED) == [({"explanation": "被盗，已报案", "replaced": {}},)]
    again = house.rows(EXPLAINED.replace("LIMIT 1", "OFFSET 1 LIMIT 1"))
    replaced = {str(first): ["借往分馆", "被盗，已报案"]}
    assert again == [({"explanation": "被盗，已报案", "replaced": replaced},)]


def test_explaining_all_leaves_what_has_come_since_the_page_was_shown(house: House) -> None:
    key, codes = house.task(2)
    clerk = house.signed_in("clerk")
    shown = SEEN.search(clerk.get(f"/stocktakes/{key}?tab=differences").text)
    assert shown
    house.count("teller", key, codes[0], place="三楼 302")
    clerk.get(f"/stocktakes/{key}")  # somebody looks: the difference is found
    path = f"/stocktakes/{key}/explain"
    post(clerk, path, all="1", newest=shown[1], explanation="已核实")
    query = "SELECT kind, explanation FROM stocktake_difference WHERE stocktake_id = %s ORDER BY 1"
    assert house.rows(query, key) == [("changed", ""), ("missing", "已核实")]
    assert post(clerk, path, all="1", explanation="已核实").status_code == 422  # nothing was seen


# ---- the unknown bin

NEXT: Final = re.compile(r'href="([^"]+)" rel="next"')
BIND: Final = re.compile(r'action="([^"]+/bind[^"]*)"')


def test_the_bin_shows_the_tasks_own_codes_or_the_units_page_by_page(house: House) -> None:  # H2
    before, _codes = house.task(1)
    house.count("teller", before, "ELSE-1")
    key, _codes = house.task(1)
    house.count("teller", key, *(f"OLD~{number:03}" for number in range(unknown.PAGE + 1)))
    clerk = house.signed_in("clerk")
    first = clerk.get(f"/stocktakes/{key}?tab=unknown&q=o").text
    assert first.count("OLD~") > 0
    assert ("OLD~000" in first, "ELSE-1" in first) == (False, False)
    following = NEXT.search(first)
    assert following
    last = clerk.get(unescape(following[1])).text
    assert "OLD~000" in last
    assert 'rel="prev"' in last
    bind = BIND.search(last)
    assert bind
    refused = post(clerk, unescape(bind[1]), code="OLD~000", card="NONE-1")
    assert (refused.status_code, "OLD~000" in refused.text) == (422, True)  # the same page of them
    assert "/bind?" not in "".join(NEXT.findall(refused.text))
    assert "ELSE-1" in clerk.get(f"/stocktakes/{key}?tab=unknown&of=unit&q=else").text
    assert "没有符合的编号" in clerk.get(f"/stocktakes/{key}?tab=unknown&q=else").text


@pytest.mark.parametrize("after", ["x", "1~x~A", "2~2026-01-01T00:00:00+08:00~A", "1~2026-01-01~A"])
def test_a_senseless_place_in_the_bin_is_its_beginning(house: House, after: str) -> None:  # J3
    key, _codes = house.task(1)
    house.count("teller", key, "OLD-9")
    page = house.signed_in("clerk").get(
        f"/stocktakes/{key}", query_string={"tab": "unknown", "after": after}
    )
    assert ("OLD-9" in page.text, "回到第一页" in page.text) == (True, False)
