"""I3: whose lamp a step of light was, and when a sensor's own was on."""

from typing import Any, Final

import numpy as np
import pytest

from analytics.grid import Bools, Floats
from analytics.kinds import light, pulses
from analytics.lamps import courses

DAY: Final = 1440
DAYS: Final = 28
MINUTES: Final = DAYS * DAY
OF_DAY: Final = np.arange(MINUTES) % DAY
WEEKDAY: Final = np.arange(MINUTES) // DAY % 7 < 5


def uses(seed: int, a_day: float = 4.0, length: float = 75.0) -> Bools:
    """Uses between eight and eighteen, on five days of seven."""
    rng, use = np.random.default_rng(seed), np.zeros(MINUTES, dtype=bool)
    for day in range(DAYS):
        if day % 7 < 5:
            for start in rng.uniform(8 * 60, 17 * 60, rng.poisson(a_day)):
                begin = day * DAY + int(start)
                use[begin : begin + int(rng.lognormal(np.log(length), 0.4))] = True
    return use


def sun(seed: int) -> Floats:
    """Daylight under clouds that come and go within minutes."""
    rng = np.random.default_rng(seed)
    clear = np.maximum(0.0, np.sin((OF_DAY / 60 - 6.3) / 11.6 * np.pi)) * 700.0
    clear[(OF_DAY < 6.3 * 60) | (OF_DAY > 17.9 * 60)] = 0.0
    clouds = np.repeat(rng.uniform(0.3, 1.0, MINUTES // 20), 20)
    return np.asarray(clear * clouds)


def ceiling(seed: int) -> Bools:
    """A room's lamps, put on in the morning and out in the evening."""
    rng = np.random.default_rng(seed)
    on = np.repeat(rng.normal(8 * 60 + 10, 12, DAYS), DAY)
    off = np.repeat(rng.normal(17 * 60 + 50, 20, DAYS), DAY)
    return np.asarray(WEEKDAY & (on <= OF_DAY) & (off > OF_DAY))


def measured(values: Any, seed: int) -> Floats:
    rng = np.random.default_rng(seed)
    noisy: Floats = values * rng.normal(1.0, 0.008, MINUTES) + rng.normal(0.4, 0.3, MINUTES)
    return np.asarray(np.round(np.maximum(noisy, 0.0), 1))


def hours(on: Bools) -> float:
    return float(on.sum()) / 60


def overlap(seen: Bools, true: Bools) -> float:
    return float((seen & true).sum() / max(1, (seen | true).sum()))


@pytest.fixture
def office() -> tuple[Floats, list[Bools]]:
    """Five desks under one sky and one ceiling; the third is never used. Each sees a fifth of its
    neighbours' lamps.
    """
    lamps = [uses(n) if n != 2 else np.zeros(MINUTES, dtype=bool) for n in range(5)]
    heights, under, window = (
        (150, 110, 180, 90, 240),
        (60, 95, 40, 80, 55),
        (0.5, 0.2, 0.4, 0.1, 0.3),
    )
    rows = []
    for n in range(5):
        lit = window[n] * sun(7) + under[n] * ceiling(8) + heights[n] * lamps[n]
        for beside in (n - 1, n + 1):
            if 0 <= beside < len(lamps):
                lit = lit + 0.2 * heights[beside] * lamps[beside]
        rows.append(measured(lit, 100 + n))
    return np.stack(rows), lamps


def test_neighbours_lamps_the_ceiling_and_the_clouds_are_nobodys_use(
    office: tuple[Floats, list[Bools]],
) -> None:
    seen = courses(office[0], range(5), [False] * 5)
    for course, true in zip(seen, office[1], strict=True):
        assert hours(course.on) == pytest.approx(hours(true), abs=0.15 * DAYS + 0.12 * hours(true))
    assert hours(seen[2].on | seen[2].perhaps) < 0.05 * DAYS


def test_sensors_that_share_an_asset_do_not_silence_each_other() -> None:
    use = uses(3)
    both = np.stack([measured(0.05 * sun(4) + height * use, height) for height in (140, 90)])
    for course in courses(both, [1, 1], [False, False]):
        assert overlap(course.on, use) > 0.9


def test_a_sensor_of_the_room_tells_its_lamps_from_an_assets() -> None:
    """One desk under a ceiling that nobody else sees: only the room's own sensor can tell."""
    lit, use = ceiling(5), uses(6, a_day=0.5)
    desk = measured(0.2 * sun(9) + 120.0 * lit + 180.0 * use, 1)
    room = measured(0.4 * sun(9) + 90.0 * lit, 2)
    alone = courses(desk[np.newaxis], [1], [False])[0]
    assert hours((alone.on | alone.perhaps) & ~use) > 4 * DAYS
    told = courses(np.stack([desk, room]), [1, -1], [False, True])[0]
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
    assert overlap(courses(measured(lit, 4)[np.newaxis], [1], [False])[0].on, use) > 0.95


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
    seen = light.see(slow[np.newaxis], interval=every)[0]
    assert hours(seen.use) == pytest.approx(hours(uses(16)), rel=0.1)
    assert seen.heard[every:-every].all()


def test_order_of_sensors_changes_nothing(office: tuple[Floats, list[Bools]]) -> None:
    order = [3, 0, 4, 2, 1]
    seen = courses(office[0], range(5), [False] * 5)
    moved = courses(office[0][order], order, [False] * 5)
    for place, n in enumerate(order):
        assert np.array_equal(seen[n].on, moved[place].on)


def test_single_pulses_in_working_hours_are_jobs_and_those_of_day_and_night_are_not() -> None:
    rng = np.random.default_rng(17)
    work = WEEKDAY & (OF_DAY >= 8 * 60) & (OF_DAY < 18 * 60)
    jobs = np.where(work, rng.random(MINUTES) < 16 / 600, rng.random(MINUTES) < 0.0003)
    disturbed = rng.random(MINUTES) < 0.0003
    assert pulses.pulses(jobs.astype(np.float64)).detected
    assert not pulses.pulses(disturbed.astype(np.float64)).use.any()
