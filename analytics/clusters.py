"""Clusters in the density of log(value): the levels at which an asset draws power. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.grid import Bools, Floats, runs

DAY: Final = 1440
NIGHT: Final = 6 * 60  # minutes after midnight in which work is rare and standby is not
BIN: Final = 0.05  # of log value
BLUR: Final = 2.0  # bins: levels closer than about 20 % are one
VALLEY: Final = 0.35  # of the lower peak: as many readings in between are no gap between levels
APART: Final = 1.6  # times: levels that are closer are one
LEAST_READINGS: Final = 5  # that make a level
STEADY: Final = 0.15  # scatter of log value: a standby doesn't vary
LASTING: Final = 3  # readings in a row
NIGHTLY: Final = 0.15  # of a level's readings: it is there around the clock
STEPS: Final = 2.0  # of a meter: what flickers by one is nothing
WHOLE_DAY: Final = 6 * 60  # minutes without a break: what is switched on in the morning
MOST_DAYS: Final = 0.5
SAME: Final = 1e-6
DECIMALS: Final = (1.0, 0.1, 0.01, 0.001)


@dataclass(frozen=True, slots=True)
class Scale:
    """What is little, in a unit: up to `nothing` nothing flows; `standby` is the most of one."""

    nothing: float
    standby: float

    def measured(self, step: float) -> "Scale":
        """The same by a meter that says its values in such steps: one or two are nothing."""
        return replace(self, nothing=max(self.nothing, STEPS * step))


@dataclass(frozen=True, slots=True)
class Level:
    """A cluster of readings from `least` up to the next one's."""

    least: float
    value: float  # the median
    readings: int
    lasts: bool  # for some readings in a row, and not once only
    steady: bool
    nightly: bool
    all_day: bool  # for many hours without a break nothing less was drawn, on most days


def levels(minutes: NDArray[np.int64], values: Floats, scale: Scale) -> list[Level]:
    """The levels of (n,) readings, at least one, at these minutes of the grid; the lowest first."""
    logs = np.log(values + scale.nothing)
    first = float(np.log(scale.nothing)) - 4 * BIN
    bins = np.floor((logs - first) / BIN).astype(np.int64)
    counts = np.bincount(bins, minlength=int(bins.max()) + 12).astype(np.float64)
    reach = np.arange(-8, 9)
    kernel = np.exp(-0.5 * (reach / BLUR) ** 2)
    density = np.convolve(counts, kernel / kernel.sum(), mode="same")
    borders = _borders(density, counts)
    edges = np.exp(first + BIN * np.array(borders, dtype=np.float64)) - scale.nothing
    of_level = np.searchsorted(edges, values, side="right")
    leasts = [-np.inf, *edges.tolist()]
    found = [_level(least, minutes, values, logs, of_level == n) for n, least in enumerate(leasts)]
    return _joined([level for level in found if level is not None], scale)


def _borders(density: Floats, counts: Floats) -> list[int]:
    """The bins at which a new level begins: the middle of the valleys between its peaks."""
    inner = density[1:-1]
    peaks = (np.flatnonzero((inner > density[:-2]) & (inner >= density[2:])) + 1).tolist()
    borders: list[int] = []
    summit = -1
    for peak in peaks:
        if summit < 0:
            summit = peak
            continue
        valley = density[summit : peak + 1]
        lowest = float(valley.min())
        if lowest > VALLEY * min(density[summit], density[peak]):
            summit = peak if density[peak] > density[summit] else summit
            continue
        flat = np.flatnonzero(valley <= lowest + 1e-9)
        border = summit + int(flat[flat.size // 2])
        begun = borders[-1] if borders else 0
        if counts[begun:border].sum() < LEAST_READINGS:
            summit = peak  # what is below is too little to be a level: it goes to the one above
            continue
        borders.append(border)
        summit = peak
    return borders


def _level(
    least: float, minutes: NDArray[np.int64], values: Floats, logs: Floats, own: Bools
) -> Level | None:
    readings = int(own.sum())
    if not readings:
        return None
    low, high = np.quantile(logs[own], [0.25, 0.75])
    lengths = np.diff(runs(own), axis=1)
    lasting = int(lengths[lengths >= LASTING].sum())
    night = float((minutes[own] % DAY < NIGHT).mean())
    return Level(
        least=least,
        value=float(np.median(values[own])),
        readings=readings,
        lasts=lasting >= LEAST_READINGS,
        steady=bool((high - low) / 1.349 <= STEADY and lasting >= 0.5 * readings),
        nightly=night >= NIGHTLY,
        all_day=_without_break(minutes, values >= least, own) >= 0.5 * readings
        and np.unique(minutes[own] // DAY).size >= MOST_DAYS * np.unique(minutes // DAY).size,
    )


def _without_break(minutes: NDArray[np.int64], above: Bools, own: Bools) -> int:
    """How many of its `own` readings (n,) stand in a stretch of WHOLE_DAY `above` its least."""
    found = 0
    for start, end in runs(above):
        if minutes[end - 1] - minutes[start] >= WHOLE_DAY:
            found += int(own[start:end].sum())
    return found


def _joined(found: Sequence[Level], scale: Scale) -> list[Level]:
    """Neighbours that are hardly apart are one: a meter that rounds makes two of a level."""
    joined: list[Level] = []
    for level in found:
        below = joined[-1] if joined else None
        if below and level.value + scale.nothing < APART * (below.value + scale.nothing):
            larger = max(below, level, key=lambda one: one.readings)
            joined[-1] = replace(
                larger, least=below.least, readings=below.readings + level.readings,
                lasts=below.lasts or level.lasts,
                steady=below.steady and level.steady, nightly=below.nightly and level.nightly,
            )  # fmt: skip
        else:
            joined.append(level)
    return joined


def resolution(values: Floats) -> float:
    """The decimal step in which a meter says its values (n,); 0 where it has none of those."""
    said = np.unique(values)
    for step in DECIMALS:
        if np.allclose(said / step, np.rint(said / step), rtol=0.0, atol=SAME):
            return step
    return 0.0
