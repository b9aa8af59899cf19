"""I3: minutes in use become sessions, hours and days, and none is lost or counted twice."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analytics import hours, sessions
from analytics.grid import Bools
from analytics.hours import Ints

DAYS = 2
MINUTES = DAYS * 1440


def flags(*spans: tuple[int, int], minutes: int = MINUTES) -> Bools:
    made = np.zeros(minutes, dtype=bool)
    for start, end in spans:
        made[start:end] = True
    return made


@st.composite
def minutes_of_use(draw: st.DrawFn) -> Bools:
    starts = draw(st.lists(st.integers(0, MINUTES - 1), max_size=25))
    lengths = draw(st.lists(st.integers(1, 200), min_size=len(starts), max_size=len(starts)))
    return flags(*((s, min(MINUTES, s + n)) for s, n in zip(starts, lengths, strict=True)))


def test_gap_under_the_rules_is_closed() -> None:
    found = sessions.sessions(flags((100, 110), (124, 140)), close_gap=15, least=5)
    assert found.tolist() == [[100, 140]]


def test_gap_of_exactly_the_rules_length_parts_two_sessions() -> None:
    found = sessions.sessions(flags((100, 110), (125, 140)), close_gap=15, least=5)
    assert found.tolist() == [[100, 110], [125, 140]]


def test_short_burst_is_dropped_after_gaps_are_closed() -> None:
    found = sessions.sessions(flags((10, 12), (20, 23), (400, 404)), close_gap=15, least=5)
    assert found.tolist() == [[10, 23]]


def test_no_use_makes_no_session() -> None:
    assert sessions.sessions(flags(), close_gap=15, least=5).shape == (0, 2)


@given(use=minutes_of_use(), gap=st.integers(0, 40), least=st.integers(0, 30))
def test_sessions_are_ordered_apart_and_long_enough(use: Bools, gap: int, least: int) -> None:
    found = sessions.sessions(use, close_gap=gap, least=least)
    assert (found[:, 1] - found[:, 0] >= max(1, least)).all()
    assert (found[1:, 0] - found[:-1, 1] >= max(1, gap)).all()
    assert use[found[:, 0]].all()
    assert use[found[:, 1] - 1].all()


@given(use=minutes_of_use(), gap=st.integers(0, 40), least=st.integers(0, 30))
def test_sessions_of_sessions_are_the_same(use: Bools, gap: int, least: int) -> None:
    found = sessions.sessions(use, close_gap=gap, least=least)
    again = sessions.sessions(sessions.in_sessions(found, MINUTES), close_gap=gap, least=least)
    assert found.tolist() == again.tolist()


@given(use=minutes_of_use(), covered=minutes_of_use())
def test_hours_and_days_hold_the_sessions_exactly(use: Bools, covered: Bools) -> None:
    found = sessions.sessions(use & covered, close_gap=15, least=5)
    inside = sessions.in_sessions(found, MINUTES)
    heard = covered | inside
    by_hour = hours.by_hour(inside, heard, found[:, 0])
    by_day = of_days(inside, heard, found[:, 0], MINUTES)
    whole = int((found[:, 1] - found[:, 0]).sum())
    assert by_hour.in_use.sum() == by_day.in_use.sum() == whole
    assert by_hour.starts.sum() == by_day.sessions.sum() == len(found)
    assert (by_hour.in_use <= by_hour.covered).all()
    assert (by_day.covered <= by_day.service).all()
    assert by_hour.covered.max(initial=0) <= 60


def of_days(use: Bools, heard: Bools, starts: Ints, passed: int) -> hours.Days:
    return hours.by_day(use, heard, flags(), starts, begun=0, passed=passed, least_coverage=0.75)


def test_use_counts_only_while_somebody_listened() -> None:
    by_hour = hours.by_hour(flags((0, 60)), flags((30, 90)), np.array([0]))
    assert by_hour.in_use[:2].tolist() == [30, 0]
    assert by_hour.covered[:2].tolist() == [30, 30]


def test_day_is_valid_when_enough_of_its_working_hours_was_heard() -> None:
    eight, eighteen = 8 * 60, 18 * 60
    heard = flags((eight, eight + 450), (1440 + eight, 1440 + eight + 449))
    by_day = of_days(flags(), heard, np.empty(0, dtype=np.int64), MINUTES)
    assert by_day.valid.tolist() == [True, False]  # 450 of 600 minutes are 75 %
    assert eighteen - eight == 600


def test_running_day_is_not_valid_before_work_ends() -> None:
    none = np.empty(0, dtype=np.int64)
    by_day = of_days(flags(), flags((0, MINUTES)), none, 1440 + 17 * 60)
    assert by_day.valid.tolist() == [True, False]
    assert by_day.service.tolist() == [1440, 1020]
