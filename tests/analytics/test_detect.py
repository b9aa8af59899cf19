"""I3: each kind of sensor reads use, and nothing else, from its values."""

from datetime import date

import numpy as np
import pytest

from analytics import calendar
from analytics.grid import Bools, Floats, bridge, mean_by_minute, runs, sum_by_minute
from analytics.kinds import light, position, pulses, warmth

DAY = 1440
DAYS = 14
MINUTES = DAYS * DAY
HOURS = ((9, 10.5), (14, 16))


def used() -> Bools:
    """Two uses each day, but for the last two days."""
    use = np.zeros((DAYS, DAY), dtype=bool)
    for start, end in HOURS:
        use[:-2, int(start * 60) : int(end * 60)] = True
    return use.reshape(-1)


def sun() -> Floats:
    minute = np.arange(MINUTES) % DAY
    return np.asarray(np.maximum(0, np.sin((minute - 360) / DAY * 2 * np.pi)) * 400)


def noise(scale: float, seed: int = 1) -> Floats:
    return np.random.default_rng(seed).normal(0, scale, MINUTES)


def overlap(seen: Bools, true: Bools) -> float:
    return float((seen & true).sum() / max(1, (seen | true).sum()))


def test_lamp_is_read_under_daylight() -> None:
    lux = np.maximum(0, sun() + 120.0 * used() + noise(1.0))
    seen = light.see(lux[np.newaxis])[0]
    assert seen.detected
    assert overlap(seen.use, used()) > 0.97


def test_lamp_that_was_on_when_the_record_began_is_read_until_it_is_put_out() -> None:
    at = 9 * 60 + 30  # in the middle of the first use
    lux = np.maximum(0, sun() + 120.0 * used() + noise(1.0))[at:]
    assert runs(light.see(lux[np.newaxis])[0].use)[0].tolist() == pytest.approx([0, 60], abs=2)


def test_daylight_ramp_is_not_use() -> None:
    lux = np.maximum(0, sun() + noise(1.0))
    seen = light.see(lux[np.newaxis])[0]
    assert not seen.use.any()
    assert not seen.detected
    assert seen.able


def test_ceiling_lamps_of_the_room_are_not_use_of_its_assets() -> None:
    ceiling = np.zeros((DAYS, DAY))
    ceiling[:, 8 * 60 : 18 * 60] = 150.0
    rows = [ceiling.reshape(-1) * k + np.abs(noise(1.0, n)) for n, k in enumerate((1, 0.8, 1.2))]
    rows[0] = rows[0] + 100.0 * used()
    first, *others = light.see(np.stack(rows))
    assert overlap(first.use, used()) > 0.95
    assert not any(seen.use.any() for seen in others)


def test_switching_without_a_common_height_is_use_or_perhaps_use() -> None:
    lux, switched = np.abs(noise(0.5)), np.zeros(MINUTES, dtype=bool)
    for place in range(8):
        switched[1000 + 300 * place : 1100 + 300 * place] = True
        lux[1000 + 300 * place : 1100 + 300 * place] += 40.0 * 1.9**place
    seen = light.see(lux[np.newaxis])[0]
    assert seen.perhaps is not None
    assert overlap(seen.use | seen.perhaps, switched) > 0.8
    assert not seen.detected


def test_gaps_are_not_heard() -> None:
    lux = np.maximum(0, sun() + 120.0 * used() + noise(1.0))
    lux[3 * DAY : 4 * DAY] = np.nan
    seen = light.see(lux[np.newaxis])[0]
    assert not seen.heard[3 * DAY : 4 * DAY].any()
    assert seen.heard[: 3 * DAY].all()


def warm(rise: float) -> Floats:
    """First-order warming with τ = 20 min over a room that goes with the sun."""
    level, made = 0.0, np.empty(MINUTES)
    for minute, on in enumerate(used()):
        level += (rise * on - level) / 20.0
        made[minute] = level
    return np.asarray(26.0 + sun() / 200.0 + made + noise(0.05))


