"""Use by current, A: as by power, where only a clamp is at hand (I7)."""

from typing import Final

from analytics import levels
from analytics.clusters import Scale
from analytics.kind import Kind

SCALE: Final = Scale(nothing=0.01, standby=0.35)  # A
KIND: Final[Kind] = levels.row("current", SCALE, 0.85, least_change=0.03)
