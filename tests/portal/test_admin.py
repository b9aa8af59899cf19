"""Administration by its pages: who may, what is refused in words, what is shown once."""

import io
import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from db import Database, scalar, single_connection
from db.roles import DatabaseRole
from portal import PortalSettings, create_app
from registry.org import user
from registry.stocktake import devices
from tests.fixtures.estate import DemoDatabase
from tests.portal.test_doors import post, signed_in

PAGES = (
    "/admin",
    "/admin/users",
    "/admin/users/new",
    "/admin/units",
    "/admin/units/new",
    "/admin/calendar",
    "/admin/calendar?year=2027&unit=图书馆",
    "/admin/calendar/new",
    "/admin/reference",
    "/admin/reference?list=categories&q=A02",
    "/admin/chains",
)


@pytest.fixture(scope="module")
def app(demo_database: DemoDatabase) -> Iterator[Flask]:
    with Database(demo_database.copy.url(DatabaseRole.PORTAL)) as database:
        yield create_app(PortalSettings(), database, demo_database.data)


@pytest.fixture
def admin(app: Flask) -> FlaskClient:
    return signed_in(app, "admin")


def send(client: FlaskClient, path: str, **form: object) -> TestResponse:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/account").text)
    assert found
    return client.post(path, data={**form, "csrf_token": found[1]})


def confirmed(client: FlaskClient, path: str, **form: object) -> tuple[str, TestResponse]:
    """(the page that says what it will mean, the answer once that was confirmed)."""
    page = send(client, path, **form)
    mark = re.search(r'name="confirmed" value="(\w+)"', page.text)
    assert mark is not None, page.status
    return page.text, send(client, path, **form, confirmed=mark[1])


def id_of(demo: DemoDatabase, login: str) -> int:
    with single_connection(demo.copy.url()) as conn:
        key = scalar(conn, "SELECT id FROM app_user WHERE login = %(login)s", login=login)
    assert isinstance(key, int)
    return key


def unit_of(demo: DemoDatabase, name: str) -> int:
    with single_connection(demo.copy.url()) as conn:
        key = scalar(conn, "SELECT id FROM unit WHERE name = %(name)s", name=name)
    assert isinstance(key, int)
    return key


@pytest.mark.parametrize("path", PAGES)
def test_page_opens_for_the_administrator_only(app: Flask, admin: FlaskClient, path: str) -> None:
    assert admin.get(path).status_code == 200
    assert signed_in(app, "clerk").get(path).status_code == 403
    admin.set_cookie("language", "en")
    assert admin.get(path).status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "unit=x&type=9&role=king&state=no&sort=no",
        "after=x",
        "after=~",
        "after=a~99999999999999999999",
        "q=%25_%5C",
        "sort=seen&state=all",
    ],
)
def test_senseless_filter_of_people_counts_as_none(admin: FlaskClient, query: str) -> None:
    assert admin.get(f"/admin/users?{query}").status_code == 200


def test_new_person_gets_a_temporary_password_shown_once(
    app: Flask, admin: FlaskClient, demo_database: DemoDatabase
) -> None:
    form = {
        "login": "newcomer",
        "name": "新来的",
        "unit": "海口市图书馆",
        "type": "",  # as the unit's kind says
        "roles": ["preparer", "stocktaker"],
    }
    answer = send(admin, "/admin/users/new", **form)
    found = re.search(r'class="p-once" data-fact>(\w{12})<', answer.text)
    assert found
    client = app.test_client()
    assert post(client, "/login", login="newcomer", password=found[1]).status_code == 303
    assert client.get("/cards").headers["Location"] == "/account/password"
    again = send(admin, "/admin/users/new", **(form | {"name": "又一位"}))
    assert again.status_code == 422
    assert "已被使用" in again.text
    wrong = send(admin, "/admin/users/new", **(form | {"login": "new2", "type": "002"}))
    assert wrong.status_code == 422
    assert "的用户应为 003-预算单位用户" in wrong.text
    key = id_of(demo_database, "newcomer")
    confirmed(admin, f"/admin/users/{key}/deactivate")
    assert client.get("/account/password").status_code == 302
    assert "newcomer" in admin.get("/admin/users?state=inactive").text


def test_change_keeps_what_was_typed_where_it_is_refused(
    admin: FlaskClient, demo_database: DemoDatabase
) -> None:
    key = id_of(demo_database, "counter")
    seen = re.search(r'name="seen" value="(\d+)"', admin.get(f"/admin/users/{key}").text)
    assert seen
    form = {
        "seen": seen[1],
        "name": "符海燕",
        "unit": "海口市图书馆",
        "type": "003",
        "roles": "stocktaker",
        "email": "wrong",
    }
    answer = send(admin, f"/admin/users/{key}", **form)
    assert answer.status_code == 422
    assert 'value="wrong"' in answer.text
    assert (
        send(admin, f"/admin/users/{key}", **(form | {"email": "fu@example.cn"})).status_code == 303
    )
    stale = send(admin, f"/admin/users/{key}", **(form | {"email": ""}))
    assert "刚被别人修改过" in stale.text


