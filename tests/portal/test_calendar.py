"""`/admin/calendar`: who keeps it, what is said of wrong input, where closures are told of."""

import html
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import LiteralString

import pytest
from flask import Flask
from flask.testing import FlaskClient
from psycopg.types.json import Jsonb

from analytics import calendar
from db import Connection, Database, scalar, single_connection
from db.roles import DatabaseRole
from portal import PortalSettings, create_app
from portal.formats import ZONE
from tests.fixtures.estate import DemoDatabase
from tests.portal.test_admin import confirmed, id_of, send
from tests.portal.test_doors import signed_in

NEW = "/admin/calendar/new"
LIBRARY = "460100222 海口市图书馆"
BUREAU = "海口市旅游和文化广电体育局"
FORM = {"unit": LIBRARY, "since": "2028-07-03", "until": "2028-07-14", "reason": "外墙修缮"}
ID = re.compile(r"/admin/calendar/(\d+)$")


@pytest.fixture(scope="module")
def app(demo_database: DemoDatabase) -> Iterator[Flask]:
    with Database(demo_database.copy.url(DatabaseRole.PORTAL)) as database:
        yield create_app(PortalSettings(), database, demo_database.data)


@pytest.fixture
def admin(app: Flask) -> FlaskClient:
    return signed_in(app, "admin")


@pytest.fixture
def owner(demo_database: DemoDatabase) -> Iterator[Connection]:
    with single_connection(demo_database.copy.url(), autocommit=True) as conn:
        newest = scalar(conn, "SELECT max(id) FROM closure")
        yield conn
        conn.execute("DELETE FROM closure WHERE id > %s", (newest,))


@pytest.fixture
def local(app: Flask, demo_database: DemoDatabase, owner: Connection) -> Iterator[FlaskClient]:
    """The reviewer of the library, who administers it, too."""
    key = id_of(demo_database, "reviewer")
    owner.execute("INSERT INTO user_role VALUES (%s, 'administrator')", (key,))
    yield signed_in(app, "reviewer")
    owner.execute("DELETE FROM user_role WHERE user_id = %s AND role = 'administrator'", (key,))


def added(client: FlaskClient, **changes: str) -> int:
    answer = send(client, NEW, **(FORM | changes))
    assert answer.status_code == 303, answer.text
    found = ID.search(answer.location)
    assert found
    return int(found[1])


@pytest.mark.usefixtures("owner")
def test_a_closure_is_entered_corrected_and_deleted_once_that_is_confirmed(
    admin: FlaskClient,
) -> None:
    key = added(admin)
    page = admin.get("/admin/calendar?year=2028").text
    assert "外墙修缮" in page
    assert "2028-07-03 至 2028-07-14" in page
    path = f"/admin/calendar/{key}"
    assert 'value="2028-07-14"' in admin.get(path).text
    changed = send(admin, path, **(FORM | {"until": "2028-07-03", "seen": "1"}))
    assert changed.status_code == 303
    assert "至 2028-07-14" not in admin.get("/admin/calendar?year=2028").text
    said, answer = confirmed(admin, f"{path}/remove")
    assert "海口市图书馆 · 2028-07-03 · 外墙修缮" in said
    assert answer.status_code == 303
    assert admin.get(path).status_code == 404
    assert "2028 年没有暂停办公" in admin.get("/admin/calendar?year=2028").text


@pytest.mark.usefixtures("owner")
@pytest.mark.parametrize(
    ("changes", "field", "zh", "en"),
    [
        ({"unit": "无此单位"}, "unit", "没有这个单位", "There is no such unit"),
        ({"since": ""}, "since", "请填写 2000 至 2100 年之间的日期", "Give a date"),
        ({"until": "2028-02-30"}, "until", "请填写 2000 至 2100 年之间的日期", "Give a date"),
        ({"until": "2028-07-02"}, "until", "不能早于第一天 2028-07-03", "before the first"),
        ({"until": "2029-07-04"}, "until", "最多 366 天", "366 days at most"),
        ({"reason": "  "}, "reason", "请填写原因", "Give a reason"),
    ],
)
def test_wrong_input_is_said_beside_its_field_and_nothing_typed_is_lost(
    admin: FlaskClient, changes: dict[str, str], field: str, zh: str, en: str
) -> None:  # J3
    typed = FORM | changes
    for language, words in (("zh", zh), ("en", en)):
        admin.set_cookie("language", language)
        answer = send(admin, NEW, **typed)
        assert answer.status_code == 422
        said = re.search(rf'id="f-{field}-e">([^<]+)', answer.text)
        assert said
        assert words in html.unescape(said[1])
        for name, value in typed.items():
            shown = re.search(rf'name="{name}"[^>]* value="([^"]*)"', answer.text)
            assert shown
            assert html.unescape(shown[1]) == value


