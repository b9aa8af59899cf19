"""The idle rule: low use, low even at its upper bound, by sensors one can trust (I4)."""

import math
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from typing import Final

import numpy as np

# At 0.9, a thing that is used for hours and seldom (an instrument: 5 h, seven times in ten days)
# could never be suggested in four weeks in which it was used once.
CONFIDENCE: Final = 0.7
PRIOR_SESSIONS: Final = 3  # so many usual sessions are added to the mean session's length


class Verdict(StrEnum):
    """What is said of an asset."""

    IDLE = "idle"
    IN_USE = "in_use"
    INSUFFICIENT = "insufficient"
    NOT_DETERMINABLE = "not_determinable"
    DEVICE_ALARM = "device_alarm"


class Reason(StrEnum):
    """Why; a verdict may have several."""

    LOW_USE = "low_use"
    USED_ENOUGH = "used_enough"
    BOUND_TOO_HIGH = "bound_too_high"
    TOO_FEW_DAYS = "too_few_days"
    TOO_LITTLE_HEARD = "too_little_heard"
    NOT_PROVEN = "not_proven"
    NO_SIGNAL_OF_USE = "no_signal_of_use"
    SENSOR_SILENT = "sensor_silent"
    SENSOR_STUCK = "sensor_stuck"
    SENSOR_DRIFTING = "sensor_drifting"
    SENSOR_NEVER_HEARD = "sensor_never_heard"
    SENSOR_CLOCK_OFF = "sensor_clock_off"
    SENSOR_FAULTY = "sensor_faulty"
    SENSOR_COVERED = "sensor_covered"
    SENSOR_MOVED = "sensor_moved"
    LAMP_ALWAYS_LIT = "lamp_always_lit"
    LAMP_GONE = "lamp_gone"
    SAME_SIGNAL = "same_signal"
    SENSORS_DISAGREE = "sensors_disagree"
    PERHAPS_USED = "perhaps_used"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Norm:
    """The numbers of a rule. Hours are a day's; shares are 0 to 1."""

    rated_hours: float
    threshold: float
    upper_limit: float
    minimum_days: int
    minimum_coverage: float
    class_hours: float


@dataclass(frozen=True, slots=True)
class Observed:
    """What was observed over the window's valid working days, and how the sensors are."""

    hours: float
    sessions: int
    valid_days: int
    coverage: float  # of the whole window
    proven: bool  # some sensor has shown that it reacts to use
    able: bool  # some sensor can tell use at all
    agree: bool  # its sensors don't contradict each other
    alarms: tuple[Reason, ...]
    perhaps: float = 0.0  # hours in which there may have been use that can't be told from another's
    unheard: float = 0.0  # working hours of long gaps: what they hide may have been use
    closed_days: int = 0  # left out: would be working days, had the unit not been closed
    closed_counted: bool = False  # days on which the unit was closed are among them


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict, its reasons, and the figures: U and its upper bound (None without days).

    `seen` is what they all rest on.
    """

    verdict: Verdict
    reasons: tuple[Reason, ...]
    utilisation: float | None
    upper_bound: float | None
    seen: Observed

    @property
    def by_closure(self) -> bool:
        """In use, and only because the days of a closure are left out."""
        return self.verdict is Verdict.IN_USE and Reason.CLOSED in self.reasons


def utilisation(hours: float, valid_days: int, norm: Norm) -> float | None:
    """U = H / (n·R): hours in use over the rated hours of n valid days; None where n = 0."""
    return hours / (valid_days * norm.rated_hours) if valid_days else None


def upper_bound(hours: float, sessions: int, valid_days: int, norm: Norm) -> float | None:
    """U_hi = χ²₀.₇(2k+2) / (2n) · L / R, the 70 % upper bound of utilisation.

    k sessions in n days bound the rate of a Poisson process from above by χ²₀.₇(2k+2)/(2n)
    (F. Garwood, Biometrika 28 (1936) 437); L, the mean length of a session, is drawn towards the
    usual one of its class: L = (H + 3·L_class) / (k + 3).
    """
    if not valid_days:
        return None
    length = (hours + PRIOR_SESSIONS * norm.class_hours) / (sessions + PRIOR_SESSIONS)
    rate = poisson_upper(sessions, CONFIDENCE) / valid_days
    return rate * length / norm.rated_hours


@cache
def poisson_upper(events: int, confidence: float) -> float:
    """The mean μ for which so few events are just too unlikely: P(X ≤ events | μ) = 1 − confidence.

    It equals half the χ² quantile with 2·events + 2 degrees of freedom. Solved by bisection, as far
    as floating point goes.
    """
    counts = np.arange(events + 1)
    log_factorials = np.concatenate(([0.0], np.cumsum(np.log(counts[1:]))))
    low, high = 0.0, 10.0 + 2.0 * events + 10.0 * math.sqrt(events + 1.0)
    while low < (middle := (low + high) / 2) < high:
        # P(X ≤ events), summed in logarithms so that nothing overflows.
        logs = counts * math.log(middle) - middle - log_factorials
        most = float(logs.max())
        if math.exp(most) * float(np.exp(logs - most).sum()) > 1 - confidence:
            low = middle
        else:
            high = middle
    return low


def judge(seen: Observed, norm: Norm) -> Judged:
    """The verdict over one asset. Whatever speaks against the sensors comes before low use."""
    share = utilisation(seen.hours, seen.valid_days, norm)
    bound = upper_bound(seen.hours, seen.sessions, seen.valid_days, norm)
    verdict, reasons = _untrusted(seen) or _measured(seen, norm, share, bound)
    return Judged(verdict, reasons, share, bound, seen)


def judge_closed(seen: Observed, whole: Observed, norm: Norm) -> Judged:
    """The verdict where the unit was closed for some days: `seen` without, `whole` with them.

    A closure asks for less use, and never proves that there was little: what was used enough as if
    the unit had been open is in use, and nothing is idle that would not be so without the closure,
    nor idle by a lower upper bound. What is in use by the closure alone says so (Reason.CLOSED).
    """
    with_them, without = judge(whole, norm), judge(seen, norm)
    if without.verdict is Verdict.IN_USE:
        if with_them.verdict is Verdict.IN_USE:
            return without
        return replace(without, reasons=(*without.reasons, Reason.CLOSED))
    if with_them.verdict is Verdict.IN_USE:
        return with_them
    if without.verdict is Verdict.IDLE and _surer(without, with_them):
        return with_them
    return without


def _surer(one: Judged, other: Judged) -> bool:
    """Whether the idle `one` says more than the other, which isn't idle or may be used more."""
    if other.verdict is not Verdict.IDLE:
        return True
    assert one.upper_bound is not None
    assert other.upper_bound is not None
    return one.upper_bound < other.upper_bound


