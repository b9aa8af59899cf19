"""What of a sensor's values can be trusted, and how the sensor is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics import kinds
from analytics.grid import Bools, Floats
from ingest.fault_values import Misreading

DAY: Final = 1440  # minutes

LEAST_NIGHTS: Final = 10
NIGHTS_APART: Final = 7  # of nights that are compared: setting a sensor right spoils few pairs
STEADY: Final = 0.7  # of the pairs that wander the same way
LEAST_AROUND: Final = 2  # other sensors that make a room to compare with
STUCK_SHARE: Final = 0.25  # of what was heard
CLOCK_AHEAD: Final = 15  # minutes; gateways may be off by a few
# Misreadings are repeated where they come on so many of the newest days, or make such a share of
# the newest minutes. A reset now and then is no fault that anybody needs to look at.
FAULTY_DAYS: Final = (10, 14)
FAULTY_SHARE: Final = 0.01
FAULTY_WITHIN: Final = 7 * DAY
LEAST_FAULTS: Final = 10


class Health(StrEnum):
    """How a sensor is; everything but OK is a device alarm (I4)."""

    OK = "ok"
    SILENT = "silent"
    STUCK = "stuck"
    DRIFTING = "drifting"
    NEVER_HEARD = "never_heard"
    CLOCK_OFF = "clock_off"
    FAULTY = "faulty"  # its driver fails again and again; what it measures in between is good


# What such a sensor says is no measurement, so what proved it before proves nothing more (I10). One
# that is silent or never heard lost its network or its power, and a wrong clock is its gateway's:
# whether it reacts is not in question.
CAN_NOT_BE_BELIEVED: Final = frozenset({Health.STUCK, Health.DRIFTING})
# Its readings count, but for the misread ones; its asset is called idle only where it is OK (I4).
COUNTS: Final = frozenset({Health.OK, Health.FAULTY})


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Values (minutes,) with what can't be trusted as NaN, and the sensor's health."""

    values: Floats
    health: Health
    coverage: float  # heard and trusted, of all minutes that have passed
    since: int  # the minute from which the health holds
    misread: Mapping[Misreading, int] = field(default_factory=dict)  # readings, by why


def clean(
    kind: str,
    values: Floats,
    silent_after: int,
    passed: int,
    ahead: float = 0.0,
    *,
    clock_refused: bool = False,
) -> Cleaned:
    """Judge one sensor's (minutes,) values of `kind`; `passed` minutes of the grid are over.

    `silent_after`: minutes without a value after which a sensor is silent. `ahead`: minutes by
    which its newest stamp is later than now. `clock_refused`: what its gateway sent lately was
    refused for its times, so that silence is the clock's.
    """
    heard = ~np.isnan(values)
    last = int(np.flatnonzero(heard)[-1]) if heard.any() else -1
    stuck = stuck_minutes(kind, values)
    trusted = np.where(stuck, np.nan, values)
    good = heard & ~stuck
    coverage = float(good[:passed].mean()) if passed else 0.0
    silent = last < passed - silent_after
    if silent and clock_refused:
        return Cleaned(trusted, Health.CLOCK_OFF, coverage, max(last, 0))
    if last < 0:
        return Cleaned(trusted, Health.NEVER_HEARD, 0.0, 0)
    if ahead > CLOCK_AHEAD:
        return Cleaned(trusted, Health.CLOCK_OFF, coverage, passed)
    if silent:
        return Cleaned(trusted, Health.SILENT, coverage, last)
    if stuck[max(0, last - 5) : last + 1].any() or stuck.sum() > STUCK_SHARE * heard.sum():
        return Cleaned(trusted, Health.STUCK, coverage, int(np.argmax(stuck)))
    return Cleaned(trusted, Health.OK, coverage, int(np.argmax(heard)))


def faulty_since(misread: NDArray[np.int64], heard: Bools, passed: int) -> int | None:
    """The minute since which a sensor misreads again and again; None where it doesn't.

    `misread`: minutes of misreadings, `heard` (minutes,): whether anything was measured.
    """
    misread = np.unique(misread[(misread >= 0) & (misread < passed)])
    some, of_days = FAULTY_DAYS
    recent = misread[misread >= passed - of_days * DAY]
    if np.unique(recent // DAY).size >= some:
        return int(recent[0])
    newest = misread[misread >= passed - FAULTY_WITHIN]
    spoken = int(heard[max(0, passed - FAULTY_WITHIN) : passed].sum()) + newest.size
    if newest.size >= LEAST_FAULTS and newest.size >= FAULTY_SHARE * spoken:
        return int(newest[0])
    return None


def stuck_minutes(kind: str, values: Floats) -> Bools:
    """Which of (minutes,) belong to a stretch in which the value never changed for too long.

    Gaps don't end such a stretch. Rest is no fault: darkness and a count of zero may stay, darkness
    though not for a whole day.
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
    limit = kinds.find(kind).may_stand(level, at, said)
    for run in np.flatnonzero(lengths >= limit):
        found[at[starts[run]] : at[ends[run] - 1] + 1] = True
    return found & ~np.isnan(values)


def mark_drifting(of_kinds: Sequence[str], cleaned: Sequence[Cleaned]) -> list[Cleaned]:
    """One room's sensors, in the order given, those that drift with that as their health.

    What moves with its room, warmth, is compared with the room's others of its kind where it has
    two or more: weather and seasons move all of them.
    """
    nights = [nightly(one.values) for one in cleaned]
    marked = list(cleaned)
    for index, (kind, one) in enumerate(zip(of_kinds, cleaned, strict=True)):
        levels = nights[index]
        around = [nights[n] for n, other in enumerate(of_kinds) if other == kind and n != index]
        if kinds.find(kind).with_its_room and len(around) >= LEAST_AROUND:
            levels = levels - _typical(np.stack(around))
        if one.health is Health.OK and drifts(kind, levels):
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
    row = kinds.find(kind)
    if np.isinf(row.drift_a_day) or days.size < LEAST_NIGHTS:
        return False
    first, second = np.triu_indices(days.size, 1)
    near = days[second] - days[first] <= NIGHTS_APART
    early, late = days[first[near]], days[second[near]]
    slopes = (levels[late] - levels[early]) / (late - early)
    slope = float(np.median(slopes))
    steady = float(np.mean(np.sign(slopes) == np.sign(slope)))
    in_all = abs(slope) * float(days[-1] - days[0])
    return abs(slope) > row.drift_a_day and in_all > row.drift_in_all and steady > STEADY
