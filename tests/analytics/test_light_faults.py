"""I4, I10: what a room's light sensors say of each other."""

import numpy as np
import pytest

from analytics.grid import Floats
from analytics.health import Health
from analytics.kind import Seen
from analytics.kinds import light
from analytics.light_steps import Place
from tests.analytics.rooms import (
    DAY,
    DAYS,
    MINUTES,
    OF_DAY,
    WEEKDAY,
    ceiling,
    measured,
    office,
    overlap,
    sun,
    uses,
)

PLACES = [Place(n, proven=True) for n in range(5)]
SINCE = 20 * DAY


def faults(lux: Floats) -> list[Health | None]:
    return [one.alarm.health if one.alarm else None for one in light.see(lux, PLACES)]


def spoilt(sensor: int, values: Floats, since: int = SINCE, until: int = MINUTES) -> Floats:
    """The office's light, one sensor's replaced for a time."""
    lux = office()[0]
    lux[sensor, since:until] = values[since:until]
    return lux


def tape(seed: int = 1) -> Floats:
    return np.abs(np.random.default_rng(seed).normal(0.3, 0.15, MINUTES))


def flicker(seed: int = 2) -> Floats:
    return np.random.default_rng(seed).integers(0, 3, MINUTES).astype(np.float64)


def test_nothing_is_wrong_with_a_healthy_room() -> None:
    assert faults(office()[0]) == [None] * 5


@pytest.mark.parametrize("values", [tape(), flicker(), 0.01 * office()[0][1]])
@pytest.mark.parametrize("since", [0, SINCE])
def test_sensor_that_no_longer_sees_the_rooms_light_is_covered(values: Floats, since: int) -> None:
    """Taped over with a noise floor, flickering, or under something that lets a hundredth in."""
    found = faults(spoilt(1, values, since))
    assert found == [None, Health.COVERED, None, None, None]


@pytest.mark.parametrize("beside", [[], [np.full(MINUTES, np.nan)]])
def test_silence_of_a_sensor_alone_that_saw_light_before_means_nothing(
    beside: list[Floats],
) -> None:
    """Nor beside one that is dead. The room may be closed: no alarm."""
    lux = measured(0.3 * sun(3) + 90.0 * uses(3), 1)
    lux[SINCE:] = tape()[SINCE:]
    one = light.see(np.stack([lux, *beside]), PLACES[: 1 + len(beside)])[0]
    assert one.alarm is None
    assert not one.able


def test_sensor_in_a_housing_that_sees_its_own_lamp_is_not_covered() -> None:
    """For 33 minutes, twice a day, and hardly anything of the room."""
    lux, own = office()[0], np.zeros(MINUTES)
    for start in np.flatnonzero(WEEKDAY & np.isin(OF_DAY, (9 * 60, 15 * 60))):
        own[start : start + 33] = 150.0
    lux[1] = measured(0.005 * sun(7) + own, 31)
    assert faults(lux) == [None] * 5


def test_dark_corner_that_nobody_tested_is_not_covered() -> None:
    lux = office()[0]
    lux[1] = measured(0.005 * sun(7), 32)
    seen = light.see(lux, [Place(n, proven=n != 1) for n in range(5)])
    assert seen[1].alarm is None


def test_dark_room_covers_nobody() -> None:
    """A store without a window, in which nobody puts on a light for weeks."""
    dark = np.stack([measured(np.zeros(MINUTES), n) for n in range(3)])
    assert [one.alarm for one in light.see(dark)] == [None] * 3


def test_days_under_the_tape_are_unknown_and_those_before_and_after_stay() -> None:
    before, use = light.see(office()[0], PLACES)[1], office()[1][1]
    taped = slice(10 * DAY, 15 * DAY)
    seen = light.see(spoilt(1, tape(), taped.start, taped.stop), PLACES)[1]
    assert seen.alarm is None
    assert not seen.heard[taped].any()
    assert not seen.use[taped].any()
    for days in (slice(0, taped.start), slice(taped.stop, MINUTES)):
        assert overlap(seen.use[days], before.use[days]) > 0.95
        assert overlap(seen.use[days], use[days]) > 0.85


