"""One day of one gateway: the values of all its sensors, and the stamps that they carry."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from firmware_sim import faults, lighting, signals, surroundings, troubles
from firmware_sim.clock import DAY_S, Array, day_of, day_start, stream
from firmware_sim.estate import Asset, GatewayPlan, Sensor
from firmware_sim.lighting import Lights
from firmware_sim.signals import Scene
from firmware_sim.surroundings import Room
from firmware_sim.use import Session, is_closed, sessions
from firmware_sim.words import Fault, Trouble

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
class _Today:
    """What all sensors of a gateway have in common on a day."""

    day: int
    times: Array
    room: Room
    uses: Mapping[str, Sequence[Session]]  # by asset code
    lights: Lights | None


@dataclass(frozen=True, slots=True)
class Generator:
    """Makes the days of one gateway; the same seed, gateway and day give the same bytes."""

    seed: int
    gateway: GatewayPlan
    interval: int  # seconds, a divisor of a day

    def day(self, day: int) -> GatewayDay:
        """Local `day` of the gateway, every sensor on it."""
        times = day_start(day) + np.arange(0, DAY_S, self.interval, dtype=np.float64)
        today = self._today(day, times)
        made = [
            SensorDay(sensor, self._ahead(asset), self._values(today, asset, sensor))
            for asset in self.gateway.watched
            for sensor in asset.sensors
        ]
        return GatewayDay(day, day_start(day), tuple(made))

    def skew(self) -> int:
        """Seconds that the gateway's clock is ahead of true time; all its stamps share it."""
        if self.gateway.assets and all(a.fault is Fault.CLOCK for a in self.gateway.assets):
            return faults.CLOCK_AHEAD_S
        return int(stream(self.seed, self.gateway.id, "skew").integers(-SKEW_S, SKEW_S + 1))

    def ahead_on(self, day: int) -> int:
        """The skew, and what the file says of the clock on local `day`."""
        start = day_start(day)
        wrong = (c.ahead_s for c in self.gateway.clock if c.span.since <= start < c.span.until)
        return self.skew() + sum(wrong)

    def _today(self, day: int, times: Array) -> _Today:
        seed, plan = self.seed, self.gateway
        closed = bool(plan.assets) and is_closed(plan.assets[0], day)
        uses = {asset.code: sessions(seed, plan.id, asset, day) for asset in plan.watched}
        room = surroundings.room(seed, plan.id, day, times, closed=closed)
        return _Today(day, times, room, uses, lighting.lights(seed, plan, day, times, uses))

    def _values(self, today: _Today, asset: Asset, sensor: Sensor) -> Array:
        scene = self._scene(today, asset, sensor)
        measured = signals.measure(scene)
        for trouble in asset.troubles:
            if trouble.kind is Trouble.MOVED and trouble.holds(sensor.name):
                span = trouble.span
                there = (today.times >= span.since) & (today.times < span.until)
                if there.any():
                    host = next(a for a in self.gateway.assets if a.code == trouble.to)
                    other = signals.measure(self._scene(today, host, sensor))
                    measured = np.where(there[:, np.newaxis], other, measured)
        return troubles.befall(scene, faults.spoil(scene, measured, self._frozen))

    def _scene(self, today: _Today, asset: Asset, sensor: Sensor) -> Scene:
        return Scene(
            self.seed, self.gateway, asset, sensor, today.day, self.interval,
            today.times, today.room, today.uses[asset.code], today.lights,
        )  # fmt: skip

    def _ahead(self, asset: Asset) -> int:
        if asset.fault is not Fault.CLOCK or self.skew() == faults.CLOCK_AHEAD_S:
            return 0
        return faults.CLOCK_AHEAD_S

    def _frozen(self, scene: Scene, at: int) -> Array:
        """What the scene's sensor, healthy, would have measured at `at` (Unix seconds)."""
        return _healthy_at(self, scene.asset, scene.sensor, at)

    def healthy_at(self, asset: Asset, sensor: Sensor, at: int) -> Array:
        """What a healthy sensor would have measured at `at` (Unix seconds): one row."""
        scene = self._scene(self._today(day_of(at), np.array([float(at)])), asset, sensor)
        row: Array = signals.measure(scene)[0]
        return row


@lru_cache(maxsize=4_096)
def _healthy_at(generator: Generator, asset: Asset, sensor: Sensor, at: int) -> Array:
    return generator.healthy_at(asset, sensor, at)
