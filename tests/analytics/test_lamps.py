"""I3: whose lamp a step of light was, and when a sensor's own was on."""

import numpy as np
import pytest

from analytics.kinds import light, pulses
from analytics.lamps import courses
from analytics.light_steps import Place
from tests.analytics.rooms import (
    DAYS,
    MINUTES,
    OF_DAY,
    WEEKDAY,
    ceiling,
    hours,
    measured,
    office,
    overlap,
    sun,
    uses,
)


def test_neighbours_lamps_the_ceiling_and_the_clouds_are_nobodys_use() -> None:
    lux, used = office()
    seen = courses(lux, [Place(n) for n in range(5)])
    for course, true in zip(seen, used, strict=True):
        assert hours(course.on) == pytest.approx(hours(true), abs=0.15 * DAYS + 0.12 * hours(true))
    assert hours(seen[2].on | seen[2].perhaps) < 0.05 * DAYS


def test_sensors_that_share_an_asset_do_not_silence_each_other() -> None:
    use = uses(3)
    both = np.stack([measured(0.05 * sun(4) + height * use, height) for height in (140, 90)])
    for course in courses(both, [Place(1), Place(1)]):
        assert overlap(course.on, use) > 0.9


def test_a_sensor_of_the_room_tells_its_lamps_from_an_assets() -> None:
    """One desk under a ceiling that nobody else sees: only the room's own sensor can tell."""
    lit, use = ceiling(5), uses(6, a_day=0.5)
    desk = measured(0.2 * sun(9) + 120.0 * lit + 180.0 * use, 1)
    room = measured(0.4 * sun(9) + 90.0 * lit, 2)
    alone = courses(desk[np.newaxis], [Place(1)])[0]
    assert hours((alone.on | alone.perhaps) & ~use) > 4 * DAYS
    told = courses(np.stack([desk, room]), [Place(1), Place(-1, reference=True)])[0]
    assert overlap(told.on, use) > 0.8
    assert hours(told.perhaps) < 0.1 * DAYS


def test_a_lamp_that_is_too_dim_to_be_sure_of_is_perhaps_a_use() -> None:
    """Somebody else's, seen from afar: neither use nor proof that there was none."""
    seen = light.see(measured(45.0 * uses(11), 3)[np.newaxis])[0]
    assert not seen.use.any()
    assert seen.perhaps is not None
    assert overlap(seen.perhaps, uses(11)) > 0.9


def test_a_sun_beam_far_brighter_than_the_lamp_does_not_put_it_out() -> None:
    use, lit = uses(12), 0.2 * sun(13) + 120.0 * uses(12)
    starts = np.flatnonzero(np.diff(use.astype(np.int8)) == 1)[::3]
    for start in starts:
        lit[start + 20 : start + 24] += 700.0
    assert overlap(courses(measured(lit, 4)[np.newaxis], [Place(1)])[0].on, use) > 0.95


@pytest.mark.parametrize("silent", [10, 20])
def test_a_lamp_that_was_put_on_while_nothing_was_heard_is_seen_afterwards(silent: int) -> None:
    use, lux = uses(14), measured(0.1 * sun(15) + 150.0 * uses(14), 5)
    for start in np.flatnonzero(np.diff(use.astype(np.int8)) == 1):
        lux[start - silent // 2 : start + silent // 2] = np.nan
    seen = light.see(lux[np.newaxis])[0]
    heard = ~np.isnan(lux)
    assert overlap(seen.use & heard, use & heard) > 0.9
    assert not seen.heard[~heard].any()


@pytest.mark.parametrize("every", [5, 15])
def test_slow_readings_tell_the_same_hours(every: int) -> None:
    lux = measured(150.0 * uses(16), 6)
    slow = np.where(np.arange(MINUTES) % every == 0, lux, np.nan)
    seen = light.see(slow[np.newaxis], [Place(0, interval=every)])[0]
    assert hours(seen.use) == pytest.approx(hours(uses(16)), rel=0.1)
    assert seen.heard[every:-every].all()


def test_order_of_sensors_changes_nothing() -> None:
    lux, _used = office()
    order = [3, 0, 4, 2, 1]
    seen = courses(lux, [Place(n) for n in range(5)])
    moved = courses(lux[order], [Place(n) for n in order])
    for place, n in enumerate(order):
        assert np.array_equal(seen[n].on, moved[place].on)


def test_single_pulses_in_working_hours_are_jobs_and_those_of_day_and_night_are_not() -> None:
    rng = np.random.default_rng(17)
    work = WEEKDAY & (OF_DAY >= 8 * 60) & (OF_DAY < 18 * 60)
    jobs = np.where(work, rng.random(MINUTES) < 16 / 600, rng.random(MINUTES) < 0.0003)
    disturbed = rng.random(MINUTES) < 0.0003
    assert pulses.pulses(jobs.astype(np.float64)).detected
    assert not pulses.pulses(disturbed.astype(np.float64)).use.any()


@pytest.mark.parametrize("every", [5, 15])
def test_slow_counts_are_heard_between_readings_and_last_as_long_as_they_take(every: int) -> None:
    rng = np.random.default_rng(18)
    use = uses(19, a_day=6.0, length=12.0)
    by_minute = np.where(use, rng.poisson(12.0, MINUTES), 0).astype(np.float64)
    counts = np.full(MINUTES, np.nan)
    counts[every - 1 :: every] = by_minute.reshape(-1, every).sum(axis=1)
    seen = pulses.pulses(counts)
    assert seen.heard.mean() > 0.99
    assert hours(seen.use) == pytest.approx(hours(use), rel=0.25)


def test_clouds_between_slow_readings_are_nobodys_lamp() -> None:
    """By the next reading the light goes the other way: sensors are compared by the very one."""
    minute, noise = np.arange(MINUTES), np.random.default_rng(31)
    clouds = np.repeat(noise.uniform(0.0, 110.0, MINUTES // 5), 5) * (sun(32) > 100.0)
    shares = (1.0, 0.9, 0.8, 0.7, 0.6)
    lux = np.stack([measured(share * (60.0 + clouds), n) for n, share in enumerate(shares)])
    lux[:, minute % 5 > 0] = np.nan
    places = [Place(n, interval=5, proven=True, tested=85.0) for n in range(5)]
    assert all(hours(one.on) < 0.02 * DAYS for one in courses(lux, places))


def test_sun_beams_of_one_height_prove_no_sensor() -> None:
    at = np.random.default_rng(35).choice(np.arange(0, MINUTES, 60), 12, replace=False)
    beams = np.zeros(MINUTES)
    for start in at:
        beams[start : start + 10] = 200.0
    assert not courses(measured(beams, 36)[np.newaxis], [Place(1)])[0].switches


@pytest.mark.parametrize(("length", "beside"), [(11.0, 0.0), (75.0, 0.5), (75.0, 0.3)])
def test_the_tested_lamp_is_the_assets_however_short_its_uses_and_who_else_sees_it(
    length: float, beside: float
) -> None:
    """Were it weak, warmth that fell off would make a busy desk idle."""
    use = uses(1, a_day=6.0, length=length)
    own = [150, 110, 180, 90]
    lit = [use, *(uses(n + 50) for n in range(1, 4))]
    spill = [0.0, beside, beside, beside]
    lux = [
        measured(0.3 * sun(7) + 60 * ceiling(8) + own[n] * lit[n] + spill[n] * 150 * use, 100 + n)
        for n in range(4)
    ]
    found = courses(np.stack(lux), [Place(n, proven=True, tested=own[n]) for n in range(4)])[0]
    assert hours(found.on & use) > 0.6 * hours(use)
    assert not (found.weak & found.on).any()
