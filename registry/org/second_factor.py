"""The second factor: one-time codes of an authenticator (RFC 6238), and recovery codes.

Secrets are kept encrypted; a code opens once, and a recovery code is kept only as its hash.
"""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Final, LiteralString
from urllib.parse import quote, urlencode

from cryptography.fernet import Fernet, InvalidToken

from db import Connection, Refused, audit, scalar
from registry.org.session_ends import Ending, end_all
from registry.org.users import User

STEP_S: Final = 30
DIGITS: Final = 6
WINDOW: Final = 1  # steps that a clock may be off, either way
SECRET_BYTES: Final = 20  # RFC 4226: as long as the hash
RECOVERY_CODES: Final = 10
ALPHABET: Final = "23456789abcdefghjkmnpqrstuvwxyz"  # nothing that is read as something else
RECOVERY_LENGTH: Final = 10
ISSUER: Final = "panhuo"


def code_at(secret: bytes, step: int, digits: int = DIGITS) -> str:
    """The code of a time step (RFC 4226 with SHA-1)."""
    mac = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    place = mac[-1] & 0x0F
    number = int.from_bytes(mac[place : place + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**digits:0{digits}d}"


def step_of(now: datetime) -> int:
    """The time step of a moment."""
    return int(now.timestamp()) // STEP_S


def matching_step(secret: bytes, code: str, now: datetime, after: int) -> int | None:
    """The step that `code` is of, within the window and later than `after`; None: it opens not."""
    here = step_of(now)
    given = "".join(code.split())
    for step in range(here - WINDOW, here + WINDOW + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), given.encode()) and step > after:
            return step
    return None


def address(secret: bytes, login: str, issuer: str = ISSUER) -> str:
    """The otpauth:// address that an authenticator reads from the picture."""
    label = quote(f"{issuer}:{login}")
    facts = {"secret": in_letters(secret), "issuer": issuer, "digits": DIGITS, "period": STEP_S}
    return f"otpauth://totp/{label}?{urlencode(facts)}"


def in_letters(secret: bytes) -> str:
    """The secret as one types it by hand."""
    return base64.b32encode(secret).decode().rstrip("=")


KEEP_PENDING: LiteralString = """
    UPDATE app_user SET totp_pending = %(kept)s WHERE id = %(user)s AND totp_secret IS NULL
    RETURNING id
"""
PENDING: LiteralString = "SELECT totp_pending FROM app_user WHERE id = %(user)s"


def begin(conn: Connection, user: User, key: bytes) -> bytes:
    """A fresh secret for `user`, not in force before it is confirmed.

    Raises Refused 'second_factor.on_already'.
    """
    secret = secrets.token_bytes(SECRET_BYTES)
    kept = Fernet(key).encrypt(secret)
    if scalar(conn, KEEP_PENDING, user=user.id, kept=kept) is None:
        raise Refused("second_factor.on_already")
    return secret


def pending(conn: Connection, user: User, key: bytes) -> bytes | None:
    """The secret that waits for its confirmation."""
    kept = scalar(conn, PENDING, user=user.id)
    assert kept is None or isinstance(kept, bytes)
    return _opened(kept, key) if kept is not None else None


def _opened(kept: bytes, key: bytes) -> bytes | None:
    """The secret; None where the key has been changed since: recovery codes still open."""
    try:
        return Fernet(key).decrypt(kept)
    except InvalidToken:
        return None


TURN_ON: LiteralString = """
    UPDATE app_user
       SET totp_secret = totp_pending, totp_pending = NULL, totp_last_step = %(step)s,
           session_epoch = session_epoch + 1
     WHERE id = %(user)s AND totp_pending IS NOT NULL AND totp_secret IS NULL
    RETURNING session_epoch
"""


def confirm(
    conn: Connection,
    user: User,
    code: str,
    key: bytes,
    now: datetime,
    request: str = "",
    kept: int | None = None,
) -> tuple[list[str], int]:
    """Turn it on with the first right code; the recovery codes, and the new session epoch.

    Every session but `kept` ends: it was opened without the second factor. Raises Refused
    'second_factor.not_begun' or 'second_factor.code_wrong'.
    """
    secret = pending(conn, user, key)
    if secret is None:
        raise Refused("second_factor.not_begun")
    step = matching_step(secret, code, now, 0)
    if step is None:
        raise Refused("second_factor.code_wrong", field="code")
    epoch = scalar(conn, TURN_ON, user=user.id, step=step)
    if epoch is None:
        raise Refused("second_factor.on_already")
    assert isinstance(epoch, int)
    end_all(conn, user.id, Ending.SECOND_FACTOR, kept)
    codes = _fresh_codes(conn, user.id)
    audit.record(conn, user.login, "user.second_factor_on", f"user:{user.login}", request)
    return codes, epoch


