"""The lamps that a light sensor's steps tell of: how bright each is, and for how long it burns."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from analytics.compiled import compiled
from analytics.grid import Bools, Floats, runs
from analytics.recurrences import Ints

DOUBTFUL: Final = 0.3  # how far a step is a sensor's own that may as well be another's
ALIKE: Final = 0.10  # of log |step|: steps of one lamp
SAME: Final = 1e-9  # densities that differ by less do so by rounding
LIKE_HEIGHT: Final = 0.18  # of log |step|
LEAST_SWITCHINGS: Final = 6  # of one height that prove a sensor
BEAM: Final = 15.0  # minutes in which the sun, by a quarter of a degree each, wanders past a sensor
FINEST: Final = 2  # minutes between readings that show every pause
DAY: Final = 1440  # minutes

# How likely a lamp of so many lux is the asset's own (from, weight): one that is dimmer at its
# sensor stands elsewhere, one that is brighter is the sun. A desk lamp gives 60 to 300 lux at a
# sensor that was put up by the book.
HEIGHTS: Final = ((450.0, 0.08), (330.0, 0.3), (60.0, 1.0), (0.0, 0.0))
SURE_CONTRAST: Final = 4.0
LEAST_CONTRAST: Final = 1.8
LEAST_LAMP_LX: Final = 25.0
UNBALANCED: Final = 3  # times as many ups as downs, or the other way round
DIMMEST: Final = 0.45  # of its height, when it is switched cold or dimmed
FULLEST: Final = 1.15
BRIGHTEST: Final = 1.5  # of its height; beyond, something else came in the same minute
IN_TURN: Final = 0.6  # of its steps that are answered by one the other way
BELIEVED: Final = 0.1
DIMMER_THAN_TESTED: Final = 0.85  # it ages, and grows dirty
BRIGHTER_THAN_TESTED: Final = 1.15
WARMER_THAN_TESTED: Final = 1.6


@dataclass(frozen=True, slots=True)
class Lamp:
    """A height of steps that come again: `height` in lux, how many of it up and down, and by how
    much they outnumber what a spread of heights would have brought.
    """

    height: float
    ups: int
    downs: int
    contrast: float
    uneven: bool = False  # it goes on at another height than off

    @property
    def count(self) -> int:
        """Steps of this height."""
        return self.ups + self.downs


@dataclass(frozen=True, slots=True)
class Steps:
    """A sensor's steps: minutes (steps,), lux (steps,), and how far each is its own, 0 to 1; at
    least `least`, whatever else the room's sensors say.
    """

    at: Ints
    change: Floats
    own: Floats
    least: Floats


def like(change: Floats, height: float, within: float) -> Bools:
    """Which steps (steps,) are of that height, by so much of its logarithm."""
    return np.asarray(np.abs(np.log(np.maximum(np.abs(change), 1e-9) / height)) < within)


def like_one(one: float, other: float) -> bool:
    """Whether two heights may be one lamp's."""
    return 0.75 < one / other < 1.33


def heights(steps: Steps, least: float = 1.0, most: int = 8) -> list[Lamp]:
    """The heights that come again among the steps that are the sensor's own to `least` (0 to 1),
    the most frequent first.
    """
    own = steps.own >= least
    at, change = steps.at[own], steps.change[own]
    logs = np.log(np.abs(change))
    middles, near, around = _groups(logs, np.argsort(logs, kind="stable"), most)
    found = []
    for group, middle in enumerate(middles.tolist()):
        ups = int(np.count_nonzero(near[group] & (change > 0)))
        downs = int(np.count_nonzero(near[group])) - ups
        contrast = float((ups + downs) / (1.0 + around[group] / 2))
        lamp = Lamp(float(np.exp(middle)), ups, downs, contrast)
        found.append(_completed(lamp, at, change, near[group]))
    return found