@pytest.mark.usefixtures("owner")
def test_an_overlap_names_the_closure_that_stands(admin: FlaskClient) -> None:
    added(admin)
    answer = send(admin, NEW, **(FORM | {"since": "2028-07-14", "until": "2028-07-20"}))
    assert answer.status_code == 422
    assert "2028-07-03 至 2028-07-14（外墙修缮）" in answer.text


@pytest.mark.usefixtures("owner")
def test_a_stale_form_changes_nothing(admin: FlaskClient) -> None:
    path = f"/admin/calendar/{added(admin)}"
    send(admin, path, **(FORM | {"reason": "改过", "seen": "1"}))
    stale = send(admin, path, **(FORM | {"reason": "晚了", "seen": "1"}))
    assert stale.status_code == 422
    assert "刚被别人修改过" in stale.text
    assert "改过" in admin.get("/admin/calendar?year=2028").text


def test_a_local_administrator_keeps_their_unit_and_sees_what_holds_from_above(
    admin: FlaskClient, local: FlaskClient
) -> None:  # J4
    above = added(admin, unit=BUREAU, reason="全局培训")
    elsewhere = added(admin, unit="三亚市人民医院", reason="别处")
    own = added(local)
    page = local.get("/admin/calendar?year=2028").text
    assert "全局培训" in page
    assert "随上级单位" in page
    assert "别处" not in page
    assert f"/admin/calendar/{own}" in page
    assert f"/admin/calendar/{above}" not in page
    for key in (above, elsewhere):
        assert local.get(f"/admin/calendar/{key}").status_code == 404
        assert send(local, f"/admin/calendar/{key}", **FORM, seen="1").status_code == 404
        assert send(local, f"/admin/calendar/{key}/remove").status_code == 404
    answer = send(local, NEW, **(FORM | {"unit": BUREAU, "since": "2028-08-01"}))
    assert answer.status_code == 422
    assert f'value="{LIBRARY}"' in local.get(NEW).text  # their one unit stands there already


@pytest.mark.usefixtures("owner")
def test_the_calendar_of_a_unit_has_what_holds_for_it(admin: FlaskClient) -> None:
    added(admin, unit=BUREAU, reason="全局培训")
    added(admin, unit="三亚市人民医院", reason="别处")
    page = admin.get("/admin/calendar?year=2028&unit=海口市图书馆").text
    assert "全局培训" in page
    assert "别处" not in page
    assert "全局培训" not in admin.get("/admin/calendar?year=2028&unit=三亚市人民医院").text
    assert "没有“无此单位”这个选项" in admin.get("/admin/calendar?unit=无此单位").text


def test_the_national_holidays_of_the_year_stand_beside_it(admin: FlaskClient) -> None:
    page = admin.get("/admin/calendar?year=2025").text
    assert "2025-01-28 至 2025-02-04" in page
    assert "2025-01-26、2025-02-08 上班" in page
    admin.set_cookie("language", "en")
    assert "Spring Festival" in admin.get("/admin/calendar?year=2025").text
    unknown = "The system has no holidays of that year yet"
    assert unknown in admin.get("/admin/calendar?year=2099").text
    assert unknown in admin.get("/admin/calendar?year=2003").text


@pytest.mark.parametrize("year", ["x", "1999", "2101", "99999999999"])
def test_a_year_that_there_is_not_is_said_and_this_years_is_shown(
    admin: FlaskClient, year: str, demo_database: DemoDatabase
) -> None:
    page = admin.get(f"/admin/calendar?year={year}")
    assert page.status_code == 200
    assert "没有“" in page.text
    assert f'aria-current="page">{demo_database.now.year}<' in page.text


