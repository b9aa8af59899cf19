"""Use by current, A: as by power, where only a clamp is at hand (I7)."""

from collections.abc import Sequence
from typing import Final

from analytics import levels
from analytics.clusters import Scale
from analytics.grid import Floats
from analytics.kind import Kind, Minutes, Seen, Signal

SCALE: Final = Scale(nothing=0.01, standby=0.35)  # A
LEAST_CHANGE: Final = 0.03  # A; and this share of what it draws before:
LEAST_SHARE: Final = 0.25


def _see(room: Sequence[Signal]) -> list[Seen]:
    return [levels.see(one, SCALE) for one in room]


def _may_stand(values: Floats, at: Minutes, said: Floats) -> Floats:
    return levels.may_stand(values, at, said, SCALE)


def _scatter(level: float) -> float:
    return max(LEAST_CHANGE, LEAST_SHARE * level)


KIND: Final = Kind(
    name="current",
    basis="current",
    sure=0.85,
    see=_see,
    decides=True,
    supports=True,
    may_stand=_may_stand,
    scatter=_scatter,
    overshoots=True,
)
