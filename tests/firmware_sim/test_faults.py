"""What each fault does to the readings, and what a healthy sensor shows."""

from datetime import date

import numpy as np
import pytest

from firmware_sim.clock import day_of, day_start, is_working
from firmware_sim.days import SKEW_S, Generator, SensorDay
from firmware_sim.use import sessions
from tests.firmware_sim.estates import UNTIL, estate

LAST = day_of(UNTIL)
WINDOW = range(LAST - 27, LAST + 1)


def month(*asset: str, seed: int = 7) -> np.ndarray:
    """28 days of the asset's one sensor, one row a minute."""
    generator = Generator(seed, estate(asset).gateways[0], 60)
    return np.concatenate([generator.day(day).sensors[0].values for day in WINDOW])


def seeds(*asset: str, count: int = 12) -> list[np.ndarray]:
    return [month(*asset, seed=seed) for seed in range(count)]


@pytest.mark.parametrize("kind", ["photoelectric", "temperature", "pulses", "position"])
def test_dead_sensor_is_silent_or_a_constant_zero_from_the_beginning(kind: str) -> None:
    heard = [not np.isnan(values).all() for values in seeds("desk", "1.0", "dead", kind)]
    for values in seeds("desk", "1.0", "dead", kind):
        assert np.isnan(values).all() or not values.any()
    # An unused counter says zero too: so a dead one is always silent.
    assert set(heard) == ({False} if kind == "pulses" else {False, True})


@pytest.mark.parametrize("kind", ["photoelectric", "temperature", "position"])
def test_unused_sensor_still_shows_life(kind: str) -> None:
    values = month("desk", "0.0", "none", kind)[:, 0]
    days = values.reshape(28, -1)
    assert (np.nanmax(days, axis=1) > np.nanmin(days, axis=1)).all()


def test_unused_counter_counts_next_to_nothing() -> None:
    assert np.nansum(month("printer", "0.0", "none", "pulses")) < 40


def test_outage_of_days_falls_into_every_window_of_28_days() -> None:
    for values in seeds("desk", "1.0", "outage", "temperature"):
        lost = np.isnan(values[:, 0]).sum() / 1_440
        assert 1.9 <= lost <= 5.5


def test_stuck_sensor_says_the_same_for_days() -> None:
    for kind in ("photoelectric", "temperature", "pulses", "position"):
        for values in seeds("desk", "1.0", "stuck", kind, count=4):
            heard = values[:, 0][~np.isnan(values[:, 0])]
            # A counter that isn't in use says zero for most of the time; a stuck one never does.
            said = heard[heard > 0] if kind == "pulses" else heard
            _numbers, counts = np.unique(said, return_counts=True)
            assert counts.max() / 1_440 >= 7.5


def test_short_gaps_are_many_with_the_fault_and_few_without() -> None:
    with_fault = np.isnan(month("desk", "1.0", "gaps", "temperature")).mean()
    without = np.isnan(month("desk", "1.0", "none", "temperature")).mean()
    assert 0.08 < with_fault < 0.30
    assert 0.0 < without < 0.005


def test_drifting_thermometer_leaves_the_healthy_one_behind() -> None:
    healthy = month("desk", "0.0", "none", "temperature")
    drifting = month("desk", "0.0", "drift", "temperature")
    off = (drifting - healthy).reshape(28, -1)
    change = np.diff(np.nanmean(off, axis=1))
    assert np.median(change) == pytest.approx(0.3, abs=0.01)


@pytest.mark.parametrize(
    ("kind", "said"),
    [("photoelectric", 54_612.5), ("temperature", 85.0), ("pulses", 65_535.0), ("position", 0.0)],
)
def test_driver_that_fails_says_a_constant_now_and_then(kind: str, said: float) -> None:
    healthy = month("desk", "0.3", "none", kind)
    failing = month("desk", "0.3", "driver", kind)
    changed = (healthy != failing) & ~np.isnan(healthy)
    assert 1 <= changed[:, 0].sum() <= 20
    assert said in failing[changed]


def sensor_day(*asset: str, beside: tuple[tuple[str, ...], ...] = ()) -> SensorDay:
    generator = Generator(7, estate(asset, *beside).gateways[0], 60)
    return generator.day(LAST).sensors[0]


def test_clock_of_a_faulty_sensor_is_8_hours_ahead_of_the_others() -> None:
    other = ("desk", "1.0", "none", "temperature")
    faulty = sensor_day("desk", "1.0", "clock", "temperature", beside=(other,))
    assert faulty.ahead == 8 * 3_600
    assert sensor_day(*other).ahead == 0


