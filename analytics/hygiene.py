"""What of a sensor's values can be trusted, and how the sensor is."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from analytics.grid import Bools, Floats

DAY: Final = 1440  # minutes

# A value that stays the same to the last digit for so long is no measurement (minutes).
STUCK_AFTER: Final = {"photoelectric": 360, "pulses": 360, "temperature": 720, "position": 720}
DARK_LX: Final = 2.0  # below, a clipped zero may well stay; then a whole day must not
DRIFT_A_DAY: Final = {"photoelectric": 3.0, "temperature": 0.15}  # of the nightly level
DRIFT_IN_ALL: Final = {"photoelectric": 40.0, "temperature": 2.5}
LEAST_NIGHTS: Final = 10
STUCK_SHARE: Final = 0.25  # of what was heard
CLOCK_AHEAD: Final = 15  # minutes; gateways may be off by a few


class Health(StrEnum):
    """How a sensor is; everything but OK is a device alarm (I4)."""

    OK = "ok"
    SILENT = "silent"
    STUCK = "stuck"
    DRIFTING = "drifting"
    NEVER_HEARD = "never_heard"
    CLOCK_OFF = "clock_off"


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Values (minutes,) with what can't be trusted as NaN, and the sensor's health."""

    values: Floats
    health: Health
    coverage: float  # heard and trusted, of all minutes that have passed
    since: int  # the minute from which the health holds


def clean(kind: str, values: Floats, silent_after: int, passed: int, ahead: float = 0.0) -> Cleaned:
    """Judge one sensor's (minutes,) values of `kind`; `passed` minutes of the grid are over.

    `silent_after`: minutes without a value after which a sensor is silent. `ahead`: minutes by
    which its newest stamp is later than now.
    """
    heard = ~np.isnan(values)
    last = int(np.flatnonzero(heard)[-1]) if heard.any() else -1
    stuck = stuck_minutes(kind, values)
    trusted = np.where(stuck, np.nan, values)
    good = heard & ~stuck
    coverage = float(good[:passed].mean()) if passed else 0.0
    if last < 0:
        return Cleaned(trusted, Health.NEVER_HEARD, 0.0, 0)
    if ahead > CLOCK_AHEAD:
        return Cleaned(trusted, Health.CLOCK_OFF, coverage, passed)
    if last < passed - silent_after:
        return Cleaned(trusted, Health.SILENT, coverage, last)
    if stuck[max(0, last - 5) : last + 1].any() or stuck.sum() > STUCK_SHARE * heard.sum():
        return Cleaned(trusted, Health.STUCK, coverage, int(np.argmax(stuck)))
    if drifts(kind, trusted):
        return Cleaned(trusted, Health.DRIFTING, coverage, 0)
    return Cleaned(trusted, Health.OK, coverage, int(np.argmax(heard)))


def stuck_minutes(kind: str, values: Floats) -> Bools:
    """Which of (minutes,) belong to a stretch in which the value never changed for too long.

    Gaps don't end such a stretch. Darkness and stillness are no fault: lux up to DARK_LX and
    pulse counts of zero may stay, lux though not for a whole day.
    """
    found = np.zeros(values.size, dtype=bool)
    at = np.flatnonzero(~np.isnan(values))
    if at.size < 2:
        return found
    said = values[at]
    borders = np.flatnonzero(np.diff(said) != 0) + 1
    starts = np.concatenate(([0], borders))
    ends = np.concatenate((borders, [at.size]))
    lengths = at[ends - 1] - at[starts] + 1
    level = said[starts]
    limit = np.full(level.size, STUCK_AFTER[kind], dtype=np.float64)
    if kind == "photoelectric":
        limit[level <= DARK_LX] = DAY
    if kind == "pulses":
        limit[level == 0] = np.inf
    for run in np.flatnonzero(lengths >= limit):
        found[at[starts[run]] : at[ends[run] - 1] + 1] = True
    return found & ~np.isnan(values)


def drifts(kind: str, values: Floats) -> bool:
    """Whether the level at night wanders off steadily: by Theil and Sen's slope over the nights.

    P. K. Sen, J. Am. Stat. Assoc. 63 (1968) 1379: the median of all pairs' slopes.
    """
    if kind not in DRIFT_A_DAY:
        return False
    nights = values[: values.size // DAY * DAY].reshape(-1, DAY)
    heard = (~np.isnan(nights)).sum(axis=1) > DAY // 4
    levels = np.array([np.nanquantile(night, 0.1) for night in nights[heard]])
    days = np.flatnonzero(heard).astype(np.float64)
    if days.size < LEAST_NIGHTS:
        return False
    first, second = np.triu_indices(days.size, 1)
    slopes = (levels[second] - levels[first]) / (days[second] - days[first])
    slope = float(np.median(slopes))
    steady = float(np.mean(np.sign(slopes) == np.sign(slope)))
    span = days[-1] - days[0]
    return (
        abs(slope) > DRIFT_A_DAY[kind] and abs(slope) * span > DRIFT_IN_ALL[kind] and steady > 0.9
    )
