"""Use by pulses: what counts the asset's own doings, a printer's pages or a meter's turns."""

from collections.abc import Sequence
from math import sqrt
from typing import Final

import numpy as np

from analytics import rhythm
from analytics.calendar import FIRST_HOUR, LAST_HOUR
from analytics.grid import Bools, Floats
from analytics.kind import Kind, Seen, Signal, standing, summed

LEAST_COUNTED: Final = 3  # minutes with counts that prove a counter: one or two may be disturbances
LEAST_COUNT: Final = 2  # pulses a minute; a single one may be a disturbance
LEAST_JOBS: Final = 6  # single pulses while people work, more than chance brings, that are jobs
CHANCE: Final = 4.0  # standard deviations
BUSY: Final = 0.9  # of the readings count no faster: that is the pace of a reading all in use
DAY: Final = 1440  # minutes
WORK: Final = (FIRST_HOUR * 60, LAST_HOUR * 60)  # minutes of the day
NIGHT_FROM: Final = 21 * 60
WILD: Final = 20.0  # times the largest of two readings together
MANY: Final = 30.0  # of a reading; WILD times as many is wild also where all is zero
SPREAD: Final = 3.0  # scatters of readings at one level


def pulses(counts: Floats) -> Seen:
    """Use by pulses, (minutes,) from local midnight on, NaN not heard: two or more in a minute.

    Single ones are jobs where they come while people work, and far more often than at night, as a
    printer's that gives one pulse for each; else they are disturbances.
    """
    heard = ~np.isnan(counts)
    with np.errstate(invalid="ignore"):
        use = counts >= LEAST_COUNT
        single = (counts > 0) & ~use
    if _are_jobs(single, heard):
        use = use | single
    detected = int(use.sum()) >= LEAST_COUNTED
    if rhythm.usual(counts) > 1:
        use, heard = _spread(counts, use)
    return Seen(use, heard, able=True, detected=detected)


def _spread(counts: Floats, use: Bools) -> tuple[Bools, Bools]:
    """Use and what is heard, (minutes,) each, where a reading counts the minutes since the one
    before: in as many of them as its count takes at the usual pace, next to a neighbour in use.
    """
    at = np.flatnonzero(~np.isnan(counts))
    usual = rhythm.usual(counts)
    apart = np.diff(at, prepend=at[0] - usual)
    known = apart <= rhythm.longest(usual)
    used = use[at] & known
    pace = np.quantile(counts[at][used] / apart[used], BUSY) if used.any() else 1.0
    lasts = np.minimum(np.ceil(counts[at] / pace), apart).astype(np.int64)
    after, before = np.append(used[1:], False), np.append(False, used[:-1])
    spread, heard = np.zeros((2, counts.size), dtype=bool)
    for k in np.flatnonzero(known):
        heard[max(0, at[k] - apart[k] + 1) : at[k] + 1] = True
    for k in np.flatnonzero(used):
        start = at[k] - lasts[k] + 1
        if before[k] and not after[k]:
            start = at[k] - apart[k] + 1
        spread[max(0, start) : start + lasts[k]] = True
    return spread, heard


def _are_jobs(single: Bools, heard: Bools) -> bool:
    """Whether single pulses come while people work, more often than at night by more than chance
    (a Poisson process scatters by its root).
    """
    minute = np.arange(single.size) % DAY
    work = (minute >= WORK[0]) & (minute < WORK[1])
    night = (minute >= NIGHT_FROM) | (minute < WORK[0])
    rate = (single & night).sum() / max(1, int((heard & night).sum()))
    expected = rate * int((heard & work).sum())
    return bool((single & work).sum() > LEAST_JOBS + expected + CHANCE * sqrt(expected))


def _see(room: Sequence[Signal]) -> list[Seen]:
    return [pulses(one.values) for one in room]


def _wild(_at_s: Floats, counts: Floats, _longitudes: Floats | None) -> Bools:
    level = float(np.minimum(counts[1:], counts[:-1]).max())  # reached by two together
    return np.asarray(counts > WILD * max(level, MANY))


def _scatter(level: float) -> float:
    return max(LEAST_COUNT, SPREAD * sqrt(level))  # counts scatter by their root


KIND: Final = Kind(
    name="pulses",
    basis="pulses",
    sure=0.8,
    see=_see,
    to_grid=summed,
    decides=True,
    rest=0.0,
    may_stand=standing(6 * 60, rest=0.0),  # one that stands still is an asset that isn't used
    wild=_wild,
    scatter=_scatter,
)
