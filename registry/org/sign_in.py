"""Signing in: the right password, not too many wrong ones, all of it audited (J1).

A refusal is returned, not raised, so that the caller's transaction commits what was noted of it.
"""

from datetime import datetime, timedelta
from typing import Final, LiteralString

from db import Connection, Refused, audit, scalar
from registry.org import passwords
from registry.org.users import User, user

FREE_TRIES: Final = 5  # of one login, before it is locked
FIRST_LOCK: Final = timedelta(minutes=1)
LONGEST_LOCK: Final = timedelta(hours=1)
ADDRESS_TRIES: Final = 60  # of one address, whatever the logins, within ADDRESS_SPAN
ADDRESS_SPAN: Final = timedelta(minutes=10)

FOUND: LiteralString = """
    SELECT id, password_hash, active, failed_logins, locked_until
      FROM app_user WHERE login = %(login)s
       FOR UPDATE
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
    conn: Connection, login: str, password: str, address: str, now: datetime, request: str = ""
) -> User | Refused:
    """The user, or why not: 'org.sign_in_wrong' or 'org.sign_in_locked' (fact: until).

    Unknown and deactivated logins are answered like a wrong password, and as slowly.
    """
    since = now - ADDRESS_SPAN
    tries = scalar(conn, TRIES, subject=f"address:{address}", since=since)
    assert isinstance(tries, int)
    if tries >= ADDRESS_TRIES:
        return Refused("org.sign_in_locked", until=now + ADDRESS_SPAN)
    row = conn.execute(FOUND, {"login": login}).fetchone()
    if row is None:
        passwords.matches(passwords.NOBODY, password)
        unknown = scalar(conn, TRIES, subject=f"login:{login}", since=since)
        assert isinstance(unknown, int)
        return _failed(conn, login, address, now, request, None, unknown)
    key, kept, active, failed, locked_until = row
    if locked_until is not None and locked_until > now:
        return Refused("org.sign_in_locked", until=locked_until)
    if not passwords.matches(kept, password) or not active:
        return _failed(conn, login, address, now, request, key, failed)
    rehashed = passwords.hashed(password) if passwords.outdated(kept) else None
    conn.execute(NOTE_SUCCESS, {"user": key, "now": now, "rehashed": rehashed})
    found = user(conn, key)
    assert found is not None
    audit.record(conn, login, "user.signed_in", f"user:{login}", request, address=address)
    return found


def _failed(
    conn: Connection,
    login: str,
    address: str,
    now: datetime,
    request: str,
    key: int | None,
    failed: int,
) -> Refused:
    for subject in (f"address:{address}", f"login:{login}"):
        conn.execute(NOTE_TRY, {"subject": subject, "now": now})
    conn.execute(FORGET_TRIES, {"before": now - ADDRESS_SPAN})
    until = lock_after(failed + 1, now)
    if key is not None:
        conn.execute(NOTE_FAILURE, {"user": key, "failed": failed + 1, "until": until})
    shown = login[:64] or "-"
    audit.record(
        conn, "system:portal", "user.sign_in_failed", f"user:{shown}", request, address=address
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