def test_nobody_shuts_themselves_out_by_address(
    admin: FlaskClient, demo_database: DemoDatabase
) -> None:
    key = id_of(demo_database, "admin")
    send(admin, f"/admin/users/{key}/deactivate")
    assert "不能停用自己" in admin.get(f"/admin/users/{key}").text
    assert admin.get("/admin").status_code == 200


def test_unit_is_completed_while_one_types_and_known_by_code_or_name(
    admin: FlaskClient, demo_database: DemoDatabase
) -> None:
    found = admin.get("/admin/units/known.json?q=图书馆").json
    assert found is not None
    assert "海口市图书馆" in [one["name"] for one in found["items"]]
    library = next(one for one in found["items"] if one["name"] == "海口市图书馆")
    assert admin.get(f"/admin/units/known.json?q={library['code'][:6]}").json["items"]  # type: ignore[index]
    assert admin.get("/admin/units/known.json?q=%25").json == {"items": []}
    for said in (library["code"], library["name"], f"{library['code']} {library['name']}"):
        page = admin.get("/admin/users", query_string={"unit": said}).text
        assert "clerk" in page
        assert "clerk2" not in page
    assert "没有符合条件的用户" in admin.get("/admin/users?unit=无此单位").text
    form = {"login": "nobody9", "name": "某人", "type": "003", "roles": "preparer"}
    for unit in ("", "无此单位"):
        answer = send(admin, "/admin/users/new", unit=unit, **form)
        assert answer.status_code == 422
        assert "没有这个单位" in answer.text
        assert 'value="某人"' in answer.text


def test_local_administrator_is_offered_only_the_units_that_they_keep(
    app: Flask, demo_database: DemoDatabase
) -> None:
    key = id_of(demo_database, "department")
    with single_connection(demo_database.copy.url()) as conn:
        conn.execute("INSERT INTO user_role VALUES (%s, 'administrator')", (key,))
    try:
        client = signed_in(app, "department")
        offered = client.get("/admin/units/known.json").json
        assert offered is not None
        names = [one["name"] for one in offered["items"]]
        assert "海口市图书馆" in names
        assert "三亚市人民医院" not in names
        form = {"login": "nobody8", "name": "某人", "type": "003", "roles": "preparer"}
        answer = send(client, "/admin/users/new", unit="三亚市人民医院", **form)
        assert "没有这个单位" in answer.text
        own = unit_of(demo_database, "海口市旅游和文化广电体育局")
        page = client.get(f"/admin/units/{own}").text.split('class="ph-sheet', 1)[1]
        page = page.split("</form>", 1)[0]
        fields = r'name="(seen|name|code|parent|address|phone)"[^>]*? value="([^"]*)"'
        typed = dict(re.findall(fields, page))
        kind = re.search(r'<option value="(\w+)" selected', page)
        division = re.search(r'<option value="(\d+)" data-fact selected', page)
        assert kind
        assert division
        kept = send(client, f"/admin/units/{own}", **typed, kind=kind[1], division=division[1])
        assert kept.status_code == 303  # the unit above, which they don't keep, stays as it was
        again = client.get(f"/admin/units/{own}").text.split('class="ph-sheet', 1)[1]
        assert {**dict(re.findall(fields, again.split("</form>", 1)[0])), "seen": ""} == {
            **typed,
            "seen": "",
        }
    finally:
        with single_connection(demo_database.copy.url()) as conn:
            conn.execute(
                "DELETE FROM user_role WHERE user_id = %s AND role = 'administrator'", (key,)
            )


@pytest.mark.parametrize("path", ["/admin/users/999999", "/admin/units/999999"])
def test_what_is_not_there_is_404(admin: FlaskClient, path: str) -> None:
    assert admin.get(path).status_code == 404
    assert send(admin, f"{path}/deactivate").status_code in {303, 404}


