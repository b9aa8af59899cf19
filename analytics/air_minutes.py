"""The air of one room minute by minute, what its sensors have in common and what each adds,
compiled. NaN is not heard.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.compiled import compiled

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

BLOCK: Final = 512  # minutes, of which all sensors' are at hand at once


@compiled
def above(values: Floats, at: Ints, levels: Floats) -> Floats:
    """(sensors, minutes) less the line through each one's `levels` (sensors, nights) at the minutes
    `at` (nights,), level before the first and after the last; NaN where it has none.
    """
    sensors, minutes = values.shape
    found = np.full(values.shape, np.nan)
    for row in range(sensors):
        before = -1
        done = 0
        for night in range(at.size):
            if np.isnan(levels[row, night]):
                continue
            until = min(at[night], minutes)
            if before < 0:
                for minute in range(until):
                    found[row, minute] = values[row, minute] - levels[row, night]
            else:
                start, level = at[before], levels[row, before]
                slope = (levels[row, night] - level) / (at[night] - start)
                for minute in range(done, until):
                    line = slope * (minute - start) + level
                    found[row, minute] = values[row, minute] - line
            before, done = night, until
        if before >= 0:
            for minute in range(done, minutes):
                found[row, minute] = values[row, minute] - levels[row, before]
    return found


@compiled
def by_voice(values: Floats, voices: Ints, count: int) -> Floats:
    """The mean of (sensors, minutes) of each voice, (voices, minutes); `voices` (sensors,)."""
    sensors, minutes = values.shape
    totals, heard = np.zeros((count, minutes)), np.zeros((count, minutes), dtype=np.int64)
    for row in range(sensors):
        voice = voices[row]
        for minute in range(minutes):
            if not np.isnan(values[row, minute]):
                totals[voice, minute] += values[row, minute]
                heard[voice, minute] += 1
    for voice in range(count):
        for minute in range(minutes):
            spoken = heard[voice, minute]
            if spoken != 1:
                total = totals[voice, minute]
                totals[voice, minute] = total / spoken if spoken else np.nan
    return totals


@compiled
def lowest(rows: Floats, share: float) -> Floats:
    """Of (voices, minutes) in each minute the one below which that share of them lie."""
    voices, minutes = rows.shape
    found = np.full(minutes, np.nan)
    most = int(share * (voices - 1)) + 1  # the lowest so many are put in order
    ordered = np.empty(most)
    for minute in range(minutes):
        count = 0
        for voice in range(voices):
            value = rows[voice, minute]
            if np.isnan(value):
                continue
            count += 1
            if count > most and value >= ordered[most - 1]:
                continue
            place = min(count, most) - 1
            while place > 0 and ordered[place - 1] > value:
                ordered[place] = ordered[place - 1]
                place -= 1
            ordered[place] = value
        if count:
            found[minute] = ordered[int(share * (count - 1))]
    return found


@compiled
def below_nothing(driven: Floats, at_work: Bools) -> tuple[Floats, int]:
    """How far (minutes,) lies below nothing in the minutes at work in which it does, and in how
    many; the first so many.
    """
    found = np.empty(driven.size)
    count = 0
    for minute in range(driven.size):
        if at_work[minute] and driven[minute] < 0.0:
            found[count] = -driven[minute]
            count += 1
    return found, count


@compiled
def mean_around(values: Floats, width: int) -> Floats:
    """The mean of (minutes,) over the `width` minutes around each; NaN where it wasn't heard."""
    found = np.full(values.size, np.nan)
    totals, counts = np.zeros(values.size + 1), np.zeros(values.size + 1, dtype=np.int64)
    for minute in range(values.size):
        heard = not np.isnan(values[minute])
        totals[minute + 1] = totals[minute] + (values[minute] if heard else 0.0)
        counts[minute + 1] = counts[minute] + heard
    half = width // 2
    for minute in range(values.size):
        if not np.isnan(values[minute]):
            first, end = max(0, minute - half), min(values.size, minute + half + 1)
            count = counts[end] - counts[first]
            found[minute] = (totals[end] - totals[first]) / count
    return found