def test_lamp_that_is_never_out_is_an_alarm() -> None:
    lux, used = office()
    always = measured(0.2 * sun(7) + 95.0 * ceiling(8) + 110.0 * np.ones(MINUTES), 9)
    assert used[1].any()
    lux[1, SINCE:] = always[SINCE:]
    assert faults(lux) == [None, Health.ALWAYS_LIT, None, None, None]


def test_emergency_light_beside_a_lamp_that_is_switched_is_none() -> None:
    lux = office()[0]
    lux[1] += 30.0
    assert faults(lux) == [None] * 5


def test_sensor_that_sees_the_room_in_other_proportions_was_moved() -> None:
    """Its window and its ceiling lamp are others since; nobody put on its lamp there."""
    elsewhere = measured(0.6 * sun(7) + 20.0 * ceiling(8), 11)
    seen = light.see(spoilt(1, elsewhere), PLACES)
    assert [one.alarm and one.alarm.health for one in seen] == [
        None,
        Health.MOVED,
        None,
        None,
        None,
    ]
    assert seen[1].alarm is not None
    assert abs(seen[1].alarm.since - SINCE) <= 3 * DAY


def test_two_sensors_at_one_asset_are_told() -> None:
    lux, used = office()
    lux[2] = measured(0.3 * sun(7) + 50.0 * ceiling(8) + 100.0 * used[0], 12)
    found = faults(lux)
    assert (found[0], found[2]) == (Health.SAME_SIGNAL, Health.SAME_SIGNAL)
    assert found[1] is found[3] is found[4] is None


def test_ceiling_lamp_that_two_sensors_see_is_no_signal_of_theirs() -> None:
    lux = np.stack(
        [measured(0.3 * sun(7) + (80.0 if n < 2 else 3.0) * ceiling(8), 20 + n) for n in range(5)]
    )
    assert faults(lux) == [None] * 5


def test_lamp_that_two_sensors_see_and_neither_was_tested_with_is_no_signal_of_theirs() -> None:
    lux, used = office()
    lux[2] = measured(0.3 * sun(7) + 50.0 * ceiling(8) + 100.0 * used[0], 12)
    for tested, shared in ((100.0, True), (230.0, False)):
        found = told([230.0, None, tested, None, None], lux)
        assert [one.alarm is not None for one in found] == [shared, False, shared, False, False]


def told(heights: list[float | None], lux: Floats) -> list[Seen]:
    return light.see(lux, [Place(n, proven=True, tested=h) for n, h in enumerate(heights)])


def test_lamp_of_the_test_is_the_assets_and_no_other() -> None:
    """A ceiling lamp that only this sensor sees, and the asset's own, which is hardly ever on."""
    own = uses(21, a_day=0.3)
    lux = office()[0]
    lux[2] = measured(0.4 * sun(7) + 95.0 * ceiling(22) + 150.0 * own, 23)
    seen = told([None, None, 150.0, None, None], lux)[2]
    assert seen.able
    assert overlap(seen.use, own) > 0.85
    assert seen.perhaps is not None
    assert not seen.perhaps.any()


def test_lamp_that_burns_for_hours_is_only_perhaps_the_assets_without_a_test() -> None:
    lux = office()[0]
    lux[2] = measured(0.4 * sun(7) + 150.0 * ceiling(22), 24)
    seen = told([None] * 5, lux)[2]
    assert not seen.use.any()
    assert seen.weak is not None
    assert seen.perhaps is not None
    assert (seen.weak & seen.perhaps).sum() / 60 > 4 * DAYS


