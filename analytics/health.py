"""How a sensor is: the states that both its kind and the hygiene of all kinds may find."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Health(StrEnum):
    """How a sensor is; everything but OK is a device alarm (I4)."""

    OK = "ok"
    SILENT = "silent"
    STUCK = "stuck"
    DRIFTING = "drifting"
    NEVER_HEARD = "never_heard"
    CLOCK_OFF = "clock_off"
    FAULTY = "faulty"  # its driver fails again and again; what it measures in between is good
    COVERED = "covered"  # it no longer sees what its room sees
    MOVED = "moved"  # it sees its room in other proportions
    ALWAYS_LIT = "always_lit"  # a light that is never out hides its asset's own
    LAMP_GONE = "lamp_gone"  # its asset works, and the lamp that showed it stays dark
    SAME_SIGNAL = "same_signal"  # it sees what another asset's sensor sees


@dataclass(frozen=True, slots=True)
class Alarm:
    """What is wrong with a sensor, and the minute since which."""

    health: Health
    since: int


# What such a sensor says is no measurement of its asset, so what proved it before proves nothing
# more (I10). One that is silent or never heard lost its network or its power, and a wrong clock is
# its gateway's; a lamp that burns or is gone, or one that two sensors see, is the asset's: whether
# the sensor reacts is not in question.
CAN_NOT_BE_BELIEVED: Final = frozenset(
    {Health.STUCK, Health.DRIFTING, Health.COVERED, Health.MOVED}
)
# What it said before that was good.
SPOILS_WHAT_FOLLOWS: Final = frozenset(
    {
        *(Health.STUCK, Health.COVERED, Health.MOVED),
        *(Health.ALWAYS_LIT, Health.LAMP_GONE, Health.SAME_SIGNAL),
    }
)
# Its readings count, but for the misread ones; its asset is called idle only where it is OK (I4).
COUNTS: Final = frozenset({Health.OK, Health.FAULTY})
