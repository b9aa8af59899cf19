"""What the doctor finds: one part, how it is, and how it is mended."""

from dataclasses import dataclass
from enum import StrEnum


class Health(StrEnum):
    """How a part is."""

    WELL = "well"
    WARNING = "warning"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """One part: how it is, what was seen, and how to mend it (empty when well)."""

    part: str
    health: Health
    seen: str
    mend: str = ""


def well(part: str, seen: str) -> Finding:
    """A part that needs nothing."""
    return Finding(part, Health.WELL, seen)
