"""Permissions at the door, scope in the query, and what protects every answer."""

import gc
import re
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse, create_environ, run_wsgi_app

import portal
from db import Database, scalar, single_connection
from db.roles import DatabaseRole
from ops.demo import PASSWORD
from portal import PortalSettings, create_app
from portal.permissions import check_all_named, needed
from portal.typed_text import SECRET
from tests.fixtures.estate import DemoDatabase

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@pytest.fixture(scope="module")
def app(demo_database: DemoDatabase) -> Iterator[Flask]:
    with Database(demo_database.copy.url(DatabaseRole.PORTAL)) as database:
        yield create_app(PortalSettings(), database, demo_database.data)


def post(client: FlaskClient, path: str, **form: str) -> TestResponse:
    """Send a form as a browser does: with its token."""
    found = TOKEN.search(client.get("/login", follow_redirects=True).text)
    assert found is not None
    return client.post(path, data={**form, "csrf_token": found[1]})


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def signed_in(app: Flask, login: str) -> FlaskClient:
    client = app.test_client()
    answer = post(client, "/login", login=login, password=PASSWORD)
    assert answer.status_code == 303
    return client


def aged(app: Flask, client: FlaskClient, **minutes: int) -> None:
    """As if moments of the client's session were so many minutes earlier."""
    with client.session_transaction() as session:
        token = session["token"]
    with app.extensions["panhuo.database"].transaction("age a session") as conn:
        for moment, earlier in minutes.items():
            conn.execute(
                f"UPDATE login_session SET {moment} = {moment} - interval '{earlier} minutes' "
                "WHERE token_hash = sha256(%(token)s::bytea)",
                {"token": token},
            )


def an_asset(demo: DemoDatabase, unit: str) -> str:
    with single_connection(demo.copy.url()) as conn:
        code = scalar(
            conn,
            "SELECT card.code FROM card JOIN unit ON unit.id = unit_id WHERE unit.name = %(unit)s "
            "AND EXISTS (SELECT FROM binding WHERE card_id = card.id) ORDER BY 1 LIMIT 1",
            unit=unit,
        )
    assert isinstance(code, str)
    return code


def test_every_route_names_its_permission(app: Flask) -> None:
    check_all_named(app)


def test_route_without_a_permission_stops_the_start(app: Flask) -> None:
    bare = Flask("bare", static_folder=None)
    bare.add_url_rule("/open", "open", lambda: "")
    with pytest.raises(RuntimeError, match="open"):
        check_all_named(bare)


def test_nothing_is_served_to_strangers_but_what_is_public(app: Flask, client: FlaskClient) -> None:
    for rule in app.url_map.iter_rules():
        if needed(app, rule.endpoint) is None or "GET" not in (rule.methods or ()):
            continue
        path = rule.rule.replace("<code>", "TY1").replace("<digest>", "0" * 64)
        path = re.sub(r"<any\((\w+)[^>]*>", r"\1", path)
        answer = client.get(re.sub(r"<int[^>]*>", "1", path))
        assert (rule.rule, answer.status_code) == (rule.rule, 302)
        assert answer.headers["Location"].startswith("/login")


def test_hidden_page_is_refused_by_address_too(app: Flask) -> None:
    assert signed_in(app, "admin").get("/suggestions").status_code == 403
    assert signed_in(app, "counter").get("/monitoring").status_code == 403


@pytest.mark.parametrize("login", ["admin", "counter"])
def test_my_day_shows_nothing_of_pages_that_are_refused(app: Flask, login: str) -> None:
    page = signed_in(app, login).get("/").text
    assert "设备告警" not in page
    assert 'href="/suggestions' not in page
    assert 'href="/monitoring' not in page
    assert 'action="/monitoring"' not in page
    assert ("单位资产全景" in page) is (login == "counter")
    assert ("没有等您办理的事" in page) is (login == "admin")


