"""Somebody guesses passwords of another: who is locked out, who is not, and who unlocks (J1)."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from db import Database, scalar, single_connection
from db.roles import DatabaseRole
from ops.cli import main
from ops.demo import PASSWORD
from portal import PortalSettings, create_app
from portal.views.login import DEVICE
from registry.org import throttle, user
from registry.org.throttle import LIMITS, Kind, Subject
from registry.stocktake import devices
from tests.fixtures.estate import DemoDatabase
from tests.portal.test_doors import TOKEN, signed_in

VICTIM, OFFICE, OUTSIDE = "reviewer2", "10.1.0.7", "203.0.113.9"


@pytest.fixture
def app(demo_database: DemoDatabase) -> Iterator[Flask]:
    with Database(demo_database.copy.url(DatabaseRole.PORTAL)) as database:
        yield create_app(PortalSettings(), database, demo_database.data)
    with single_connection(demo_database.copy.url()) as conn:
        conn.execute("DELETE FROM sign_in_throttle")


def login(client: FlaskClient, address: str, password: str, name: str = VICTIM) -> TestResponse:
    found = TOKEN.search(client.get("/login").text)
    assert found is not None
    form = {"login": name, "password": password, "csrf_token": found[1]}
    return client.post("/login", data=form, environ_overrides={"REMOTE_ADDR": address})


def failed(demo: DemoDatabase, subjects: tuple[Subject, ...], times: int) -> None:
    """Failures that have happened already: only the last one is tried here."""
    with single_connection(demo.copy.url()) as conn:
        for _each in range(times):
            throttle.count(conn, subjects, datetime.now(UTC))


def test_who_guesses_is_told_until_when_and_the_victim_signs_in_elsewhere(
    app: Flask, demo_database: DemoDatabase
) -> None:
    free = LIMITS[Kind.LOGIN_FROM_ADDRESS].free
    failed(demo_database, throttle.of_password(VICTIM, OUTSIDE, None), free - 1)
    failed(demo_database, throttle.of_password("nobody", OUTSIDE, None), free - 1)
    guesser = app.test_client()
    said = [login(guesser, OUTSIDE, "wrong-one-7", name) for name in (VICTIM, "nobody")]
    assert [answer.status_code for answer in said] == [429, 429]
    assert all(0 < int(answer.headers["Retry-After"]) <= 120 for answer in said)
    words = [re.search(r"请在 \d{4}-\d\d-\d\d \d\d:\d\d 之后再试", each.text) for each in said]
    assert all(words)
    assert login(app.test_client(), OFFICE, PASSWORD).status_code == 303


def test_a_browser_that_has_signed_in_once_gets_in_while_the_whole_office_is_blocked(
    app: Flask, demo_database: DemoDatabase
) -> None:
    own, strange = app.test_client(), app.test_client()
    answer = login(own, OFFICE, PASSWORD)
    cookie = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith(DEVICE))
    assert "HttpOnly" in cookie
    own.post("/logout", data={"csrf_token": TOKEN.search(own.get("/account").text)[1]})  # type: ignore[index]
    for number in range(LIMITS[Kind.LOGIN].free):
        failed(demo_database, throttle.of_password(VICTIM, f"198.51.100.{number}", None), 1)
    for number in range(LIMITS[Kind.ADDRESS].free):
        failed(demo_database, throttle.of_password(f"invented{number}", OFFICE, None), 1)
    assert login(strange, OFFICE, PASSWORD).status_code == 429
    assert login(strange, "192.0.2.77", PASSWORD).status_code == 429  # of the login, not the office
    assert login(own, OFFICE, PASSWORD).status_code == 303


def test_an_administrator_sees_the_limit_and_takes_it_away(
    app: Flask, demo_database: DemoDatabase
) -> None:
    failed(demo_database, throttle.of_password(VICTIM, OUTSIDE, None), 5)
    with single_connection(demo_database.copy.url()) as conn:
        key = scalar(conn, "SELECT id FROM app_user WHERE login = %(login)s", login=VICTIM)
    admin = signed_in(app, "admin")
    assert "登录受限" in admin.get(f"/admin/users?q={VICTIM}").text
    page = admin.get(f"/admin/users/{key}").text
    assert "登录受限至" in page
    token = TOKEN.search(page)
    assert token is not None
    answer = admin.post(f"/admin/users/{key}/unlock", data={"csrf_token": token[1]})
    assert answer.status_code == 303
    assert "登录受限至" not in admin.get(f"/admin/users/{key}").text
    assert login(app.test_client(), OUTSIDE, PASSWORD).status_code == 303


def test_the_command_unlocks_too_and_says_whom_there_is_not(
    app: Flask, demo_database: DemoDatabase
) -> None:
    failed(demo_database, throttle.of_password(VICTIM, OUTSIDE, None), 5)
    environment = {
        "PANHUO_DATABASE_URL": demo_database.copy.url(DatabaseRole.PORTAL),
        "PANHUO_DATA": str(demo_database.data),
        "LANG": "en_US.UTF-8",
    }
    done = CliRunner().invoke(main, ["user", "unlock", VICTIM], env=environment)
    assert (done.exit_code, done.output) == (0, f"{VICTIM} may sign in at once.\n")
    assert login(app.test_client(), OUTSIDE, PASSWORD).status_code == 303
    unknown = CliRunner().invoke(main, ["user", "unlock", "nobody"], env=environment)
    assert unknown.exit_code != 0
    failed(demo_database, throttle.of_password(VICTIM, OUTSIDE, None), 5)
    office = CliRunner().invoke(main, ["user", "unlock", "--address", OUTSIDE], env=environment)
    assert (office.exit_code, office.output) == (0, f"{OUTSIDE} may sign in at once.\n")
    assert login(app.test_client(), OUTSIDE, PASSWORD).status_code == 303
    typo = CliRunner().invoke(main, ["user", "unlock", "--address", "203.0.113"], env=environment)
    assert typo.exit_code != 0
    assert "“203.0.113” is no IP address" in typo.output


def test_wrong_tokens_are_slowed_by_address_and_right_ones_never(
    app: Flask, demo_database: DemoDatabase
) -> None:
    with single_connection(demo_database.copy.url()) as conn:
        key = scalar(conn, "SELECT id FROM app_user WHERE login = 'counter'")
        owner = user(conn, int(str(key)))
        assert owner is not None
        _device, right = devices.add(conn, owner, "gun of the test", datetime.now(UTC), "")
    failed(demo_database, throttle.of_token(OUTSIDE), LIMITS[Kind.TOKEN].free)

    def answer(path: str, said: str, method: str = "GET") -> TestResponse:
        return app.test_client().open(
            path,
            method=method,
            headers={"Authorization": f"Bearer {said}"},
            content_type="application/json",
            environ_overrides={"REMOTE_ADDR": OUTSIDE},
        )

    blocked = answer("/api/v1/me", "no-such-token")
    assert (blocked.status_code, blocked.mimetype) == (429, "application/problem+json")
    assert int(blocked.headers["Retry-After"]) > 0
    assert answer("/api/v1/linked/listings", "no-such-token", "POST").status_code == 429
    assert answer("/api/v1/me", right).status_code == 200
