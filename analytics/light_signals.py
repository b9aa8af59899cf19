"""What the steps that a room's light sensors see say of each other: moved, two of one signal.

The sky, the ceiling's lamps and a neighbour's shine on several sensors of a room, each time in the
same proportions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from analytics.compiled import compiled
from analytics.grid import Bools, Floats
from analytics.health import Alarm, Health
from analytics.lamp_heights import LEAST_SWITCHINGS, as_tested, typical_stretch
from analytics.recurrences import Ints

DAY: Final = 1440  # minutes

# Moved: what the whole room saw comes in other proportions since.
LEAST_SEEN_LX: Final = 8.0
EVENTS_A_DAY: Final = 3  # the largest: they tell as much as all
AGREE: Final = 0.7  # of the others that must have seen the same, for two events to be alike
ALIKE: Final = 0.25  # by so much may their proportions differ
LIKE_SIZE: Final = 1.5
FAINT_LX: Final = 20.0  # of an event that a sensor sees less of nothing is said
ACROSS: Final = 0.35  # share by which what it sees differs across the move
MOSTLY: Final = 0.8  # of the pairs of alike events across it, and so many fewer on either side
CLEARLY: Final = 0.45
MOVED_DAYS: Final = 3  # with such pairs, on either side
LEAST_PAIRS: Final = 12

# Two sensors, one signal.
SIGNAL_DAYS: Final = 7
SAME_SIZE: Final = 1.6
UNSEEN: Final = 0.4  # of the step, at most, by everybody else
LEAST_SAME: Final = 8
SUN: Final = 2.0  # times as bright as their lamps
SAME_SHARE: Final = 0.8
OF_A_LAMP: Final = 0.18  # of log height
ONE_HEIGHT: Final = 0.5  # of the steps
LONG: Final = 180.0  # minutes


@dataclass(frozen=True, slots=True)
class View:
    """What the light sensors of one room saw, a row a sensor.

    `light` (sensors, minutes) lux; `wide` (sensors, minutes) the largest change near each minute;
    `steps`: by sensor the minutes of its steps; `cards`, `reference`: which asset each watches, and
    which the room; `on` (sensors, minutes): its asset's own lamp; `interval` (sensors,): minutes
    between two readings; `proven` (sensors,): whether it is known to react; `tested` (sensors,):
    by how many lux it did, NaN not known.
    """

    light: Floats
    wide: Floats
    steps: Sequence[Ints]
    cards: Ints
    reference: Bools
    on: Bools
    interval: Ints
    proven: Bools
    tested: Floats

    def others(self, sensor: int) -> Ints:
        """The sensors that don't watch the same asset."""
        same = (self.cards == self.cards[sensor]) & ~self.reference
        same[sensor] = True
        return np.flatnonzero(~same)


