"""A hard room: zones, spill, beams, troubles, clocks and intervals, all as the file says."""

import tomllib
from datetime import date
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from firmware_sim import cli, hard_mix, toml
from firmware_sim.arrays import Series, series
from firmware_sim.clock import DAY_S, Array, day_of, day_start
from firmware_sim.days import SKEW_S, Generator
from firmware_sim.estate import EstateError, build, parse
from firmware_sim.truth import truth

LAST = date(2026, 4, 1)
END = day_start((LAST - date(1970, 1, 1)).days + 1)
START = END - 14 * DAY_S


def asset(code: str, *kinds: str, **fields: Any) -> dict[str, Any]:
    sensors = [{"name": f"{code}-{n}", "kind": kind} for n, kind in enumerate(kinds)]
    return {"code": code, "archetype": "desk", "use": 1.0, "sensor": sensors, **fields}


def gateway(*assets: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"id": "gw-1", "password": "secret", "asset": list(assets), **fields}


def measured(*assets: dict[str, Any], **fields: Any) -> dict[str, Series]:
    """Two weeks of each sensor, by name."""
    plan = build({"gateway": [gateway(*assets, **fields)]}).gateways[0]
    return {one.sensor.name: one for one in series(7, plan, START, END)}


def light(*assets: dict[str, Any], **fields: Any) -> Array:
    """Of the first asset's sensor, one row a minute."""
    return next(iter(measured(*assets, **fields).values())).values[:, 0]


