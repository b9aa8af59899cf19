"""A stocktake's forms as they are sent: counted by hand, explained, drafted, codes in the bin (H2-H4)."""

import io
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from itertools import count
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Final
from uuid import uuid4

import pytest

from db import Database, audit, scalar, single_connection
from db.roles import DatabaseRole
from db.server import Server
from portal import PortalSettings, create_app
from registry.cards import write
from registry.org import Role, UserType
from registry.stocktake import (
    Count,
    Method,
    closing,
    counting,
    differences,
    outcome,
    tasks,
    undoing,
    unknown,
)
from registry.stocktake.tasks import Plan
from tests.fixtures.database import _copied
from tests.fixtures.patience import busy
from tests.portal.forms import forms
from tests.portal.office import Office
from tests.portal.test_admin import confirmed
from tests.portal.test_doors import post
from tests.portal.test_scan_read import photo, qr
from tests.registry.conftest import VALUES, _insert, furnish, organise

PLACE: Final = VALUES["place"]
_numbers = count(1)


class House(Office):
    """A library that counts, and its portal."""

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

    def close(self, key: int) -> None:
        with self.conn() as conn:
            closing.close(conn, self.person(conn, "clerk"), key, datetime.now(UTC), "")

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


def test_a_picture_sent_twice_counts_each_of_its_codes_once(house: House) -> None:  # H3, J3
    key, (code,) = house.task(1)
    teller = house.signed_in("teller")
    page = teller.get(f"/stocktakes/mine?task={key}").text
    (form,) = (one for one in forms(page) if one.action.endswith("/picture"))
    for _time in range(2):
        file = {"picture": (io.BytesIO(photo(qr(code))[0][1]), "标签.png")}
        answer = teller.post(form.action, data=form.says | file, content_type="multipart/form-data")
        assert answer.status_code == 303
    assert len(house.rows(STANDING, key, code)) == 1


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
    house.count("teller", key, *codes, place="三楼 301")
    house.explained(key)
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
    SELECT facts::jsonb - 'differences' - 'causes' FROM audit_entry
     WHERE action = 'stocktake.explained' ORDER BY id DESC LIMIT 1
"""


def test_what_is_explained_anew_is_told_by_the_audit_as_it_was_before(house: House) -> None:
    key, _codes = house.task(2)
    house.close(key)
    clerk, path = house.signed_in("clerk"), f"/stocktakes/{key}/explain"
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
    house.count("teller", key, codes[1], place="三楼 301")
    clerk = house.signed_in("clerk")
    shown = SEEN.search(clerk.get(f"/stocktakes/{key}?tab=differences").text)
    assert shown
    house.count("teller", key, codes[0], place="三楼 302")
    clerk.get(f"/stocktakes/{key}")  # somebody looks: the difference is found
    path = f"/stocktakes/{key}/explain"
    post(clerk, path, all="1", newest=shown[1], explanation="已核实")
    query = "SELECT after->>'place', explanation FROM stocktake_difference WHERE stocktake_id = %s ORDER BY 1"
    assert house.rows(query, key) == [("三楼 301", "已核实"), ("三楼 302", "")]
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


def unknown_code(house: House) -> tuple[int, str, str]:
    """(a task, an unknown code that was read in it, the code of a card of it)."""
    key, (code, *_rest) = house.task(2)
    old = f"OLD-{code}"
    house.count("teller", key, old)
    return key, old, code


def bound_to(house: House, old: str) -> str | None:
    query = (
        "SELECT card.code FROM unknown_code LEFT JOIN card ON card.id = unknown_code.card_id"
        " WHERE unknown_code.code = %(old)s"
    )
    with house.conn() as conn:
        found = scalar(conn, query, old=old)
    return str(found) if found else None


@pytest.mark.parametrize(
    "typed", ["{small}", " {code}\u3000", "https://h.example/c/{code}", "书立 {code}"]
)
def test_an_unknown_code_is_bound_by_whatever_names_its_card(
    house: House, typed: str
) -> None:  # J3
    key, old, code = unknown_code(house)
    with house.conn() as conn:
        conn.execute("UPDATE card SET name = '书立' WHERE code = %s", (code,))
    named = typed.format(code=code, small=code.lower())
    path, clerk = f"/stocktakes/{key}/bind", house.signed_in("clerk")
    said, _answer = confirmed(clerk, path, code=old, card=named)
    assert f"以后扫到 {old}，都算作“书立”（{code}）。" in said
    assert "已扫到的 1 次也改记到这张卡片" in said
    assert bound_to(house, old) == code


def test_of_several_cards_one_is_chosen_beside_the_unknown_code(house: House) -> None:  # J3
    key, old, code = unknown_code(house)
    clerk = house.signed_in("clerk")
    answer = post(clerk, f"/stocktakes/{key}/bind", code=old, card=VALUES["name"])
    assert answer.status_code == 422
    assert "请选一张" in answer.text
    assert f'<button name="card" value="{code}">' in answer.text
    assert bound_to(house, old) is None
    wrong = post(clerk, f"/stocktakes/{key}/bind", code=old, card="没有的")
    assert wrong.status_code == 422
    assert "没有编号或名称是“没有的”的卡片" in wrong.text


def test_a_code_that_was_set_aside_is_taken_up_from_the_message(house: House) -> None:  # J5
    key, _codes = house.task(1)
    house.count("teller", key, "OLD-77")
    clerk, bin_ = house.signed_in("clerk"), f"/stocktakes/{key}?tab=unknown"
    answer = post(clerk, f"/stocktakes/{key}/set-aside", code="OLD-77")
    page = clerk.get(answer.headers["Location"]).text
    assert ("已搁置" in page, "待处理" in page) == (True, False)
    found = re.search(r'action="(/undo/\d+)"', page)
    assert found is not None
    assert post(clerk, found[1]).headers["Location"] == bin_
    assert "待处理" in clerk.get(bin_).text


@pytest.mark.parametrize("after", ["x", "1~x~A", "2~2026-01-01T00:00:00+08:00~A", "1~2026-01-01~A"])
def test_a_senseless_place_in_the_bin_is_its_beginning(house: House, after: str) -> None:  # J3
    key, _codes = house.task(1)
    house.count("teller", key, "OLD-9")
    page = house.signed_in("clerk").get(
        f"/stocktakes/{key}", query_string={"tab": "unknown", "after": after}
    )
    assert ("OLD-9" in page.text, "回到第一页" in page.text) == (True, False)


def test_never_more_is_missing_than_the_page_has_said(house: House) -> None:  # H4
    key, codes = house.task(3)
    house.count("teller", key, *codes[:2])
    clerk = house.signed_in("clerk")
    page = clerk.get(f"/stocktakes/{key}/close").text
    assert 'name="missing" value="1"' in page
    with house.conn() as conn:  # meanwhile a count is taken back
        undoing.undo(conn, house.person(conn, "teller"), key, None, datetime.now(UTC))
    answer = post(clerk, f"/stocktakes/{key}/close", missing="1")
    said = clerk.get(answer.headers["Location"]).text
    assert "没有结束：未盘的刚才由 1 件增至 2 件" in said
    assert "件未盘将记为盘亏" in clerk.get(f"/stocktakes/{key}/close").text
    house.count("teller", key, codes[0], codes[1])  # fewer than was said is nobody's loss
    answer = post(clerk, f"/stocktakes/{key}/close", missing="2")
    assert "盘点已结束" in clerk.get(answer.headers["Location"]).text
    over = clerk.get(f"/stocktakes/{key}?tab=progress").text
    assert ("未盘" in over, "待盘" in over) == (True, False)
