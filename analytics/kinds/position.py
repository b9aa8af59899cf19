"""Use by position: a vehicle that drives, a thing that is away from where it lives."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics import rhythm
from analytics.grid import Bools, Floats, runs
from analytics.kind import Kind, Seen, Signal, Test, standing
from analytics.tracks import EARTH_M, MOVED_M, SIGNIFICANT, Track, by_minute, medians, track, vague

# A trip.
DRIVES: Final = (1, 5)  # minutes that are smoothed
LEAST_STOP: Final = 6  # minutes
LEAST_TRIP: Final = 4  # minutes
LEAST_REACH_M: Final = 300.0
FAR: Final = 5.0  # times the scatter: one fix of 300,000 is off by more
SLOWEST_M: Final = 80.0  # a minute, on foot: who drives leaves a circle sooner than who walks
NEAR: Final = 1.5  # times the scatter: two thirds of the fixes of a thing that stands
LEAST_M: Final = 15.0
BORNE_OUT: Final = 2  # fixes that can't err by as much as they are away

# A thing that is carried.
AWAY_M: Final = 75.0
NIGHT: Final = 20 * 60  # minutes: where it stays for longer it lives
RECENTRED: Final = 2  # times
STEP: Final = 10  # minutes, of the reckoning of where it lives
# Minutes that are smoothed, and that it is away at the least.
SCALES: Final = ((5, 3), (11, 6), (31, 15))
SHORT: Final = 15  # minutes: what only a coarser scale tells, it may tell of long uses alone

LONGEST_BLIND: Final = 20  # minutes between two fixes: more may hide a use
FASTEST_M_S: Final = 70.0  # nothing that is registered travels as fast

# Of a track the minutes (minutes,) of use, those of what is too near for one or may be error,
# and whether its usual fix is good enough to tell the least use.
Found = tuple[Bools, Bools, bool]


def trips(latitude: Floats, longitude: Floats, said: Floats | None = None) -> Seen:
    """Use of a vehicle: it is on its way from one stop to the next, or out and back.

    Arguments (minutes,): degrees, and the metres that each fix was said to err by; NaN: none.
    """
    return _seen(latitude.size, track(latitude, longitude, said), _driven)


def away(latitude: Floats, longitude: Floats, said: Floats | None = None) -> Seen:
    """Use of a thing that is carried: away from where it lives then. Arguments as of `trips`.

    It lives where it is for most of 40 hours: a stay elsewhere of more than a night is no use, it
    was moved there (lent), and what counts from then on are its absences from there.
    """
    return _seen(latitude.size, track(latitude, longitude, said), _carried)


def _seen(minutes: int, whole: Track, find: Callable[[Track, int], Found]) -> Seen:
    """Use by a rule. What fixes that err too much may hide is unknown, and not unused."""
    nothing = np.zeros(minutes, dtype=bool)
    if whole.at.size <= BORNE_OUT:
        return Seen(nothing, nothing, able=False, detected=False)
    lone = _lone(whole)
    good = whole.without(lone)
    use, perhaps, plain = find(good, minutes)
    heard = _heard(good, minutes)
    perhaps |= use & ~heard
    use &= heard
    detected = bool(use.any())
    if plain and rhythm.usual_of(whole.at) <= LONGEST_BLIND:
        for k in np.flatnonzero(lone):
            perhaps[whole.at[k - 1] + 1 : whole.at[k + 1]] = True
        told = _heard(whole.without(vague(whole.said)), minutes)
        return Seen(use, told, able=True, detected=detected, perhaps=perhaps & ~use)
    # Such a receiver shows the long ways only: its silence doesn't mean that there were no others.
    heard = _heard(whole, minutes)
    return Seen(use, heard, able=detected, detected=detected, perhaps=(perhaps | heard) & ~use)


def _lone(whole: Track) -> Bools:
    """Which fixes lie off while those beside them don't: wild, or a use that was soon over."""
    lone = np.zeros(whole.at.size, dtype=bool)
    near = whole.told_by(AWAY_M)
    step = np.hypot(np.diff(whole.north), np.diff(whole.east))
    over = np.hypot(whole.north[2:] - whole.north[:-2], whole.east[2:] - whole.east[:-2])
    lone[1:-1] = (step[:-1] > near) & (step[1:] > near) & (over <= near)
    return lone


def _heard(told: Track, minutes: int) -> Bools:
    """The minutes (minutes,) of which the fixes of a track tell, at its rhythm."""
    return ~np.isnan(_stood(told, np.ones(told.at.size, dtype=bool), minutes))


def _stood(way: Track, flags: Bools, minutes: int) -> Floats:
    """What holds at fixes (n,), in the minutes (minutes,) for which each stands; NaN: unknown."""
    said = np.full(minutes, np.nan)
    said[way.at] = flags
    still = np.hypot(np.diff(way.north), np.diff(way.east)) <= way.told_by(MOVED_M)
    return rhythm.stood(said, still)


