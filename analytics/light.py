"""Use by light: an asset's own lamp makes a step; the sun and the ceiling lamps must not count."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from analytics.grid import Bools, Floats

SIDE: Final = 3  # minutes on each side of a step
LEAST_STEP_LX: Final = 25.0
NOISE_SHARE: Final = 0.06  # of the level: light scatters in proportion
SHARED_BY: Final = 0.5  # more of a room's sensors than that: the ceiling lamps, or the sun
LEAST_EVENTS: Final = 6  # to know the lamp's step
NEAR_MODE: Final = 0.30  # of log |step|
ON_SHARE: Final = 0.6
OFF_SHARE: Final = 0.4
STILL_LIT: Final = 0.45  # below this share of the step above nothing, the lamp is off
LONGEST: Final = 14 * 60  # minutes; nobody works longer, so an end was missed


@dataclass(frozen=True, slots=True)
class Seen:
    """Use as one sensor saw it: (minutes,) each.

    `able`: whether silence of it means anything (its step is known, or nothing ever happened
    that could have been one).
    """

    use: Bools
    heard: Bools
    able: bool
    detected: bool


def steps(light: Floats) -> Floats:
    """Change of level at each minute: median of 3 after minus median of 3 before, lux.

    `light`: (sensors, minutes). Where a side has no value the step is 0.
    """
    padded = np.pad(light, ((0, 0), (SIDE, SIDE - 1)), constant_values=np.nan)
    medians = _nanmedian3(sliding_window_view(padded, SIDE, axis=1))
    before = medians[:, : light.shape[1]]
    after = medians[:, SIDE : SIDE + light.shape[1]]
    change = after - before
    return np.nan_to_num(change, nan=0.0)


def _nanmedian3(windows: Floats) -> Floats:
    """Median of windows of 3 where at least two values are there, else NaN; ignores NaN."""
    ordered = np.sort(windows, axis=-1)  # NaN goes last
    count = (~np.isnan(windows)).sum(axis=-1)
    middle = np.where(count == 3, ordered[..., 1], (ordered[..., 0] + ordered[..., 1]) / 2)
    return np.where(count >= 2, middle, np.nan)


def own_events(change: Floats, light: Floats) -> Floats:
    """The steps that are a sensor's own: sharp, large, and not shared by its room.

    `change`, `light`: (sensors of one room, minutes). Returns the steps, 0 elsewhere.
    """
    size = np.abs(change)
    later = np.maximum.reduce([_shifted(size, k) for k in (-2, -1)])
    earlier = np.maximum.reduce([_shifted(size, k) for k in (1, 2)])
    peak = (size >= later) & (size > earlier)  # of a flat top the first minute
    level = np.nan_to_num(light, nan=0.0)
    sharp = peak & (size > LEAST_STEP_LX) & (size > NOISE_SHARE * level)
    events = np.where(sharp, change, 0.0)
    if change.shape[0] >= 2:
        events[:, shared(change)] = 0.0
    return events


def shared(change: Floats) -> Bools:
    """Minutes (minutes,) in which most sensors of a room step the same way."""
    least = 0.25 * LEAST_STEP_LX
    wide = np.maximum.reduce([_shifted(change, k) for k in (-1, 0, 1)])
    deep = np.minimum.reduce([_shifted(change, k) for k in (-1, 0, 1)])
    heard = max(1, change.shape[0])
    up = (wide > least).sum(axis=0) / heard
    down = (deep < -least).sum(axis=0) / heard
    return np.asarray((up > SHARED_BY) | (down > SHARED_BY))


def _shifted(values: Floats, by: int) -> Floats:
    moved = np.zeros_like(values)
    if by > 0:
        moved[:, by:] = values[:, :-by]
    elif by < 0:
        moved[:, :by] = values[:, -by:]
    else:
        moved[:] = values
    return moved


def step_height(events: Floats) -> float | None:
    """Mode of |step| of one sensor's (minutes,) events, lux; None where too few agree.

    The mode of the logarithms' density, with a triangular kernel, each step weighed by its height:
    clouds make many small steps.
    """
    sizes = np.abs(events[events != 0])
    if sizes.size < LEAST_EVENTS:
        return None
    logs = np.log(sizes)
    near = np.clip(1 - np.abs(logs[:, None] - logs[None, :]) / NEAR_MODE, 0, None)
    best = int(np.argmax((near * sizes).sum(axis=1)))
    close = np.abs(logs - logs[best]) < NEAR_MODE
    if close.sum() < LEAST_EVENTS:
        return None
    return float(np.exp(np.median(logs[close])))


def lit(events: Floats, light: Floats, height: float) -> Bools:
    """Minutes (minutes,) in which the lamp is on: from a step up to the step down.

    It is off for certain where the light is less than the lamp alone would give. A step down that
    comes first ends a use that began before the record.
    """
    on = np.zeros(light.size, dtype=bool)
    dark = light < STILL_LIT * height
    start = _lit_before(events, dark, height)
    for at in np.flatnonzero(events):
        step = events[at]
        if step >= ON_SHARE * height:
            if start >= 0:
                _mark(on, dark, start, int(at))
            start = int(at)
        elif step <= -OFF_SHARE * height and start >= 0:
            _mark(on, dark, start, int(at))
            start = -1
    if start >= 0:
        _mark(on, dark, start, light.size)
    return on


def _lit_before(events: Floats, dark: Bools, height: float) -> int:
    """The first minute of a lamp that was on when the record began and is then put out, or -1."""
    switched = np.flatnonzero(np.abs(events) >= ON_SHARE * height)
    if switched.size == 0 or events[switched[0]] > 0:
        return -1
    end = max(0, int(switched[0]) - SIDE)  # beside the step the light falls already
    darkness = np.flatnonzero(dark[:end])
    return max(int(darkness[-1]) + 1 if darkness.size else 0, end - LONGEST)


def _mark(on: Bools, dark: Bools, start: int, end: int) -> None:
    """The lamp was on from `start`, until `end`, darkness or the longest use at most."""
    end = min(end, start + LONGEST)
    darkness = np.flatnonzero(dark[start + 1 : end])
    on[start : start + 1 + int(darkness[0]) if darkness.size else end] = True


def see(light: Floats) -> list[Seen]:
    """What each lux sensor of one room saw: `light` is (sensors, minutes), NaN not heard."""
    if light.shape[0] == 0:
        return []
    events = own_events(steps(light), light)
    return [_seen(events[row], light[row]) for row in range(light.shape[0])]


def _seen(events: Floats, light: Floats) -> Seen:
    heard = ~np.isnan(light)
    height = step_height(events)
    if height is None:
        few = np.count_nonzero(events) < LEAST_EVENTS
        return Seen(np.zeros(light.size, dtype=bool), heard, able=bool(few), detected=False)
    use = lit(events, light, height)
    return Seen(use, heard, able=True, detected=bool(use.any()))