def moved(view: View, events: Ints) -> list[Alarm | None]:
    """Of each sensor, by what it sees of what the others see, before and since a day."""
    count, days = view.light.shape[0], view.light.shape[1] // DAY
    others = np.zeros((count, count), dtype=bool)
    for sensor in range(count):
        others[sensor, view.others(sensor)] = True
    seen = np.ascontiguousarray(view.wide[:, events])
    heard = ~np.isnan(view.light[:, events])
    pairs = _pairs(seen, heard, others, np.minimum(events // DAY, days - 1), days)
    return [
        _change(pairs[sensor]) if others[sensor].sum() >= 2 else None for sensor in range(count)
    ]


def _change(pairs: Ints) -> Alarm | None:
    """The day across which pairs of alike events (days, days, 2) differ, as they do on neither side
    of it; see `_pairs`.
    """
    if pairs[:, :, 1].sum() <= MOSTLY * LEAST_PAIRS:
        return None
    since, day = np.arange(1, pairs.shape[0]), np.arange(pairs.shape[0])
    summed = pairs.cumsum(axis=0).cumsum(axis=1)
    old = summed[since - 1, since - 1]
    both = summed[since - 1, -1]  # of an earlier event before the day
    across, new = both - old, summed[-1, -1] - both
    paired = pairs[:, :, 0] > 0
    latest = np.where(paired, day, -1).max(axis=1)
    earliest = np.where(paired, day[:, np.newaxis], pairs.shape[0]).min(axis=0)
    before = ((day < since[:, np.newaxis]) & (latest >= since[:, np.newaxis])).sum(axis=1)
    after = ((day >= since[:, np.newaxis]) & (earliest < since[:, np.newaxis])).sum(axis=1)
    count = np.minimum(np.minimum(old[:, 0], new[:, 0]), across[:, 0])
    enough = (np.minimum(before, after) >= MOVED_DAYS) & (count >= LEAST_PAIRS)
    far = across[:, 1] / np.maximum(across[:, 0], 1)
    within = np.maximum(*(side[:, 1] / np.maximum(side[:, 0], 1) for side in (old, new)))
    moved = enough & (far > MOSTLY) & (far - within > CLEARLY)
    if not moved.any():
        return None
    return Alarm(Health.MOVED, int(since[np.argmax(np.where(moved, far - within, 0.0))]) * DAY)


def shared_steps(view: View) -> Ints:
    """Minutes in which two sensors at least saw a step, the largest of each day; rising."""
    at = np.unique(np.concatenate(view.steps)).astype(np.int64)
    at = at[np.diff(at, prepend=-10) > 2]
    seen = np.abs(view.wide[:, at])
    seen[seen < LEAST_SEEN_LX] = 0.0
    size = np.where((seen > 0).sum(axis=0) >= 2, seen.sum(axis=0), 0.0)
    order = np.lexsort((-size, at // DAY))
    rank = np.arange(at.size) - np.searchsorted((at // DAY)[order], (at // DAY)[order])
    kept = order[(rank < EVENTS_A_DAY) & (size[order] > 0)]
    return np.sort(at[kept])


@compiled
def _pairs(  # noqa: PLR0912 — one pass, compiled whole
    seen: Floats, heard: Bools, others: Bools, day: Ints, days: int
) -> Ints:
    """Pairs of events in which a sensor's others saw the same, (sensors, days, days, 2) by the
    earlier and the later one's day: how many, and of them those in which its own step was another.

    `seen`: (sensors, events) lux, `heard`: (sensors, events), `others`: (sensors, sensors) which
    are another's of a sensor's, `day`: (events,) rising.
    """
    sensors, events = seen.shape
    found = np.zeros((sensors, days, days, 2), dtype=np.int64)
    ratios, of = np.empty(sensors), np.empty(sensors, dtype=np.int64)
    own, one_only = np.empty(sensors), np.zeros(sensors, dtype=np.bool_)
    for e in range(events):
        for f in range(e):
            both = 0  # saw both, by the ratio of what they saw
            for k in range(sensors):
                one, other = seen[k, e], seen[k, f]
                one_only[k] = False
                if abs(one) >= LEAST_SEEN_LX and abs(other) >= LEAST_SEEN_LX:
                    ratio, place = one / other, both
                    while place > 0 and ratios[place - 1] > ratio:
                        ratios[place], of[place] = ratios[place - 1], of[place - 1]
                        place -= 1
                    ratios[place], of[place] = ratio, k
                    both += 1
                elif max(abs(one), abs(other)) >= 3.0 * LEAST_SEEN_LX:
                    one_only[k] = True
            if both < 2:
                continue
            for sensor in range(sensors):
                if not (heard[sensor, e] and heard[sensor, f]):
                    continue
                count = against = 0
                for place in range(both):
                    if others[sensor, of[place]]:
                        own[count] = ratios[place]
                        count += 1
                for k in range(sensors):
                    against += one_only[k] and others[sensor, k]
                least = max(2.0, AGREE * (count + against))
                if count < least:
                    continue
                factor = 0.5 * (own[(count - 1) // 2] + own[count // 2])
                if abs(factor) > LIKE_SIZE or abs(factor) < 1.0 / LIKE_SIZE:
                    continue
                alike = 0
                for k in range(count):
                    alike += abs(own[k] / factor - 1.0) < ALIKE
                if alike < least:
                    continue
                step, expected = seen[sensor, e], factor * seen[sensor, f]
                larger = max(abs(step), abs(expected), FAINT_LX)
                found[sensor, day[f], day[e], 0] += 1
                found[sensor, day[f], day[e], 1] += abs(step - expected) / larger > ACROSS
    return found


def same_signals(view: View) -> dict[int, int]:
    """By sensor the minute since which it sees the same steps as one of another asset, which nobody
    else sees. Two others at least must have seen nothing of them: else it may be the room's lamp.
    """
    own = np.flatnonzero(~view.reference)
    first = max(0, int(view.light.shape[1]) - (SIGNAL_DAYS + 1) * DAY)
    found: dict[int, int] = {}
    for place, one in enumerate(own):
        for other in own[place + 1 :][_like(view, int(one), own[place + 1 :], first) >= LEAST_SAME]:
            if view.cards[one] == view.cards[other]:
                continue
            since = _shared(view, int(one), int(other), first)
            if since is not None:
                for sensor in (int(one), int(other)):
                    found[sensor] = min(since, found.get(sensor, since))
    return found


def _like(view: View, sensor: int, others: Ints, first: int) -> Ints:
    """How many of the sensor's steps since the minute `first` each of the others saw at like
    brightness, (others,).
    """
    at = view.steps[sensor][view.steps[sensor] >= first]
    change = view.wide[sensor, at]
    ratio = view.wide[np.ix_(others, at)] / np.where(change == 0, 1.0, change)
    return np.asarray(((ratio < SAME_SIZE) & (ratio > 1 / SAME_SIZE)).sum(axis=1))


def _shared(view: View, one: int, other: int, first: int) -> int | None:
    pair = {int(view.cards[one]), int(view.cards[other])}
    rest = np.flatnonzero(np.array([c not in pair for c in view.cards]) | view.reference)
    if rest.size < 2:
        return None
    told = not np.isnan(view.tested[[one, other]]).any()
    begun, lengths, alike, tested = 0, [], [], not told
    for sensor, beside in ((one, other), (other, one)):
        at = view.steps[sensor]
        change, its = view.wide[sensor, at], view.wide[beside, at]
        around = np.abs(view.wide[np.ix_(rest, at)]).max(axis=0, initial=0.0)
        alone = around < UNSEEN * np.abs(change)
        ratio = its / np.where(change == 0, 1.0, change)
        both = alone & (ratio < SAME_SIZE) & (ratio > 1 / SAME_SIZE)
        alone, same = alone & (at >= first), both & (at >= first)
        if told:  # a beam of sun is no lamp of theirs
            lamps = np.abs(change) < SUN * view.tested[[one, other]].max()
            alone, same = alone & lamps, same & lamps
        if same.sum() < LEAST_SAME or same.sum() < SAME_SHARE * alone.sum():
            return None
        height = np.abs(change[same])
        like = np.abs(np.log(height / np.median(height))) < OF_A_LAMP
        alike.append(like.mean())
        its_own = as_tested(height, float(view.tested[sensor]))
        tested |= int(its_own.sum()) >= LEAST_SWITCHINGS
        lengths.append(typical_stretch(at[same], change[same]))
        # Since its first such step after the last of that height that was its own.
        lamp = np.abs(np.log(np.abs(change) / np.median(height))) < OF_A_LAMP
        alone_before = at[lamp & (around < UNSEEN * np.abs(change)) & ~both & (at < first)]
        after = int(alone_before[-1]) if alone_before.size else -1
        begun = max(begun, int(at[both & (at > after)][0]))
    if not tested:
        return None  # a lamp that neither was tested with
    if max(alike) < ONE_HEIGHT:
        return None  # clouds before a window that only these two stand at
    if sum(lengths) > 2 * LONG:
        return None  # from morning to noon, from noon to evening: a lamp of the ceiling
    return begun