def _driven(good: Track, minutes: int) -> Found:
    """What is between stops, far enough and for long enough; as the fixes are, and smoothed.

    Smoothing would hide a cart that goes to and fro within minutes.
    """
    from analytics.stays import find_stays  # noqa: PLC0415 — see analytics/compiled.py

    use, perhaps = np.zeros((2, minutes), dtype=bool)
    plain = False
    for width in DRIVES:
        way = good.smooth(width)
        radius = way.told_by(MOVED_M)
        plain |= 2 * radius <= LEAST_REACH_M
        least = LEAST_STOP + 2 * (radius - MOVED_M) / SLOWEST_M
        stops = find_stays(way, MOVED_M, max(least, 2 * rhythm.usual_of(way.at)))
        ways = _between(way, stops, radius / SLOWEST_M)
        slow = _between(way, stops, np.inf)
        anchors = [anchor for _, _, anchor in ways]
        nexts = [*anchors[1:], anchors[-1]]
        gone = [_goes(way, *one, there) for one, there in zip(ways, nexts, strict=True)]
        for (last, first, anchor), (left, came, _), goes in zip(ways, slow, gone, strict=True):
            if goes:
                perhaps[way.at[left] : way.at[came] + 1] = True
            if goes and _is_trip(way, last, first, anchor):
                _set_trip(use, way, last, first)
        for (start, end), came_by, goes_on in zip(stops, gone, gone[1:], strict=False):
            # What turns slowly seems to stop.
            if (came_by or goes_on) and way.at[end - 1] - way.at[start] < 2 * least:
                perhaps[way.at[start] : way.at[end - 1] + 1] = True
    return use, perhaps, plain and float(np.median(good.said)) <= MOVED_M


Stops = NDArray[np.int64]  # (stops, 2): fixes, the end excluded
Anchor = tuple[float, float, float]  # metres north and east, and the sigma that it was said with


def _between(way: Track, stops: Stops, longest: float) -> list[tuple[int, int, Anchor]]:
    """The last fix of each stop, the first of the next, and where it set out.

    The way out of the circle within which a stop's fixes may scatter is part of the trip; it takes
    at most `longest` minutes.
    """
    if not stops.size:
        return [(0, way.at.size - 1, _anchor(way, 0, 1))]
    anchors = [_anchor(way, start, end) for start, end in stops]
    edges = [
        _edges(way, start, end, longest, anchor)
        for (start, end), anchor in zip(stops, anchors, strict=True)
    ]
    firsts = [*(start for start, _ in edges), way.at.size - 1]
    lasts = [0, *(end - 1 for _, end in edges)]
    return list(zip(lasts, firsts, [anchors[0], *anchors], strict=True))


def _anchor(way: Track, start: int, end: int) -> Anchor:
    columns = (way.north, way.east, way.sigma)
    north, east, sigma = (float(np.median(column[start:end])) for column in columns)
    return north, east, sigma


def _edges(way: Track, start: int, end: int, longest: float, anchor: Anchor) -> tuple[int, int]:
    """A stop less the fixes at its ends on which it comes and goes."""
    stop = way.part(start, end)
    near = stop.apart(*anchor[:2]) <= max(LEAST_M, NEAR * way.scatter)
    at = stop.at
    came = np.flatnonzero(near & (at <= at[0] + longest))
    went = np.flatnonzero(near & (at >= at[-1] - longest))
    first = int(came[0]) if came.size else 0
    last = int(went[-1]) if went.size else end - start - 1
    return start + first, start + max(first, last) + 1


def _goes(way: Track, last: int, first: int, anchor: Anchor, there: Anchor) -> bool:
    """Whether it surely leaves where it stopped, or the next stop lies elsewhere."""
    off = way.part(last, first + BORNE_OUT).apart(*anchor[:2]).max()
    reach = max(off, float(np.hypot(there[0] - anchor[0], there[1] - anchor[1])))
    return bool(reach > max(MOVED_M, FAR * way.scatter))


def _is_trip(way: Track, last: int, first: int, anchor: Anchor) -> bool:
    """Whether it is long and far enough, by fixes that can't err by so much."""
    part = way.part(last, first + BORNE_OUT)
    off = part.apart(*anchor[:2])
    sure = off > SIGNIFICANT * np.maximum(part.sigma, anchor[2])
    start, end = _middles(way, last, first)
    return bool(end - start >= LEAST_TRIP and off.max() > LEAST_REACH_M and sure.sum() >= BORNE_OUT)


def _middles(way: Track, last: int, first: int) -> tuple[int, int]:
    """When it left and came, in the middle between two fixes each: the minutes [start, end)."""
    start = (way.at[last] + way.at[min(last + 1, first)] + 1) // 2
    end = (way.at[first] + way.at[max(first - 1, last)] + 1) // 2
    return int(start), int(end)