def test_warmth_above_the_room_is_use_and_ends_with_it() -> None:
    room = np.stack([warm(5.0), warm(0.0), warm(0.0), warm(0.0)])
    first, *others = warmth.see(room)
    assert overlap(first.use, used()) > 0.85
    assert not any(seen.detected for seen in others)


def test_always_warm_device_is_not_read_by_warmth() -> None:
    room = np.stack([warm(0.3) + 12.0, warm(0.0), warm(0.0)])
    assert not warmth.see(room)[0].able


def test_room_of_two_sensors_is_not_read_by_warmth() -> None:
    assert not any(seen.able for seen in warmth.see(np.stack([warm(5.0), warm(0.0)])))


def test_pulses_are_use_and_a_single_one_is_not() -> None:
    counts = np.zeros(MINUTES)
    counts[100:110] = 6
    counts[500] = 1
    counts[600:700] = np.nan
    seen = pulses.pulses(counts)
    assert runs(seen.use).tolist() == [[100, 110]]
    assert not seen.heard[600:700].any()


def drive(metres_a_minute: float, minutes: int) -> tuple[Floats, Floats]:
    north = np.zeros(DAY)
    half = minutes // 2
    north[300 : 300 + half] = np.arange(half) * metres_a_minute
    north[300 + half : 300 + minutes] = np.arange(half)[::-1] * metres_a_minute
    rng = np.random.default_rng(3)
    latitude = 20.03 + (north + rng.normal(0, 4, DAY)) / 111_320
    return latitude, 110.33 + rng.normal(0, 4, DAY) / 104_600


def test_vehicle_that_drives_is_in_use_for_the_trip() -> None:
    seen = position.trips(*drive(500.0, 40))
    (trip,) = runs(seen.use).tolist()
    assert trip[0] == pytest.approx(300, abs=3)
    assert trip[1] == pytest.approx(340, abs=3)


def test_vehicle_that_is_only_parked_anew_is_not_in_use() -> None:
    assert not position.trips(*drive(80.0, 4)).use.any()


def test_one_wild_position_is_no_trip() -> None:
    latitude, longitude = drive(0.0, 0)
    latitude[700] += 0.02
    assert not position.trips(latitude, longitude).use.any()
    assert not position.away(latitude, longitude).use.any()


def test_thing_away_from_its_place_is_in_use() -> None:
    latitude, longitude = drive(0.0, 0)
    latitude[600:660] += 300 / 111_320
    assert runs(position.away(latitude, longitude).use).tolist() == [[600, 660]]


def test_order_and_repetition_of_readings_change_nothing() -> None:
    rng = np.random.default_rng(0)
    at = np.sort(rng.uniform(0, DAY * 60, 900))
    values = rng.normal(20, 1, 900)
    shuffled = rng.permutation(900)
    one = mean_by_minute(at, values, 0.0, DAY)
    other = mean_by_minute(at[shuffled], values[shuffled], 0.0, DAY)
    np.testing.assert_allclose(one, other)


def test_readings_outside_the_grid_are_left_out() -> None:
    at = np.array([-1.0, 0.0, 59.9, 60.0, 3600.0])
    assert np.nansum(sum_by_minute(at, np.ones(5), 0.0, 60)) == 3.0
    assert np.isnan(mean_by_minute(np.empty(0), np.empty(0), 0.0, 60)).all()


def test_slow_sensor_is_heard_between_its_readings_and_not_for_longer() -> None:
    values = np.full(20, np.nan)
    values[[0, 5]] = (1.0, 2.0)
    filled = bridge(values, 5)
    assert (~np.isnan(filled)).sum() == 11


@pytest.mark.parametrize(
    ("day", "working"),
    [
        (date(2026, 2, 17), False),  # Spring Festival, a Tuesday
        (date(2026, 2, 14), True),  # a Saturday worked for it
        (date(2026, 4, 1), True),
        (date(2026, 4, 4), False),
        (date(2099, 1, 1), True),  # not announced: a Thursday is a Thursday
        (date(2099, 1, 3), False),
    ],
)
def test_working_days_follow_the_announced_calendar(day: date, working: bool) -> None:
    assert calendar.is_working(day) is working
