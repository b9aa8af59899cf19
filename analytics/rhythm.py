"""Readings of any rhythm, every ten seconds or every hour, as what stood in each minute. Pure."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.grid import Bools, Floats

LEAST: Final = 5  # minutes that two readings may always be apart
LATE: Final = 1.5  # times the usual: readings further apart have lost one between them
ALIKE: Final = 0.25  # of a sign of life's rhythm: so far from it are half of them at most
DAY: Final = 1440


def usual(values: Floats) -> int:
    """The usual number of minutes between two of (minutes,) readings."""
    from analytics import minute_passes  # noqa: PLC0415 — see analytics/compiled.py

    return int(minute_passes.typical_gap(np.ascontiguousarray(values)))


def usual_of(minutes: NDArray[np.int64]) -> int:
    """The same, by the minutes (n,) of the readings."""
    apart = np.diff(minutes)
    return int(np.median(apart)) if apart.size else 1


def usual_still(apart: NDArray[np.int64], still: Bools, span: int) -> int:
    """The usual minutes between two signs of life of what reports seldom while it is still; else 0.

    `apart` (n,): minutes between readings that `span` so many; `still` (n,): nothing had changed.
    Such gaps are alike, come every day and take up most of the time; those of lost readings don't.
    """
    long = apart[still & (apart > longest(int(np.median(apart))))] if apart.size else apart
    if long.size * DAY < span or 2 * long.sum() < span:
        return 0
    middle = int(np.median(long))
    alike = np.abs(long - middle) <= ALIKE * middle
    return middle if 2 * alike.sum() >= long.size else 0


def longest(usual_apart: int) -> float:
    """The minutes that two readings may be apart with none lost between them."""
    return max(LEAST, LATE * usual_apart)


def stood(values: Floats, still: Bools | None = None) -> Floats:
    """What of (minutes,) readings the nearest said, in each minute; NaN where that is unknown.

    Between two readings each stands for its half. Across a longer gap, in which one was lost,
    nothing is known but next to them: as long as half the usual rhythm. `still`: between which of
    the readings and the next nothing had changed, where what is still may report seldom.
    """
    at = np.flatnonzero(~np.isnan(values))
    if not at.size:
        return values
    half = usual(values) // 2
    most = np.full(at.size + 1, longest(usual(values)))  # before each reading, and after the last
    if still is not None:
        rests = longest(usual_still(np.diff(at), still, int(at[-1] - at[0])))
        most[1:-1][still] = np.maximum(most[1:-1][still], rests)
    minutes = np.arange(values.size)
    after = np.searchsorted(at, minutes)  # the first reading from there on
    ahead = at[np.minimum(after, at.size - 1)]
    behind = at[np.maximum(after - 1, 0)]
    to_ahead = np.where(after < at.size, ahead - minutes, np.inf)
    to_behind = np.where(after > 0, minutes - behind, np.inf)
    nearest = np.where(to_ahead < to_behind, ahead, behind)
    near = np.minimum(to_ahead, to_behind)
    known = (to_ahead + to_behind <= most[after]) | (near <= half)
    return np.where(known, values[nearest], np.nan)


def heard(values: Floats) -> Bools:
    """Where something is known of (minutes,) readings."""
    return ~np.isnan(stood(values))
