"""What a power meter and a contact at an asset say."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from firmware_sim.clock import CLOSES_S, OPENS_S, Array, day_start, is_working
from firmware_sim.estate import Asset
from firmware_sim.use import Session

NO_STANDBY: Final = 0.25  # of the devices
STANDBY_W: Final = (0.5, 60.0)
WORKING_W: Final = (40.0, 1_500.0)
LEVEL_S: Final = (900.0, 3_600.0)  # that a device works at one level
INRUSH_S: Final = 3.0
INRUSH: Final = (3.0, 8.0)  # times the level
CHATTER: Final = 0.00002  # of a contact's readings


@dataclass(frozen=True, slots=True)
class Levels:
    """The watts of one device."""

    standby: float
    working: tuple[float, ...]
    off_at_night: bool
    scatter: float  # of the level


def levels(asset: Asset, own: np.random.Generator) -> Levels:
    """A device's levels, drawn from its traits where the file doesn't say them."""
    drawn = float(np.exp(own.uniform(*np.log(STANDBY_W))))
    standby = 0.0 if own.random() < NO_STANDBY else drawn
    if asset.ways.standby_w is not None:
        standby = asset.ways.standby_w
    least = max(WORKING_W[0], 2.5 * standby)
    base = float(np.exp(own.uniform(np.log(least), np.log(max(WORKING_W[1], 2 * least)))))
    several = np.sort(base * own.uniform(0.5, 1.0, int(own.integers(1, 4))))
    working = asset.ways.working_w or tuple(several.tolist())
    return Levels(standby, working, bool(own.random() < 0.5), float(own.uniform(0.005, 0.03)))


def watts(
    known: Levels,
    day: int,
    interval: int,
    times: Array,
    sessions: Sequence[Session],
    rng: np.random.Generator,
) -> Array:
    """Watts at `times` on local `day`, (times, 1)."""
    power = np.full(times.size, known.standby)
    since = times - day_start(day)
    if known.off_at_night:
        night = (since < OPENS_S) | (since >= CLOSES_S)
        power[night if is_working(day) else slice(None)] = 0.0
    for session in sessions:
        at = float(session.start)
        while at < session.end:
            until = min(at + rng.uniform(*LEVEL_S), session.end)
            power[(times >= at) & (times < until)] = rng.choice(known.working)
            at = until
        first = int(np.searchsorted(times, session.start))
        if first < times.size and rng.random() < INRUSH_S / interval:
            power[first] *= rng.uniform(*INRUSH)
    noisy = power * rng.normal(1.0, known.scatter, power.size)
    floor = np.abs(rng.normal(0.0, 0.08, power.size))
    return np.round(np.maximum(noisy, 0.0) + floor, 1)[:, np.newaxis]


def contact(times: Array, sessions: Sequence[Session], rng: np.random.Generator) -> Array:
    """1 while the asset is in use, (times, 1); now and then the contact chatters."""
    closed = np.zeros(times.size)
    for session in sessions:
        closed[(times >= session.start) & (times < session.end)] = 1.0
    chatters = rng.random(times.size) < CHATTER
    return np.where(chatters, 1.0 - closed, closed)[:, np.newaxis]