def known(*assets: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """The truth of the first asset."""
    estate = build({"gateway": [gateway(*assets, **fields)]})
    found: dict[str, Any] = next(iter(truth(estate, 7, START, END)["assets"].values()))
    return found


def test_neighbours_lamp_spills_onto_an_unused_desks_sensor() -> None:
    subject = asset("a", "photoelectric", use=0.0)
    beside = asset("b", "photoelectric", ways={"lamp_lx": 300.0})
    calm = {"zones": 1}
    without = light(subject, beside, room=calm)
    spilled = light(subject, beside, room=calm | {"spill": [0.2, 0.2]})
    added = np.maximum(spilled - without, 0.0)
    assert added.max() == pytest.approx(60.0, rel=0.2)
    assert 0.05 < (added > 30).mean() < 0.5  # while the neighbour works


def test_each_zone_is_switched_by_itself() -> None:
    desks = [asset(f"{n}", "photoelectric", use=0.0, ways={"zone": n}) for n in range(3)]
    plan = build({"gateway": [gateway(*desks, room={"zones": 3})]}).gateways[0]
    generator = Generator(7, plan, 60)
    edges = []
    for sensor in generator.day(day_of(END) - 1).sensors:
        step = np.abs(np.diff(sensor.values[:, 0]))
        edges.append(set(np.flatnonzero(step > 15)))
    assert edges[0]
    assert edges[0] != edges[1]


def test_beam_of_sun_is_bright_short_and_wanders() -> None:
    plain = asset("a", "photoelectric", use=0.0), asset("b", "photoelectric", use=0.0)
    both = [measured(*plain, room={"beams_a_day": beams}) for beams in (0.0, 8.0)]
    lit = [
        np.flatnonzero(both[1][name].values[:, 0] - both[0][name].values[:, 0] > 150)
        for name in ("a-0", "b-0")
    ]
    assert 10 < lit[0].size < 1_500
    assert set(lit[0]) != set(lit[1])


def test_lamp_warms_up() -> None:
    cold = asset("a", "photoelectric", ways={"daily": [20.0, 22.0], "lamp_lx": 200.0})
    slow = asset("a", "photoelectric", ways=cold["ways"] | {"lamp_ramp_min": 10.0})
    full, ramp = (measured(one, room={"zones": 1})["a-0"] for one in (cold, slow))
    share = ramp.values[:, 0] / np.maximum(full.values[:, 0], 1.0)
    lit = START + DAY_S * 13 + 20 * 3_600 + 120  # of the last evening
    assert share[np.searchsorted(full.at, lit)] < 0.8
    assert share[np.searchsorted(full.at, lit + 3_600)] == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize(("kind", "most"), [("covered", 1.5), ("flicker", 2.0)])
def test_tape_leaves_noise_from_its_day_on(kind: str, most: float) -> None:
    trouble = [{"kind": kind, "since": date(2026, 3, 29)}]
    values = light(asset("a", "photoelectric", trouble=trouble))
    covered = values[-3 * 1_440 :]
    assert values[: -4 * 1_440].max() > 30
    assert covered.max() <= most
    assert np.unique(covered).size > 2


def test_moved_sensor_sees_the_other_asset() -> None:
    trouble = [{"kind": "moved", "to": "b", "since": date(2026, 3, 29)}]
    busy = asset("a", "contact", trouble=trouble)
    values = light(busy, asset("b", "contact", use=0.0))
    assert values[: -4 * 1_440].sum() > 600
    assert values[-3 * 1_440 :].sum() < 5
    assert known(busy, asset("b", "contact", use=0.0))["never_idle"]


def test_sensor_may_be_moved_to_an_asset_of_its_gateway_only() -> None:
    trouble = [{"kind": "moved", "to": "elsewhere"}]
    with pytest.raises(EstateError, match="asset 'a': trouble: to: must be another asset"):
        build({"gateway": [gateway(asset("a", "contact", trouble=trouble))]})


def test_silence_surrounds_each_switch() -> None:
    quiet = asset("a", "contact", ways={"quiet_min": [10, 20]})
    found = measured(quiet)["a-0"]
    true = found.at - Generator(7, build({"gateway": [gateway(quiet)]}).gateways[0], 60).skew()
    starts = np.array([start for start, _ in known(quiet)["sessions"]])
    near = np.abs(true[:, np.newaxis] - starts).min(axis=0)
    assert near.size > 20
    assert near.min() > 30


def test_one_pulse_a_job_is_one_pulse_a_job() -> None:
    printer = asset("a", "pulses", archetype="printer", ways={"pulses_a_job": 1})
    counted = light(printer).sum()
    jobs = len(known(printer)["sessions"])
    assert jobs > 50
    assert abs(counted - jobs) < 20  # but for spurious ones


def test_closed_office_is_not_used_and_has_no_norm() -> None:
    closed = [{"since": date(2026, 3, 1)}]
    found = known(asset("a", "photoelectric"), closed=closed)
    assert (found["sessions"], found["utilisation"], found["idle"]) == ([], None, False)
    half = known(asset("a", "photoelectric"), closed=[{"since": date(2026, 3, 25)}])
    assert half["working_days"] == pytest.approx(4.0, abs=0.01)


def test_clock_is_wrong_until_it_is_set() -> None:
    wrong = [{"ahead_s": -28_800, "until": date(2026, 3, 29)}]
    plan = build({"gateway": [gateway(asset("a", "contact"), clock=wrong)]}).gateways[0]
    generator = Generator(7, plan, 60)
    first, last = day_of(START), day_of(END) - 1
    assert abs(generator.ahead_on(first) + 28_800) <= SKEW_S
    assert abs(generator.ahead_on(last)) <= SKEW_S
    found = series(7, plan, START, END)[0]
    assert found.at.min() < START - 28_000


@pytest.mark.parametrize("interval", [10, 300, 900, 3_600])
def test_gateway_reads_at_its_own_interval(interval: int) -> None:
    found = measured(asset("a", "temperature"), interval=interval, late=0.0)["a-0"]
    assert np.median(np.diff(found.at)) == interval


def test_pulses_of_long_intervals_are_all_counted() -> None:
    often, seldom = (
        light(asset("a", "pulses"), interval=seconds, late=0.0).sum() for seconds in (60, 900)
    )
    assert seldom == pytest.approx(often, rel=0.1)


def test_poor_receiver_says_how_poor_it_is() -> None:
    ways = {"gps_sigma_m": 200.0}
    fix = measured(asset("a", "position", archetype="vehicle", use=0.0, ways=ways))["a-0"].values
    scatter = np.std(fix[:, 0]) * 111_320
    assert 120 < scatter < 280
    assert np.median(fix[:, 2]) == pytest.approx(200.0, rel=0.1)


def test_lent_thing_is_away_and_unused() -> None:
    trouble = [{"kind": "lent", "km": 2.0, "since": date(2026, 3, 29)}]
    thing = asset("a", "position", archetype="portable", trouble=trouble)
    north = light(thing) * 111_320
    assert np.median(north[-1_440:]) - np.median(north[:1_440]) == pytest.approx(2_000, abs=60)
    assert all(end <= day_start(day_of(END) - 4) for _, end in known(thing)["sessions"])


def test_driver_says_its_constant_once() -> None:
    says = [{"kind": "says", "value": 54_612.5, "since": date(2026, 3, 29)}]
    values = light(asset("a", "photoelectric", trouble=says))
    assert (values == 54_612.5).sum() == 1


def test_power_is_off_standby_or_working() -> None:
    ways = {"standby_w": 10.0, "working_w": [400.0], "daily": [10.0, 16.0]}
    watts = light(asset("a", "power", ways=ways))
    near = [np.abs(watts - level) < max(1.0, 0.15 * level) for level in (0.0, 10.0, 400.0)]
    assert np.mean(near[0] | near[1] | near[2]) > 0.999
    assert near[2].mean() == pytest.approx(6 / 24 * 10 / 14, abs=0.01)


def test_reference_node_watches_no_asset() -> None:
    node = [{"name": "room", "kind": "photoelectric"}]
    found = measured(asset("a", "photoelectric"), reference=node, room={"zones": 2})
    assert found["room"].asset is None
    assert found["room"].values.max() > 20


def test_late_packs_are_missing_at_the_end_only() -> None:
    late, prompt = (
        measured(*[asset(f"{n}", "position") for n in range(12)], late=share)["0-0"].at
        for share in (0.5, 0.0)
    )
    lost = np.setdiff1d(prompt, late)
    assert lost.size
    assert lost.min() >= END - 4 * DAY_S


def test_truth_says_what_can_be_told() -> None:
    seen = known(asset("a", "photoelectric"), room={})
    assert (seen["determinable"], seen["healthy"], seen["telling"]) == (True, True, ["a-0"])
    blind = known(asset("a", "photoelectric", fault="misaligned"), room={})
    assert (blind["determinable"], blind["healthy"]) == (False, False)
    stuck = known(asset("a", "contact", fault="stuck"))
    assert stuck["never_idle"]
    assert all(fault["until"] > fault["since"] >= START for fault in stuck["faults"])


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"room": {"zones": 1.5}}, "room: zones: must be a whole number"),
        ({"room": {"spill": [0.3]}}, "room: spill: must be two numbers"),
        ({"room": {"colour": 1}}, "room: colour: unknown field"),
        ({"interval": 7}, "interval: must divide a day"),
        ({"closed": [{"since": "today"}]}, "closed: since: must be a date"),
        ({"clock": [{"ahead_s": 1, "since": LAST, "until": LAST}]}, "clock: until: must be later"),
    ],
)
def test_wrong_circumstances_are_named(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(EstateError, match=f"gateway 'gw-1': {message}"):
        build({"gateway": [gateway(asset("a", "contact"), **fields)]})


@pytest.mark.parametrize("mix", list(hard_mix.MIXES))
def test_hard_estate_is_good_repeats_and_goes_through_its_file(mix: str) -> None:
    content = hard_mix.estate(60, 7, hard_mix.MIXES[mix], LAST)
    assert content == hard_mix.estate(60, 7, hard_mix.MIXES[mix], LAST)
    assert tomllib.loads(toml.text(content)) == content
    assert sum(len(gateway.assets) for gateway in build(content).gateways) == 60


def test_command_writes_a_hard_estate() -> None:
    arguments = ["estate", "--mix", "stress", "--assets", "20", "--until", "2026-04-01T10:00"]
    written = CliRunner().invoke(cli.main, arguments)
    assert written.exit_code == 0, written.output
    assert written.output == CliRunner().invoke(cli.main, arguments).output
    assert any(gateway.room for gateway in parse(written.output).gateways)


def test_current_is_the_power_of_the_mains() -> None:
    ways = {"standby_w": 0.0, "working_w": [440.0]}
    amperes = light(asset("a", "current", ways=ways))
    assert np.median(amperes[amperes > 0.5]) == pytest.approx(2.0, abs=0.05)
