"""Readings of any rhythm, every ten seconds or every hour, as what stood in each minute. Pure."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.grid import Bools, Floats

LEAST: Final = 5  # minutes that two readings may always be apart
LATE: Final = 1.5  # times the usual: readings further apart have lost one between them


def usual(values: Floats) -> int:
    """The usual number of minutes between two of (minutes,) readings."""
    return usual_of(np.flatnonzero(~np.isnan(values)))


def usual_of(minutes: NDArray[np.int64]) -> int:
    """The same, by the minutes (n,) of the readings."""
    apart = np.diff(minutes)
    return int(np.median(apart)) if apart.size else 1


def stood(values: Floats) -> Floats:
    """What of (minutes,) readings the nearest said, in each minute; NaN where that is unknown.

    Between two readings each stands for its half. Across a longer gap, in which one was lost,
    nothing is known but next to them: as long as half the usual rhythm.
    """
    at = np.flatnonzero(~np.isnan(values))
    if not at.size:
        return values
    half = usual(values) // 2
    longest = max(LEAST, LATE * usual(values))
    minutes = np.arange(values.size)
    after = np.searchsorted(at, minutes)  # the first reading from there on
    ahead = at[np.minimum(after, at.size - 1)]
    behind = at[np.maximum(after - 1, 0)]
    to_ahead = np.where(after < at.size, ahead - minutes, np.inf)
    to_behind = np.where(after > 0, minutes - behind, np.inf)
    nearest = np.where(to_ahead < to_behind, ahead, behind)
    near = np.minimum(to_ahead, to_behind)
    known = (to_ahead + to_behind <= longest) | (near <= half)
    return np.where(known, values[nearest], np.nan)


def heard(values: Floats) -> Bools:
    """Where something is known of (minutes,) readings."""
    return ~np.isnan(stood(values))