@pytest.mark.parametrize("tested", [27.0, 75.0, 400.0])
def test_lamp_of_another_height_than_the_test_said_is_perhaps_the_assets(tested: float) -> None:
    """Replaced since, or the test was spoilt by the sky."""
    lux, used = office()
    seen = told([None, None, None, None, tested], lux)[4]
    assert seen.perhaps is not None
    assert overlap(seen.perhaps | seen.use, used[4]) > 0.8


@pytest.mark.parametrize("share", [0.45, 0.65])
def test_lamp_that_neighbours_see_well_is_never_taken_for_nothing(share: float) -> None:
    """On in the morning and in the afternoon of each working day."""
    lit = WEEKDAY & (OF_DAY >= 487) & (OF_DAY < 1053) & ~((OF_DAY >= 727) & (OF_DAY < 791))
    lux = office()[0]
    lux[2] = measured(0.4 * sun(7) + 150.0 * lit, 33)
    for beside in (1, 3):
        lux[beside] += share * 150.0 * lit
    seen = told([None] * 5, lux)[2]
    assert seen.perhaps is not None
    assert overlap(seen.perhaps | seen.use, np.asarray(lit)) > 0.8


def test_use_of_several_days_on_end_is_use() -> None:
    lux, used = office()
    own, since = used[1].copy(), 8 * DAY + 600
    own[since : since + 5 * DAY] = True
    lux[1] = measured(0.2 * sun(7) + 95.0 * ceiling(8) + 110.0 * own, 34)
    seen = light.see(lux, PLACES)[1]
    assert seen.alarm is None
    assert overlap(seen.use, own) > 0.85


@pytest.mark.parametrize("count", [1, 3])
def test_light_that_is_never_out_may_be_the_assets_lamp(count: int) -> None:
    """Of one sensor alone, and of three whose lamps all burn."""
    lux = np.stack([measured(0.02 * sun(7) + 110.0 + 10 * n, 35 + n) for n in range(count)])
    for seen in light.see(lux, PLACES[:count]):
        assert not seen.able


@pytest.mark.parametrize("tested", [None, 110.0])
def test_hourly_readings_without_a_lamp_seen_tell_nothing(tested: float | None) -> None:
    lux = np.full((5, MINUTES), np.nan)
    lux[:, ::60] = office()[0][:, ::60]
    places = [Place(n, interval=60, proven=True, tested=tested) for n in range(5)]
    for seen in light.see(lux, places):
        assert seen.detected or not seen.able


def test_short_uses_stay_short_by_slow_readings() -> None:
    lux, used = np.full((5, MINUTES), np.nan), office()[1]
    lux[:, ::5] = office()[0][:, ::5]
    seen = light.see(lux, [Place(n, interval=5, proven=True) for n in range(5)])[0]
    assert seen.use.sum() == pytest.approx(used[0].sum(), rel=0.2)


def test_sensors_of_one_room_may_speak_at_their_own_pace() -> None:
    lux = office()[0]
    slow = np.full(MINUTES, np.nan)
    slow[::15] = lux[1, ::15]
    lux[1] = slow
    places = [Place(n, interval=15 if n == 1 else 1, proven=True) for n in range(5)]
    assert light.see(lux, places)[1].heard.mean() > 0.95


@pytest.mark.parametrize("cold", [0.6, 0.75])
def test_lamp_that_warms_up_goes_on_lower_than_off(cold: float) -> None:
    use = uses(25)
    lamp = np.zeros(MINUTES)
    for start in np.flatnonzero(np.diff(use.astype(np.int8)) == 1) + 1:
        end = start + int(np.argmin(use[start:]))
        lamp[start:end] = 1.0 - (1.0 - cold) * np.exp(-np.arange(end - start) / 8.0)
    (seen,) = light.see(measured(0.1 * sun(26) + 140.0 * lamp, 27)[np.newaxis])
    assert seen.detected
    assert overlap(seen.use, use) > 0.85
