"""Browsers in which somebody has signed in fully: guessing elsewhere locks none of them out (J1).

A cookie bears a random token, the row its hash, bound to the user; another password ends it.
The idea is OWASP's "device cookies" (Blocking Brute Force Attacks).
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Final, LiteralString

from db import Connection, Database, scalar

KEPT: Final = timedelta(days=180)  # after the last full sign-in
MOST: Final = 10  # of one user; the oldest goes
TOKEN_BYTES: Final = 32


def _hash(token: str) -> bytes:
    """256 random bits: nobody guesses them from a plain hash."""
    return hashlib.sha256(token.encode()).digest()


FIND: LiteralString = """
    SELECT token_hash
      FROM known_device JOIN app_user ON app_user.id = known_device.user_id
     WHERE token_hash = %(hash)s AND login = %(login)s AND seen_at > %(since)s
"""


def find(conn: Connection, login: str, token: str, now: datetime) -> bytes | None:
    """The hash of the token, where it is of a device known for `login`."""
    found = scalar(conn, FIND, hash=_hash(token), login=login, since=now - KEPT)
    assert found is None or isinstance(found, bytes)
    return found


RENEW: LiteralString = """
    UPDATE known_device SET token_hash = %(fresh)s WHERE token_hash = %(hash)s
"""
REMEMBER: LiteralString = """
    INSERT INTO known_device (token_hash, user_id, seen_at) VALUES (%(hash)s, %(user)s, %(now)s)
    ON CONFLICT (token_hash, user_id) DO UPDATE SET seen_at = EXCLUDED.seen_at
"""
DROP_OLDEST: LiteralString = """
    DELETE FROM known_device
     WHERE user_id = %(user)s
       AND token_hash IN (SELECT token_hash FROM known_device WHERE user_id = %(user)s
                           ORDER BY seen_at DESC OFFSET %(most)s)
"""


def remember(conn: Connection, user: int, token: str, now: datetime) -> str:
    """Know this browser by a new token, for all who were known in it; it.

    Whoever planted the one that it bore (`token`) holds nothing.
    """
    fresh = secrets.token_urlsafe(TOKEN_BYTES)
    conn.execute(RENEW, {"hash": _hash(token), "fresh": _hash(fresh)})
    conn.execute(REMEMBER, {"hash": _hash(fresh), "user": user, "now": now})
    conn.execute(DROP_OLDEST, {"user": user, "most": MOST})
    return fresh


FORGET: LiteralString = "DELETE FROM known_device WHERE user_id = %(user)s"


def forget_all(conn: Connection, user: int) -> None:
    """Know no device of the user's any more."""
    conn.execute(FORGET, {"user": user})


PURGE: LiteralString = "DELETE FROM known_device WHERE seen_at < %(before)s"


def purge(database: Database, now: datetime) -> None:
    """Remove what is too old to count; a job of the schedule."""
    with database.transaction("purge known devices") as conn:
        conn.execute(PURGE, {"before": now - KEPT})
