"""Users: who they are, where they belong, what they may do."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

import psycopg

from db import Connection, Refused, audit, scalar
from registry.org import known_devices, people_followers, throttle, user_types
from registry.org.grants import Permission, granted
from registry.org.hashing import PasswordHash
from registry.org.roles import Role, UserType
from registry.org.session_ends import Ending, end_all, end_devices


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
    must_change_password: bool = False

    def may(self, permission: Permission) -> bool:
        """Whether any of the roles grants it."""
        return self.active and permission in granted(self.roles)


USER: LiteralString = """
    SELECT app_user.id, app_user.login, app_user.name, app_user.type, app_user.unit_id, unit.name,
           app_user.section_id, app_user.active, app_user.session_epoch,
           app_user.must_change_password,
           ARRAY(SELECT role FROM user_role WHERE user_id = app_user.id)
      FROM app_user JOIN unit ON unit.id = app_user.unit_id
     WHERE app_user.id = %(user)s
"""


def user(conn: Connection, user_id: int) -> User | None:
    """The user with this id; None where there is none."""
    row = conn.execute(USER, {"user": user_id}).fetchone()
    return of_row(row) if row else None


def of_row(row: tuple[Any, ...]) -> User:
    """The user of a row as `USER` gives it."""
    key, login, name, type_, unit, unit_name, section, active, epoch, must, roles = row
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
        must,
    )


ADD_USER: LiteralString = """
    INSERT INTO app_user (login, name, type, unit_id, section_id, password_hash, email, phone,
                          must_change_password, password_expires_at)
    VALUES (%(login)s, %(name)s, %(type)s, %(unit)s, %(section)s, %(password_hash)s, %(email)s,
            %(phone)s, %(expires)s::timestamptz IS NOT NULL, %(expires)s)
    RETURNING id
"""
ADD_ROLE: LiteralString = "INSERT INTO user_role (user_id, role) VALUES (%(user)s, %(role)s)"


def add_user(
    conn: Connection,
    actor: str,
    *,
    login: str,
    name: str,
    type: UserType | None,  # noqa: A002  # the field's name
    unit_id: int,
    roles: Iterable[Role],
    password_hash: PasswordHash,
    section_id: int | None = None,
    email: str = "",
    phone: str = "",
    expires: datetime | None = None,
    request: str = "",
) -> int:
    """A new user; the new id. `actor` (a login, or 'system:…') is audited.

    A password that `expires` is a temporary one: it must be changed before anything else. Its
    hash is made beforehand by `passwords.hashed`. Without a `type` it is the unit's. Raises
    Refused 'org.login_taken', 'org.login_malformed', 'org.no_such_unit', 'org.person_type'.
    """
    right = user_types.resolved(conn, unit_id, type)
    facts = {
        "login": login,
        "name": name,
        "type": right.value,
        "unit": unit_id,
        "section": section_id,
        "password_hash": password_hash,
        "email": email,
        "phone": phone,
        "expires": expires,
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
    audit.record(
        conn, actor, "user.added", f"user:{login}", request, type=right.value, roles=wanted
    )
    people_followers.moved(conn, key, None)
    return key


CHANGE_HASH: LiteralString = """
    UPDATE app_user
       SET password_hash = %(password_hash)s, session_epoch = session_epoch + 1,
           must_change_password = %(expires)s::timestamptz IS NOT NULL,
           password_expires_at = %(expires)s
     WHERE login = %(login)s
    RETURNING id, session_epoch
"""
NAME: LiteralString = "SELECT name FROM app_user WHERE login = %(login)s"


def name_of(conn: Connection, login: str) -> str:
    """The person's name, which their password must not say; Refused 'org.no_such_user'."""
    name = scalar(conn, NAME, login=login)
    if name is None:
        raise Refused("org.no_such_user", login=login)
    return str(name)


