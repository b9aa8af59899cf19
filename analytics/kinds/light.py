"""Use by light: an asset's own lamp makes a step; the sun and the ceiling lamps must not count."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from analytics.grid import Bools, Floats, carry
from analytics.kind import BRIDGE, CARRY, Kind, Seen, Signal, standing

if TYPE_CHECKING:
    from analytics.lamps import Course

LEAST_STEP_LX: Final = 25.0
NOISE_SHARE: Final = 0.06  # of the level: light scatters in proportion
LEAST_EVENTS: Final = 6  # switchings of one height that prove a sensor
DARK_LX: Final = 2.0  # below, a clipped zero may well stay; then a whole day must not
WILD: Final = 3.0  # times as bright as it ever was for two readings together
SPREAD: Final = 3.0  # scatters of readings at one level


def see(
    light: Floats, cards: Sequence[int] = (), reference: Sequence[bool] = (), interval: int = 1
) -> list[Seen]:
    """What each lux sensor of one room saw: `light` is (sensors, minutes), NaN not heard.

    `cards`: the asset that each watches (each its own where not said); `reference`: which watch the
    room; `interval`: minutes between readings.
    """
    # Whoever only asks what kinds there are, the portal above all, needs no compiler in memory.
    from analytics import lamps  # noqa: PLC0415

    count = light.shape[0]
    if count == 0:
        return []
    seen = lamps.courses(
        light, list(cards) or list(range(count)), list(reference) or [False] * count, interval
    )
    return [_seen(one, row, interval) for one, row in zip(seen, light, strict=True)]


def heard(light: Floats, interval: int) -> Bools:
    """(minutes,): where readings are near enough; what a longer gap hides is unknown."""
    known = np.flatnonzero(~np.isnan(light))
    near = np.diff(known) <= max(BRIDGE, interval)
    edges = np.zeros(light.size + 1, dtype=np.int64)
    np.add.at(edges, known[:-1][near], 1)
    np.add.at(edges, known[1:][near], -1)
    return np.asarray((np.cumsum(edges[:-1]) > 0) | ~np.isnan(light))


def interval_of(values: Floats) -> int:
    """Minutes between two readings of (sensors, minutes), typically; 1 where there are none."""
    gaps = [np.diff(np.flatnonzero(~np.isnan(row))) for row in values]
    known = np.concatenate(gaps)
    return max(1, int(np.median(known))) if known.size else 1


def _seen(course: "Course", light: Floats, interval: int) -> Seen:
    """Without a lamp, silence means something only where nobody else switched what may be one."""
    lamp = course.lamp
    able = lamp is not None or course.steps < LEAST_EVENTS
    detected = lamp is not None and lamp.count >= LEAST_EVENTS and bool(course.on.any())
    return Seen(course.on, heard(light, interval), able, detected, perhaps=course.perhaps)


def _see(room: Sequence[Signal]) -> list[Seen]:
    light = np.stack([carry(one.values, one.misread, CARRY) for one in room])
    interval = interval_of(light)
    found = see(light, [one.card for one in room], [one.reference for one in room], interval)
    return [  # misread minutes were carried over, not heard
        replace(seen, heard=seen.heard & heard(one.values, interval))
        for seen, one in zip(found, room, strict=True)
    ]


def _wild(_at_s: Floats, values: Floats, _longitudes: Floats | None) -> Bools:
    """Which reading is far brighter than any two together ever were, (n,)."""
    # Beside the first and the last reading there is nothing that could bear them out.
    low = np.concatenate(([-np.inf], values, [-np.inf]))
    beside = np.maximum(low[:-2], low[2:])
    level = float(np.minimum(values[1:], values[:-1]).max())  # reached by two together
    bright = values > WILD * max(level, LEAST_STEP_LX)
    return np.asarray(bright & (values - beside > LEAST_STEP_LX))


def _scatter(level: float) -> float:
    return max(LEAST_STEP_LX, SPREAD * NOISE_SHARE * level)


KIND: Final = Kind(
    name="photoelectric",
    basis="lamp",
    sure=0.75,
    see=_see,
    needs_support=True,
    may_stand=standing(6 * 60, rest=DARK_LX, at_rest=24 * 60),
    drift_a_day=3.0,
    drift_in_all=40.0,
    wild=_wild,
    scatter=_scatter,
)
