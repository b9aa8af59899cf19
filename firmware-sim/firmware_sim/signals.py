"""What a healthy sensor measures on one day, from the use of its asset and its surroundings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from firmware_sim import lamps, lighting, power
from firmware_sim.clock import (
    CLOSES_S,
    DAY_S,
    HOUR_S,
    OPENS_S,
    Array,
    day_start,
    is_working,
    stream,
)
from firmware_sim.estate import Asset, GatewayPlan, Sensor
from firmware_sim.habits import habit
from firmware_sim.lighting import Lights
from firmware_sim.surroundings import Room, lag, wander
from firmware_sim.use import Session
from firmware_sim.words import Archetype, Fault, Kind

METRES_A_DEGREE: Final = 111_320.0
HOME: Final = (20.03, 110.33)  # Haikou
LAMP_SEEN: Final = {Fault.MISALIGNED: 0.02}  # a misaligned sensor hardly sees its lamp
SPURIOUS_A_MINUTE: Final = 0.0003  # pulses without use
MAINS_V: Final = 220.0
GLITCHES: Final = 0.0005  # positions that are far off for one reading


@dataclass(frozen=True, slots=True)
class Scene:
    """One sensor on one day: everything that its values follow from."""

    seed: int
    plan: GatewayPlan
    asset: Asset
    sensor: Sensor
    day: int
    interval: int  # seconds
    times: Array  # Unix seconds, the grid of the day
    room: Room
    sessions: Sequence[Session]
    lights: Lights | None  # of a hard room

    @property
    def gateway(self) -> str:
        """Its gateway's name."""
        return self.plan.id

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
    own, rng = scene.traits(scene.sensor.name), scene.noise()
    near_window, under_ceiling = own.uniform(0.05, 0.8), own.uniform(10.0, 110.0)
    step = own.uniform(*habit(scene.asset).lamp_lx) * LAMP_SEEN.get(scene.asset.fault, 1.0)
    if scene.lights is not None:
        light = _hard_light(scene, scene.lights, near_window)
    else:
        light = scene.room.daylight * near_window + scene.room.ceiling * under_ceiling
        light = light + step * _lamp(scene)
    if scene.asset.ways.beams_in_use:
        light = light + _beams_in_use(scene)
    noisy = light * rng.normal(1.0, 0.008, light.size) + rng.normal(0.4, 0.2, light.size)
    return np.maximum(noisy, 0.0)[:, np.newaxis]


def _lamp(scene: Scene) -> Array:
    return lamps.level(scene.asset, scene.day, scene.times, scene.sessions)


def _hard_light(scene: Scene, lights: Lights, near_window: float) -> Array:
    asset, name = scene.asset, scene.sensor.name
    light = scene.room.daylight * near_window * lights.shade
    light = light + lighting.at_sensor(
        scene.seed, scene.plan, asset, name, scene.times, lights
    )  # fmt: skip
    if asset.code not in lights.lamps:  # a reference node, or a thing without a lamp
        return light
    gain = scene.traits(name, "gain").uniform(0.7, 1.0) * LAMP_SEEN.get(asset.fault, 1.0)
    return light + gain * lights.lamps[asset.code]


def _beams_in_use(scene: Scene) -> Array:
    """The sun that falls in while somebody is at work, on the asset's sensors alone."""
    ways, rng = scene.asset.ways, scene.traits("beams", str(scene.day))
    light = np.zeros(scene.times.size)
    for session in scene.sessions:
        hit, where = rng.random() < ways.beams_in_use, rng.random()
        lasts = min(ways.beam_min * 60.0, float(session.end - session.start))
        since = scene.times - session.start - where * (session.end - session.start - lasts)
        if hit:
            light[(since >= 0) & (since < lasts)] = ways.beam_lx
    return light