WATCHED = """
    SELECT card.code FROM card JOIN assessment ON card_id = card.id JOIN unit ON unit.id = unit_id
     WHERE unit.name = '海口市图书馆' ORDER BY card.code LIMIT 1
"""


def test_the_page_of_a_watched_asset_says_when_its_unit_was_closed(
    app: Flask, admin: FlaskClient, owner: Connection, demo_database: DemoDatabase
) -> None:
    code = scalar(owner, WATCHED)
    last = demo_database.now.astimezone(ZONE).date()
    added(admin, unit=BUREAU, since=f"{last - timedelta(days=9)}", until=f"{last}")
    page = signed_in(app, "clerk").get(f"/monitoring/assets/{code}").text
    assert f"单位 {last - timedelta(days=9)} 至 {last} 暂停办公" in page
    assert "外墙修缮" in page


EVIDENCE: LiteralString = "SELECT evidence FROM suggestion WHERE id = %(suggestion)s"
FREEZE: LiteralString = "UPDATE suggestion SET evidence = %(evidence)s WHERE id = %(suggestion)s"


def test_a_suggestion_says_on_how_many_working_days_the_unit_was_closed_and_if_they_count(
    app: Flask, owner: Connection
) -> None:
    facts = {"suggestion": scalar(owner, "SELECT max(id) FROM suggestion WHERE state = 'open'")}
    clerk, path = signed_in(app, "clerk"), f"/suggestions?pick={facts['suggestion']}"
    assert "单位暂停办公" not in clerk.get(path).text
    before = scalar(owner, EVIDENCE, **facts)
    assert isinstance(before, dict)
    days = [one | {"closed": n < 7} for n, one in enumerate(before["days"])]  # a whole week
    assert sum(one["official"] for one in days[:7]) == (working := 5)
    try:
        for counted, words in ((False, "不算工作日。"), (True, "仍按工作日计算")):
            evidence = before | {"days": days, "closed_counted": counted}
            owner.execute(FREEZE, facts | {"evidence": Jsonb(evidence)})
            page = clerk.get(path).text
            assert f"期间有 {working} 个工作日单位暂停办公。" in page
            assert words in page
    finally:
        owner.execute(FREEZE, facts | {"evidence": Jsonb(before)})


@pytest.mark.usefixtures("owner")
def test_a_closure_that_was_changed_and_deleted_is_made_again_by_its_first_form(
    admin: FlaskClient,
) -> None:
    sent = {"submission": "the-form-of-2028-closure"}
    path = f"/admin/calendar/{added(admin, **sent)}"
    moved = FORM | {"since": "2029-07-03", "until": "2029-07-14", "seen": "1"}
    assert send(admin, path, **moved).status_code == 303
    again = send(admin, NEW, **FORM, **sent)
    assert again.location == path  # it stands
    confirmed(admin, f"{path}/remove")
    key = added(admin, **sent)
    assert f"/admin/calendar/{key}" in admin.get("/admin/calendar?year=2028").text


JUDGED: LiteralString = """
    UPDATE assessment SET closed_counted = %(counted)s, closed = %(closed)s
     WHERE card_id = (SELECT id FROM card WHERE code = %(code)s)
"""


def test_the_page_of_a_watched_asset_says_what_its_judgement_took_the_closed_days_for(
    app: Flask, owner: Connection, demo_database: DemoDatabase
) -> None:
    code, clerk = scalar(owner, WATCHED), signed_in(app, "clerk")
    path, day = f"/monitoring/assets/{code}", demo_database.now.astimezone(ZONE).date()
    days = [day - timedelta(days=n) for n in range(1, 8)]  # five of them working days
    open_days = "仍按工作日计算"
    assert open_days not in clerk.get(path).text
    try:
        owner.execute(JUDGED, {"code": code, "closed": days, "counted": False})
        page = clerk.get(path).text
        working = sum(calendar.is_working(one) for one in days)
        assert f"计算时另有 {working} 个工作日算作暂停办公" in page
        assert "不算工作日。" in page
        assert open_days not in page
        owner.execute(JUDGED, {"code": code, "closed": days, "counted": True})
        page = clerk.get(path).text
        assert open_days in page
        assert "不算工作日。" not in page
    finally:
        owner.execute(JUDGED, {"code": code, "closed": [], "counted": False})
