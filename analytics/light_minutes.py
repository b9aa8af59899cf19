"""A sensor's light minute by minute: its changes of level, and how a lamp's steps bound its course;
compiled. NaN is not heard.
"""

import numpy as np
from numpy.typing import NDArray

from analytics.compiled import compiled

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
States = NDArray[np.int8]


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
    threes = np.empty(at.size)  # the median of three readings from each on, where they are near
    for k in range(at.size):
        whole = side == 3 and k + 2 < at.size and at[k + 2] - at[k] <= reach
        threes[k] = np.nan
        if whole:
            threes[k] = _middle(values[at[k]], values[at[k + 1]], values[at[k + 2]])
    for k in range(1, at.size):
        if k >= 3 and not np.isnan(threes[k]) and not np.isnan(threes[k - 3]):
            changes[at[k]] = threes[k] - threes[k - 3]
            continue
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
def widest(changes: Floats, reach: int, least: float) -> Floats:
    """Of (minutes,) the largest change of `least` or more, with its sign, within `reach` minutes of
    each; 0: none.
    """
    found = np.zeros(changes.size)
    for minute in range(changes.size):
        change = changes[minute]
        if not abs(change) >= least:
            continue
        for near in range(max(0, minute - reach), min(changes.size, minute + reach + 1)):
            if abs(change) > abs(found[near]):
                found[near] = change
    return found


@compiled
def peaks(changes: Floats, light: Floats, least: float, share: float, reach: int) -> Ints:
    """The minutes of (minutes,) in which a change of `least` lux, and of `share` of the level, is
    the largest within `reach` minutes; of equal ones the first.
    """
    found = np.empty(changes.size, dtype=np.int64)
    count = 0
    for minute in range(changes.size):
        size = abs(changes[minute])
        if not (size > least and size > share * light[minute]):
            continue
        largest = True
        for near in range(max(0, minute - reach), min(changes.size, minute + reach + 1)):
            other = abs(changes[near])
            if other > size or (near < minute and other == size):
                largest = False
                break
        if largest:
            found[count] = minute
            count += 1
    return found[:count]


@compiled
def sizes(changes: Floats) -> Floats:
    """How large the changes of (minutes,) are, (readings,)."""
    found = np.empty(changes.size)
    count = 0
    for minute in range(changes.size):
        if not np.isnan(changes[minute]):
            found[count] = abs(changes[minute])
            count += 1
    return found[:count]


@compiled
def marks(at: Ints, own: Floats, near: int, minutes: int) -> Floats:
    """By minute the most of what `own` (steps,) says of the steps within `near` minutes, which come
    at the minutes `at` (steps,); 0 where there is none.
    """
    found = np.zeros(minutes)
    for shift in range(-near, near + 1):
        for k in range(at.size):
            minute = min(max(at[k] + shift, 0), minutes - 1)
            if found[minute] == 0.0 or own[k] > found[minute]:
                found[minute] = own[k]
    return found


@compiled
def carried(states: States, longest: int) -> Bools:
    """Of (minutes,), 1 on, 0 off, -1 not heard: on at each reading, and until the next one where
    that is no farther than `longest` minutes.
    """
    found = np.zeros(states.size, dtype=np.bool_)
    last = -1
    for minute in range(states.size):
        if states[minute] >= 0:
            last = minute
        if last >= 0 and minute - last <= longest:
            found[minute] = states[last] == 1
    return found


@compiled
def switched(lit: Bools, marked: Floats, silent: Bools, reach: int) -> Bools:
    """Of (minutes,) `lit` the stretches that have a step that is `marked` (minutes,) within `reach`
    minutes of their beginning or end, or a minute that is `silent` (minutes,).
    """
    found = lit.copy()
    start = -1
    for minute in range(lit.size + 1):
        on = minute < lit.size and lit[minute]
        if on and start < 0:
            start = minute
        if on or start < 0:
            continue
        borne_out = False
        for edge in (start, minute):
            for near in range(max(0, edge - reach), min(lit.size, edge + reach + 1)):
                if marked[near] > 0.0 or silent[near]:
                    borne_out = True
        if not borne_out:
            found[start:minute] = False
        start = -1
    return found


@compiled
def seen_near(wide: Floats, others: Ints, at: Ints, least: float) -> Floats:
    """What the sensors `others` (others,) of (sensors, minutes) saw at the minutes `at` (events,),
    (events, others); 0 where it is less than `least`.
    """
    found = np.zeros((at.size, others.size))
    for k in range(others.size):
        for e in range(at.size):
            value = wide[others[k], at[e]]
            if abs(value) >= least:
                found[e, k] = value
    return found


@compiled
def lengths(rows: Floats) -> Floats:
    """The length of each of (rows, columns), (rows,)."""
    found = np.empty(rows.shape[0])
    for row in range(rows.shape[0]):
        total = 0.0
        for column in range(rows.shape[1]):
            total += rows[row, column] ** 2
        found[row] = np.sqrt(total)
    return found
