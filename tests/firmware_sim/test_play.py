"""A play against a real broker loses nothing, whatever happens to the connection."""

import json
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from firmware_sim.days import Generator
from firmware_sim.estate import Estate, parse
from firmware_sim.gateway import Options
from firmware_sim.packs import Slicer, pack
from firmware_sim.play import Progress, Window, play
from firmware_sim.state import StateError, load
from tests.firmware_sim.conftest import Collector, Mosquitto, wait_until
from tests.firmware_sim.estates import DAY, UNTIL, Reading, gateway_lines, resolve, text
from tests.fixtures.broker import Broker, password

pytestmark = pytest.mark.broker

ASSETS = (
    ("desk", "1.0", "none", "photoelectric", "temperature"),
    ("vehicle", "1.0", "none", "position"),
)


def two_gateways(port: int) -> Estate:
    lines = ["[broker]", 'host = "127.0.0.1"', f"port = {port}"]
    lines += gateway_lines("gw-0001", ASSETS) + gateway_lines("gw-0002", ASSETS[:1])
    return parse("\n".join(lines))


class Played:
    """A play in a thread."""

    def __init__(self, estate: Estate, window: Window, options: Options) -> None:
        self.stop = threading.Event()
        self.said: list[str] = []
        self.progress: Progress | None = None
        self.error: StateError | None = None
        self.window = window
        self.thread = threading.Thread(target=self._run, args=(estate, options))
        self.thread.start()

    def _run(self, estate: Estate, options: Options) -> None:
        try:
            self.progress = play(
                estate, options, self.window, self.stop, show=self._show, say=self.said.append
            )
        except StateError as error:
            self.error = error

    def _show(self, progress: Progress) -> None:
        self.progress = progress

    def end(self) -> None:
        self.stop.set()
        self.thread.join(10)
        assert not self.thread.is_alive()


@contextmanager
def playing(
    estate: Estate, days: float = 2, speed: float | None = None, options: Options | None = None
) -> Iterator[Played]:
    window = Window(UNTIL - int(days * DAY), UNTIL, speed, float(UNTIL))
    played = Played(estate, window, options or Options(resend_after=1.0))
    try:
        yield played
    finally:
        played.end()


def expected(estate: Estate, start: int, end: int) -> set[Reading]:
    """Every reading of [start, end), made without any play."""
    found: set[Reading] = set()
    for plan in estate.gateways:
        generator = Generator(7, plan, 60)
        for piece in Slicer(generator).slices(start, end):
            message = pack(plan.id, piece.start + generator.skew(), 1, piece.records)
            found |= set(resolve(message)[1:])
    return found


def slowly(seconds: float) -> Callable[[str, int], bool]:
    """A collector that takes its time over every pack."""

    def willing(gateway: str, seq: int) -> bool:
        time.sleep(seconds)
        return True

    return willing


def heard(collector: Collector, but: Callable[[str, int], bool] | None = None) -> set[Reading]:
    with collector.lock:
        packs = list(collector.packs)
    return {
        reading
        for gateway, seq, payload in packs
        if but is None or not but(gateway, seq)
        for reading in resolve(payload)[1:]
    }


def test_whole_history_arrives_just_as_it_was_measured(
    mosquitto: Mosquitto, collector: Collector
) -> None:
    estate = two_gateways(mosquitto.port)
    with playing(estate, days=5) as played:
        played.thread.join(30)
        assert played.progress is not None
        assert played.progress.left == 0
        assert heard(collector) == expected(estate, played.window.start, played.window.end)


def test_gateways_live_with_the_products_own_broker(broker: Broker) -> None:
    estate = two_gateways(broker.port)
    plans = tuple(replace(plan, password=password(plan.id)) for plan in estate.gateways)
    collector = Collector(broker.port, "collector", password("collector"))
    with playing(replace(estate, gateways=plans), days=3) as played:
        played.thread.join(30)
        assert played.progress is not None
        assert played.progress.left == 0
    wait_until(lambda: {g for g, status in collector.status if not status["online"]} == {
        "gw-0001", "gw-0002"
    })  # fmt: skip
    collector.close()
    assert played.said == []
    assert heard(collector) == expected(estate, played.window.start, played.window.end)


def test_some_packs_come_twice_and_some_late(mosquitto: Mosquitto, collector: Collector) -> None:
    estate = two_gateways(mosquitto.port)
    with playing(estate, days=28, options=Options(resend_after=120.0)) as played:
        played.thread.join(60)
    first = [s for g, s, _ in collector.packs if g == "gw-0001"]
    share = sum(count - 1 for count in Counter(first).values()) / len(set(first))
    assert 0.001 < share < 0.03
    late = sum(later < sooner for sooner, later in pairwise(first))
    assert 0.001 < late / len(first) < 0.04