@pytest.mark.parametrize("path", ["", "/sessions", "/readings.json?from=2026-11-01&to=2026-11-02"])
def test_another_units_asset_is_a_secret(
    app: Flask, demo_database: DemoDatabase, path: str
) -> None:
    code = an_asset(demo_database, "海口市图书馆")
    address = f"/monitoring/assets/{code}{path}"
    assert signed_in(app, "clerk").get(address).status_code == 200
    assert signed_in(app, "department").get(address).status_code == 200
    assert signed_in(app, "clerk2").get(address).status_code == 404


def test_another_units_photo_is_a_secret(app: Flask, demo_database: DemoDatabase) -> None:
    with single_connection(demo_database.copy.url()) as conn:
        digest = scalar(
            conn,
            "SELECT digest FROM photo JOIN card ON card.id = card_id "
            "JOIN unit ON unit.id = unit_id WHERE unit.name = '海口市图书馆' "
            # What was transferred to another unit, its photos are theirs as well.
            "AND NOT EXISTS (SELECT FROM card_change WHERE origin_card_id = card.id) "
            "AND digest NOT IN (SELECT digest FROM photo JOIN card AS other ON other.id = card_id "
            "WHERE other.unit_id <> unit.id) ORDER BY photo.id LIMIT 1",
        )
    own = signed_in(app, "clerk").get(f"/photos/{digest}", buffered=True)
    assert (own.status_code, own.mimetype) == (200, "image/jpeg")
    assert signed_in(app, "clerk2").get(f"/photos/{digest}").status_code == 404
    assert signed_in(app, "clerk").get("/photos/..%2f..%2fsecrets.json").status_code == 404


def test_another_units_suggestion_can_not_be_closed(
    app: Flask, demo_database: DemoDatabase
) -> None:
    with single_connection(demo_database.copy.url()) as conn:
        key = scalar(conn, "SELECT id FROM suggestion WHERE state = 'open' LIMIT 1")
    client = signed_in(app, "clerk2")
    assert post(client, f"/suggestions/{key}/dismiss", reason="x").status_code == 404


def test_form_without_its_token_is_refused_in_words(app: Flask) -> None:
    answer = app.test_client().post("/login", data={"login": "clerk", "password": PASSWORD})
    assert answer.status_code == 400
    assert "页面停留太久" in answer.text
    assert "data-typed" not in answer.text  # nothing of a sign-in is said again


TYPED = {
    "reason": "部门合并，\n<b>多出</b>一台",
    "name": "数码相机",
    "status": "idle",
    "new_password": "geheim-1",
    "present": "geheim-2",
    "csrf_token": "geheim-3",
    "seen": "4711",
}


def says_what_was_typed(answer: TestResponse) -> None:
    assert answer.status_code == 400
    assert "部门合并，\n&lt;b&gt;多出&lt;/b&gt;一台" in answer.text
    assert 'value="数码相机"' in answer.text
    assert "geheim" not in answer.text
    assert "4711" not in answer.text
    assert 'target="_blank"' in answer.text


def test_what_was_typed_in_a_page_that_has_expired_can_be_copied(app: Flask) -> None:
    client = signed_in(app, "clerk")
    from_page = {"Referer": "http://localhost/changes/new?kind=status"}
    answer = client.post("/changes/new?kind=status", data=TYPED, headers=from_page)
    says_what_was_typed(answer)
    assert "/login?next=/changes/new?kind%3Dstatus" in answer.text
    assert "闲置" in answer.text
    client.set_cookie("language", "en")
    english = client.post("/changes/new?kind=status", data={**TYPED, "shareable": "false"})
    assert "What you typed" in english.text
    assert 'value="No"' in english.text


def test_what_was_typed_before_the_session_ended_can_be_copied(app: Flask) -> None:
    client = signed_in(app, "clerk")
    token = TOKEN.search(client.get("/").text)
    assert token is not None
    aged(app, client, seen_at=121)
    answer = client.post("/changes/new?kind=status", data={**TYPED, "csrf_token": token[1]})
    says_what_was_typed(answer)
    nothing = client.post(
        "/changes/1/submit", data={"seen": "1", "csrf_token": token[1]},
        headers={"Referer": "http://localhost/changes/1?tab=draft"},
    )  # fmt: skip
    assert nothing.status_code == 302  # to the sign-in, and from there to the page with the button
    assert parse_qs(urlsplit(nothing.headers["Location"]).query)["next"] == ["/changes/1?tab=draft"]


