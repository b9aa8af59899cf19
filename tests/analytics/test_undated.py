"""I4: use in readings of which nobody knows the time is not called idle."""

from datetime import UTC, datetime
from typing import Final

import numpy as np
import pytest

from analytics.assess import grid
from analytics.clocks import Stretch, history
from analytics.grid import Floats
from bench.score import adapter
from bench.score.adapter import Heard, Room, Verdict

MINUTE: Final = 60.0
HOUR: Final = 3_600.0
NOW: Final = datetime(2026, 4, 1, 2, tzinfo=UTC)
START: Final = grid(NOW, adapter.WINDOW_DAYS).start.timestamp()
TRUE: Final = np.arange(START, NOW.timestamp(), MINUTE)
OF_DAY: Final = ((TRUE + 8 * HOUR) % 86_400) / HOUR
WORKING: Final = (((TRUE + 8 * HOUR) // 86_400 + 3) % 7) < 5

Times = list[tuple[float, float]]


def lit(used: Times) -> Floats:
    """A desk's light sensor, its lamp lit at these hours of each working day; lux."""
    rng = np.random.default_rng(3)
    on = np.zeros(TRUE.size, dtype=bool)
    for since, until in used:
        on |= WORKING & (since <= OF_DAY) & (until > OF_DAY)
    return np.asarray(np.maximum(3 + rng.normal(0, 0.3, TRUE.size), 0) + 200 * on)


def judged(light: Floats, wrong_by_h: float, since: float, until: float) -> Verdict:
    """What is said of it by a clock that is wrong between these hours of each working day."""
    wrong = WORKING & (since <= OF_DAY) & (until > OF_DAY)
    changes = np.flatnonzero(np.diff(wrong.astype(int))) + 1
    told = [(START - 86_400, 0.0)]
    told += [(float(TRUE[n]), wrong_by_h * HOUR * float(wrong[n])) for n in changes]
    stamps = TRUE + wrong_by_h * HOUR * wrong
    one = Heard("photoelectric", 0, stamps, light[:, np.newaxis], True, 3.0, 203.0)
    (found,) = adapter.judge(Room([one], ("desk",), NOW.timestamp(), 0.0, tuple(told)))
    return found


EVENINGS: Final = {
    "slow": (-1.0, 20.0, 21.0, [(19.17, 19.83), (20.17, 20.83)]),
    "fast": (1.0, 20.0, 21.0, [(20.17, 20.83), (21.17, 21.83)]),
}


@pytest.mark.parametrize(("by", "since", "until", "used"), EVENINGS.values(), ids=list(EVENINGS))
def test_desk_that_is_used_whenever_its_clock_is_moved_is_not_called_idle(
    by: float, since: float, until: float, used: Times
) -> None:
    found = judged(lit(used), by, since, until)
    assert (found.verdict, found.reasons) == ("not_determinable", ("perhaps_used",))


@pytest.mark.parametrize("by", [-1.0, 1.0])
def test_desk_that_stayed_dark_is_idle_whenever_its_clock_was_moved(by: float) -> None:
    dark = lit([(9.0, 9.2)])
    dark = np.where(dark > 100, dark, dark / 4)
    assert judged(dark, by, 20.0, 21.0).verdict == "idle"


def undated_hours(seen: list[Stretch], stamps: Floats, some_use: bool) -> list[float]:
    found = history(seen).undated(
        stamps, np.full(stamps.size, some_use), NOW.timestamp(), START, 28 * 1_440
    )
    return [] if found is None else [float(n) for n in np.flatnonzero(found) / 60]


def test_reading_that_two_settings_may_have_stamped_may_be_of_either_moment() -> None:
    seen = [
        Stretch(START, START + 100 * HOUR, 8 * HOUR),
        Stretch(START + 100 * HOUR, START + 200 * HOUR, 0.0),
    ]
    stamp = np.array([START + 101 * HOUR])
    assert undated_hours(seen, stamp, some_use=True) == [93.0, 101.0]
    assert undated_hours(seen, stamp, some_use=False) == []
    assert undated_hours(seen, stamp + 50 * HOUR, some_use=True) == []


def test_undated_reading_holds_until_the_next_one() -> None:
    seen = [Stretch(START, START + HOUR, 0.0), Stretch(START + 3 * HOUR, START + 4 * HOUR, -HOUR)]
    stamps = START + np.array([1.5, 1.75]) * HOUR
    found = undated_hours(seen, stamps, some_use=True)
    assert {1.5, 1.6, 1.75} <= set(found)
    assert {2.5, 2.6, 2.75} <= set(found)
