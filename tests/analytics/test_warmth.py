"""I3: warmth is read against its room: what the room does is nobody's use."""

import numpy as np
import pytest

from analytics.grid import Bools, Floats
from analytics.kind import Seen, Signal
from analytics.kinds import warmth

DAY = 1440
DAYS = 14
MINUTES = DAYS * DAY
MINUTE = np.arange(MINUTES)
TAU = 20.0
KERNEL = np.exp(-np.arange(200) / TAU) / TAU


def uses(start: float, hours: float, days: range = range(DAYS)) -> Bools:
    """The same use each day."""
    use = np.zeros((DAYS, DAY), dtype=bool)
    use[list(days), int(start * 60) : int((start + hours) * 60)] = True
    return use.reshape(-1)


def gives_off(use: Bools, rise: float) -> Floats:
    return np.asarray(np.convolve(use * rise, KERNEL)[:MINUTES])


def air(seed: int = 5) -> Floats:
    """A room's course: the sun, and days that are not alike."""
    days = np.random.default_rng(seed).normal(0.0, 1.0, DAYS + 1)
    weather = np.interp(MINUTE / DAY, np.arange(DAYS + 1), days)
    return np.asarray(26.0 + weather + np.maximum(0, np.sin((MINUTE % DAY - 480) / DAY * 6.28)))


def cycles(period: float = 25.0, size: float = 0.8) -> Floats:
    """An air conditioner's cycles while people work."""
    at_work = (MINUTE % DAY >= 8 * 60) & (MINUTE % DAY < 18 * 60)
    return np.asarray(at_work * size * np.sin(MINUTE / period * 2 * np.pi))


def felt(common: Floats, added: Floats | float = 0.0, seed: int = 0, gain: float = 1.0) -> Floats:
    """What a sensor says in the room: its offset, its gain for the course, and its noise."""
    rng = np.random.default_rng(seed)
    own = 26.0 + gain * (common - 26.0) + rng.normal(0.0, 0.3)
    return np.asarray(own + added + rng.normal(0.0, 0.05, MINUTES))


def room(*added: Floats | float) -> Floats:
    course = air()
    return np.stack([felt(course, one, seed) for seed, one in enumerate(added)])


def overlap(seen: Bools, true: Bools) -> float:
    return float((seen & true).sum() / max(1, (seen | true).sum()))


def same(some: Seen, other: Seen) -> bool:
    return bool(
        (some.use == other.use).all() and (some.able, some.detected) == (other.able, other.detected)
    )


USE = uses(9.0, 1.5)
USED = gives_off(USE, 4.0)


def test_swing_of_the_whole_room_is_no_use_however_differently_it_is_felt() -> None:
    course = air() + 3.0 * uses(13.0, 3.0) + cycles(size=0.5)
    gains = (0.8, 0.9, 1.0, 1.1, 1.2)
    seen = warmth.see(np.stack([felt(course, 0.0, n, gain) for n, gain in enumerate(gains)]))
    assert not any(one.use.any() or one.detected for one in seen)


def test_use_is_read_through_cycles_of_the_air() -> None:
    course = air()
    rows = [felt(course, cycles() * gain, n) for n, gain in enumerate((0.3, 0.6, 0.9, 1.2))]
    rows[1] = rows[1] + USED
    first, second, *others = warmth.see(np.stack(rows))
    assert overlap(second.use, USE) > 0.9
    assert not any(one.use.any() for one in (first, *others))


def test_most_of_a_room_may_work_at_once() -> None:
    seen = warmth.see(room(USED, gives_off(USE, 6.0), gives_off(USE, 3.0), 0.0, 0.0))
    assert all(overlap(one.use, USE) > 0.9 for one in seen[:3])
    assert not any(one.use.any() for one in seen[3:])


def test_sensor_of_the_room_makes_a_lone_asset_readable() -> None:
    lone = room(USED, 0.0)
    assert not any(one.able for one in warmth.see(lone, (1, 2)))
    seen, of_room = warmth.see(lone, (1, -1), (False, True))
    assert overlap(seen.use, USE) > 0.9
    assert seen.able
    assert not of_room.able


def test_sensors_of_one_asset_do_not_cancel_each_other() -> None:
    seen = warmth.see(room(USED, USED, USED, 0.0, 0.0), (1, 1, 1, 2, 3))
    assert all(overlap(one.use, USE) > 0.9 for one in seen[:3])
    assert not any(one.use.any() for one in seen[3:])