Said = tuple[Verdict, tuple[Reason, ...]]


def _untrusted(seen: Observed) -> Said | None:
    """What is said where the sensors can't be believed; None where they can."""
    if seen.alarms:
        return Verdict.DEVICE_ALARM, seen.alarms
    if not seen.able:
        return Verdict.NOT_DETERMINABLE, (Reason.NO_SIGNAL_OF_USE,)
    if not seen.agree:
        return Verdict.NOT_DETERMINABLE, (Reason.SENSORS_DISAGREE,)
    return None


def _measured(seen: Observed, norm: Norm, share: float | None, bound: float | None) -> Said:
    enough_days = seen.valid_days >= norm.minimum_days
    if share is not None and share >= norm.threshold and enough_days:
        return Verdict.IN_USE, (Reason.USED_ENOUGH,)
    lacking = _lacking(seen, norm)
    if lacking or bound is None:
        return Verdict.INSUFFICIENT, lacking or (Reason.TOO_FEW_DAYS,)
    possible = utilisation(seen.hours + seen.perhaps, seen.valid_days, norm)
    if possible is not None and possible >= norm.upper_limit:
        return Verdict.NOT_DETERMINABLE, (Reason.PERHAPS_USED,)
    hours = seen.hours + seen.perhaps + seen.unheard
    hidden = utilisation(hours, seen.valid_days, norm)
    if hidden is not None and hidden >= norm.upper_limit:
        return Verdict.INSUFFICIENT, (Reason.TOO_LITTLE_HEARD,)
    if bound >= norm.upper_limit:
        return Verdict.INSUFFICIENT, (Reason.BOUND_TOO_HIGH,)
    return Verdict.IDLE, (Reason.LOW_USE,)


def _lacking(seen: Observed, norm: Norm) -> tuple[Reason, ...]:
    """What is missing for any verdict of low use."""
    too_few = seen.valid_days < norm.minimum_days
    by_closure = too_few and seen.valid_days + seen.closed_days >= norm.minimum_days
    tests = (
        (Reason.CLOSED, by_closure),
        (Reason.TOO_FEW_DAYS, too_few and not by_closure),
        (Reason.TOO_LITTLE_HEARD, seen.coverage < norm.minimum_coverage),
        (Reason.NOT_PROVEN, not seen.proven),
    )
    return tuple(reason for reason, holds in tests if holds)
