"""Webhooks: whose they are, where they may lead, what is signed and noted (J2, J4)."""

import socket
import subprocess
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest

from db import Connection, Refused, audit, scalar
from registry.notices import Event, NoticeSettings, deliveries, webhook_post, webhooks
from registry.notices.addresses import allowed, target
from registry.notices.outcome import Outcome, Result
from registry.notices.webhook_post import signature
from registry.org import User
from tests.registry.conftest import NOW, Organisation
from tests.registry.hooks import add, administrator, library_admin, states, tell
from tests.registry.receiver import receiving, verify


@pytest.fixture(autouse=True)
def _loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANHUO_WEBHOOK_NETWORKS", "127.0.0.0/8")


@pytest.fixture
def admin(conn: Connection, organisation: Organisation) -> User:
    return library_admin(conn, organisation)


def test_units_hooks_hear_only_what_their_own_people_are_told(
    conn: Connection, organisation: Organisation, admin: User
) -> None:
    hospital = administrator(conn, organisation, "hospital-admin", "医院")
    own, _ = add(conn, admin, "http://127.0.0.1:1/")
    other, _ = add(conn, hospital, "http://127.0.0.1:1/")
    only, _ = add(conn, hospital, "http://127.0.0.1:1/", Event.REVIEW_WAITING)
    tell(conn, organisation, "clerk", "colleague")
    assert [key for (key,) in conn.execute("SELECT webhook_id FROM delivery")] == [own]
    tell(conn, organisation, "clerk2", "clerk", event=Event.REVIEW_WAITING)
    rows = conn.execute(
        "SELECT webhook_id, payload ->> 'unit' FROM delivery ORDER BY id"
    ).fetchall()
    assert rows[1:] == [(own, "L"), (other, "H"), (only, "H")]
    assert scalar(conn, "SELECT count(DISTINCT event_id) FROM delivery") == 2


def test_only_the_units_administrators_manage_its_hooks(
    conn: Connection, organisation: Organisation, admin: User
) -> None:
    key, _ = add(conn, admin, "http://127.0.0.1:1/")
    hospital = administrator(conn, organisation, "hospital-admin", "医院")
    clerk = notices_user(conn, organisation, "clerk")
    assert webhooks.hooks(conn, hospital) == []
    for somebody in (hospital, clerk):
        for verb in (
            lambda who: webhooks.require(conn, who, key),
            lambda who: webhooks.change(conn, who, key, "x", "http://127.0.0.1/", list(Event)),
            lambda who: webhooks.remove(conn, who, key),
            lambda who: webhooks.switch(conn, who, key, False),
            lambda who: webhooks.try_out(conn, who, key, NOW),
            lambda who: webhooks.renew_secret(conn, who, key),
        ):
            with pytest.raises(Refused, match=r"webhook\.not_found"):
                verb(somebody)
    with pytest.raises(Refused, match=r"webhook\.not_found"):
        add(conn, clerk, "http://127.0.0.1:1/")
    tell(conn, organisation)
    conn.execute("UPDATE delivery SET state = 'dead'")
    dead = scalar(conn, "SELECT id FROM delivery")
    assert isinstance(dead, int)
    with pytest.raises(Refused, match=r"delivery\.not_dead"):
        deliveries.resend(conn, hospital, dead, NOW)
    assert deliveries.recent(conn, hospital) == deliveries.recent(conn, clerk) == []


def notices_user(conn: Connection, organisation: Organisation, login: str) -> User:
    from registry.org import user

    found = user(conn, organisation.users[login])
    assert found is not None
    return found


def test_the_portal_can_not_read_a_secret_again(conn: Connection) -> None:
    for privilege, granted in (("SELECT", False), ("INSERT", True)):
        asked = "SELECT has_column_privilege('panhuo_portal', 'webhook', 'secret', %(privilege)s)"
        assert scalar(conn, asked, privilege=privilege) is granted


def test_the_notifier_can_read_no_business_data(conn: Connection) -> None:
    for table in ("card", "app_user", "notice", "audit_entry", "review"):
        asked = "SELECT has_table_privilege('panhuo_notifier', %(table)s, 'SELECT')"
        assert scalar(conn, asked, table=table) is False


def test_what_is_done_with_hooks_is_audited(conn: Connection, admin: User) -> None:
    key, secret = add(conn, admin, "http://127.0.0.1:1/")
    webhooks.change(conn, admin, key, "新名", "http://127.0.0.1:2/", [Event.REVIEW_WAITING])
    fresh = webhooks.renew_secret(conn, admin, key)
    webhooks.try_out(conn, admin, key, NOW)
    webhooks.switch(conn, admin, key, False)
    webhooks.switch(conn, admin, key, True)
    webhooks.remove(conn, admin, key)
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
def test_malformed_addresses_are_refused(conn: Connection, admin: User, url: str) -> None:
    with pytest.raises(Refused, match=r"webhook\.url_malformed"):
        add(conn, admin, url)


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
    conn: Connection, admin: User, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("PANHUO_WEBHOOK_NETWORKS", "172.16.0.0/12")
    with pytest.raises(Refused, match=r"webhook\.url_private"):
        add(conn, admin, url)


