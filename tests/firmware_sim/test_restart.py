"""A play tells its state, stops in time, and goes on where it was."""

import json
import signal
import subprocess
import time
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from firmware_sim.days import Generator
from firmware_sim.estate import parse
from firmware_sim.gateway import Options
from firmware_sim.packs import Slicer
from firmware_sim.state import load
from tests.firmware_sim.conftest import Collector, Mosquitto, wait_until
from tests.firmware_sim.estates import DAY, UNTIL
from tests.firmware_sim.plays import (
    command,
    expected,
    heard,
    playing,
    slowly,
    two_gateways,
    write_estate,
)
from tests.fixtures.patience import busy

pytestmark = pytest.mark.broker


def test_status_is_retained_and_counts_history_that_is_not_made_yet(
    mosquitto: Mosquitto, collector: Collector
) -> None:
    collector.willing = lambda gateway, seq: False
    with playing(two_gateways(mosquitto.port), days=28):
        wait_until(lambda: len({gateway for gateway, _ in collector.status}) == 2)
        newcomer: list[mqtt.MQTTMessage] = []
        client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv311)
        client.on_message = lambda _client, _data, message: newcomer.append(message)
        client.connect("127.0.0.1", mosquitto.port)
        client.subscribe("panhuo/v1/gw-0001/status", 1)
        client.loop_start()
        wait_until(lambda: len(newcomer) > 0)
        client.disconnect()
        client.loop_stop()
        status = json.loads(newcomer[0].payload)
        slicer = Slicer(Generator(7, two_gateways(1).gateways[0], 60))
        assert newcomer[0].retain
        assert set(status) == {"online", "firmware", "sent", "buffered"}
        assert status["online"] is True
        assert abs(status["sent"] - time.time()) < 125
        assert status["buffered"] == pytest.approx(slicer.count(UNTIL - 28 * DAY, UNTIL), abs=3)


@pytest.mark.kills
def test_last_will_says_that_a_killed_gateway_is_gone(
    mosquitto: Mosquitto, collector: Collector, tmp_path: Path
) -> None:
    file = write_estate(tmp_path, mosquitto.port)
    with subprocess.Popen(command("play", "--estate", file, "--days", 1, "--live")) as process:
        wait_until(lambda: any(status["online"] for _, status in collector.status))
        process.kill()
    wait_until(lambda: collector.status[-1][1]["online"] is False)
    # It can't know the time of its going, nor what is buffered then.
    assert collector.status[-1] == ("gw-0001", {"online": False, "firmware": "1.4.0"})


@pytest.mark.kills
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("moment", ["history", "live", "away"])
def test_signal_stops_cleanly_within_3_seconds(
    mosquitto: Mosquitto, collector: Collector, tmp_path: Path, number: int, moment: str
) -> None:
    file = write_estate(tmp_path, mosquitto.port)
    days = 600 if moment == "history" else 6
    arguments = command("play", "--estate", file, "--days", days, "--live", "--quiet")
    with subprocess.Popen(arguments) as process:
        online = [*collector.status]
        wait_until(lambda: len(collector.status) > len(online) and len(collector.packs) > 20)
        if moment == "away":
            mosquitto.stop()
            time.sleep(0.3)
        asked = time.monotonic()
        process.send_signal(number)
        code = process.wait(120)
        assert time.monotonic() - asked < busy(3)
        assert code == 0
    if moment != "away":
        wait_until(lambda: collector.status[-1][1]["online"] is False)


def test_command_ends_by_itself_when_everything_is_committed(
    mosquitto: Mosquitto, collector: Collector, tmp_path: Path
) -> None:
    file = write_estate(tmp_path, mosquitto.port)
    done = subprocess.run(
        command("play", "--estate", file, "--days", 6, "--until", "2026-11-20T10:00",
                "--truth", tmp_path / "truth.json"),
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "100 %" in done.stderr
    truth = json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))
    end = truth["window"]["end"]
    assert heard(collector) == expected(parse(file.read_text("utf-8")), end - 6 * DAY, end)


