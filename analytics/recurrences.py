"""What runs minute by minute over a sensor's readings, compiled.

Each function is the whole of a loop that arrays can't express, because a minute's result depends on
the one before. Shapes and units stand with each; NaN is not heard. Costs are in nats: the negative
logarithm of how likely a thing is.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.compiled import compiled

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
States = NDArray[np.int8]

IMPOSSIBLE: Final = 1e18
# Off and on; the reading of the very minute of switching; one reading that is not the lamp's.
OFF, ON, RISING, FALLING, FLASH_OFF, FLASH_ON = 0, 1, 2, 3, 4, 5
COURSES: Final = 6

LEAST_SHARE, MOST_SHARE = (
    0.4,
    1.8,
)  # of its height: a step that may be a lamp's, with what else changed

SWITCHED_ON_IN: Final = 600.0  # minutes off until the next use, typically
SWITCHED_OFF_IN: Final = 120.0  # minutes of a use, typically
LIT_FOR: Final = 1440.0  # minutes that nobody wonders at
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
USUAL_GAPS: Final = 16  # minutes between two readings below which costs are kept
SOME_MINUTES: Final = 5  # of readings that say the same, one
WARM_SCATTER: Final = 0.2  # of the usual rise: a device works now more, now less
FARTHEST: Final = 18.0  # of one minute: six scatters off, something else happened
DRIFT: Final = 0.5  # lux by which the background wanders in a minute, and 1 % of the level


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
    order = np.argsort(strength)  # of like events those of a like strength are asked only
    rising, apart = strength[order], apart[order]
    events, own = events[order].T.copy(), own[order]  # (others, events)
    products = np.empty(order.size)
    seen = np.empty(order.size)
    for n in range(steps.size):
        share = abs(steps[n]) / height
        if trust[n] < 1.0 and (share < LEAST_SHARE or share > MOST_SHARE):
            found[n] = 0.0
            continue
        best = IMPOSSIBLE
        for sign in (np.sign(steps[n]), 0.0):
            rest = others[n] - sign * height * spill
            for k in range(rest.size):
                if abs(rest[k]) < 8.0:
                    rest[k] = 0.0
            length = np.sqrt((rest**2).sum())
            expected = 0.0
            if length >= 0.12 * abs(steps[n]) + 8.0:
                count = 0
                first = np.searchsorted(rising, 0.67 * length)
                end = np.searchsorted(rising, 1.5 * length)
                products[first:end] = 0.0
                for k in range(rest.size):
                    if rest[k] != 0.0:
                        for e in range(first, end):
                            products[e] += rest[k] * events[k, e]
                for e in range(first, end):
                    alike = abs(products[e]) > 0.97 * length * rising[e]
                    if alike and abs(apart[e] - at[n]) > near:
                        seen[count] = own[e] * np.sign(products[e]) / (rising[e] / length)
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
def _eventful(values: Floats, own: Floats, noise: float) -> Ints:
    """The minutes of the readings that draw a lamp's course: where anything happened, and one
    in SOME_MINUTES of the others, which say the same as the one before. `values`, `own` (minutes,)
    as in `lamp_path`.
    """
    found = np.empty(values.size, dtype=np.int64)
    count = 0
    last, level = -1, 0.0
    for minute in range(values.size):
        value = values[minute]
        if np.isnan(value):
            continue
        same = abs(value - level) <= noise + SCATTER * value
        if last >= 0 and own[minute] == 0.0 and same and minute - last < SOME_MINUTES:
            continue
        found[count] = minute
        count += 1
        last, level = minute, value
    return found[:count]


@compiled
def _over(minutes: float) -> tuple[float, float, float]:
    """By how much the background wanders in so many minutes, and what going on and off costs."""
    goes_on = -np.log(1.0 - np.exp(-minutes / SWITCHED_ON_IN))
    goes_off = -np.log(1.0 - np.exp(-minutes / SWITCHED_OFF_IN))
    return DRIFT * np.sqrt(minutes), goes_on, goes_off


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
    states = np.full(values.size, -1, dtype=np.int8)
    at = _eventful(values, own, noise)
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
    spreads, goes = np.zeros(USUAL_GAPS), np.zeros((USUAL_GAPS, 2))
    for apart in range(1, USUAL_GAPS):
        spreads[apart], goes[apart, 0], goes[apart, 1] = _over(float(apart))
    for k in range(1, at.size):
        apart = at[k] - at[k - 1]
        value, minutes, mark = values[at[k]], float(apart), own[at[k]]
        if apart < USUAL_GAPS:
            spread, goes_on, goes_off = spreads[apart], goes[apart, 0], goes[apart, 1]
        else:
            spread, goes_on, goes_off = _over(minutes)
        wander = noise + SCATTER * value + spread * (1.0 + 0.01 * value)
        unsure = wander + LAMP_SCATTER * height
        leap = SHARED_LEAP if mark < 0.0 else LEAP
        extra = 0.0 if mark >= 1.0 else (DOUBTFUL_SWITCH if mark > 0.0 else UNSEEN_SWITCH)
        switch_on, switch_off = extra + goes_on, extra + goes_off
        stay_on = min(minutes, 30.0) / LIT_FOR
        next_cost[:] = IMPOSSIBLE
        for before in (OFF, ON, FALLING, FLASH_OFF, FLASH_ON):  # to off
            if cost[before] >= next_cost[OFF]:
                continue
            away = value - ground[before]
            step = switch_off if before in (ON, FLASH_ON) else 0.0
            misfit = 0.5 * (away / (wander if before in (OFF, FLASH_OFF) else unsure)) ** 2
            leaps = misfit > leap
            if leaps and before != OFF:
                continue
            total = cost[before] + step + min(misfit, leap)
            if total < next_cost[OFF]:
                next_cost[OFF], came_from[k, OFF] = total, before
                next_ground[OFF] = value if leaps else ground[before] + 0.5 * away
        for before in (ON, OFF, RISING, FLASH_OFF, FLASH_ON):  # to on
            if cost[before] >= next_cost[ON]:
                continue
            away = value - ground[before] - height
            lit = before in (ON, FLASH_ON)
            step = stay_on if lit else (0.0 if before == RISING else switch_on)
            misfit = 0.5 * (away / (wander if lit else unsure)) ** 2
            leaps = misfit > leap
            if leaps and before != ON:
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
    state, until = int(np.argmin(cost)), values.size
    for k in range(at.size - 1, -1, -1):
        for minute in range(at[k], until):
            if not np.isnan(values[minute]):
                states[minute] = mostly_on[k, state]
        until = at[k]
        state = came_from[k, state]
    return states


@compiled
def drive(rises: Floats, tau: float, window: int) -> Floats:
    """Rise + τ · d(rise)/dt of (sensors, minutes), in their unit; the slope is that of the line of
    least squares through `window` minutes, and NaN where fewer than half of them were heard.
    """
    half = window // 2
    sensors, minutes = rises.shape
    found = np.full(rises.shape, np.nan)
    for row in range(sensors):
        count, total, at, squares, product = 0, 0.0, 0, 0, 0.0
        for minute in range(-half, minutes):
            # One minute on: each of the window's minutes is one farther back.
            squares += count - 2 * at
            at -= count
            product -= total
            first, last = minute - half - 1, minute + half
            if first >= 0 and not np.isnan(rises[row, first]):
                count -= 1
                total -= rises[row, first]
                at += half + 1
                squares -= (half + 1) ** 2
                product += rises[row, first] * (half + 1)
            if last < minutes and not np.isnan(rises[row, last]):
                count += 1
                total += rises[row, last]
                at += half
                squares += half**2
                product += rises[row, last] * half
            if minute >= 0 and count > half:
                slope = (product - total * at / count) / (squares - at * at / count)
                found[row, minute] = total / count + tau * slope
    return found


@compiled
def warm_path(driven: Floats, level: float, scatter: float, weight: float) -> States:
    """The likeliest course of what is driven to `level` °C while on: 1 on, 0 off, -1 not heard.

    `driven`: (minutes,) °C, NaN not heard; `scatter`: °C, of it while off; `weight`: the share of a
    minute's evidence that its neighbours don't hold already. Viterbi's algorithm over off and on.
    Below nothing speaks no more for off than nothing, and above its level no more for on.
    """
    at = np.flatnonzero(~np.isnan(driven))
    states = np.full(driven.size, -1, dtype=np.int8)
    if at.size == 0:
        return states
    turned = np.zeros((at.size, 2), dtype=np.int8)
    off, on = 0.0, LIT_AT_FIRST
    wander = np.sqrt(scatter**2 + (WARM_SCATTER * level) ** 2)
    usual = switch_on = switch_off = 0.0  # of the minutes between two readings
    for k in range(at.size):
        minutes = float(at[k] - at[k - 1]) if k else 1.0
        if minutes != usual:
            usual = minutes
            switch_on = -np.log(1.0 - np.exp(-minutes / SWITCHED_ON_IN))
            switch_off = -np.log(1.0 - np.exp(-minutes / SWITCHED_OFF_IN))
        if on + switch_off < off:
            next_off, turned[k, OFF] = on + switch_off, 1
        else:
            next_off = off
        if off + switch_on < on:
            next_on, turned[k, ON] = off + switch_on, 1
        else:
            next_on = on
        value = driven[at[k]]
        above, below = max(value, 0.0) / wander, max(level - value, 0.0) / wander
        next_off += weight * min(0.5 * above**2, FARTHEST)
        next_on += weight * min(0.5 * below**2, FARTHEST)
        least = min(next_off, next_on)
        off, on = next_off - least, next_on - least
    state = OFF if off <= on else ON
    for k in range(at.size - 1, -1, -1):
        states[at[k]] = state
        if turned[k, state]:
            state = OFF if state == ON else ON
    return states