@pytest.mark.parametrize("above", [2.0, 4.0, 15.0])
def test_what_is_warm_all_the_time_is_not_able_to_tell(above: float) -> None:
    first, *others = warmth.see(room(above, 0.0, 0.0, 0.0))
    assert not first.able
    assert all(one.able for one in others)


def test_use_is_read_on_top_of_standing_warmth() -> None:
    first = warmth.see(room(4.0 + USED, 0.0, 0.0, 0.0))[0]
    assert first.able
    assert first.detected
    assert overlap(first.use, USE) > 0.9


def test_rare_use_is_read_and_proves_nothing_by_itself() -> None:
    once = uses(10.0, 1.0, range(3, 4))
    first = warmth.see(room(gives_off(once, 4.0), 0.0, 0.0, 0.0))[0]
    assert overlap(first.use, once) > 0.8
    assert first.able
    assert not first.detected


def test_air_too_restless_for_a_use_to_stand_out_tells_nothing() -> None:
    rng = np.random.default_rng(2)
    restless = rng.normal(0.0, 0.3, (4, MINUTES // 10)).repeat(10, axis=1)
    assert not any(one.able for one in warmth.see(room(0.0, 0.0, 0.0, 0.0) + restless))


@pytest.mark.parametrize("interval", [5, 15])
def test_slow_readings_are_read_alike(interval: int) -> None:
    rows = room(USED, 0.0, 0.0, 0.0)
    rows[:, MINUTE % interval != 0] = np.nan
    nothing = np.zeros(MINUTES, dtype=bool)
    signals = [Signal(row, nothing, card=n) for n, row in enumerate(rows)]
    first, *others = warmth.KIND.see(signals)
    assert overlap(first.use, USE) > 0.75
    assert first.heard[: -2 * interval].all()
    assert not any(one.use.any() for one in others)


def test_gaps_are_not_heard_and_no_use() -> None:
    rows = room(USED, 0.0, 0.0, 0.0)
    rows[0, 3 * DAY + 9 * 60 : 3 * DAY + 12 * 60] = np.nan
    seen = warmth.see(rows)[0]
    gap = slice(3 * DAY + 9 * 60, 3 * DAY + 12 * 60)
    assert not seen.heard[gap].any()
    assert not seen.use[gap].any()


def test_sensor_whose_clock_is_wrong_says_nothing_of_the_room() -> None:
    rows = room(USED, 0.0, 0.0, 0.0)
    rows[3] = np.roll(rows[3], 8 * 60) - 3.0 * uses(9.0, 8.0)
    seen = warmth.see(rows, astray=(False, False, False, True))
    assert overlap(seen[0].use, USE) > 0.9
    assert not any(one.use.any() for one in seen[1:3])


def test_offsets_of_all_sensors_change_nothing() -> None:
    rows = room(USED, 0.0, 0.0, 0.0)
    assert all(map(same, warmth.see(rows), warmth.see(rows + 7.0)))


def test_order_of_sensors_changes_nothing() -> None:
    rows, order = room(USED, gives_off(uses(14.0, 2.0), 5.0), 0.0, 0.0), [2, 0, 3, 1]
    seen = warmth.see(rows, (1, 2, 3, 4))
    turned = warmth.see(rows[order], (3, 1, 4, 2))
    assert all(same(seen[place], one) for place, one in zip(order, turned, strict=True))


def test_readings_taken_away_add_no_use_beyond_what_was_seen() -> None:
    rows = room(USED, 0.0, 0.0, 0.0)
    fewer = rows.copy()
    fewer[np.random.default_rng(4).random(rows.shape) < 0.2] = np.nan
    near = np.convolve(warmth.see(rows)[0].use, np.ones(11), "same") > 0
    seen = warmth.see(fewer)
    assert not (seen[0].use & ~near).any()
    assert not any(one.use.any() for one in seen[1:])


def test_room_is_read_without_those_never_heard() -> None:
    rows = room(USED, 0.0, 0.0, 0.0, 0.0)
    rows[4] = np.nan
    first, *_others, silent = warmth.see(rows)
    assert overlap(first.use, USE) > 0.9
    assert not silent.able
    assert not silent.heard.any()


def test_uses_of_a_few_minutes_are_perhaps_use() -> None:
    short = np.logical_or.reduce([uses(hour, 4 / 60) for hour in range(9, 17)])
    first, *others = warmth.see(room(gives_off(short, 12.0), 0.0, 0.0, 0.0))
    assert first.perhaps is not None
    assert overlap(first.use | first.perhaps, short) > 0.3
    assert not any(one.perhaps is None or one.perhaps.any() for one in others)