@compiled
def _groups(logs: Floats, order: Ints, most: int) -> tuple[Floats, Bools, Ints]:
    """Of steps by the logarithm of their height (steps,) and their `order` by it (steps,) at most
    so many groups, the densest first: the middle of each (groups,), which are near it
    (groups, steps), and how many of the rest are around (groups,).
    """
    count = order.size
    left = np.ones(count, dtype=np.bool_)
    middles, around = np.empty(most), np.zeros(most, dtype=np.int64)
    near, beside = np.zeros((most, count), dtype=np.bool_), np.empty(count)
    for group in range(most):
        peak = _densest(logs, order, left)
        if peak < 0:
            return middles[:group], near[:group], around[:group]
        alike = 0
        for one in range(count):
            if left[one] and abs(logs[one] - logs[peak]) < ALIKE:
                beside[alike] = logs[one]
                alike += 1
        middles[group] = middle = np.median(beside[:alike])
        for one in range(count):
            apart = abs(logs[one] - middle)
            near[group, one] = left[one] and apart < ALIKE
            around[group] += left[one] and ALIKE <= apart < 3 * ALIKE
            left[one] &= apart >= 1.6 * ALIKE
        if not near[group].any():
            return middles[:group], near[:group], around[:group]
    return middles, near, around


@compiled
def _densest(logs: Floats, order: Ints, left: Bools) -> int:
    """Around which of the steps that are `left` (steps,) most of them lie, each counting for less
    the farther off it is; -1: none is left. Of those around which as many lie, the first.
    """
    densities, most = np.zeros(order.size), 0.0
    for place in range(order.size):
        one = order[place]
        if not left[one]:
            continue
        densities[one] = 1.0
        for way in (-1, 1):
            other = place + way
            while 0 <= other < order.size:
                apart = abs(logs[order[other]] - logs[one])
                if apart >= 2 * ALIKE:
                    break
                densities[one] += (1.0 - apart / (2 * ALIKE)) * left[order[other]]
                other += way
        most = max(most, densities[one])
    for one in range(order.size):
        if left[one] and densities[one] >= most - SAME:
            return one
    return -1


def _completed(lamp: Lamp, at: Ints, change: Floats, near: Bools) -> Lamp:
    """A lamp that is switched on at another height than off: it warms up, or is dimmed in between.

    `near` (steps,): which of the steps `at` (steps,), by `change` (steps,), are of its height.
    Where nearly all of them go one way, those that go the other way in turn with them, between
    DIMMEST and FULLEST of the height, are the lamp's, too.
    """
    fewer, more = sorted((lamp.ups, lamp.downs))
    if fewer * UNBALANCED >= more:
        return lamp
    way = 1.0 if lamp.ups > lamp.downs else -1.0
    share = np.abs(change) / lamp.height
    back = (np.sign(change) == -way) & (share > DIMMEST) & (share < FULLEST)
    mine = near & (np.sign(change) == way)
    sequence = np.flatnonzero(mine | back)
    ways = np.sign(change[sequence[np.argsort(at[sequence])]])
    turns = int(((ways[:-1] > 0) & (ways[1:] < 0)).sum())
    if turns < IN_TURN * more:
        return lamp
    return replace(lamp, ups=turns, downs=turns, uneven=True)


def burns(steps: Steps, lamp: Lamp, lit: Bools, interval: int) -> float:
    """Minutes for which a lamp burns, typically. Slow readings hide short pauses from its course or
    from its steps, so that whichever says less is believed.
    """
    by_course = typical_length(lit)
    if interval <= FINEST:
        return by_course
    share = np.abs(steps.change) / lamp.height
    own = (steps.own > 0) & (share > DIMMEST) & (share < BRIGHTEST)
    by_steps = typical_stretch(steps.at[own], steps.change[own])
    return min(by_steps, by_course) if by_steps else by_course


def typical_length(on: Bools) -> float:
    """Minutes that the stretches of (minutes,) last: the median of the time in them; 0 of none."""
    return half_of_all(np.diff(runs(on), axis=1)[:, 0])


