"""What each fault makes of a healthy sensor's values; a missing value is NaN."""

from collections.abc import Callable
from typing import Final

import numpy as np

from firmware_sim.clock import DAY_S, HOUR_S, Array, day_start, stream
from firmware_sim.estate import Asset
from firmware_sim.signals import METRES_A_DEGREE, Scene
from firmware_sim.words import Fault, Kind

# Outages and sticking return every 28 days, so that every window of 28 days holds one of them,
# wherever it begins, and a day's values never depend on the window that is asked for.
PERIOD_DAYS: Final = 28
DRIFT_PERIOD_DAYS: Final = 84  # then somebody calibrates it
ZERO_UNUSED: Final = (Kind.PULSES, Kind.POWER, Kind.CURRENT, Kind.CONTACT)
SETS_IN_S: Final = 10 * HOUR_S  # a fault begins in the middle of the morning
CLOCK_AHEAD_S: Final = 8 * HOUR_S  # local time sent as if it were UTC

LASTS: Final = {  # days, of those that come and go
    Fault.OUTAGE: ("outage", (2.0, 5.0)),
    Fault.STUCK: ("stuck", (8.0, 20.0)),
}

# By kind: what a day of drift adds to each of a reading's columns.
DRIFT_A_DAY: Final[dict[Kind, tuple[float, ...]]] = {
    Kind.PHOTOELECTRIC: (6.0,),
    Kind.TEMPERATURE: (0.3,),
    Kind.PULSES: (0.0,),  # a counter can't drift
    Kind.POSITION: (20.0 / METRES_A_DEGREE, 20.0 / METRES_A_DEGREE, 0.2),
    Kind.POWER: (2.0,),
    Kind.CURRENT: (0.01,),
    Kind.CONTACT: (0.0,),
}

Frozen = Callable[[Scene, int], Array]  # the healthy values at a time (Unix seconds)


def spoil(scene: Scene, values: Array, frozen: Frozen) -> Array:
    """`values` (times, columns) as the asset's fault leaves them, with the gaps of everyday."""
    rng = scene.traits("gaps", scene.sensor.name, str(scene.day))
    spoiled = _lose(scene, values, rng, count=0.3, minutes=(1, 10))
    return FAULTS.get(scene.asset.fault, _nothing)(scene, spoiled, frozen)


def _nothing(scene: Scene, values: Array, frozen: Frozen) -> Array:
    return values


def _gaps(scene: Scene, values: Array, frozen: Frozen) -> Array:
    rng = scene.traits("more gaps", scene.sensor.name, str(scene.day))
    return _lose(scene, values, rng, count=8.0, minutes=(10, 60))


def _lose(
    scene: Scene,
    values: Array,
    rng: np.random.Generator,
    *,
    count: float,
    minutes: tuple[int, int],
) -> Array:
    lost = values
    for start in rng.uniform(0, DAY_S, rng.poisson(count)):
        since = scene.times - day_start(scene.day) - start
        within = (since >= 0) & (since < rng.uniform(*minutes) * 60)
        lost = np.where(within[:, np.newaxis], np.nan, lost)
    return lost


def _outage(scene: Scene, values: Array, frozen: Frozen) -> Array:
    own = scene.traits("outage")
    since = _since_onset(scene, int(own.integers(PERIOD_DAYS)), PERIOD_DAYS)
    away = since < own.uniform(*LASTS[Fault.OUTAGE][1]) * DAY_S
    return np.where(away[:, np.newaxis], np.nan, values)


def _stuck(scene: Scene, values: Array, frozen: Frozen) -> Array:
    own = scene.traits("stuck")
    since = _since_onset(scene, int(own.integers(PERIOD_DAYS)), PERIOD_DAYS)
    held = since < own.uniform(*LASTS[Fault.STUCK][1]) * DAY_S
    if not held.any():
        return values
    first = int(np.argmax(held))
    value = frozen(scene, int(scene.times[first] - since[first]))
    if scene.sensor.kind is Kind.PULSES:
        value = np.maximum(value, 1.0)  # a contact that chatters; a silent one would be dead
    return np.where(held[:, np.newaxis] & ~np.isnan(values), value, values)


def _drift(scene: Scene, values: Array, frozen: Frozen) -> Array:
    phase = int(scene.traits("drift").integers(DRIFT_PERIOD_DAYS))
    days = _since_onset(scene, phase, DRIFT_PERIOD_DAYS) / DAY_S
    added: Array = days[:, np.newaxis] * np.array(DRIFT_A_DAY[scene.sensor.kind])
    return values + added


def _dead(scene: Scene, values: Array, frozen: Frozen) -> Array:
    """Silent, or a constant zero; silent where zero is what the sensor of an unused asset says."""
    if scene.traits("dead").random() < 0.5 or scene.sensor.kind in ZERO_UNUSED:
        return np.full_like(values, np.nan)
    return np.zeros_like(values)


# What drivers say in place of a reading: saturation, power-up and bus constants, no fix, overflow;
# and single wild values that stand in no data sheet.
CONSTANTS: Final[dict[Kind, tuple[float, ...]]] = {
    Kind.PHOTOELECTRIC: (54_612.5, 27_306.25, 65_535.0, 9_000.0, 3_000.0),
    Kind.TEMPERATURE: (85.0, -127.0, 60.0, 0.0),
    Kind.PULSES: (65_535.0,),
    Kind.POSITION: (0.0,),
    Kind.POWER: (-1.0, 6_553.5),
    Kind.CURRENT: (655.35,),
    Kind.CONTACT: (255.0,),
}
FAILURES_A_DAY: Final = 0.3  # of single readings: some eight in four weeks


def _driver(scene: Scene, values: Array, frozen: Frozen) -> Array:
    """Now and then a reading that is none, alone between good ones."""
    rng = scene.traits("driver", scene.sensor.name, str(scene.day))
    spoiled = values.copy()
    for place in rng.integers(0, len(values), rng.poisson(FAILURES_A_DAY)):
        constant = rng.choice(CONSTANTS[scene.sensor.kind])
        spoiled[place] = np.where(np.isnan(values[place]), np.nan, constant)
    return spoiled


def spans(seed: int, gateway: str, asset: Asset, start: int, end: int) -> list[tuple[int, int]]:
    """When the asset's fault holds within [start, end), Unix seconds."""
    if asset.fault is Fault.NONE:
        return []
    if asset.fault not in LASTS:
        return [(start, end)]
    name, days = LASTS[asset.fault]
    own = stream(seed, gateway, asset.code, "traits", name)
    onset = day_start(int(own.integers(PERIOD_DAYS))) + SETS_IN_S
    lasts, period = int(own.uniform(*days) * DAY_S), PERIOD_DAYS * DAY_S
    first = onset + (start - lasts - onset) // period * period
    found = [(at, at + lasts) for at in range(first, end, period)]
    return [(max(a, start), min(b, end)) for a, b in found if a < end and b > start]


def _since_onset(scene: Scene, phase: int, period: int) -> Array:
    """Seconds since the fault last set in, which it does every `period` days."""
    onset = day_start(phase) + SETS_IN_S
    since: Array = (scene.times - onset) % (period * DAY_S)
    return since


FAULTS: Final[dict[Fault, Callable[[Scene, Array, Frozen], Array]]] = {
    Fault.GAPS: _gaps,
    Fault.OUTAGE: _outage,
    Fault.STUCK: _stuck,
    Fault.DRIFT: _drift,
    Fault.DEAD: _dead,
    Fault.DRIVER: _driver,
    # MISALIGNED is in signals.LAMP_SEEN; CLOCK is in the stamps (days.py), not in the values.
}
