"""What runs minute by minute over a sensor's readings, compiled.

Each function is the whole of a loop that arrays can't express, because a minute's result depends on
the one before. Shapes and units stand with each; NaN is not heard. Costs are in nats: the negative
logarithm of how likely a thing is.
"""

from collections.abc import Callable
from typing import Any, Final, TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

Loop = TypeVar("Loop", bound=Callable[..., Any])
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
States = NDArray[np.int8]

IMPOSSIBLE: Final = 1e18
# Off and on; the reading of the very minute of switching; one reading that is not the lamp's.
OFF, ON, RISING, FALLING, FLASH_OFF, FLASH_ON = 0, 1, 2, 3, 4, 5
COURSES: Final = 6

SWITCHED_ON_IN: Final = 600.0  # minutes off until the next use, typically
SWITCHED_OFF_IN: Final = 120.0  # minutes of a use, typically
LIT_FOR: Final = 480.0  # minutes that nobody wonders at
LIT_AT_FIRST: Final = 3.0
LEAP: Final = 9.0  # of the background: a cloud, a blind, somebody else's lamp that nobody watches
SHARED_LEAP: Final = 2.0  # where other sensors of the room saw something, too
DOUBTFUL_SWITCH: Final = 3.0  # where a step may as well be another's
UNSEEN_SWITCH: Final = 12.0  # where no step of this sensor's own was seen
HALF_MINUTE: Final = 1.0  # a reading in the very minute of switching, between off and on
LONGEST_HALF: Final = 6.0  # minutes between readings for which there is such a reading
SCATTER: Final = 0.012  # of the level
LAMP_SCATTER: Final = 0.12  # of its height: dimmed, aged, warming up
DIMMEST: Final = 0.45  # of its height; below, it is off
DRIFT: Final = 0.5  # lux by which the background wanders in a minute, and 1 % of the level


def compiled(loop: Loop) -> Loop:
    """The loop as machine code, kept for the next process where there is a place to write it."""
    try:
        return cast(Loop, njit(cache=True)(loop))
    except RuntimeError:  # neither beside this file nor in a home: a service of its own user
        return cast(Loop, njit(loop))


@compiled
def _middle(first: float, second: float, third: float) -> float:
    low, high = min(first, second), max(first, second)
    return max(low, min(high, third))


@compiled
def _typical(found: Floats, count: int) -> float:
    if count == 1:
        return float(found[0])
    if count == 2:
        return float((found[0] + found[1]) / 2)
    return _middle(found[0], found[1], found[2])


@compiled
def level_changes(values: Floats, side: int, reach: float) -> Floats:
    """Change of level at each reading of (minutes,): the median of `side` (at most 3) readings from
    it on minus the median of as many before it, within `reach` minutes each. Across a gap, however
    long, it is the change from before to after. NaN elsewhere.
    """
    changes = np.full(values.size, np.nan)
    at = np.flatnonzero(~np.isnan(values))
    before, after = np.empty(3), np.empty(3)
    for k in range(1, at.size):
        earlier = later = 0
        for back in range(1, side + 1):
            if k - back >= 0 and at[k - 1] - at[k - back] <= reach:
                before[earlier] = values[at[k - back]]
                earlier += 1
        for on in range(side):
            if k + on < at.size and at[k + on] - at[k] <= reach:
                after[later] = values[at[k + on]]
                later += 1
        changes[at[k]] = _typical(after, later) - _typical(before, earlier)
    return changes


@compiled
def widest(changes: Floats, reach: int) -> Floats:
    """Of (minutes,) the largest change, with its sign, within `reach` minutes of each; 0: none."""
    found = np.zeros(changes.size)
    for minute in range(changes.size):
        change = changes[minute]
        if np.isnan(change) or change == 0.0:
            continue
        for near in range(max(0, minute - reach), min(changes.size, minute + reach + 1)):
            if abs(change) > abs(found[near]):
                found[near] = change
    return found


@compiled
def attribute(  # noqa: PLR0912 — one pass, compiled whole
    steps: Floats, others: Floats, trust: Floats, events: Floats, own: Floats, apart: Ints,
    at: Ints, height: float, spill: Floats, near: int,
) -> Floats:  # fmt: skip
    """How far each of a sensor's steps is its own lamp's: (steps,) 1, or `trust` where nothing
    tells, or 0.

    What a step would have been without the lamp is known from other events of the room: those in
    which the other sensors did the same. `steps`: (steps,) lux. `others`: (steps, others) what the
    room's other sensors saw then. `events`: (events, others), `own`: (events,) what this one saw
    then, `apart`: (events,) their minutes, of those that are not the lamp's. `spill`: (others,)
    the share of the lamp that they see.
    """
    found = trust.copy()
    strength = np.sqrt((events**2).sum(axis=1))
    seen = np.empty(events.shape[0])
    for n in range(steps.size):
        best = IMPOSSIBLE
        for sign in (1.0, -1.0, 0.0):
            rest = others[n] - sign * height * spill
            for k in range(rest.size):
                if abs(rest[k]) < 8.0:
                    rest[k] = 0.0
            length = np.sqrt((rest**2).sum())
            expected = 0.0
            if length >= 0.12 * abs(steps[n]) + 8.0:
                count = 0
                for e in range(events.shape[0]):
                    if abs(apart[e] - at[n]) <= near or strength[e] == 0.0:
                        continue
                    ratio = strength[e] / length
                    if ratio < 0.67 or ratio > 1.5:
                        continue
                    product = 0.0
                    for k in range(rest.size):
                        product += rest[k] * events[e, k]
                    if abs(product) > 0.97 * length * strength[e]:
                        seen[count] = own[e] * np.sign(product) / ratio
                        count += 1
                if count < 2:
                    continue
                expected = float(np.median(seen[:count]))
            cost = abs(steps[n] - expected - sign * height)
            cost /= 0.08 * height + 4.0 + 0.12 * abs(expected)
            if sign == 0.0 and trust[n] >= 1.0:
                cost += 2.0
            elif sign != 0.0 and trust[n] < 1.0:
                cost += 0.7
            if cost < best:
                best = cost
                if sign == 0.0:
                    found[n] = 0.0 if cost < 3.0 or trust[n] < 1.0 else trust[n]
                else:
                    found[n] = 1.0 if cost < 2.5 else trust[n]
    return found


