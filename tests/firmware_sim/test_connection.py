"""A play loses nothing, whatever happens to the connection."""

import hashlib
import json
import shutil
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest

from firmware_sim.gateway import Options
from tests.firmware_sim.conftest import Collector, Mosquitto, wait_until
from tests.firmware_sim.plays import (
    command,
    expected,
    heard,
    playing,
    slowly,
    two_gateways,
    write_estate,
)
from tests.fixtures.broker import COLLECTOR, Broker, password
from tests.fixtures.patience import busy

pytestmark = pytest.mark.broker


def test_gateways_live_with_the_products_own_broker(broker: Broker) -> None:
    estate = two_gateways(broker.port)
    plans = tuple(replace(plan, password=password(plan.id)) for plan in estate.gateways)
    collector = Collector(broker.port, COLLECTOR, password(COLLECTOR))
    with playing(replace(estate, gateways=plans), days=3) as played:
        played.thread.join(180)
        assert played.progress is not None
        assert played.progress.left == 0
    wait_until(lambda: {g for g, status in collector.status if not status["online"]} == {
        "gw-0001", "gw-0002"
    })  # fmt: skip
    collector.close()
    assert played.said == []
    assert heard(collector) == expected(estate, played.window.start, played.window.end)


def test_broker_stopped_in_the_middle_loses_nothing(
    mosquitto: Mosquitto, collector: Collector
) -> None:
    estate = two_gateways(mosquitto.port)
    # Slow enough that the broker goes away in the middle, twice.
    collector.willing = slowly(0.01)
    with playing(estate, days=12) as played:
        for count in (60, 200):
            wait_until(lambda count=count: len(collector.packs) >= count)  # type: ignore[misc]
            mosquitto.stop()
            time.sleep(0.3)
            mosquitto.start()
        collector.willing = lambda gateway, seq: True
        played.thread.join(180)
        assert played.progress is not None
        assert played.progress.left == 0
        assert heard(collector) == expected(estate, played.window.start, played.window.end)
    assert any("connection lost" in line for line in played.said)


def test_unheard_pack_is_sent_again_without_any_reconnection(
    mosquitto: Mosquitto, collector: Collector
) -> None:
    seen: set[tuple[str, int]] = set()

    def second_time(gateway: str, seq: int) -> bool:
        known = (gateway, seq) in seen
        seen.add((gateway, seq))
        return known or seq % 20 != 0

    collector.willing = second_time
    with playing(two_gateways(mosquitto.port), days=2) as played:
        played.thread.join(180)
        assert played.progress is not None
        assert played.progress.left == 0


def test_gateway_that_the_broker_refuses_says_so_and_goes_on_trying(
    mosquitto: Mosquitto,
) -> None:
    mosquitto.stop()
    mosquitto.configure(allow_anonymous=False)
    mosquitto.start()
    estate = two_gateways(mosquitto.port)
    with playing(estate, days=2) as played:
        wait_until(lambda: len(played.said) >= 2)
        assert all("the broker refuses it: Not authorized" in line for line in played.said)
        mosquitto.stop()
        mosquitto.configure(allow_anonymous=True)
        mosquitto.start()
        collector = Collector(mosquitto.port)
        played.thread.join(180)
        collector.close()
        assert played.progress is not None
        assert played.progress.left == 0
        assert heard(collector) == expected(estate, played.window.start, played.window.end)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
def test_tls_broker_is_trusted_by_its_ca_only(mosquitto: Mosquitto, tmp_path: Path) -> None:
    def certificate(name: str) -> Path:
        file = tmp_path / f"{name}.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
             "-keyout", f"{file}.key", "-out", file, "-subj", f"/CN={name}",
             "-addext", "subjectAltName=IP:127.0.0.1"],
            check=True, capture_output=True,
        )  # fmt: skip
        return file

    good, other = certificate("good"), certificate("other")
    mosquitto.stop()
    mosquitto.configure(allow_anonymous=True, certificate=good)
    mosquitto.start()
    file = write_estate(tmp_path, mosquitto.port)
    plain = file.read_text(encoding="utf-8")
    for ca, words in ((good, "1/1 gateways connected"), (other, "its certificate isn't trusted")):
        file.write_text(plain.replace("[[gateway]]", f'ca = "{ca}"\n[[gateway]]', 1), "utf-8")
        arguments = command("play", "--estate", file, "--days", 1)
        with subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True) as process:
            assert process.stderr is not None
            assert any(words in line for line in process.stderr)
            process.terminate()


def test_history_begins_soon_after_a_late_collector_listens(mosquitto: Mosquitto) -> None:
    estate = two_gateways(mosquitto.port)
    with playing(estate, days=10, options=Options(resend_after=600.0)) as played:
        wait_until(lambda: played.progress is not None and played.progress.connected == 2)
        time.sleep(1.0)  # the broker has thrown away what nobody subscribed to
        collector = Collector(mosquitto.port)
        played.thread.join(busy(20))
        collector.close()
        assert played.progress is not None
        assert played.progress.left == 0
        assert heard(collector) == expected(estate, played.window.start, played.window.end)


def test_refused_packs_are_not_sent_again(mosquitto: Mosquitto, collector: Collector) -> None:
    """By their number where the collector could read it, by their digest where not."""
    collector.willing = lambda gateway, seq: False
    with playing(two_gateways(mosquitto.port), days=1) as played:
        wait_until(lambda: len(collector.packs) > 5)
        answered: set[tuple[str, int]] = set()
        while played.thread.is_alive():
            for gateway, seq, payload in list(collector.packs):
                if (gateway, seq) not in answered:
                    answered.add((gateway, seq))
                    named = {"digest": hashlib.sha256(payload).hexdigest(), "reason": "not_a_pack"}
                    said = named if seq % 2 else named | {"seq": seq}
                    topic = f"panhuo/v1/{gateway}/refused"
                    collector.client.publish(topic, json.dumps(said), 1)
            played.thread.join(0.05)
        assert played.progress is not None
        assert played.progress.left == 0
        assert played.progress.committed == 0


def test_senseless_committed_is_ignored(mosquitto: Mosquitto, collector: Collector) -> None:
    collector.willing = lambda gateway, seq: False
    with playing(two_gateways(mosquitto.port), days=1) as played:
        wait_until(lambda: len(collector.packs) > 5)
        for payload in (
            "",
            "{}",
            "[1]",
            '{"seq": "1"}',
            '{"seq": true}',
            '{"seq": -5}',
            "\udcff",
            "[" * 99_999,
        ):
            content = payload.encode("utf-8", "surrogateescape")
            collector.client.publish("panhuo/v1/gw-0001/committed", content, 1)
        collector.willing = lambda gateway, seq: True
        for gateway, seq, _ in list(collector.packs):
            collector.commit(gateway, seq)
        played.thread.join(180)
        assert played.progress is not None
        assert played.progress.left == 0