def test_allowed_networks_and_public_addresses() -> None:
    networks = (ip_network("10.20.0.0/16"),)
    assert allowed(ip_address("10.20.3.4"), networks)
    assert allowed(ip_address("::ffff:10.20.3.4"), networks)
    assert not allowed(ip_address("10.21.3.4"), networks)
    assert allowed(ip_address("1.1.1.1"), ())
    assert allowed(ip_address("2606:4700::1111"), ())
    for text in (
        "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:7f00:1::", "ff02::1", "::", "::7f00:1",
        "64:ff9b:1::a00:1", "fec0::1", "fe80::1", "100::1", "5f00::1", "4000::1", "2001:db8::1",
        "3fff::1", "2001:2::1", "192.0.0.8", "192.88.99.1", "198.18.0.1", "240.0.0.1",
        "255.255.255.255", "203.0.113.9",
    ):  # fmt: skip
        assert not allowed(ip_address(text), ())
    assert target("https://x.example:8443/a?b=1").host_header == "x.example:8443"


def test_too_many_hooks_no_name_and_no_events_are_refused(conn: Connection, admin: User) -> None:
    for name, events, code in (
        ("  ", list(Event), "name_missing"),
        ("x" * 61, list(Event), "name_missing"),
        ("x", [], "events_missing"),
    ):
        with pytest.raises(Refused, match=rf"webhook\.{code}"):
            webhooks.add(conn, admin, name, "http://127.0.0.1/", events, NOW)
    for _ in range(webhooks.MOST):
        add(conn, admin, "http://127.0.0.1/")
    with pytest.raises(Refused, match=r"webhook\.too_many"):
        add(conn, admin, "http://127.0.0.1/")


def test_signature_is_what_the_guide_says() -> None:
    at = datetime.fromtimestamp(1_800_000_000, UTC)
    header = signature("secret", b'{"a": 1}', at)
    assert header.startswith("t=1800000000,v1=")
    assert verify("secret", header, b'{"a": 1}', at.timestamp() + 60)
    assert not verify("secret", header, b'{"a": 1}', at.timestamp() + 600)


def test_what_was_sent_long_ago_is_forgotten_and_what_is_dead_is_kept(
    conn: Connection, organisation: Organisation, admin: User
) -> None:
    add(conn, admin, "http://127.0.0.1:1/")
    tell(conn, organisation, address="/changes/1")
    conn.execute("UPDATE delivery SET state = 'sent', sent_at = %s", (NOW,))
    tell(conn, organisation, address="/changes/2")
    conn.execute("UPDATE delivery SET state = 'dead' WHERE state = 'pending'")
    assert deliveries.forget(conn, NOW + timedelta(days=1)) == 1
    assert states(conn) == {"dead": 1}


def post_to(url: str, within_s: float = 30) -> Outcome:
    settings = NoticeSettings(webhook_networks="127.0.0.0/8,::1/128", notifier_timeout_s=within_s)
    return webhook_post.post(
        url, "s" * 40, {"event": "webhook.test", "id": "1"}, settings, datetime.now(UTC)
    )


def test_answer_that_trickles_is_cut_off() -> None:
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def trickle() -> None:
            taken, _ = server.accept()
            with taken, suppress(OSError):
                while not over.wait(0.05):
                    taken.sendall(b"x")

        thread = threading.Thread(target=trickle, daemon=True)
        thread.start()
        began = time.monotonic()
        outcome = post_to(f"http://127.0.0.1:{server.getsockname()[1]}/", 0.5)
        took = time.monotonic() - began
        over.set()
        thread.join(60)
    assert outcome.result is Result.LATER
    assert 0.4 < took < 10  # by itself it would never end


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of `localhost`, with its key."""
    folder = tmp_path_factory.mktemp("certificate")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / "key.pem", "-out", folder / "both.pem",
         "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
        check=True, capture_output=True,
    )  # fmt: skip
    both = folder / "both.pem"
    both.write_text((folder / "key.pem").read_text() + both.read_text())
    return both


def test_https_receiver_must_prove_its_name_though_its_address_is_pinned(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with receiving(200, certificate=certificate) as receiver:
        stranger = post_to(f"https://localhost:{receiver.port}/hook")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        known = post_to(f"https://localhost:{receiver.port}/hook")
        misnamed = post_to(f"https://127.0.0.1:{receiver.port}/hook")
    assert "CERTIFICATE_VERIFY_FAILED" in stranger.error
    assert known.result is Result.SENT
    assert misnamed.result is Result.LATER
    assert [headers["Host"] for _, headers, _ in receiver.got] == [f"localhost:{receiver.port}"]


def test_every_address_of_a_host_is_tried_until_one_answers() -> None:
    """Who listens on a host's second address alone was never reached."""
    found = [ip_address("127.0.0.2"), ip_address("127.0.0.1")]
    with receiving(200) as receiver:
        one = target(f"http://receiver.example:{receiver.port}/hook")
        outcome = webhook_post.deliver(one, found, b"{}", {}, 30, NOW)
        nobody = webhook_post.deliver(one, found[:1], b"{}", {}, 30, NOW)
    assert (outcome.result, nobody.result) == (Result.SENT, Result.LATER)
    assert [headers["Host"] for _, headers, _ in receiver.got] == [one.host_header]


def test_address_that_was_reached_and_refuses_is_not_posted_to_twice() -> None:
    found = [ip_address("127.0.0.1"), ip_address("127.0.0.1")]
    with receiving(500) as receiver:
        one = target(f"http://receiver.example:{receiver.port}/hook")
        assert webhook_post.deliver(one, found, b"{}", {}, 30, NOW).result is Result.LATER
    assert len(receiver.got) == 1
