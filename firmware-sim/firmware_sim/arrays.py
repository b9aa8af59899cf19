"""What a gateway's sensors measured, as arrays: for those who score conclusions offline."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from firmware_sim import delivery
from firmware_sim.clock import DAY_S, Array, Flags, day_of
from firmware_sim.days import Generator
from firmware_sim.estate import GatewayPlan, Sensor
from firmware_sim.packs import Slicer

LATEST_S: Final = 3 * DAY_S  # what is late has come by then


@dataclass(frozen=True, slots=True)
class Series:
    """One sensor's readings as they have come by a moment, each once."""

    sensor: Sensor
    asset: str | None  # the code of the asset that it watches; None: a reference node
    at: Array  # (n,) Unix seconds as stamped, rising but where a clock was set
    values: Array  # (n, columns)


def series(seed: int, plan: GatewayPlan, start: int, now: int, interval: int = 60) -> list[Series]:
    """What the sensors of `plan` measured in [start, now) (Unix seconds, true time) and what has
    come of it by `now`; `interval` where the plan has none of its own.
    """
    generator = Generator(seed, plan, plan.interval or interval)
    days = [generator.day(day) for day in range(day_of(start), day_of(now - 1) + 1)]
    ahead = np.array([generator.ahead_on(day.day) for day in days])
    true = np.concatenate(
        [d.start + np.arange(0, DAY_S, generator.interval, dtype=np.float64) for d in days]
    )
    clock = np.repeat(ahead, true.size // len(days))
    come = (true >= start) & (true < now) & ~_on_its_way(generator, true, now)
    owners = [asset.code if asset in plan.assets else None
              for asset in plan.watched for _ in asset.sensors]  # fmt: skip
    found = []
    for place, owner in enumerate(owners):
        values = np.concatenate([day.sensors[place].values for day in days])
        kept = come & ~np.isnan(values[:, 0])
        stamped = (true + clock + days[0].sensors[place].ahead)[kept]
        found.append(Series(days[0].sensors[place].sensor, owner, stamped, values[kept]))
    return found


def _on_its_way(generator: Generator, true: Array, now: int) -> Flags:
    """Which readings (times,) are in packs that have not come by `now`."""
    away = np.zeros(true.size, dtype=bool)
    length = Slicer(generator).length
    recent = np.flatnonzero((true >= now - LATEST_S) & (true < now))
    packs = true - (true - _midnights(true)) % length  # none is of two days
    begun = np.unique(packs[recent])
    for start in begun.tolist():
        late = delivery.of(generator.seed, generator.gateway, int(start)).late_s
        inside = packs == start
        if late and true[inside][-1] + generator.interval + late > now:
            away |= inside
    return away


def _midnights(true: Array) -> Array:
    return (true + 8 * 3_600) // DAY_S * DAY_S - 8 * 3_600
