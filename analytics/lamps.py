"""Whose lamp a step of light was, how bright a sensor's own lamp is, and when it was on.

A gateway's sensors stand in one room, so they tell on each other: what the room's lamps, the sky or
a neighbour's lamp do is seen by several, each time in the same proportions; an asset's own lamp is
seen by its own sensors above all. So each step is put down to the lamp, or to what else the room
saw, before the course of the lamp is drawn.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.grid import Bools, Floats, bridge, runs
from analytics.kind import BRIDGE
from analytics.light_faults import Fault, View, faults, half_of_all, typical_stretch
from analytics.recurrences import attribute, lamp_path, level_changes, peaks, widest

Ints = NDArray[np.int64]

LEAST_STEP_LX: Final = 12.0  # smaller ones are nobody's switching
STEP_NOISE: Final = 5.0  # scatters of a sensor's changes
STEP_SHARE: Final = 0.05  # of the level: light scatters in proportion
LEAST_SEEN_LX: Final = 4.0  # a smaller change at another sensor is its noise
OWN_RATIO: Final = 2.6  # a lamp is so much brighter at its own sensor than at any other's
LEAST_RATIO: Final = 1.5  # below, a step is not one asset's
SEEN_SHARE: Final = 0.1  # of a step that another sensor must have seen to have seen it
MANY: Final = 3  # other assets that saw it: the room's, unless it is far brighter here
FAR_BRIGHTER: Final = 4.0
REFERENCE_SHARE: Final = 0.35  # of a step that a sensor of the room itself sees only of the room's
DOUBTFUL: Final = 0.3
NEAR: Final = 2  # minutes by which two sensors may see the same step apart
ALIKE: Final = 0.10  # of log |step|: steps of one lamp
SPILL_FROM: Final = 3  # steps of which the share that others see is learnt
LIKE_HEIGHT: Final = 0.18  # of log |step|
LEAST_OTHERS: Final = 2  # other assets that make a room
FINE: Final = 15  # minutes between readings that miss no use
LEAST_SWITCHINGS: Final = 6  # of one height that prove a sensor


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
CEILING_FROM: Final = 210.0  # minutes that it burns, typically: from morning to noon, and so on
DIMMER_THAN_TESTED: Final = 0.85  # it ages, and grows dirty
BRIGHTER_THAN_TESTED: Final = 1.15
WARMER_THAN_TESTED: Final = 1.6


@dataclass(frozen=True, slots=True)
class Course:
    """When a sensor's lamp was on, (minutes,) each: for certain, and when another light that may
    be the asset's was. `lamp`: None where none could be told.
    """

    on: Bools
    perhaps: Bools
    unlikely: Bools  # where a light burned that is likelier the room's
    lamp: Lamp | None
    able: bool  # whether it would have shown
    fault: Fault | None = None

    @property
    def switches(self) -> bool:
        """Whether the lamp was seen to be switched so often that it is one, and reacts."""
        return self.lamp is not None and self.lamp.count >= LEAST_SWITCHINGS and bool(self.on.any())


@dataclass(frozen=True, slots=True)
class _Steps:
    """A sensor's steps: minutes (steps,), lux (steps,), and how far each is its own, 0 to 1."""

    at: Ints
    change: Floats
    own: Floats


@dataclass(frozen=True, slots=True)
class Place:
    """Where a light sensor hangs: at the asset `card`, or `reference`, for the room itself.

    `proven`: it is known to react to its asset's lamp; `tested`: by how many lux it rose when that
    was put on in a test, or in the use that proved it.
    """

    card: int
    interval: int = 1  # minutes between two readings
    reference: bool = False
    proven: bool = False
    tested: float | None = None


