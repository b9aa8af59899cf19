"""Who: divisions, units, sections, users and what they may do."""

from registry.org import divisions
from registry.org.grants import GRANTS, Permission
from registry.org.hashing import PasswordHash
from registry.org.roles import Role, UserType
from registry.org.scope import visible_units
from registry.org.sign_in import CodeAsked, check_password, sign_in, sign_in_with_code, sign_out
from registry.org.units import (
    UnitKind,
    add_section,
    add_unit,
    hold_unit,
    reached,
    sections,
    sections_of,
    unit_id,
    units_named,
)
from registry.org.users import (
    User,
    add_user,
    administrators_of,
    preparers_of,
    set_active,
    set_password,
    user,
)

__all__ = [
    "GRANTS",
    "CodeAsked",
    "PasswordHash",
    "Permission",
    "Role",
    "UnitKind",
    "User",
    "UserType",
    "add_section",
    "add_unit",
    "add_user",
    "administrators_of",
    "check_password",
    "divisions",
    "hold_unit",
    "preparers_of",
    "reached",
    "sections",
    "sections_of",
    "set_active",
    "set_password",
    "sign_in",
    "sign_in_with_code",
    "sign_out",
    "unit_id",
    "units_named",
    "user",
    "visible_units",
]
