"""Simulated worlds, each asset's verdict beside its truth."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, Final

from bench.score import adapter
from bench.score.adapter import Heard, Room, Verdict
from firmware_sim import hard_mix, telling, truth
from firmware_sim.arrays import Series, series
from firmware_sim.clock import day_of, day_start
from firmware_sim.days import Generator
from firmware_sim.estate import Asset, Estate, GatewayPlan, build

ZONE: Final = timezone(timedelta(hours=8))
HOUR: Final = 10  # of the last day
# Last days of windows without holidays or moved working days, one a season.
LAST_DAYS: Final = (date(2026, 4, 1), date(2025, 12, 17), date(2025, 7, 23), date(2025, 9, 17))
ASSETS: Final = 500  # of each mix, a seed


@dataclass(frozen=True, slots=True)
class Scored:
    """An asset's verdict beside its truth."""

    code: str
    found: Verdict
    truth: dict[str, Any]


def last_day(seed: int) -> date:
    """The last day of the seed's window."""
    return LAST_DAYS[seed % len(LAST_DAYS)]


def mixed(seed: int, mix: str, assets: int = ASSETS) -> Estate:
    """The estate of a seed in one of the simulator's mixes."""
    return build(hard_mix.estate(assets, seed, hard_mix.MIXES[mix], last_day(seed)))


def score(
    estate: Estate, seed: int, last: date, commissioned: Collection[str] | None = None
) -> Iterator[Scored]:
    """Every asset of the estate judged on `last` at ten. `commissioned`: codes of assets whose
    sensors were tested; None: all. A sensor counts as commissioned where it would have passed.
    """
    now = datetime(last.year, last.month, last.day, HOUR, tzinfo=ZONE).astimezone(UTC)
    until = int(now.timestamp())
    start = day_start(day_of(until) - adapter.WINDOW_DAYS + 1)
    known = truth.truth(estate, seed, start, until)["assets"]
    for plan in estate.gateways:
        tested = [a.code for a in plan.assets if commissioned is None or a.code in commissioned]
        passing = {
            (code, sensor) for code in tested for sensor in known[code]["telling"]
        }  # fmt: skip
        found = adapter.judge(room(seed, plan, start, until, passing))
        for asset, verdict in zip(plan.assets, found, strict=True):
            yield Scored(asset.code, verdict, known[asset.code])


def room(
    seed: int, plan: GatewayPlan, start: int, until: int, passing: Collection[tuple[str, str]]
) -> Room:
    """What the product gets to know of a gateway: its sensors' readings, and what was entered."""
    generator, days = Generator(seed, plan, 60), range(day_of(start), day_of(until) + 1)
    clock = [(float(day_start(day)), float(generator.ahead_on(day))) for day in days]
    return Room(
        heard=[_heard(seed, plan, one, passing) for one in series(seed, plan, start, until)],
        archetypes=[asset.archetype.value for asset in plan.assets],
        now=float(until),
        clock_offset_s=clock[-1][1],
        clock_offsets=clock,
        closed=_closed(plan.assets),
    )


def _heard(
    seed: int, plan: GatewayPlan, one: Series, passing: Collection[tuple[str, str]]
) -> Heard:
    codes = [asset.code for asset in plan.assets]
    commissioned = (one.asset, one.sensor.name) in passing
    tested = plan.assets[codes.index(one.asset)] if one.asset and commissioned else None
    levels = telling.test_levels(seed, plan, tested, one.sensor) if tested else None
    return Heard(
        kind=one.sensor.kind.value,
        card=None if one.asset is None else codes.index(one.asset),
        at=one.at,
        values=one.values,
        commissioned=commissioned,
        on=levels[1] if levels else None,
        rose=levels[1] - levels[0] if levels else None,
    )


def _closed(assets: tuple[Asset, ...]) -> list[tuple[float, float]]:
    return [(float(s.since), float(s.until)) for s in assets[0].closed] if assets else []
