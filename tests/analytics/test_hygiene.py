"""I4: a sensor that can't be trusted is found out before anything is concluded from it."""

import numpy as np
import pytest

from analytics import hygiene
from analytics.grid import Floats
from analytics.health import Health
from analytics.hygiene import Cleaned, mark_clock_off

DAY = 1440
DAYS = 28
MINUTES = DAYS * DAY
SILENT = 24 * 60


def healthy(kind: str) -> Floats:
    rng = np.random.default_rng(7)
    if kind == "photoelectric":
        sun = np.maximum(0, np.sin((np.arange(MINUTES) % DAY - 360) / DAY * 2 * np.pi)) * 300
        return np.maximum(0.0, sun + rng.normal(0.4, 0.2, MINUTES))
    if kind == "temperature":
        return np.asarray(26 + rng.normal(0, 0.05, MINUTES))
    return np.zeros(MINUTES)


def health(kind: str, values: Floats, ahead: float = 0.0) -> Health:
    cleaned = hygiene.clean(kind, values, SILENT, MINUTES, ahead)
    return hygiene.mark_drifting([kind], [cleaned])[0].health


@pytest.mark.parametrize("kind", ["photoelectric", "temperature", "pulses"])
def test_lively_sensor_of_an_unused_asset_is_healthy(kind: str) -> None:
    assert health(kind, healthy(kind)) is Health.OK


@pytest.mark.parametrize("kind", ["photoelectric", "temperature", "pulses", "position"])
def test_sensor_that_never_spoke_is_never_heard(kind: str) -> None:
    assert health(kind, np.full(MINUTES, np.nan)) is Health.NEVER_HEARD


@pytest.mark.parametrize("kind", ["photoelectric", "temperature", "pulses"])
def test_sensor_unheard_for_a_day_is_silent(kind: str) -> None:
    values = healthy(kind)
    values[-SILENT - 2 :] = np.nan
    cleaned = hygiene.clean(kind, values, SILENT, MINUTES)
    assert cleaned.health is Health.SILENT
    assert cleaned.since == MINUTES - SILENT - 3


@pytest.mark.parametrize(
    ("kind", "value"),
    [("photoelectric", 0.0), ("photoelectric", 120.0), ("temperature", 0.0), ("pulses", 3.0)],
)
def test_constant_value_is_stuck_even_if_it_is_zero(kind: str, value: float) -> None:
    assert health(kind, np.full(MINUTES, value)) is Health.STUCK


@pytest.mark.parametrize(("kind", "after"), [("photoelectric", 360), ("temperature", 720)])
def test_value_is_dropped_from_when_it_has_stood_too_long(kind: str, after: int) -> None:
    values = healthy(kind)
    values[10 * DAY : 10 * DAY + after] = 33.0
    found = hygiene.stuck_minutes(kind, values)
    assert found.sum() == after
    values = healthy(kind)
    values[10 * DAY : 10 * DAY + after - 1] = 33.0
    assert not hygiene.stuck_minutes(kind, values).any()


def test_gap_does_not_end_a_stuck_stretch() -> None:
    values = healthy("photoelectric")
    values[DAY : DAY + 500] = 50.0
    values[DAY + 200 : DAY + 260] = np.nan
    assert hygiene.stuck_minutes("photoelectric", values).sum() == 440


def test_dark_night_is_not_stuck() -> None:
    values = healthy("photoelectric")
    values[20 * 60 : DAY + 6 * 60] = 0.0  # ten hours of clipped darkness
    assert not hygiene.stuck_minutes("photoelectric", values).any()


@pytest.mark.parametrize(("kind", "a_day"), [("photoelectric", 6.0), ("temperature", 0.3)])
def test_level_that_wanders_off_at_night_is_drift(kind: str, a_day: float) -> None:
    values = healthy(kind) + np.arange(MINUTES) / DAY * a_day
    assert health(kind, values) is Health.DRIFTING


@pytest.mark.parametrize(("kind", "a_day"), [("photoelectric", 6.0), ("temperature", 0.3)])
@pytest.mark.parametrize("set_right", [4, 14, 25])
def test_drift_is_found_also_where_it_was_set_right_in_between(
    kind: str, a_day: float, set_right: int
) -> None:
    days = np.arange(MINUTES) / DAY
    off = np.where(days < set_right, days + 60, days - set_right) * a_day
    assert health(kind, healthy(kind) + off) is Health.DRIFTING


def test_heat_wave_of_the_whole_room_is_no_drift_of_its_sensors() -> None:
    wave = np.arange(MINUTES) / DAY * 0.3
    alone = healthy("temperature") + wave
    rng = np.random.default_rng(3)
    room = [alone + rng.normal(0, 0.05, MINUTES) + 2 * n for n in range(4)]
    room[3] += np.arange(MINUTES) / DAY * 0.3  # and this one drifts on top of it
    cleaned = [hygiene.clean("temperature", one, SILENT, MINUTES) for one in room]
    found = hygiene.mark_drifting(["temperature"] * 4, cleaned)
    assert [one.health for one in found] == [Health.OK] * 3 + [Health.DRIFTING]


def test_season_is_no_drift() -> None:
    values = healthy("temperature") + np.arange(MINUTES) / DAY * 0.08
    assert health("temperature", values) is Health.OK


def test_stamps_of_the_future_mean_a_wrong_clock() -> None:
    assert health("temperature", healthy("temperature"), ahead=480) is Health.CLOCK_OFF
    assert health("temperature", healthy("temperature"), ahead=2) is Health.OK


def test_coverage_counts_only_trusted_minutes() -> None:
    values = healthy("temperature")
    values[: 7 * DAY] = 20.0
    cleaned = hygiene.clean("temperature", values, SILENT, MINUTES)
    assert cleaned.coverage == pytest.approx(0.75)
    assert np.isnan(cleaned.values[: 7 * DAY]).all()


@pytest.mark.parametrize("health", [Health.OK, Health.FAULTY])
def test_nothing_counts_behind_a_clock_that_is_wrong_by_nobody_knows_what(health: Health) -> None:
    found = Cleaned(np.zeros(9), health, 1.0, 0)
    assert found.counts
    assert mark_clock_off(found, None, set_right=False) == found
    wrong = mark_clock_off(found, 5, set_right=False)
    assert (wrong.health, wrong.until) == (Health.CLOCK_OFF, 0)
    assert mark_clock_off(found, 5, set_right=True).counts
