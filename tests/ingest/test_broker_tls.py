"""I1: gateways speak by TLS, under no other client's id, and an operator's own lines stay."""

import queue
import shutil
import socket
import ssl
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from db import Connection, Refused
from db.roles import DatabaseRole
from ingest import IngestSettings, broker_certificates, broker_check
from ingest import broker as product
from ops import broker_access
from tests.fixtures.broker import COLLECTOR, GATEWAYS, Broker, access, password
from tests.fixtures.database import Copy
from tests.ingest.parts import Site, collecting, count, eventually, lux, pack

pytestmark = pytest.mark.broker
NOW = datetime(2026, 11, 28, tzinfo=UTC)


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[Broker]:
    """A running broker that is reached by TLS only."""
    broker = Broker(tmp_path, access(*GATEWAYS))
    broker.certify()
    try:
        broker.start()
        yield broker
    finally:
        broker.stop()
        broker.forget()


def published(broker: Broker, ca: Path | None, payload: bytes) -> bool:
    """Whether a foreign client, mosquitto_pub, gets rid of a pack of gw-0001."""
    trust = ["--cafile", str(ca)] if ca else []
    command = ["mosquitto_pub", "-h", "127.0.0.1", "-p", str(broker.port), *trust]
    command += ["-u", "gw-0001", "-P", password("gw-0001"), "-i", "anything", "-q", "1"]
    command += ["-t", "panhuo/v1/gw-0001/readings", "-m", payload.decode()]
    return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0


def test_foreign_clients_pack_comes_by_tls_into_the_database(
    secure: Broker, database: Copy, site: Site
) -> None:
    with collecting(secure.settings(), database.url(DatabaseRole.COLLECTOR)):
        assert published(secure, secure.ca, pack(lux(312.5)))
        eventually(lambda: count(database) == 1)


def test_client_without_tls_or_with_another_authority_is_turned_away(
    secure: Broker, tmp_path: Path
) -> None:
    other = broker_certificates.authority(tmp_path / "other", datetime.now(UTC))
    assert not published(secure, None, pack(lux(1.0)))
    assert not published(secure, other.path, pack(lux(1.0)))
    assert published(secure, secure.ca, pack(lux(1.0)))


def stolen(broker: Broker, victim: str, *, clean: bool) -> list[str]:
    """What gw-0001 hears when it signs in under a victim's client id."""
    answers: queue.Queue[str] = queue.Queue()
    got: list[str] = []
    client = mqtt.Client(
        CallbackAPIVersion.VERSION2, victim, clean_session=clean, protocol=mqtt.MQTTv311
    )
    client.username_pw_set("gw-0001", password("gw-0001"))
    client.on_connect = lambda _c, _d, _f, reason, _p: answers.put(str(reason))
    client.on_message = lambda _c, _d, message: got.append(message.topic)
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    assert answers.get(timeout=60) == "Success"
    client.publish("panhuo/v1/gw-0001/status", b"{}", 1).wait_for_publish(60)
    client.disconnect()
    client.loop_stop()
    return got


@contextmanager
def lasting(broker: Broker, user: str, topic: str, lost: list[str]) -> Iterator[queue.Queue[str]]:
    """A client whose session lasts, as the collector's does: what it hears, and how it is lost."""
    got: queue.Queue[str] = queue.Queue()
    client = mqtt.Client(
        CallbackAPIVersion.VERSION2, user, clean_session=False, protocol=mqtt.MQTTv311
    )
    client.username_pw_set(user, password(user))
    client.on_connect = lambda client, _d, _f, _r, _p: client.subscribe(topic, 1) and None
    client.on_subscribe = lambda *_: got.put("subscribed")
    client.on_disconnect = lambda _c, _d, _f, reason, _p: lost.append(str(reason))
    client.on_message = lambda _c, _d, message: got.put(message.payload.decode())
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    try:
        yield got
    finally:
        client.disconnect()
        client.loop_stop()


@pytest.mark.parametrize(
    ("victim", "topic", "speaker"),
    [
        (COLLECTOR, "panhuo/v1/gw-0002/readings", "gw-0002"),
        ("gw-0002", "panhuo/v1/gw-0002/committed", COLLECTOR),
    ],
)
@pytest.mark.parametrize("clean", [True, False])
def test_gateway_under_anothers_client_id_takes_nothing_over(
    broker: Broker, victim: str, topic: str, speaker: str, clean: bool
) -> None:
    lost: list[str] = []
    with lasting(broker, victim, topic, lost) as got:
        assert got.get(timeout=60) == "subscribed"
        assert stolen(broker, victim, clean=clean) == []
        guessed = ["mosquitto_pub", "-h", "127.0.0.1", "-p", str(broker.port), "-i", victim]
        guessed += ["-u", victim, "-P", "guessed", "-t", topic, "-m", "[]"]
        assert subprocess.run(guessed, capture_output=True, timeout=60, check=False).returncode
        assert lost == []
    with broker.signed_in(speaker) as mouth:
        mouth.publish(topic, b"waits", 1).wait_for_publish(60)
    assert stolen(broker, victim, clean=clean) == []
    with lasting(broker, victim, topic, lost) as got:
        assert {got.get(timeout=60), got.get(timeout=60)} == {"subscribed", "waits"}


