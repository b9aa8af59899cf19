"""People as an administrator keeps them: found, added, changed, kept out; nothing is lost.

A 001 administrator keeps everybody; another administrator the people of the units in their scope,
and nobody who sees more than they do. Nobody changes their own rights.
"""

import re
import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, LiteralString

import psycopg
from psycopg.rows import class_row

from db import Connection, Refused, audit, scalar, text
from registry import phones
from registry.org import authority, contacts, people_followers, second_factor, throttle, user_types
from registry.org.grants import Permission
from registry.org.hashing import PasswordHash
from registry.org.people_followers import Seat
from registry.org.roles import Role, UserType
from registry.org.scope import visible_units
from registry.org.session_ends import Ending, end_all, raise_epoch
from registry.org.users import (
    ADD_ROLE,
    User,
    add_user,
    an_administrator_stays,
    set_active,
    set_password,
)

EMAIL: Final = re.compile(r"[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]{1,189}\.[^@\s,;<>\".]{2,63}")
LONGEST_NAME: Final = 64
AUDITED: Final = ("name", "type", "unit_name", "section", "email", "phone", "roles")
TEMPORARY_LETTERS: Final = "23456789abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ"
TEMPORARY_LENGTH: Final = 12


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in full, as the pages of administration show them."""

    id: int
    login: str
    name: str
    type: UserType
    unit_id: int
    unit_name: str
    section_id: int | None
    section: str
    email: str
    phone: str
    roles: frozenset[Role]
    active: bool
    locked_until: datetime | None
    last_login_at: datetime | None
    created_at: datetime
    must_change_password: bool
    password_expires_at: datetime | None
    second_factor: bool
    version: int

    def __post_init__(self) -> None:
        """Rows carry plain text for the closed sets."""
        object.__setattr__(self, "type", UserType(self.type))
        object.__setattr__(self, "roles", frozenset(Role(role) for role in self.roles))


@dataclass(frozen=True, slots=True)
class Who:
    """What a form says about a person."""

    name: str
    type: UserType | None  # None: as the unit's kind says
    unit_id: int
    roles: frozenset[Role]
    section_id: int | None = None
    email: str = ""
    phone: str = ""


def keeps_everybody(manager: User) -> bool:
    """Whether `manager` is a 001 administrator."""
    return manager.type is UserType.SYSTEM and manager.may(Permission.ADMINISTER)


def kept_units(conn: Connection, manager: User) -> list[int] | None:
    """Ids of the units whose people and facts `manager` keeps; None: all."""
    return None if keeps_everybody(manager) else visible_units(conn, manager.id)


PERSON: LiteralString = """
    SELECT app_user.id, app_user.login, app_user.name, app_user.type, app_user.unit_id,
           unit.name AS unit_name, app_user.section_id, COALESCE(section.name, '') AS section,
           app_user.email, app_user.phone, app_user.active, throttled.locked_until,
           app_user.last_login_at, app_user.created_at, app_user.must_change_password,
           app_user.password_expires_at, app_user.totp_secret IS NOT NULL AS second_factor,
           app_user.version,
           ARRAY(SELECT role FROM user_role WHERE user_id = app_user.id) AS roles
      FROM app_user
      JOIN unit ON unit.id = app_user.unit_id
      LEFT JOIN section ON section.id = app_user.section_id
      LEFT JOIN LATERAL (
           SELECT max(blocked_until) AS locked_until FROM sign_in_throttle
            WHERE account = sha256(convert_to('login:' || login, 'UTF8'))) AS throttled ON true
     WHERE app_user.id = %(user)s
       AND (%(units)s::integer[] IS NULL OR app_user.unit_id = ANY(%(units)s))
