"""The notifier: what is queued is sent, signed, tried again, given up, and never lost (J2)."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from psycopg import sql

from db import Connection, Database, Refused, scalar, single_connection
from db.roles import DatabaseRole
from registry.notices import NoticeSettings, deliveries, webhook_post, webhooks
from registry.notices.deliveries import State
from registry.notices.notifier import Notifier
from registry.org import User
from tests.fixtures.database import Copy
from tests.registry.conftest import NOW, Organisation
from tests.registry.hooks import FACTS, add, library_admin, states, tell
from tests.registry.receiver import receiving, verify

SETTINGS = NoticeSettings(
    webhook_networks="127.0.0.0/8",
    notifier_poll_s=0.05,
    notifier_first_wait_s=0.05,
    notifier_longest_wait_s=0.2,
    notifier_attempts=4,
    notifier_timeout_s=30,
)


@pytest.fixture
def conn(database: Copy, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    """The owner's connection to a database of the test's own; every statement is committed."""
    monkeypatch.setenv("PANHUO_WEBHOOK_NETWORKS", "127.0.0.0/8")
    with single_connection(database.url(), autocommit=True) as connection:
        yield connection


@pytest.fixture
def portal(database: Copy, organisation: Organisation) -> Iterator[Connection]:
    """As the portal connects."""
    with single_connection(database.url(DatabaseRole.PORTAL), autocommit=True) as connection:
        yield connection


@pytest.fixture
def admin(conn: Connection, organisation: Organisation) -> User:
    return library_admin(conn, organisation)


@contextmanager
def notifying(database: Copy, settings: NoticeSettings = SETTINGS) -> Iterator[None]:
    """A notifier, as its own role, for as long as the block."""
    over = threading.Event()
    with Database(database.url(DatabaseRole.NOTIFIER)) as opened:
        thread = threading.Thread(target=Notifier(opened, settings, over).run)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join(120)
            assert not thread.is_alive()


def wait_until(true: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def test_receiver_that_fails_first_gets_it_signed_and_once_it_answers(
    database: Copy, conn: Connection, portal: Connection, organisation: Organisation, admin: User
) -> None:
    with receiving(500, 302, 429, 204) as receiver, notifying(database):
        _, secret = add(portal, admin, receiver.url)
        tell(portal, organisation)
        wait_until(lambda: states(conn) == {"sent": 1})
    assert [status for status, _, _ in receiver.got] == [500, 302, 429, 204]
    for _, headers, body in receiver.got:
        assert verify(secret, headers["Panhuo-Signature"], body, time.time())
        assert not verify("another secret", headers["Panhuo-Signature"], body, time.time())
        assert not verify(secret, headers["Panhuo-Signature"], body + b" ", time.time())
        assert headers["Panhuo-Event"] == "review.approved"
    payload = receiver.accepted()[0]
    assert payload["facts"] == FACTS
    assert (payload["event"], payload["unit"], payload["address"]) == (
        "review.approved",
        "L",
        "/changes/7",
    )
    assert len({headers["Panhuo-Delivery"] for _, headers, _ in receiver.got}) == 1
    assert scalar(conn, "SELECT attempts FROM delivery") == 4


def test_gone_receiver_is_switched_off_and_not_posted_to_again(
    database: Copy, conn: Connection, portal: Connection, organisation: Organisation, admin: User
) -> None:
    with receiving(410) as receiver:
        key, _ = add(portal, admin, receiver.url)
        for number in range(6):
            tell(portal, organisation, address=f"/changes/{number}")
        with notifying(database):
            wait_until(lambda: states(conn) == {"dead": 6})
        tell(portal, organisation)
        assert len(receiver.got) <= deliveries.AT_ONCE_EACH
    assert scalar(conn, "SELECT disabled_reason FROM webhook WHERE id = %(key)s", key=key) == "gone"
    assert states(conn) == {"dead": 6}
    assert (
        scalar(
            conn,
            "SELECT count(*) FROM audit_entry WHERE actor = 'system:notifier' AND action = 'webhook.switched_off'",
        )
        == 1
    )
    with pytest.raises(Refused, match=r"webhook\.off"):
        webhooks.try_out(portal, admin, key, NOW)


def test_after_the_last_try_it_is_dead_and_sent_again_only_by_hand(
    database: Copy, conn: Connection, portal: Connection, organisation: Organisation, admin: User
) -> None:
    with receiving(503) as receiver, notifying(database):
        add(portal, admin, receiver.url)
        tell(portal, organisation)
        wait_until(lambda: states(conn) == {"dead": 1})
        assert len(receiver.got) == SETTINGS.notifier_attempts
        dead = deliveries.recent(portal, admin)[0]
        assert (dead.last_error, dead.state, dead.possible) == ("HTTP 503", State.DEAD, True)
        receiver.answers[:] = [200]
        with portal.transaction():
            deliveries.resend(portal, admin, dead.id, datetime.now(UTC))
        wait_until(lambda: states(conn) == {"sent": 1})
    with pytest.raises(Refused, match=r"delivery\.not_dead"):
        deliveries.resend(portal, admin, dead.id, datetime.now(UTC))


def test_waits_double_with_jitter_up_to_a_limit() -> None:
    settings = NoticeSettings(notifier_first_wait_s=10, notifier_longest_wait_s=100)
    for attempts, base in ((1, 10), (2, 20), (3, 40), (5, 100), (60, 100)):
        waits = [deliveries.wait(attempts, settings).total_seconds() for _ in range(200)]
        assert base * 0.8 <= min(waits) < max(waits) <= base * 1.2


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("Tue, 24 Nov 2026 02:05:00 GMT", 300),
        ("Tue, 24 Nov 2026 02:05:00 -0000", 300),
        ("Tue, 24 Nov 2026 01:00:00 GMT", 0),
        ("soon", 0),
        ("-5", 0),
        ("", 0),
        ("9" * 400, 999_999_999),
    ],
)
def test_retry_after_is_seconds_or_a_date(said: str, seconds: int) -> None:
    now = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
    least = min(seconds, webhook_post.LONGEST_ASKED_S)
    assert webhook_post.asked_wait(said, now).total_seconds() == least


@pytest.mark.parametrize(("said", "least", "most"), [("60", 59, 61), ("99999", 89, 91)])
def test_receiver_that_asks_for_time_gets_it_up_to_the_longest_wait(
    database: Copy,
    conn: Connection,
    portal: Connection,
    organisation: Organisation,
    admin: User,
    said: str,
    least: float,
    most: float,
) -> None:
    settings = SETTINGS.model_copy(update={"notifier_longest_wait_s": 90.0})
    began = datetime.now(UTC)
    with receiving(429, retry_after=said) as receiver, notifying(database, settings):
        add(portal, admin, receiver.url)
        tell(portal, organisation)
        wait_until(lambda: scalar(conn, "SELECT last_error FROM delivery") == "HTTP 429")
    ended, again = datetime.now(UTC), scalar(conn, "SELECT next_at FROM delivery")
    assert isinstance(again, datetime)
    # It was answered at some moment between the two.
    assert began + timedelta(seconds=least) <= again <= ended + timedelta(seconds=most)


def test_what_was_read_or_settled_long_ago_is_removed_and_what_waits_stays(
    database: Copy, conn: Connection, portal: Connection, organisation: Organisation, admin: User
) -> None:
    add(portal, admin, "http://127.0.0.1:1/")
    for number in range(5):
        tell(portal, organisation, address=f"/changes/{number}")
    conn.execute("UPDATE notice SET at = now() - interval '9 years'")
    for number, what in ((0, "read_at"), (1, "settled_at")):
        column = sql.Identifier(what)
        conn.execute(
            sql.SQL("UPDATE notice SET {} = now() - interval '401 days' WHERE address = %s").format(
                column
            ),
            (f"/changes/{number}",),
        )
    conn.execute(
        "UPDATE notice SET read_at = now() - interval '399 days' WHERE address = '/changes/2'"
    )
    with notifying(database):
        wait_until(lambda: scalar(conn, "SELECT count(*) FROM notice") == 3)
    left = [address for (address,) in conn.execute("SELECT address FROM notice ORDER BY 1")]
    assert left == ["/changes/2", "/changes/3", "/changes/4"]
    assert scalar(conn, "SELECT count(*) FROM delivery") == 5  # deliveries have their own time


def test_unreachable_and_silent_receivers_are_tried_again(
    database: Copy, conn: Connection, portal: Connection, organisation: Organisation, admin: User
) -> None:
    with socket.socket() as silent, receiving(200) as receiver:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        add(portal, admin, f"http://127.0.0.1:{silent.getsockname()[1]}/")
        add(portal, admin, "http://127.0.0.1:1/")
        add(portal, admin, receiver.url)
        settings = SETTINGS.model_copy(update={"notifier_timeout_s": 2, "notifier_attempts": 2})
        with notifying(database, settings):
            tell(portal, organisation)
            wait_until(lambda: states(conn) == {"dead": 2, "sent": 1})
    errors = [
        error
        for (error,) in conn.execute(
            "SELECT last_error FROM delivery WHERE state = 'dead' ORDER BY id"
        )
    ]
    assert errors[0] == "no answer within 2 s"
    assert "NewConnectionError" in errors[1]


def test_a_slow_receiver_does_not_hold_up_the_others(
    database: Copy, conn: Connection, portal: Connection, organisation: Organisation, admin: User
) -> None:
    with receiving(200) as slow, receiving(200) as quick:
        slow.most = 0  # it answers nobody until the other has been told
        add(portal, admin, slow.url)
        for number in range(20):
            tell(portal, organisation, address=f"/changes/{number}")
        add(portal, admin, quick.url)
        tell(portal, organisation)
        with notifying(database):
            wait_until(lambda: len(quick.got) == 1)
            assert slow.got == []
            with portal.transaction():
                webhooks.switch(portal, admin, webhooks.hooks(portal, admin)[0].id, False)
            slow.most = None


def test_name_that_leads_inside_later_is_not_posted_to(
    database: Copy, conn: Connection, portal: Connection, organisation: Organisation, admin: User
) -> None:
    with (
        receiving(200) as receiver,
        notifying(
            database, SETTINGS.model_copy(update={"webhook_networks": "", "notifier_attempts": 2})
        ),
    ):
        add(portal, admin, f"http://localhost:{receiver.port}/")
        tell(portal, organisation)
        wait_until(lambda: states(conn) == {"dead": 1})
        assert receiver.got == []
    assert "is a private address" in str(scalar(conn, "SELECT last_error FROM delivery"))


def test_two_notifiers_never_claim_the_same(
    database: Copy, portal: Connection, organisation: Organisation, admin: User
) -> None:
    for number in range(10):
        add(portal, admin, f"http://127.0.0.1:1/{number}")
    tell(portal, organisation)
    now = datetime.now(UTC) + timedelta(seconds=1)
    with (
        single_connection(database.url(DatabaseRole.NOTIFIER)) as one,
        single_connection(database.url(DatabaseRole.NOTIFIER)) as two,
    ):
        first = deliveries.claim(one, now, 6, 60)
        second = deliveries.claim(two, now, 6, 60)
        one.commit()
        two.commit()
        assert len(first) == 6
        assert not {row.id for row in first} & {row.id for row in second}
        assert len(first) + len(second) + len(deliveries.claim(one, now, 6, 60)) == 10
        assert deliveries.claim(two, now, 6, 60) == []


EVENTS_TOLD = 40


@pytest.mark.kills
def test_notifier_killed_in_the_middle_delivers_every_event_at_least_once(
    database: Copy,
    conn: Connection,
    portal: Connection,
    organisation: Organisation,
    admin: User,
    request: pytest.FixtureRequest,
) -> None:
    environment = {
        **os.environ,
        "PANHUO_DATABASE_URL": database.url(DatabaseRole.NOTIFIER),
        "PANHUO_WEBHOOK_NETWORKS": "127.0.0.0/8",
        "PANHUO_NOTIFIER_POLL_S": "0.05",
        "PANHUO_NOTIFIER_CLAIM_S": "2",
    }

    def start() -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", "ops", "run", "notifier"],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        request.addfinalizer(process.wait)
        request.addfinalizer(process.kill)
        return process

    with receiving(200, delay_s=0.1) as receiver:
        for _ in range(4):
            add(portal, admin, receiver.url)
        for number in range(EVENTS_TOLD // 4):
            tell(portal, organisation, address=f"/changes/{number}")
        for reached in (5, 15, 25):
            receiver.most = reached  # it is killed in the middle, however busy this machine is
            process = start()
            wait_until(lambda reached=reached: len(receiver.got) >= reached, 120)  # type: ignore[misc]
            process.send_signal(signal.SIGKILL)
            process.wait(60)
        assert states(conn).get("pending", 0) > 0
        receiver.most = None
        process = start()
        wait_until(lambda: states(conn) == {"sent": EVENTS_TOLD}, 180)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    got = [payload["address"] for payload in receiver.accepted()]
    assert all(got.count(f"/changes/{number}") >= 4 for number in range(EVENTS_TOLD // 4))


@pytest.mark.kills
def test_notifier_goes_on_when_the_database_comes_back(
    database: Copy, conn: Connection, portal: Connection, organisation: Organisation, admin: User
) -> None:
    with receiving(200) as receiver, notifying(database):
        add(portal, admin, receiver.url)
        tell(portal, organisation, address="/changes/1")
        wait_until(lambda: states(conn) == {"sent": 1})  # and it has been noted
        with database.closed_to(DatabaseRole.NOTIFIER):
            tell(portal, organisation, address="/changes/2")
            time.sleep(1)
            assert len(receiver.got) == 1
        wait_until(lambda: states(conn) == {"sent": 2}, 120)
