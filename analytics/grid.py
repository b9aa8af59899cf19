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
    from analytics import minute_passes  # noqa: PLC0415 — see analytics/compiled.py

    at_s, values = np.ascontiguousarray(at_s), np.ascontiguousarray(values)
    return minute_passes.mean_by_minute(at_s, values, start_s, MINUTE_S, minutes)


def sum_by_minute(at_s: Floats, values: Floats, start_s: float, minutes: int) -> Floats:
    """Sum of each minute (pulses); NaN where nothing was heard. Shapes as `mean_by_minute`."""
    from analytics import minute_passes  # noqa: PLC0415

    at_s, values = np.ascontiguousarray(at_s), np.ascontiguousarray(values)
    total, heard = minute_passes.summed_by_minute(at_s, values, start_s, MINUTE_S, minutes)
    return np.where(heard > 0, total, np.nan)


def bridge(values: Floats, longest: int) -> Floats:
    """Fill gaps of up to `longest` minutes with the last value before them; (…, minutes).

    A sensor that reports every five minutes is heard all the time.
    """
    if values.ndim == 1:
        from analytics import minute_passes  # noqa: PLC0415

        return minute_passes.filled(np.ascontiguousarray(values), longest)
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
    from analytics import minute_passes  # noqa: PLC0415

    return minute_passes.drawn(np.ascontiguousarray(values), float(longest))


def between(values: Floats, longest: float) -> Bools:
    """Where (minutes,) was heard, or is between two readings at most `longest` minutes apart."""
    from analytics import minute_passes  # noqa: PLC0415

    return minute_passes.between(np.ascontiguousarray(values), float(longest))


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


def median(values: Floats, axis: int) -> Floats:
    """The median over an axis of what is known, NaN where nothing is."""
    ordered = np.sort(values, axis=axis)  # NaN goes last
    last = np.maximum((~np.isnan(values)).sum(axis=axis, keepdims=True) - 1, 0)
    lower = np.take_along_axis(ordered, last // 2, axis=axis)
    upper = np.take_along_axis(ordered, (last + 1) // 2, axis=axis)
    middle: Floats = 0.5 * (lower + upper)
    return middle.squeeze(axis)


def middle(values: Floats) -> float:
    """The median of (n,), one at least and none NaN: np.median's, in a tenth of its time, for which
    of three ranks is found at once decides whether numpy goes by vectors.
    """
    half = values.size // 2
    parted = np.partition(values, half)
    upper = float(parted[half])
    return upper if values.size % 2 else 0.5 * (float(parted[:half].max()) + upper)


def runs(flags: Bools) -> NDArray[np.int64]:
    """Runs of True in (minutes,) as rows (start, end), end excluded; shape (runs, 2)."""
    from analytics import minute_passes  # noqa: PLC0415

    return minute_passes.runs(np.ascontiguousarray(flags))