"""


def person(conn: Connection, manager: User, user_id: int) -> Person | None:
    """Somebody whom `manager` may see (J4); None where there is nobody such."""
    with conn.cursor(row_factory=class_row(Person)) as cursor:
        facts = {"user": user_id, "units": kept_units(conn, manager)}
        return cursor.execute(PERSON, facts).fetchone()


def own(conn: Connection, user: User) -> Person:
    """Oneself."""
    with conn.cursor(row_factory=class_row(Person)) as cursor:
        found = cursor.execute(PERSON, {"user": user.id, "units": None}).fetchone()
    assert found is not None
    return found


def required(conn: Connection, manager: User, user_id: int) -> Person:
    """The person, to be changed; Refused 'org.person_not_found', 'org.beyond_scope'."""
    one = person(conn, manager, user_id)
    if one is None:
        raise Refused("org.person_not_found")
    if not authority.may_act_on(conn, manager, one):
        raise Refused("org.beyond_scope")
    return one


UNIT_STANDS: LiteralString = """
    SELECT 1 FROM unit
     WHERE id = %(unit)s AND active AND (%(units)s::integer[] IS NULL OR id = ANY(%(units)s))
       FOR SHARE
"""


def _checked(conn: Connection, manager: User, who: Who, unit_before: int | None = None) -> Who:
    """The same without blanks around; Refused with the field that is wrong."""
    clean = Who(
        text.clean(who.name),
        who.type,
        who.unit_id,
        who.roles,
        who.section_id,
        text.clean(who.email),
        text.clean(who.phone),
    )
    if not clean.name or len(clean.name) > LONGEST_NAME:
        raise Refused("org.person_name", field="name", most=LONGEST_NAME)
    check_contact(clean.email, clean.phone)
    if not clean.roles:
        raise Refused("org.person_no_role", field="roles")
    if clean.type is not None and clean.type not in authority.types_given(manager):
        raise Refused("org.beyond_scope", field="type")
    if not clean.roles <= set(authority.roles_given(manager)):
        raise Refused("org.beyond_scope", field="roles")
    facts = {"unit": clean.unit_id, "units": kept_units(conn, manager)}
    if clean.unit_id != unit_before and scalar(conn, UNIT_STANDS, **facts) is None:
        raise Refused("org.unit_closed", field="unit")
    return replace(clean, type=user_types.resolved(conn, clean.unit_id, clean.type))


def check_contact(email: str, phone: str) -> None:
    """Refuse what is no address: 'org.email_malformed', 'org.phone_malformed'."""
    if email and not EMAIL.fullmatch(email):
        raise Refused("org.email_malformed", field="email")
    if phone and not phones.plausible(phone):
        raise Refused("org.phone_malformed", field="phone", most=phones.LONGEST)


def temporary_password() -> str:
    """One that is told once, and changed at the first sign-in."""
    return "".join(secrets.choice(TEMPORARY_LETTERS) for _letter in range(TEMPORARY_LENGTH))


def add(
    conn: Connection,
    manager: User,
    login: str,
    who: Who,
    password_hash: PasswordHash,
    expires: datetime,
    request: str = "",
) -> int:
    """A new person with a temporary password; their id.

    Raises Refused of the login or a field; 'org.beyond_scope' for rights that
    reach further than the manager's.
    """
    clean = _checked(conn, manager, who)
    try:
        with conn.transaction():
            key = add_user(
                conn,
                manager.login,
                login=text.clean(login),
                name=clean.name,
                type=clean.type,
                unit_id=clean.unit_id,
                section_id=clean.section_id,
                roles=clean.roles,
                password_hash=password_hash,
                email=clean.email,
                phone=clean.phone,
                expires=expires,
                request=request,
            )
            required(conn, manager, key)
    except Refused as refused:
        if refused.code == "org.no_such_unit":  # the foreign key of unit and section
            raise Refused("org.section_elsewhere", field="section") from refused
        raise
    return key


CHANGE: LiteralString = """
    UPDATE app_user
       SET name = %(name)s, type = %(type)s, unit_id = %(unit)s, section_id = %(section)s,
           email = %(email)s, phone = %(phone)s, version = version + 1
     WHERE id = %(user)s AND version = %(seen)s
    RETURNING id
