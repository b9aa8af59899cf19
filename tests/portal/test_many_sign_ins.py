"""Many sign in at once: few passwords are hashed at a time, and pages are answered meanwhile (J1)."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from argon2 import PasswordHasher
from flask import Flask

from db import Busy, Connection, Database, DatabaseSettings, single_connection
from db.roles import DatabaseRole
from ops.demo import PASSWORD
from portal import PortalSettings, create_app
from registry.org import hashing, throttle
from registry.org.hashing import Turns
from registry.org.throttle import LIMITS, Kind
from tests.fixtures.estate import DemoDatabase
from tests.portal.test_doors import post, signed_in

MANY = 24
HERE = "127.0.0.1"


@pytest.fixture
def app(demo_database: DemoDatabase) -> Iterator[Flask]:
    """The portal with one database connection: whoever holds it while hashing stops the rest."""
    url = demo_database.copy.url(DatabaseRole.PORTAL)
    with Database(url, DatabaseSettings(pool_size=1, pool_timeout_s=1.0)) as database:
        yield create_app(PortalSettings(), database, demo_database.data)


def wrong(app: Flask, number: int) -> tuple[int, str | None]:
    answer = post(app.test_client(), "/login", login=f"invented{number}", password="wrong-one-7")
    return answer.status_code, answer.headers.get("Retry-After")


def test_many_sign_ins_hash_few_at_once_and_the_rest_is_told_when_to_come_again(
    app: Flask,
) -> None:
    before = hashing.TURNS.facts.done
    with ThreadPoolExecutor(MANY) as guests:
        answers = list(guests.map(lambda number: wrong(app, number), range(MANY)))
    assert {status for status, _later in answers} <= {401, 503}
    assert all(later for status, later in answers if status == 503)
    assert hashing.TURNS.facts.done - before == sum(status == 401 for status, _later in answers)
    assert hashing.TURNS.facts.most_at_once == 1


def test_no_connection_is_held_while_a_password_is_hashed(
    app: Flask, demo_database: DemoDatabase
) -> None:
    client = signed_in(app, "clerk")
    slow = PasswordHasher(time_cost=250, memory_cost=8 * 1024, parallelism=1).hash(PASSWORD)
    with single_connection(demo_database.copy.url()) as conn:
        kept = set_hash(conn, "reviewer", slow)
    with ThreadPoolExecutor(1) as guests:
        guest = guests.submit(
            lambda: post(app.test_client(), "/login", login="reviewer", password=PASSWORD)
        )
        while not (hashing.TURNS.facts.running or guest.done()):
            time.sleep(0.01)
        page = client.get("/cards")  # 503 after a second where the one connection is held
        assert guest.result().status_code == 303
    assert page.status_code == 200
    with single_connection(demo_database.copy.url()) as conn:
        assert set_hash(conn, "reviewer", kept) != slow  # it was weaker than ours: hashed again


def set_hash(conn: Connection, login: str, fresh: str) -> str:
    """Give somebody this hash; the one that they had."""
    row = conn.execute(
        "UPDATE app_user SET password_hash = %s FROM app_user AS before "
        "WHERE app_user.login = %s AND before.id = app_user.id RETURNING before.password_hash",
        (fresh, login),
    ).fetchone()
    assert row is not None
    return str(row[0])


@pytest.mark.parametrize(
    ("language", "words"), [("zh", "同时登录的人较多"), ("en", "Many people are signing in")]
)
def test_who_comes_when_too_many_wait_keeps_the_form_and_is_told_so(
    app: Flask, language: str, words: str
) -> None:
    client = app.test_client()
    client.set_cookie("language", language)
    with crowd():
        answer = post(client, "/login", login="reviewer", password=PASSWORD)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert words in answer.text
    assert 'value="reviewer"' in answer.text


def stranger() -> None:
    with hashing.TURNS.turn():
        pass


def wait_for_queue(length: int) -> None:
    while hashing.TURNS.budget.queued < length:
        time.sleep(0.01)


@contextmanager
def crowd() -> Iterator[ThreadPoolExecutor]:
    """A password is being hashed, and as many wait for it as strangers may."""
    with ThreadPoolExecutor(hashing.WAITING + 1) as others, hashing.TURNS.turn():
        for _each in range(hashing.WAITING):
            others.submit(stranger)
        wait_for_queue(hashing.WAITING)
        yield others


def test_a_known_device_waits_for_a_hash_where_a_stranger_is_sent_away(app: Flask) -> None:
    device = signed_in(app, "reviewer")
    assert post(device, "/logout").status_code == 303
    with crowd() as others:
        answer = post(app.test_client(), "/login", login="reviewer", password=PASSWORD)
        assert answer.status_code == 503
        waits = others.submit(lambda: post(device, "/login", login="reviewer", password=PASSWORD))
        wait_for_queue(hashing.WAITING + 1)
    assert waits.result().status_code == 303


def test_who_is_blocked_is_told_so_without_waiting_for_a_hash(
    app: Flask, demo_database: DemoDatabase
) -> None:
    with single_connection(demo_database.copy.url()) as conn:
        for _each in range(LIMITS[Kind.LOGIN_FROM_ADDRESS].free):
            throttle.count(conn, throttle.of_password("nobody", HERE, None), datetime.now(UTC))
    with crowd():
        assert post(app.test_client(), "/login", login="nobody", password="x").status_code == 429


def test_a_turn_is_given_back_when_hashing_fails() -> None:
    turns = Turns(at_once=1, waiting=0, wait_s=0.0)
    with pytest.raises(RuntimeError), turns.turn():
        raise RuntimeError
    with turns.turn(), pytest.raises(Busy), turns.turn():
        pass
    assert (turns.facts.running, turns.facts.most_at_once) == (0, 1)