@compiled
def without_room(
    rises: Floats, course: Floats, slow: Floats, driven: Floats, least: Floats,
    every: int, enough: int, stiffness: float,
) -> Floats:  # fmt: skip
    """What remains of the `rises` (sensors, minutes) without the room's `course` (minutes,) by each
    sensor's own gains for what is `slow` (minutes,) of it and for the rest.

    The gains are those of least squares over one in `every` minutes in which the sensor's `driven`
    (sensors, minutes) is within `least` (sensors,) of nothing; `stiffness`: samples·°C² that speak
    for a gain of one. Where they are fewer than `enough`, both gains are one.
    """
    sensors, minutes = rises.shape
    left = np.empty(rises.shape)
    for row in range(sensors):
        count = 0
        middle_slow = middle_fast = middle = 0.0
        for minute in range(0, minutes, every):
            rest = rises[row, minute] - course[minute]
            if abs(driven[row, minute]) < least[row] and not np.isnan(rest):
                middle_slow += slow[minute]
                middle_fast += course[minute] - slow[minute]
                middle += rest
                count += 1
        if count < enough or count == 0:
            for minute in range(minutes):
                left[row, minute] = rises[row, minute] - course[minute]
            continue
        middle_slow, middle_fast = middle_slow / count, middle_fast / count
        middle /= count
        both = by_slow = by_fast = 0.0
        slows = fasts = stiffness
        for minute in range(0, minutes, every):
            rest = rises[row, minute] - course[minute]
            if abs(driven[row, minute]) < least[row] and not np.isnan(rest):
                one = slow[minute] - middle_slow
                other = course[minute] - slow[minute] - middle_fast
                slows += one * one
                fasts += other * other
                both += one * other
                by_slow += one * (rest - middle)
                by_fast += other * (rest - middle)
        within = slows * fasts - both * both
        gain_slow = (fasts * by_slow - both * by_fast) / within
        gain_fast = (slows * by_fast - both * by_slow) / within
        always = middle - gain_slow * middle_slow - gain_fast * middle_fast
        for minute in range(minutes):
            fast = course[minute] - slow[minute]
            of_room = gain_slow * slow[minute] + gain_fast * fast + always
            left[row, minute] = rises[row, minute] - course[minute] - of_room
    return left


@compiled
def share_out(
    left: Floats, driven: Floats, least: Floats, asked: Bools, voices: Ints, course: Floats
) -> None:
    """Take what voices that are off have in common out of what is `left` (sensors, minutes) of
    each, by the others' mean; and put their mean into the room's `course` (minutes,).

    A sensor is off where its `driven` (sensors, minutes) is within `least` (sensors,) of nothing;
    `asked` (sensors,): which are; `voices` (sensors,): the voice of each, one an asset.
    """
    sensors, minutes = left.shape
    count = voices.max() + 1
    totals, heard = np.empty((count, BLOCK)), np.empty((count, BLOCK))
    total, speaking = np.empty(BLOCK), np.empty(BLOCK)
    for start in range(0, minutes, BLOCK):
        length = min(BLOCK, minutes - start)
        totals[:], heard[:], total[:], speaking[:] = 0.0, 0.0, 0.0, 0.0
        for row in range(sensors):
            voice, near = voices[row], least[row] if asked[row] else -1.0
            for k in range(length):
                value = left[row, start + k]
                if abs(driven[row, start + k]) < near and not np.isnan(value):
                    totals[voice, k] += value
                    heard[voice, k] += 1.0
        for voice in range(count):
            for k in range(length):
                totals[voice, k] /= max(heard[voice, k], 1.0)
                heard[voice, k] = min(heard[voice, k], 1.0)
                total[k] += totals[voice, k]
                speaking[k] += heard[voice, k]
        for row in range(sensors):
            voice = voices[row]
            for k in range(length):
                others = max(speaking[k] - heard[voice, k], 1.0)
                left[row, start + k] -= (total[k] - totals[voice, k]) / others
        for k in range(length):
            course[start + k] += total[k] / max(speaking[k], 1.0)