"""
FORGET_ROLES: LiteralString = "DELETE FROM user_role WHERE user_id = %(user)s"


def change(
    conn: Connection, manager: User, user_id: int, who: Who, seen: int, request: str = ""
) -> Person:
    """Change who somebody is and what they may do; as it is now. Other rights end their sessions.

    `seen` is the version that the form showed: 'org.person_stale' where it has been changed
    since. Raises further 'org.own_rights', 'org.last_administrator', 'org.beyond_scope'.
    """
    before = required(conn, manager, user_id)
    clean = _checked(conn, manager, who, before.unit_id)
    rights = (clean.type, clean.unit_id, clean.roles)
    if user_id == manager.id and rights != (before.type, before.unit_id, before.roles):
        raise _own_rights(conn, manager, field="roles")
    with an_administrator_stays(conn):
        _store(conn, user_id, clean, seen)
    if rights != (before.type, before.unit_id, before.roles):
        raise_epoch(conn, user_id)
        end_all(conn, user_id, Ending.RIGHTS)
    after = required(conn, manager, user_id)
    changed = audit.differences(before, after, AUDITED)
    audit.record(
        conn, manager.login, "user.changed", f"user:{after.login}", request, changed=changed
    )
    people_followers.moved(conn, user_id, seat_of(before))
    return after


def seat_of(one: Person) -> Seat:
    """Where somebody sits, and what they may do there."""
    return Seat(one.unit_id, one.roles, one.active)


def _store(conn: Connection, user_id: int, who: Who, seen: int) -> None:
    assert who.type is not None  # as checked
    facts = {
        "user": user_id,
        "seen": seen,
        "name": who.name,
        "type": who.type.value,
        "unit": who.unit_id,
        "section": who.section_id,
        "email": who.email,
        "phone": who.phone,
    }
    try:
        with conn.transaction():
            if scalar(conn, CHANGE, **facts) is None:
                raise Refused("org.person_stale")
    except psycopg.errors.ForeignKeyViolation as error:
        raise Refused("org.section_elsewhere", field="section") from error
    conn.execute(FORGET_ROLES, {"user": user_id})
    for role in sorted(who.roles):
        conn.execute(ADD_ROLE, {"user": user_id, "role": role.value})


def _own_rights(conn: Connection, manager: User, **facts: str) -> Refused:
    """Names who may do it instead."""
    others = contacts.administrators(conn, manager.unit_id, but=manager.id)
    return Refused("org.own_rights", administrators=contacts.named(others), **facts)


def keep_out(conn: Connection, manager: User, user_id: int, request: str = "") -> Person:
    """Deactivate; what they did stays. Refused 'org.own_rights', 'org.last_administrator'."""
    one = required(conn, manager, user_id)
    if one.id == manager.id:
        raise _own_rights(conn, manager)
    set_active(conn, manager.login, one.login, active=False, request=request)
    return one


def let_in(conn: Connection, manager: User, user_id: int, request: str = "") -> Person:
    """Activate again; Refused 'org.unit_closed' where their unit is not active any more."""
    one = required(conn, manager, user_id)
    if scalar(conn, UNIT_STANDS, unit=one.unit_id, units=None) is None:
        raise Refused("org.unit_closed")
    set_active(conn, manager.login, one.login, active=True, request=request)
    return one


def give_password(
    conn: Connection,
    manager: User,
    user_id: int,
    password_hash: PasswordHash,
    expires: datetime,
    request: str = "",
) -> Person:
    """A temporary password: their sessions end, and it must be changed before anything else.

    One's own is changed by `registry.org.account`: Refused 'org.own_rights'.
    """
    one = required(conn, manager, user_id)
    if one.id == manager.id:
        raise _own_rights(conn, manager)
    set_password(conn, manager.login, one.login, password_hash, expires=expires, request=request)
    return one


def reset_second_factor(conn: Connection, manager: User, user_id: int, request: str = "") -> Person:
    """Turn off the second factor of somebody who lost their phone."""
    one = required(conn, manager, user_id)
    if one.id == manager.id:
        raise _own_rights(conn, manager)
    second_factor.turn_off(conn, manager.login, one.id, request)
    return one


def unlock(conn: Connection, manager: User, user_id: int, request: str = "") -> Person:
    """Forget the failures by which their login is locked."""
    one = required(conn, manager, user_id)
    throttle.unlock_user(conn, manager.login, one.login, request)
    return one
