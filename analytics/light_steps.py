"""Whose lamp a step of light was.

A gateway's sensors stand in one room, so they tell on each other: what the room's lamps, the sky or
a neighbour's lamp do is seen by several, each time in the same proportions; an asset's own lamp is
seen by its own sensors above all. So each step is put down to the lamp, or to what else the room
saw.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from analytics.grid import Bools, Floats, bridge, middle
from analytics.kind import BRIDGE
from analytics.lamp_heights import (
    BEAM,
    BRIGHTEST,
    DIMMER_THAN_TESTED,
    DIMMEST,
    DOUBTFUL,
    LEAST_SWITCHINGS,
    LIKE_HEIGHT,
    WARMER_THAN_TESTED,
    Lamp,
    Steps,
    like,
)
from analytics.light_minutes import lengths, level_changes, peaks, seen_near, sizes, widest
from analytics.recurrences import Ints, attribute

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
NEAR: Final = 2  # minutes by which two sensors may see the same step apart
SPILL_FROM: Final = 3  # steps of which the share that others see is learnt
MOST: Final = 0.3  # of the steps that may be the lamp's: fewer don't tell of it
GONE: Final = 0.25  # of its step that a flash may leave
LEAST_OTHERS: Final = 2  # other assets that make a room


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


class Room:
    """A room's light: its changes and how they scatter, once for all of its sensors."""

    def __init__(self, light: Floats, places: Sequence[Place]) -> None:
        self.light, self.places = light, places
        self.cards = np.array([place.card for place in places])
        self.reference = np.array([place.reference for place in places], dtype=bool)
        intervals = [place.interval for place in places]
        # Where a sensor of the room is heard, (minutes,): where it is not, there is none.
        self.listens = np.zeros(light.shape[1], dtype=bool)
        for row, place in zip(light, places, strict=True):
            if place.reference:
                self.listens |= ~np.isnan(bridge(row, max(BRIDGE, place.interval)))
        self.near = [max(NEAR, interval) for interval in intervals]
        self.changes, self.wide = np.empty_like(light), np.empty_like(light)
        for row, interval in enumerate(intervals):
            side = 3 if interval <= NEAR else 1
            self.changes[row] = level_changes(light[row], side, 6.0 * interval)
            self.wide[row] = _widest(self.changes[row], interval)
        self.noise = np.array([_scatter(row) for row in self.changes])
        self.peaks = [self._peaks(sensor) for sensor in range(len(places))]

    def steps(self, sensor: int) -> Steps:
        """The sensor's steps, and how far they are its own by who else saw them."""
        change = self.changes[sensor]
        at = self.peaks[sensor]
        if self.reference[sensor] or at.size == 0:
            return Steps(at[:0], change[at[:0]], np.empty(0), np.empty(0))
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
        many = ~self.listens[at] & (seen_by >= MANY) & (ratio < FAR_BRIGHTER)
        trust[many] = np.minimum(trust[many], DOUBTFUL)
        of_room = same[self.reference].max(axis=0, initial=0.0) > REFERENCE_SHARE * own
        maybe = np.where(of_room & self._may_be_its(sensor, step, ratio), DOUBTFUL, 0.0)
        least = np.zeros_like(maybe) if self.places[sensor].tested is None else maybe
        trust = np.where(of_room, maybe, trust)
        if self.near[sensor] < BEAM:
            flashes = _flashes(at, step, self.near[sensor])
            trust[flashes] = least[flashes] = 0.0
        return Steps(at, step, trust, least)

    def _may_be_its(self, sensor: int, step: Floats, ratio: Floats) -> Bools:
        """Which steps may be the asset's, (steps,), though the room's own sensor sees them, for
        that may have been put up too near: of the height that the tested lamp
        may have, brightest here of all assets'.
        """
        tested = self.places[sensor].tested
        size = np.abs(step) / (tested or np.inf)
        as_tested = (size > DIMMER_THAN_TESTED) & (size < WARMER_THAN_TESTED)
        return np.asarray((as_tested | (tested is None)) & (ratio > LEAST_RATIO))

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

    def events(self, steps: Sequence[Steps]) -> Ints:
        """Minutes in which any sensor saw a step, those of the same step once."""
        at = np.unique(np.concatenate([one.at for one in steps]))
        return np.asarray(at[np.diff(at, prepend=-NEAR - 1) > NEAR])

    def attributed(self, sensor: int, first: Steps, lamp: Lamp | None, events: Ints) -> Steps:
        """The steps, judged again by what the room's other events say of each."""
        others = np.flatnonzero(self.cards != self.cards[sensor])
        if lamp is None or first.at.size == 0 or others.size == 0:
            return first
        beside, around = (seen_near(self.wide, others, at, 8.0) for at in (first.at, events))
        alike = (first.own >= 1.0) & like(first.change, lamp.height, LIKE_HEIGHT)
        spill = np.zeros(others.size)
        possible = (first.own > 0) & like(first.change, lamp.height, LIKE_HEIGHT)
        if alike.sum() < max(SPILL_FROM, MOST * possible.sum()):  # a lamp that others see well
            alike = possible
        if alike.sum() >= SPILL_FROM:
            shares = beside[alike] / first.change[alike][:, np.newaxis]
            spill = np.clip(np.median(shares, axis=0), 0.0, 0.6)
        seen = self.wide[sensor, events]
        alone = around - (np.sign(seen) * lamp.height)[:, np.newaxis] * spill
        lamps = like(seen, lamp.height, 0.25)
        lamps &= lengths(alone) < 0.15 * lamp.height + 8.0
        if lamp.count >= LEAST_SWITCHINGS:  # dimmed, or put out when it was warm
            share = np.abs(seen) / lamp.height
            alone = lengths(around - seen[:, np.newaxis] * spill)
            lamps |= (share > DIMMEST) & (share < BRIGHTEST) & (alone < 0.15 * np.abs(seen) + 8.0)
        lamps |= _near(events, first.at[alike], NEAR + 1)
        open_to_doubt = ~((first.own >= 1.0) & (lengths(beside) < 0.35 * np.abs(first.change)))
        own = first.own.copy()
        own[open_to_doubt] = attribute(
            first.change[open_to_doubt], beside[open_to_doubt], first.own[open_to_doubt],
            around[~lamps], seen[~lamps], events[~lamps], first.at[open_to_doubt],
            lamp.height, spill, 5,
        )  # fmt: skip
        return replace(first, own=np.maximum(own, first.least))

    def is_own(self, sensor: int, steps: Steps, lamp: Lamp) -> bool:
        """Whether the steps of the lamp are brightest at the sensors of its asset: so far that they
        are no other's.
        """
        its = steps.at[(steps.own > 0) & like(steps.change, lamp.height, LIKE_HEIGHT)]
        if its.size == 0:
            return False
        way = np.sign(self.changes[sensor, its])
        same = np.maximum(self.wide[:, its] * way, 0.0)
        mine = self.cards == self.cards[sensor]
        own, most = same[mine].max(axis=0), same[~mine].max(axis=0, initial=0.0)
        least = OWN_RATIO if self.places[sensor].tested is None else LEAST_RATIO
        return bool(np.median(own - least * most) > 0.0)

    def is_shared(self, sensor: int) -> bool:
        """Whether its gateway watches several assets, so that not every lamp is this one's."""
        others = self.cards[~self.reference & (self.cards != self.cards[sensor])]
        return np.unique(others).size >= LEAST_OTHERS


