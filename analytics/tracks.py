"""A receiver's fixes as a way on a plane of metres, and by how much they err. Pure.

By how much is what the receiver says of each fix, and what its fixes scatter by while it rests,
whichever is more: some say nothing, and some say 5 m and scatter by 200.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from analytics import rhythm
from analytics.grid import MINUTE_S, Bools, Floats, mean_by_minute

EARTH_M: Final = 6_371_000.0
MOVED_M: Final = 100.0  # a fix that may err by more tells no move

# A fix's error on the plane is normal on both axes, so its distance has Rayleigh's distribution:
# a third of the fixes are within .895 sigma, half within 1.18, 68 % within 1.51 (the radius that
# Android's receivers mean by accuracy), and one of 3,000 is farther off than 4.
NEARER_THIRD: Final = 33  # per cent
THIRD_WITHIN: Final = 0.895
HALF_WITHIN: Final = 1.1774
ACCURACY: Final = 1.51
SIGNIFICANT: Final = 4.0

BLOCK: Final = 8 * 60  # minutes over which it may have rested
LEAST_IN_BLOCK: Final = 4
FIRST_TENTH: Final = 10  # per cent of the blocks: in so many, at the least, a thing is at rest
AT_REST: Final = 2.0  # times their scatter: in blocks with more it moved

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Track:
    """Fixes (n,), the minute of each, metres, and the radius that it was said to err by (0: none).

    `scatter`: by how much they err on each axis while the receiver rests (sigma, metres).
    """

    at: Ints
    north: Floats
    east: Floats
    said: Floats
    scatter: float

    @property
    def sigma(self) -> Floats:
        """By how much each was said to err on each axis, (n,)."""
        return self.said / ACCURACY

    @property
    def radius(self) -> float:
        """The accuracy of its usual fix, as said or as learnt, whichever is more."""
        return max(float(np.median(self.said)), ACCURACY * self.scatter)

    def smooth(self, minutes: int) -> "Track":
        """The running median over so many minutes, and its own scatter."""
        side = minutes // 2 // max(1, rhythm.usual_of(self.at))
        if not side:
            return self
        north, east = (_running_median(axis, side) for axis in (self.north, self.east))
        return Track(self.at, north, east, self.said, at_rest(self.at, north, east))

    def wandering(self, north: Floats, east: Floats) -> "Track":
        """The track, its scatter at least that around a point each, north and east (n,)."""
        near = float(np.percentile(self.apart(north, east), NEARER_THIRD))
        return replace(self, scatter=max(self.scatter, near / THIRD_WITHIN))

    def part(self, start: int, end: int) -> "Track":
        """Its fixes [start, end)."""
        inside = slice(start, end)
        north, east, said = (column[inside] for column in (self.north, self.east, self.said))
        return Track(self.at[inside], north, east, said, self.scatter)

    def without(self, left_out: Bools) -> "Track":
        """The track less the fixes (n,) that are left out."""
        kept = ~left_out
        north, east, said = (column[kept] for column in (self.north, self.east, self.said))
        return Track(self.at[kept], north, east, said, self.scatter)

    def apart(self, north: Floats | float, east: Floats | float) -> Floats:
        """Metres of each fix from a point, or from a point each, (n,)."""
        found: Floats = np.hypot(self.north - north, self.east - east)
        return found

    def told_by(self, least: float) -> float:
        """Metres of a move that is at least so far, and can't be scatter."""
        return max(least, SIGNIFICANT * self.scatter)


def track(latitude: Floats, longitude: Floats, said: Floats | None = None) -> Track:
    """The track of fixes on a grid, (minutes,) each, degrees and metres, NaN where there was none.

    `said`: the radius that each errs by, NaN where the receiver didn't say.
    """
    at = np.flatnonzero(~np.isnan(latitude))
    if not at.size:
        nothing = np.empty(0)
        return Track(at, nothing, nothing, nothing, 0.0)
    north, east = metres(latitude[at], longitude[at])
    radius = np.zeros(at.size) if said is None else np.nan_to_num(said[at], nan=0.0)
    return Track(at, north, east, radius, at_rest(at, north, east))


