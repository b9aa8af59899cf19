"""Usage as small facts: per hour, per day (I3)."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.calendar import FIRST_HOUR, LAST_HOUR
from analytics.grid import Bools

HOUR: Final = 60
DAY: Final = 1440
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Hours:
    """Per hour of the grid, (hours,): minutes in use, minutes heard, sessions begun."""

    in_use: Ints
    covered: Ints
    starts: Ints


@dataclass(frozen=True, slots=True)
class Days:
    """Per day of the grid, (days,): minutes in use, heard, to be heard; sessions; is it valid."""

    in_use: Ints
    covered: Ints
    service: Ints
    sessions: Ints
    valid: Bools


def by_hour(use: Bools, covered: Bools, starts: Ints) -> Hours:
    """Facts of each whole hour. `use`, `covered`: (minutes,); `starts`: minutes of the starts.

    Use counts only while somebody listened: in_use never exceeds covered.
    """
    hours = use.size // HOUR
    whole = hours * HOUR
    used = (use & covered)[:whole].reshape(hours, HOUR).sum(axis=1)
    heard = covered[:whole].reshape(hours, HOUR).sum(axis=1)
    begun = np.bincount(starts[starts < whole] // HOUR, minlength=hours)
    return Hours(used.astype(np.int64), heard.astype(np.int64), begun.astype(np.int64))


def by_day(use: Bools, covered: Bools, starts: Ints, passed: int, least_coverage: float) -> Days:
    """Facts of each day of the grid, which begins at local midnight and holds whole days.

    `passed`: minutes of the grid that are over. A day is valid when it is over by the end of
    work and was heard for `least_coverage` of its working hours.
    """
    days = use.size // DAY
    used = (use & covered).reshape(days, DAY).sum(axis=1)
    heard = covered.reshape(days, DAY).sum(axis=1)
    service = np.clip(passed - np.arange(days) * DAY, 0, DAY)
    begun = np.bincount(starts // DAY, minlength=days)
    working = covered.reshape(days, DAY)[:, FIRST_HOUR * HOUR : LAST_HOUR * HOUR]
    over = service >= LAST_HOUR * HOUR
    valid = over & (working.mean(axis=1) >= least_coverage)
    return Days(used, heard, service.astype(np.int64), begun, valid)
