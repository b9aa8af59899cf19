"""The product's judgement of one gateway's readings, given as arrays: all that knows its core."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

import numpy as np

from analytics import assess, asset_use, calendar, detect, kinds, misreadings, sun
from analytics.clocks import History, Stretch, history
from analytics.detect import Sensor
from analytics.grid import MINUTE_S, Bools, Floats
from analytics.rules import Rule
from ingest.clocks import SAME_S

SILENT: Final = 24 * 60  # minutes: PANHUO_SILENT_AFTER_H as it comes
WINDOW_DAYS: Final = 28
DAY_S: Final = 86_400.0
STATUS_S: Final = 300.0

# By archetype: rated hours a working day, usual session in hours, gap and least session in seconds.
NORMS: Final = {
    "desk": (4.0, 1.25, 900, 300),
    "printer": (0.5, 0.07, 180, 60),
    "instrument": (3.2, 5.0, 900, 300),
    "always_warm": (4.0, 0.67, 900, 300),
    "room": (4.0, 1.2, 900, 300),
    "vehicle": (2.0, 0.6, 360, 240),
    "portable": (4.0, 1.0, 900, 300),
}


@dataclass(frozen=True, slots=True)
class Heard:
    """One sensor's readings: `at` (n,) Unix seconds as stamped, `values` (n, columns)."""

    kind: str
    card: int | None  # place of its asset in the room; None: a reference node
    at: Floats
    values: Floats
    commissioned: bool
    on: float | None = None  # what it said at work when it was tested
    rose: float | None = None  # by how much when its asset was switched on


@dataclass(frozen=True, slots=True)
class Room:
    """A gateway, the assets it watches (their archetypes), and what nobody can see from readings."""

    heard: Sequence[Heard]
    archetypes: Sequence[str]
    now: float
    clock_offset_s: float = 0.0  # of its newest packs against their arrival
    clock_offsets: Sequence[tuple[float, float]] = ()  # by day: its beginning, and the offset
    closed: Sequence[tuple[float, float]] = ()  # [since, until) in Unix seconds, as entered

    @property
    def clock(self) -> History:
        """Its clock as a collector would have seen it, by a status every STATUS_S."""
        now = [(self.now - WINDOW_DAYS * DAY_S, self.clock_offset_s)] if self.clock_offset_s else []
        seen: list[Stretch] = []
        for since, offset_s in self.clock_offsets or now:
            if seen and abs(offset_s - seen[-1].offset_s) > SAME_S:
                seen[-1] = replace(seen[-1], last_seen=since - STATUS_S)
            if not seen or seen[-1].last_seen < since:
                seen.append(Stretch(since, self.now, offset_s))
        return history(seen)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the product says of an asset."""

    verdict: str
    reasons: tuple[str, ...]
    hours: float
    covered_h: float


def judge(room: Room) -> list[Verdict]:
    """The verdict of each asset of `room`, in order, over the window that ends now."""
    now = datetime.fromtimestamp(room.now, UTC)
    window = assess.grid(now, WINDOW_DAYS)
    start = window.start.timestamp()
    clock = room.clock
    sensors = [
        _sensor(n, one, room, clock, start, window.minutes) for n, one in enumerate(room.heard)
    ]
    examined = detect.examine(sun.doubt_clocks(sensors, window), SILENT, window.passed)
    closed = _closed(room)
    found = []
    for card, archetype in enumerate(room.archetypes):
        own = [one for one in examined if one.sensor.card_id == card]
        judged = assess.assess(card, own, rule(archetype, now), window, window.start, closed)
        found.append(
            Verdict(
                verdict=judged.judged.verdict.value,
                reasons=tuple(reason.value for reason in judged.judged.reasons),
                hours=judged.in_use_s / 3_600,
                covered_h=judged.covered_s / 3_600,
            )
        )
    return found


def _closed(room: Room) -> frozenset[date]:
    """The days that its closures touch."""
    return frozenset(
        day
        for since, until in room.closed
        for day in calendar.days(
            calendar.day_of(datetime.fromtimestamp(since, UTC)),
            calendar.day_of(datetime.fromtimestamp(until, UTC) - timedelta(microseconds=1)),
        )
    )


def use_by_minute(heard: Sequence[Heard], start: float, minutes: int) -> Bools:
    """The minutes (minutes,) in which one asset is found in use by its sensors, from `start` on."""
    room = Room(heard, ("desk",), start + minutes * MINUTE_S)
    clock = room.clock
    sensors = [_sensor(n, one, room, clock, start, minutes) for n, one in enumerate(heard)]
    examined = detect.examine(sensors, minutes, minutes)
    return asset_use.combine(examined, minutes).use


def _sensor(
    number: int, one: Heard, room: Room, clock: History, start: float, minutes: int
) -> Sensor:
    stamps, kept = np.unique(one.at, return_index=True)  # a reading is stored once
    count = one.values.shape[1] if one.kind == "position" else 1
    said = [one.values[kept, column] for column in range(count)]
    some_use = kinds.find(one.kind).may_be_use(said[0])
    undated = clock.undated(stamps, some_use, room.now, start, minutes)
    measured = clock.measured_at(stamps, room.now)
    at, columns = misreadings.in_order(measured, said, start)
    grid, misread = misreadings.on_grid(one.kind, at, columns, start, minutes)
    return Sensor(
        id=number,
        card_id=-1 if one.card is None else one.card,
        reference=one.card is None,
        kind=one.kind,
        values=grid,
        proven=one.commissioned,
        on=one.on,
        rose=one.rose,
        vehicle=one.card is not None and room.archetypes[one.card] == "vehicle",
        ahead=float(at[-1] - room.now) / MINUTE_S if at.size else 0.0,
        misread=misread,
        clock_since=clock.wrong_minute(datetime.fromtimestamp(start, UTC)),
        clock_told=clock.told_since(datetime.fromtimestamp(start, UTC)),
        undated=undated,
    )


def rule(archetype: str, now: datetime) -> Rule:
    """The rule of an archetype's category, with the defaults of the table."""
    rated, usual, gap, least = NORMS[archetype]
    return Rule(
        id=1, category="A01000000", version=1, name=archetype, hours_a_day=rated, days_a_week=5,
        weeks_a_year=50, rated_hours=rated, source="bench", made_at=now, made_by="bench",
        threshold=0.10, upper_limit=0.20, minimum_days=10, minimum_coverage=0.75,
        window_days=WINDOW_DAYS, session_gap_s=gap, session_least_s=least, class_hours=usual,
    )  # fmt: skip
