"""What of a sensor's values can be trusted, and how the sensor is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics import kinds
from analytics.grid import Bools, Floats, median
from analytics.health import COUNTS, SPOILS_WHAT_FOLLOWS, Health
from ingest.fault_values import Misreading

DAY: Final = 1440  # minutes

LEAST_NIGHTS: Final = 10
NIGHTS_APART: Final = 7  # of nights that are compared: setting a sensor right spoils few pairs
LEAST_OF_DAY: Final = 12  # readings
STEADY: Final = 0.7  # of the pairs that wander the same way
LEAST_AROUND: Final = 2  # other sensors that make a room to compare with
LEAST_STILL: Final = 60  # minutes: any kind's values may stand for less
STUCK_SHARE: Final = 0.25  # of what was heard
CLOCK_AHEAD: Final = 15  # minutes, behind as well; gateways may be off by a few
# Misreadings are repeated where they come on so many of the newest days, or make such a share of
# the newest minutes. A reset now and then is no fault that anybody needs to look at.
FAULTY_DAYS: Final = (10, 14)
FAULTY_SHARE: Final = 0.01
FAULTY_WITHIN: Final = 7 * DAY
LEAST_FAULTS: Final = 10


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Values (minutes,) with what can't be trusted as NaN, and the sensor's health."""

    values: Floats
    health: Health
    coverage: float  # heard and trusted, of all minutes that have passed
    since: int  # the minute from which the health holds
    misread: Mapping[Misreading, int] = field(default_factory=dict)  # readings, by why
    set_right: bool = False  # its clock is wrong by what is known: its readings count
    spoilt_from: int | None = None  # the minute since which its room says that it is at fault, too

    @property
    def counts(self) -> bool:
        """Whether its readings are believed to the end."""
        return self.set_right or self.health in COUNTS

    @property
    def until(self) -> int:
        """The minute until which its readings are believed; 0: none is."""
        if self.counts or self.health is Health.SILENT:  # what is missing is missing
            last = int(self.values.shape[-1])
        else:
            last = self.since if self.health in SPOILS_WHAT_FOLLOWS else 0
        return last if self.spoilt_from is None else min(last, self.spoilt_from)


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
    last = values.size - 1 - int(np.argmax(heard[::-1])) if heard.any() else -1
    stuck = stuck_minutes(kind, values)
    trusted, good = values, heard
    if stuck.any():
        trusted, good = np.where(stuck, np.nan, values), heard & ~stuck
    coverage = np.count_nonzero(good[:passed]) / passed if passed else 0.0
    silent = last < passed - silent_after
    if silent and clock_refused:
        return Cleaned(trusted, Health.CLOCK_OFF, coverage, max(last, 0))
    if last < 0:
        return Cleaned(trusted, Health.NEVER_HEARD, 0.0, 0)
    if ahead > CLOCK_AHEAD:
        return Cleaned(trusted, Health.CLOCK_OFF, coverage, passed)
    if silent:
        return Cleaned(trusted, Health.SILENT, coverage, last)
    if stuck[max(0, last - 5) : last + 1].any() or (
        np.count_nonzero(stuck) > STUCK_SHARE * np.count_nonzero(heard)
    ):
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
    from analytics import minute_passes  # noqa: PLC0415 — see analytics/compiled.py

    found = np.zeros(values.size, dtype=bool)
    still = minute_passes.still_runs(np.ascontiguousarray(values), LEAST_STILL)
    if not still.size:
        return found
    at = np.flatnonzero(~np.isnan(values))
    limit = kinds.find(kind).may_stand(values[still[:, 0]], at, values[at])
    for first, last in still[still[:, 1] - still[:, 0] + 1 >= limit]:
        found[first : last + 1] = True
    return found & ~np.isnan(values)


def mark_drifting(of_kinds: Sequence[str], cleaned: Sequence[Cleaned]) -> list[Cleaned]:
    """One room's sensors, in the order given, those that drift with that as their health.

    What moves with its room, warmth, is compared with the room's others of its kind where it has
    two or more: weather and seasons move all of them.
    """
    if all(one.values.size < LEAST_NIGHTS * DAY for one in cleaned):
        return list(cleaned)
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


def mark_clock_off(
    cleaned: Cleaned, since: int | None, *, set_right: bool, hides: bool = False
) -> Cleaned:
    """A sensor whose gateway's clock is wrong since that minute; None: it is right. An alarm also
    where its values are `set_right`, for somebody must set the clock; where they are not, nothing
    that it says counts, faulty or not. Where the clock `hides` what comes now, silence is its own.
    """
    marked = {Health.OK} if set_right else COUNTS
    if hides:
        marked = marked | {Health.SILENT, Health.NEVER_HEARD}
    if since is None or cleaned.health not in marked:
        return cleaned
    return replace(cleaned, health=Health.CLOCK_OFF, since=since, set_right=set_right)


def nightly(values: Floats) -> Floats:
    """The tenth percentile of each whole day of (minutes,), (days,): what it says at rest.

    NaN of days with less than a quarter of the readings that a day has, or too few for any level.
    """
    from analytics import minute_passes  # noqa: PLC0415

    days = values[: values.size // DAY * DAY].reshape(-1, DAY)
    heard = minute_passes.counts(~np.isnan(values), DAY)
    low = (0.1 * np.maximum(heard - 1, 0)).astype(np.int64)
    levels = np.empty(low.size)
    for rank in np.unique(low).tolist():  # NaN goes last
        levels[low == rank] = np.partition(days[low == rank], rank, axis=1)[:, rank]
    levels[heard <= max(LEAST_OF_DAY, int(heard.max(initial=0)) // 4)] = np.nan
    return np.asarray(levels)


def _typical(nights: Floats) -> Floats:
    """What (sensors, days) of nights have in common, (days,): the median of each one's changes."""
    moved = nights - median(nights, axis=1)[:, np.newaxis]
    filled: Floats = np.nan_to_num(median(moved, axis=0), nan=0.0)
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
