"""Where a thing stood: runs of fixes that stay together, compiled.

Stay points as Q. Li et al. find them (Mining user similarity based on location history, ACM GIS
2008): fixes that stay within a distance for a time; here from their own mean, which errs less than
any one of them.
"""

import numpy as np

from analytics.compiled import compiled
from analytics.grid import Floats
from analytics.tracks import SIGNIFICANT, Ints, Track


def find_stays(track: Track, radius: float, least: float) -> Ints:
    """Its stays as rows (start, end) of fixes, end excluded; (stays, 2).

    `radius`: metres from its middle that a stay reaches at least; more where the fixes scatter by
    more. `least`: minutes from its first fix to its last.
    """
    scatter = SIGNIFICANT * track.scatter
    return _stays(track.at, track.north, track.east, radius, scatter, least)


@compiled
def _stays(
    at: Ints, north: Floats, east: Floats, radius: float, scatter: float, least: float
) -> Ints:
    found = np.empty((at.size, 2), dtype=np.int64)
    count = start = 0
    while start < at.size:
        sum_north, sum_east, end = north[start], east[start], start + 1
        while end < at.size:
            fixes = end - start
            off = np.hypot(north[end] - sum_north / fixes, east[end] - sum_east / fixes)
            # Both the fix and the mean of those before it err.
            if off > max(radius, scatter * np.sqrt(1.0 + 1.0 / fixes)):
                break
            sum_north += north[end]
            sum_east += east[end]
            end += 1
        if at[end - 1] - at[start] >= least:
            found[count, 0], found[count, 1] = start, end
            count += 1
            start = end
        else:
            start += 1
    return found[:count]
