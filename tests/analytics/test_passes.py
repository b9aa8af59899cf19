"""Compiled passes say what numpy's way of saying it says."""

import subprocess
import sys

import numpy as np
import pytest

from analytics import air_minutes, light_minutes, minute_passes, rhythm
from analytics.grid import Floats, draw, median, middle, runs
from analytics.hygiene import DAY, nightly
from analytics.lamp_heights import Steps, heights

LOADED = "import sys; from analytics import kinds, places, monitoring; kinds.known(); print('numba' in sys.modules)"


def heard(seed: int, minutes: int = 3 * DAY, lost: float = 0.1) -> Floats:
    noise = np.random.default_rng(seed)
    values = np.round(noise.normal(20.0, 3.0, minutes), 1)
    values[noise.random(minutes) < lost] = np.nan
    return values


@pytest.mark.parametrize("size", [1, 2, 9, 10, 43_199])
def test_the_middle_is_the_median(size: int) -> None:
    values = heard(1, size, lost=0.0)
    assert middle(values) == np.median(values)


def test_the_median_is_of_what_is_known() -> None:
    rows = np.stack([heard(seed, 60, lost=0.5) for seed in range(5)])
    rows[:, 7] = np.nan
    known = ~np.isnan(rows).all(axis=0)
    assert np.array_equal(median(rows, axis=0)[known], np.nanmedian(rows[:, known], axis=0))
    assert np.isnan(median(rows, axis=0)[7])


@pytest.mark.parametrize("lost", [0.0, 0.1, 0.9, 1.0])
def test_gaps_are_counted_bridged_and_drawn_as_by_arrays(lost: float) -> None:
    values = heard(2, lost=lost)
    at = np.flatnonzero(~np.isnan(values))
    apart = np.diff(at)
    assert rhythm.usual(values) == (int(np.median(apart)) if apart.size else 1)
    near = np.zeros(values.size, dtype=bool)
    near[at] = True
    for first, gap in zip(at[:-1], apart, strict=True):
        near[first : first + gap] |= gap <= 5
    assert np.array_equal(minute_passes.between(values, 5.0), near)
    drawn = draw(values, 5)
    assert np.array_equal(~np.isnan(drawn), near)
    if at.size:
        line = np.interp(np.flatnonzero(near), at, values[at])
        assert np.allclose(drawn[near], line, rtol=0, atol=1e-12)


def test_runs_and_nights_are_those_of_arrays() -> None:
    values = heard(3)
    edges = np.diff(np.concatenate(([False], values > 20.0, [False])).astype(np.int8))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    assert np.array_equal(runs(values > 20.0), np.stack((starts, ends), axis=1))
    whole = values.reshape(-1, DAY)
    low = [np.sort(day[~np.isnan(day)])[int(0.1 * ((~np.isnan(day)).sum() - 1))] for day in whole]
    assert np.array_equal(nightly(values), low)


def test_the_lowest_voice_and_the_bins_are_those_of_a_sort() -> None:
    rows = np.stack([heard(seed, 500, lost=0.5) for seed in range(9)])
    found = air_minutes.lowest(rows, 0.2)
    for minute, said in enumerate(rows.T):
        known = np.sort(said[~np.isnan(said)])
        assert known.size == 0 or found[minute] == known[int(0.2 * (known.size - 1))]
    by_bin = median(rows.reshape(len(rows), -1, 10), axis=2)
    assert np.array_equal(minute_passes.binned(rows, 10), by_bin, equal_nan=True)


def test_of_heights_around_which_as_many_steps_lie_the_first_counts() -> None:
    change = np.array([300.0, 100.0, -300.0, -100.0])
    steps = Steps(np.arange(4), change, np.ones(4), np.zeros(4))
    assert [round(lamp.height) for lamp in heights(steps)] == [300, 100]


def test_a_stretch_that_no_step_bounds_is_no_lamps() -> None:
    lit, marked, silent = np.zeros((3, 100), dtype=bool)
    lit[10:20] = lit[40:50] = lit[70:80] = True
    marked[20], silent[40] = True, True
    found = light_minutes.switched(lit, marked.astype(np.float64), silent, 3)
    assert runs(found).tolist() == [[10, 20], [40, 50]]


def test_who_only_asks_what_kinds_there_are_loads_no_compiler() -> None:
    said = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == "False"