@pytest.mark.parametrize(
    ("path", "form", "said"),
    [
        (
            "/account/contact",
            {"email": "a@b.cn", "events": "x"},
            ("电子邮箱", "哪些通知同时发邮件"),
        ),
        ("/account/devices", {"name": "走廊枪"}, ("设备名称",)),
        ("/admin/units/1/sections", {"name": "古籍部"}, ("新部门的名称",)),
        ("/admin/users/1", {"name": "李云舒", "roles": "preparer"}, ("姓名", "角色", "经办岗")),
        ("/transfer/listings/1/delist", {"reason": "坏了"}, ("下架原因",)),
        ("/transfer/listings/1/correct", {"reason": "写错", "note": "x"}, ("更正原因", "说明")),
        ("/suggestions/1/dismiss", {"reason": "汛期用"}, ("不采纳的原因",)),
        ("/demands/sheets/new", {"quantity": "2"}, ("数量",)),
    ],
)
def test_fields_are_said_by_the_names_that_their_own_form_gave_them(
    app: Flask, path: str, form: dict[str, str], said: tuple[str, ...]
) -> None:
    page = app.test_client().post(path, data=form).text
    labels = re.findall(r'<label for="t-\d+"[^>]*>([^<]+)', page)
    values = re.findall(r'id="t-\d+" value="([^"]*)"', page)
    for word in said:
        assert any(word in one for one in (*labels, *values)), (word, labels, values)
    assert len(labels) == len(form)


def test_of_the_account_only_secrets_are_left_out(app: Flask) -> None:
    form = {"present": "geheim-1", "password": "geheim-2", "again": "geheim-2", "code": "123456"}
    client = signed_in(app, "clerk")
    answer = client.post("/account/password", data={**form, "phone": "0898-1"})
    assert "0898-1" in answer.text
    assert "geheim" not in answer.text
    assert "123456" not in answer.text


def test_what_another_site_sends_is_not_said_again(app: Flask) -> None:
    foreign = {"Sec-Fetch-Site": "cross-site"}
    answer = app.test_client().post("/changes/new?kind=status", data=TYPED, headers=foreign)
    assert answer.status_code == 400
    assert "data-typed" not in answer.text


def test_every_password_field_of_the_pages_is_known_as_a_secret() -> None:
    pages = Path(portal.__file__).parent / "templates"
    texts = [path.read_text(encoding="utf-8") for path in pages.rglob("*.html")]
    named = {name for text in texts for name in re.findall(r'secret_field\("(\w+)"', text)}
    assert {"password", "present"} <= named
    assert [name for name in named if not SECRET.search(name)] == []


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:x"]
)
def test_sign_in_never_leads_to_another_site(client: FlaskClient, target: str) -> None:
    answer = post(client, "/login", login="clerk", password=PASSWORD, next=target)
    assert answer.headers["Location"] == "/"


def test_sign_in_goes_on_to_where_one_wanted(client: FlaskClient) -> None:
    answer = post(client, "/login", login="clerk", password=PASSWORD, next="/monitoring?q=1")
    assert answer.headers["Location"] == "/monitoring?q=1"


def test_wrong_password_keeps_the_login_and_says_so_in_either_language(
    client: FlaskClient,
) -> None:
    answer = post(client, "/login", login="reviewer", password="wrong")
    assert answer.status_code == 401
    assert 'value="reviewer"' in answer.text
    assert "登录名或口令不对" in answer.text
    client.set_cookie("language", "en")
    english = post(client, "/login", login="reviewer", password="wrong")
    assert "Login or password is wrong" in english.text


