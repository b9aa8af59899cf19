"""Use by light: an asset's own lamp makes a step; the sun and the ceiling lamps must not count."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from analytics import rhythm
from analytics.grid import Bools, Floats, between, carry
from analytics.kind import BRIDGE, CARRY, Kind, Seen, Signal, standing

if TYPE_CHECKING:
    from analytics.lamps import Course
    from analytics.light_steps import Place

LEAST_STEP_LX: Final = 25.0
NOISE_SHARE: Final = 0.06  # of the level: light scatters in proportion
DARK_LX: Final = 2.0  # below, a clipped zero may well stay; then a whole day must not
WILD: Final = 3.0  # times as bright as it ever was for two readings together
SPREAD: Final = 3.0  # scatters of readings at one level


def see(light: Floats, places: "Sequence[Place]" = ()) -> list[Seen]:
    """What each lux sensor of one room saw: `light` is (sensors, minutes), NaN not heard.

    `places`: where each hangs, at an asset of its own where not said.
    """
    # Whoever only asks what kinds there are, the portal above all, needs no compiler in memory.
    from analytics import lamps, light_steps  # noqa: PLC0415

    if not light.shape[0]:
        return []
    hung = places or [light_steps.Place(card) for card in range(light.shape[0])]
    seen = lamps.courses(light, hung)
    return [_seen(*one) for one in zip(seen, light, hung, strict=True)]


def heard(light: Floats, interval: int) -> Bools:
    """(minutes,): where readings are near enough; what a longer gap hides is unknown."""
    return between(light, max(BRIDGE, interval))


def _seen(course: "Course", light: Floats, place: "Place") -> Seen:
    """Without a lamp, silence means something only where nobody else switched what may be one."""
    blind = np.zeros(light.size, dtype=bool) if course.fault is None else course.fault.blind
    return Seen(
        use=course.on & ~blind,
        heard=heard(light, place.interval) & ~blind,
        able=course.able and (course.fault is None or course.fault.able),
        detected=course.switches,
        rose=course.lamp.height if course.lamp and course.switches else None,
        perhaps=course.perhaps & ~blind,
        weak=course.weak & ~blind,
        alarm=course.fault.alarm if course.fault else None,
    )


def _see(room: Sequence[Signal]) -> list[Seen]:
    light = np.stack([carry(one.values, one.misread, CARRY) for one in room])
    places = [_place(*one) for one in zip(room, light, strict=True)]
    return [  # misread minutes were carried over, not heard
        replace(seen, heard=seen.heard & heard(one.values, place.interval))
        if one.misread.any()
        else seen
        for seen, one, place in zip(see(light, places), room, places, strict=True)
    ]


def _place(one: Signal, light: Floats) -> "Place":
    from analytics.light_steps import Place  # noqa: PLC0415

    tested = None if one.rose is None or one.rose < LEAST_STEP_LX else one.rose
    return Place(one.card, rhythm.usual(light), one.reference, one.proven, tested)


def _wild(_at_s: Floats, values: Floats, _longitudes: Floats | None) -> Bools:
    """Which reading is far brighter than any two together ever were, (n,)."""
    from analytics.minute_passes import brightest_pair  # noqa: PLC0415 — as above

    level, most = brightest_pair(np.ascontiguousarray(values))  # reached by two together, by one
    least = WILD * max(level, LEAST_STEP_LX)
    if most <= least:
        return np.zeros(values.size, dtype=bool)
    # Beside the first and the last reading there is nothing that could bear them out.
    low = np.concatenate(([-np.inf], values, [-np.inf]))
    beside = np.maximum(low[:-2], low[2:])
    return np.asarray((values > least) & (values - beside > LEAST_STEP_LX))


def _scatter(level: float) -> float:
    return max(LEAST_STEP_LX, SPREAD * NOISE_SHARE * level)


KIND: Final = Kind(
    name="photoelectric",
    basis="lamp",
    sure=0.75,
    see=_see,
    needs_support=True,
    of_rooms=True,
    sees_daylight=True,
    rest=DARK_LX,
    may_stand=standing(6 * 60, rest=DARK_LX, at_rest=24 * 60),
    drift_a_day=3.0,
    drift_in_all=40.0,
    wild=_wild,
    scatter=_scatter,
)
