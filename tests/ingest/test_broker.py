"""I1: the broker lets in whom it knows, and each says only what is theirs to say."""

import os
import queue
import stat
import subprocess
from pathlib import Path

import pytest
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from ingest import broker as product
from ingest import broker_check
from ingest.broker_passwords import verify_password
from tests.fixtures.broker import COLLECTOR, Broker, access, password

pytestmark = pytest.mark.broker


def connack(broker: Broker, user: str | None, word: str) -> str:
    """What the broker answers to a sign-in."""
    answers: queue.Queue[str] = queue.Queue()
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    if user is not None:
        client.username_pw_set(user, word)
    client.on_connect = lambda _c, _d, _f, reason, _p: answers.put(str(reason))
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    try:
        return answers.get(timeout=60)
    finally:
        client.disconnect()
        client.loop_stop()


def heard(broker: Broker, speaker: str, topic: str, listener: str, patience: float) -> bool:
    """Whether `listener` hears what `speaker` says under `topic`, within so many seconds."""
    got: queue.Queue[str] = queue.Queue()
    ready: queue.Queue[bool] = queue.Queue()
    with broker.signed_in(listener) as ears, broker.signed_in(speaker) as mouth:
        ears.on_message = lambda _c, _d, message: got.put(message.topic)
        ears.on_subscribe = lambda *_: ready.put(True)
        ears.subscribe([("panhuo/#", 1), ("$SYS/#", 0)])
        ready.get(timeout=60)
        mouth.publish(topic, b"[]", qos=1).wait_for_publish(60)
        try:
            return got.get(timeout=patience) == topic
        except queue.Empty:
            return False


@pytest.mark.parametrize(
    ("user", "word", "answer"),
    [
        ("gw-0001", password("gw-0001"), "Success"),
        (COLLECTOR, password(COLLECTOR), "Success"),
        ("portal", password("portal"), "Success"),
        ("gw-0001", password("gw-0002"), "Not authorized"),
        ("gw-0001", "", "Not authorized"),
        ("gw-0009", password("gw-0009"), "Not authorized"),
        (None, "", "Not authorized"),
    ],
)
def test_only_known_users_sign_in(broker: Broker, user: str | None, word: str, answer: str) -> None:
    assert connack(broker, user, word) == answer


@pytest.mark.parametrize(
    ("speaker", "topic", "listener", "passes"),
    [
        ("gw-0001", "panhuo/v1/gw-0001/readings", COLLECTOR, True),
        ("gw-0001", "panhuo/v1/gw-0001/status", COLLECTOR, True),
        ("gw-0001", "panhuo/v1/gw-0002/readings", COLLECTOR, False),
        ("gw-0001", "panhuo/v1/gw-0002/status", COLLECTOR, False),
        ("gw-0001", "panhuo/v1/gw-0001/x/readings", COLLECTOR, False),
        ("gw-0001", "panhuo/v1/gw-0002/committed", "gw-0002", False),
        ("gw-0001", "panhuo/v1/gw-0001/readings", "gw-0002", False),
        (COLLECTOR, "panhuo/v1/gw-0001/committed", "gw-0001", True),
        (COLLECTOR, "panhuo/v1/gw-0001/committed", "gw-0002", False),
        (COLLECTOR, "panhuo/v1/gw-0001/refused", "gw-0001", True),
        (COLLECTOR, "panhuo/v1/gw-0001/commands", "gw-0001", False),
        ("portal", "panhuo/v1/gw-0001/commands", "gw-0001", True),
        ("portal", "panhuo/v1/gw-0001/readings", COLLECTOR, False),
    ],
)
def test_each_says_and_hears_only_what_is_theirs(
    broker: Broker, speaker: str, topic: str, listener: str, passes: bool
) -> None:
    patience = 60 if passes else 0.4
    assert heard(broker, speaker, topic, listener, patience) is passes


def test_gateway_registered_later_is_let_in_and_one_shut_out_is_not(broker: Broker) -> None:
    broker.admit(access("gw-0002", "gw-0003"))
    for _ in range(50):
        if connack(broker, "gw-0003", password("gw-0003")) == "Success":
            break
    else:
        raise AssertionError(broker.log.read_text())
    assert connack(broker, "gw-0001", password("gw-0001")) == "Not authorized"
    assert connack(broker, "gw-0002", password("gw-0002")) == "Success"


def test_files_are_for_the_broker_alone(broker: Broker) -> None:
    for name in (product.PASSWORDS, product.RIGHTS, product.CONFIGURATION):
        mode = (broker.folder / name).stat().st_mode
        assert stat.S_IMODE(mode) == 0o600
    words = (broker.folder / product.PASSWORDS).read_text()
    assert password("collector") not in words


def test_broker_does_not_stay_root(broker: Broker) -> None:
    pid = int((broker.folder / product.PID).read_text())
    owner = Path(f"/proc/{pid}").stat().st_uid
    assert owner != 0 or os.geteuid() == 0
    if os.geteuid() == 0:
        assert owner == broker.folder.stat().st_uid != 0


def test_passwords_of_mosquittos_own_program_are_verified(tmp_path: Path) -> None:
    file = tmp_path / "words"
    file.touch()
    subprocess.run(["mosquitto_passwd", "-b", str(file), "gw-0001", "a word"], check=True)
    assert verify_password("a word", file.read_text().strip().partition(":")[2])


def test_our_own_configuration_keeps_every_limit(broker: Broker) -> None:
    assert broker_check.check_limits((broker.folder / product.CONFIGURATION).read_text()) == []


def test_each_limit_that_a_configuration_lacks_is_named() -> None:
    default = "listener 1883\n# max_queued_messages 5000000\nmax_inflight_messages 20\n"
    lacking = broker_check.check_limits(default)
    assert len(lacking) == len(broker_check.LIMITS)
    assert "max_inflight_messages 1000 (is 20)" in lacking
    assert "max_queued_messages 5000000 (is not set)" in lacking
    generous = "\n".join(
        (
            "max_inflight_messages 2000",
            "max_queued_messages 0",
            "max_queued_bytes 0",
            "persistence true",
            "autosave_interval 5",
            "persistent_client_expiration 1m",
        )
    )
    assert broker_check.check_limits(generous) == []
    assert len(broker_check.check_limits(generous.replace("2000", "many"))) == 1
