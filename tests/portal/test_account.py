"""Signing in by two steps, temporary passwords, and what one keeps oneself."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from db import Database, scalar, single_connection
from db.roles import DatabaseRole
from ops.demo import PASSWORD
from portal import PortalSettings, create_app
from registry.org import second_factor, user
from tests.fixtures.browser import Portal, Visit
from tests.fixtures.estate import DemoDatabase
from tests.portal.pages import words_of
from tests.portal.test_admin import confirmed
from tests.portal.test_doors import post, signed_in

NEW = "fresh-lagoon-41"


@pytest.fixture(scope="module")
def app(demo_database: DemoDatabase) -> Iterator[Flask]:
    with Database(demo_database.copy.url(DatabaseRole.PORTAL)) as database:
        yield create_app(PortalSettings(), database, demo_database.data)


@pytest.fixture(autouse=True)
def put_back(demo_database: DemoDatabase) -> Iterator[None]:
    """What these tests change of the demo's people is put back."""
    with single_connection(demo_database.copy.url()) as conn:
        conn.execute("CREATE TABLE IF NOT EXISTS kept_user AS SELECT * FROM app_user")
        conn.execute("TRUNCATE kept_user; INSERT INTO kept_user SELECT * FROM app_user")
    yield
    with single_connection(demo_database.copy.url()) as conn:
        conn.execute(
            "UPDATE app_user SET password_hash = kept.password_hash, email = kept.email, phone = kept.phone, "
            "must_change_password = false, password_expires_at = NULL, totp_secret = NULL, totp_pending = NULL, "
            "totp_last_step = 0 FROM kept_user AS kept WHERE kept.id = app_user.id"
        )
        conn.execute(
            "DELETE FROM recovery_code; DELETE FROM sign_in_throttle; DELETE FROM notice_preference; DROP TABLE kept_user"
        )


def token(client: FlaskClient, path: str = "/account") -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text)
    assert found
    return found[1]


def turned_on(
    app: Flask, client: FlaskClient, demo: DemoDatabase, login: str, page: str = "/account"
) -> tuple[bytes, list[str]]:
    """Turn the second factor on by the pages; the secret and the recovery codes."""
    assert (
        post(client, "/account/second-factor")
        .headers["Location"]
        .endswith("/account/second-factor")
    )
    assert '<svg class="p-qr"' in client.get("/account/second-factor").text
    key = app.extensions["panhuo.second_factor_key"]
    with single_connection(demo.copy.url()) as conn:
        key_of = scalar(conn, "SELECT id FROM app_user WHERE login = %(login)s", login=login)
        assert isinstance(key_of, int)
        who = user(conn, key_of)
        assert who
        secret = second_factor.pending(conn, who, key)
    assert secret
    wrong = client.post(
        "/account/second-factor/confirm", data={"code": "12", "csrf_token": token(client, page)}
    )
    assert wrong.status_code == 422
    code = second_factor.code_at(secret, second_factor.step_of(datetime.now(UTC)))
    answer = client.post(
        "/account/second-factor/confirm", data={"code": code, "csrf_token": token(client, page)}
    )
    codes = re.findall(r'<li class="ph-codeword" data-fact>([a-z0-9-]{11})</li>', answer.text)
    assert len(codes) == 10
    return secret, codes


def test_second_step_is_asked_for_and_recovery_code_opens(
    app: Flask, demo_database: DemoDatabase
) -> None:
    client = signed_in(app, "reviewer")
    _secret, codes = turned_on(app, client, demo_database, "reviewer")
    assert client.get("/account").status_code == 200
    again = app.test_client()
    assert (
        post(again, "/login", login="reviewer", password=PASSWORD, next="/cards").headers[
            "Location"
        ]
        == "/login/code"
    )
    assert again.get("/account").status_code == 302  # half a session opens nothing
    wrong = post(again, "/login/code", code="000000")
    assert wrong.status_code == 401
    assert "验证码不对" in wrong.text
    answer = post(again, "/login/code", code=codes[0])
    assert (answer.status_code, answer.headers["Location"]) == (303, "/cards")
    assert "用恢复码登录" in again.get("/account").text


def test_half_a_session_ends_after_five_minutes(app: Flask, demo_database: DemoDatabase) -> None:
    turned_on(app, signed_in(app, "reviewer"), demo_database, "reviewer")
    client = app.test_client()
    post(client, "/login", login="reviewer", password=PASSWORD)
    with single_connection(demo_database.copy.url()) as conn:
        conn.execute(
            "UPDATE login_session SET began_at = began_at - interval '301 seconds' "
            "WHERE NOT complete"
        )
    assert post(client, "/login/code", code="1").headers["Location"] == "/login?again=1"
    assert app.test_client().get("/login/code").headers["Location"] == "/login"


