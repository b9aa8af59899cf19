"""Geometry of the small drawings: rulers, bands, sparklines. Templates only place what is here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from portal.formats import ZONE

RULER_MOST: Final = 0.30  # of the verdict ruler's scale


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of a scale at x, `long` where it bears a figure."""

    x: float
    long: bool
    text: str


@dataclass(frozen=True, slots=True)
class Ruler:
    """Utilisation and its upper bound on a scale, with the two limits; lengths in px."""

    width: float
    left: float
    length: float
    value: float
    bound: float
    threshold: float
    limit: float
    ticks: tuple[Tick, ...]


def ruler(utilisation: float, bound: float, threshold: float, limit: float, width: int) -> Ruler:
    """The verdict ruler, `width` px wide. What is beyond the scale stands at its end."""
    most = max(RULER_MOST, limit * 1.5)
    left, length = 8.0, width - 26.0

    def place(share: float) -> float:
        return round(left + length * min(share, most) / most, 1)

    steps = round(most / 0.02)
    ticks = tuple(
        Tick(place(n * 0.02), n % 5 == 0, f"{n * 2}%" if n % 5 == 0 else "")
        for n in range(steps + 1)
    )
    return Ruler(
        width, left, length, place(utilisation), place(bound), place(threshold), place(limit), ticks
    )


@dataclass(frozen=True, slots=True)
class Cell:
    """One day of the coverage band: its place, its class, whether the asset was used."""

    x: float
    width: float
    kind: str  # f-heard, f-part, hatch
    used: bool
    month: date | None  # of the first cell of a month


def band(days: Sequence[Mapping[str, Any]], width: int) -> list[Cell]:
    """The coverage band of working days: heard enough, partly, not at all.

    `days`: mappings with day (date or ISO text), covered (share), hours, working, valid.
    """
    shown = [day for day in days if day["working"]]
    if not shown:
        return []
    pitch = min(14.0, width / len(shown))
    cells, month = [], 0
    for n, day in enumerate(shown):
        on = day["day"] if isinstance(day["day"], date) else date.fromisoformat(day["day"])
        kind = "f-heard" if day["valid"] else "f-part" if day["covered"] > 0.02 else "hatch"
        first = on if on.month != month else None
        month = on.month
        cells.append(
            Cell(round(n * pitch, 1), round(pitch * 0.8, 1), kind, day["hours"] > 0, first)
        )
    return cells


@dataclass(frozen=True, slots=True)
class Bar:
    """One week of a sparkline, or a stretch in which nothing was heard."""

    x: float
    y: float
    height: float
    heard: bool


def spark(weeks: Sequence[tuple[float, float]], norm: float) -> list[Bar]:
    """Bars of weekly hours in a box of 102 x 34, the norm at y = 4.5.

    `weeks`: (hours, share that was heard) from the oldest on; `norm`: hours a week.
    """
    scale = 25.5 / max(norm, 0.1)
    pitch = 102 / max(len(weeks), 6)
    return [
        Bar(round(n * pitch, 1), 4, 26, heard=False)
        if heard < 0.2
        else Bar(round(n * pitch, 1), _top(used, scale), 30 - _top(used, scale), heard=True)
        for n, (used, heard) in enumerate(weeks)
    ]


def _top(used: float, scale: float) -> float:
    if used <= 0:
        return 30.0
    return round(30 - min(28.0, max(1.5, used * scale)), 1)


def spark_pitch(weeks: int) -> float:
    """The width of a bar of a sparkline with so many weeks."""
    return round(102 / max(weeks, 6) * 0.75, 1)


@dataclass(frozen=True, slots=True)
class Square:
    """One square of a waffle."""

    x: float
    y: float
    kind: str


def waffle(counts: Sequence[tuple[str, int]], across: int = 28, most: int = 252) -> list[Square]:
    """Squares by kind, in order; one for each, or for several where there are many.

    Each kind that there is at all gets at least one square.
    """
    total = sum(count for _, count in counts)
    each = waffle_each(total, most)
    squares: list[Square] = []
    for kind, count in counts:
        for _ in range(max(1, round(count / each)) if count else 0):
            n = len(squares)
            x, y = n % across * 10.4, n // across * 10.4
            squares.append(Square(round(x, 1), round(y, 1), kind))
    return squares


def waffle_each(total: int, most: int = 252) -> int:
    """How many assets one square stands for: 1, 2, 5, 10, 20, 50, …"""
    scale = 1
    while True:
        for step in (1, 2, 5):
            if total <= most * step * scale:
                return step * scale
        scale *= 10


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice period as a ruler with a tick a day: `gone` days of `total`, `left` ones (F2)."""

    total: int
    gone: int
    left: int
    width: float
    pitch: float


def notice(listed: datetime, until: date, now: datetime, width: float = 120) -> Notice:
    """From the day of listing to the last day; what is over is full."""
    begun, today = listed.astimezone(ZONE).date(), now.astimezone(ZONE).date()
    total = max(1, (until - begun).days)
    left = (until - today).days
    gone = min(total, max(0, total - left))
    return Notice(total, gone, left, round(width * gone / total, 1), width / total)
