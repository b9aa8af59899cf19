"""The simulator's readings as one room's arrays, and its truth beside them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np

from analytics import assess as assessing
from analytics import detect
from analytics.assess import Assessed, Facts, Grid
from analytics.detect import Sensor
from analytics.grid import mean_by_minute, sum_by_minute
from analytics.rules import Rule
from bench.score import adapter
from firmware_sim import truth
from firmware_sim.clock import day_of
from firmware_sim.days import Generator
from firmware_sim.estate import Estate, GatewayPlan
from firmware_sim.words import Fault, Kind

NOW: Final = datetime(2026, 4, 1, 2, 0, tzinfo=UTC)  # a Wednesday, ten in the morning in Haikou
SILENT: Final = 24 * 60


def rule(archetype: str) -> Rule:
    """The rule of an archetype's category, as the score judges by it."""
    return adapter.rule(archetype, NOW)


@dataclass(frozen=True, slots=True)
class Scored:
    """An asset's verdict beside the truth of it."""

    assessed: Assessed
    facts: Facts
    truth: dict[str, Any]


def readings(
    seed: int, plan: GatewayPlan, window: Grid, now: datetime
) -> dict[str, tuple[Any, ...]]:
    """By sensor name: Unix seconds (n,) and values (n, columns), as measured until `now`."""
    generator = Generator(seed, plan, 60)
    first = day_of(int(window.start.timestamp()))
    found: dict[str, list[tuple[Any, Any]]] = {}
    for day in range(first, first + window.days):
        made = generator.day(day)
        for one in made.sensors:
            true = made.start + np.arange(len(one.values)) * 60.0
            keep = (true < now.timestamp()) & ~np.isnan(one.values[:, 0])
            stamped = true[keep] + one.ahead
            found.setdefault(one.sensor.name, []).append((stamped, one.values[keep]))
    return {
        name: (np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts]))
        for name, parts in found.items()
    }


def room(
    seed: int, plan: GatewayPlan, window: Grid, now: datetime, *, commissioned: bool
) -> list[Sensor]:
    """One gateway's sensors on the grid; an asset's card is its place in the plan.

    A misaligned sensor fails its commissioning test, so it never counts as commissioned.
    """
    said = readings(seed, plan, window, now)
    start = window.start.timestamp()
    sensors: list[Sensor] = []
    for card, asset in enumerate(plan.assets):
        for sensor in asset.sensors:
            at, values = said[sensor.name]
            to_grid = sum_by_minute if sensor.kind is Kind.PULSES else mean_by_minute
            columns = 2 if sensor.kind is Kind.POSITION else 1
            rows = np.stack(
                [to_grid(at, values[:, c], start, window.minutes) for c in range(columns)]
            )
            sensors.append(
                Sensor(
                    id=len(sensors), card_id=card, kind=sensor.kind.value,
                    values=rows if columns == 2 else rows[0],
                    proven=commissioned and asset.fault is not Fault.MISALIGNED,
                    vehicle=asset.archetype.value == "vehicle",
                    ahead=float(at.max() - now.timestamp()) / 60 if at.size else 0.0,
                )
            )  # fmt: skip
    return sensors


def scored(
    estate: Estate, seed: int, now: datetime = NOW, *, commissioned: bool = True
) -> list[Scored]:
    """Every asset of the estate judged over 28 days, beside its truth."""
    window = assessing.grid(now, 28)
    known = truth.truth(estate, seed, int(window.start.timestamp()), int(now.timestamp()))
    found = []
    for plan in estate.gateways:
        sensors = room(seed, plan, window, now, commissioned=commissioned)
        examined = detect.examine(sensors, SILENT, window.passed)
        for card, asset in enumerate(plan.assets):
            own = [one for one in examined if one.sensor.card_id == card]
            by = rule(asset.archetype.value)
            facts = assessing.read(card, own, by, window, window.start)
            alarms = [one.cleaned.health for one in own]
            judged = assessing.judge(card, facts.days, facts.standing, alarms, by, window)
            found.append(Scored(judged, facts, known["assets"][asset.code]))
    return found
