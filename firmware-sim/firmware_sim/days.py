"""One day of one gateway: the values of all its sensors, and the stamps that they carry."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from firmware_sim import faults, signals, surroundings
from firmware_sim.clock import DAY_S, Array, day_of, day_start, stream
from firmware_sim.estate import Asset, GatewayPlan, Sensor
from firmware_sim.signals import Scene
from firmware_sim.use import sessions
from firmware_sim.words import Fault

SKEW_S: Final = 120  # a gateway's clock is off by up to so much


@dataclass(frozen=True, slots=True)
class SensorDay:
    """A sensor's values on one day."""

    sensor: Sensor
    ahead: int  # seconds that its own clock is ahead of its gateway's
    values: Array  # (times, records of its kind); NaN where nothing was measured


@dataclass(frozen=True, slots=True)
class GatewayDay:
    """A gateway's day; the i-th row of every sensor was measured at `start` + i · interval."""

    day: int
    start: int  # Unix seconds of local midnight
    sensors: tuple[SensorDay, ...]


@dataclass(frozen=True, slots=True)
class Generator:
    """Makes the days of one gateway; the same seed, gateway and day give the same bytes."""

    seed: int
    gateway: GatewayPlan
    interval: int  # seconds, a divisor of a day

    def day(self, day: int) -> GatewayDay:
        """Local `day` of the gateway, every sensor on it."""
        times = self._times(day)
        room = surroundings.room(self.seed, self.gateway.id, day, times)
        made = []
        for asset in self.gateway.assets:
            used = sessions(self.seed, self.gateway.id, asset, day)
            for sensor in asset.sensors:
                scene = Scene(
                    self.seed, self.gateway.id, asset, sensor,
                    day, self.interval, times, room, used,
                )  # fmt: skip
                values = faults.spoil(scene, signals.measure(scene), self._frozen)
                made.append(SensorDay(sensor, self._ahead(asset), values))
        return GatewayDay(day, day_start(day), tuple(made))

    def skew(self) -> int:
        """Seconds that the gateway's clock is ahead of true time; all its stamps share it."""
        if self.gateway.assets and all(a.fault is Fault.CLOCK for a in self.gateway.assets):
            return faults.CLOCK_AHEAD_S
        return int(stream(self.seed, self.gateway.id, "skew").integers(-SKEW_S, SKEW_S + 1))

    def _ahead(self, asset: Asset) -> int:
        if asset.fault is not Fault.CLOCK or self.skew() == faults.CLOCK_AHEAD_S:
            return 0
        return faults.CLOCK_AHEAD_S

    def _times(self, day: int) -> Array:
        return day_start(day) + np.arange(0, DAY_S, self.interval, dtype=np.float64)

    def _frozen(self, scene: Scene, at: int) -> Array:
        """What the scene's sensor, healthy, would have measured at `at` (Unix seconds)."""
        return _healthy_at(self, scene.asset, scene.sensor, at)


@lru_cache(maxsize=4_096)
def _healthy_at(generator: Generator, asset: Asset, sensor: Sensor, at: int) -> Array:
    day, times = day_of(at), np.array([float(at)])
    seed, gateway = generator.seed, generator.gateway.id
    room = surroundings.room(seed, gateway, day, times)
    used = sessions(seed, gateway, asset, day)
    scene = Scene(seed, gateway, asset, sensor, day, generator.interval, times, room, used)
    row: Array = signals.measure(scene)[0]
    return row
