"""What a cookie that somebody has copied still opens: nothing, once its session has ended (J1)."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from db import Database, scalar, single_connection
from db.roles import DatabaseRole
from ops.demo import PASSWORD
from portal import PortalSettings, create_app
from registry.org import Role, known_devices, people, sessions, user
from registry.org.people import Who
from registry.stocktake import devices
from tests.fixtures.estate import DemoDatabase
from tests.portal.test_account import put_back, turned_on
from tests.portal.test_admin import confirmed
from tests.portal.test_doors import aged, post, signed_in

__all__ = ["put_back"]  # a fixture
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
NEW = "fresh-lagoon-41"


@pytest.fixture(scope="module")
def app(demo_database: DemoDatabase) -> Iterator[Flask]:
    with Database(demo_database.copy.url(DatabaseRole.PORTAL)) as database:
        yield create_app(PortalSettings(), database, demo_database.data)


def copied(app: Flask, client: FlaskClient) -> FlaskClient:
    """Another browser with the cookie that this one has now, as a thief has it."""
    cookie = client.get_cookie("panhuo")
    assert cookie is not None
    thief = app.test_client()
    thief.set_cookie("panhuo", cookie.value)
    return thief


def opens(client: FlaskClient, path: str = "/account") -> bool:
    return client.get(path).status_code == 200


def key_of(demo: DemoDatabase, login: str) -> int:
    with single_connection(demo.copy.url()) as conn:
        key = scalar(conn, "SELECT id FROM app_user WHERE login = %(login)s", login=login)
    assert isinstance(key, int)
    return key


def by_administrator(app: Flask, path: str) -> None:
    assert post(signed_in(app, "admin"), path).status_code == 303


def sign_out(app: Flask, owner: FlaskClient, _key: int) -> None:
    assert post(owner, "/logout").status_code == 303


def change_password(app: Flask, owner: FlaskClient, _key: int) -> None:
    form = {"present": PASSWORD, "password": NEW, "again": NEW}
    assert post(owner, "/account/password", **form).status_code == 303
    assert opens(owner)


def sign_out_elsewhere(app: Flask, owner: FlaskClient, _key: int) -> None:
    _page, answer = confirmed(owner, "/account/sign-out-everywhere")
    assert answer.status_code == 303
    assert opens(owner)


def deactivate(app: Flask, _owner: FlaskClient, key: int) -> None:
    _page, answer = confirmed(signed_in(app, "admin"), f"/admin/users/{key}/deactivate")
    assert answer.status_code == 303
    by_administrator(app, f"/admin/users/{key}/activate")


def reset_password(app: Flask, _owner: FlaskClient, key: int) -> None:
    said, answer = confirmed(signed_in(app, "admin"), f"/admin/users/{key}/password")
    assert ("口令立即失效" in said, answer.status_code) == (True, 200)


def change_rights(app: Flask, _owner: FlaskClient, key: int) -> None:
    database = app.extensions["panhuo.database"]
    with database.transaction("find administrator") as conn:
        row = conn.execute("SELECT id FROM app_user WHERE login = 'admin'").fetchone()
        admin = user(conn, row[0])
    assert admin is not None
    for role in (Role.REVIEWER, Role.REVIEWER):  # another one, and back
        with database.transaction("change rights") as conn:
            one = people.required(conn, admin, key)
            who = Who(one.name, one.type, one.unit_id, one.roles ^ {role}, one.section_id)
            people.change(conn, admin, key, who, one.version)


ENDINGS = (
    *(sign_out, change_password, sign_out_elsewhere),
    *(deactivate, reset_password, change_rights),
)


@pytest.mark.parametrize("ends", ENDINGS)
def test_a_copied_cookie_opens_nothing_once_its_session_has_ended(
    app: Flask, demo_database: DemoDatabase, ends: Callable[[Flask, FlaskClient, int], None]
) -> None:
    owner = signed_in(app, "clerk2")
    thief = copied(app, owner)
    assert opens(thief)
    ends(app, owner, key_of(demo_database, "clerk2"))
    assert not opens(thief)
    assert thief.get("/app/session").json["user"] is None  # type: ignore[index]
    assert thief.get("/api/v1/me").status_code == 401


@pytest.mark.parametrize("ends", [change_password, sign_out_elsewhere])
def test_guns_end_with_their_owners_password_and_sign_out_everywhere(
    app: Flask, demo_database: DemoDatabase, ends: Callable[[Flask, FlaskClient, int], None]
) -> None:  # H3
    owner, key = signed_in(app, "counter"), key_of(demo_database, "counter")
    with app.extensions["panhuo.database"].transaction("make a gun") as conn:
        counter = user(conn, key)
        assert counter is not None
        _key, gun = devices.add(conn, counter, "枪", datetime.now(UTC), "")
    headers = {"Authorization": f"Bearer {gun}"}
    assert app.test_client().get("/api/v1/me", headers=headers).status_code == 200
    ends(app, owner, key)
    assert app.test_client().get("/api/v1/me", headers=headers).status_code == 401


@pytest.mark.parametrize("ends", [change_password, sign_out_elsewhere, deactivate])
def test_no_browser_is_a_known_device_after_its_owners_sessions_were_ended(
    app: Flask, demo_database: DemoDatabase, ends: Callable[[Flask, FlaskClient, int], None]
) -> None:  # J1
    owner = signed_in(app, "clerk2")
    cookie = owner.get_cookie("panhuo_device")
    assert cookie is not None
    with single_connection(demo_database.copy.url()) as conn:
        assert known_devices.find(conn, "clerk2", cookie.value, datetime.now(UTC))
        conn.commit()
        ends(app, owner, key_of(demo_database, "clerk2"))
        assert known_devices.find(conn, "clerk2", cookie.value, datetime.now(UTC)) is None


def test_a_session_that_was_fixed_before_signing_in_opens_nothing_after(app: Flask) -> None:
    attacker = app.test_client()
    attacker.get("/login")
    victim = copied(app, attacker)
    planted = TOKEN.search(victim.get("/login").text)
    assert planted is not None
    form = {"login": "clerk2", "password": PASSWORD, "csrf_token": planted[1]}
    assert victim.post("/login", data=form).status_code == 303
    assert opens(victim)
    assert not opens(attacker)
    # The attacker knows a CSRF token of before: it goes with no session of after.
    answer = victim.post("/account/sign-out-everywhere", data={"csrf_token": planted[1]})
    assert answer.status_code == 400


def test_a_cookie_between_password_and_code_opens_no_page_and_each_step_has_its_own(
    app: Flask, demo_database: DemoDatabase
) -> None:
    _secret, codes = turned_on(app, signed_in(app, "reviewer"), demo_database, "reviewer")
    owner = app.test_client()
    post(owner, "/login", login="reviewer", password=PASSWORD)
    half = copied(app, owner)
    with half.session_transaction() as session:
        session["token"] = session["half"]  # as one would who could write cookies
    assert not opens(half)
    before_code = copied(app, owner)
    assert post(owner, "/login/code", code=codes[0]).status_code == 303
    assert opens(owner)
    assert not opens(before_code)
    again = post(before_code, "/login/code", code=codes[1])  # the half is spent
    assert again.headers["Location"] == "/login?again=1"


def test_signing_in_again_ends_the_session_that_the_browser_had(app: Flask) -> None:
    client = signed_in(app, "clerk2")
    before = copied(app, client)
    post(client, "/login", login="clerk2", password=PASSWORD)
    assert opens(client)
    assert not opens(before)


def test_a_sign_in_with_the_old_password_comes_to_nothing_after_its_change(
    app: Flask, demo_database: DemoDatabase
) -> None:
    """The old one was checked just before the change, the session begun just after it."""
    client = signed_in(app, "clerk2")
    with single_connection(demo_database.copy.url()) as conn:
        conn.execute("UPDATE app_user SET session_epoch = session_epoch + 1 WHERE login = 'clerk2'")
    assert not opens(client)


def test_the_last_use_is_written_once_a_minute_at_most(
    app: Flask, demo_database: DemoDatabase
) -> None:
    client = signed_in(app, "clerk2")
    newest = "SELECT seen_at, xmin::text FROM login_session ORDER BY id DESC LIMIT 1"
    with single_connection(demo_database.copy.url()) as conn:
        before = conn.execute(newest).fetchone()
        assert opens(client)
        assert conn.execute(newest).fetchone() == before
    aged(app, client, seen_at=2)
    assert opens(client)
    with single_connection(demo_database.copy.url()) as conn:
        after = conn.execute(newest).fetchone()
    assert before is not None
    assert after is not None
    assert after[0] > before[0]


def test_old_sessions_are_removed_and_those_that_go_on_stay(
    app: Flask, demo_database: DemoDatabase
) -> None:
    goes_on, old = signed_in(app, "clerk2"), signed_in(app, "clerk2")
    aged(app, old, seen_at=31 * 24 * 60)
    count = "SELECT count(*) FROM login_session WHERE seen_at < now() - interval '30 days'"
    with Database(demo_database.copy.url(DatabaseRole.EXCHANGE)) as database:
        sessions.purge(database, datetime.now(UTC))
    with single_connection(demo_database.copy.url()) as conn:
        assert scalar(conn, count) == 0
    assert opens(goes_on)


def test_each_sees_their_sessions_and_ends_single_ones(
    app: Flask, demo_database: DemoDatabase
) -> None:
    phone = {"User-Agent": "Mozilla/5.0 (Linux; Android 14; RMX3085) Chrome/131.0 Mobile Safari"}
    owner, elsewhere, stranger = (signed_in(app, login) for login in ("clerk2", "clerk2", "clerk"))
    aged(app, elsewhere, seen_at=2)
    elsewhere.get("/account", headers=phone, environ_base={"REMOTE_ADDR": "192.0.2.7"})
    page = owner.get("/account").text
    assert "192.0.2.7" in page
    keys = re.findall(r'action="/account/sessions/(\d+)/end"', page)
    key = max(keys, key=int)  # its own is not ended here, but signed out
    assert post(stranger, f"/account/sessions/{key}/end").status_code == 303
    assert opens(elsewhere)
    said, answer = confirmed(owner, f"/account/sessions/{key}/end")
    assert ("192.0.2.7" in said, answer.status_code) == (True, 303)
    assert not opens(elsewhere)
    assert opens(owner)


def test_administrators_end_a_session_of_whom_they_keep(
    app: Flask, demo_database: DemoDatabase
) -> None:
    key = key_of(demo_database, "clerk2")
    owner = signed_in(app, "clerk2")
    thief = copied(app, owner)
    admin = signed_in(app, "admin")
    found = re.findall(rf'action="(/admin/users/{key}/sessions/\d+/end)"', admin.get(f"/admin/users/{key}").text)  # fmt: skip
    assert found
    assert post(owner, found[0]).status_code == 403
    for action in found:
        assert confirmed(admin, action)[1].status_code == 303
    assert not opens(owner)
    assert not opens(thief)
    assert post(admin, found[0]).status_code == 404


def marked(answer: TestResponse) -> str:
    """The mark of a page that warns; '' where it doesn't."""
    mark = re.search(r'name="confirmed" value="(\w+)"', answer.text)
    return mark[1] if mark else ""


