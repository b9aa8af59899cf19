"""What a kind of sensor is: one row that says how its readings are judged (I7).

The rows stand in `analytics/kinds/`, one file each. What a kind says on the wire, its unit and its
range, is ingest's.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.grid import Bools, Floats, bridge, carry, mean_by_minute, sum_by_minute
from analytics.health import Alarm

BRIDGE: Final = 5  # minutes between two readings that still count as heard
CARRY: Final = 30  # minutes of misreadings over which what was before may be carried on


@dataclass(frozen=True, slots=True)
class Seen:
    """Use as one sensor saw it: (minutes,) each.

    `able`: whether silence of it means anything (its step is known, or nothing ever happened
    that could have been one). `perhaps`: where there may have been use that it can't tell from
    another's. `weak`: where what it saw, of either, is likelier another's, so that it takes little
    to speak against it. None: nowhere.
    """

    use: Bools
    heard: Bools
    able: bool
    detected: bool
    on: float | None = None  # what it says while its asset works, where that was learnt
    rose: float | None = None  # by how much it rises when that is switched on
    perhaps: Bools | None = None
    weak: Bools | None = None
    alarm: Alarm | None = None  # what the room's sensors of this kind say of each other


@dataclass(frozen=True, slots=True)
class Signal:
    """One sensor's grid, NaN where nothing was heard or what was heard can't be trusted.

    `values` (minutes,), of a position (3, minutes): latitude, longitude, and the metres that each
    fix may err by, NaN also where it wasn't said. `misread` (minutes,):
    where readings were left out that were no measurement. `vehicle`: what it watches is one.
    `proven`: it is known to react; `on`: what it said then while its asset worked; `rose`: by how
    much at once when that was switched on, where it was proven by a test.
    `card`: which asset it watches; `reference`: it watches the room and no asset.
    `astray`: what it says is of another hour, its clock being wrong.
    """

    values: Floats
    misread: Bools
    vehicle: bool = False
    proven: bool = False
    on: float | None = None
    rose: float | None = None
    card: int = 0
    reference: bool = False
    astray: bool = False

    @property
    def shown(self) -> Floats:
        """(minutes,) values with short gaps bridged and misread minutes carried over."""
        return bridge(carry(self.values, self.misread, CARRY), BRIDGE)

    @property
    def heard(self) -> Bools:
        """(minutes,): where it was heard; misread minutes are not."""
        return ~np.isnan(bridge(self.values, BRIDGE))


Minutes = NDArray[np.int64]
May = Callable[[Floats, Minutes, Floats], Floats]


class Test(Enum):
    """How a sensor is shown to react (I10)."""

    SWITCHING = "switching"  # its asset is switched on and off
    MOVING = "moving"  # it gets a fix, or is moved


def _infinite(_level: float) -> float:
    return float("inf")


def for_ever(values: Floats, _at: Minutes, _said: Floats) -> Floats:
    """Of a kind that may say the same for as long as it likes."""
    return np.full(values.size, np.inf)


def standing(after: float, rest: float = -np.inf, at_rest: float = np.inf) -> May:
    """`may_stand` for `after` minutes; a value of up to `rest` for `at_rest`."""
    return lambda values, _at, _said: np.where(values <= rest, at_rest, after)


def no_wild(_at_s: Floats, values: Floats, _longitudes: Floats | None) -> Bools:
    """Of a kind whose readings can't be wild."""
    return np.zeros(values.size, dtype=bool)


def averaged(at_s: Floats, columns: Sequence[Floats], start_s: float, minutes: int) -> Floats:
    """`Kind.to_grid` by the mean of each minute, (minutes,); see `grid.mean_by_minute`."""
    return mean_by_minute(at_s, columns[0], start_s, minutes)


def summed(at_s: Floats, columns: Sequence[Floats], start_s: float, minutes: int) -> Floats:
    """`Kind.to_grid` of what adds up, (minutes,)."""
    return sum_by_minute(at_s, columns[0], start_s, minutes)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of sensor, as its readings are judged."""

    name: str  # as ingest knows it
    basis: str  # what use is called in a session that this kind saw
    sure: float  # how sure such a session is (0 to 1)
    # Of all sensors of this kind on one gateway what each saw, in the order given.
    see: Callable[[Sequence[Signal]], list[Seen]]

    # Its readings as one value a minute, by Unix seconds (n,), columns (n,) each, where the grid
    # starts, and its minutes.
    to_grid: Callable[[Floats, Sequence[Floats], float, int], Floats] = averaged
    rest: float = -np.inf  # what is up to that is no use, whatever else was read
    decides: bool = False  # it measures the asset itself: where it is heard, others add nothing
    needs_support: bool = False  # what it sees may be another's: one that supports must see it
    supports: bool = False
    of_rooms: bool = False  # one that watches the room tells what there is not the assets' own

    # Hygiene. For how many minutes each of some values (n,) may stay the same to the last digit
    # before it is no measurement; in view of all values (m,), and the minutes (m,) they came.
    may_stand: May = for_ever
    drift_a_day: float = float("inf")  # of the nightly level
    drift_in_all: float = float("inf")
    sees_daylight: bool = False  # so it tells a clock that is off by hours
    with_its_room: bool = False  # weather moves all of them: it drifts by what the others don't
    # Of one sensor's readings, by Unix seconds (n,), values (n,), and a position's longitudes (n,):
    # which are wild, and alone in that.
    wild: Callable[[Floats, Floats, Floats | None], Bools] = no_wild

    # The commissioning test.
    test: Test = Test.SWITCHING
    test_minutes: int = 20
    scatter: Callable[[float], float] = _infinite  # what readings may differ by at a level, off
    overshoots: bool = False  # on switching on, for a reading or two
    falls: bool = False  # its values fall when its asset is switched on
    fallen: float = 0.5  # the share of the change by which it must have fallen to be off again

    @property
    def counted(self) -> bool:
        """Whether its readings add up: those of a minute are summed."""
        return self.to_grid is summed

    def may_be_use(self, values: Floats) -> Bools:
        """Which of its readings (n,) may have been read while its asset was used."""
        found: Bools = values > self.rest
        return found
