"""Use by power, W: the asset works where it draws more than off and standby (I7)."""

from typing import Final

from analytics import levels
from analytics.clusters import Scale
from analytics.kind import Kind

SCALE: Final = Scale(nothing=0.5, standby=75.0)  # W
KIND: Final[Kind] = levels.row("power", SCALE, 0.9, least_change=3.0)
