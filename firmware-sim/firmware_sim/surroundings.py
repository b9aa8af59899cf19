"""The room around the sensors of a gateway: daylight with weather, ceiling lamps, air, HVAC."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from firmware_sim.clock import DAY_S, HOUR_S, Array, day_start, is_working, stream

LATITUDE: Final = np.radians(20.03)  # Haikou
AC_TAU_S: Final = 1_800.0
AC_CYCLE_S: Final = 1_500.0


@dataclass(frozen=True, slots=True)
class Room:
    """One day of a room, an array per quantity, one value per time of the grid."""

    daylight: Array  # lux at the window, 0 at night
    ceiling: Array  # 0 or 1: the ceiling lamps that the whole room shares
    air: Array  # °C


def room(seed: int, gateway: str, day: int, times: Array, *, closed: bool = False) -> Room:
    """The surroundings of `gateway` on local `day` at `times` (Unix seconds)."""
    rng = stream(seed, gateway, "room", day)
    working = is_working(day) and not closed
    since = times - day_start(day)
    return Room(
        daylight=_daylight(rng, day, since, window=_window(seed, gateway)),
        ceiling=_ceiling(rng, since, working=working),
        air=_air(rng, seed, day, since, working=working),
    )


def lag(times: Array, start: float, end: float, tau_s: float) -> Array:
    """Answer (0 to 1) of a first-order system that is driven from `start` to `end`."""
    rise = 1.0 - np.exp(-np.maximum(times - start, 0.0) / tau_s)
    fall = 1.0 - np.exp(-np.maximum(times - end, 0.0) / tau_s)
    return rise - fall


def wander(rng: np.random.Generator, since: Array, knots: int) -> Array:
    """A slow random curve over the day, about ±1, that begins and ends at zero."""
    levels = rng.normal(0.0, 0.6, knots)
    levels[0] = levels[-1] = 0.0
    return np.interp(since, np.linspace(0, DAY_S, knots), levels)


def _window(seed: int, gateway: str) -> float:
    return float(stream(seed, gateway, "window").uniform(120.0, 700.0))


def _daylight(rng: np.random.Generator, day: int, since: Array, *, window: float) -> Array:
    season = 2 * np.pi * ((day % 365.25) + 10) / 365.25  # 10 days from the winter solstice
    tilt = -np.radians(23.44) * np.cos(season)
    hour = (since / HOUR_S - 12.0) * np.pi / 12.0
    height = np.sin(LATITUDE) * np.sin(tilt) + np.cos(LATITUDE) * np.cos(tilt) * np.cos(hour)
    clear = rng.uniform(0.25, 1.0)
    cover = np.clip(clear * (1.0 + 0.35 * wander(rng, since, 73)), 0.08, 1.2)
    clouds = 1.0 + 0.12 * wander(rng, since, 481) * (1.0 - abs(2 * clear - 1.0))
    light: Array = window * np.maximum(height, 0.0) * cover * clouds
    return light


def _ceiling(rng: np.random.Generator, since: Array, *, working: bool) -> Array:
    on = np.zeros_like(since)
    if working or rng.random() < 0.1:
        first, last = rng.normal(8.0, 0.15), rng.normal(18.1, 0.5)
        on[(since >= first * HOUR_S) & (since < last * HOUR_S)] = 1.0
        if rng.random() < 0.6:  # out at noon, to save power
            off = rng.normal(12.15, 0.1), rng.normal(14.3, 0.2)
            on[(since >= off[0] * HOUR_S) & (since < off[1] * HOUR_S)] = 0.0
    if working and rng.random() < 0.7:  # the cleaners
        at = rng.uniform(18.8, 20.5) * HOUR_S
        on[(since >= at) & (since < at + rng.uniform(600, 1_500))] = 1.0
    return on


def _outside(seed: int, day: int) -> float:
    season = 2 * np.pi * ((day % 365.25) - 197) / 365.25  # hottest in the middle of July
    return float(24.5 + 4.5 * np.cos(season) + stream(seed, "weather", day).normal(0.0, 1.2))


def _air(rng: np.random.Generator, seed: int, day: int, since: Array, *, working: bool) -> Array:
    share = since / DAY_S
    outside = _outside(seed, day) * (1 - share) + _outside(seed, day + 1) * share
    warmest = 2.0 * np.cos(2 * np.pi * (since / HOUR_S - 15.5) / 24.0)
    still = outside + warmest + 0.2 * wander(rng, since, 25)
    if not working or _outside(seed, day) < 21.0:
        return still
    start, end = rng.normal(8.3, 0.2) * HOUR_S, rng.normal(17.6, 0.3) * HOUR_S
    cooled = lag(since, start, end, AC_TAU_S)
    setpoint = rng.uniform(24.5, 26.0)
    cycle = 0.3 * np.sin(2 * np.pi * since / AC_CYCLE_S + rng.uniform(0, 2 * np.pi))
    return still + cooled * (np.minimum(setpoint - still, 0.0) + cycle)
