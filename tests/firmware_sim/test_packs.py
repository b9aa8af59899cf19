"""Packs: what RFC 8428 resolves from them is what was measured, and they repeat."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.clock import day_of, day_start, on_grid
from firmware_sim.days import Generator
from firmware_sim.estate import MOST_RECORDS, Asset, Estate, GatewayPlan, Sensor, parse
from firmware_sim.packs import RECORDS_A_PACK, Slice, Slicer, pack
from firmware_sim.words import Archetype, Fault, Kind
from tests.firmware_sim.estates import DAY, UNTIL, Reading, estate, gateway_lines, resolve
from tests.fixtures.examples import examples

MIXED = (
    ("desk", "1.0", "none", "photoelectric", "temperature"),
    ("vehicle", "1.0", "none", "position", "pulses"),
    ("printer", "0.5", "gaps", "pulses", "temperature"),
)


def slices(one: Estate, start: int, end: int, *, seed: int = 7, interval: int = 60) -> list[Slice]:
    return list(Slicer(Generator(seed, one.gateways[0], interval)).slices(start, end))


def readings(one: Estate, start: int, end: int, **options: int) -> list[Reading]:
    name = one.gateways[0].id
    found = []
    for piece in slices(one, start, end, **options):
        found += resolve(pack(name, piece.start, 1, piece.records))[1:]
    return sorted(found)


def test_first_record_carries_the_base_and_the_count() -> None:
    (first, *_rest) = resolve(pack("gw-0001", 1_764_000_000, 42, ""))
    assert first == Reading("gw-0001:seq", "", 1_764_000_000, 42)


def test_live_pack_is_written_as_the_contract_shows_it() -> None:
    (piece,) = slices(estate(MIXED[0]), UNTIL - 60, UNTIL)
    head, light, warmth = pack("gw-0001", piece.start, 42, piece.records).decode().split("},")
    assert head == f'[{{"bn":"gw-0001:","bt":{UNTIL - 60},"n":"seq","v":42'
    assert light.startswith('{"n":"s0-0","u":"lx","v":')
    assert warmth.startswith('{"n":"s0-1","u":"Cel","v":')


def test_resolved_pack_is_what_was_measured() -> None:
    one = estate(*MIXED)
    start, end = day_start(day_of(UNTIL)), day_start(day_of(UNTIL)) + DAY
    day = Generator(7, one.gateways[0], 60).day(day_of(UNTIL))
    found = readings(one, start, end)
    for sensor, units, places in (
        ("s0-0", ("lx",), (1,)),
        ("s1-0", ("lat", "lon", "m"), (6, 6, 1)),
    ):
        values = next(s.values for s in day.sensors if s.sensor.name == sensor)
        heard = ~np.isnan(values[:, 0])
        for column, (unit, place) in enumerate(zip(units, places, strict=True)):
            said = [r for r in found if r.name == f"gw-0001:{sensor}" and r.unit == unit]
            assert [r.time for r in said] == list(start + np.flatnonzero(heard) * 60)
            assert [r.value for r in said] == [
                float(f"{value:.{place}f}") for value in values[heard, column]
            ]


def test_each_kind_has_the_units_of_the_contract() -> None:
    found = readings(estate(*MIXED), UNTIL - 3_600, UNTIL)
    units = {name: {r.unit for r in found if r.name == name} for name in {r.name for r in found}}
    assert units == {
        "gw-0001:s0-0": {"lx"},
        "gw-0001:s0-1": {"Cel"},
        "gw-0001:s1-0": {"lat", "lon", "m"},
        "gw-0001:s1-1": {"count"},
        "gw-0001:s2-0": {"count"},
        "gw-0001:s2-1": {"Cel"},
    }


@settings(max_examples=examples(25))
@given(
    back=st.integers(1, 3 * 1_440),
    length=st.integers(1, 1_500),
    cuts=st.lists(st.integers(0, 1_500), max_size=4),
)
def test_readings_never_depend_on_where_the_history_is_cut(
    back: int, length: int, cuts: list[int]
) -> None:
    one = estate(MIXED[0], MIXED[2])
    start, end = UNTIL - back * 60, UNTIL - back * 60 + length * 60
    borders = [start, *sorted(start + 60 * cut for cut in cuts if cut < length), end]
    parts = [
        reading for since, until in pairwise(borders) for reading in readings(one, since, until)
    ]
    assert sorted(parts) == readings(one, start, end)


@pytest.mark.parametrize("interval", [1, 10, 60, 300, 3_600])
def test_every_interval_gives_its_number_of_readings(interval: int) -> None:
    one = estate(("desk", "1.0", "none", "temperature"))
    end = on_grid(UNTIL, interval)
    found = readings(one, end - 3_600, end, interval=interval)
    times = {reading.time for reading in found}
    assert len(times) == len(found)
    assert all(time % interval == 0 for time in times)
    # An everyday gap may cost some, no more than 10 minutes of this hour.
    assert 3_000 / interval - 1 <= len(found) <= 3_600 / interval


def test_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    one = estate(*MIXED)
    first, again, other = (slices(one, UNTIL - 3 * DAY, UNTIL, seed=seed) for seed in (7, 7, 8))
    assert first == again
    assert [piece.records for piece in first] != [piece.records for piece in other]


def test_gateway_never_depends_on_the_others() -> None:
    alone = estate(*MIXED)
    lines = ["[broker]", *gateway_lines("gw-0009", MIXED), *gateway_lines("gw-0001", MIXED)]
    both = parse("\n".join(lines))
    beside = Estate(both.broker, both.gateways[1:])
    assert slices(alone, UNTIL - DAY, UNTIL) == slices(beside, UNTIL - DAY, UNTIL)
    first = Estate(both.broker, both.gateways[:1])
    assert slices(first, UNTIL - DAY, UNTIL) != slices(beside, UNTIL - DAY, UNTIL)


def test_count_of_slices_is_what_comes() -> None:
    one = estate(*MIXED)
    slicer = Slicer(Generator(7, one.gateways[0], 60))
    start, end = day_start(day_of(UNTIL)), day_start(day_of(UNTIL)) + 5 * DAY
    assert slicer.count(start, end) == len(list(slicer.slices(start, end)))


def test_pack_is_about_a_thousand_records_and_small() -> None:
    pieces = slices(estate(*MIXED), UNTIL - DAY, UNTIL)
    sizes = [len(pack("gw-0001", piece.start, 1, piece.records)) for piece in pieces]
    records = [len(resolve(pack("gw-0001", piece.start, 1, piece.records))) for piece in pieces]
    assert max(records) <= RECORDS_A_PACK + 1
    assert sum(sizes) / sum(records) < 40


def test_largest_gateway_keeps_to_256_kib_a_message() -> None:
    sensors = tuple(
        Sensor(f"{number:04}".ljust(64, "x"), Kind.POSITION) for number in range(MOST_RECORDS // 3)
    )
    asset = Asset("A", Archetype.VEHICLE, 1.0, Fault.NONE, sensors)
    plan = GatewayPlan("g" * 64, "secret", "1", (asset,))
    slicer = Slicer(Generator(7, plan, 3_600))
    start = day_start(day_of(UNTIL))
    for piece in slicer.slices(start, start + 3 * 3_600):
        assert len(pack(plan.id, piece.start, 2**53, piece.records)) <= 256 * 1024
