"""What a room's light sensors say of each other: covered, moved, always lit, two of one signal.

A sensor that sees nothing looks like an asset that nobody uses. But the sky and the ceiling's lamps
shine on all sensors of a room, each time in the same proportions: one that no longer sees what its
neighbours see is no witness any more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.grid import Bools, Floats, runs
from analytics.health import Alarm, Health
from analytics.recurrences import compiled

Ints = NDArray[np.int64]

DAY: Final = 1440  # minutes
HEARD_SHARE: Final = 0.25  # of a day, to say anything of it

# Covered. A noise floor and a flicker of a converter stay below these; a sensor that is open to its
# room follows it, if only by a small share.
ROOM_SWINGS_LX: Final = 60.0
DARK_LX: Final = 12.0
FOLLOWS: Final = 0.05  # of the room's swing
COVERED_DAYS: Final = 2
ALONE_LX: Final = 5.0  # of a sensor that is the only one of its room
ALONE_DAYS: Final = 7

# Always lit: never dark for so many days, by a light that the others don't see.
LIT_LX: Final = 20.0
LIT_OVER_ROOM: Final = 3.0
LIT_DAYS: Final = 3
LIT_SHARE: Final = 0.9  # of that time: a lamp that is on for longer may well never be out
DARKEST: Final = 0.02  # of a day's minutes; a switched lamp is out for longer
BRIGHTEST: Final = 0.997  # and is seen, though it burn for a few minutes only

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
SAME_SHARE: Final = 0.8
OF_A_LAMP: Final = 0.18  # of log height
ONE_HEIGHT: Final = 0.5  # of the steps
LONG: Final = 180.0  # minutes


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong now, if anything, and the minutes (minutes,) of which the sensor knows nothing,
    now or earlier, for it was covered or its asset's lamp never out.
    """

    alarm: Alarm | None
    blind: Bools
    able: bool = True  # whether its asset's lamp would show now, whatever is wrong


@dataclass(frozen=True, slots=True)
class View:
    """What the light sensors of one room saw, a row a sensor.

    `light` (sensors, minutes) lux; `wide` (sensors, minutes) the largest change near each minute;
    `steps`: by sensor the minutes of its steps; `cards`, `reference`: which asset each watches, and
    which the room; `on` (sensors, minutes): its asset's own lamp; `interval` (sensors,): minutes
    between two readings; `proven` (sensors,): whether it is known to react.
    """

    light: Floats
    wide: Floats
    steps: Sequence[Ints]
    cards: Ints
    reference: Bools
    on: Bools
    interval: Ints
    proven: Bools

    def others(self, sensor: int) -> Ints:
        """The sensors that don't watch the same asset."""
        same = (self.cards == self.cards[sensor]) & ~self.reference
        same[sensor] = True
        return np.flatnonzero(~same)


def faults(view: View) -> list[Fault]:
    """What is wrong with each sensor."""
    count, minutes = view.light.shape
    days = minutes // DAY
    if days == 0:
        return [Fault(None, np.zeros(minutes, dtype=bool))] * count
    of_days = _Days.of(view.light[:, : days * DAY].reshape(-1, days, DAY), view.interval)
    same, events = _same_signals(view), _events(view)
    return [_fault(view, of_days, events, n, same.get(n)) for n in range(count)]


def _fault(view: View, of_days: "_Days", events: Ints, sensor: int, same: int | None) -> Fault:
    others = view.others(sensor)
    spoken = others[~np.isnan(of_days.swing[others]).all(axis=1)]
    covered = _covered(of_days, view, sensor, spoken)
    lit = _always_lit(of_days, view, sensor, spoken)
    blind = np.zeros(view.light.shape[1], dtype=bool)
    for days in (covered, lit):
        for since, until in days:
            blind[since * DAY : until * DAY] = True
    last = of_days.bright.shape[1]
    alarm = (
        _now(Health.COVERED, covered, last)
        or _now(Health.ALWAYS_LIT, lit, last)
        or (Alarm(Health.SAME_SIGNAL, same) if same is not None else None)
        or _moved(view, events, sensor, others)
    )
    return Fault(alarm, blind, able=_may_show(of_days, view, sensor, alone=not spoken.size))


def _may_show(of_days: "_Days", view: View, sensor: int, *, alone: bool) -> bool:
    """Whether silence means anything where no other sensor tells: not where it has never been dark
    these days, for its asset's lamp may be what burns, nor where it is alone and saw nothing for a
    week though it had seen light before.
    """
    bright, darkest = of_days.bright[sensor], of_days.darkest[sensor]
    known = ~np.isnan(bright)
    last = bright.size
    never_dark = _stretches(darkest > LIT_LX, known, LIT_DAYS)
    if any(until == last for _since, until in never_dark) and not view.on[sensor].any():
        return False
    nothing = _stretches(bright < ALONE_LX, known, ALONE_DAYS) if alone else []
    return not any(until == last and since > 0 for since, until in nothing)


