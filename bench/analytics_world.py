"""An office of desks by the score's simulator, and the judgement of it from arrays to facts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

import numpy as np

from analytics import assess, clocks, detect, kinds, misreadings, sun
from analytics.assess import Assessed, Grid
from analytics.detect import Sensor
from analytics.grid import MINUTE_S, Floats
from analytics.rules import Rule
from bench.score import adapter, worlds
from bench.score.adapter import Heard
from bench.score.cases import BOTH, Content, asset, gateway
from firmware_sim.clock import day_of, day_start
from firmware_sim.estate import GatewayPlan, build

DAYS: Final = 30
HOUR: Final = 18  # of the last day
SEED: Final = 7
LAST: Final = date(2026, 4, 1)
DESKS: Final = (8, 9, 10)  # on a gateway
USES: Final = (1.0, 0.5, 0.3, 0.1, 0.03, 0.0)
CLOSED: Final = frozenset[date]()


@dataclass(frozen=True, slots=True)
class Desks:
    """The desks of one gateway: their sensors' readings."""

    heard: Sequence[Heard]
    count: int


@dataclass(frozen=True, slots=True)
class Office:
    """Desks by gateway, and the days that are judged."""

    gateways: Sequence[Desks]
    window: Grid
    now: datetime

    @property
    def assets(self) -> int:
        """How many desks there are."""
        return sum(one.count for one in self.gateways)

    @property
    def readings(self) -> int:
        """How many readings they have sent."""
        return sum(one.at.size for desks in self.gateways for one in desks.heard)

    @property
    def rule(self) -> Rule:
        """By which each desk is judged."""
        return adapter.rule("desk", self.now)


def office(assets: int, days: int = DAYS) -> Office:
    """So many desks, watched by light and warmth once a minute, over days until LAST."""
    now = datetime(LAST.year, LAST.month, LAST.day, HOUR, tzinfo=worlds.ZONE).astimezone(UTC)
    window = assess.grid(now, days)
    until = int(now.timestamp())
    start = day_start(day_of(until) - days + 1)
    found = []
    for plan in _plans(assets):
        passing = {(one.code, sensor.name) for one in plan.assets for sensor in one.sensors}
        room = worlds.room(SEED, plan, start, until, passing)
        found.append(Desks(room.heard, len(plan.assets)))
    return Office(found, window, now)


def _plans(assets: int) -> Iterator[GatewayPlan]:
    made = 0
    for number in range(assets):
        if made >= assets:
            return
        count = min(DESKS[number % len(DESKS)], assets - made)
        yield from build({"gateway": [_gateway(number, made, count)]}).gateways
        made += count


def _gateway(number: int, made: int, count: int) -> Content:
    desks = [
        asset(f"desk-{place}", BOTH, use=USES[place % len(USES)])
        for place in range(made, made + count)
    ]
    room = {
        "zones": 1 + number % 3,
        "beams_a_day": 0.2 * (number % 4),
        "clouds": 0.3,
        "hvac_c": 0.2,
        "neighbours": 1,
        "spill": [0.05, 0.20],
    }
    return gateway(*desks, id=f"gw-{number:04}", room=room)


def sensor(place: int, one: Heard, window: Grid, now_s: float) -> Sensor:
    """One sensor's readings on the grid, as a run puts them there."""
    start, clock = window.start.timestamp(), clocks.RIGHT
    measured = clock.measured_at(one.at, now_s)
    at, columns = misreadings.in_order(measured, [one.values[:, 0]], start)
    values, misread = misreadings.on_grid(one.kind, at, columns, start, window.minutes)
    some_use = kinds.find(one.kind).may_be_use(one.values[:, 0])
    return Sensor(
        id=place,
        card_id=-1 if one.card is None else one.card,
        kind=one.kind,
        values=values,
        proven=one.commissioned,
        ahead=float(at[-1] - now_s) / MINUTE_S if at.size else 0.0,
        misread=misread,
        undated=clock.undated(one.at, some_use, now_s, start, window.minutes),
        on=one.on,
        rose=one.rose,
        reference=one.card is None,
    )


def facts(desks: Desks, office: Office) -> list[Assessed]:
    """From the readings of one gateway to the facts of each of its desks."""
    window, now_s = office.window, office.now.timestamp()
    sensors = [sensor(place, one, window, now_s) for place, one in enumerate(desks.heard)]
    examined = detect.examine(sun.doubt_clocks(sensors, window), adapter.SILENT, window.passed)
    return [
        assess.assess(
            card,
            [one for one in examined if one.sensor.card_id == card],
            office.rule,
            window,
            window.start,
            CLOSED,
        )
        for card in range(desks.count)
    ]


def light(office: Office) -> Floats:
    """The light of the first gateway's desks on the grid, (sensors, minutes)."""
    found = [
        sensor(place, one, office.window, office.now.timestamp()).values
        for place, one in enumerate(office.gateways[0].heard)
        if one.kind == "photoelectric"
    ]
    return np.stack(found)
