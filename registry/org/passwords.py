"""Passwords: what a good one is, and how they are kept."""

from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from db import Refused

LEAST_LENGTH: Final = 10
LONGEST: Final = 200
# The common ones that are long enough to pass otherwise.
COMMON: Final = frozenset(
    {
        "1234567890", "0123456789", "9876543210", "1111111111", "0000000000", "1234554321",
        "qwertyuiop", "1qaz2wsx3edc", "1q2w3e4r5t", "qazwsxedcrfv", "password123", "password1234",
        "passw0rd123", "p@ssw0rd123", "admin12345", "admin123456", "administrator", "abc1234567",
        "abcd123456", "abcdefghij", "a123456789", "aa12345678", "qq123456789", "woaini1314",
        "woaini520520", "5201314520", "iloveyou123", "welcome123", "changeme123", "letmein1234",
        "hainan123456", "haikou123456", "sanya123456", "caizheng123", "zichan123456",
    }
)  # fmt: skip

# RFC 9106's second recommendation: 64 MiB, 3 passes, 4 lanes.
_hasher = PasswordHasher()
# Somebody unknown is answered as slowly as somebody known.
NOBODY: Final = _hasher.hash("nobody has this password")


def check(login: str, password: str) -> None:
    """Refuse a password that is short, common, or says the login."""
    if len(password) < LEAST_LENGTH:
        raise Refused("org.password_short", field="password", least=LEAST_LENGTH)
    if len(password) > LONGEST:
        raise Refused("org.password_long", field="password", most=LONGEST)
    if password.lower() in COMMON or len(set(password)) < 4:
        raise Refused("org.password_common", field="password")
    if login.lower() in password.lower() and len(password) < len(login) + LEAST_LENGTH:
        raise Refused("org.password_says_login", field="password")


def hashed(password: str) -> str:
    """Argon2id with a salt of its own, in the encoded form."""
    return _hasher.hash(password)


def matches(kept: str, password: str) -> bool:
    """Whether `password` is the one that was hashed to `kept`."""
    try:
        return _hasher.verify(kept, password[: LONGEST + 1])
    except (VerificationError, InvalidHashError):
        return False


def outdated(kept: str) -> bool:
    """Whether it was hashed with parameters that are no longer ours."""
    return _hasher.check_needs_rehash(kept)
