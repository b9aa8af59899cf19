"""A play sends just what was measured, and forgets just what was committed."""

import json
import time
from collections import Counter
from datetime import date
from itertools import pairwise

import pytest

from firmware_sim.days import Generator
from firmware_sim.estate import build
from firmware_sim.gateway import Options
from tests.firmware_sim.conftest import Collector, Mosquitto, wait_until
from tests.firmware_sim.estates import DAY, resolve
from tests.firmware_sim.plays import (
    Played,
    expected,
    heard,
    playing,
    two_gateways,
)

pytestmark = pytest.mark.broker


def test_whole_history_arrives_just_as_it_was_measured(
    mosquitto: Mosquitto, collector: Collector
) -> None:
    estate = two_gateways(mosquitto.port)
    with playing(estate, days=5) as played:
        played.thread.join(180)
        assert played.progress is not None
        assert played.progress.left == 0
        assert heard(collector) == expected(estate, played.window.start, played.window.end)


def test_gateway_with_an_interval_and_a_clock_of_its_own_plays_to_the_end(
    mosquitto: Mosquitto, collector: Collector
) -> None:
    """An hour between two readings, which no end of a history meets; until the clock is set, all
    its packs say that it is eight hours earlier.
    """
    wrong = [{"ahead_s": -28_800, "until": date(2026, 11, 17)}]
    sensor = {"name": "pw-1", "kind": "power"}
    asset = {"code": "A", "archetype": "instrument", "use": 1.0, "sensor": [sensor]}
    gateway = {
        "id": "gw-0001",
        "password": "secret",
        "interval": 3_600,
        "late": 0.0,
        "twice": 0.0,
        "clock": wrong,
        "asset": [asset],
    }
    broker = {"host": "127.0.0.1", "port": mosquitto.port}
    with playing(build({"broker": broker, "gateway": [gateway]}), days=5) as played:
        played.thread.join(60)
        assert played.progress is not None
        assert played.progress.left == 0
    stamps = sorted(r.time for _, _, payload in collector.packs for r in resolve(payload)
                    if r.name.endswith("pw-1"))  # fmt: skip
    assert len(stamps) > 100
    skew = Generator(7, build({"gateway": [gateway]}).gateways[0], 3_600).skew()
    assert min(stamps) - skew == pytest.approx(played.window.start - 28_800, abs=3_600)
    assert max(stamps) - skew == pytest.approx(played.window.end, abs=7_200)


def test_some_packs_come_twice_and_some_late(mosquitto: Mosquitto, collector: Collector) -> None:
    estate = two_gateways(mosquitto.port)
    with playing(estate, days=28, options=Options(resend_after=120.0)) as played:
        played.thread.join(180)
    first = [s for g, s, _ in collector.packs if g == "gw-0001"]
    share = sum(count - 1 for count in Counter(first).values()) / len(set(first))
    assert 0.001 < share < 0.03
    late = sum(later < sooner for sooner, later in pairwise(first))
    assert 0.001 < late / len(first) < 0.04


def test_gateways_advance_together_oldest_first(mosquitto: Mosquitto, collector: Collector) -> None:
    with playing(two_gateways(mosquitto.port), days=40) as played:
        played.thread.join(180)
    reached = {"gw-0001": 0.0, "gw-0002": 0.0}
    apart = []
    for gateway, _, payload in collector.packs:
        reached[gateway] = max(reached[gateway], json.loads(payload)[0]["bt"])
        if min(reached.values()) > 0:
            apart.append(abs(reached["gw-0001"] - reached["gw-0002"]))
    assert sorted(apart)[len(apart) // 2] < 2 * DAY


def at_rest(played: Played, collector: Collector) -> bool:
    """The windows are full of what isn't committed, and the gateways have heard of all the rest."""
    packs = len(collector.packs)
    time.sleep(0.5)
    taken = {(gateway, seq) for gateway, seq, _ in collector.packs if seq % 3 == 0}
    known = played.progress.committed if played.progress is not None else 0
    return packs == len(collector.packs) and known == len(taken) >= 15


def test_only_what_was_committed_is_forgotten(mosquitto: Mosquitto, collector: Collector) -> None:
    estate = two_gateways(mosquitto.port)
    collector.willing = lambda gateway, seq: seq % 3 == 0
    with playing(estate, days=6, options=Options(resend_after=600.0)) as played:
        wait_until(lambda: at_rest(played, collector))
        sent, odd = set(collector.seqs()), [seq for seq in collector.seqs() if seq % 3]
        assert played.progress is not None
        assert played.progress.left >= len(set(odd)) > 10
        collector.packs.clear()
        collector.willing = lambda gateway, seq: True
        mosquitto.stop()
        mosquitto.start()
        # After the connection comes back, all the others come again, and none of the forgotten.
        played.thread.join(180)
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


def test_live_play_sends_a_pack_a_gateway_an_interval(
    mosquitto: Mosquitto, collector: Collector
) -> None:
    estate = two_gateways(mosquitto.port)
    with playing(estate, days=1, speed=120.0) as played:  # two simulated minutes a second
        wait_until(lambda: played.progress is not None and played.progress.present)
        wait_until(lambda: sum(p[2].count(b'"v"') == 6 for p in collector.packs) >= 6)
        played.stop.set()
        played.thread.join(180)
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