def test_local_administrator_sees_their_units_and_no_rules(
    app: Flask, demo_database: DemoDatabase
) -> None:
    key = id_of(demo_database, "department")
    with single_connection(demo_database.copy.url()) as conn:
        conn.execute("INSERT INTO user_role VALUES (%s, 'administrator')", (key,))
    try:
        client = signed_in(app, "department")
        page = client.get("/admin/units").text
        assert "海口市图书馆" in page
        assert "三亚市人民医院" not in page
        assert client.get(f"/admin/users/{id_of(demo_database, 'clerk2')}").status_code == 404
        assert client.get("/admin/reference").status_code == 403
        assert client.get("/admin/chains").status_code == 403
        assert client.get("/admin/users/new").status_code == 200
    finally:
        with single_connection(demo_database.copy.url()) as conn:
            conn.execute(
                "DELETE FROM user_role WHERE user_id = %s AND role = 'administrator'", (key,)
            )


def test_unit_is_opened_given_sections_and_closed(
    admin: FlaskClient, demo_database: DemoDatabase
) -> None:
    above = unit_of(demo_database, "海口市教育局")
    form = {
        "name": "海口市第一中学",
        "code": "460100299",
        "kind": "unit",
        "division": "460100",
        "parent": "海口市教育局",
    }
    assert send(admin, "/admin/units/new", **form).status_code == 303
    key = unit_of(demo_database, "海口市第一中学")
    send(admin, f"/admin/units/{key}/sections", name="教务处")
    page = admin.get(f"/admin/units/{key}").text
    section = re.search(rf"/admin/units/{key}/sections/(\d+)/remove", page)
    assert section
    send(admin, f"/admin/units/{key}/sections/{section[1]}/remove")
    said, _answer = confirmed(admin, f"/admin/units/{key}/deactivate")
    assert "不能再给它新增人员和下级单位" in said
    assert "恢复使用" in admin.get(f"/admin/units/{key}").text
    send(admin, f"/admin/units/{above}/deactivate")
    assert "海口市教育局" in admin.get("/admin/units?q=教育").text


def test_reference_list_comes_in_whole_or_not_at_all(
    admin: FlaskClient, demo_database: DemoDatabase
) -> None:
    def upload(text: bytes) -> TestResponse:
        return send(admin, "/admin/reference?list=divisions", file=(io.BytesIO(text), "d.csv"))

    wrong = upload(
        "code,name,level,parent\n460999,某县,county,460000\n46x,某地,county,460000\n460998,,county,\n".encode()
    )
    assert wrong.status_code == 422
    assert "有 2 行要改" in wrong.text
    assert "第 3 行" in wrong.text
    assert "第 4 行" in wrong.text
    assert "某县" not in admin.get("/admin/reference?list=divisions&q=460999").text
    assert (
        upload("code,name,level,parent\n460999,某县,county,460000\n".encode("gb18030")).status_code
        == 303
    )
    assert "某县" in admin.get("/admin/reference?list=divisions&q=460999").text
    for rubbish in (b"", b"\xff\xfe\x00\x00", b'a,"b\n', b'code,name,level,parent\n"x\n'):
        assert upload(rubbish).status_code == 422


def test_chain_is_kept_in_the_order_of_the_form(admin: FlaskClient) -> None:
    path = "/admin/chains/card_change/disposal"
    kept = send(admin, path, body=["department", "", "finance"], seen="unit,department")
    assert kept.status_code == 303
    stale = send(admin, path, body=["unit"], seen="unit,department")
    assert stale.status_code == 422
    twice = send(admin, path, body=["unit", "unit"], seen="department,finance")
    assert "不能出现两次" in twice.text
    assert (
        send(admin, path, body=["unit", "department"], seen="department,finance").status_code == 303
    )
    assert send(admin, "/admin/chains/no/such", body=["unit"], seen="").status_code == 404


def test_administrator_ends_a_lost_device_that_its_owner_cant(
    admin: FlaskClient, demo_database: DemoDatabase
) -> None:
    owner = id_of(demo_database, "counter2")
    with single_connection(demo_database.copy.url()) as conn:
        counter = user(conn, owner)
        assert counter is not None
        key, token = devices.add(conn, counter, "丢在走廊的枪", demo_database.now, "")
    assert "丢在走廊的枪" in admin.get(f"/admin/users/{owner}").text
    elsewhere = id_of(demo_database, "clerk")
    assert send(admin, f"/admin/users/{elsewhere}/devices/{key}/revoke").status_code == 404
    said, answer = confirmed(admin, f"/admin/users/{owner}/devices/{key}/revoke")
    assert ("丢在走廊的枪" in said, answer.status_code) == (True, 303)
    assert send(admin, f"/admin/users/{owner}/devices/{key}/revoke").status_code == 404
    with single_connection(demo_database.copy.url()) as conn:
        assert devices.signed_in(conn, token, demo_database.now) is None
        told = conn.execute(
            "SELECT actor FROM audit_entry WHERE action = 'scan_device.revoked' AND subject = %s",
            (f"scan_device:{key}",),
        ).fetchall()
    assert told == [("admin",)]