def asks(answer: object) -> bool:
    return 'name="present"' in str(getattr(answer, "text", ""))


def stored(demo: DemoDatabase, what: str, login: str) -> object:
    with single_connection(demo.copy.url()) as conn:
        return scalar(
            conn, f"SELECT {what} FROM app_user WHERE login = %(login)s", login=login
        )  # fmt: skip


def test_an_address_is_not_changed_without_the_password(
    app: Flask, demo_database: DemoDatabase
) -> None:
    client = signed_in(app, "reviewer")
    aged(app, client, confirmed_at=11)
    before = stored(demo_database, "email", "reviewer")
    form = {"email": "thief@example.cn", "phone": "12345", "events": "review.returned"}
    answer = post(client, "/account/contact", **form)
    assert asks(answer)
    assert 'value="thief@example.cn"' in answer.text  # nothing that was typed is lost
    wrong = post(client, "/account/contact", **form, present="guess")
    assert (wrong.status_code, asks(wrong)) == (422, True)
    assert stored(demo_database, "email", "reviewer") == before
    same = post(client, "/account/contact", email=str(before), phone="0898-65301234")
    assert same.status_code == 303  # the rest asks for nothing
    stolen = copied(app, client)
    assert post(client, "/account/contact", **form, present=PASSWORD).status_code == 303
    assert stored(demo_database, "email", "reviewer") == "thief@example.cn"
    assert opens(client)
    assert not opens(stolen)  # the session may do more now, under another token


