"""I4: daylight that comes at night says that a gateway's clock is off, and lamps never do."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Final

import numpy as np
import pytest

from analytics import sun
from analytics.assess import Grid
from analytics.detect import Sensor
from analytics.grid import Floats
from bench.score import adapter, worlds
from bench.score.adapter import Room
from bench.score.cases import clock
from firmware_sim.clock import day_of, day_start
from firmware_sim.estate import build

DAY: Final = 1440
DAYS: Final = 28
SEASONS: Final = (date(2026, 3, 20), date(2026, 6, 20), date(2025, 9, 22), date(2025, 12, 20))
CORNERS: Final = ((18.2, 109.5), (53.5, 122.3), (39.5, 76.0), (48.4, 134.7))  # °N, °E
HOURS: Final = np.arange(DAY) / 60


def sun_by(day: date, latitude: float, longitude: float) -> Floats:
    """The sine of the sun's height over one local day of UTC+8, minute by minute, at least 0."""
    season = 2 * np.pi * (day.timetuple().tm_yday - 81) / 365
    tilt, north = np.radians(23.45 * np.sin(season)), np.radians(latitude)
    # The equation of time by D. Y. Goswami's handbook: minutes.
    late = 9.87 * np.sin(2 * season) - 7.53 * np.cos(season) - 1.5 * np.sin(season)
    solar = HOURS + (longitude - 120) / 15 + late / 60
    angle = np.radians(15 * (solar - 12))
    height = np.sin(north) * np.sin(tilt) + np.cos(north) * np.cos(tilt) * np.cos(angle)
    return np.asarray(np.maximum(height, 0.0))


def window(first: date, latitude: float, longitude: float, seed: int = 1) -> Floats:
    """28 days of a room's daylight, with weather; lux."""
    rng = np.random.default_rng(seed)
    days = []
    for number in range(DAYS):
        sky = rng.uniform(0.2, 1.0) * (1 + 0.2 * np.interp(HOURS, range(25), rng.normal(0, 1, 25)))
        days.append(400 * sun_by(first + timedelta(number), latitude, longitude) * sky)
    return np.concatenate(days)


def stamped(light: Floats, hours: float) -> Floats:
    """One sensor's minutes as a clock stamps them that is ahead by hours, noise and all."""
    rng = np.random.default_rng(2)
    noisy = np.maximum(0.0, light + rng.normal(0, 0.3, light.size) + rng.normal(0, 0.03) * light)
    return np.roll(noisy, round(hours * 60))[np.newaxis]


@pytest.mark.parametrize("first", SEASONS)
def test_night_is_night_and_day_is_day_all_over_the_country(first: date) -> None:
    lowest, highest = sun.heights(first)
    night, day = highest < sun.NIGHT, lowest > sun.HIGH
    assert night.any()
    assert day.any()
    for latitude, longitude in CORNERS:
        light = sun_by(first, latitude, longitude).reshape(sun.BINS, sun.BIN)
        assert light[night].max() == 0
        assert light[day].min() > 0


@pytest.mark.parametrize("first", SEASONS)
@pytest.mark.parametrize("corner", CORNERS)
def test_clock_that_is_right_or_off_by_few_hours_is_never_doubted(
    first: date, corner: tuple[float, float]
) -> None:
    light = window(first, *corner)
    for hours in range(-3, 4):
        assert not sun.contradicts(stamped(light, hours), first)


@pytest.mark.parametrize("first", SEASONS)
@pytest.mark.parametrize("place", [(18.2, 109.5), (31.2, 121.5), (30.7, 104.1), (53.5, 122.3)])
def test_clock_in_utc_is_found_from_hainan_to_the_north(
    first: date, place: tuple[float, float]
) -> None:
    assert sun.contradicts(stamped(window(first, *place), -8), first)


LAMPS: Final = {
    "night shift": [(20.0, 300.0), (30.0, -300.0)],
    "one by one": [(19.0 + n / 4, 60.0) for n in range(6)] + [(29.0 + n / 4, -60.0) for n in range(6)],
    "corridor first": [(18.0, 30.0), (19.0, 270.0), (28.0, -270.0), (30.0, -30.0)],
    "always lit": [(0.0, 300.0)],
}  # fmt: skip


@pytest.mark.parametrize("switched", LAMPS.values(), ids=list(LAMPS))
def test_lamps_that_burn_at_night_are_not_the_sun(switched: list[tuple[float, float]]) -> None:
    rng = np.random.default_rng(3)
    light = np.zeros((DAYS + 1) * DAY)
    for number in range(DAYS):
        late = rng.normal(0, 0.3)
        for hour, lux in switched:
            light[number * DAY + max(0, round((hour + late) * 60)) :] += lux * rng.uniform(0.9, 1.1)
    light = np.maximum(0.0, light[: DAYS * DAY])
    assert not sun.contradicts(stamped(light, 0), SEASONS[0])


def test_lamps_dimmed_by_a_programme_are_not_the_sun() -> None:
    light = window(SEASONS[0], 20.0, 110.0)[:DAY]
    assert not sun.contradicts(stamped(np.tile(light, DAYS), -8), SEASONS[0])


def test_street_lamp_in_the_window_of_a_day_lit_room_is_not_the_sun() -> None:
    light = window(SEASONS[0], 31.2, 121.5)
    assert not sun.contradicts(stamped(np.maximum(light, 60.0 * (light == 0)), 0), SEASONS[0])


def test_room_that_was_not_heard_or_is_dark_is_not_doubted() -> None:
    unheard = np.full((2, DAYS * DAY), np.nan)
    assert not sun.contradicts(unheard, SEASONS[0])
    assert not sun.contradicts(np.zeros((2, DAYS * DAY)), SEASONS[0])
    assert not sun.contradicts(np.empty((0, DAYS * DAY)), SEASONS[0])


def unsaid(ahead_h: int) -> list[str]:
    """The verdicts over an unused desk and its neighbours, whose gateway tells of no clock."""
    last = worlds.last_day(5)
    (plan,) = build({"gateway": [clock(ahead_h, 0.0)(last)]}).gateways
    until = int(datetime.combine(last, time(10), worlds.ZONE).timestamp())
    start = day_start(day_of(until) - adapter.WINDOW_DAYS + 1)
    told = worlds.room(5, plan, start, until, ())
    return [one.verdict for one in adapter.judge(Room(told.heard, told.archetypes, told.now))]


def test_clock_in_utc_of_a_gateway_that_tells_none_is_an_alarm() -> None:
    assert set(unsaid(-8)) == {"device_alarm"}
    assert "device_alarm" not in unsaid(0)


def test_sun_is_not_asked_where_statuses_tell_of_the_clock() -> None:
    light = stamped(window(SEASONS[0], 31.2, 121.5), -8)[0]
    days = Grid(SEASONS[0], DAYS, DAYS * DAY)
    untold = Sensor(1, 1, "photoelectric", light, proven=True)
    (doubted,) = sun.doubt_clocks([untold], days)
    assert doubted.clock_since is not None
    told = replace(untold, clock_told=True)
    assert sun.doubt_clocks([told], days) == [told]