def _now(health: Health, stretches: Sequence[tuple[int, int]], last: int) -> Alarm | None:
    """The alarm of a stretch of days that lasts until now."""
    since = next((since for since, until in stretches if until == last), None)
    return None if since is None else Alarm(health, since * DAY)


@dataclass(frozen=True, slots=True)
class _Days:
    """(sensors, days) each, NaN where too little was heard."""

    darkest: Floats
    bright: Floats
    swing: Floats

    @staticmethod
    def of(by_day: Floats, interval: Ints) -> "_Days":
        """Of (sensors, days, minutes), a reading in `interval` (sensors,) minutes."""
        enough = HEARD_SHARE * DAY / interval[:, np.newaxis]
        ordered = np.sort(by_day, axis=2)  # NaN goes last
        heard = (~np.isnan(by_day)).sum(axis=2)

        def level(share: float) -> Floats:
            index = (share * np.maximum(heard - 1, 0)).astype(np.int64)
            values = np.take_along_axis(ordered, index[:, :, np.newaxis], axis=2)[:, :, 0]
            return np.where(heard >= enough, values, np.nan)

        return _Days(level(DARKEST), level(BRIGHTEST), level(0.95) - level(0.05))


def _median(rows: Floats) -> Floats:
    """Of (sensors, days) the median of each day, (days,); NaN where nobody was heard."""
    found = np.full(rows.shape[1], np.nan)
    known = (~np.isnan(rows)).any(axis=0)
    found[known] = np.nanmedian(rows[:, known], axis=0)
    return found


def _stretches(holds: Bools, known: Bools, least: int) -> list[tuple[int, int]]:
    """The days [since, until) on which something `holds` (days,) on all `known` ones, at least so
    many; one that holds to the newest known day lasts until now.
    """
    at = np.flatnonzero(known)
    found = []
    for first, end in runs(holds[at]):
        if end - first >= least:
            until = int(at[end]) if end < at.size else holds.size
            found.append((int(at[first]), until))
    return found


def _covered(of_days: "_Days", view: View, sensor: int, others: Ints) -> list[tuple[int, int]]:
    """The days on which it saw nothing of what the others saw. One that never saw its room may hang
    in a dark corner, or in a housing with its lamp; where it is known to react and saw nothing at
    all, it is covered.
    """
    if not others.size:
        return []
    swing, bright = of_days.swing[sensor], of_days.bright[sensor]
    room = _median(of_days.swing[others])
    lit = ~np.isnan(swing) & (np.nan_to_num(room) >= ROOM_SWINGS_LX)
    blind = (swing < FOLLOWS * room) & (bright < DARK_LX)
    followed = bool((lit & (swing >= FOLLOWS * room)).any())
    if not followed and ((lit & ~blind).any() or not view.proven[sensor]):
        return []
    return _stretches(blind, lit, COVERED_DAYS)


def _always_lit(of_days: "_Days", view: View, sensor: int, others: Ints) -> list[tuple[int, int]]:
    """The days on which a light that the others don't see was never out, and whose own nobody
    knows. One that was seen to go on and out again was a long use.
    """
    if not others.size:
        return []
    darkest, around = of_days.darkest[sensor], of_days.darkest[others]
    room, most = np.nan_to_num(_median(around)), np.nan_to_num(around).max(axis=0)
    known = ~np.isnan(darkest)
    lit = known & (darkest > LIT_LX) & (darkest > LIT_OVER_ROOM * room)
    lit &= darkest * SAME_SIZE > most  # else it is a neighbour's that is seen from here
    found = []
    for since, until in _stretches(lit, known, LIT_DAYS):
        on = view.on[sensor, since * DAY : until * DAY]
        burns_on = until == darkest.size and on.sum() > LIT_SHARE * on.size
        if burns_on or not on.any():
            found.append((since, until))
    return found


