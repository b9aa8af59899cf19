"""Webhooks: signed, tried again, given up; never posted where nobody allowed it (J2, J4)."""

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
from ipaddress import ip_address, ip_network

import pytest

from db import Connection, Database, Refused, audit, scalar, single_connection
from db.roles import DatabaseRole
from registry import notices
from registry.notices import Event, NoticeSettings, deliveries, webhooks
from registry.notices.addresses import allowed, target
from registry.notices.deliveries import State
from registry.notices.notifier import Notifier
from registry.notices.webhook_post import signature
from registry.org import User, UserType
from registry.org.roles import Role
from tests.fixtures.database import Copy
from tests.registry.conftest import NOW, Organisation, _insert
from tests.registry.receiver import receiving, verify

SETTINGS = NoticeSettings(
    webhook_networks="127.0.0.0/8",
    notifier_poll_s=0.05,
    notifier_first_wait_s=0.05,
    notifier_longest_wait_s=0.2,
    notifier_attempts=4,
    notifier_timeout_s=2,
)
FACTS = {"number": "BD-2026-000007", "title": "书架", "actor": "林晓岚", "opinion": ""}


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
    """The library's administrator."""
    return administrator(conn, organisation, "library-admin", "图书馆")


def administrator(conn: Connection, organisation: Organisation, login: str, unit: str) -> User:
    unit_id = organisation.units[unit]
    key = _insert(conn, unit_id, login, unit, UserType.SYSTEM, Role.ADMINISTRATOR)
    return User(
        key,
        login,
        login,
        UserType.SYSTEM,
        unit_id,
        unit,
        None,
        frozenset({Role.ADMINISTRATOR}),
        True,
        0,
    )


def tell(
    conn: Connection,
    organisation: Organisation,
    *logins: str,
    event: Event = Event.REVIEW_APPROVED,
    address: str = "/changes/7",
) -> None:
    keys = [organisation.users[login] for login in logins or ("clerk",)]
    with conn.transaction():
        notices.tell(conn, keys, event, address, datetime.now(UTC), **FACTS)


def add(conn: Connection, admin: User, url: str, *events: Event) -> tuple[int, str]:
    with conn.transaction():
        return webhooks.add(conn, admin, "办公系统", url, events or tuple(Event), NOW)


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
            thread.join(20)
            assert not thread.is_alive()


