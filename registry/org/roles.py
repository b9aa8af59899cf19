"""What kinds of users there are, and which roles a person may have."""

from enum import StrEnum
from typing import Final

from registry.words import Label


class UserType(StrEnum):
    """用户类型; E6 asks for it. 001, 004 and 005 are ours [A], 002 and 003 the manual's."""

    SYSTEM = "001"
    FINANCE = "002"
    BUDGET_UNIT = "003"
    SUPERVISION = "004"
    INTERFACE = "005"

    @property
    def label(self) -> Label:
        """Its name."""
        return USER_TYPES[self]


USER_TYPES: Final = {
    UserType.SYSTEM: Label("001-系统用户", "001 system"),
    UserType.FINANCE: Label("002-财政用户", "002 finance"),
    UserType.BUDGET_UNIT: Label("003-预算单位用户", "003 budget unit"),
    UserType.SUPERVISION: Label("004-监督用户", "004 supervision"),
    UserType.INTERFACE: Label("005-接口用户", "005 interface"),
}


class Role(StrEnum):
    """What somebody does; a person may do several things."""

    PREPARER = "preparer"
    REVIEWER = "reviewer"
    STOCKTAKER = "stocktaker"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"

    @property
    def label(self) -> Label:
        """Its name."""
        return ROLES[self]


ROLES: Final = {
    Role.PREPARER: Label("经办岗", "preparer"),
    Role.REVIEWER: Label("审核岗", "reviewer"),
    Role.STOCKTAKER: Label("盘点员", "stocktaker"),
    Role.ADMINISTRATOR: Label("系统管理员", "administrator"),
    Role.AUDITOR: Label("审计员", "auditor"),
}
