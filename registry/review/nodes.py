"""The nodes of a chain: which bodies decide, in which order (C1)."""

from enum import StrEnum
from typing import Final

from registry.words import Label


class Body(StrEnum):
    """Whose reviewers decide at a node."""

    UNIT = "unit"
    DEPARTMENT = "department"
    FINANCE = "finance"

    @property
    def label(self) -> Label:
        """The node's name."""
        return BODIES[self]


BODIES: Final = {
    Body.UNIT: Label("单位审核", "Unit review"),
    Body.DEPARTMENT: Label("主管部门审核", "Department review"),
    Body.FINANCE: Label("财政审核", "Finance review"),
}