def typical_stretch(at: Ints, change: Floats) -> float:
    """Minutes for which the light of these steps is on, the median of that time; 0 of none. What is
    on for more than half a day was put out and on again, unseen.
    """
    up = np.flatnonzero((change[:-1] > 0) & (change[1:] < 0))
    lengths = at[up + 1] - at[up]
    return half_of_all(lengths[lengths <= DAY // 2])


def half_of_all(lengths: Ints) -> float:
    """The length (n,) such that half of all the time is in longer ones, none of them counting for
    more than half a day; 0 of none.
    """
    if not lengths.size:
        return 0.0
    ordered = np.sort(np.minimum(lengths, DAY // 2))
    return float(ordered[np.searchsorted(np.cumsum(ordered), ordered.sum() / 2)])


def repeats(lamp: Lamp) -> bool:
    """Whether it is switched on and off, rather than a spread of heights that the sky makes."""
    fewer, more = sorted((lamp.ups, lamp.downs))
    return (
        lamp.height >= LEAST_LAMP_LX
        and fewer >= 1
        and fewer * UNBALANCED >= more
        and lamp.contrast >= LEAST_CONTRAST
    )


def own_lamp(steps: Steps, tested: float | None) -> Lamp | None:
    """The likeliest height to be the asset's own lamp's. What a test showed decides, and then steps
    that others see, too, may be its.
    """
    if tested is not None:
        for least in (1.0, DOUBTFUL):
            found = [
                lamp
                for lamp in heights(steps, least)
                if repeats(lamp)
                and as_tested(np.array(lamp.height), tested, uneven=lamp.uneven)
                and lamp.count >= LEAST_SWITCHINGS
            ]
            if found:
                return max(found, key=lambda lamp: lamp.count)
        return Lamp(tested, 0, 0, 0.0)

    def belief(lamp: Lamp) -> float:
        return _weight(lamp.height) * lamp.count * min(1.0, lamp.contrast / SURE_CONTRAST)

    best = max(filter(repeats, heights(steps)), key=belief, default=None)
    return best if best and _weight(best.height) > BELIEVED else None


def doubted(steps: Steps, lamp: Lamp) -> Steps:
    """The steps, each of the lamp's height perhaps its own, whoever else saw it."""
    alike = like(steps.change, lamp.height, LIKE_HEIGHT)
    return replace(steps, own=np.where(alike, np.maximum(steps.own, DOUBTFUL), steps.own))


def nearest(steps: Steps, lamp: Lamp, others: Sequence[Lamp]) -> Steps:
    """The steps, none of them the lamp's own that is nearer to the height of another that is often
    switched here.
    """
    rivals = [
        other.height
        for other in others
        if repeats(other)
        and other.count >= LEAST_SWITCHINGS
        and not like_one(other.height, lamp.height)
    ]
    if not rivals:
        return steps
    logs = np.log(np.abs(steps.change))
    apart = np.abs(logs - np.log(np.array(rivals))[:, np.newaxis]).min(axis=0)
    its = np.abs(logs - np.log(lamp.height)) <= apart
    return replace(steps, own=np.where(its, steps.own, 0.0))


def shared_lamps(steps: Steps) -> list[Lamp]:
    """What is switched again and again, brightest here and seen elsewhere, too: the asset's own
    lamp, which its neighbours see, or one of the ceiling's.
    """
    return [
        lamp
        for lamp in heights(steps, DOUBTFUL)
        if repeats(lamp) and _weight(lamp.height) == 1.0 and lamp.count >= LEAST_SWITCHINGS
    ]


def as_tested(heights: Floats, tested: float, *, uneven: bool = False) -> Bools:
    """Which of (n,) heights may be the lamp's of the test; one that warms up (`uneven`) was perhaps
    cold then.
    """
    share, most = heights / tested, WARMER_THAN_TESTED if uneven else BRIGHTER_THAN_TESTED
    return np.asarray((share > DIMMER_THAN_TESTED) & (share < most))


def _weight(height: float) -> float:
    return next(weight for least, weight in HEIGHTS if height >= least)