def courses(light: Floats, places: Sequence[Place]) -> list[Course]:
    """The course of each sensor's own lamp: `light` (sensors, minutes) of one room in lux."""
    room = _Room(light, places)
    first = [room.steps(n) for n in range(light.shape[0])]
    lamps = [_own_lamp(one, place.tested) for one, place in zip(first, places, strict=True)]
    events = room.events(first)
    second = [room.attributed(n, one, lamps[n], events) for n, one in enumerate(first)]
    found = [
        room.course(n, both, lamp)
        for n, (*both, lamp) in enumerate(zip(first, second, lamps, strict=True))
    ]
    view = View(
        room.light,
        room.wide,
        room.peaks,
        room.cards,
        room.reference,
        np.stack([one.on if one.switches else np.zeros_like(one.on) for one in found]),
        np.array([place.interval for place in places]),
        np.array([place.proven for place in places]),
    )
    return [replace(one, fault=fault) for one, fault in zip(found, faults(view), strict=True)]


class _Room:
    """A room's light: its changes and how they scatter, once for all of its sensors."""

    def __init__(self, light: Floats, places: Sequence[Place]) -> None:
        self.light, self.places = light, places
        self.cards = np.array([place.card for place in places])
        self.reference = np.array([place.reference for place in places], dtype=bool)
        intervals = [place.interval for place in places]
        self.near = [max(NEAR, interval) for interval in intervals]
        self.changes = np.stack(
            [
                level_changes(row, 3 if interval <= NEAR else 1, 6.0 * interval)
                for row, interval in zip(light, intervals, strict=True)
            ]
        )
        self.wide = np.stack(
            [
                widest(row, near, LEAST_SEEN_LX)
                for row, near in zip(self.changes, self.near, strict=True)
            ]
        )
        self.noise = np.array([_scatter(row) for row in self.changes])
        self.peaks = [self._peaks(sensor) for sensor in range(len(places))]

    def steps(self, sensor: int) -> _Steps:
        """The sensor's steps, and how far they are its own by who else saw them."""
        change = self.changes[sensor]
        at = self.peaks[sensor]
        if self.reference[sensor] or at.size == 0:
            return _Steps(at[:0], change[at[:0]], np.empty(0))
        step = change[at]
        same = np.where(np.sign(self.wide[:, at]) == np.sign(step), np.abs(self.wide[:, at]), 0.0)
        mine = self.cards == self.cards[sensor]
        own = same[mine].max(axis=0)
        theirs = same[~mine & ~self.reference]
        most = theirs.max(axis=0, initial=0.0)
        ratio = own / np.maximum(most, 1e-9)
        seen_by = self._seen_by(sensor, np.abs(step), same)
        trust = np.where(ratio > LEAST_RATIO, DOUBTFUL, 0.0)
        trust[(seen_by <= 1) & (ratio > 1.0)] = DOUBTFUL
        trust[ratio > OWN_RATIO] = 1.0
        of_room = same[self.reference].max(axis=0, initial=0.0)
        if self.reference.any():
            trust[of_room > REFERENCE_SHARE * own] = 0.0
        else:
            many = (seen_by >= MANY) & (ratio < FAR_BRIGHTER)
            trust[many] = np.minimum(trust[many], DOUBTFUL)
        return _Steps(at, step, trust)

    def _peaks(self, sensor: int) -> Ints:
        """The minutes of the sensor's steps."""
        least = max(LEAST_STEP_LX, STEP_NOISE * float(self.noise[sensor]))
        return peaks(self.changes[sensor], self.light[sensor], least, STEP_SHARE, NEAR)

    def _seen_by(self, sensor: int, size: Floats, same: Floats) -> Ints:
        """How many other assets' sensors saw each step, (steps,)."""
        least = np.maximum(8.0, 4.0 * self.noise)[:, np.newaxis]
        saw = same > np.maximum(SEEN_SHARE * size, least)
        others = set(self.cards[~self.reference].tolist()) - {int(self.cards[sensor])}
        count = np.zeros(size.size, dtype=np.int64)
        for card in others:
            count += saw[(self.cards == card) & ~self.reference].any(axis=0)
        return count

    def events(self, steps: Sequence[_Steps]) -> Ints:
        """Minutes in which any sensor saw a step, those of the same step once."""
        at = np.unique(np.concatenate([one.at for one in steps]))
        return np.asarray(at[np.diff(at, prepend=-NEAR - 1) > NEAR])

    def attributed(self, sensor: int, first: _Steps, lamp: Lamp | None, events: Ints) -> _Steps:
        """The steps, judged again by what the room's other events say of each."""
        others = np.flatnonzero(self.cards != self.cards[sensor])
        if lamp is None or first.at.size == 0 or others.size == 0:
            return first
        beside, around = (self._seen(others, at) for at in (first.at, events))
        like = (first.own >= 1.0) & _like(first.change, lamp.height, LIKE_HEIGHT)
        spill = np.zeros(others.size)
        if like.sum() < SPILL_FROM:  # a lamp that others see well
            like = (first.own > 0) & _like(first.change, lamp.height, LIKE_HEIGHT)
        if like.sum() >= SPILL_FROM:
            shares = beside[like] / first.change[like][:, np.newaxis]
            spill = np.clip(np.median(shares, axis=0), 0.0, 0.6)
        seen = self.wide[sensor, events]
        alone = around - (np.sign(seen) * lamp.height)[:, np.newaxis] * spill
        lamps = _like(seen, lamp.height, 0.25)
        lamps &= np.linalg.norm(alone, axis=1) < 0.15 * lamp.height + 8.0
        lamps |= _near(events, first.at[like], NEAR + 1)
        open_to_doubt = ~(
            (first.own >= 1.0) & (np.linalg.norm(beside, axis=1) < 0.35 * np.abs(first.change))
        )
        own = first.own.copy()
        own[open_to_doubt] = attribute(
            first.change[open_to_doubt], beside[open_to_doubt], first.own[open_to_doubt],
            around[~lamps], seen[~lamps], events[~lamps], first.at[open_to_doubt],
            lamp.height, spill, 5,
        )  # fmt: skip
        return _Steps(first.at, first.change, own)

    def _seen(self, others: Ints, at: Ints) -> Floats:
        seen: Floats = self.wide[np.ix_(others, at)].T.copy()
        seen[np.abs(seen) < 8.0] = 0.0
        return np.ascontiguousarray(seen)

    def course(self, sensor: int, judged: Sequence[_Steps], before: Lamp | None) -> Course:
        """When the sensor's lamp was on; `judged`: its steps, as at first and as judged again."""
        at_first, steps = judged
        place, light = self.places[sensor], self.light[sensor]
        lamp = _own_lamp(steps, place.tested) or before
        known = lamp is not None and lamp.count >= LEAST_SWITCHINGS
        lit = self._lit(sensor, steps, lamp) if lamp else np.zeros(light.size, dtype=bool)
        perhaps, unlikely = np.zeros((2, light.size), dtype=bool)
        mine = steps if place.tested is None else at_first
        others = [(other, mine) for other in self._others(mine, lamp, place.tested)]
        shared = [] if known or place.tested else _shared_lamps(at_first)
        for other, its in (*others, *((other, _doubted(at_first, other)) for other in shared)):
            seen = self._lit(sensor, its, other)
            if _burns(its, other, seen, place.interval) < CEILING_FROM:
                perhaps |= seen
            else:
                unlikely |= seen
        of_a_room = lamp is not None and place.tested is None and self._is_a_room(sensor)
        if lamp and of_a_room and _burns(steps, lamp, lit, place.interval) >= CEILING_FROM:
            # One of the ceiling's that only this sensor sees looks like a lamp that somebody puts
            # on in the morning and out in the evening.
            lamp, lit, unlikely = None, np.zeros_like(lit), unlikely | lit
        able = known and lamp is not None
        if place.interval <= FINE:
            own = int((steps.own >= 1.0).sum())
            told = place.proven and not shared
            able = lamp is not None or own < LEAST_SWITCHINGS or told
        return Course(lit, perhaps & ~lit, unlikely & ~lit & ~perhaps, lamp, able)

    def _others(self, steps: _Steps, lamp: Lamp | None, tested: float | None) -> list[Lamp]:
        """What is switched here beside its lamp, and may be it: all where no test told which it is;
        where one did, and no such lamp was seen, for it may have been replaced.
        """
        repeated = [other for other in heights(steps) if _repeats(other)]
        if tested is not None:
            seen = lamp is not None and lamp.count >= LEAST_SWITCHINGS
            return [] if seen else [one for one in repeated if one.count >= LEAST_SWITCHINGS]
        return [one for one in repeated if not (lamp and _like_one(one.height, lamp.height))]

    def _lit(self, sensor: int, steps: _Steps, lamp: Lamp) -> Bools:
        """When a lamp of this height was on."""
        light, noise = self.light[sensor], max(1.0, 2.0 * float(self.noise[sensor]))
        marks = self._marks(sensor, steps, lamp.height)
        lit = _carried(lamp_path(light, marks, lamp.height, noise), self._bridge(sensor))
        return self._switched(sensor, marks, lit)

    def _bridge(self, sensor: int) -> int:
        return max(BRIDGE, self.places[sensor].interval)

    def _is_a_room(self, sensor: int) -> bool:
        """Whether its gateway watches several assets, so that not every lamp is this one's."""
        others = self.cards[~self.reference & (self.cards != self.cards[sensor])]
        return np.unique(others).size >= LEAST_OTHERS

    def _marks(self, sensor: int, steps: _Steps, height: float) -> Floats:
        """By minute how far a step there may be the switching of a lamp of `height` lux; see
        `lamp_path`.
        """
        marks = np.zeros(self.light.shape[1])
        share = np.abs(steps.change) / height
        own = np.where(share > BRIGHTEST, np.minimum(steps.own, DOUBTFUL), steps.own)
        own = np.where(steps.own > 0, np.where(share > DIMMEST, own, 0.0), -1.0)
        for shift in range(-self.near[sensor], self.near[sensor] + 1):
            at = np.clip(steps.at + shift, 0, marks.size - 1)
            marks[at] = np.where(marks[at] == 0, own, np.maximum(marks[at], own))
        return marks

    def _switched(self, sensor: int, marks: Floats, lit: Bools) -> Bools:
        """Of (minutes,) `lit` the stretches that a step of its own began or ended, or a gap hides
        whether one did: the sky grows as bright as a lamp, and without a step.
        """
        found, reach = lit.copy(), self.near[sensor] + 1
        silent = np.isnan(bridge(self.light[sensor], self._bridge(sensor)))
        for start, end in runs(lit):
            edges = [slice(max(0, edge - reach), edge + reach + 1) for edge in (start, end)]
            if any((marks[edge] > 0).any() for edge in edges):
                continue
            if any(silent[edge].any() for edge in edges):
                continue
            found[start:end] = False
        return found