def test_second_factor_off_needs_the_password(app: Flask, demo_database: DemoDatabase) -> None:
    client = signed_in(app, "reviewer")
    turned_on(app, client, demo_database, "reviewer")
    wrong = client.post(
        "/account/second-factor/off", data={"present": "x", "csrf_token": token(client)}
    )
    assert wrong.status_code == 422
    assert "现在的口令不对" in wrong.text
    right = client.post(
        "/account/second-factor/off", data={"present": PASSWORD, "csrf_token": token(client)}
    )
    assert right.status_code == 303
    signed_in(app, "reviewer")


def test_temporary_password_leads_to_its_change_and_nowhere_else(
    app: Flask, demo_database: DemoDatabase
) -> None:
    with single_connection(demo_database.copy.url()) as conn:
        conn.execute("UPDATE app_user SET must_change_password = true WHERE login = 'clerk2'")
    client = signed_in(app, "clerk2")
    for path in ("/", "/cards", "/account", "/changes"):
        assert client.get(path).headers["Location"] == "/account/password"
    form = {
        "present": PASSWORD,
        "password": NEW,
        "again": NEW,
        "csrf_token": token(client, "/account/password"),
    }
    assert client.post("/account/password", data=form | {"again": "other"}).status_code == 422
    assert client.post("/account/password", data=form).headers["Location"] == "/"
    assert client.get("/cards").status_code == 200


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"present": "wrong", "password": NEW, "again": NEW}, "现在的口令不对"),
        ({"present": PASSWORD, "password": NEW, "again": "x"}, "不一致"),
        ({"present": PASSWORD, "password": "short", "again": "short"}, "至少 10 个字符"),
        ({"present": PASSWORD, "password": "qwertyuiop123", "again": "qwertyuiop123"}, "太常见"),
    ],
)
def test_wrong_new_password_says_its_rule(app: Flask, form: dict[str, str], said: str) -> None:
    client = signed_in(app, "clerk2")
    answer = client.post("/account/password", data={**form, "csrf_token": token(client)})
    assert answer.status_code == 422
    assert said in answer.text


def test_signing_out_everywhere_ends_the_others_and_keeps_this_one(app: Flask) -> None:
    here, there = signed_in(app, "clerk2"), signed_in(app, "clerk2")
    said, _answer = confirmed(here, "/account/sign-out-everywhere")
    assert re.search(r"其他 \d+ 处登录立即退出", said)
    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 302


def test_contact_and_notices_are_kept_and_audited(app: Flask, demo_database: DemoDatabase) -> None:
    client = signed_in(app, "clerk2")
    form = {
        "email": "wang@example.cn",
        "phone": "0898-65301234",
        "events": ["review.returned"],
        "csrf_token": token(client),
    }
    assert client.post("/account/contact", data=form).status_code == 303
    page = client.get("/account").text
    assert 'value="wang@example.cn"' in page
    assert len(re.findall(r'name="events"[^>]*checked', page)) == 1
    assert client.post("/account/contact", data=form | {"email": "no"}).status_code == 422
    with single_connection(demo_database.copy.url()) as conn:
        noted = conn.execute(
            "SELECT count(*) FROM audit_entry WHERE actor = 'clerk2' AND action IN ('user.contact_changed', 'user.notices_chosen')"
        ).fetchone()
    assert noted == (2,)


@pytest.mark.browser
def test_person_turns_the_second_factor_on_and_signs_in_with_it(
    visit: Visit, portal: Portal
) -> None:
    page = visit("/account", login="counter")
    page.click("text=开启两步验证")
    page.click("details.ph-small summary")
    letters = words_of(page, ".p-letters").replace(" ", "")
    secret = __import__("base64").b32decode(letters + "=" * (-len(letters) % 8))
    step = second_factor.step_of(datetime.now(UTC))
    page.fill("#f-code", second_factor.code_at(secret, step))
    page.click("text=确认并开启")
    page.wait_for_selector(".p-codes li")
    recovery = page.locator(".p-codes li").first.inner_text()
    page.click("form[action='/logout'] button")
    page.fill("#login", "counter")
    page.fill("#password", PASSWORD)
    page.click("form[action='/login'] button")
    page.wait_for_url("**/login/code")
    page.fill("#code", second_factor.code_at(secret, step + 1))  # the next one: each opens once
    page.click("form[action='/login/code'] button")
    page.wait_for_url(portal.address + "/")
    page.goto("/account")
    assert "还剩 10 个恢复码" in page.inner_text("#factor")
    assert recovery