def _set_trip(use: Bools, way: Track, last: int, first: int) -> None:
    """Note a trip. Where it is at one place at two fixes, long apart, it may have stopped."""
    start, end = _middles(way, last, first)
    part = way.part(last, first + 1)
    step = np.hypot(np.diff(part.north), np.diff(part.east))
    still = (step <= way.told_by(MOVED_M)) & (np.diff(part.at) >= LEAST_STOP)
    between = (part.at[:-1] + part.at[1:] + 1) // 2 - start
    driven = np.ones(end - start, dtype=bool)
    for k in np.flatnonzero(still).tolist():
        driven[between[max(0, k - 1)] : between[min(k + 1, still.size - 1)]] = False
    use[start:end] |= driven


def _carried(good: Track, minutes: int) -> Found:
    """What is off from where it lives, at a fine scale or, where that is too rough, a coarse one.

    Its fixes may wander for hours while it rests: by how much, the nearer third of them shows.
    """
    use, perhaps = np.zeros((2, minutes), dtype=bool)
    north, east = _lives(good)
    plain = False
    for width, least in SCALES:
        way = good.smooth(width).wandering(north, east)
        plain |= width < SHORT and way.told_by(AWAY_M) <= MOVED_M
        off = way.apart(north, east)
        out = off > way.told_by(AWAY_M)
        sure = off > SIGNIFICANT * np.maximum(way.sigma, float(np.median(way.sigma)))
        for flags, found in ((out & sure, use), (out, perhaps)):
            for start, end in runs(_stood(way, flags, minutes) > 0):
                found[start:end] |= end - start >= least
    for first, last in _lent_and_back(north, east, good.told_by(AWAY_M)):
        perhaps[good.at[first] : good.at[last] + 1] = True
    return use, perhaps, plain and float(np.median(good.said)) <= MOVED_M


def _lent_and_back(north: Floats, east: Floats, near: float) -> list[tuple[int, int]]:
    """The fixes, first and last, of each stay at a place between two at another: lent and brought
    back, or out at work for days. `north`, `east` (n,): where it lives, metres.
    """
    leaves = np.flatnonzero(np.hypot(np.diff(north), np.diff(east)) > near)
    firsts, lasts = [0, *(leaves + 1).tolist()], [*leaves.tolist(), north.size - 1]
    apart = np.hypot(
        north[firsts] - north[firsts, np.newaxis], east[firsts] - east[firsts, np.newaxis]
    )
    same = apart <= near
    return [
        (firsts[n], lasts[n])
        for n in range(1, len(firsts) - 1)
        if (same[:n, n + 1 :] & ~same[n, n + 1 :]).any()
    ]


def _lives(good: Track) -> tuple[Floats, Floats]:
    """Where it lives at each fix, metres north and east (n,): where it is for most of the 40 hours
    around, each fix standing until the next.

    The median is at that place, if at its border where it was there for little more than half of
    the time; so its middle is the median of what is near that.
    """
    steps = np.arange(good.at[0], good.at[-1] + STEP, STEP)
    held = np.searchsorted(good.at, steps, side="right") - 1
    size = min(steps.size, 2 * NIGHT // STEP)
    centres = np.arange(0, steps.size, 60 // STEP)
    firsts = np.clip(centres - size // 2, 0, steps.size - size)
    around = held[firsts[:, np.newaxis] + np.arange(size)]
    places = np.stack((good.north[around], good.east[around]))
    middle = medians(places)
    for _ in range(RECENTRED):
        off = np.hypot(*(places - middle[..., np.newaxis]))
        near = off <= good.told_by(AWAY_M)
        some = near.any(axis=-1)
        middle[:, some] = medians(np.where(near, places, np.nan))[:, some]
    nearest = np.clip(np.rint((good.at - good.at[0]) / 60).astype(int), 0, centres.size - 1)
    return middle[0, nearest], middle[1, nearest]


def _see(room: Sequence[Signal]) -> list[Seen]:
    return [(trips if one.vehicle else away)(*one.values) for one in room]


def _wild(at_s: Floats, latitudes: Floats, longitudes: Floats | None) -> Bools:
    """Which position is reached and left faster than anything travels, (n,)."""
    assert longitudes is not None
    wild = np.zeros(latitudes.size, dtype=bool)
    north = np.radians(latitudes) * EARTH_M
    east = np.radians(longitudes) * EARTH_M * np.cos(np.radians(latitudes))
    with np.errstate(divide="ignore", invalid="ignore"):
        speed = np.hypot(np.diff(north), np.diff(east)) / np.diff(at_s)
    fast = speed > FASTEST_M_S
    wild[1:-1] = fast[:-1] & fast[1:]
    return wild


KIND: Final = Kind(
    name="position",
    basis="motion",
    sure=0.8,
    see=_see,
    to_grid=by_minute,
    may_stand=standing(12 * 60),
    wild=_wild,
    test=Test.MOVING,
)
