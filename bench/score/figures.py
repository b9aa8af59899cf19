"""The figures of a score; what each means stands in `bench.score`."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from bench.score import adapter
from bench.score.cases import Tried
from bench.score.worlds import Scored

ABSTAINED: Final = {"insufficient", "not_determinable"}
BUSY_FROM: Final = 0.5
WRONG_FROM: Final = 0.10
DAYS: Final = adapter.WINDOW_DAYS

Figure = float | None


def healthy(one: Scored) -> bool:
    """Whether nothing is wrong with it, and its sensors can tell its use."""
    return bool(one.truth["healthy"] and one.truth["determinable"])


def flagged(one: Scored) -> bool:
    """Whether it is called idle."""
    return one.found.verdict == "idle"


def share(scored: Iterable[Scored], test: Callable[[Scored], bool]) -> Figure:
    """The share of those that pass the test; None where there are none."""
    tests = [test(one) for one in scored]
    return round(sum(tests) / len(tests), 4) if tests else None


def mean(numbers: Sequence[float]) -> Figure:
    """The mean; None of nothing."""
    return round(sum(numbers) / len(numbers), 4) if numbers else None


def precision(scored: Sequence[Scored]) -> Figure:
    """Of the flags those that are right."""
    return share(filter(flagged, scored), lambda one: not wrong(one))


def wrong(one: Scored) -> bool:
    """Whether a flag on it would be wrong."""
    used = one.truth["utilisation"]
    return used is None or used >= WRONG_FROM


def recall(scored: Sequence[Scored], least: float, below: float) -> Figure:
    """Of the healthy assets used from `least` to under `below` those that are flagged."""
    return share((one for one in scored if _used_between(one, least, below)), flagged)


def _used_between(one: Scored, least: float, below: float) -> bool:
    used = one.truth["utilisation"]
    return healthy(one) and used is not None and least <= used < below and used > 0


def unused(one: Scored) -> bool:
    """Whether it is healthy and was never used."""
    return healthy(one) and one.truth["hours_used"] == 0 and one.truth["utilisation"] is not None


def hours_error(scored: Sequence[Scored]) -> Figure:
    """Mean |hours found - true hours| a day."""
    those = [one for one in scored if healthy(one) and one.truth["hours_follow"]]
    return mean([abs(one.found.hours - one.truth["hours_used"]) / DAYS for one in those])


def busy_idle(scored: Iterable[Scored]) -> list[Scored]:
    """The one error that must not happen."""
    return [one for one in scored if flagged(one) and (one.truth["utilisation"] or 0) >= BUSY_FROM]


def faulty_flags(scored: Iterable[Scored]) -> list[Scored]:
    """Flags on assets whose sensors can't be believed."""
    return [one for one in scored if flagged(one) and one.truth["never_idle"]]


def of_mixes(
    normal: Sequence[Scored], stress: Sequence[Scored], cases: Sequence[Tried]
) -> dict[str, Figure]:
    """The figures of the two mixes, with the flags that must not be of the named cases."""
    both = [*normal, *stress]
    faulty = [one for tried in cases if tried.faulty for one in tried.scored]
    busy = [one for tried in cases if tried.busy for one in tried.scored]
    never = [one for one in both if unused(one)]
    return {
        "precision_normal": precision(normal),
        "precision_stress": precision(stress),
        "recall_unused": share(never, flagged),
        "recall_lt2": recall(both, 0.0, 0.02),
        "recall_2to10": recall(both, 0.02, 0.10),
        "flags_on_faulty": len(faulty_flags(both)) + sum(map(flagged, faulty)),
        "busy_called_idle": len(busy_idle(both)) + sum(map(flagged, busy)),
        "hours_error_normal": hours_error(normal),
        "hours_error_stress": hours_error(stress),
        "false_hours_unused": mean([one.found.hours / DAYS for one in never]),
        "abstained_healthy": share(
            filter(healthy, both), lambda one: one.found.verdict in ABSTAINED
        ),
    }
