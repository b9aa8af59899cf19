"""The light of a hard room: ceiling zones, neighbours' lamps, sun beams, clouds and blinds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from firmware_sim import lamps
from firmware_sim.circumstances import RoomPlan
from firmware_sim.clock import DAY_S, HOUR_S, Array, day_start, is_working, stream
from firmware_sim.estate import Asset, GatewayPlan
from firmware_sim.habits import habit
from firmware_sim.use import Session, is_closed
from firmware_sim.words import Kind

BEAM_LX: Final = (200.0, 900.0)
BEAM_MIN: Final = (3.0, 12.0)
BEAM_GOES_MIN: Final = (1.0, 6.0)  # from one place to the next
IN_BEAM: Final = 0.6  # of the places that a beam passes over, those that it falls on


@dataclass(frozen=True, slots=True)
class Beam:
    """A beam of sun that wanders over the places of a room."""

    at: float  # Unix seconds at the first place
    lasts: float  # seconds
    goes: float  # seconds from a place to the next
    lx: float


@dataclass(frozen=True, slots=True)
class Lights:
    """One day of a room's light, an array per quantity, one value per time of the grid."""

    # By asset code: lux that its lamp makes at a sensor right below. What no light sensor watches
    # (a printer, a vehicle) has no lamp.
    lamps: Mapping[str, Array]
    zones: Array  # (zones, times) 0 or 1
    shade: Array  # share of the daylight that clouds and blinds let through
    beams: Sequence[Beam]


def lights(
    seed: int, plan: GatewayPlan, day: int, times: Array, uses: Mapping[str, Sequence[Session]]
) -> Lights | None:
    """The lights of `plan`'s room on local `day`; None where it is a plain one."""
    room = plan.room
    if room is None:
        return None
    rng = stream(seed, plan.id, "lights", day)
    since = times - day_start(day)
    working = is_working(day) and not (plan.assets and is_closed(plan.assets[0], day))
    sunny = rng.random()
    return Lights(
        lamps={
            a.code: strength(seed, plan.id, a) * lamps.level(a, day, times, uses[a.code])
            for a in plan.assets
            if any(sensor.kind is Kind.PHOTOELECTRIC for sensor in a.sensors)
        },
        shade=_shade(rng, room, since, sunny),
        beams=_beams(rng, room, day, sunny),
        zones=np.stack([_zone(rng, room, since, working=working) for _ in range(room.zones)]),
    )


def strength(seed: int, gateway: str, asset: Asset) -> float:
    """Lux that the asset's lamp makes right below it."""
    return float(stream(seed, gateway, asset.code, "lamp").uniform(*habit(asset).lamp_lx))


def _shade(rng: np.random.Generator, room: RoomPlan, since: Array, sunny: float) -> Array:
    """Clouds pass within minutes, mostly on days that are neither clear nor grey."""
    knots = np.clip(rng.normal(0.0, 0.7, 289), 0.0, 1.0)
    clouds = np.interp(since, np.linspace(0, DAY_S, knots.size), knots)
    found = 1.0 - room.clouds * clouds * (1.0 - abs(2 * sunny - 1.0))
    lowered, raised = rng.uniform(8.0, 13.0), rng.uniform(14.0, 20.0)
    let_through = rng.uniform(0.1, 0.4)
    if room.blinds and rng.random() < 0.3 + 0.5 * sunny:
        down = (since >= lowered * HOUR_S) & (since < raised * HOUR_S)
        found = np.where(down, found * let_through, found)
    return np.asarray(found)


def _beams(rng: np.random.Generator, room: RoomPlan, day: int, sunny: float) -> list[Beam]:
    count = int(rng.poisson(room.beams_a_day)) if sunny > 0.4 else 0
    return [
        Beam(
            at=day_start(day) + rng.uniform(8.0, 17.0) * HOUR_S,
            lasts=rng.uniform(*BEAM_MIN) * 60.0,
            goes=rng.uniform(*BEAM_GOES_MIN) * 60.0 * rng.choice([-1.0, 1.0]),
            lx=rng.uniform(*BEAM_LX),
        )
        for _ in range(count)
    ]


def _zone(rng: np.random.Generator, room: RoomPlan, since: Array, *, working: bool) -> Array:
    """Whether a zone's lamps burn: switched by whoever comes and goes, or left on."""
    hours = since / HOUR_S
    on = np.zeros(since.size)
    left_on, used = rng.random() < room.unattended, rng.random() < 0.85
    first, last = rng.normal(8.2, 0.4), rng.normal(18.0, 0.7)
    out, back = rng.normal(12.1, 0.2), rng.normal(14.2, 0.3)
    noon, touched = rng.random() < 0.4, rng.poisson(1.0)
    moments, lengths = rng.uniform(8.5, 17.5, touched), rng.uniform(0.1, 1.5, touched)
    if working and left_on:
        on[(hours >= first) & (hours < rng.uniform(20.0, 24.0))] = 1.0
    elif working and used:
        on[(hours >= first) & (hours < last)] = 1.0
        if noon:
            on[(hours >= out) & (hours < back)] = 0.0
        for moment, length in zip(moments, lengths, strict=True):
            on[(hours >= moment) & (hours < moment + length)] = 0.0
    return on


def at_sensor(
    seed: int, plan: GatewayPlan, asset: Asset, sensor: str, times: Array, found: Lights
) -> Array:
    """Lux of ceiling, neighbours' lamps and sun beams at a sensor that hangs at `asset`."""
    room, place = plan.room or RoomPlan(), _place(plan, asset)
    codes = [one.code for one in plan.assets]
    own = stream(seed, plan.id, asset.code, sensor, "hard light")
    light: Array = (own.uniform(20.0, 200.0) * _gains(plan, asset, place, own)) @ found.zones
    if room.spill is not None:
        for step in (*range(-room.neighbours, 0), *range(1, room.neighbours + 1)):
            share, beside = own.uniform(*room.spill) / abs(step), place + step
            lamp = found.lamps.get(codes[beside]) if 0 <= beside < len(codes) else None
            light = light if lamp is None else light + share * lamp
    for beam in found.beams:
        if own.random() < IN_BEAM:
            since = times - beam.at - place * beam.goes
            light = light + np.where((since >= 0) & (since < beam.lasts), beam.lx, 0.0)
    return light


def _gains(plan: GatewayPlan, asset: Asset, place: int, own: np.random.Generator) -> Array:
    """How much a sensor sees of each zone: its own, and little of some others; all of them from
    where a reference node hangs.
    """
    zones = plan.room.zones if plan.room is not None else 1
    gains = own.uniform(0.03, 0.25, zones) * (own.random(zones) < 0.4)
    if place > len(plan.assets):
        return np.asarray(own.uniform(0.3, 1.0, zones))
    zone = place * zones // max(1, len(plan.assets))
    gains[zone if asset.ways.zone is None else asset.ways.zone % zones] = 1.0
    return np.asarray(gains)


def _place(plan: GatewayPlan, asset: Asset) -> int:
    """The asset's place in the row; a reference node hangs beyond the last one."""
    codes = [one.code for one in plan.assets]
    return codes.index(asset.code) if asset.code in codes else len(codes) + 1