def test_plain_listener_off_loopback_is_refused(tmp_path: Path) -> None:
    for host in ("0.0.0.0", "192.0.2.7", "::", "*", "broker.example"):
        with pytest.raises(Refused, match=r"broker\.plain_elsewhere"):
            product.write_configuration(tmp_path / "broker", 1, access(), host)
    assert not (tmp_path / "broker").exists()


def test_what_an_operator_added_stays(broker: Broker) -> None:
    configuration, words = broker.folder / product.CONFIGURATION, broker.folder / product.PASSWORDS
    rights = broker.folder / product.RIGHTS
    with configuration.open("a") as file:
        file.write("max_connections 500\n")
    (broker.folder / product.OWN_CONFIGURATION / "own.conf").write_text("log_type information\n")
    subprocess.run(["mosquitto_passwd", "-b", str(words), "monitor", "a word"], check=True)
    with rights.open("a") as file:
        file.write("topic read panhuo/#\nuser monitor\ntopic read $SYS/#\n")
    broker.stop()
    assert product.write_configuration(broker.folder, broker.port, access("gw-0002")) is False
    broker.start()
    assert "max_connections 500" in configuration.read_text()
    assert [line.partition(":")[0] for line in words.read_text().splitlines()] == [
        COLLECTOR, "panhuo-collector-2", "portal", "gw-0002", "monitor",
    ]  # fmt: skip
    heard: queue.Queue[str] = queue.Queue()
    with broker.signed_in("monitor", "a word") as ears, broker.signed_in("gw-0002") as mouth:
        ears.on_message = lambda _c, _d, message: heard.put(message.topic)
        ears.subscribe([("$SYS/#", 0), ("panhuo/#", 0)])
        assert heard.get(timeout=60).startswith("$SYS/")
        # The operator's line right below our part is not a right of our last user, either.
        mouth.on_message = lambda _c, _d, message: heard.put(f"stolen {message.topic}")
        mouth.subscribe("panhuo/#")
        mouth.publish("panhuo/v1/gw-0002/readings", b"[]", 1).wait_for_publish(60)
        while not heard.empty():
            assert heard.get().startswith("$SYS/")


def test_configuration_of_an_older_panhuo_is_kept_beside_the_new_one(tmp_path: Path) -> None:
    where = tmp_path / "broker"
    where.mkdir()
    (where / product.CONFIGURATION).write_text("listener 1883 0.0.0.0\nmax_connections 7\n")
    (where / product.RIGHTS).write_text("user gw-0009\ntopic write panhuo/v1/gw-0009/readings\n")
    (where / product.PASSWORDS).write_text("gw-0009:$7$x\nmonitor:$7$y\n")
    product.write_configuration(where, 1, access("gw-0001"))
    assert "max_connections 7" in (where / f"{product.CONFIGURATION}.before").read_text()
    assert broker_check.check_listeners((where / product.CONFIGURATION).read_text()) == []
    words = (where / product.PASSWORDS).read_text()
    assert "gw-0009" not in words
    assert "monitor:$7$y" in words


def test_listeners_that_betray_passwords_or_sessions_are_named() -> None:
    own = "listener 1883\nlistener 8883 0.0.0.0\ncertfile a\nuse_username_as_clientid true\n"
    assert broker_check.check_listeners(own) == [
        "listener 1883 has no TLS",
        "listener 1883 lacks use_username_as_clientid true",
    ]


