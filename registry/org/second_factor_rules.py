"""Who must have a second factor: rows by user type and role, edited by 001 administrators (J1)."""

from typing import LiteralString

from db import Connection, Refused, audit, scalar
from registry.org import second_factor
from registry.org.people import keeps_everybody
from registry.org.roles import Role, UserType
from registry.org.users import User

Rule = tuple[UserType, Role]

RULES: LiteralString = "SELECT type, role FROM second_factor_rule"


def rules(conn: Connection) -> frozenset[Rule]:
    """(user type, role) of everybody who needs one."""
    return frozenset((UserType(type_), Role(role)) for type_, role in conn.execute(RULES))


FORGET: LiteralString = "DELETE FROM second_factor_rule"
ADD: LiteralString = "INSERT INTO second_factor_rule (type, role) VALUES (%(type)s, %(role)s)"


def store(conn: Connection, actor: User, wanted: frozenset[Rule], request: str = "") -> None:
    """From now on these need one, and no others. Refused 'org.beyond_scope' but for a 001."""
    if not keeps_everybody(actor):
        raise Refused("org.beyond_scope")
    if wanted == rules(conn):
        return
    conn.execute(FORGET)
    for type_, role in sorted(wanted):
        conn.execute(ADD, {"type": type_.value, "role": role.value})
    said = [f"{type_.value} {role.value}" for type_, role in sorted(wanted)]
    audit.record(conn, actor.login, "second_factor.rules_set", "second_factor", request, rules=said)


REQUIRED: LiteralString = """
    SELECT EXISTS (SELECT FROM app_user JOIN user_role ON user_role.user_id = app_user.id
                     JOIN second_factor_rule AS rule
                       ON rule.type = app_user.type AND rule.role = user_role.role
                    WHERE app_user.id = %(user)s)
"""


def required(conn: Connection, user: int) -> bool:
    """Whether the user with this id must have one."""
    return bool(scalar(conn, REQUIRED, user=user))


def turn_off_own(conn: Connection, user: User, request: str = "") -> None:
    """Turn off one's own second factor.

    Raises Refused 'second_factor.required', 'second_factor.off_already'.
    """
    if required(conn, user.id):
        raise Refused("second_factor.required")
    second_factor.turn_off(conn, user.login, user.id, request)
