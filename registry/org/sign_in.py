"""Signing in: the right password, not too many wrong ones, all of it audited (J1).

Passwords are hashed between two short transactions, never inside one: who calls gives the
database, and holds no connection. A refusal is returned, not raised: what was noted of it stays.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, LiteralString

from db import Connection, Refused, Transactions, audit, scalar
from registry.org import hashing, second_factor
from registry.org.hashing import TURNS, PasswordHash
from registry.org.roles import UserType
from registry.org.users import User, user

FREE_TRIES: Final = 5  # of one login, before it is locked
FIRST_LOCK: Final = timedelta(minutes=1)
LONGEST_LOCK: Final = timedelta(hours=1)
ADDRESS_TRIES: Final = 60  # of one address, whatever the logins, within ADDRESS_SPAN
ADDRESS_SPAN: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class CodeAsked:
    """The password was right; the second factor is still to come."""

    user_id: int
    session_epoch: int


FOUND: LiteralString = """
    SELECT id, password_hash, active AND type <> %(interface)s AS may, failed_logins, locked_until,
           totp_secret IS NOT NULL AS has_second_factor, session_epoch
      FROM app_user WHERE login = %(login)s
"""
TRIES: LiteralString = """
    SELECT count(*) FROM login_try WHERE subject = %(subject)s AND at > %(since)s
"""
NOTE_TRY: LiteralString = "INSERT INTO login_try (subject, at) VALUES (%(subject)s, %(now)s)"
FORGET_TRIES: LiteralString = "DELETE FROM login_try WHERE at < %(before)s"
NOTE_FAILURE: LiteralString = """
    UPDATE app_user SET failed_logins = %(failed)s, locked_until = %(until)s WHERE id = %(user)s
"""
NOTE_SUCCESS: LiteralString = """
    UPDATE app_user
       SET failed_logins = 0, locked_until = NULL, last_login_at = %(now)s,
           password_hash = COALESCE(%(rehashed)s, password_hash)
     WHERE id = %(user)s