def _carried(states: NDArray[np.int8], longest: int) -> Bools:
    """(minutes,): on at each reading, and until the next one where that is near."""
    index = np.where(states >= 0, np.arange(states.size), -1)
    last = np.maximum.accumulate(index)
    near = (last >= 0) & (np.arange(states.size) - last <= longest)
    return np.asarray(near & (states[np.maximum(last, 0)] == 1))


def _scatter(changes: Floats) -> float:
    heard = np.abs(changes[~np.isnan(changes)])
    return float(1.4826 * np.median(heard)) if heard.size else 1.0


def _like(change: Floats, height: float, within: float) -> Bools:
    return np.asarray(np.abs(np.log(np.maximum(np.abs(change), 1e-9) / height)) < within)


def _like_one(one: float, other: float) -> bool:
    return 0.75 < one / other < 1.33


def _near(events: Ints, at: Ints, within: int) -> Bools:
    around = at[:, np.newaxis] + np.arange(-within, within + 1)[np.newaxis, :]
    return np.isin(events, around.ravel())


def heights(steps: _Steps, least: float = 1.0, most: int = 8) -> list[Lamp]:
    """The heights that come again among the steps that are the sensor's own to `least` (0 to 1),
    the most frequent first.
    """
    own = steps.own >= least
    at, change = steps.at[own], steps.change[own]
    logs, left = np.log(np.abs(change)), np.ones(change.size, dtype=bool)
    found: list[Lamp] = []
    while left.any() and len(found) < most:
        apart = np.abs(logs[:, np.newaxis] - logs[np.newaxis, :])
        density = (np.clip(1.0 - apart / (2 * ALIKE), 0.0, None) * left).sum(axis=1) * left
        peak = logs[int(np.argmax(density))]
        middle = float(np.median(logs[left & (np.abs(logs - peak) < ALIKE)]))
        near = left & (np.abs(logs - middle) < ALIKE)
        around = left & (np.abs(logs - middle) < 3 * ALIKE) & ~near
        if not near.any():
            break
        ups, downs = int((near & (change > 0)).sum()), int((near & (change < 0)).sum())
        contrast = float((ups + downs) / (1.0 + around.sum() / 2))
        lamp = Lamp(float(np.exp(middle)), ups, downs, contrast)
        found.append(_completed(lamp, at, change, near))
        left &= np.abs(logs - middle) >= 1.6 * ALIKE
    return found


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


