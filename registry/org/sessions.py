"""Sessions: who has signed in where, since when, and until what ends it (J1).

The browser holds a random token; the row its hash. The token changes whenever the session may do
more than before, so that one that was known earlier opens nothing.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, LiteralString

from psycopg.rows import class_row

from db import Connection, Database, Refused, audit, scalar
from registry.org.session_ends import Ending
from registry.org.sign_in import CodeAsked
from registry.org.users import User, of_row

TOKEN_BYTES: Final = 32
HALF: Final = timedelta(minutes=5)  # between the password and the code
CONFIRMED: Final = timedelta(minutes=10)  # after which the password is asked for again
SEEN_EVERY: Final = timedelta(minutes=1)
KEPT: Final = timedelta(days=30)  # after its last use, ended or not
LONGEST_AGENT: Final = 300


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a session goes on: without a request, and in any case."""

    idle: timedelta
    longest: timedelta


@dataclass(frozen=True, slots=True)
class Device:
    """Where a request came from."""

    address: str
    user_agent: str


@dataclass(frozen=True, slots=True)
class Session:
    """A session that goes on, and whose it is."""

    id: int
    user: User
    confirmed_at: datetime
    needs_second_factor: bool  # their role asks for one, and they have none

    def is_confirmed(self, now: datetime) -> bool:
        """Whether the password was typed just now: then it is not asked for again."""
        return now - self.confirmed_at <= CONFIRMED


def _hash(token: str) -> bytes:
    """256 random bits: nobody guesses them from a plain hash."""
    return hashlib.sha256(token.encode()).digest()


BEGIN: LiteralString = """
    INSERT INTO login_session (token_hash, user_id, epoch, complete, began_at, seen_at,
                               confirmed_at, address, user_agent)
    VALUES (%(hash)s, %(user)s, %(epoch)s, %(complete)s, %(now)s, %(now)s, %(now)s, %(address)s,
            %(agent)s)
"""


def begin(conn: Connection, user: User, device: Device, now: datetime) -> str:
    """A session of somebody who has just given all that is asked for; its token."""
    return _begin(conn, user.id, user.session_epoch, True, device, now)


def begin_half(conn: Connection, asked: CodeAsked, device: Device, now: datetime) -> str:
    """The password was right, the code is to come within `HALF`: the token opens nothing else."""
    return _begin(conn, asked.user_id, asked.session_epoch, False, device, now)


def _begin(
    conn: Connection, user: int, epoch: int, complete: bool, device: Device, now: datetime
) -> str:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    facts = {"hash": _hash(token), "user": user, "epoch": epoch, "complete": complete, "now": now,
             "address": device.address, "agent": device.user_agent[:LONGEST_AGENT]}  # fmt: skip
    conn.execute(BEGIN, facts)
    return token


FIND_HALF: LiteralString = """
    SELECT user_id, epoch FROM login_session
     WHERE token_hash = %(hash)s AND NOT complete AND ended_at IS NULL AND began_at > %(since)s
"""


def half(conn: Connection, token: str, now: datetime) -> CodeAsked | None:
    """Whose code is awaited; None where it took too long, or nobody's is."""
    row = conn.execute(FIND_HALF, {"hash": _hash(token), "since": now - HALF}).fetchone()
    return CodeAsked(*row) if row else None


# One primary key leads to everything that is asked about whoever asks, in one round trip.
FIND: LiteralString = """
    SELECT login_session.id, login_session.confirmed_at, login_session.seen_at,
           app_user.id, app_user.login, app_user.name, app_user.type, app_user.unit_id, unit.name,
           app_user.section_id, app_user.active, app_user.session_epoch,
           app_user.must_change_password,
           ARRAY(SELECT role FROM user_role WHERE user_id = app_user.id),
           totp_secret IS NULL AND EXISTS (
               SELECT FROM user_role JOIN second_factor_rule AS rule USING (role)
                WHERE user_role.user_id = app_user.id AND rule.type = app_user.type)
      FROM login_session
      JOIN app_user ON app_user.id = login_session.user_id
      JOIN unit ON unit.id = app_user.unit_id
     WHERE token_hash = %(hash)s AND complete AND ended_at IS NULL AND seen_at > %(seen)s
       AND began_at > %(began)s AND app_user.active AND epoch = session_epoch
"""
SEEN: LiteralString = """
    UPDATE login_session SET seen_at = %(now)s, address = %(address)s WHERE id = %(session)s
"""


