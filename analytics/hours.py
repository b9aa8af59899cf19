"""Usage as small facts: per hour, per day (I3)."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.calendar import FIRST_HOUR, LAST_HOUR
from analytics.grid import Bools, runs

HOUR: Final = 60
DAY: Final = 1440
LONG_GAP: Final = 15  # minutes; what a shorter one hides is no session to speak of
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Hours:
    """Per hour of the grid, (hours,): minutes in use, minutes heard, sessions begun."""

    in_use: Ints
    covered: Ints
    starts: Ints


@dataclass(frozen=True, slots=True)
class Days:
    """Per day of the grid, (days,): minutes in use, heard, to be heard; sessions; is it valid.

    `perhaps`: minutes in which there may have been use; `unheard`: working minutes in long gaps.
    """

    in_use: Ints
    covered: Ints
    service: Ints
    sessions: Ints
    valid: Bools
    perhaps: Ints
    unheard: Ints


def by_hour(use: Bools, covered: Bools, starts: Ints) -> Hours:
    """Facts of each whole hour. `use`, `covered`: (minutes,); `starts`: minutes of the starts.

    Use counts only while somebody listened: in_use never exceeds covered.
    """
    from analytics.minute_passes import counts  # noqa: PLC0415 — see analytics/compiled.py

    hours = use.size // HOUR
    whole = hours * HOUR
    used, heard = counts(use & covered, HOUR), counts(covered, HOUR)
    begun = np.bincount(starts[starts < whole] // HOUR, minlength=hours)
    return Hours(used, heard, begun.astype(np.int64))


def unheard(covered: Bools) -> Ints:
    """Minutes of each day's working hours, (days,), in gaps of more than LONG_GAP minutes in
    `covered` (minutes,).
    """
    gaps = np.zeros(covered.size, dtype=bool)
    for start, end in runs(~covered):
        gaps[start:end] = end - start > LONG_GAP
    by_minute = gaps.reshape(-1, DAY)[:, FIRST_HOUR * HOUR : LAST_HOUR * HOUR]
    return np.asarray(by_minute.sum(axis=1).astype(np.int64))


def by_day(
    use: Bools,
    covered: Bools,
    perhaps: Bools,
    starts: Ints,
    *,
    begun: int,
    passed: int,
    least_coverage: float,
) -> Days:
    """Facts of each day of the grid, which begins at local midnight and holds whole days.

    `begun`, `passed`: the minutes of the grid from which and until which there was anything to
    hear. A day is valid when it is over by the end of work and was heard for `least_coverage` of
    its working hours.
    """
    from analytics.minute_passes import counts  # noqa: PLC0415

    days = use.size // DAY
    first = np.arange(days) * DAY
    elapsed = np.clip(passed - first, 0, DAY)
    working = covered.reshape(days, DAY)[:, FIRST_HOUR * HOUR : LAST_HOUR * HOUR]
    over = elapsed >= LAST_HOUR * HOUR
    return Days(
        in_use=counts(use & covered, DAY),
        covered=counts(covered, DAY),
        service=elapsed - np.clip(np.minimum(begun, passed) - first, 0, DAY),
        sessions=np.bincount(starts // DAY, minlength=days),
        valid=over & (working.mean(axis=1) >= least_coverage),
        perhaps=counts(perhaps, DAY),
        unheard=unheard(covered | perhaps),
    )