def _burns(steps: _Steps, lamp: Lamp, lit: Bools, interval: int) -> float:
    """Minutes for which a lamp burns, typically. Slow readings hide short pauses from its course or
    from its steps, so that whichever says less is believed.
    """
    by_course = typical_length(lit)
    if interval <= NEAR:
        return by_course
    share = np.abs(steps.change) / lamp.height
    own = (steps.own > 0) & (share > DIMMEST) & (share < BRIGHTEST)
    by_steps = typical_stretch(steps.at[own], steps.change[own])
    return min(by_steps, by_course) if by_steps else by_course


def typical_length(on: Bools) -> float:
    """Minutes that the stretches of (minutes,) last: the median of the time in them; 0 of none."""
    return half_of_all(np.diff(runs(on), axis=1)[:, 0])


def _repeats(lamp: Lamp) -> bool:
    """Whether it is switched on and off, rather than a spread of heights that the sky makes."""
    fewer, more = sorted((lamp.ups, lamp.downs))
    return (
        lamp.height >= LEAST_LAMP_LX
        and fewer >= 1
        and fewer * UNBALANCED >= more
        and lamp.contrast >= LEAST_CONTRAST
    )


def _own_lamp(steps: _Steps, tested: float | None) -> Lamp | None:
    """The likeliest height to be the asset's own lamp's. What a test showed decides, and then steps
    that others see, too, may be its.
    """
    if tested is not None:
        for least in (1.0, DOUBTFUL):
            like = [
                lamp
                for lamp in heights(steps, least)
                if _repeats(lamp) and _as_tested(lamp, tested) and lamp.count >= LEAST_SWITCHINGS
            ]
            if like:
                return max(like, key=lambda lamp: lamp.count)
        return Lamp(tested, 0, 0, 0.0)

    def belief(lamp: Lamp) -> float:
        return _weight(lamp.height) * lamp.count * min(1.0, lamp.contrast / SURE_CONTRAST)

    best = max(filter(_repeats, heights(steps)), key=belief, default=None)
    return best if best and _weight(best.height) > BELIEVED else None


def _doubted(steps: _Steps, lamp: Lamp) -> _Steps:
    """The steps, each of the lamp's height perhaps its own, whoever else saw it."""
    like = _like(steps.change, lamp.height, LIKE_HEIGHT)
    return replace(steps, own=np.where(like, np.maximum(steps.own, DOUBTFUL), steps.own))


def _shared_lamps(steps: _Steps) -> list[Lamp]:
    """What is switched again and again, brightest here and seen elsewhere, too: the asset's own
    lamp, which its neighbours see, or one of the ceiling's.
    """
    return [
        lamp
        for lamp in heights(steps, DOUBTFUL)
        if _repeats(lamp) and _weight(lamp.height) == 1.0 and lamp.count >= LEAST_SWITCHINGS
    ]


def _as_tested(lamp: Lamp, tested: float) -> bool:
    """Whether a lamp may be the one of the test; one that warms up was perhaps cold then."""
    most = WARMER_THAN_TESTED if lamp.uneven else BRIGHTER_THAN_TESTED
    return DIMMER_THAN_TESTED < lamp.height / tested < most


def _weight(height: float) -> float:
    return next(weight for least, weight in HEIGHTS if height >= least)
