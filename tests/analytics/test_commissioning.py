"""I10: what passes a commissioning test, and what does not."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics import commissioning
from analytics.commissioning import Sample, Step, Trial

SWITCHED = ("photoelectric", "pulses", "temperature")
LEVELS = st.floats(0, 2_000)


def after(kind: str, values: Iterable[float]) -> Trial:
    trial = commissioning.begin(kind)
    for value in values:
        trial = commissioning.hear(trial, Sample(value))
    return trial


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("photoelectric", [12, 12, 13, 480, 475, 12, 12]),
        ("photoelectric", [300, 310, 305, 500, 505, 310, 300]),  # by day
        ("pulses", [0, 0, 0, 8, 12, 0, 0]),
        ("temperature", [22.0, 22.1, 22.0, 22.4, 23.8, 25.0, 27.0, 26.5, 25.2, 24.9]),
    ],
)
def test_asset_that_is_seen_on_and_off_passes(kind: str, values: list[float]) -> None:
    trial = after(kind, values)
    assert trial.step is Step.PASSED
    assert trial.heard == len(values)
    assert trial.off_level < trial.on_level


@pytest.mark.parametrize(
    ("kind", "values", "step"),
    [
        ("photoelectric", [12, 12, 12, 18, 18, 18, 18], Step.ON),  # it sees 2 % of its lamp
        ("photoelectric", [12, 12, 12, 480, 12, 480, 12], Step.ON),  # flashes
        ("photoelectric", [12, 12, 12, 480, 480, 480, 480], Step.OFF_AGAIN),
        ("photoelectric", [0, 400, 0, 400, 0, 400], Step.OFF),  # not steady when off
        ("pulses", [0, 0, 0, 1, 1, 1], Step.ON),
        ("pulses", [30, 32, 28, 34, 36, 40], Step.ON),  # counts scatter by their root
        ("temperature", [22, 22, 22, 22.4, 22.9, 23.0], Step.ON),
        ("temperature", [22, 22, 22, 24, 26, 26, 25.9], Step.OFF_AGAIN),
    ],
)
def test_what_is_not_seen_fails_at_its_step(kind: str, values: list[float], step: Step) -> None:
    assert after(kind, values).step is step


@given(st.sampled_from(SWITCHED), LEVELS, st.integers(3, 40))
def test_sensor_that_says_the_same_for_ever_never_passes(
    kind: str, level: float, times: int
) -> None:
    assert after(kind, [level] * times).step is Step.ON


@given(st.lists(st.floats(0, 24), max_size=60), LEVELS)
def test_scatter_below_the_least_step_of_light_never_passes(
    scatter: list[float], level: float
) -> None:
    assert after("photoelectric", [level + one for one in scatter]).step in (Step.OFF, Step.ON)


@given(st.sampled_from(SWITCHED), LEVELS, st.floats(2, 50))
def test_large_change_there_and_back_always_passes(kind: str, level: float, times: float) -> None:
    on = level + times * (100 + level)
    assert after(kind, [level] * 3 + [on] * 2 + [level] * 2).step is Step.PASSED


@given(st.sampled_from(SWITCHED), st.lists(st.floats(-60, 2e5), max_size=30))
def test_passed_stays_passed(kind: str, more: list[float]) -> None:
    passed = [0.0] * 3 + [1e5] * 2 + [0.0] * 2
    assert after(kind, passed + more).step is Step.PASSED


@given(st.sampled_from(SWITCHED), st.lists(st.floats(0, 2e5), max_size=6))
def test_nothing_passes_before_all_steps_were_heard(kind: str, values: list[float]) -> None:
    assert after(kind, values).step is not Step.PASSED


def located(*samples: Sample) -> Step:
    trial = commissioning.begin("position")
    for sample in samples:
        trial = commissioning.hear(trial, sample)
    return trial.step


def test_position_passes_by_a_good_fix_or_by_a_move() -> None:
    assert located(Sample(20.0311, 110.3312, 6.0)) is Step.PASSED
    assert located(Sample(20.0311, 110.3312), Sample(20.0325, 110.3312)) is Step.PASSED
    assert located(Sample(20.0311, 110.3312, 400.0), Sample(20.0311, 110.3316, 400.0)) is Step.MOVE
    assert located(Sample(20.0311, 110.3312), Sample(20.0311, 110.3312)) is Step.MOVE


@pytest.mark.parametrize(
    ("kind", "off", "on"),
    [("power", 9.0, 260.0), ("power", 0.0, 6.0), ("current", 0.02, 1.1), ("contact", 0.0, 1.0)],
)
def test_power_current_and_contact_are_proven_by_switching(
    kind: str, off: float, on: float
) -> None:
    trial = commissioning.begin(kind)
    for value in (off,) * 3 + (5 * on if kind != "contact" else on, on, on) + (off,) * 2:
        trial = commissioning.hear(trial, Sample(value))
    assert trial.step is Step.PASSED
    assert trial.on_level == pytest.approx(on)


def test_noise_of_a_meter_proves_nothing() -> None:
    trial = commissioning.begin("power")
    for value in (40.0, 41.0, 40.5, 42.0, 43.0, 42.5, 40.0, 40.0):
        trial = commissioning.hear(trial, Sample(value))
    assert trial.step is Step.ON
