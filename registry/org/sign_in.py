"""Signing in: the right password, not too many wrong ones, all of it audited (J1).

Passwords are hashed between two short transactions, never inside one: who calls gives the
database, and holds no connection. A refusal is returned, not raised: what was noted of it stays.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final, LiteralString

from db import Connection, Refused, Transactions, audit, scalar
from registry.org import contacts, hashing, known_devices, second_factor, throttle
from registry.org.hashing import TURNS, PasswordHash
from registry.org.roles import UserType
from registry.org.throttle import Try
from registry.org.users import User, user

LOGIN: Final = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")  # as the column checks it


@dataclass(frozen=True, slots=True)
class CodeAsked:
    """The password was right; the second factor is still to come."""

    user_id: int
    session_epoch: int


FOUND: LiteralString = """
    SELECT id, password_hash, active AND type <> %(interface)s AS may,
           totp_secret IS NOT NULL AS has_second_factor, session_epoch, password_expires_at
      FROM app_user WHERE login = %(login)s
"""
# None where the password has been changed, or the user shut out, while it was hashed.
NOTE_SUCCESS: LiteralString = """
    UPDATE app_user
       SET last_login_at = %(now)s, password_hash = COALESCE(%(rehashed)s, password_hash)
     WHERE id = %(user)s AND session_epoch = %(epoch)s AND active
    RETURNING id
"""


def sign_in(
    database: Transactions,
    login: str,
    password: str,
    address: str,
    now: datetime,
    request: str = "",
    device: str = "",
) -> User | CodeAsked | Refused:
    """The user, or that a code is asked for, or why not. Raises `Busy`.

    `device`: the token of a known device, if the browser bears one. Refused 'org.sign_in_wrong',
    'org.sign_in_locked' (fact: until), and 'org.password_expired' for who typed a temporary
    password right, but too late, with who can give another. Unknown and deactivated logins and
    interfaces (005) are answered like a wrong password, and as slowly.
    """
    with database.transaction("known device") as conn:
        hash_of_device = known_devices.find(conn, login, device, now)
        subjects = throttle.of_password(login, address, hash_of_device)
        refused = throttle.refusal(conn, subjects, now)
    if refused is not None:  # before anybody waits for a hash
        return refused
    with TURNS.turn(hashing.RESERVED if hash_of_device else 0) as turn:
        with database.transaction("may sign in") as conn:
            tried = throttle.count(conn, subjects, now)
            known = _known(conn, login)
        if isinstance(tried, Refused):
            return tried
        right = turn.matches(known.password_hash, password) and known.may
        fresh = right and hashing.outdated(known.password_hash)
        rehashed = turn.hashed(password) if fresh else None
    with database.transaction("sign in") as conn:
        if not right or known.key is None:
            return _failed(conn, login, tried, address, request)
        if known.expires_at is not None and known.expires_at <= now:
            throttle.give_back(conn, tried)
            _note_failure(conn, login, address, request, step="expired")
            person = user(conn, known.key)
            assert person is not None
            near = contacts.administrators(conn, person.unit_id, but=known.key)
            return Refused("org.password_expired", administrators=contacts.named(near))
        if known.has_second_factor:
            throttle.give_back(conn, tried)
            return CodeAsked(known.key, known.epoch)
        asked = CodeAsked(known.key, known.epoch)
        return _succeeded(conn, asked, tried, address, now, request, rehashed)


def sign_in_with_code(
    conn: Connection,
    asked: CodeAsked,
    code: str,
    address: str,
    now: datetime,
    key: bytes,
    request: str = "",
    device: str = "",
) -> User | Refused:
    """The second step: the user, or 'second_factor.code_wrong' or 'org.sign_in_locked'.

    'org.sign_in_again' where the first step counts no more. `key` opens the kept secrets.
    """
    known = user(conn, asked.user_id)
    if known is None or not known.active or known.session_epoch != asked.session_epoch:
        return Refused("org.sign_in_again")
    hash_of_device = known_devices.find(conn, known.login, device, now)
    tried = throttle.count(conn, throttle.of_code(known.login, address, hash_of_device), now)
    if isinstance(tried, Refused):
        return tried
    opened = second_factor.accepts(conn, known.id, code, key, now)
    if opened is None:
        said = _failed(conn, known.login, tried, address, request, step="code")
        wrong = said.code == "org.sign_in_wrong"
        return Refused("second_factor.code_wrong", field="code") if wrong else said
    return _succeeded(conn, asked, tried, address, now, request, None, by=opened)


def check_password(
    database: Transactions,
    who: User,
    password: str,
    address: str,
    now: datetime,
    request: str = "",
) -> Refused | None:
    """Why somebody signed in may not do what needs their password; None: it is theirs.

    For callers without an open transaction. Guessing is slowed, by a count that nobody else can
    raise: Refused 'org.password_present_wrong', 'org.sign_in_locked' (fact: until). Raises `Busy`.
    """
    with TURNS.turn(hashing.RESERVED) as turn:
        with database.transaction("may check password") as conn:
            tried = throttle.count(conn, throttle.of_own_password(who.login), now)
            known = _known(conn, who.login)
        if isinstance(tried, Refused):
            return tried
        right = turn.matches(known.password_hash, password)
    with database.transaction("check password") as conn:
        if right:
            throttle.succeeded(conn, tried)
            return None
        said = _failed(conn, who.login, tried, address, request, step="account")
    wrong = said.code == "org.sign_in_wrong"
    return Refused("org.password_present_wrong", field="present") if wrong else said


@dataclass(frozen=True, slots=True)
class _Known:
    """What a try is measured against; `key` None: nobody has this login."""

    key: int | None
    password_hash: str
    may: bool
    has_second_factor: bool
    epoch: int
    expires_at: datetime | None


def _known(conn: Connection, login: str) -> _Known:
    """Whoever has this login, or nobody, measured against a hash that no password fits."""
    facts = {"login": login, "interface": UserType.INTERFACE.value}
    row = conn.execute(FOUND, facts).fetchone()
    return _Known(*row) if row else _Known(None, hashing.NOBODY, False, False, 0, None)


def _succeeded(
    conn: Connection,
    asked: CodeAsked,
    tried: Try,
    address: str,
    now: datetime,
    request: str,
    rehashed: PasswordHash | None,
    **facts: str,
) -> User | Refused:
    throttle.succeeded(conn, tried)
    noted = {"user": asked.user_id, "epoch": asked.session_epoch, "now": now, "rehashed": rehashed}
    if scalar(conn, NOTE_SUCCESS, **noted) is None:
        return Refused("org.sign_in_again")
    found = user(conn, asked.user_id)
    assert found is not None
    subject = f"user:{found.login}"
    audit.record(conn, found.login, "user.signed_in", subject, request, address=address, **facts)
    return found


def _failed(
    conn: Connection, login: str, tried: Try, address: str, request: str, **facts: str
) -> Refused:
    """The try stays counted; what is said depends on the count alone."""
    _note_failure(conn, login, address, request, **facts)
    if tried.until is not None:
        return throttle.locked(tried.until)
    return Refused("org.sign_in_wrong")


def _note_failure(conn: Connection, login: str, address: str, request: str, **facts: str) -> None:
    """What can be no login may be a password that was typed into the wrong field: not noted."""
    subject = f"user:{login if LOGIN.fullmatch(login) else '-'}"
    audit.record(
        conn, "system:portal", "user.sign_in_failed", subject, request, address=address, **facts
    )


def sign_out(conn: Connection, login: str, request: str = "") -> None:
    """Note that somebody has signed out."""
    audit.record(conn, login, "user.signed_out", f"user:{login}", request)
