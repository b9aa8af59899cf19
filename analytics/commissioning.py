"""Whether a sensor reacts: its readings while somebody switches its asset on and off (I10). Pure.

The person is led through the steps; each reading is judged against those of the steps before it.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from statistics import median
from typing import Final

import numpy as np

from analytics import kinds
from analytics.kind import Test
from analytics.misreadings import fault_value
from analytics.tracks import MOVED_M, metres

LEAST_OFF: Final = 3  # readings before anything is switched on: what the asset looks like off
IN_A_ROW: Final = 2  # a single reading may be a disturbance
NOISES: Final = 6.0  # so many times the scatter of a few readings is no scatter any more
ACCURATE_M: Final = 50.0


class Step(StrEnum):
    """What the person is asked to do, or that it is over."""

    OFF = "off"  # leave it off
    ON = "on"
    OFF_AGAIN = "off_again"
    MOVE = "move"  # of a position: be where a fix is possible, or move
    PASSED = "passed"


@dataclass(frozen=True, slots=True)
class Sample:
    """One reading: a value, or a position's degrees, its accuracy where that is known."""

    value: float  # of a position: the latitude
    longitude: float = 0.0
    accuracy_m: float | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """A commissioning test as far as it has come."""

    kind: str
    step: Step
    off: tuple[float, ...] = ()
    on: tuple[float, ...] = ()  # the newest IN_A_ROW of those that differ from `off`
    before: float | None = None  # the last reading before it changed
    rose: float | None = None  # by how much at once, when it was switched on
    back: int = 0  # readings in a row that are off again
    heard: int = 0
    highest: float | None = None  # after the asset was to be switched on
    first: Sample | None = None  # of a position

    @property
    def off_level(self) -> float:
        """The level with the asset off; needs a reading."""
        return median(self.off)

    @property
    def on_level(self) -> float:
        """The level with the asset on, without overshoot; needs that it was seen."""
        return min(self.on) if kinds.find(self.kind).overshoots else median(self.on)

    @property
    def sign(self) -> float:
        """1 where its values rise when the asset is switched on, -1 where they fall."""
        return -1.0 if kinds.find(self.kind).falls else 1.0

    @property
    def least_change(self) -> float:
        """By how much a reading must exceed the level off, to be seen."""
        level = self.off_level
        scatter = NOISES * median(abs(value - level) for value in self.off)
        return max(kinds.find(self.kind).scatter(level), scatter)


def begin(kind: str) -> Trial:
    """A test of a sensor of this kind."""
    moving = kinds.find(kind).test is Test.MOVING
    return Trial(kind, Step.MOVE if moving else Step.OFF)


def hear(trial: Trial, sample: Sample) -> Trial:
    """The test with one more reading; a test that is passed stays so.

    What a driver says when it fails is heard and tells nothing: a sensor that is plugged in while
    it is tested says its power-up value, and would pass by that.
    """
    trial = replace(trial, heard=trial.heard + 1)
    longitude = sample.longitude if kinds.find(trial.kind).test is Test.MOVING else None
    fault = fault_value(trial.kind, sample.value, longitude)
    if fault is not None and (trial.step is Step.ON or not fault.lone):
        return trial
    match trial.step:
        case Step.OFF:
            return _off(trial, sample.value)
        case Step.ON:
            return _on(trial, sample.value)
        case Step.OFF_AGAIN:
            return _off_again(trial, sample.value)
        case Step.MOVE:
            return _moved(trial, sample)
        case Step.PASSED:
            return trial


def _off(trial: Trial, value: float) -> Trial:
    """Steady, so that somebody may still be switching it off when this begins."""
    trial = replace(trial, off=(*trial.off, value)[-LEAST_OFF:])
    spread = max(trial.off) - min(trial.off)
    steady = spread < kinds.find(trial.kind).scatter(trial.off_level)
    return replace(trial, step=Step.ON) if len(trial.off) == LEAST_OFF and steady else trial


def _on(trial: Trial, value: float) -> Trial:
    sign = trial.sign
    highest = sign * max(sign * value, -np.inf if trial.highest is None else sign * trial.highest)
    trial = replace(trial, highest=highest)
    if sign * (value - trial.off_level) < trial.least_change:
        return replace(trial, on=(), before=value)
    if not trial.on:
        before = trial.off[-1] if trial.before is None else trial.before
        trial = replace(trial, rose=value - before)
    trial = replace(trial, on=(*trial.on, value))
    return replace(trial, step=Step.OFF_AGAIN) if len(trial.on) >= IN_A_ROW else trial


def _off_again(trial: Trial, value: float) -> Trial:
    """The newest readings tell the level on, for a warm thing grows warmer."""
    change = trial.on_level - trial.off_level
    fallen = kinds.find(trial.kind).fallen
    if trial.sign * (value - trial.on_level + fallen * change) > 0:
        return replace(trial, on=(*trial.on, value)[-IN_A_ROW:], back=0)
    trial = replace(trial, back=trial.back + 1)
    return replace(trial, step=Step.PASSED) if trial.back >= IN_A_ROW else trial


def _moved(trial: Trial, sample: Sample) -> Trial:
    """A fix that knows how good it is, or a move that no scatter explains."""
    if sample.accuracy_m is not None and sample.accuracy_m <= ACCURATE_M:
        return replace(trial, step=Step.PASSED)
    if trial.first is None:
        return replace(trial, first=sample)
    north, east = metres(
        np.array([trial.first.value, sample.value]),
        np.array([trial.first.longitude, sample.longitude]),
    )
    far = np.hypot(north[1] - north[0], east[1] - east[0])
    return replace(trial, step=Step.PASSED) if far >= MOVED_M else trial