@pytest.mark.parametrize("path", ["/login", "/", "/monitoring", "/suggestions", "/nowhere"])
def test_every_page_is_protected_by_headers_and_has_nothing_inline(app: Flask, path: str) -> None:
    answer = signed_in(app, "clerk").get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe-inline" not in policy
    assert "default-src 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Request-Id"]
    assert not re.search(r"\sstyle=|\son\w+=|<style|<script(?![^>]+src=)", answer.text)
    assert not re.search(r'(?:src|href)="https?:', answer.text)


def test_session_ends_after_its_idle_time(app: Flask) -> None:
    client = signed_in(app, "clerk")
    aged(app, client, seen_at=119)
    assert client.get("/").status_code == 200  # and was seen by that
    assert client.get("/").status_code == 200
    aged(app, client, seen_at=121)
    assert client.get("/").status_code == 302


def test_session_ends_after_its_longest_time(app: Flask) -> None:
    client = signed_in(app, "clerk")
    aged(app, client, began_at=13 * 60)
    assert client.get("/").status_code == 302


def test_raised_epoch_signs_out_everywhere(app: Flask, demo_database: DemoDatabase) -> None:
    client = signed_in(app, "clerk2")
    with single_connection(demo_database.copy.url()) as conn:
        conn.execute("UPDATE app_user SET session_epoch = session_epoch + 1 WHERE login = 'clerk2'")
    assert client.get("/").status_code == 302


def test_cookies_are_kept_from_scripts(client: FlaskClient) -> None:
    answer = post(client, "/login", login="clerk", password=PASSWORD)
    cookie = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("panhuo="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


@pytest.mark.parametrize(
    "query", ["from=x&to=y", "from=2026-01-02&to=2026-01-01", "from=2020-01-01&to=2026-01-01", ""]
)
def test_senseless_range_of_readings_is_refused(
    app: Flask, demo_database: DemoDatabase, query: str
) -> None:
    code = an_asset(demo_database, "海口市图书馆")
    client = signed_in(app, "clerk")
    assert client.get(f"/monitoring/assets/{code}/readings.json?{query}").status_code == 400


@pytest.mark.parametrize(
    "query", ["after=x", "after=~", "after=nan~A", "sort=no", "section=x", "state=x&verdict=y"]
)
def test_senseless_filter_is_ignored(app: Flask, query: str) -> None:
    assert signed_in(app, "clerk").get(f"/monitoring?{query}").status_code == 200


def test_readings_come_with_the_sessions_that_were_seen(
    app: Flask, demo_database: DemoDatabase
) -> None:
    client = signed_in(app, "clerk")
    code = an_asset(demo_database, "海口市图书馆")
    until = datetime.now(UTC)
    query = {"from": (until - timedelta(days=7)).isoformat(), "to": until.isoformat()}
    answer = client.get(f"/monitoring/assets/{code}/readings.json", query_string=query)
    assert answer.status_code == 200
    assert set(answer.get_json()) == {"from", "to", "lines", "sessions"}


def test_portal_answers_503_in_words_without_a_database(tmp_path: Path) -> None:
    nowhere = "postgresql://panhuo_portal:x@127.0.0.1:1/panhuo"
    with Database(nowhere) as database:
        client = create_app(PortalSettings(), database, tmp_path).test_client()
        assert client.get("/healthz").status_code == 200
        ready = client.get("/readyz")
        assert (ready.status_code, ready.get_json()["lacks"]) == (503, "database")
        answer = post(client, "/login", login="clerk", password=PASSWORD)
        assert answer.status_code == 503
        assert "数据库暂时连不上" in answer.text
        assert int(answer.headers["Retry-After"]) > 0


def test_an_upload_that_breaks_off_leaves_no_file_open(app: Flask) -> None:  # J3
    part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
    environ = create_environ(
        "/login", method="POST", content_type="multipart/form-data; boundary=x",
        content_length=900_000, input_stream=BytesIO(part + bytes(700_000)),
    )  # fmt: skip
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ResourceWarning)
        said = run_wsgi_app(app.wsgi_app, environ)[1]
        gc.collect()
    assert said.startswith("400")
    assert [str(one.message) for one in caught] == []
