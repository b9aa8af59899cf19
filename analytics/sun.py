"""Whether a room's daylight comes at night by its gateway's stamps: then the clock is off (I4).

Independent of what the gateway says of its clock. Only a shift of many hours is claimed, for nobody
knows where in the country the room is, nor where its windows look to: a clock in UTC where it ought
to be in local time, eight hours slow. A fast clock shows by stamps of the future anyway.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from typing import Final

import numpy as np

from analytics import kinds
from analytics.assess import Grid
from analytics.detect import Sensor
from analytics.grid import Bools, Floats, median

DAY: Final = 1440  # minutes
BIN: Final = 10  # minutes
BINS: Final = DAY // BIN

# China, whose clocks all show UTC+8. Its corners and the year's equation of time (17 min at most)
# are allowed for, so that what is called night is night everywhere.
LATITUDES: Final = (18.0, 53.6)  # degrees north
LONGITUDES: Final = (73.5, 135.1)  # degrees east
ZONE_LONGITUDE: Final = 120.0  # whose mean time is UTC+8
EQUATION_H: Final = 0.28
TILT: Final = 23.44  # degrees, of the Earth's axis
NIGHT: Final = -6.0  # degrees; the end of civil twilight
HIGH: Final = 5.0  # degrees; any window shows that

LEAST_LX: Final = 20.0  # a room less lit than that at its brightest has no daylight to go by
DARK: Final = 0.05  # of the brightest of the day
BRIGHT: Final = 0.1
# Daylight comes and goes slowly: the sine of the sun's height takes over an hour from .03 to .3 of
# its peak, at any season and latitude. A lamp is on at once, and several one by one in large steps.
RAMP: Final = (0.03, 0.3)
LEAST_RAMP: Final = 40 // BIN  # bins
LARGE_STEP: Final = 0.15  # of the peak
# Weather varies, and lamps that are dimmed by a programme do not.
LEAST_SPREAD: Final = 0.1
LEAST_NIGHTS: Final = 7  # of daylight, beside at most a tenth as many days on which it came by day


def heights(day: date) -> tuple[Floats, Floats]:
    """The sun's lowest and highest elevation (degrees) anywhere in China, (BINS,) of local `day`.

    sin h = sin φ sin δ + cos φ cos δ cos H, with the declination δ by P. I. Cooper, Solar Energy 12
    (1969) 333: 23.44° sin(2π (284 + n) / 365), n the day of the year.
    """
    number = day.timetuple().tm_yday
    tilt = np.radians(TILT) * np.sin(2 * np.pi * (284 + number) / 365)
    earliest, latest = ((east - ZONE_LONGITUDE) / 15 for east in LONGITUDES)
    behind = np.linspace(earliest - EQUATION_H, latest + EQUATION_H, 50)  # hours, of solar time
    hours = (np.arange(BINS) + 0.5) * BIN / 60 - 12
    angle = np.radians(15 * (hours + behind[:, np.newaxis]))
    found = []
    for latitude in np.radians(np.linspace(*LATITUDES, 8)):
        sine = np.sin(latitude) * np.sin(tilt) + np.cos(latitude) * np.cos(tilt) * np.cos(angle)
        found.append(np.degrees(np.arcsin(sine)))
    everywhere = np.concatenate(found)
    return everywhere.min(axis=0), everywhere.max(axis=0)


@cache
def _night_and_day(day: date) -> tuple[Bools, Bools]:
    """Where the sun is down, and up, everywhere in the country, (BINS,) each of local `day`."""
    lowest, highest = heights(day)
    return highest < NIGHT, lowest > HIGH


def doubt_clocks(room: Sequence[Sensor], window: Grid) -> list[Sensor]:
    """One room's sensors; where the sun contradicts their stamps, with a clock that is off now, by
    nobody knows what. Where statuses tell of the clock, they are believed and the sun isn't asked.
    """
    lights = [one for one in room if kinds.find(one.kind).sees_daylight and not one.reference]
    told = any(one.clock_told or one.clock_since is not None for one in room)
    if (
        told
        or not lights
        or not contradicts(np.stack([one.values for one in lights]), window.first)
    ):
        return list(room)
    return [replace(one, clock_since=window.passed, clock_known=False) for one in room]


def contradicts(light: Floats, first: date) -> bool:
    """Whether what is seen of the sun can't be so by these stamps.

    `light`: (sensors, minutes) lux of one room from midnight of `first` on, NaN not heard.
    """
    if not light.size or np.isnan(light).all():
        return False
    common = _common(light)
    days = [first + timedelta(days=number) for number in range(common.size // BINS - 1)]
    peaks = []
    for number, today in enumerate(days):
        night, day = _night_and_day(today)
        half = BINS // 2  # a night is whole from noon to noon
        over_night = common[number * BINS + half : (number + 1) * BINS + half]
        peak = _daylight_peak(over_night, np.roll(night, half), np.roll(day, half))
        if peak is not None:
            peaks.append(peak)
    if len(peaks) < LEAST_NIGHTS:
        return False
    by_day = sum(
        _is_day(common[number * BINS : (number + 1) * BINS], *_night_and_day(today))
        for number, today in enumerate(days)
    )
    if 10 * by_day > len(peaks):
        return False
    low, middle, high = np.quantile(peaks, (0.1, 0.5, 0.9))
    return bool(high - low >= LEAST_SPREAD * middle)


def _common(light: Floats) -> Floats:
    """What the sensors of a room have in common, (bins,): a lamp is seen by few."""
    from analytics import minute_passes  # noqa: PLC0415 — see analytics/compiled.py

    return median(minute_passes.binned(np.ascontiguousarray(light), BIN), axis=0)


def _is_day(light: Floats, night: Bools, day: Bools) -> bool:
    """Whether the light of (BINS,) a day comes by day and not at night."""
    if np.isnan(light[night]).all() or np.isnan(light[day]).all():
        return False
    peak = float(np.nanmax(light))
    by_night, by_day = np.nanmedian(light[night]), np.nanmedian(light[day])
    return peak >= LEAST_LX and bool(by_night <= DARK * peak and by_day >= BRIGHT * peak)


def _daylight_peak(light: Floats, night: Bools, day: Bools) -> float | None:
    """The brightest of what comes and goes as daylight does, in the night; None where it doesn't.

    `light`: (BINS,) from noon to noon; `night`, `day`: where the sun must be down, and up.
    """
    known = np.flatnonzero(~np.isnan(light))
    if known.size < 0.7 * BINS:
        return None
    whole = np.interp(np.arange(BINS), known, light[known])
    at = int(np.argmax(whole))
    peak = float(whole[at])
    if peak < LEAST_LX or np.mean(whole[night] > BRIGHT * peak) < 0.4:
        return None
    if np.median(whole[day]) > DARK * peak:
        return None
    share = whole / peak
    return peak if _dawns(share[: at + 1]) and _dawns(share[at:][::-1]) else None


def _dawns(share: Floats) -> bool:
    """Whether the light rises as slowly as daylight; `share` (n,) of the peak, which comes last."""
    first, bright = (int(np.argmax(share >= level)) for level in RAMP)
    if first == 0 or bright - first < LEAST_RAMP:
        return False
    return float(np.diff(share[first - 1 : bright + 1]).max()) <= LARGE_STEP