def find(
    conn: Connection, token: str, limits: Limits, address: str, now: datetime
) -> Session | None:
    """The session that the token opens; None where there is none, or it has ended."""
    facts = {"hash": _hash(token), "seen": now - limits.idle, "began": now - limits.longest}
    row = conn.execute(FIND, facts).fetchone()
    if row is None:
        return None
    key, confirmed_at, seen_at, *of_user, needs_second_factor = row
    if now - seen_at > SEEN_EVERY:
        conn.execute(SEEN, {"session": key, "now": now, "address": address})
    return Session(key, of_row(tuple(of_user)), confirmed_at, needs_second_factor)


RENEW: LiteralString = """
    UPDATE login_session
       SET token_hash = %(hash)s, epoch = %(epoch)s
     WHERE id = %(session)s AND ended_at IS NULL
"""


def renew(conn: Connection, session: int, epoch: int) -> str:
    """Another token for the session that goes on, in this epoch, where all others of the person
    have been ended; the old one opens nothing.
    """
    token = secrets.token_urlsafe(TOKEN_BYTES)
    conn.execute(RENEW, {"session": session, "hash": _hash(token), "epoch": epoch})
    return token


CONFIRM: LiteralString = """
    UPDATE login_session SET token_hash = %(hash)s, confirmed_at = %(now)s
     WHERE id = %(session)s AND ended_at IS NULL
"""


def confirm(conn: Connection, session: int, now: datetime) -> str:
    """The owner has just typed their password: for `CONFIRMED` it isn't asked for again. Another
    token, since this one may do more than the one before.
    """
    token = secrets.token_urlsafe(TOKEN_BYTES)
    conn.execute(CONFIRM, {"session": session, "hash": _hash(token), "now": now})
    return token


END_BY_COOKIE: LiteralString = """
    UPDATE login_session SET ended_at = now(), end_reason = %(reason)s
     WHERE token_hash = %(hash)s AND ended_at IS NULL
"""


def sign_out(conn: Connection, token: str) -> None:
    """End the session of this token, whole or half; no matter whether there is one."""
    reason = Ending.SIGNED_OUT.value
    conn.execute(END_BY_COOKIE, {"hash": _hash(token), "reason": reason})


@dataclass(frozen=True, slots=True)
class Listed:
    """A session as its owner sees it."""

    id: int
    began_at: datetime
    seen_at: datetime
    address: str
    user_agent: str


OF_USER: LiteralString = """
    SELECT login_session.id, began_at, seen_at, login_session.address, user_agent
      FROM login_session JOIN app_user ON app_user.id = user_id
     WHERE user_id = %(user)s AND complete AND ended_at IS NULL AND seen_at > %(seen)s
       AND began_at > %(began)s AND epoch = session_epoch
     ORDER BY seen_at DESC, login_session.id DESC
"""


def of_user(conn: Connection, user: int, limits: Limits, now: datetime) -> list[Listed]:
    """The sessions of a user (an id) that go on, the last used first."""
    facts = {"user": user, "seen": now - limits.idle, "began": now - limits.longest}
    with conn.cursor(row_factory=class_row(Listed)) as cursor:
        return cursor.execute(OF_USER, facts).fetchall()


END: LiteralString = """
    UPDATE login_session SET ended_at = now(), end_reason = %(reason)s
     WHERE id = %(session)s AND user_id = %(user)s AND ended_at IS NULL
    RETURNING (SELECT login FROM app_user WHERE app_user.id = user_id)
"""


def end(conn: Connection, actor: User, owner: int, session: int, request: str = "") -> None:
    """End one session of `owner` (an id); the caller has asked whether the actor keeps them.

    Raises Refused 'session.not_found'.
    """
    own = owner == actor.id
    reason = Ending.BY_OWNER if own else Ending.BY_ADMINISTRATOR
    login = scalar(conn, END, session=session, user=owner, reason=reason.value)
    if login is None:
        raise Refused("session.not_found")
    audit.record(conn, actor.login, "session.ended", f"user:{login}", request)


PURGE: LiteralString = "DELETE FROM login_session WHERE seen_at < %(before)s"


def purge(database: Database, now: datetime) -> None:
    """Remove the rows of sessions that are long over; a job of the schedule."""
    with database.transaction("purge sessions") as conn:
        conn.execute(PURGE, {"before": now - KEPT})
