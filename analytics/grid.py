"""Readings of any rhythm onto one grid of minutes; what was not heard is NaN."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

MINUTE_S: Final = 60


def mean_by_minute(at_s: Floats, values: Floats, start_s: float, minutes: int) -> Floats:
    """Mean value of each minute; NaN where nothing was heard.

    `at_s`, `values`: (n,) Unix seconds and values, in any order; outside the grid they are
    ignored. Returns (minutes,).
    """
    slot, inside = _slots(at_s, start_s, minutes)
    heard = np.bincount(slot[inside], minlength=minutes)
    total = np.bincount(slot[inside], weights=values[inside], minlength=minutes)
    with np.errstate(invalid="ignore", divide="ignore"):
        means: Floats = total / heard
    return means


def sum_by_minute(at_s: Floats, values: Floats, start_s: float, minutes: int) -> Floats:
    """Sum of each minute (pulses); NaN where nothing was heard. Shapes as `mean_by_minute`."""
    slot, inside = _slots(at_s, start_s, minutes)
    heard = np.bincount(slot[inside], minlength=minutes)
    total = np.bincount(slot[inside], weights=values[inside], minlength=minutes)
    return np.where(heard > 0, total, np.nan)


def _slots(at_s: Floats, start_s: float, minutes: int) -> tuple[NDArray[np.int64], Bools]:
    slot = np.floor((at_s - start_s) / MINUTE_S).astype(np.int64)
    return slot, (slot >= 0) & (slot < minutes)


def bridge(values: Floats, longest: int) -> Floats:
    """Fill gaps of up to `longest` minutes with the last value before them; (…, minutes).

    A sensor that reports every five minutes is heard all the time.
    """
    minutes, silent = values.shape[-1], np.isnan(values)
    if not silent.any():
        return values
    index = np.where(silent, -1, np.arange(minutes))
    last = np.maximum.accumulate(index, axis=-1)
    age = np.arange(minutes) - last
    filled = np.take_along_axis(values, np.maximum(last, 0), axis=-1)
    return np.where((last >= 0) & (age <= longest), filled, np.nan)


def draw(values: Floats, longest: int) -> Floats:
    """Fill gaps of up to `longest` minutes between two readings of (minutes,) by the line through
    them: what is slow, as warmth is, does no step between its readings.
    """
    known = np.flatnonzero(~np.isnan(values))
    if known.size < 2:
        return values
    minutes = np.arange(values.size)
    after = np.minimum(np.searchsorted(known, minutes), known.size - 1)
    before = np.maximum(after - 1, 0)
    between = (minutes > known[before]) & (minutes < known[after])
    near = between & (known[after] - known[before] <= longest)
    return np.where(near, np.interp(minutes, known, values[known]), values)


def carry(values: Floats, misread: Bools, longest: int) -> Floats:
    """The value before it in each `misread` minute, at most `longest` minutes on; (minutes,).

    What was said there is not known, but that nothing changed before the next reading is the best
    guess of when something did. Nobody may call these minutes heard.
    """
    if not misread.any():
        return values
    index = np.where(np.isnan(values), -1, np.arange(values.size))
    last = np.maximum.accumulate(index)
    near = misread & (last >= 0) & (np.arange(values.size) - last <= longest)
    return np.where(near, values[np.maximum(last, 0)], values)


def runs(flags: Bools) -> NDArray[np.int64]:
    """Runs of True in (minutes,) as rows (start, end), end excluded; shape (runs, 2)."""
    padded = np.concatenate(([False], flags, [False])).astype(np.int8)
    edges = np.diff(padded)
    return np.stack((np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)), axis=1)