@compiled
def lamp_path(  # noqa: PLR0912, PLR0915 — one pass, compiled whole
    values: Floats, own: Floats, height: float, noise: float
) -> States:
    """The likeliest course of a lamp of `height` lux: 1 on, 0 off at each reading, -1 elsewhere.

    `values`: (minutes,) lux. `own`: (minutes,) whether a step there is the lamp's: 1, a share where
    it may be, 0 where none was seen, negative where the room saw it, too. `noise`: lux.

    Viterbi's algorithm over off, on, the one reading in between and a flash, each with the
    background light that it implies; a background may leap, at a cost, and is never below nothing.
    What a gap hides is judged by the levels before and after it.
    """
    at = np.flatnonzero(~np.isnan(values))
    states = np.full(values.size, -1, dtype=np.int8)
    if at.size == 0:
        return states
    came_from = np.zeros((at.size, COURSES), dtype=np.int8)
    mostly_on = np.zeros((at.size, COURSES), dtype=np.int8)
    mostly_on[:, ON] = mostly_on[:, FLASH_ON] = 1
    cost, ground = np.full(COURSES, IMPOSSIBLE), np.full(COURSES, values[at[0]])
    cost[OFF] = 0.0
    if values[at[0]] > 0.75 * height:
        cost[ON], ground[ON] = LIT_AT_FIRST, values[at[0]] - height
    next_cost, next_ground = np.empty(COURSES), np.empty(COURSES)
    for k in range(1, at.size):
        value, minutes, mark = values[at[k]], float(at[k] - at[k - 1]), own[at[k]]
        wander = noise + SCATTER * value + DRIFT * np.sqrt(minutes) * (1.0 + 0.01 * value)
        unsure = wander + LAMP_SCATTER * height
        leap = SHARED_LEAP if mark < 0.0 else LEAP
        extra = 0.0 if mark >= 1.0 else (DOUBTFUL_SWITCH if mark > 0.0 else UNSEEN_SWITCH)
        switch_on = extra - np.log(1.0 - np.exp(-minutes / SWITCHED_ON_IN))
        switch_off = extra - np.log(1.0 - np.exp(-minutes / SWITCHED_OFF_IN))
        stay_on = min(minutes, 30.0) / LIT_FOR
        next_cost[:] = IMPOSSIBLE
        for before in (OFF, ON, FALLING, FLASH_OFF, FLASH_ON):  # to off
            away = value - ground[before]
            step = switch_off if before in (ON, FLASH_ON) else 0.0
            misfit = 0.5 * (away / (wander if before in (OFF, FLASH_OFF) else unsure)) ** 2
            leaps = misfit > leap
            if cost[before] >= IMPOSSIBLE or (leaps and before != OFF):
                continue
            total = cost[before] + step + min(misfit, leap)
            if total < next_cost[OFF]:
                next_cost[OFF], came_from[k, OFF] = total, before
                next_ground[OFF] = value if leaps else ground[before] + 0.5 * away
        for before in (ON, OFF, RISING, FLASH_OFF, FLASH_ON):  # to on
            away = value - ground[before] - height
            lit = before in (ON, FLASH_ON)
            step = stay_on if lit else (0.0 if before == RISING else switch_on)
            misfit = 0.5 * (away / (wander if lit else unsure)) ** 2
            leaps = misfit > leap
            if cost[before] >= IMPOSSIBLE or (leaps and before != ON):
                continue
            below = value - height if leaps else ground[before] + 0.5 * away
            total = cost[before] + step + min(misfit, leap)
            if below >= (DIMMEST - 1.0) * height - 5.0 and total < next_cost[ON]:
                next_cost[ON], next_ground[ON], came_from[k, ON] = total, below, before
        for before, flash in ((OFF, FLASH_OFF), (ON, FLASH_ON)):
            next_cost[flash] = min(cost[before] + leap, IMPOSSIBLE)
            next_ground[flash], came_from[k, flash] = ground[before], before
        if minutes <= LONGEST_HALF:
            for before in (OFF, ON):  # in between
                low = ground[before] - 2.0 * wander
                high = ground[before] + 1.15 * height + 2.0 * wander
                if cost[before] < IMPOSSIBLE and low < value < high:
                    half = RISING if before == OFF else FALLING
                    next_cost[half] = cost[before] + HALF_MINUTE
                    next_cost[half] += switch_on if before == OFF else switch_off
                    next_ground[half], came_from[k, half] = ground[before], before
                    mostly_on[k, half] = value > ground[before] + 0.5 * height
        least = next_cost.min()
        for state in range(COURSES):
            cost[state] = next_cost[state] - least if next_cost[state] < IMPOSSIBLE else IMPOSSIBLE
            ground[state] = next_ground[state]
    state = int(np.argmin(cost))
    for k in range(at.size - 1, -1, -1):
        states[at[k]] = mostly_on[k, state]
        state = came_from[k, state]
    return states
