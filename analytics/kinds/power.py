"""Use by power, W: the asset works where it draws more than off and standby (I7)."""

from collections.abc import Sequence
from typing import Final

from analytics import levels
from analytics.clusters import Scale
from analytics.grid import Floats
from analytics.kind import Kind, Minutes, Seen, Signal

SCALE: Final = Scale(nothing=0.5, standby=75.0)  # W
LEAST_CHANGE: Final = 3.0  # W; and this share of what it draws before:
LEAST_SHARE: Final = 0.25


def _see(room: Sequence[Signal]) -> list[Seen]:
    return [levels.see(one, SCALE) for one in room]


def _may_stand(values: Floats, at: Minutes, said: Floats) -> Floats:
    return levels.may_stand(values, at, said, SCALE)


def _scatter(level: float) -> float:
    return max(LEAST_CHANGE, LEAST_SHARE * level)


KIND: Final = Kind(
    name="power",
    basis="power",
    sure=0.9,
    see=_see,
    decides=True,
    supports=True,
    may_stand=_may_stand,
    scatter=_scatter,
    overshoots=True,
)
