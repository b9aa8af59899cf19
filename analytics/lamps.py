"""When each light sensor's own lamp was on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from analytics.grid import Bools, Floats, bridge
from analytics.kind import BRIDGE
from analytics.lamp_heights import (
    BEAM,
    BRIGHTEST,
    DIMMEST,
    DOUBTFUL,
    LEAST_SWITCHINGS,
    Lamp,
    Steps,
    burns,
    doubted,
    heights,
    like_one,
    nearest,
    own_lamp,
    repeats,
    shared_lamps,
    typical_length,
)
from analytics.light_faults import Fault, faults
from analytics.light_minutes import carried, marks, switched
from analytics.light_signals import View
from analytics.light_steps import Place, Room
from analytics.recurrences import lamp_path

FINE: Final = 15  # minutes between readings that miss no use
CEILING_FROM: Final = 210.0  # minutes that it burns, typically: from morning to noon, and so on


@dataclass(frozen=True, slots=True)
class Course:
    """When a sensor's lamp was on, (minutes,) each: for certain, and when another light that may
    be the asset's was. `lamp`: None where none could be told.
    """

    on: Bools
    perhaps: Bools
    weak: Bools  # where the light, of either, is likelier another's
    lamp: Lamp | None
    able: bool  # whether it would have shown
    fault: Fault | None = None

    @property
    def switches(self) -> bool:
        """Whether the lamp was seen to be switched so often that it is one, and reacts."""
        enough = self.lamp is not None and self.lamp.count >= LEAST_SWITCHINGS
        return enough and typical_length(self.on) > BEAM


def courses(light: Floats, places: Sequence[Place]) -> list[Course]:
    """The course of each sensor's own lamp: `light` (sensors, minutes) of one room in lux."""
    room = Room(light, places)
    first = [room.steps(n) for n in range(light.shape[0])]
    lamps = [own_lamp(one, place.tested) for one, place in zip(first, places, strict=True)]
    events = room.events(first)
    second = [room.attributed(n, one, lamps[n], events) for n, one in enumerate(first)]
    found = [
        _course(room, n, both, lamp)
        for n, (*both, lamp) in enumerate(zip(first, second, lamps, strict=True))
    ]
    view = View(
        room.light,
        room.wide,
        room.peaks,
        room.cards,
        room.reference,
        np.stack([one.on if one.switches else np.zeros_like(one.on) for one in found]),
        np.array([place.interval for place in places]),
        np.array([place.proven for place in places]),
        np.array([np.nan if place.tested is None else place.tested for place in places]),
    )
    return [replace(one, fault=fault) for one, fault in zip(found, faults(view), strict=True)]


def _course(room: Room, sensor: int, judged: Sequence[Steps], before: Lamp | None) -> Course:
    """When the sensor's lamp was on; `judged`: its steps, as at first and as judged again."""
    at_first, steps = judged
    place, light = room.places[sensor], _Light.of(room, sensor)
    lamp = own_lamp(steps, place.tested) or before
    known = lamp is not None and lamp.count >= LEAST_SWITCHINGS
    if lamp and place.tested is not None and not known:
        steps = nearest(steps, lamp, heights(at_first))
    lit = light.lit(steps, lamp) if lamp else np.zeros(light.values.size, dtype=bool)
    perhaps, weak = np.zeros((2, light.values.size), dtype=bool)
    mine = steps if place.tested is None else at_first
    others = [(other, mine) for other in _others(mine, lamp, place.tested)]
    shared = [] if known or place.tested else shared_lamps(at_first)
    for other, its in (*others, *((other, doubted(at_first, other)) for other in shared)):
        seen = light.lit(its, other)
        if place.tested is None and burns(its, other, seen, place.interval) < CEILING_FROM:
            perhaps |= seen
        else:
            weak |= seen
    of_a_room = lamp is not None and place.tested is None and room.is_shared(sensor)
    if lamp and of_a_room and burns(steps, lamp, lit, place.interval) >= CEILING_FROM:
        # One of the ceiling's that only this sensor sees looks like a lamp that somebody puts
        # on in the morning and out in the evening.
        lamp, lit, weak = None, np.zeros_like(lit), weak | lit
    able = known and lamp is not None
    if place.interval <= FINE:
        own = int((steps.own >= 1.0).sum())
        told = place.proven and not shared
        able = lamp is not None or own < LEAST_SWITCHINGS or told
    lasts = place.tested is not None or typical_length(lit) > BEAM
    doubtful = lamp is not None and not (known and lasts and room.is_own(sensor, steps, lamp))
    weak = np.where(lit, doubtful, weak & ~perhaps)
    return Course(lit, (perhaps | weak) & ~lit, weak, lamp, able)


def _others(steps: Steps, lamp: Lamp | None, tested: float | None) -> list[Lamp]:
    """What is switched here beside its lamp, and may be it: all where no test told which it is;
    where one did, and no such lamp was seen, for it may have been replaced.
    """
    if tested is not None and lamp is not None and lamp.count >= LEAST_SWITCHINGS:
        return []
    repeated = [other for other in heights(steps) if repeats(other)]
    if tested is not None:
        return [one for one in repeated if one.count >= LEAST_SWITCHINGS]
    return [one for one in repeated if not (lamp and like_one(one.height, lamp.height))]


@dataclass(frozen=True, slots=True)
class _Light:
    """One sensor's light: `values` (minutes,) lux, and how they scatter; `near`: minutes by which a
    step may be off; `bridged`: minutes between readings that hide nothing; `silent` (minutes,):
    where a longer gap does.
    """

    values: Floats
    noise: float
    near: int
    bridged: int
    silent: Bools

    @staticmethod
    def of(room: Room, sensor: int) -> "_Light":
        """That of one of a room's sensors."""
        values, bridged = room.light[sensor], max(BRIDGE, room.places[sensor].interval)
        noise = max(1.0, 2.0 * float(room.noise[sensor]))
        silent = np.isnan(bridge(values, bridged))
        return _Light(values, noise, room.near[sensor], bridged, silent)

    def lit(self, steps: Steps, lamp: Lamp) -> Bools:
        """When a lamp of this height was on, (minutes,)."""
        marked = self._marked(steps, lamp.height)
        lit = carried(lamp_path(self.values, marked, lamp.height, self.noise), self.bridged)
        # The sky grows as bright as a lamp, and without a step; a gap hides whether there was one.
        return switched(lit, marked, self.silent, self.near + 1)

    def _marked(self, steps: Steps, height: float) -> Floats:
        """By minute how far a step there may be the switching of a lamp of `height` lux; see
        `lamp_path`.
        """
        share = np.abs(steps.change) / height
        own = np.where(share > BRIGHTEST, np.minimum(steps.own, DOUBTFUL), steps.own)
        own = np.where(steps.own > 0, np.where(share > DIMMEST, own, 0.0), -1.0)
        return marks(steps.at, own, self.near, self.values.size)