def set_password(
    conn: Connection,
    actor: str,
    login: str,
    password_hash: PasswordHash,
    *,
    expires: datetime | None = None,
    request: str = "",
    kept: int | None = None,
) -> int:
    """Give `login` a new password; every session of theirs but `kept` ends; the new session epoch.

    One that `expires` is temporary: it must be changed before anything else. Guns and phones end
    too (H3), no device is known any more, and no failure. The hash is made beforehand by
    `passwords.hashed`. Raises Refused 'org.no_such_user'.
    """
    facts = {"login": login, "password_hash": password_hash, "expires": expires}
    row = conn.execute(CHANGE_HASH, facts).fetchone()
    if row is None:
        raise Refused("org.no_such_user", login=login)
    user_id, epoch = row
    end_all(conn, user_id, Ending.PASSWORD, kept)
    known_devices.forget_all(conn, user_id)
    throttle.unlock(conn, login)
    end_devices(conn, user_id)
    audit.record(
        conn, actor, "user.password_set", f"user:{login}", request, temporary=expires is not None
    )
    return int(epoch)


HOLD: LiteralString = "SELECT id FROM app_user WHERE login = %(login)s FOR UPDATE"
SET_ACTIVE: LiteralString = """
    UPDATE app_user
       SET active = %(active)s, session_epoch = session_epoch + 1, version = version + 1
     WHERE id = %(user)s
"""


def set_active(conn: Connection, actor: str, login: str, active: bool, request: str = "") -> None:
    """Let a user in again, or keep them out: sessions, guns and phones end; history stays.

    Raises Refused 'org.no_such_user', 'org.last_administrator'.
    """
    with an_administrator_stays(conn):
        key = scalar(conn, HOLD, login=login)
        if not isinstance(key, int):
            raise Refused("org.no_such_user", login=login)
        before = people_followers.seat(conn, key)
        conn.execute(SET_ACTIVE, {"user": key, "active": active})
    if not active:
        end_all(conn, key, Ending.DEACTIVATED)
        end_devices(conn, key)
        known_devices.forget_all(conn, key)
    action = "user.activated" if active else "user.deactivated"
    audit.record(conn, actor, action, f"user:{login}", request)
    people_followers.moved(conn, key, before)


# Locked in one order, so that two who shut each other out are put in line.
ADMINISTRATORS: LiteralString = """
    SELECT app_user.id
      FROM app_user JOIN user_role ON user_role.user_id = app_user.id
     WHERE role = 'administrator' AND type = '001' AND active
     ORDER BY app_user.id
       FOR UPDATE OF app_user
"""


@contextmanager
def an_administrator_stays(conn: Connection) -> Iterator[None]:
    """Refuse what leaves nobody who may administer everything: 'org.last_administrator'."""
    with conn.transaction():
        before = conn.execute(ADMINISTRATORS).fetchall()
        yield
        if before and not conn.execute(ADMINISTRATORS).fetchall():
            raise Refused("org.last_administrator")


PREPARERS: LiteralString = """
    SELECT app_user.id
      FROM app_user JOIN user_role ON user_role.user_id = app_user.id
     WHERE app_user.unit_id = %(unit)s AND app_user.active AND user_role.role = 'preparer'
     ORDER BY app_user.id
"""


def preparers_of(conn: Connection, unit: int) -> list[int]:
    """Ids of the active preparers of a unit (its id)."""
    return [key for (key,) in conn.execute(PREPARERS, {"unit": unit})]


ADMINISTRATORS_OF: LiteralString = """
    SELECT app_user.id
      FROM app_user JOIN user_role ON user_role.user_id = app_user.id
     WHERE user_role.role = 'administrator' AND app_user.active
       AND (app_user.type = '001'
            OR EXISTS (SELECT FROM visible_unit
                        WHERE user_id = app_user.id AND unit_id = %(unit)s))
     ORDER BY app_user.unit_id <> %(unit)s, app_user.type = '001', app_user.id
"""


def administrators_of(conn: Connection, unit: int) -> list[int]:
    """Ids of the active administrators who keep a unit's people (its id), the nearest first."""
    return [key for (key,) in conn.execute(ADMINISTRATORS_OF, {"unit": unit})]
