"""Passwords in the form of mosquitto's password file."""

import base64
import hashlib
import hmac
import secrets
from typing import Final

# Above mosquitto_passwd's 101, and still under a millisecond: the broker computes it in its only
# thread at each sign-in, and after a power cut all gateways sign in at once.
ITERATIONS: Final = 1_000
SALT_BYTES: Final = 12


def hash_password(password: str) -> str:
    """`$7$iterations$salt$hash`: PBKDF2 with HMAC-SHA-512, as mosquitto 2 reads it."""
    salt = secrets.token_bytes(SALT_BYTES)
    return _hashed(password, salt, ITERATIONS)


def verify_password(password: str, hashed: str) -> bool:
    """Whether `hashed`, as `hash_password` or mosquitto_passwd wrote it, is of `password`."""
    try:
        _, kind, iterations, salt, _ = hashed.split("$")
        if kind != "7":
            return False
        again = _hashed(password, base64.b64decode(salt, validate=True), int(iterations))
    except ValueError:
        return False
    return hmac.compare_digest(again, hashed)


def _hashed(password: str, salt: bytes, iterations: int) -> str:
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, iterations)
    return f"$7${iterations}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"
