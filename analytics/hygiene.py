"""What of a sensor's values can be trusted, and how the sensor is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
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
NIGHTS_APART: Final = 7  # of nights that are compared: setting a sensor right spoils few pairs
STEADY: Final = 0.7  # of the pairs that wander the same way
LEAST_AROUND: Final = 2  # other sensors that make a room to compare with
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


# What such a sensor says is no measurement, so what proved it before proves nothing more (I10). One
# that is silent or never heard lost its network or its power, and a wrong clock is its gateway's:
# whether it reacts is not in question.
CAN_NOT_BE_BELIEVED: Final = frozenset({Health.STUCK, Health.DRIFTING})


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


def mark_drifting(kinds: Sequence[str], cleaned: Sequence[Cleaned]) -> list[Cleaned]:
    """One room's sensors, in the order given, those that drift with that as their health.

    Warmth is compared with the room's other sensors where it has two or more: weather and seasons
    move all of them.
    """
    nights = [nightly(one.values) for one in cleaned]
    warm = [n for n, kind in enumerate(kinds) if kind == "temperature"]
    marked = list(cleaned)
    for index, one in enumerate(cleaned):
        levels = nights[index]
        around = [nights[n] for n in warm if n != index]
        if kinds[index] == "temperature" and len(around) >= LEAST_AROUND:
            levels = levels - _typical(np.stack(around))
        if one.health is Health.OK and drifts(kinds[index], levels):
            marked[index] = replace(one, health=Health.DRIFTING, since=0)
    return marked


def nightly(values: Floats) -> Floats:
    """The tenth percentile of each whole day of (minutes,), (days,): what it says at rest.

    NaN where less than a quarter of the day was heard.
    """
    ordered = np.sort(values[: values.size // DAY * DAY].reshape(-1, DAY), axis=1)  # NaN goes last
    heard = (~np.isnan(ordered)).sum(axis=1)
    low = (0.1 * np.maximum(heard - 1, 0)).astype(np.int64)
    levels = np.take_along_axis(ordered, low[:, np.newaxis], axis=1)[:, 0]
    levels[heard <= DAY // 4] = np.nan
    return np.asarray(levels)


def _typical(nights: Floats) -> Floats:
    """What (sensors, days) of nights have in common, (days,): the median of each one's changes."""
    common = np.full(nights.shape[1], np.nan)
    spoken = nights[(~np.isnan(nights)).any(axis=1)]
    if spoken.size:
        moved = spoken - np.nanmedian(spoken, axis=1, keepdims=True)
        known = (~np.isnan(moved)).any(axis=0)
        common[known] = np.nanmedian(moved[:, known], axis=0)
    filled: Floats = np.nan_to_num(common, nan=0.0)
    return filled


def drifts(kind: str, levels: Floats) -> bool:
    """Whether the level at night, (days,), wanders off steadily: by Theil and Sen's slope.

    P. K. Sen, J. Am. Stat. Assoc. 63 (1968) 1379: the median of the pairs' slopes; of pairs a few
    nights apart only, so that it is seen also where somebody sets the sensor right in between.
    """
    days = np.flatnonzero(~np.isnan(levels))
    if kind not in DRIFT_A_DAY or days.size < LEAST_NIGHTS:
        return False
    first, second = np.triu_indices(days.size, 1)
    near = days[second] - days[first] <= NIGHTS_APART
    early, late = days[first[near]], days[second[near]]
    slopes = (levels[late] - levels[early]) / (late - early)
    slope = float(np.median(slopes))
    steady = float(np.mean(np.sign(slopes) == np.sign(slope)))
    in_all = abs(slope) * float(days[-1] - days[0])
    return abs(slope) > DRIFT_A_DAY[kind] and in_all > DRIFT_IN_ALL[kind] and steady > STEADY