def test_certificate_is_renewed_for_other_names_and_before_it_ends(tmp_path: Path) -> None:
    signer = broker_certificates.authority(tmp_path / "ca", NOW)
    assert broker_certificates.authority(tmp_path / "ca", NOW).certificate == signer.certificate
    secret = tmp_path / "ca" / "ca.key"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    names = ["broker.example", "10.0.0.5", "::1"]
    assert broker_certificates.renew(tmp_path, signer, names, NOW)
    assert not broker_certificates.renew(tmp_path, signer, names, NOW + timedelta(days=300))
    assert broker_certificates.renew(tmp_path, signer, names, NOW + timedelta(days=308))
    assert broker_certificates.renew(tmp_path, signer, [*names, "b2"], NOW + timedelta(days=308))
    found = broker_certificates.shown(tmp_path / broker_certificates.CERTIFICATE)
    assert found.names == ("broker.example", "10.0.0.5", "::1", "b2")
    other = broker_certificates.authority(tmp_path / "other", NOW)
    assert broker_certificates.renew(tmp_path, other, found.names, NOW + timedelta(days=308))
    for name in ("a b", "a..b", "", "x" * 64, "a/b"):
        with pytest.raises(Refused, match=r"broker\.name_unusable"):
            broker_certificates.renew(tmp_path, signer, [name], NOW)


def test_listener_and_name_that_a_later_configuration_drops_are_named(
    conn: Connection, tmp_path: Path
) -> None:
    """The monthly run may come from a shell that lacks the settings of the first."""
    wide = IngestSettings(broker_listen="0.0.0.0", broker_port=8883, broker_names="broker.example")
    try:
        assert broker_access.configure(conn, tmp_path, wide).gone == ()
        assert broker_access.configure(conn, tmp_path, wide).gone == ()
        narrow = IngestSettings(broker_port=8883)
        gone = broker_access.configure(conn, tmp_path, narrow).gone
        assert {"listener 8883 0.0.0.0", "name broker.example"} <= set(gone)
    finally:
        shutil.rmtree(product.folder(tmp_path))


def test_authority_without_its_key_is_not_replaced(tmp_path: Path) -> None:
    signer = broker_certificates.authority(tmp_path, NOW)
    (tmp_path / "ca.key").rename(tmp_path / "elsewhere")
    with pytest.raises(Refused, match="authority_key_missing"):
        broker_certificates.authority(tmp_path, NOW)
    (tmp_path / "elsewhere").rename(tmp_path / "ca.key")
    assert broker_certificates.authority(tmp_path, NOW).certificate == signer.certificate


@pytest.mark.parametrize("damage", ["another's", "half", "none"])
def test_certificate_whose_key_does_not_fit_is_made_anew(tmp_path: Path, damage: str) -> None:
    signer = broker_certificates.authority(tmp_path / "ca", NOW)
    broker_certificates.renew(tmp_path, signer, ["broker"], NOW)
    key = tmp_path / broker_certificates.KEY
    foreign = (tmp_path / "ca" / "ca.key").read_text()
    key.write_text({"another's": foreign, "half": foreign[:60], "none": ""}[damage])
    assert broker_certificates.renew(tmp_path, signer, ["broker"], NOW)
    assert not broker_certificates.renew(tmp_path, signer, ["broker"], NOW)


def presented(port: int, ca: Path, name: str) -> set[str]:
    """The names of the certificate that the broker presents, verified for one of them."""
    context = ssl.create_default_context(cafile=str(ca))
    with (
        socket.create_connection(("127.0.0.1", port), 10) as plain,
        context.wrap_socket(plain, server_hostname=name) as wrapped,
    ):
        seen = wrapped.getpeercert()
    assert seen is not None
    return {str(pair[1]) for pair in seen["subjectAltName"]}


def test_running_broker_takes_up_a_renewed_certificate(secure: Broker) -> None:
    assert secure.ca is not None
    assert presented(secure.port, secure.ca, "127.0.0.1") == {"127.0.0.1"}
    secure.certify("127.0.0.1", "broker.example")
    assert product.reload(secure.folder)
    ca = secure.ca
    eventually(lambda: "broker.example" in presented(secure.port, ca, "127.0.0.1"))
    assert presented(secure.port, ca, "broker.example")


def test_given_certificate_must_be_readable_and_belong_to_its_key(tmp_path: Path) -> None:
    made, where = tmp_path / "made", tmp_path / "broker"
    for folder in (made, where, tmp_path / "second"):
        folder.mkdir()
        signer = broker_certificates.authority(folder / "ca", NOW)
        broker_certificates.renew(folder, signer, ["broker.example"], NOW)
    certificate, key = made / broker_certificates.CERTIFICATE, made / broker_certificates.KEY
    broker_certificates.take(where, certificate, key)
    assert (where / broker_certificates.KEY).read_bytes() == key.read_bytes()
    assert stat.S_IMODE((where / broker_certificates.KEY).stat().st_mode) == 0o600
    strange = tmp_path / "second" / broker_certificates.KEY
    for pair in ((certificate, strange), (tmp_path / "none", key), (key, certificate)):
        with pytest.raises(Refused, match=r"broker\.certificate_unusable"):
            broker_certificates.take(where, *pair)