def test_gateways_advance_together_oldest_first(mosquitto: Mosquitto, collector: Collector) -> None:
    with playing(two_gateways(mosquitto.port), days=40) as played:
        played.thread.join(30)
    reached = {"gw-0001": 0.0, "gw-0002": 0.0}
    apart = []
    for gateway, _, payload in collector.packs:
        reached[gateway] = max(reached[gateway], json.loads(payload)[0]["bt"])
        if min(reached.values()) > 0:
            apart.append(abs(reached["gw-0001"] - reached["gw-0002"]))
    assert sorted(apart)[len(apart) // 2] < 2 * DAY


def test_only_what_was_committed_is_forgotten(mosquitto: Mosquitto, collector: Collector) -> None:
    estate = two_gateways(mosquitto.port)
    collector.willing = lambda gateway, seq: seq % 3 == 0
    with playing(estate, days=6, options=Options(resend_after=600.0)) as played:
        wait_until(lambda: played.progress is not None and played.progress.committed >= 15)
        time.sleep(0.5)
        sent, odd = set(collector.seqs()), [seq for seq in collector.seqs() if seq % 3]
        assert played.progress is not None
        assert played.progress.left >= len(set(odd)) > 10
        collector.packs.clear()
        collector.willing = lambda gateway, seq: True
        mosquitto.stop()
        mosquitto.start()
        # After the connection comes back, all the others come again, and none of the forgotten.
        played.thread.join(20)
        assert played.progress.left == 0
        assert set(odd) <= set(collector.seqs())
        assert not {seq for seq in collector.seqs() if seq in sent and seq % 3 == 0}


def test_broker_that_takes_a_pack_frees_nothing(mosquitto: Mosquitto) -> None:
    estate = two_gateways(mosquitto.port)
    with playing(estate, days=4) as played:
        wait_until(lambda: played.progress is not None and played.progress.connected == 2)
        time.sleep(1.0)  # every pack of the window has its PUBACK by now
        assert played.progress is not None
        assert played.progress.committed == 0
        assert played.progress.left >= 2 * 12


def test_window_bounds_packs_in_flight(mosquitto: Mosquitto, collector: Collector) -> None:
    firsts: set[str] = set()

    def first_only(gateway: str, seq: int) -> bool:
        known = gateway in firsts
        firsts.add(gateway)
        return not known

    collector.willing = first_only
    options = Options(window=5, resend_after=600.0)
    with playing(two_gateways(mosquitto.port), days=3, options=options):
        wait_until(lambda: len({pack[:2] for pack in collector.packs}) >= 12)
        time.sleep(0.5)
        for gateway in ("gw-0001", "gw-0002"):
            assert len({seq for name, seq, _ in collector.packs if name == gateway}) == 1 + 5


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
        played.thread.join(60)
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
        played.thread.join(30)
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
        played.thread.join(40)
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
        played.thread.join(20)
        collector.close()
        assert played.progress is not None
        assert played.progress.left == 0
        assert heard(collector) == expected(estate, played.window.start, played.window.end)


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
        played.thread.join(30)
        assert played.progress is not None
        assert played.progress.left == 0


def test_live_play_sends_a_pack_a_gateway_an_interval(
    mosquitto: Mosquitto, collector: Collector
) -> None:
    estate = two_gateways(mosquitto.port)
    with playing(estate, days=1, speed=120.0) as played:  # two simulated minutes a second
        wait_until(lambda: played.progress is not None and played.progress.present)
        wait_until(lambda: sum(p[2].count(b'"v"') == 6 for p in collector.packs) >= 6)
        played.stop.set()
        played.thread.join(5)
    small = [p for g, _, p in collector.packs if g == "gw-0001" and p.count(b'"v"') == 6]
    times = {json.loads(payload)[0]["bt"] for payload in small}
    assert len(times) >= 6
    assert {time % 60 for time in times} == {min(times) % 60}
    last = int(max(r.time for r in heard(collector) if r.name.startswith("gw-0001")))
    everything = expected(estate, played.window.start, last + 600)
    skew = Generator(7, estate.gateways[0], 60).skew()
    assert {r for r in everything if r.name.startswith("gw-0001") and r.time <= last} == {
        r for r in heard(collector) if r.name.startswith("gw-0001")
    }
    assert (last - skew) % 60 == 0


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


def command(*arguments: str | Path | int) -> list[str]:
    return [sys.executable, "-c", "from firmware_sim.cli import main; main()", *map(str, arguments)]


def write_estate(folder: Path, port: int) -> Path:
    file = folder / "estate.toml"
    file.write_text(text(*ASSETS, port=port), encoding="utf-8")
    return file


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
        code = process.wait(10)
        assert time.monotonic() - asked < 3.0
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
        capture_output=True, text=True, timeout=60, check=False,
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
        played.thread.join(30)
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
    done = subprocess.run(arguments, timeout=60, check=False)
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
            second.thread.join(5)
            assert "another firmware-sim" in str(second.error)


def test_spoiled_state_is_refused_before_anything_starts(
    mosquitto: Mosquitto, collector: Collector, tmp_path: Path
) -> None:
    (tmp_path / "gw-0002.json").write_text('{"next_seq": 1}', encoding="utf-8")
    with playing(two_gateways(mosquitto.port), options=Options(folder=tmp_path)) as played:
        played.thread.join(5)
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
        played.thread.join(20)
        assert played.progress is not None
        assert played.progress.left == 0
    skew = Generator(7, estate.gateways[0], 600).skew()
    times = {r.time - skew for r in heard(collector) if r.name.startswith("gw-0001")}
    assert times
    assert all(time % 600 == 0 for time in times)