FORGET_CODES: LiteralString = "DELETE FROM recovery_code WHERE user_id = %(user)s"
ADD_CODE: LiteralString = """
    INSERT INTO recovery_code (user_id, hash) VALUES (%(user)s, %(hash)s)
"""


def _fresh_codes(conn: Connection, user_id: int) -> list[str]:
    """Ten codes instead of any earlier ones."""
    codes = [
        "".join(secrets.choice(ALPHABET) for _letter in range(RECOVERY_LENGTH))
        for _code in range(RECOVERY_CODES)
    ]
    conn.execute(FORGET_CODES, {"user": user_id})
    for code in codes:
        conn.execute(ADD_CODE, {"user": user_id, "hash": _hash(code)})
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def _hash(code: str) -> bytes:
    """31^10 possible codes, tries limited: a plain hash needs no slowness."""
    letters = "".join(letter for letter in code.lower() if letter.isalnum())
    return hashlib.sha256(f"recovery\x1f{letters}".encode()).digest()


def new_codes(conn: Connection, user: User, request: str = "") -> list[str]:
    """Fresh recovery codes; the old ones open nothing any more.

    Raises Refused 'second_factor.off_already'.
    """
    if not is_on(conn, user.id):
        raise Refused("second_factor.off_already")
    codes = _fresh_codes(conn, user.id)
    audit.record(conn, user.login, "user.recovery_codes_made", f"user:{user.login}", request)
    return codes


IS_ON: LiteralString = "SELECT totp_secret IS NOT NULL FROM app_user WHERE id = %(user)s"
CODES_LEFT: LiteralString = """
    SELECT count(*) FROM recovery_code WHERE user_id = %(user)s AND used_at IS NULL
"""


def is_on(conn: Connection, user_id: int) -> bool:
    """Whether the user is asked for a code."""
    return bool(scalar(conn, IS_ON, user=user_id))


def codes_left(conn: Connection, user_id: int) -> int:
    """How many recovery codes have not been used."""
    found = scalar(conn, CODES_LEFT, user=user_id)
    assert isinstance(found, int)
    return found


KEPT: LiteralString = """
    SELECT totp_secret, totp_last_step FROM app_user WHERE id = %(user)s FOR UPDATE
"""
USE_STEP: LiteralString = "UPDATE app_user SET totp_last_step = %(step)s WHERE id = %(user)s"
USE_CODE: LiteralString = """
    UPDATE recovery_code SET used_at = %(now)s
     WHERE user_id = %(user)s AND hash = %(hash)s AND used_at IS NULL
    RETURNING id
"""


def accepts(conn: Connection, user_id: int, code: str, key: bytes, now: datetime) -> str | None:
    """What opened: 'code' or 'recovery_code', used up by it; None where nothing did."""
    row = conn.execute(KEPT, {"user": user_id}).fetchone()
    if row is None or row[0] is None:
        return None
    secret = _opened(row[0], key)
    step = matching_step(secret, code, now, row[1]) if secret else None
    if step is not None:
        conn.execute(USE_STEP, {"user": user_id, "step": step})
        return "code"
    if scalar(conn, USE_CODE, user=user_id, hash=_hash(code), now=now) is not None:
        return "recovery_code"
    return None


TURN_OFF: LiteralString = """
    UPDATE app_user SET totp_secret = NULL, totp_pending = NULL
     WHERE id = %(user)s AND totp_secret IS NOT NULL
    RETURNING login
"""


def turn_off(conn: Connection, actor: str, user_id: int, request: str = "") -> None:
    """Ask for no code any more: by the user with their password, or by who manages them.

    Raises Refused 'second_factor.off_already'.
    """
    login = scalar(conn, TURN_OFF, user=user_id)
    if login is None:
        raise Refused("second_factor.off_already")
    conn.execute(FORGET_CODES, {"user": user_id})
    audit.record(conn, actor, "user.second_factor_off", f"user:{login}", request)