"""


def sign_in(
    database: Transactions,
    login: str,
    password: str,
    address: str,
    now: datetime,
    request: str = "",
) -> User | CodeAsked | Refused:
    """The user, or that a code is asked for, or why not. Raises `hashing.Busy`.

    Refused 'org.sign_in_wrong' or 'org.sign_in_locked' (fact: until). Unknown and deactivated
    logins and interfaces (005) are answered like a wrong password, and as slowly. Failures are
    forgotten only once the second factor is given: its tries are limited by the same count.
    """
    with TURNS.turn() as turn:
        with database.transaction("may sign in") as conn:
            known = _may_try(conn, login, address, now)
        if isinstance(known, Refused):
            return known
        right = turn.matches(known.password_hash, password) and known.may
        fresh = right and hashing.outdated(known.password_hash)
        rehashed = turn.hashed(password) if fresh else None
    with database.transaction("sign in") as conn:
        if not right or known.key is None:
            return _failed(conn, login, address, now, request, known)
        if known.has_second_factor:
            return CodeAsked(known.key, known.epoch)
        return _succeeded(conn, known.key, address, now, request, rehashed)


def sign_in_with_code(
    conn: Connection,
    asked: CodeAsked,
    code: str,
    address: str,
    now: datetime,
    key: bytes,
    request: str = "",
) -> User | Refused:
    """The second step: the user, or 'second_factor.code_wrong' or 'org.sign_in_locked'.

    'org.sign_in_again' where the first step counts no more. `key` opens the kept secrets.
    """
    known = user(conn, asked.user_id)
    if known is None or not known.active or known.session_epoch != asked.session_epoch:
        return Refused("org.sign_in_again")
    if (refused := _address_locked(conn, address, now)) is not None:
        return refused
    tried = _known(conn, known.login)
    if tried.locked_until is not None and tried.locked_until > now:
        return Refused("org.sign_in_locked", until=tried.locked_until)
    opened = second_factor.accepts(conn, known.id, code, key, now)
    if opened is None:
        said = _failed(conn, known.login, address, now, request, tried, step="code")
        wrong = said.code == "org.sign_in_wrong"
        return Refused("second_factor.code_wrong", field="code") if wrong else said
    return _succeeded(conn, known.id, address, now, request, None, by=opened)


def check_password(
    database: Transactions,
    who: User,
    password: str,
    address: str,
    now: datetime,
    request: str = "",
) -> Refused | None:
    """Why somebody signed in may not do what needs their password; None: it is theirs.

    For callers without an open transaction. Guessing is slowed as at the door: Refused
    'org.password_present_wrong', 'org.sign_in_locked' (fact: until). Raises `hashing.Busy`.
    """
    with TURNS.turn() as turn:
        with database.transaction("may check password") as conn:
            known = _known(conn, who.login)
        if known.locked_until is not None and known.locked_until > now:
            return Refused("org.sign_in_locked", until=known.locked_until)
        if turn.matches(known.password_hash, password):
            return None
    with database.transaction("wrong password") as conn:
        said = _failed(conn, who.login, address, now, request, known, step="account")
    wrong = said.code == "org.sign_in_wrong"
    return Refused("org.password_present_wrong", field="present") if wrong else said


@dataclass(frozen=True, slots=True)
class _Known:
    """What a try is measured against; `key` None: nobody has this login."""

    key: int | None
    password_hash: str
    may: bool
    failed: int
    locked_until: datetime | None
    has_second_factor: bool
    epoch: int


def _known(conn: Connection, login: str) -> _Known:
    """Whoever has this login, or nobody, measured against a hash that no password fits."""
    facts = {"login": login, "interface": UserType.INTERFACE.value}
    row = conn.execute(FOUND, facts).fetchone()
    return _Known(*row) if row else _Known(None, hashing.NOBODY, False, 0, None, False, 0)


def _may_try(conn: Connection, login: str, address: str, now: datetime) -> _Known | Refused:
    if (refused := _address_locked(conn, address, now)) is not None:
        return refused
    known = _known(conn, login)
    if known.key is None:
        tries = scalar(conn, TRIES, subject=f"login:{login}", since=now - ADDRESS_SPAN)
        assert isinstance(tries, int)
        return replace(known, failed=tries)
    if known.locked_until is not None and known.locked_until > now:
        return Refused("org.sign_in_locked", until=known.locked_until)
    return known


def _address_locked(conn: Connection, address: str, now: datetime) -> Refused | None:
    tries = scalar(conn, TRIES, subject=f"address:{address}", since=now - ADDRESS_SPAN)
    assert isinstance(tries, int)
    if tries >= ADDRESS_TRIES:
        return Refused("org.sign_in_locked", until=now + ADDRESS_SPAN)
    return None


def _succeeded(
    conn: Connection,
    key: int,
    address: str,
    now: datetime,
    request: str,
    rehashed: PasswordHash | None,
    **facts: str,
) -> User:
    conn.execute(NOTE_SUCCESS, {"user": key, "now": now, "rehashed": rehashed})
    found = user(conn, key)
    assert found is not None
    subject = f"user:{found.login}"
    audit.record(conn, found.login, "user.signed_in", subject, request, address=address, **facts)
    return found


def _failed(
    conn: Connection,
    login: str,
    address: str,
    now: datetime,
    request: str,
    known: _Known,
    **facts: str,
) -> Refused:
    for subject in (f"address:{address}", f"login:{login}"):
        conn.execute(NOTE_TRY, {"subject": subject, "now": now})
    conn.execute(FORGET_TRIES, {"before": now - ADDRESS_SPAN})
    until = lock_after(known.failed + 1, now)
    if known.key is not None:
        noted = {"user": known.key, "failed": known.failed + 1, "until": until}
        conn.execute(NOTE_FAILURE, noted)
    shown = login[:64] or "-"
    audit.record(
        conn,
        "system:portal",
        "user.sign_in_failed",
        f"user:{shown}",
        request,
        address=address,
        **facts,
    )
    if until is not None:
        return Refused("org.sign_in_locked", until=until)
    return Refused("org.sign_in_wrong")


def lock_after(failed: int, now: datetime) -> datetime | None:
    """Until when a login is locked after so many failures in a row: twice as long each time."""
    if failed < FREE_TRIES:
        return None
    doublings: int = 1 << min(failed - FREE_TRIES, 16)
    return now + min(FIRST_LOCK * doublings, LONGEST_LOCK)


def sign_out(conn: Connection, login: str, request: str = "") -> None:
    """Note that somebody has signed out."""
    audit.record(conn, login, "user.signed_out", f"user:{login}", request)