def wait_until(true: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def states(conn: Connection) -> dict[str, int]:
    return dict(conn.execute("SELECT state, count(*) FROM delivery GROUP BY 1").fetchall())


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


def test_unreachable_and_silent_receivers_are_tried_again(
    database: Copy, conn: Connection, portal: Connection, organisation: Organisation, admin: User
) -> None:
    with socket.socket() as silent, receiving(200) as receiver:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        add(portal, admin, f"http://127.0.0.1:{silent.getsockname()[1]}/")
        add(portal, admin, "http://127.0.0.1:1/")
        add(portal, admin, receiver.url)
        settings = SETTINGS.model_copy(update={"notifier_timeout_s": 0.3, "notifier_attempts": 2})
        with notifying(database, settings):
            tell(portal, organisation)
            wait_until(lambda: states(conn) == {"dead": 2, "sent": 1})
    errors = [
        error
        for (error,) in conn.execute(
            "SELECT last_error FROM delivery WHERE state = 'dead' ORDER BY id"
        )
    ]
    assert "Timeout" in errors[0]
    assert "NewConnectionError" in errors[1]


def test_a_slow_receiver_does_not_hold_up_the_others(
    database: Copy, conn: Connection, portal: Connection, organisation: Organisation, admin: User
) -> None:
    with receiving(200, delay_s=1.0) as slow, receiving(200) as quick:
        add(portal, admin, slow.url)
        for number in range(20):
            tell(portal, organisation, address=f"/changes/{number}")
        add(portal, admin, quick.url)
        tell(portal, organisation)
        with notifying(database):
            wait_until(lambda: len(quick.got) == 1, 0.9)
            with portal.transaction():
                webhooks.switch(portal, admin, webhooks.hooks(portal, admin)[0].id, False)


def test_units_hooks_hear_only_what_their_own_people_are_told(
    conn: Connection, portal: Connection, organisation: Organisation, admin: User
) -> None:
    hospital = administrator(conn, organisation, "hospital-admin", "医院")
    own, _ = add(portal, admin, "http://127.0.0.1:1/")
    other, _ = add(portal, hospital, "http://127.0.0.1:1/")
    only, _ = add(portal, hospital, "http://127.0.0.1:1/", Event.REVIEW_WAITING)
    tell(portal, organisation, "clerk", "colleague")
    assert [key for (key,) in conn.execute("SELECT webhook_id FROM delivery")] == [own]
    tell(portal, organisation, "clerk2", "clerk", event=Event.REVIEW_WAITING)
    rows = conn.execute(
        "SELECT webhook_id, payload ->> 'unit' FROM delivery ORDER BY id"
    ).fetchall()
    assert rows[1:] == [(own, "L"), (other, "H"), (only, "H")]
    assert scalar(conn, "SELECT count(DISTINCT event_id) FROM delivery") == 2


def test_only_the_units_administrators_manage_its_hooks(
    conn: Connection, portal: Connection, organisation: Organisation, admin: User
) -> None:
    key, _ = add(portal, admin, "http://127.0.0.1:1/")
    hospital = administrator(conn, organisation, "hospital-admin", "医院")
    clerk = notices_user(conn, organisation, "clerk")
    assert webhooks.hooks(portal, hospital) == []
    for somebody in (hospital, clerk):
        for verb in (
            lambda who: webhooks.require(portal, who, key),
            lambda who: webhooks.change(portal, who, key, "x", "http://127.0.0.1/", list(Event)),
            lambda who: webhooks.remove(portal, who, key),
            lambda who: webhooks.switch(portal, who, key, False),
            lambda who: webhooks.try_out(portal, who, key, NOW),
            lambda who: webhooks.renew_secret(portal, who, key),
        ):
            with pytest.raises(Refused, match=r"webhook\.not_found"):
                verb(somebody)
    with pytest.raises(Refused, match=r"webhook\.not_found"):
        add(portal, clerk, "http://127.0.0.1:1/")
    tell(portal, organisation)
    conn.execute("UPDATE delivery SET state = 'dead'")
    dead = scalar(conn, "SELECT id FROM delivery")
    assert isinstance(dead, int)
    with pytest.raises(Refused, match=r"delivery\.not_dead"):
        deliveries.resend(portal, hospital, dead, NOW)
    assert deliveries.recent(portal, hospital) == deliveries.recent(portal, clerk) == []


def notices_user(conn: Connection, organisation: Organisation, login: str) -> User:
    from registry.org import user

    found = user(conn, organisation.users[login])
    assert found is not None
    return found


def test_the_portal_can_not_read_a_secret_again(portal: Connection) -> None:
    assert scalar(portal, "SELECT has_column_privilege('webhook', 'secret', 'SELECT')") is False
    assert scalar(portal, "SELECT has_column_privilege('webhook', 'secret', 'INSERT')") is True


def test_the_notifier_can_read_no_business_data(database: Copy) -> None:
    with single_connection(database.url(DatabaseRole.NOTIFIER)) as conn:
        for table in ("card", "app_user", "notice", "audit_entry", "review"):
            assert (
                scalar(conn, "SELECT has_table_privilege(%(table)s, 'SELECT')", table=table)
                is False
            )


def test_what_is_done_with_hooks_is_audited(
    conn: Connection, portal: Connection, admin: User
) -> None:
    key, secret = add(portal, admin, "http://127.0.0.1:1/")
    webhooks.change(portal, admin, key, "新名", "http://127.0.0.1:2/", [Event.REVIEW_WAITING])
    fresh = webhooks.renew_secret(portal, admin, key)
    webhooks.try_out(portal, admin, key, NOW)
    webhooks.switch(portal, admin, key, False)
    webhooks.switch(portal, admin, key, True)
    webhooks.remove(portal, admin, key)
    entries = list(conn.execute("SELECT action, facts::text FROM audit_entry ORDER BY id"))
    assert [action for action, _ in entries] == [
        "webhook.added", "webhook.changed", "webhook.secret_renewed", "webhook.tested",
        "webhook.switched_off", "webhook.switched_on", "webhook.removed",
    ]  # fmt: skip
    assert not any(word in facts for _, facts in entries for word in (secret, fresh))
    assert audit.head(conn)[0] == len(entries)
    assert scalar(conn, "SELECT count(*) FROM delivery") == 0


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://x.example/",
        "http://",
        "http://u:p@x.example/",
        "http://x.example/#a",
        "http://x.example:99999/",
        "http://x.example:0/",
        "http://x.example/a b",
        "http://x.example/\r\nHost: y",
        "javascript:alert(1)",
        "http://例子.中国/",
        "http://[::1",
        "http://x.example/" + "a" * 500,
    ],
)
def test_malformed_addresses_are_refused(portal: Connection, admin: User, url: str) -> None:
    with pytest.raises(Refused, match=r"webhook\.url_malformed"):
        add(portal, admin, url)


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.1/",
        "http://192.168.1.1/",
        "http://169.254.169.254/latest/",
        "http://[::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://0.0.0.0/",
        "http://[fd00::1]/",
        "http://100.64.0.1/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://224.0.0.1/",
        "http://localhost/",
    ],
)
def test_private_addresses_are_refused_unless_their_network_is_allowed(
    portal: Connection, admin: User, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("PANHUO_WEBHOOK_NETWORKS", "172.16.0.0/12")
    with pytest.raises(Refused, match=r"webhook\.url_private"):
        add(portal, admin, url)


def test_allowed_networks_and_public_addresses() -> None:
    networks = (ip_network("10.20.0.0/16"),)
    assert allowed(ip_address("10.20.3.4"), networks)
    assert allowed(ip_address("::ffff:10.20.3.4"), networks)
    assert not allowed(ip_address("10.21.3.4"), networks)
    assert allowed(ip_address("1.1.1.1"), ())
    assert allowed(ip_address("2606:4700::1111"), ())
    for text in ("64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:7f00:1::", "ff02::1", "::"):
        assert not allowed(ip_address(text), ())
    assert target("https://x.example:8443/a?b=1").host_header == "x.example:8443"


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


def test_too_many_hooks_no_name_and_no_events_are_refused(portal: Connection, admin: User) -> None:
    for name, events, code in (
        ("  ", list(Event), "name_missing"),
        ("x" * 61, list(Event), "name_missing"),
        ("x", [], "events_missing"),
    ):
        with pytest.raises(Refused, match=rf"webhook\.{code}"):
            webhooks.add(portal, admin, name, "http://127.0.0.1/", events, NOW)
    for _ in range(webhooks.MOST):
        add(portal, admin, "http://127.0.0.1/")
    with pytest.raises(Refused, match=r"webhook\.too_many"):
        add(portal, admin, "http://127.0.0.1/")


def test_signature_is_what_the_guide_says() -> None:
    at = datetime.fromtimestamp(1_800_000_000, UTC)
    header = signature("secret", b'{"a": 1}', at)
    assert header.startswith("t=1800000000,v1=")
    assert verify("secret", header, b'{"a": 1}', at.timestamp() + 60)
    assert not verify("secret", header, b'{"a": 1}', at.timestamp() + 600)


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


def test_what_was_sent_long_ago_is_forgotten_and_what_is_dead_is_kept(
    conn: Connection, portal: Connection, organisation: Organisation, admin: User
) -> None:
    add(portal, admin, "http://127.0.0.1:1/")
    tell(portal, organisation, address="/changes/1")
    conn.execute("UPDATE delivery SET state = 'sent', sent_at = %s", (NOW,))
    tell(portal, organisation, address="/changes/2")
    conn.execute("UPDATE delivery SET state = 'dead' WHERE state = 'pending'")
    assert deliveries.forget(conn, NOW + timedelta(days=1)) == 1
    assert states(conn) == {"dead": 1}


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
            process = start()
            wait_until(lambda reached=reached: len(receiver.got) >= reached, 40)  # type: ignore[misc]
            process.send_signal(signal.SIGKILL)
            process.wait(10)
        assert states(conn).get("pending", 0) > 0
        process = start()
        wait_until(lambda: states(conn) == {"sent": EVENTS_TOLD}, 60)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    got = [payload["address"] for payload in receiver.accepted()]
    assert all(got.count(f"/changes/{number}") >= 4 for number in range(EVENTS_TOLD // 4))


@pytest.mark.kills
def test_notifier_goes_on_when_the_database_comes_back(
    database: Copy, conn: Connection, portal: Connection, organisation: Organisation, admin: User
) -> None:
    with receiving(200) as receiver, notifying(database):
        add(portal, admin, receiver.url)
        tell(portal, organisation, address="/changes/1")
        wait_until(lambda: len(receiver.got) == 1)
        with single_connection(database.server.admin_url, autocommit=True) as server:
            server.execute(f"ALTER ROLE {DatabaseRole.NOTIFIER.value} NOLOGIN")
            try:
                server.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'panhuo_notifier' AND datname = %s",
                    (database.name,),
                )
                tell(portal, organisation, address="/changes/2")
                time.sleep(1)
                assert len(receiver.got) == 1
            finally:
                server.execute(f"ALTER ROLE {DatabaseRole.NOTIFIER.value} LOGIN")
        wait_until(lambda: states(conn) == {"sent": 2}, 40)
