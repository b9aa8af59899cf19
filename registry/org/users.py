"""Users: who they are, where they belong, what they may do."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import LiteralString

import psycopg

from db import Connection, Refused, audit, scalar
from registry.org import passwords
from registry.org.grants import Permission, granted
from registry.org.roles import Role, UserType


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may sign in."""

    id: int
    login: str
    name: str
    type: UserType
    unit_id: int
    unit_name: str
    section_id: int | None
    roles: frozenset[Role]
    active: bool
    session_epoch: int

    def may(self, permission: Permission) -> bool:
        """Whether any of the roles grants it."""
        return self.active and permission in granted(self.roles)


USER: LiteralString = """
    SELECT app_user.id, app_user.login, app_user.name, app_user.type, app_user.unit_id, unit.name,
           app_user.section_id, app_user.active, app_user.session_epoch,
           ARRAY(SELECT role FROM user_role WHERE user_id = app_user.id)
      FROM app_user JOIN unit ON unit.id = app_user.unit_id
     WHERE app_user.id = %(user)s
"""


def user(conn: Connection, user_id: int) -> User | None:
    """The user with this id; None where there is none."""
    row = conn.execute(USER, {"user": user_id}).fetchone()
    if row is None:
        return None
    key, login, name, type_, unit, unit_name, section, active, epoch, roles = row
    return User(
        key,
        login,
        name,
        UserType(type_),
        unit,
        unit_name,
        section,
        frozenset(Role(role) for role in roles),
        active,
        epoch,
    )


ADD_USER: LiteralString = """
    INSERT INTO app_user (login, name, type, unit_id, section_id, password_hash)
    VALUES (%(login)s, %(name)s, %(type)s, %(unit)s, %(section)s, %(password_hash)s)
    RETURNING id
"""
ADD_ROLE: LiteralString = "INSERT INTO user_role (user_id, role) VALUES (%(user)s, %(role)s)"


def add_user(
    conn: Connection,
    actor: str,
    *,
    login: str,
    name: str,
    type: UserType,  # noqa: A002  # the field's name
    unit_id: int,
    roles: Iterable[Role],
    password: str,
    section_id: int | None = None,
) -> int:
    """A new user; the new id. `actor` (a login, or 'system:…') is audited.

    Raises Refused 'org.login_taken', 'org.login_malformed', 'org.no_such_unit', or one of the
    password's rules.
    """
    passwords.check(login, password)
    facts = {
        "login": login,
        "name": name,
        "type": type.value,
        "unit": unit_id,
        "section": section_id,
        "password_hash": passwords.hashed(password),
    }
    try:
        with conn.transaction():
            key = scalar(conn, ADD_USER, **facts)
    except psycopg.errors.UniqueViolation as error:
        raise Refused("org.login_taken", field="login", login=login) from error
    except psycopg.errors.CheckViolation as error:
        raise Refused("org.login_malformed", field="login", login=login) from error
    except psycopg.errors.ForeignKeyViolation as error:
        raise Refused("org.no_such_unit", code=unit_id) from error
    assert isinstance(key, int)
    wanted = sorted(role.value for role in roles)
    for role in wanted:
        conn.execute(ADD_ROLE, {"user": key, "role": role})
    audit.record(conn, actor, "user.added", f"user:{login}", type=type.value, roles=wanted)
    return key


CHANGE_HASH: LiteralString = """
    UPDATE app_user
       SET password_hash = %(password_hash)s, session_epoch = session_epoch + 1,
           failed_logins = 0, locked_until = NULL
     WHERE login = %(login)s
    RETURNING id
"""


def set_password(conn: Connection, actor: str, login: str, password: str) -> None:
    """Give `login` a new password; every session of theirs ends.

    Raises Refused 'org.no_such_user' or one of the password's rules.
    """
    passwords.check(login, password)
    facts = {"login": login, "password_hash": passwords.hashed(password)}
    if scalar(conn, CHANGE_HASH, **facts) is None:
        raise Refused("org.no_such_user", login=login)
    audit.record(conn, actor, "user.password_set", f"user:{login}")


SET_ACTIVE: LiteralString = """
    UPDATE app_user SET active = %(active)s, session_epoch = session_epoch + 1
     WHERE login = %(login)s RETURNING id
"""


def set_active(conn: Connection, actor: str, login: str, active: bool) -> None:
    """Let a user in again, or keep them out; history stays. Refused 'org.no_such_user'."""
    if scalar(conn, SET_ACTIVE, login=login, active=active) is None:
        raise Refused("org.no_such_user", login=login)
    action = "user.activated" if active else "user.deactivated"
    audit.record(conn, actor, action, f"user:{login}")
