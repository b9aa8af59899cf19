"""How a pack comes: at once, hours late, or twice."""

from typing import Final, NamedTuple

from firmware_sim.clock import HOUR_S, stream
from firmware_sim.estate import GatewayPlan

LATE_H: Final = (1.0, 72.0)


class Delivery(NamedTuple):
    """A pack's fate."""

    late_s: int  # 0: it comes at once
    twice: bool


def of(seed: int, plan: GatewayPlan, start: int) -> Delivery:
    """How the pack comes that begins at `start` (Unix seconds)."""
    chance = stream(seed, plan.id, "sending", start)
    late, twice = chance.random() < plan.late, chance.random() < plan.twice
    return Delivery(int(chance.uniform(*LATE_H) * HOUR_S) if late else 0, twice)
