"""I4: what a driver says when it fails, and single wild values, prove nothing at all."""

from datetime import timedelta
from functools import cache

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from analytics import assess as assessing
from analytics import commissioning, detect, misreadings
from analytics.assess import Assessed
from analytics.calendar import is_working
from analytics.detect import Examined, Sensor
from analytics.grid import Floats
from analytics.health import Health
from analytics.idle import Verdict
from ingest.fault_values import FaultValue, Misreading
from tests.analytics.estates import NOW, SILENT, rule
from tests.fixtures.examples import examples

DAY = 1440
WINDOW = assessing.grid(NOW, 28)
MINUTE = np.arange(WINDOW.minutes)
WORKING = np.array([is_working(WINDOW.first + timedelta(days=n)) for n in range(28)])


def sampled(values: Floats, every: int) -> Floats:
    """A reading every so many minutes, until now."""
    return np.where((MINUTE % every == 0) & (WINDOW.passed > MINUTE), values, np.nan)


@cache
def lamp(every: int, hours: float = 6.0) -> Floats:
    """A lamp of 320 lx from nine on, each working day, under some daylight."""
    of_day = MINUTE % DAY
    sun = np.maximum(0.0, np.sin((of_day - 360) / DAY * 2 * np.pi)) * 120.0
    lit = (of_day >= 545) & (of_day < 545 + hours * 60) & WORKING[MINUTE // DAY]
    noise = np.random.default_rng(int(hours * 10))
    light = (sun + 320.0 * lit) * noise.normal(1.0, 0.01, MINUTE.size)
    return sampled(np.round(light + np.abs(noise.normal(0.4, 0.2, MINUTE.size)), 1), every)


@cache
def air(every: int, mean: float) -> Floats:
    """The temperature of a room in which nothing runs."""
    noise = np.random.default_rng(int(mean * 10))
    swing = 1.5 * np.sin((MINUTE % DAY - 480) / DAY * 2 * np.pi)
    return sampled(np.round(mean + swing + noise.normal(0, 0.05, MINUTE.size), 2), every)


def spoilt(values: Floats, places: list[int], *said: float) -> Floats:
    """`values` with these in place of some of its readings, which are counted from the first."""
    spoiled, heard = values.copy(), np.flatnonzero(~np.isnan(values))
    for number, place in enumerate(places):
        spoiled[heard[place % heard.size]] = said[number % len(said)]
    return spoiled


def judged(
    kind: str, *rows: Floats, proven: bool = False, vehicle: bool = False
) -> list[tuple[Assessed, Examined]]:
    """Each row's own asset judged; all are of one room."""
    room = [Sensor(n, n, kind, row, proven, vehicle) for n, row in enumerate(rows)]
    examined = detect.examine(room, SILENT, WINDOW.passed)
    desk = rule("vehicle" if kind == "position" else "desk")
    return [
        (assessing.assess(n, [one], desk, WINDOW, WINDOW.start), one)
        for n, one in enumerate(examined)
    ]


FEW = [1_001, 3_003, 5_006, 6_500, 2_222, 4_444, 7_007, 500, 1_700, 7_500]


@pytest.mark.parametrize("value", [54_612.5, 27_306, 27_306.25, 65_535, 65_536, 3_000, 900, 500])
@pytest.mark.parametrize("count", [1, 3, 10])
def test_flashes_of_one_reading_do_not_hide_the_lamp(value: float, count: int) -> None:
    ((busy, one),) = judged("photoelectric", spoilt(lamp(5), FEW[:count], value))
    assert busy.judged.verdict is Verdict.IN_USE
    assert busy.in_use_s / 3600 == pytest.approx(114, abs=2)
    assert one.cleaned.health is Health.OK


@pytest.mark.parametrize("value", [54_612.5, 3_000, 900])
def test_flashes_of_one_reading_prove_no_lamp(value: float) -> None:
    ((dark, one),) = judged("photoelectric", spoilt(lamp(5, hours=0), FEW, value))
    assert (dark.judged.verdict, dark.in_use_s) == (Verdict.INSUFFICIENT, 0)
    assert not one.proven


@pytest.mark.parametrize("value", [0.0, 0.4, 12.0])
@pytest.mark.parametrize("count", [3, 5, 10])
def test_single_dark_readings_of_a_daylit_room_prove_no_lamp(value: float, count: int) -> None:
    ((dark, one),) = judged("photoelectric", spoilt(lamp(5, hours=0), FEW[:count], value))
    assert dark.judged.verdict in {Verdict.INSUFFICIENT, Verdict.NOT_DETERMINABLE}
    assert dark.in_use_s == 0
    assert not one.proven


@pytest.mark.parametrize("count", [1, 3, 10])
def test_single_dark_readings_do_not_put_out_the_lamp(count: int) -> None:
    ((busy, one),) = judged("photoelectric", spoilt(lamp(5), FEW[:count], 0.0))
    assert busy.judged.verdict is Verdict.IN_USE
    assert busy.in_use_s / 3600 == pytest.approx(114, abs=2)
    assert one.cleaned.health is Health.OK


@pytest.mark.parametrize("value", [85.06, 45.0, 0.0, -46.85, 128.86, 125.0])
def test_warmth_that_leaps_to_the_same_figure_twice_is_no_use(value: float) -> None:
    pairs = [place + n for place in FEW[:5] for n in (0, 1)]
    rooms = [spoilt(air(5, 24.0 + 0.4 * n), pairs, value) for n in range(4)]
    for asset, one in judged("temperature", *rooms):
        assert (asset.judged.verdict, asset.in_use_s) == (Verdict.INSUFFICIENT, 0)
        assert not one.proven


@pytest.mark.parametrize("value", [85.0, -127.0, 60.0, 0.0])
@pytest.mark.parametrize(("every", "count"), [(1, 10), (5, 4), (5, 10)])
def test_power_up_values_prove_nothing_of_four_thermometers(
    value: float, every: int, count: int
) -> None:
    rooms = [spoilt(air(every, 24.0 + 0.4 * n), FEW[:count], value) for n in range(4)]
    for asset, one in judged("temperature", *rooms):
        assert (asset.judged.verdict, asset.in_use_s) == (Verdict.INSUFFICIENT, 0)
        assert (one.proven, one.cleaned.health) == (False, Health.OK)
        assert sum(one.cleaned.misread.values()) == count


@pytest.mark.parametrize("vehicle", [True, False])
@pytest.mark.parametrize("place", [(0.0, 0.0), (21.5, 111.9)])
def test_position_that_nothing_could_reach_is_no_trip(
    vehicle: bool, place: tuple[float, float]
) -> None:
    noise = np.random.default_rng(1)
    rows = [sampled(at + noise.normal(0, 2e-5, MINUTE.size), 5) for at in (20.03, 110.33)]
    away = np.stack([spoilt(row, FEW, at) for row, at in zip(rows, place, strict=True)])
    ((parked, one),) = judged("position", away, vehicle=vehicle)
    assert (parked.judged.verdict, parked.in_use_s) == (Verdict.INSUFFICIENT, 0)
    assert not one.proven


def test_overflow_of_a_counter_is_no_use() -> None:
    counts = sampled(np.zeros(MINUTE.size), 1)
    ((unused, one),) = judged("pulses", spoilt(counts, FEW, 65_535, 9_000))
    assert (unused.judged.verdict, unused.in_use_s) == (Verdict.INSUFFICIENT, 0)
    assert not one.proven


def codes(*values: float, apart_s: float = 300.0) -> list[Misreading | None]:
    at = np.arange(len(values), dtype=np.float64) * apart_s
    found = misreadings.mark("temperature", at, np.array(values))
    return [misreadings.ORDER[code - 1] if code else None for code in found.tolist()]


UP, LONE = Misreading.POWER_UP, Misreading.LONE


@pytest.mark.parametrize(
    ("values", "places"),
    [
        ((24.0, 24.1, 85.0, 24.1, 24.0), [2]),
        ((24.0, 24.1, 85.0, 85.0, 24.1, 24.0), [2, 3]),
        ((85.0, 24.1, 24.0, 24.0), [0]),
        ((24.0, 24.1, 24.0, 85.0), [3]),
        ((24.0, 24.1, 85.0, 24.1, 85.0, 24.0, 24.0), [2, 4]),
    ],
)
def test_85_degrees_leapt_to_from_rest_are_the_power_up_value(
    values: tuple[float, ...], places: list[int]
) -> None:
    assert [n for n, code in enumerate(codes(*values)) if code is UP] == places


@pytest.mark.parametrize(
    "values",
    [
        (25.0, 25.0, 40.0, 62.0, 85.0, 108.0, 121.0, 121.1, 105.0, 85.0, 70.0),  # a steriliser
        (25.0, 25.0, 55.0, 85.0, 85.0, 85.0, 85.0, 72.0, 60.0, 50.0),  # one that stops there
        (83.0, 84.2, 85.0, 84.6, 83.1, 82.0),
        (85.0, 85.0, 85.0, 85.0),
    ],
)
def test_85_degrees_reached_step_by_step_are_measured(values: tuple[float, ...]) -> None:
    assert codes(*values) == [None] * len(values)


def test_lone_leap_is_none_where_there_was_time_to_warm_and_cool() -> None:
    values = (24.0, 24.1, 24.0, 24.2, 24.1, 60.0, 24.2, 24.0, 24.1)
    assert codes(*values)[5] is LONE
    assert codes(*values, apart_s=3_600.0)[5] is None


def test_value_that_an_installation_measures_is_no_fault_there() -> None:
    bright = np.array([100.0, 65_535.0, 65_535.0, 90.0])
    at = np.array([0.0, 60.0, 120.0, 180.0])
    own = (FaultValue("photoelectric", 65_535.0, 0.5, "saturated", False, "", applies=False),)
    assert (misreadings.mark("photoelectric", at, bright) > 0).sum() == 2
    assert not misreadings.mark("photoelectric", at, bright, known=own).any()


def test_sensor_that_misreads_every_day_is_an_alarm_and_its_hours_stay() -> None:
    daily = [288 * day + 100 for day in range(28)]
    ((busy, one),) = judged("photoelectric", spoilt(lamp(5), daily, 54_612.5), proven=True)
    assert one.cleaned.health is Health.FAULTY
    assert busy.judged.verdict is Verdict.DEVICE_ALARM
    assert [reason.value for reason in busy.judged.reasons] == ["sensor_faulty"]
    assert busy.in_use_s / 3600 == pytest.approx(114, abs=2)
    assert one.cleaned.misread == {"saturated": 28}


def test_sensor_that_says_nothing_but_a_fault_is_faulty() -> None:
    for kind, value in (("photoelectric", 54_612.5), ("temperature", -127.0)):
        ((asset, one),) = judged(kind, sampled(np.full(MINUTE.size, value), 5), proven=True)
        assert one.cleaned.health is Health.FAULTY
        assert asset.judged.verdict is Verdict.DEVICE_ALARM


# Places of single readings, none beside another.
SINGLE = st.lists(st.integers(0, 2_600).map(lambda n: 3 * n), min_size=1, max_size=9, unique=True)


@settings(max_examples=examples(25))
@given(
    SINGLE,
    st.sampled_from([54_612.5, 27_306.25, 65_535.0, 20_000.0, 2_000.0, 700.0, 0.0]),
    st.sampled_from([0.0, 0.2, 6.0]),
    st.booleans(),
)
@example([1548], 700.0, 0.2, False)  # the first of the three readings of a short use
@example([441], 700.0, 6.0, False)  # as bright above the lamp as the lamp itself
def test_no_few_misreadings_of_light_change_what_is_said(
    places: list[int], value: float, hours: float, proven: bool
) -> None:
    ((before, _),) = judged("photoelectric", lamp(5, hours), proven=proven)
    ((after, _),) = judged("photoelectric", spoilt(lamp(5, hours), places, value), proven=proven)
    # Each reading stands for the five minutes before and after it.
    assert abs(after.in_use_s - before.in_use_s) <= len(places) * 600
    said = before.judged.verdict
    assert after.judged.verdict in {said, Verdict.INSUFFICIENT, Verdict.NOT_DETERMINABLE}
    if said is Verdict.IN_USE:
        assert after.judged.verdict is said


@settings(max_examples=examples(15))
@given(
    SINGLE,
    st.sampled_from([85.0, -127.0, 45.0, 0.0]),
)
def test_no_few_misreadings_of_warmth_are_use(places: list[int], value: float) -> None:
    rooms = [spoilt(air(5, 24.0 + 0.4 * n), places, value) for n in range(4)]
    for asset, one in judged("temperature", *rooms):
        assert asset.judged.verdict is Verdict.INSUFFICIENT
        assert asset.in_use_s <= len(places) * 600
        assert not one.proven


@pytest.mark.parametrize(
    ("kind", "off", "fault"),
    [("temperature", 24.0, 85.0), ("photoelectric", 3.0, 54_612.5), ("pulses", 0.0, 65_535.0)],
)
def test_sensor_plugged_in_during_its_test_does_not_pass_by_that(
    kind: str, off: float, fault: float
) -> None:
    trial = commissioning.begin(kind)
    for value in (off, off, off, fault, fault, off, off):
        trial = commissioning.hear(trial, commissioning.Sample(value))
    assert trial.step is commissioning.Step.ON


def test_receiver_that_finds_its_place_has_not_moved() -> None:
    trial = commissioning.begin("position")
    for latitude, longitude in ((0.0, 0.0), (20.03, 110.33), (0.0, 0.0), (20.03, 110.33)):
        trial = commissioning.hear(trial, commissioning.Sample(latitude, longitude))
    assert trial.step is commissioning.Step.MOVE


@pytest.mark.parametrize("every", [1, 5])
@pytest.mark.parametrize("value", [54_612.5, 3_000.0, 900.0, 500.0])
@pytest.mark.parametrize("lit", [0.99, 0.98, 0.97, 0.95])
def test_lamp_is_known_though_some_of_what_it_lit_is_wild(
    lit: float, value: float, every: int
) -> None:
    """Of the readings under the lamp only a share says so: the others are wild, some in pairs."""
    light = lamp(every).copy()
    under = np.flatnonzero(light > 300)
    light[under[np.random.default_rng(17).random(under.size) > lit]] = value
    ((busy, one),) = judged("photoelectric", light)
    assert busy.judged.verdict in {Verdict.IN_USE, Verdict.DEVICE_ALARM}
    assert busy.in_use_s / 3600 == pytest.approx(114, rel=0.3)
    alarmed = one.cleaned.health is Health.FAULTY
    assert alarmed is (busy.judged.verdict is Verdict.DEVICE_ALARM)


@pytest.mark.parametrize("share", [0.97, 0.98])
@pytest.mark.parametrize("value", [54_612.5, 900.0])
def test_wild_readings_beside_a_lamp_that_hardly_goes_out_change_nothing(
    share: float, value: float
) -> None:
    of_day = MINUTE % DAY
    dark = (of_day >= 180) & (of_day < 180 + DAY * (1 - share))
    noise = np.random.default_rng(int(100 * share))
    light = sampled(np.round(np.where(dark, 0.4, 320.0) * noise.normal(1, 0.01, MINUTE.size), 1), 5)
    ((before, _),) = judged("photoelectric", light)
    ((after, _),) = judged("photoelectric", spoilt(light, FEW[:3], value))
    assert after.judged.verdict is before.judged.verdict is Verdict.IN_USE
    assert abs(after.in_use_s - before.in_use_s) <= 3 * 600
