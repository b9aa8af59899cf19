"""Single passes over one sensor's readings or minutes, compiled.

NaN is not heard. Who asks for them is not compiled and says more of each: `grid.py`, `rhythm.py`,
`hygiene.py` and the kinds.
"""

import numpy as np
from numpy.typing import NDArray

from analytics.compiled import compiled

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


@compiled
def summed_by_minute(
    at_s: Floats, values: Floats, start_s: float, length_s: int, minutes: int
) -> tuple[Floats, Ints]:
    """Sum and number of the readings (n,) of each minute, (minutes,) each."""
    totals, counts = np.zeros(minutes), np.zeros(minutes, dtype=np.int64)
    for k in range(at_s.size):
        slot = np.floor((at_s[k] - start_s) / length_s)
        if 0.0 <= slot < minutes:
            totals[int(slot)] += values[k]
            counts[int(slot)] += 1
    return totals, counts


@compiled
def mean_by_minute(
    at_s: Floats, values: Floats, start_s: float, length_s: int, minutes: int
) -> Floats:
    """Mean of the readings (n,) of each minute, (minutes,)."""
    means, counts = summed_by_minute(at_s, values, start_s, length_s, minutes)
    for minute in range(minutes):
        if counts[minute] != 1:
            means[minute] = means[minute] / counts[minute] if counts[minute] else np.nan
    return means


@compiled
def rises(at_s: Floats) -> bool:
    """Whether times (n,) never fall; NaN: they do."""
    for k in range(1, at_s.size):
        if not at_s[k] >= at_s[k - 1]:
            return False
    return at_s.size == 0 or not np.isnan(at_s[0])


@compiled
def typical_gap(values: Floats) -> int:
    """The median number of minutes between two readings of (minutes,), whole; 1 where there are
    fewer than two.
    """
    counts = np.zeros(values.size + 1, dtype=np.int64)
    last, gaps = -1, 0
    for minute in range(values.size):
        if np.isnan(values[minute]):
            continue
        if last >= 0:
            counts[minute - last] += 1
            gaps += 1
        last = minute
    if gaps == 0:
        return 1
    lower = upper = -1
    passed = 0
    for length in range(counts.size):
        passed += counts[length]
        if lower < 0 and passed > (gaps - 1) // 2:
            lower = length
        if passed > gaps // 2:
            upper = length
            break
    return (lower + upper) // 2


@compiled
def between(values: Floats, longest: float) -> Bools:
    """Where (minutes,) was heard, or is between two readings at most `longest` minutes apart."""
    found = np.zeros(values.size, dtype=np.bool_)
    last = -1
    for minute in range(values.size):
        if np.isnan(values[minute]):
            continue
        found[minute] = True
        if last >= 0 and 1 < minute - last <= longest:
            found[last + 1 : minute] = True
        last = minute
    return found


@compiled
def drawn(values: Floats, longest: float) -> Floats:
    """(minutes,) with gaps of up to `longest` minutes between two readings filled by the line
    through them.
    """
    found = values.copy()
    last = -1
    for minute in range(values.size):
        if np.isnan(values[minute]):
            continue
        apart = minute - last
        if last >= 0 and 1 < apart <= longest:
            slope = (values[minute] - values[last]) / apart
            for step in range(1, apart):
                found[last + step] = slope * step + values[last]
        last = minute
    return found


@compiled
def filled(values: Floats, longest: int) -> Floats:
    """(minutes,) with the last value before it in each silent minute, at most `longest` on."""
    found = values.copy()
    last = -1
    for minute in range(values.size):
        if not np.isnan(values[minute]):
            last = minute
        elif last >= 0 and minute - last <= longest:
            found[minute] = values[last]
    return found


@compiled
def still_runs(values: Floats, least: int) -> Ints:
    """Stretches of (minutes,) in which what was said never changed, of `least` minutes or more:
    rows (first, last) of the minutes of their readings, (runs, 2).
    """
    found = np.empty((values.size // least + 1, 2), dtype=np.int64)
    count = 0
    first = last = -1
    for minute in range(values.size):
        if np.isnan(values[minute]):
            continue
        if last < 0 or values[minute] != values[last]:
            if last >= 0 and last - first + 1 >= least:
                found[count, 0], found[count, 1] = first, last
                count += 1
            first = minute
        last = minute
    if last >= 0 and last - first + 1 >= least:
        found[count, 0], found[count, 1] = first, last
        count += 1
    return found[:count]


@compiled
def brightest_pair(values: Floats) -> tuple[float, float]:
    """The most that two readings of (n,) in a row both reached, and the most of all."""
    both = most = -np.inf
    for k in range(values.size):
        most = max(most, values[k])
        if k:
            both = max(both, min(values[k], values[k - 1]))
    return both, most


@compiled
def leaps_back(at_s: Floats, values: Floats, rest: float, within_s: float) -> Floats:
    """By how much each reading of (n,), or the run of equal ones that it is in, lies beyond both
    the one before and the one after it, which differ by no more than `rest` of that and are
    `within_s` apart at most, (n,); 0 where it doesn't.
    """
    found = np.zeros(values.size)
    before = -1  # the last reading of the run before
    first = 0
    for k in range(1, values.size):
        if values[k] == values[k - 1]:
            continue
        if before >= 0:
            up, down = values[first] - values[before], values[first] - values[k]
            if up * down > 0.0 and at_s[k] - at_s[before] <= within_s:
                least = min(abs(up), abs(down))
                if abs(up - down) <= rest * least:
                    found[first:k] = least
        before, first = k - 1, k
    return found


@compiled
def binned(values: Floats, length: int) -> Floats:
    """The median of what was heard in each `length` minutes of (sensors, minutes), (sensors, bins);
    NaN where nothing was.
    """
    sensors, bins = values.shape[0], values.shape[1] // length
    found = np.full((sensors, bins), np.nan)
    ordered = np.empty(length)
    for row in range(sensors):
        for place in range(bins):
            count = 0
            for minute in range(place * length, (place + 1) * length):
                value = values[row, minute]
                if np.isnan(value):
                    continue
                at = count
                while at > 0 and ordered[at - 1] > value:
                    ordered[at] = ordered[at - 1]
                    at -= 1
                ordered[at] = value
                count += 1
            if count:
                found[row, place] = 0.5 * (ordered[(count - 1) // 2] + ordered[count // 2])
    return found


@compiled
def runs(flags: Bools) -> Ints:
    """Runs of True in (minutes,) as rows (start, end), end excluded; (runs, 2)."""
    count = 0
    for minute in range(flags.size):
        count += flags[minute] and not (minute and flags[minute - 1])
    found = np.empty((count, 2), dtype=np.int64)
    count = -1
    for minute in range(flags.size):
        if not flags[minute]:
            continue
        if not (minute and flags[minute - 1]):
            count += 1
            found[count, 0] = minute
        found[count, 1] = minute + 1
    return found


@compiled
def counts(flags: Bools, length: int) -> Ints:
    """How many of each `length` minutes of (minutes,) are True, (stretches,); what is left over of
    the last one counts nowhere.
    """
    found = np.zeros(flags.size // length, dtype=np.int64)
    for stretch in range(found.size):
        count = 0
        for minute in range(stretch * length, (stretch + 1) * length):
            count += flags[minute]
        found[stretch] = count
    return found