def test_restart_goes_on_where_it_was(
    mosquitto: Mosquitto, collector: Collector, tmp_path: Path
) -> None:
    estate = two_gateways(mosquitto.port)
    options = Options(folder=tmp_path / "state", resend_after=600.0)
    collector.willing = lambda gateway, seq: len(collector.packs) < 30
    with playing(estate, days=12, options=options) as played:
        wait_until(lambda: len(collector.packs) > 60)
    uncommitted = load(tmp_path / "state", "gw-0001")
    assert uncommitted is not None
    assert len(uncommitted.kept) > 20
    before = {seq: payload for g, seq, payload in collector.packs if g == "gw-0001"}
    collector.packs.clear()
    collector.willing = lambda gateway, seq: True
    with playing(estate, days=12, options=options) as played:
        played.thread.join(180)
        assert played.progress is not None
        assert played.progress.left == 0
    after = {seq: payload for g, seq, payload in collector.packs if g == "gw-0001"}
    assert {seq: after[seq] for seq in before.keys() & after.keys()} == {
        seq: before[seq] for seq in before.keys() & after.keys()
    }
    assert {kept.seq for kept in uncommitted.kept} <= set(after)
    assert max(after) > max(before)
    collector.packs.extend(("gw-0001", seq, payload) for seq, payload in before.items())
    everything = expected(estate, played.window.start, played.window.end)
    assert {r for r in heard(collector) if r.name.startswith("gw-0001")} == {
        r for r in everything if r.name.startswith("gw-0001")
    }


@pytest.mark.kills
def test_kill_loses_nothing_and_no_number_stands_for_two_contents(
    mosquitto: Mosquitto, collector: Collector, tmp_path: Path
) -> None:
    file = write_estate(tmp_path, mosquitto.port)
    arguments = command("play", "--estate", file, "--days", 50, "--until", "2026-11-20T10:00",
                        "--state", tmp_path / "state", "--quiet")  # fmt: skip
    collector.willing = slowly(0.002)
    with subprocess.Popen(arguments) as process:
        wait_until(lambda: len(collector.packs) > 100)
        process.kill()
    done = subprocess.run(arguments, timeout=300, check=False)
    assert done.returncode == 0
    contents: dict[int, bytes] = {}
    for _, seq, payload in collector.packs:
        assert contents.setdefault(seq, payload) == payload
    end = 1_795_140_000  # 2026-11-20T10:00+08:00
    assert heard(collector) == expected(parse(file.read_text("utf-8")), end - 50 * DAY, end)


def test_second_play_from_the_same_state_is_refused(mosquitto: Mosquitto, tmp_path: Path) -> None:
    options = Options(folder=tmp_path / "state")
    with playing(two_gateways(mosquitto.port), options=options) as first:
        wait_until(lambda: first.progress is not None)
        with playing(two_gateways(mosquitto.port), options=options) as second:
            second.thread.join(180)
            assert "another firmware-sim" in str(second.error)


def test_spoiled_state_is_refused_before_anything_starts(
    mosquitto: Mosquitto, collector: Collector, tmp_path: Path
) -> None:
    (tmp_path / "gw-0002.json").write_text('{"next_seq": 1}', encoding="utf-8")
    with playing(two_gateways(mosquitto.port), options=Options(folder=tmp_path)) as played:
        played.thread.join(180)
        assert "gw-0002.json: is not a state file" in str(played.error)
    assert collector.packs == []
    assert collector.status == []


def test_other_interval_after_a_restart_keeps_to_its_own_grid(
    mosquitto: Mosquitto, collector: Collector, tmp_path: Path
) -> None:
    estate = two_gateways(mosquitto.port)
    folder = tmp_path / "state"
    collector.willing = lambda gateway, seq: False
    with playing(estate, days=0.1, options=Options(folder=folder)):
        wait_until(lambda: len(collector.packs) >= 2)
    collector.packs.clear()
    collector.willing = lambda gateway, seq: True
    with playing(estate, days=0.1, options=Options(folder=folder, interval=600)) as played:
        played.thread.join(180)
        assert played.progress is not None
        assert played.progress.left == 0
    skew = Generator(7, estate.gateways[0], 600).skew()
    times = {r.time - skew for r in heard(collector) if r.name.startswith("gw-0001")}
    assert times
    assert all(time % 600 == 0 for time in times)
