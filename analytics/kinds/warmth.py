"""Use by warmth: a working device is warmer than its room, and follows at its own pace."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from analytics.grid import Bools, Floats
from analytics.kind import Kind, Seen, Signal, standing

TAU: Final = 20.0  # minutes in which a device follows, the usual time constant
SMOOTH: Final = 9  # minutes that a slope is taken over
DAY: Final = 1440
NIGHT: Final = (2 * 60, 6 * 60)  # minutes of the day in which hardly anything runs
LEAST_RISE: Final = 1.5  # °C above the room
LEAST_COMPARED: Final = 3  # sensors of a room: with fewer, its air can't be told from a device
ALWAYS_WARM: Final = 6.0  # °C above the room at night: use doesn't show
ON_SHARE: Final = 0.5  # of the usual rise
LEAP_C: Final = 1.5  # °C, from rest and back; also at the least so many scatters:
LEAP_SCATTERS: Final = 8.0
LEAP_WITHIN_S: Final = 900.0  # over a longer time a thing may well have warmed and cooled again
AT_REST: Final = 0.25  # of the leap: by so much may the readings on its sides differ


def drive(rise: Floats) -> Floats:
    """The steady rise towards which a device is driven: rise + τ·d(rise)/dt, °C.

    `rise`: (sensors, minutes). For a first-order system this undoes its lag, so that use begins
    and ends at once instead of after half an hour.
    """
    half = SMOOTH // 2
    padded = np.pad(rise, ((0, 0), (half, half)), constant_values=np.nan)
    windows = sliding_window_view(padded, SMOOTH, axis=1)
    offsets = np.arange(SMOOTH) - half
    heard = ~np.isnan(windows)
    count = heard.sum(axis=-1)
    filled = np.where(heard, windows, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = filled.sum(axis=-1) / count
        mean_at = (heard * offsets).sum(axis=-1) / count
        spread = (heard * offsets**2).sum(axis=-1) - count * mean_at**2
        slope = ((filled * offsets).sum(axis=-1) - count * mean * mean_at) / spread
    driven = mean + TAU * slope
    return np.where(count >= SMOOTH // 2 + 1, driven, np.nan)


def night_level(values: Floats) -> Floats:
    """Median at night of each day, (sensors, days), gaps filled from the nearest night.

    `values`: (sensors, minutes) from local midnight on.
    """
    days = values.shape[1] // DAY
    nights = values[:, : days * DAY].reshape(values.shape[0], days, DAY)[:, :, slice(*NIGHT)]
    levels = np.full(nights.shape[:2], np.nan)
    heard = (~np.isnan(nights)).sum(axis=2) > 30
    for row, day in zip(*np.nonzero(heard), strict=True):
        levels[row, day] = np.nanmedian(nights[row, day])
    return levels


def _baseline(levels: Floats, minutes: int) -> Floats:
    """Median of each night with its neighbours, carried to every minute."""
    padded = np.pad(levels, ((0, 0), (1, 1)), constant_values=np.nan)
    stacked = np.stack([padded[:, :-2], padded[:, 1:-1], padded[:, 2:]])
    smooth = np.full(levels.shape, np.nan)
    heard: Bools = np.asarray((~np.isnan(stacked)).any(axis=0))
    smooth[heard] = np.nanmedian(stacked[:, heard], axis=0)
    nights = levels.shape[1]
    for row in range(levels.shape[0]):
        known = np.flatnonzero(heard[row])
        if known.size:
            smooth[row] = np.interp(np.arange(nights), known, smooth[row, known])
    day = np.minimum(np.arange(minutes) // DAY, nights - 1)
    carried: Floats = smooth[:, day]
    return carried


def see(temperature: Floats) -> list[Seen]:
    """What each temperature sensor of one room saw.

    `temperature`: (sensors, minutes) in °C from local midnight on, NaN not heard. A room of fewer
    than three sensors can't tell by warmth: cooling and sun move its air as much as a device.
    """
    sensors, minutes = temperature.shape
    if sensors < LEAST_COMPARED or minutes < DAY:
        return [_unable(row) for row in temperature]
    levels = night_level(temperature)
    above = temperature - _baseline(levels, minutes)
    with np.errstate(all="ignore"):
        above = above - _quietest(above)
    standing = _standing(levels)
    driven = drive(above)
    return [_seen(temperature[i], driven[i], standing[i]) for i in range(sensors)]


def _quietest(above: Floats) -> Floats:
    """What the room does: the lower quartile of its sensors, for some are always in use."""
    ordered = np.sort(above, axis=0)  # NaN goes last
    heard = (~np.isnan(above)).sum(axis=0)
    lower = np.minimum((0.3 * np.maximum(heard - 1, 0)).astype(np.int64), above.shape[0] - 1)
    quartile = np.take_along_axis(ordered, lower[np.newaxis], axis=0)[0]
    return np.where(heard > 0, quartile, 0.0)


def _standing(levels: Floats) -> Floats:
    """How much warmer each sensor's night is than the room's coolest, °C, (sensors,)."""
    typical = np.full(levels.shape[0], np.nan)
    heard = (~np.isnan(levels)).any(axis=1)
    if heard.any():
        typical[heard] = np.nanmedian(levels[heard], axis=1)
        typical -= np.nanmin(typical)
    return np.where(heard, typical, 0.0)


def _seen(temperature: Floats, driven: Floats, standing: float) -> Seen:
    heard = ~np.isnan(temperature)
    quiet = np.zeros(heard.size, dtype=bool)
    if standing > ALWAYS_WARM or not (~np.isnan(driven)).any():
        return Seen(quiet, heard, able=False, detected=False)
    warm = driven[driven > LEAST_RISE]
    if warm.size < 20:  # hardly a session in the whole window
        return Seen(quiet, heard, able=True, detected=False)
    usual = float(np.median(warm))
    with np.errstate(invalid="ignore"):
        use = driven > max(0.7 * LEAST_RISE, ON_SHARE * usual)
    return Seen(use, heard, able=True, detected=True)


def _unable(row: Floats) -> Seen:
    heard: Bools = ~np.isnan(row)
    return Seen(np.zeros(row.size, dtype=bool), heard, able=False, detected=False)


def _see(room: Sequence[Signal]) -> list[Seen]:
    found = see(np.stack([one.shown for one in room]))
    return [  # misread minutes were carried over, not heard
        replace(seen, heard=seen.heard & one.heard) for seen, one in zip(found, room, strict=True)
    ]


def _wild(at_s: Floats, values: Floats, _longitudes: Floats | None) -> Bools:
    """Which temperature no warming and cooling explains, (n,): one reading, or several that say
    the same to the last digit, for a thing on its way does not.
    """
    starts = np.flatnonzero(np.diff(values, prepend=np.nan) != 0)  # of each run of equal readings
    if starts.size < 3:
        return np.zeros(values.size, dtype=bool)
    ends = np.concatenate((starts[1:], [values.size])) - 1
    level = values[starts]
    up, down = level[1:-1] - level[:-2], level[1:-1] - level[2:]
    least = np.minimum(np.abs(up), np.abs(down))
    scatter = float(np.median(np.abs(np.diff(values)))) * 1.4826
    back = (up * down > 0) & (np.abs(up - down) <= AT_REST * least)
    soon = at_s[starts[2:]] - at_s[ends[:-2]] <= LEAP_WITHIN_S
    wild = back & soon & (least > max(LEAP_C, LEAP_SCATTERS * scatter))
    return np.repeat(np.concatenate(([False], wild, [False])), ends - starts + 1)


def _scatter(_level: float) -> float:
    return LEAST_RISE


KIND: Final = Kind(
    name="temperature",
    basis="warmth",
    sure=0.6,
    see=_see,
    supports=True,
    may_stand=standing(12 * 60),
    drift_a_day=0.15,
    drift_in_all=2.5,
    with_its_room=True,
    wild=_wild,
    test_minutes=90,  # a thing cools slowly
    scatter=_scatter,
    fallen=0.3,  # and far more slowly than a lamp goes dark
)
