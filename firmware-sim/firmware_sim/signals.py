"""What a healthy sensor measures on one day, from the use of its asset and its surroundings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from firmware_sim.archetypes import HABITS
from firmware_sim.clock import HOUR_S, Array, day_start, stream
from firmware_sim.estate import Asset, Sensor
from firmware_sim.surroundings import Room, lag, wander
from firmware_sim.use import Session
from firmware_sim.words import Archetype, Fault, Kind

METRES_A_DEGREE: Final = 111_320.0
HOME: Final = (20.03, 110.33)  # Haikou
LAMP_SEEN: Final = {Fault.MISALIGNED: 0.02}  # a misaligned sensor hardly sees its lamp
SPURIOUS_A_MINUTE: Final = 0.0003  # pulses without use
GLITCHES: Final = 0.0005  # positions that are far off for one reading


@dataclass(frozen=True, slots=True)
class Scene:
    """One sensor on one day: everything that its values follow from."""

    seed: int
    gateway: str
    asset: Asset
    sensor: Sensor
    day: int
    interval: int  # seconds
    times: Array  # Unix seconds, the grid of the day
    room: Room
    sessions: Sequence[Session]

    def noise(self) -> np.random.Generator:
        """The day's own random stream of this sensor."""
        return stream(self.seed, self.gateway, self.sensor.name, self.day)

    def traits(self, *names: str) -> np.random.Generator:
        """A random stream of the asset's lasting properties."""
        return stream(self.seed, self.gateway, self.asset.code, "traits", *names)


def measure(scene: Scene) -> Array:
    """Values of the healthy sensor, shape (times, records of its kind); units as RECORDS."""
    return MEASURES[scene.sensor.kind](scene)


def _photoelectric(scene: Scene) -> Array:
    habit, own = HABITS[scene.asset.archetype], scene.traits(scene.sensor.name)
    rng = scene.noise()
    near_window, under_ceiling = own.uniform(0.05, 0.8), own.uniform(10.0, 110.0)
    step = own.uniform(*habit.lamp_lx) * LAMP_SEEN.get(scene.asset.fault, 1.0)
    light = scene.room.daylight * near_window + scene.room.ceiling * under_ceiling
    for session in scene.sessions:
        if session.lit:
            light = light + step * _lamp(scene.times, session)
    noisy = light * rng.normal(1.0, 0.008, light.size) + rng.normal(0.4, 0.2, light.size)
    return np.maximum(noisy, 0.0)[:, np.newaxis]


def _lamp(times: Array, session: Session) -> Array:
    """Level of the lamp (0 to 1): full at first, turned down a third into a dimmed session."""
    level = np.where((times >= session.start) & (times < session.end), 1.0, 0.0)
    if session.dim < 1.0:
        level[times >= session.start + (session.end - session.start) / 3] *= session.dim
    return level


def _temperature(scene: Scene) -> Array:
    habit, own = HABITS[scene.asset.archetype], scene.traits(scene.sensor.name)
    rng = scene.noise()
    rise, standing = own.uniform(*habit.warmth_c), own.uniform(*habit.standing_c)
    offset = own.normal(0.0, 0.4)
    since = scene.times - day_start(scene.day)
    felt = scene.room.air + standing + offset + 0.15 * wander(rng, since, 13)
    for session in scene.sessions:
        felt = felt + rise * lag(scene.times, session.start, session.end, habit.tau_min * 60.0)
    return (felt + rng.normal(0.0, 0.05, felt.size))[:, np.newaxis]


def _pulses(scene: Scene) -> Array:
    rng = scene.noise()
    minutes = scene.interval / 60.0
    rate = np.full(scene.times.size, SPURIOUS_A_MINUTE)
    for session in scene.sessions:
        rate[(scene.times >= session.start) & (scene.times < session.end)] = HABITS[
            scene.asset.archetype
        ].pulses
    return rng.poisson(rate * minutes).astype(np.float64)[:, np.newaxis]


def _position(scene: Scene) -> Array:
    home, rng = scene.traits("home").normal(0.0, 3_000.0, 2), scene.noise()
    east, north = np.full(scene.times.size, home[0]), np.full(scene.times.size, home[1])
    for session in scene.sessions:
        out = TRIPS.get(scene.asset.archetype, _stay)(scene.times, session, rng)
        heading = rng.uniform(0.0, 2 * np.pi)
        bend = 0.15 * np.sin(2 * np.pi * out / max(out.max(), 1.0)) * out
        east = east + out * np.cos(heading) - bend * np.sin(heading)
        north = north + out * np.sin(heading) + bend * np.cos(heading)
    accuracy = rng.gamma(4.0, 1.2, east.size) + 1.5
    far = np.where(rng.random(east.size) < GLITCHES, 300.0, 0.0)
    east = east + rng.normal(0.0, 0.6, east.size) * accuracy + far
    north = north + rng.normal(0.0, 0.6, north.size) * accuracy
    latitude = HOME[0] + north / METRES_A_DEGREE
    longitude = HOME[1] + east / (METRES_A_DEGREE * np.cos(np.radians(HOME[0])))
    return np.stack((latitude, longitude, accuracy), axis=1)


def _drive(times: Array, session: Session, rng: np.random.Generator) -> Array:
    """Metres from home on a trip out and back, with at most 5 minutes at the far end."""
    pause = min(300.0, 0.15 * (session.end - session.start))
    leg = (session.end - session.start - pause) / 2
    reach = rng.uniform(20.0, 45.0) * 1_000 / HOUR_S * leg
    corners = (session.start, session.start + leg, session.end - leg, session.end)
    return np.interp(times, corners, (0.0, reach, reach, 0.0))


def _carry(times: Array, session: Session, rng: np.random.Generator) -> Array:
    """Metres from its store of a thing that is carried elsewhere for as long as it is used."""
    reach = rng.uniform(150.0, 900.0)
    walk = min(reach / 1.2, (session.end - session.start) / 4)
    corners = (session.start, session.start + walk, session.end - walk, session.end)
    return np.interp(times, corners, (0.0, reach, reach, 0.0))


def _stay(times: Array, session: Session, rng: np.random.Generator) -> Array:
    return np.zeros_like(times)


TRIPS: Final = {Archetype.VEHICLE: _drive, Archetype.PORTABLE: _carry}
MEASURES: Final[dict[Kind, Callable[[Scene], Array]]] = {
    Kind.PHOTOELECTRIC: _photoelectric,
    Kind.TEMPERATURE: _temperature,
    Kind.PULSES: _pulses,
    Kind.POSITION: _position,
}
