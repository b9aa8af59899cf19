"""Where an asset was: its places, its moves between them, how far it went (I3). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import hypot
from typing import Final

import numpy as np

from analytics.grid import MINUTE_S, Floats
from analytics.kinds.position import LEAST_REACH_M
from analytics.misreadings import mark
from analytics.tracks import MOVED_M, Track, despiked, metres, vague
from ingest.fault_values import FAULT_VALUES, FaultValue

LEAST_STAY_S: Final = 600.0  # a stop that is shorter is part of the way
SAME_PLACE_M: Final = 200.0  # so far apart may two stays be at one place
SOON_S: Final = 600.0  # only within that can the fixes beside one bear out that it is wild


@dataclass(frozen=True, slots=True)
class Fixes:
    """What one sensor said of where it is, (n,) each: Unix seconds, rising, WGS 84 degrees, and
    metres that it may err by, NaN where it didn't say.
    """

    at_s: Floats
    latitude: Floats
    longitude: Floats
    accuracy_m: Floats


@dataclass(frozen=True, slots=True)
class Fix:
    """One position. `accuracy_m`: by how much it may err, where the sensor said."""

    at: datetime
    latitude: float
    longitude: float
    accuracy_m: float | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where the asset stood at least once: its middle, how often, how long altogether, and when."""

    latitude: float
    longitude: float
    visits: int
    spent: timedelta
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Move:
    """From a place to the next, or out and back: indexes of places, and metres along the way."""

    left_at: datetime
    came_at: datetime
    origin: int
    goal: int
    metres: float


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where an asset was over a time. `last`: None without one good fix.

    `here`: since when it has stood where it is, None while it is on its way. `places`: where it
    was longest first; `moves`: the newest first; `track`: (latitude, longitude) along its way.
    """

    last: Fix | None = None
    here: datetime | None = None
    places: tuple[Place, ...] = ()
    moves: tuple[Move, ...] = ()
    metres: float = 0.0
    track: tuple[tuple[float, float], ...] = ()
    misread: int = 0  # fixes that are none
    vague: int = 0  # that may err by more than a move is seen by: they tell no move


@dataclass(frozen=True, slots=True)
class _Stay:
    """The fixes [start, end) of a way, and their middle on its plane."""

    start: int
    end: int
    north: float
    east: float


@dataclass(frozen=True, slots=True)
class _Way:
    """Fixes (n,) a minute apart at the least, on a plane of metres."""

    at_s: Floats
    latitude: Floats
    longitude: Floats
    north: list[float]
    east: list[float]

    def apart(self, one: int, other: int) -> float:
        """Metres between two of its fixes."""
        return hypot(self.north[other] - self.north[one], self.east[other] - self.east[one])

    def moment(self, index: int) -> datetime:
        """When the fix was taken."""
        return datetime.fromtimestamp(float(self.at_s[index]), UTC)

    def seconds(self, stay: _Stay) -> float:
        """From a stay's first fix to its last."""
        return float(self.at_s[stay.end - 1] - self.at_s[stay.start])


def whereabouts(
    sensors: Sequence[Fixes], known: Sequence[FaultValue] = FAULT_VALUES
) -> Whereabouts:
    """Where the asset was that these sensors watch. `known`: the values that mean a fault."""
    good, misread = _measured(sensors, known)
    if not good.at_s.size:
        return Whereabouts(misread=misread)
    clear = ~vague(good.accuracy_m)
    unclear = int((~clear).sum())
    last = _fix(good, -1)
    if not clear.any():
        return Whereabouts(last, misread=misread, vague=unclear)
    way = _by_minute(good.at_s[clear], good.latitude[clear], good.longitude[clear])
    stays = _joined(way, _stays(way))
    where = _placed(way, stays)
    corners = _corners(way, 0, way.at_s.size)
    return Whereabouts(
        last=last,
        here=way.moment(stays[-1].start) if stays and stays[-1].end == way.at_s.size else None,
        places=_places(way, stays, where),
        moves=_moves(way, stays, where),
        metres=_gone(way, stays),
        track=tuple((float(way.latitude[n]), float(way.longitude[n])) for n in corners),
        misread=misread,
        vague=unclear,
    )


def _measured(sensors: Sequence[Fixes], known: Sequence[FaultValue]) -> tuple[Fixes, int]:
    """(what is a measurement of all sensors together, how many readings are none)."""
    columns, misread = [np.empty((4, 0))], 0
    for one in sensors:
        measured = mark("position", one.at_s, one.latitude, one.longitude, known) == 0
        misread += int((~measured).sum())
        columns.append(
            np.stack((one.at_s, one.latitude, one.longitude, one.accuracy_m))[:, measured]
        )
    rows = np.concatenate(columns, axis=1)
    return Fixes(*rows[:, np.argsort(rows[0], kind="stable")]), misread


def _fix(fixes: Fixes, index: int) -> Fix:
    accuracy = float(fixes.accuracy_m[index])
    return Fix(
        datetime.fromtimestamp(float(fixes.at_s[index]), UTC),
        float(fixes.latitude[index]),
        float(fixes.longitude[index]),
        None if np.isnan(accuracy) else accuracy,
    )