def test_gateway_whose_assets_all_have_the_fault_has_it_itself() -> None:
    plan = estate(("desk", "1.0", "clock", "temperature")).gateways[0]
    assert Generator(7, plan, 60).skew() == 8 * 3_600


def test_gateways_skew_stays_within_2_minutes() -> None:
    skews = [
        Generator(seed, estate(("desk", "1.0", "none", "pulses")).gateways[0], 60).skew()
        for seed in range(200)
    ]
    assert max(map(abs, skews)) <= SKEW_S
    assert len(set(skews)) > 50


def lamp_step(fault: str, seed: int) -> float:
    """Median light in the three minutes after a session begins minus that before, in lux."""
    plan = estate(("instrument", "1.0", fault, "photoelectric")).gateways[0]
    generator = Generator(seed, plan, 60)
    inside, outside = [], []
    for day in WINDOW:
        values = generator.day(day).sensors[0].values[:, 0]
        minutes = np.arange(1_440) * 60 + day_start(day)
        for session in sessions(seed, plan.id, plan.assets[0], day):
            edge = np.abs(minutes - session.start) <= 180
            inside += list(values[edge & (minutes >= session.start)])
            outside += list(values[edge & (minutes < session.start)])
    return float(np.nanmedian(inside) - np.nanmedian(outside))


def test_misaligned_sensor_hardly_sees_its_lamp() -> None:
    healthy = np.median([lamp_step("none", seed) for seed in range(6)])
    misaligned = np.median([lamp_step("misaligned", seed) for seed in range(6)])
    assert healthy > 60
    assert abs(misaligned) < 15


def test_warmth_rises_by_3_to_8_degrees_in_long_use() -> None:
    plan = estate(("instrument", "1.0", "none", "temperature")).gateways[0]
    idle = estate(("instrument", "0.0", "none", "temperature")).gateways[0]
    used, unused = Generator(7, plan, 60), Generator(7, idle, 60)
    rises = []
    for day in WINDOW:
        rise = (used.day(day).sensors[0].values - unused.day(day).sensors[0].values)[:, 0]
        rises += [
            rise[(session.end - day_start(day)) // 60 - 1]
            for session in sessions(7, plan.id, plan.assets[0], day)
            if session.end - session.start > 2 * 3_600
        ]
    assert len(rises) > 5
    assert 3.5 < np.nanmedian(rises) < 9.0


def test_vehicle_is_away_from_home_just_while_it_is_used() -> None:
    plan = estate(("vehicle", "1.0", "none", "position")).gateways[0]
    generator = Generator(7, plan, 60)
    far_used, far_unused = [], []
    for day in WINDOW:
        values = generator.day(day).sensors[0].values
        home = np.nanmedian(values[:240, :2], axis=0)  # it is parked before four in the morning
        metres = np.hypot(*((values[:, :2] - home) * (111_320, 104_600)).T)
        minutes = np.arange(1_440) * 60 + day_start(day)
        used = np.zeros(1_440, dtype=bool)
        for session in sessions(7, plan.id, plan.assets[0], day):
            used |= (minutes >= session.start) & (minutes < session.end)
        far_used += list(metres[used])
        far_unused += list(metres[~used])
    assert np.nanmedian(far_used) > 500
    assert np.nanquantile(far_unused, 0.999) < 400  # but for a rare glitch of the receiver
    assert np.nanmedian(far_unused) < 15


def test_lamps_of_the_ceiling_are_shared_by_the_whole_room() -> None:
    plan = estate(*[("desk", "0.0", "none", "photoelectric")] * 2).gateways[0]
    generator = Generator(7, plan, 60)
    day = next(day for day in WINDOW if is_working(day))
    first, second = (sensor.values[:, 0] for sensor in generator.day(day).sensors)
    edges = [set(np.flatnonzero(np.abs(np.diff(values)) > 8)) for values in (first, second)]
    assert edges[0] & edges[1]


def test_nobody_works_on_weekends_and_fixed_holidays() -> None:
    def day(*when: int) -> int:
        return (date(*when) - date(1970, 1, 1)).days

    assert is_working(day(2026, 11, 20))  # a Friday
    assert not is_working(day(2026, 11, 21))
    assert not is_working(day(2026, 10, 1))
    assert not is_working(day(2026, 5, 5))
    assert not is_working(day(2026, 1, 2))
