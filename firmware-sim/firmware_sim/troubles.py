"""What befalls sensors from a day on: covered, moved, silent, lent, and silence at the switch."""

from collections.abc import Callable
from typing import Final

import numpy as np

from firmware_sim.circumstances import Befallen
from firmware_sim.clock import Array, Flags
from firmware_sim.signals import METRES_A_DEGREE, Scene
from firmware_sim.words import Kind, Trouble


def befall(scene: Scene, values: Array) -> Array:
    """`values` (times, columns) as the asset's troubles leave them."""
    found = values
    for trouble in scene.asset.troubles:
        if trouble.kind in BEFALL and trouble.holds(scene.sensor.name):
            within = (scene.times >= trouble.span.since) & (scene.times < trouble.span.until)
            if within.any():
                found = BEFALL[trouble.kind](scene, found, within, trouble)
    return _quiet(scene, found) if scene.asset.ways.quiet_min is not None else found


def _covered(scene: Scene, values: Array, within: Flags, trouble: Befallen) -> Array:
    """Taped over: the noise of the converter is left."""
    if scene.sensor.kind is not Kind.PHOTOELECTRIC:
        return values
    rng = scene.traits("tape", scene.sensor.name, str(scene.day))
    noise = np.abs(rng.normal(0.3, 0.15, values.shape))
    return _put(values, within, noise)


def _flicker(scene: Scene, values: Array, within: Flags, trouble: Befallen) -> Array:
    """Taped over, too, and jumping between 0 and 2 lx."""
    if scene.sensor.kind is not Kind.PHOTOELECTRIC:
        return values
    rng = scene.traits("tape", scene.sensor.name, str(scene.day))
    return _put(values, within, rng.integers(0, 3, values.shape).astype(np.float64))


def _silent(scene: Scene, values: Array, within: Flags, trouble: Befallen) -> Array:
    return _put(values, within, np.full_like(values, np.nan))


def _lent(scene: Scene, values: Array, within: Flags, trouble: Befallen) -> Array:
    """It stands elsewhere, and nobody there uses it."""
    if scene.sensor.kind is not Kind.POSITION:
        return values
    away = np.array([trouble.km * 1_000.0 / METRES_A_DEGREE, 0.0, 0.0])
    return _put(values, within, values + away)


def _says(scene: Scene, values: Array, within: Flags, trouble: Befallen) -> Array:
    """The first reading from the moment on is a constant; where a day has begun before, none."""
    first = int(np.argmax(within))
    if first == 0 and scene.times[0] - trouble.span.since >= scene.interval:
        return values
    only = np.zeros(within.size, dtype=bool)
    only[first] = True
    return _put(values, only, np.full_like(values, trouble.value))


def _put(values: Array, where: Flags, others: Array) -> Array:
    """`others` where that was measured at all."""
    measured = where[:, np.newaxis] & ~np.isnan(values)
    return np.where(measured, others, values)


def _quiet(scene: Scene, values: Array) -> Array:
    """Silence of some minutes in which the asset is switched on."""
    ways, rng = scene.asset.ways, scene.traits("quiet", str(scene.day))
    least, most = ways.quiet_min or (0.0, 0.0)
    lost = np.zeros(scene.times.size, dtype=bool)
    for session in scene.sessions:
        hit, lasts = rng.random() < ways.quiet_share, rng.uniform(least, most) * 60.0
        since = scene.times - session.start + rng.uniform(0.1, 0.9) * lasts
        if hit:
            lost |= (since >= 0) & (since < lasts)
    return np.where(lost[:, np.newaxis], np.nan, values)


BEFALL: Final[dict[Trouble, Callable[[Scene, Array, Flags, Befallen], Array]]] = {
    Trouble.COVERED: _covered,
    Trouble.FLICKER: _flicker,
    Trouble.SILENT: _silent,
    Trouble.LENT: _lent,
    Trouble.SAYS: _says,
    # MOVED is in days.py; LAMP_GONE, LIT and LIT_UNATTENDED are the lamp's (lamps.py).
}