def _by_minute(at_s: Floats, latitude: Floats, longitude: Floats) -> _Way:
    """The mean of each minute that has fixes, without single ones that leap off and back."""
    _minutes, slot = np.unique(np.floor(at_s / MINUTE_S), return_inverse=True)
    count = np.bincount(slot)
    at, lat, lon = (
        np.bincount(slot, weights=column) / count for column in (at_s, latitude, longitude)
    )
    north, east = metres(lat, lon)
    soon = np.zeros(at.size, dtype=bool)
    soon[1:-1] = at[2:] - at[:-2] <= SOON_S
    north, east = (np.where(soon, despiked(axis), axis) for axis in (north, east))
    return _Way(at, lat, lon, north.tolist(), east.tolist())


def _stays(way: _Way) -> list[_Stay]:
    """Runs of fixes that are all within a move of their middle, for long enough."""
    from analytics.stays import find_stays  # noqa: PLC0415 — see analytics/compiled.py

    at = np.floor(way.at_s / MINUTE_S).astype(np.int64)
    track = Track(at, np.array(way.north), np.array(way.east), np.zeros(at.size), scatter=0.0)
    return [
        _stay(way, start, end)
        for start, end in find_stays(track, MOVED_M, LEAST_STAY_S / MINUTE_S).tolist()
    ]


def _stay(way: _Way, start: int, end: int) -> _Stay:
    north, east = (float(np.median(axis[start:end])) for axis in (way.north, way.east))
    return _Stay(start, end, north, east)


def _joined(way: _Way, stays: Sequence[_Stay]) -> list[_Stay]:
    """Two in a row at one place are one, unless the asset went far between them."""
    found: list[_Stay] = []
    for stay in stays:
        before = found[-1] if found else None
        if before and _near(before, stay) and not _went(way, before, stay):
            found[-1] = _stay(way, before.start, stay.end)
        else:
            found.append(stay)
    return found


def _near(one: _Stay, other: _Stay) -> bool:
    return hypot(one.north - other.north, one.east - other.east) <= SAME_PLACE_M


def _went(way: _Way, before: _Stay, after: _Stay) -> bool:
    between = range(before.end, after.start)
    return any(way.apart(before.end - 1, n) > LEAST_REACH_M for n in between)


def _placed(way: _Way, stays: Sequence[_Stay]) -> list[int]:
    """Of each stay its place, numbered from 0 by the time spent there; a place's middle is that of
    its longest stay.
    """
    spent = [way.seconds(stay) for stay in stays]
    longest: list[_Stay] = []
    place, total = [0] * len(stays), [0.0] * len(stays)
    for index in sorted(range(len(stays)), key=lambda n: -spent[n]):
        near = next((n for n, one in enumerate(longest) if _near(one, stays[index])), len(longest))
        if near == len(longest):
            longest.append(stays[index])
        place[index] = near
        total[near] += spent[index]
    order = sorted(range(len(longest)), key=lambda n: -total[n])
    return [order.index(one) for one in place]


def _places(way: _Way, stays: Sequence[_Stay], where: Sequence[int]) -> tuple[Place, ...]:
    count = max(where, default=-1) + 1
    return tuple(
        _place(way, [stay for stay, place in zip(stays, where, strict=True) if place == number])
        for number in range(count)
    )


def _place(way: _Way, here: Sequence[_Stay]) -> Place:
    at = np.concatenate([np.arange(stay.start, stay.end) for stay in here])
    return Place(
        float(np.median(way.latitude[at])),
        float(np.median(way.longitude[at])),
        len(here),
        timedelta(seconds=sum(way.seconds(stay) for stay in here)),
        way.moment(here[0].start),
        way.moment(here[-1].end - 1),
    )


def _moves(way: _Way, stays: Sequence[_Stay], where: Sequence[int]) -> tuple[Move, ...]:
    ways = zip(pairwise(stays), pairwise(where), strict=True)
    return tuple(
        Move(
            way.moment(left.end - 1),
            way.moment(came.start),
            origin,
            goal,
            _length(way, left.end - 1, came.start + 1),
        )
        for (left, came), (origin, goal) in ways
    )[::-1]


def _gone(way: _Way, stays: Sequence[_Stay]) -> float:
    """Metres altogether, at the least: a bend between two fixes is not seen."""
    starts = [0, *(stay.end - 1 for stay in stays)]
    ends = [*(stay.start + 1 for stay in stays), way.at_s.size]
    return sum(_length(way, start, end) for start, end in zip(starts, ends, strict=True))


def _length(way: _Way, start: int, end: int) -> float:
    return sum(way.apart(one, other) for one, other in pairwise(_corners(way, start, end)))


def _corners(way: _Way, start: int, end: int) -> list[int]:
    """Of the fixes [start, end) the first, and each that is a move away from the one before: what
    a thing that stands seems to wander adds up to nothing.
    """
    found = [start]
    for index in range(start + 1, end):
        if way.apart(found[-1], index) > MOVED_M:
            found.append(index)
    return found
