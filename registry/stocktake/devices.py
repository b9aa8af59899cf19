"""Devices that count for a person (H3): guns and apps, with tokens that can be revoked."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, LiteralString

from psycopg.rows import class_row

from db import Connection, Refused, audit, scalar
from db.text import clean
from registry.org import User, user

LONGEST_NAME: Final = 60
LASTS: Final = timedelta(days=180)  # unless a setting says otherwise
SOON: Final = timedelta(days=14)
PREFIX: Final = "phd_"  # so that a token that leaks is recognised for what it is


@dataclass(frozen=True, slots=True)
class Device:
    """Somebody's device; its token is not read again."""

    id: int
    name: str
    created_at: datetime
    seen_at: datetime | None
    seen_address: str
    revoked_at: datetime | None
    expires_at: datetime
    phone: bool  # signed in with the app

    def ends_soon(self, now: datetime) -> bool:
        """Whether it is time to think of its successor."""
        return self.expires_at - now < SOON


# A phone that is signed out is no device any more; a gun stays to be told apart from its successor.
OF_USER: LiteralString = """
    SELECT device.id, device.name, device.created_at, seen_at, seen_address, revoked_at,
           expires_at,
           device.session_epoch IS NOT NULL AS phone
      FROM scan_device AS device JOIN app_user ON app_user.id = user_id
     WHERE user_id = %(user)s AND (device.session_epoch IS NULL
       OR (revoked_at IS NULL AND device.session_epoch = app_user.session_epoch))
     ORDER BY (revoked_at IS NOT NULL), device.id DESC
"""


def of_user(conn: Connection, owner: int) -> list[Device]:
    """The devices of the user with this id, those in use first."""
    with conn.cursor(row_factory=class_row(Device)) as cursor:
        return cursor.execute(OF_USER, {"user": owner}).fetchall()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


ADD: LiteralString = """
    INSERT INTO scan_device (user_id, name, token_hash, created_at, expires_at, session_epoch)
    VALUES (%(user)s, %(name)s, %(hash)s, %(now)s, %(ends)s, %(epoch)s) RETURNING id
"""


def add(
    conn: Connection, owner: User, name: str, now: datetime, request: str, lasts: timedelta = LASTS
) -> tuple[int, str]:
    """(id, token) of a new gun or other app of the owner's. The token is told this once, and ends
    after `lasts`, however often it is used: whoever has copied it has it no longer than that.

    Raises Refused 'device.name'.
    """
    return _add(conn, owner, name, None, now, request, lasts)


def add_phone(
    conn: Connection, owner: User, name: str, now: datetime, request: str, lasts: timedelta = LASTS
) -> tuple[int, str]:
    """(id, token) of a phone that the owner has just signed in on. It ends when it is revoked,
    after `lasts`, when it rests for `RESTS`, and with what ends their sessions: another password,
    signing out everywhere, deactivation. Raises Refused 'device.name'.
    """
    return _add(conn, owner, name, owner.session_epoch, now, request, lasts)


def _add(
    conn: Connection,
    owner: User,
    name: str,
    epoch: int | None,
    now: datetime,
    request: str,
    lasts: timedelta,
) -> tuple[int, str]:
    called, token = clean(name), PREFIX + secrets.token_urlsafe(32)
    if not called or len(called) > LONGEST_NAME:
        raise Refused("device.name", field="name", most=LONGEST_NAME)
    facts = {"user": owner.id, "name": called, "hash": _hash(token), "now": now,
             "ends": now + lasts, "epoch": epoch}  # fmt: skip
    key = scalar(conn, ADD, **facts)
    assert isinstance(key, int)
    audit.record(conn, owner.login, "scan_device.added", f"scan_device:{key}", request, name=called)
    return key, token


REVOKE: LiteralString = """
    UPDATE scan_device SET revoked_at = %(now)s
     WHERE id = %(device)s AND user_id = %(user)s AND revoked_at IS NULL
    RETURNING id
"""


def revoke(conn: Connection, actor: User, device: int, now: datetime, request: str,
           owner: int | None = None) -> None:  # fmt: skip
    """From now on the token of a device of the actor's own opens nothing; or of `owner`'s (a user's
    id: the caller has asked whether the actor keeps them). Raises Refused 'device.not_found'.
    """
    whose = actor.id if owner is None else owner
    if scalar(conn, REVOKE, device=device, user=whose, now=now) is None:
        raise Refused("device.not_found")
    of = {} if whose == actor.id else {"owner": whose}
    audit.record(conn, actor.login, "scan_device.revoked", f"scan_device:{device}", request, **of)


FIND: LiteralString = """
    SELECT device.id, user_id, seen_at
      FROM scan_device AS device JOIN app_user ON app_user.id = user_id
     WHERE token_hash = %(hash)s AND revoked_at IS NULL AND expires_at > %(now)s
       AND (device.session_epoch IS NULL OR (device.session_epoch = app_user.session_epoch
            AND coalesce(seen_at, device.created_at) > %(since)s))
       AND (totp_secret IS NOT NULL OR NOT EXISTS (
            SELECT FROM user_role JOIN second_factor_rule AS rule USING (role)
             WHERE user_role.user_id = app_user.id AND rule.type = app_user.type))
"""
# Once a minute is enough to tell by, and a row that each scan writes would hold the others up.
SEEN: LiteralString = """
    UPDATE scan_device SET seen_at = %(now)s, seen_address = %(address)s WHERE id = %(device)s
"""
SEEN_EVERY: Final = timedelta(minutes=1)
RESTS: Final = timedelta(days=90)  # a phone that rests longer than a stocktake takes signs in anew


def signed_in(
    conn: Connection, token: str, now: datetime, address: str = ""
) -> tuple[int, User] | None:
    """(the device's id, whose it is); None for a token that is none, revoked, over, ended with the
    owner's sessions, or of somebody who may not sign in, has a temporary password, or has not the
    second factor that their role asks for.
    """
    facts = {"hash": _hash(token), "since": now - RESTS, "now": now}
    row = conn.execute(FIND, facts).fetchone()
    owner = user(conn, row[1]) if row else None
    if row is None or owner is None or not owner.active or owner.must_change_password:
        return None
    device, _owner, seen_at = row
    if seen_at is None or now - seen_at > SEEN_EVERY:
        conn.execute(SEEN, {"device": device, "now": now, "address": address})
    return device, owner