def _moved(view: View, events: Ints, sensor: int, others: Ints) -> Alarm | None:
    """By what the sensor sees of what the others see, before and since a day."""
    if others.size < 2:
        return None
    at = events[~np.isnan(view.light[sensor, events])]
    days = view.light.shape[1] // DAY
    seen = np.ascontiguousarray(view.wide[np.ix_(others, at)].T)
    pairs = _pairs(seen, view.wide[sensor, at], np.minimum(at // DAY, days - 1), days)
    return _change(pairs)


def _change(pairs: Ints) -> Alarm | None:
    """The day across which pairs of alike events (days, days, 2) differ, as they do on neither side
    of it; see `_pairs`.
    """
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


def _events(view: View) -> Ints:
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
def _pairs(seen: Floats, own: Floats, day: Ints, days: int) -> Ints:
    """Pairs of events in which the others saw the same, (days, days, 2) by the earlier and the
    later one's day: how many, and of them those in which a sensor's own step was another. `seen`:
    (events, others) lux, `own`: (events,), `day`: (events,) rising.
    """
    found = np.zeros((days, days, 2), dtype=np.int64)
    ratios = np.empty(seen.shape[1])
    for e in range(seen.shape[0]):
        for f in range(e):
            count = against = 0
            for k in range(seen.shape[1]):
                one, other = seen[e, k], seen[f, k]
                if abs(one) >= LEAST_SEEN_LX and abs(other) >= LEAST_SEEN_LX:
                    ratios[count] = one / other
                    count += 1
                elif max(abs(one), abs(other)) >= 3.0 * LEAST_SEEN_LX:
                    against += 1
            if count < max(2.0, AGREE * (count + against)):
                continue
            ratios[:count].sort()
            factor = 0.5 * (ratios[(count - 1) // 2] + ratios[count // 2])
            if abs(factor) > LIKE_SIZE or abs(factor) < 1.0 / LIKE_SIZE:
                continue
            alike = 0
            for k in range(count):
                alike += abs(ratios[k] / factor - 1.0) < ALIKE
            if alike < max(2.0, AGREE * (count + against)):
                continue
            expected = factor * own[f]
            larger = max(abs(own[e]), abs(expected), FAINT_LX)
            differ = abs(own[e] - expected) / larger
            found[day[f], day[e], 0] += 1
            found[day[f], day[e], 1] += differ > ACROSS
    return found


def _same_signals(view: View) -> dict[int, int]:
    """By sensor the minute since which it sees the same steps as one of another asset, which nobody
    else sees. Two others at least must have seen nothing of them: else it may be the room's lamp.
    """
    own = np.flatnonzero(~view.reference)
    first = max(0, int(view.light.shape[1]) - (SIGNAL_DAYS + 1) * DAY)
    found: dict[int, int] = {}
    for place, one in enumerate(own):
        for other in own[place + 1 :]:
            if view.cards[one] == view.cards[other]:
                continue
            since = _shared(view, int(one), int(other), first)
            if since is not None:
                for sensor in (int(one), int(other)):
                    found[sensor] = min(since, found.get(sensor, since))
    return found


def _shared(view: View, one: int, other: int, first: int) -> int | None:
    pair = {int(view.cards[one]), int(view.cards[other])}
    rest = np.flatnonzero(np.array([c not in pair for c in view.cards]) | view.reference)
    if rest.size < 2:
        return None
    begun, lengths, alike = 0, [], []
    for sensor, beside in ((one, other), (other, one)):
        at = view.steps[sensor]
        change, its = view.wide[sensor, at], view.wide[beside, at]
        around = np.abs(view.wide[np.ix_(rest, at)]).max(axis=0, initial=0.0)
        alone = around < UNSEEN * np.abs(change)
        ratio = its / np.where(change == 0, 1.0, change)
        both = alone & (ratio < SAME_SIZE) & (ratio > 1 / SAME_SIZE)
        alone, same = alone & (at >= first), both & (at >= first)
        if same.sum() < LEAST_SAME or same.sum() < SAME_SHARE * alone.sum():
            return None
        height = np.abs(change[same])
        like = np.abs(np.log(height / np.median(height))) < OF_A_LAMP
        alike.append(like.mean())
        lengths.append(typical_stretch(at[same], change[same]))
        # Since its first such step after the last of that height that was its own.
        lamp = np.abs(np.log(np.abs(change) / np.median(height))) < OF_A_LAMP
        alone_before = at[lamp & (around < UNSEEN * np.abs(change)) & ~both & (at < first)]
        after = int(alone_before[-1]) if alone_before.size else -1
        begun = max(begun, int(at[both & (at > after)][0]))
    if max(alike) < ONE_HEIGHT:
        return None  # clouds before a window that only these two stand at
    if sum(lengths) > 2 * LONG:
        return None  # from morning to noon, from noon to evening: a lamp of the ceiling
    return begun


def typical_stretch(at: Ints, change: Floats) -> float:
    """Minutes for which the light of these steps is on, the median of that time; 0 of none."""
    up = np.flatnonzero((change[:-1] > 0) & (change[1:] < 0))
    return half_of_all(at[up + 1] - at[up])


def half_of_all(lengths: Ints) -> float:
    """The length (n,) such that half of all the time is in longer ones, none of them counting for
    more than half a day; 0 of none.
    """
    if not lengths.size:
        return 0.0
    ordered = np.sort(np.minimum(lengths, DAY // 2))
    return float(ordered[np.searchsorted(np.cumsum(ordered), ordered.sum() / 2)])
