"""Whether a sensor reacts: its readings while somebody switches its asset on and off (I10). Pure.

The person is led through the steps; each reading is judged against those of the steps before it.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from math import sqrt
from statistics import median
from typing import Final

import numpy as np

from analytics.light import LEAST_STEP_LX, NOISE_SHARE
from analytics.motion import LEAST_COUNT, MOVED_M, metres
from analytics.warmth import LEAST_RISE

LEAST_OFF: Final = 3  # readings before anything is switched on: what the asset looks like off
IN_A_ROW: Final = 2  # a single reading may be a disturbance
BACK: Final = 0.5  # of the change: below that it is off again
NOISES: Final = 6.0  # so many times the scatter of a few readings is no scatter any more
SPREAD: Final = 3.0  # the same of a scatter that is known
COOLED: Final = 0.3  # of the rise: a thing cools far more slowly than a lamp goes dark
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
        """The level with the asset on; needs that it was seen."""
        return median(self.on)

    @property
    def least_change(self) -> float:
        """By how much a reading must exceed the level off, to be seen."""
        level = self.off_level
        scatter = NOISES * median(abs(value - level) for value in self.off)
        return max(_usual_scatter(self.kind, level), scatter)


def _usual_scatter(kind: str, level: float) -> float:
    """What readings of an asset that is off may differ by, at this level."""
    match kind:
        case "photoelectric":
            return max(LEAST_STEP_LX, SPREAD * NOISE_SHARE * level)
        case "pulses":  # counts scatter by their root
            return max(LEAST_COUNT, SPREAD * sqrt(level))
        case _:
            return LEAST_RISE


def begin(kind: str) -> Trial:
    """A test of a sensor of this kind."""
    return Trial(kind, Step.MOVE if kind == "position" else Step.OFF)


def hear(trial: Trial, sample: Sample) -> Trial:
    """The test with one more reading; a test that is passed stays so."""
    trial = replace(trial, heard=trial.heard + 1)
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
    steady = spread < _usual_scatter(trial.kind, trial.off_level)
    return replace(trial, step=Step.ON) if len(trial.off) == LEAST_OFF and steady else trial


def _on(trial: Trial, value: float) -> Trial:
    trial = replace(trial, highest=value if trial.highest is None else max(trial.highest, value))
    if value - trial.off_level < trial.least_change:
        return replace(trial, on=())
    trial = replace(trial, on=(*trial.on, value))
    return replace(trial, step=Step.OFF_AGAIN) if len(trial.on) >= IN_A_ROW else trial


def _off_again(trial: Trial, value: float) -> Trial:
    """The newest readings tell the level on, for a warm thing grows warmer."""
    change = trial.on_level - trial.off_level
    fallen = COOLED if trial.kind == "temperature" else BACK
    if value > trial.on_level - fallen * change:
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
