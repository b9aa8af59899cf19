"""Whose lamp a step of light was, how bright a sensor's own lamp is, and when it was on.

A gateway's sensors stand in one room, so they tell on each other: what the room's lamps, the sky or
a neighbour's lamp do is seen by several, each time in the same proportions; an asset's own lamp is
seen by its own sensors above all. So each step is put down to the lamp, or to what else the room
saw, before the course of the lamp is drawn.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.grid import Bools, Floats
from analytics.kind import BRIDGE
from analytics.recurrences import attribute, lamp_path, level_changes, widest

Ints = NDArray[np.int64]

LEAST_STEP_LX: Final = 12.0  # smaller ones are nobody's switching
STEP_NOISE: Final = 5.0  # scatters of a sensor's changes
STEP_SHARE: Final = 0.05  # of the level: light scatters in proportion
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


@dataclass(frozen=True, slots=True)
class Lamp:
    """A height of steps that come again: `height` in lux, how many of it up and down, and by how
    much they outnumber what a spread of heights would have brought.
    """

    height: float
    ups: int
    downs: int
    contrast: float

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
BELIEVED: Final = 0.1


@dataclass(frozen=True, slots=True)
class Course:
    """When a sensor's lamp was on, (minutes,) each: for certain, and when another light that may
    be the asset's was. `lamp`: None where none could be told.
    """

    on: Bools
    perhaps: Bools
    lamp: Lamp | None
    steps: int  # steps that nobody else saw


@dataclass(frozen=True, slots=True)
class _Steps:
    """A sensor's steps: minutes (steps,), lux (steps,), and how far each is its own, 0 to 1."""

    at: Ints
    change: Floats
    own: Floats


def courses(
    light: Floats, cards: Sequence[int], reference: Sequence[bool], interval: int = 1
) -> list[Course]:
    """The course of each sensor's own lamp: `light` (sensors, minutes) of one room in lux.

    `cards`: which sensors watch the same asset. `reference`: which watch the room and no asset.
    `interval`: minutes between two readings.
    """
    room = _Room(light, np.asarray(cards), np.asarray(reference, dtype=bool), interval)
    first = [room.steps(n) for n in range(light.shape[0])]
    lamps = [_own_lamp(heights(one)) for one in first]
    events = room.events(first)
    second = [room.attributed(n, one, lamps[n], events) for n, one in enumerate(first)]
    return [room.course(n, one, lamps[n]) for n, one in enumerate(second)]


class _Room:
    """A room's light: its changes and how they scatter, once for all of its sensors."""

    def __init__(self, light: Floats, cards: Ints, reference: Bools, interval: int) -> None:
        self.light, self.cards, self.reference = light, cards, reference
        side = 3 if interval <= NEAR else 1
        self.near = max(NEAR, interval)
        self.bridge = max(BRIDGE, interval)
        self.changes = np.stack([level_changes(row, side, 6.0 * interval) for row in light])
        self.wide = np.stack([widest(row, self.near) for row in self.changes])
        self.noise = np.array([_scatter(row) for row in self.changes])

    def steps(self, sensor: int) -> _Steps:
        """The sensor's steps, and how far they are its own by who else saw them."""
        change = self.changes[sensor]
        at = self._peaks(sensor)
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
        size = np.nan_to_num(np.abs(self.changes[sensor]))
        padded = np.pad(size, NEAR)
        count = size.size
        before = np.maximum(padded[:count], padded[1 : count + 1])
        after = np.maximum(padded[3 : count + 3], padded[4 : count + 4])
        least = np.maximum(
            max(LEAST_STEP_LX, STEP_NOISE * float(self.noise[sensor])),
            STEP_SHARE * np.nan_to_num(self.light[sensor]),
        )
        return np.flatnonzero((size >= after) & (size > before) & (size > least))

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

    def course(self, sensor: int, steps: _Steps, before: Lamp | None) -> Course:
        """When the sensor's lamp was on."""
        light, known = self.light[sensor], heights(steps)
        lamp = _own_lamp(known) or before
        marks = np.zeros(light.size)
        for shift in range(-self.near, self.near + 1):
            at = np.clip(steps.at + shift, 0, light.size - 1)
            marks[at] = np.where(marks[at] == 0, np.where(steps.own > 0, steps.own, -1.0),
                                 np.maximum(marks[at], steps.own))  # fmt: skip
        noise = max(1.0, 2.0 * float(self.noise[sensor]))

        def on(height: float) -> Bools:
            return _carried(lamp_path(light, marks, height, noise), self.bridge)

        perhaps = np.zeros(light.size, dtype=bool)
        for other in known:
            if _repeats(other) and not (lamp and _like_one(other.height, lamp.height)):
                perhaps |= on(other.height)
        lit = on(lamp.height) if lamp else np.zeros(light.size, dtype=bool)
        return Course(lit, perhaps & ~lit, lamp, int((steps.own >= 1.0).sum()))


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


def heights(steps: _Steps, most: int = 8) -> list[Lamp]:
    """The heights that come again among a sensor's own steps, the most frequent first."""
    change = steps.change[steps.own >= 1.0]
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
        contrast = (ups + downs) / (1.0 + around.sum() / 2)
        found.append(Lamp(float(np.exp(middle)), ups, downs, float(contrast)))
        left &= np.abs(logs - middle) >= 1.6 * ALIKE
    return found


def _repeats(lamp: Lamp) -> bool:
    """Whether it is switched on and off, rather than a spread of heights that the sky makes."""
    fewer, more = sorted((lamp.ups, lamp.downs))
    return (
        lamp.height >= LEAST_LAMP_LX
        and fewer >= 1
        and fewer * UNBALANCED >= more
        and lamp.contrast >= LEAST_CONTRAST
    )


def _own_lamp(known: Sequence[Lamp]) -> Lamp | None:
    def belief(lamp: Lamp) -> float:
        return _weight(lamp.height) * lamp.count * min(1.0, lamp.contrast / SURE_CONTRAST)

    best = max(filter(_repeats, known), key=belief, default=None)
    return best if best and _weight(best.height) > BELIEVED else None


def _weight(height: float) -> float:
    return next(weight for least, weight in HEIGHTS if height >= least)