@pytest.mark.parametrize(
    ("login", "path", "form"),
    [
        ("counter", "/account/devices", {"name": "枪"}),
        ("clerk2", "/account/second-factor", {}),
        ("admin", "/admin/webhooks", {"name": "x", "url": "https://a.example/", "events": "x"}),
        ("admin", "/admin/linked", {"name": "x", "unit": "x"}),
        ("admin", "/admin/users/{clerk2}/password", {}),
        ("admin", "/admin/users/{clerk2}", {"email": "thief@example.cn"}),
        ("admin", "/admin/users/{clerk2}/activate", {}),
        ("admin", "/admin/users/new", {"login": "thief"}),
        ("admin", "/admin/linked/1/switch", {"active": "false"}),
        ("admin", "/admin/webhooks/1/switch", {"active": "true"}),
        ("admin", "/admin/second-factor", {}),
    ],
)
def test_what_outlasts_a_session_needs_the_password_anew(
    app: Flask, demo_database: DemoDatabase, login: str, path: str, form: dict[str, str]
) -> None:
    client = signed_in(app, login)
    aged(app, client, confirmed_at=11)
    path = path.format(clerk2=key_of(demo_database, "clerk2"))
    if mark := marked(post(client, path, **form)):
        form = {**form, "confirmed": mark}
    assert asks(post(client, path, **form))
    # Ending the others is no proof of who one is.
    confirmed(client, "/account/sign-out-everywhere")
    assert asks(post(client, path, **form))
    assert not asks(post(client, path, **form, present=PASSWORD))