def _widest(changes: Floats, interval: int) -> Floats:
    """The largest change near each of (minutes,); of slow readings that of the very reading, where
    there is one: by the next one the light may well have gone the other way.
    """
    wide: Floats = widest(changes, max(NEAR, interval), LEAST_SEEN_LX)
    if interval <= NEAR:
        return wide
    with np.errstate(invalid="ignore"):
        its = np.where(np.abs(changes) >= LEAST_SEEN_LX, changes, 0.0)
    return np.where(np.isnan(changes), wide, its)


def _flashes(at: Ints, step: Floats, within: int) -> Bools:
    """Which of (steps,) are of light in a single reading, gone in the next."""
    back = np.abs(step[:-1] + step[1:]) < GONE * np.abs(step[:-1])
    back &= (step[:-1] > 0) & (np.diff(at) <= within)
    return np.append(back, False) | np.insert(back, 0, False)


def _scatter(changes: Floats) -> float:
    heard = sizes(changes)
    return 1.4826 * middle(heard) if heard.size else 1.0


def _near(events: Ints, at: Ints, within: int) -> Bools:
    """Which minutes (events,) are within so many of one of `at` (steps,), which rise."""
    if not at.size:
        return np.zeros(events.size, dtype=bool)
    next_one = np.minimum(np.searchsorted(at, events - within), at.size - 1)
    return np.asarray(np.abs(at[next_one] - events) <= within)
