"""Whether a sensor can tell the use of its asset at all, by the physics of its world."""

from collections.abc import Callable
from statistics import median
from typing import Final

import numpy as np

from firmware_sim import lamps, lighting, power
from firmware_sim.clock import stream
from firmware_sim.estate import Asset, GatewayPlan, Sensor
from firmware_sim.habits import habit
from firmware_sim.signals import LAMP_SEEN, MAINS_V
from firmware_sim.words import Archetype, Kind, Trouble

LEAST_STEP_LX: Final = 30.0
MOSTLY_OFF: Final = 0.5  # of the sessions without the lamp: silence of it means little
LEAST_RISE_C: Final = 1.5
LEAST_WORK_W: Final = 5.0
WORK_OVER_STANDBY: Final = 1.5
GOOD_FIX_M: Final = 50.0
TEST_MIN: Final = 3.0  # minutes that the lamp burns in a test
COARSE_S: Final = 900  # longer between two readings: hours of use don't follow from them


def tells(seed: int, plan: GatewayPlan, asset: Asset, sensor: Sensor) -> bool:
    """Whether the sensor would react to use, healthy and in its place: whether it would pass a
    commissioning test. What befalls it later is not looked at.
    """
    return TELLS[sensor.kind](seed, plan, asset, sensor)


def lamp_step(seed: int, plan: GatewayPlan, asset: Asset, sensor: Sensor) -> float:
    """Lux that the asset's lamp adds at its sensor."""
    seen = LAMP_SEEN.get(asset.fault, 1.0)
    own = stream(seed, plan.id, asset.code, "traits", sensor.name)
    if plan.room is None:
        own.uniform(0.05, 0.8), own.uniform(10.0, 110.0)
        return float(own.uniform(*habit(asset).lamp_lx)) * seen
    gain = stream(seed, plan.id, asset.code, "traits", sensor.name, "gain").uniform(0.7, 1.0)
    return lighting.strength(seed, plan.id, asset) * float(gain) * seen


def _by_light(seed: int, plan: GatewayPlan, asset: Asset, sensor: Sensor) -> bool:
    always = any(t.kind is Trouble.LIT and not t.span.since for t in asset.troubles)
    useful = habit(asset).lamp_off <= MOSTLY_OFF and not always
    return useful and lamp_step(seed, plan, asset, sensor) >= LEAST_STEP_LX


def _by_warmth(seed: int, plan: GatewayPlan, asset: Asset, sensor: Sensor) -> bool:
    own = stream(seed, plan.id, asset.code, "traits", sensor.name)
    rise, standing = (
        float(own.uniform(*r)) for r in (habit(asset).warmth_c, habit(asset).standing_c)
    )
    # What is always on is switched off and on for the test.
    return (standing if asset.ways.always_on else rise) >= LEAST_RISE_C


def _by_place(seed: int, plan: GatewayPlan, asset: Asset, sensor: Sensor) -> bool:
    moves = asset.archetype in {Archetype.VEHICLE, Archetype.PORTABLE}
    return moves and asset.ways.gps_sigma_m <= GOOD_FIX_M


def _by_power(seed: int, plan: GatewayPlan, asset: Asset, sensor: Sensor) -> bool:
    known = power.levels(asset, stream(seed, plan.id, asset.code, "traits", sensor.name))
    return min(known.working) >= max(LEAST_WORK_W, WORK_OVER_STANDBY * known.standby)


def test_levels(
    seed: int, plan: GatewayPlan, asset: Asset, sensor: Sensor
) -> tuple[float, float] | None:
    """What the sensor says while its asset is off and while it works, as a commissioning test in
    the dark notes it; None of kinds that say no such thing.
    """
    if sensor.kind is Kind.PHOTOELECTRIC:
        return 0.0, lamp_step(seed, plan, asset, sensor) * _warm(asset.ways.lamp_ramp_min)
    if sensor.kind not in {Kind.POWER, Kind.CURRENT}:
        return None
    known = power.levels(asset, stream(seed, plan.id, asset.code, "traits", sensor.name))
    unit = 1.0 if sensor.kind is Kind.POWER else MAINS_V
    return known.standby / unit, median(known.working) / unit


def _warm(ramp_min: float) -> float:
    """The share of its light that a lamp gives after the minutes of a test."""
    return 1.0 - (1.0 - lamps.COLD) * float(np.exp(-TEST_MIN / ramp_min)) if ramp_min else 1.0


def _always(seed: int, plan: GatewayPlan, asset: Asset, sensor: Sensor) -> bool:
    return True


TELLS: Final[dict[Kind, Callable[[int, GatewayPlan, Asset, Sensor], bool]]] = {
    Kind.PHOTOELECTRIC: _by_light,
    Kind.TEMPERATURE: _by_warmth,
    Kind.PULSES: _always,
    Kind.POSITION: _by_place,
    Kind.POWER: _by_power,
    Kind.CURRENT: _by_power,
    Kind.CONTACT: _always,
}


def hours_follow(plan: GatewayPlan, asset: Asset) -> bool:
    """Whether hours of use follow from what is measured, and not only that there was use."""
    ways = asset.ways
    return not ways.pulses_a_job and ways.quiet_min is None and plan.interval <= COARSE_S