def test_a_second_factor_that_was_begun_long_ago_is_not_shown_without_the_password(
    app: Flask,
) -> None:
    client = signed_in(app, "clerk2")
    post(client, "/account/second-factor")
    assert "p-qr" in client.get("/account/second-factor").text
    aged(app, client, confirmed_at=11)
    page = client.get("/account/second-factor")
    assert asks(page)
    assert "p-qr" not in page.text


def test_guessing_the_password_inside_is_locked_as_at_the_door(
    app: Flask, demo_database: DemoDatabase
) -> None:
    client = signed_in(app, "clerk2")
    aged(app, client, confirmed_at=11)
    answers = [post(client, "/account/second-factor", present=f"guess-{n}") for n in range(6)]
    assert re.search(r"请在 \d{4}-\d\d-\d\d \d\d:\d\d 之后再试", answers[-1].text)
    assert asks(post(client, "/account/second-factor", present=PASSWORD))
    assert stored(demo_database, "totp_pending IS NULL", "clerk2") is True


@pytest.fixture
def administrators_need_it(demo_database: DemoDatabase) -> Iterator[None]:
    """Administrators of any kind, and reviewers of finance bureaus, need a second factor."""
    rows = "INSERT INTO second_factor_rule VALUES ('001', 'administrator'), ('003', 'reviewer')"
    with single_connection(demo_database.copy.url()) as conn:
        conn.execute(rows)
    yield
    with single_connection(demo_database.copy.url()) as conn:
        conn.execute("DELETE FROM second_factor_rule")


@pytest.mark.usefixtures("administrators_need_it")
def test_who_needs_a_second_factor_sets_it_up_before_anything_else_and_keeps_it(
    app: Flask, demo_database: DemoDatabase
) -> None:
    client = signed_in(app, "reviewer")
    for path in ("/", "/cards", "/account", "/account/confirm"):
        assert client.get(path).headers["Location"] == "/account/second-factor"
    assert client.get("/app/session").json == {"user": None, "comes_first": "second_factor"}
    assert client.get("/api/v1/me").status_code == 403
    assert "您的岗位要求两步验证" in client.get("/account/second-factor").text
    turned_on(app, client, demo_database, "reviewer", "/account/second-factor")
    assert opens(client)
    refused = post(client, "/account/second-factor/off", present=PASSWORD)
    assert "不能关闭" in refused.text
    assert stored(demo_database, "totp_secret IS NOT NULL", "reviewer") is True
    assert opens(signed_in(app, "clerk2"))  # whose role does not need it


def test_administrators_edit_who_needs_a_second_factor(
    app: Flask, demo_database: DemoDatabase
) -> None:
    admin = signed_in(app, "admin")
    try:
        assert post(admin, "/admin/second-factor", rules="002-reviewer").status_code == 303
        page = admin.get("/admin/second-factor").text
        assert re.findall(r'value="(\S+)" checked', page) == ["002-reviewer"]
        assert post(signed_in(app, "clerk2"), "/admin/second-factor").status_code == 403
    finally:
        assert post(admin, "/admin/second-factor").status_code == 303
    with single_connection(demo_database.copy.url()) as conn:
        assert scalar(conn, "SELECT count(*) FROM second_factor_rule") == 0
