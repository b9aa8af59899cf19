"""An asset's habits: those of its archetype, but for its own ways."""

from dataclasses import replace
from functools import cache
from typing import Any

from firmware_sim.archetypes import HABITS, Habit
from firmware_sim.circumstances import Ways
from firmware_sim.estate import Asset
from firmware_sim.words import Archetype


def habit(asset: Asset) -> Habit:
    """What `asset` does on a working day at full use, and how its sensors see it."""
    return _habit(asset.archetype, asset.ways)


@cache
def _habit(archetype: Archetype, ways: Ways) -> Habit:
    changed: dict[str, Any] = {
        name: value
        for name in ("sessions", "minutes", "lamp_off", "lamp_dims", "tau_min")
        if (value := getattr(ways, name)) is not None
    }
    ranges = ("lamp_lx", "warmth_c", "standing_c")
    changed |= {
        name: (value, value) for name in ranges if (value := getattr(ways, name)) is not None
    }
    return replace(HABITS[archetype], **changed)
