"""An asset's whereabouts as its page shows them: last fix, places, a sketch without a map (I3)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import sqrt
from typing import Final

import numpy as np

from analytics.places import Fixes, Place, Whereabouts, whereabouts
from analytics.tracks import metres
from ingest.fault_values import FaultValue

WIDTH: Final = 352
HEIGHT: Final = 236
MARGIN: Final = 26
FOOT: Final = 30  # px below the drawing, for its scale
LEAST_M: Final = 400.0  # across: what stands still is no cloud that fills the sketch
LEAST_R, MOST_R = 8.0, 18.0
MOST_CORNERS: Final = 600
SHOWN: Final = 6
OLD: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Dot:
    """A place on the sketch, px; `number` as in the list beside it."""

    x: float
    y: float
    radius: float
    number: int


@dataclass(frozen=True, slots=True)
class Sketch:
    """Places and the way between them, north above, px; the last fix where there is one.

    `bar`: how long the scale is, px, and how many metres that is.
    """

    dots: tuple[Dot, ...]
    track: str
    last: tuple[float, float]
    bar: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Shown:
    """Whereabouts over the page's period; `old`: its last fix says little of today.

    `before_that`: the fix is older than the period, in which there is none.
    """

    where: Whereabouts
    old: bool
    before_that: bool
    sketch: Sketch | None
    others: int  # places beyond those that are listed


def shown(
    fixes: Sequence[Fixes], newest: Sequence[Fixes], known: Sequence[FaultValue], now: datetime
) -> Shown | None:
    """From the fixes of the period, or the `newest` before it where it has none.

    None where no sensor ever said anything of it.
    """
    where = whereabouts(fixes, known)
    earlier = where.last is None
    if earlier:
        where = replace(where, last=whereabouts(newest, known).last)
    if where.last is None:
        return Shown(where, True, False, None, 0) if where.misread else None
    old = now - where.last.at > OLD
    others = max(0, len(where.places) - SHOWN)
    return Shown(where, old, earlier, None if earlier else _sketch(where), others)


def _sketch(where: Whereabouts) -> Sketch | None:
    """One scale for both axes; the farthest point is the margin away from the edge."""
    assert where.last is not None
    track = where.track[:: max(1, len(where.track) // MOST_CORNERS)]
    points = [*((p.latitude, p.longitude) for p in where.places), *track]
    points.append((where.last.latitude, where.last.longitude))
    degrees = np.array(points)
    north, east = metres(degrees[:, 0], degrees[:, 1])
    wide, high = WIDTH - 2 * MARGIN, HEIGHT - FOOT - 2 * MARGIN
    scale = min(
        wide / max(float(np.ptp(east)), LEAST_M), high / max(float(np.ptp(north)), LEAST_M / 2)
    )
    x = np.round(WIDTH / 2 + (east - (east.max() + east.min()) / 2) * scale, 1).tolist()
    y = np.round(
        (HEIGHT - FOOT) / 2 - (north - (north.max() + north.min()) / 2) * scale, 1
    ).tolist()
    count = len(where.places)
    most = max((place.spent for place in where.places), default=timedelta())
    return Sketch(
        dots=tuple(
            Dot(x[n], y[n], _radius(place, most), n + 1)
            for n, place in enumerate(where.places[:SHOWN])
        ),
        track=" ".join(f"{a},{b}" for a, b in zip(x[count:-1], y[count:-1], strict=True)),
        last=(x[-1], y[-1]),
        bar=_bar(scale),
    )


def _radius(place: Place, most: timedelta) -> float:
    return round(LEAST_R + (MOST_R - LEAST_R) * sqrt(place.spent / most), 1)


def _bar(scale: float) -> tuple[float, float]:
    """The longest of 1, 2, 5, 10, … m that is at most 90 px; `scale`: px a metre."""
    longest = 90 / scale
    ten = 10.0 ** np.floor(np.log10(longest))
    length = max(step * ten for step in (1, 2, 5) if step * ten <= longest)
    return round(length * scale, 1), float(length)