def by_minute(at_s: Floats, columns: Sequence[Floats], start_s: float, minutes: int) -> Floats:
    """Fixes on the grid from `start_s` on, (3, minutes): latitude, longitude, and the metres that
    each was said to err by. NaN where there was none, or where that wasn't said.

    `at_s` (n,) Unix seconds; `columns`: the same three, (n,); the third may lack. A minute is the
    mean of its fixes, less those that tell no move where others do, and errs by the most that was
    said of any.
    """
    said = columns[2] if len(columns) > 2 else np.full(at_s.size, np.nan)
    slot = np.floor((at_s - start_s) / MINUTE_S).astype(np.int64)
    kept = ~vague(said) | ~np.isin(slot, slot[~vague(said)])
    axes = [mean_by_minute(at_s[kept], axis[kept], start_s, minutes) for axis in columns[:2]]
    errs = np.full(minutes, np.nan)
    inside = kept & (slot >= 0) & (slot < minutes)
    np.fmax.at(errs, slot[inside], said[inside])
    return np.stack((*axes, errs))


def metres(latitude: Floats, longitude: Floats) -> tuple[Floats, Floats]:
    """Degrees to metres north and east of their median, on a plane; shapes as given.

    Equirectangular: within a province it errs by less than a receiver does.
    """
    lat0, lon0 = np.nanmedian(latitude), np.nanmedian(longitude)
    north = np.radians(latitude - lat0) * EARTH_M
    east = np.radians(longitude - lon0) * EARTH_M * np.cos(np.radians(lat0))
    return north, east


def despiked(values: Floats) -> Floats:
    """Median of each value (n,) and its neighbours."""
    return _running_median(values, 1)


def vague(radius_m: Floats) -> Bools:
    """Which fixes (n,) may err by more than a move is told by; NaN, not said, is not."""
    return radius_m > MOVED_M


def at_rest(at: Ints, north: Floats, east: Floats) -> float:
    """Metres by which fixes (n,) at these minutes scatter on each axis while the receiver rests.

    Of each eight hours, or what holds enough fixes, the median distance from their middle: most of
    any night, and most of most days, a thing is where it is. The tenth of the blocks that scatter
    least shows what rest is; the median of all that scatter alike is by how much. Infinite where
    too few fixes came close enough in time.
    """
    if not at.size:
        return 0.0
    block = max(BLOCK, (LEAST_IN_BLOCK + 1) * rhythm.usual_of(at))
    inside = at - at[0] // block * block
    cells = np.full((3, inside[-1] // block + 1, block), np.nan)
    cells[0].flat[inside], cells[1].flat[inside] = north, east
    middles = medians(cells[:2])
    cells[2] = np.hypot(*(cells[:2] - middles[..., np.newaxis]))
    enough = (~np.isnan(cells[0])).sum(axis=1) >= min(LEAST_IN_BLOCK, at.size)
    scatter = medians(cells[2])[enough] / HALF_WITHIN
    if not scatter.size:
        return np.inf
    least = float(np.percentile(scatter, FIRST_TENTH, method="lower"))
    return float(np.median(scatter[scatter <= AT_REST * least]))


def medians(cells: Floats) -> Floats:
    """The median of each row (…, n) of what is no NaN; NaN of none."""
    ordered = np.sort(cells, axis=-1)  # NaN goes last
    middle = np.maximum((~np.isnan(cells)).sum(axis=-1) - 1, 0) // 2
    return np.take_along_axis(ordered, middle[..., np.newaxis], axis=-1)[..., 0]


def _running_median(values: Floats, side: int) -> Floats:
    """Median of each of (n,) and `side` values on both sides; of many, of eleven of them."""
    step = max(1, side // 5)
    padded = np.pad(values, side, mode="edge")
    windows = sliding_window_view(padded, 2 * side + 1)[:, ::step]
    middle = windows.shape[1] // 2
    found: Floats = np.partition(windows, middle, axis=-1)[:, middle]
    return found