def _temperature(scene: Scene) -> Array:
    ways, own = habit(scene.asset), scene.traits(scene.sensor.name)
    rng = scene.noise()
    rise, standing = own.uniform(*ways.warmth_c), own.uniform(*ways.standing_c)
    offset = own.normal(0.0, 0.4)
    since = scene.times - day_start(scene.day)
    felt = scene.room.air + standing + offset + 0.15 * wander(rng, since, 13)
    for session in scene.sessions:
        felt = felt + rise * lag(scene.times, session.start, session.end, ways.tau_min * 60.0)
    if scene.plan.room is not None and scene.plan.room.hvac_c:
        felt = felt + scene.plan.room.hvac_c * _cycle(scene)
    return (felt + rng.normal(0.0, 0.05, felt.size))[:, np.newaxis]


def _cycle(scene: Scene) -> Array:
    """How the air conditioner's cycles are felt at a sensor: about ±1 while it runs."""
    felt = scene.traits(scene.sensor.name, "draught").uniform(0.3, 1.2)
    day = stream(scene.seed, scene.gateway, "cycle", scene.day)
    period, phase = day.uniform(900.0, 2_400.0), day.uniform(0.0, 2 * np.pi)
    since = scene.times - day_start(scene.day)
    runs = (since >= OPENS_S) & (since < CLOSES_S) & is_working(scene.day)
    return np.asarray(np.where(runs, felt * np.sin(2 * np.pi * since / period + phase), 0.0))


def _pulses(scene: Scene) -> Array:
    rng = scene.noise()
    minutes = scene.interval / 60.0
    rate = np.full(scene.times.size, SPURIOUS_A_MINUTE)
    counted = np.zeros(scene.times.size)
    for session in scene.sessions:
        if scene.asset.ways.pulses_a_job:
            at = min(int(np.searchsorted(scene.times, session.end - 1)), counted.size - 1)
            counted[at] += scene.asset.ways.pulses_a_job
            continue
        if scene.interval > 60:  # what came since the reading before
            since = np.minimum(scene.times, session.end) - (scene.times - scene.interval)
            used = np.clip(np.minimum(since, scene.times - session.start), 0.0, scene.interval)
            rate += habit(scene.asset).pulses * used / scene.interval
            continue
        used_now = (scene.times >= session.start) & (scene.times < session.end)
        rate[used_now] = habit(scene.asset).pulses
    return (counted + rng.poisson(rate * minutes).astype(np.float64))[:, np.newaxis]


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
    if scene.asset.ways.gps_sigma_m:
        return _degrees(*_poor_fix(scene, east, north))
    far = np.where(rng.random(east.size) < GLITCHES, 300.0, 0.0)
    east = east + rng.normal(0.0, 0.6, east.size) * accuracy + far
    north = north + rng.normal(0.0, 0.6, north.size) * accuracy
    return _degrees(east, north, accuracy)


def _poor_fix(scene: Scene, east: Array, north: Array) -> tuple[Array, Array, Array]:
    """A receiver that sees little of the sky, and says so: half scatter, half wandering."""
    sigma, rng = scene.asset.ways.gps_sigma_m, scene.traits("fix", str(scene.day))
    since = scene.times - day_start(scene.day)
    knots = np.linspace(0, DAY_S, 145)
    wandering = [np.interp(since, knots, rng.normal(0.0, 1.0, knots.size)) for _ in range(2)]
    scatter = rng.normal(0.0, 1.0, (2, since.size))
    off = 0.7 * sigma * (np.stack(wandering) + scatter)
    accuracy = sigma * rng.uniform(0.7, 1.3, since.size)
    return east + off[0], north + off[1], accuracy


def _degrees(east: Array, north: Array, accuracy: Array) -> Array:
    latitude = HOME[0] + north / METRES_A_DEGREE
    longitude = HOME[1] + east / (METRES_A_DEGREE * np.cos(np.radians(HOME[0])))
    return np.stack((latitude, longitude, accuracy), axis=1)


def _power(scene: Scene) -> Array:
    known = power.levels(scene.asset, scene.traits(scene.sensor.name))
    return power.watts(
        known, scene.day, scene.interval, scene.times, scene.sessions, scene.noise()
    )  # fmt: skip


def _current(scene: Scene) -> Array:
    return _power(scene) / MAINS_V


def _contact(scene: Scene) -> Array:
    return power.contact(scene.times, scene.sessions, scene.noise())


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
    Kind.POWER: _power,
    Kind.CURRENT: _current,
    Kind.CONTACT: _contact,
}
