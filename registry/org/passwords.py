"""Passwords: what a good one is."""

import re
from functools import cache
from pathlib import Path
from typing import Final

from db import Refused
from registry.org.hashing import LONGEST, RESERVED, TURNS, PasswordHash

LEAST_LENGTH: Final = 10
LEAST_OWN: Final = 6  # characters beside what anybody guesses
HERE: Final = Path(__file__).parent
# As one types across a keyboard, an alphabet, or the digits; backwards as well.
WALKS: Final = (
    "1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "abcdefghijklmnopqrstuvwxyz", "0123456789",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "qazwsxedcrfvtgbyhnujmikolp", "1q2w3e4r5t6y7u8i9o0p",
    "!@#$%^&*()", "147258369", "789456123",
)  # fmt: skip
LEAST_WALK: Final = 4
DATE: Final = re.compile(r"(?:19|20)\d{2}(?:(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])?)?")
REPEAT: Final = re.compile(r"(.{1,5}?)\1{2,}|(.{3,})\2+")
SIMILAR: Final = str.maketrans("@430157$!", "aaeoistsi")


@cache
def common() -> frozenset[str]:
    """The common ones that are long enough to pass otherwise, and as undisguised."""
    lines = (HERE / "common_passwords.txt").read_text(encoding="utf-8").splitlines()
    words = {line for line in lines if line and not line.startswith("#")}
    return frozenset(words | {word.translate(SIMILAR) for word in words})


def check(login: str, password: str, name: str = "") -> None:
    """Refuse a password that is short, common, a pattern, or says whose it is."""
    if len(password) < LEAST_LENGTH:
        raise Refused("org.password_short", field="password", least=LEAST_LENGTH)
    if len(password) > LONGEST:
        raise Refused("org.password_long", field="password", most=LONGEST)
    plain = password.lower()
    if {plain, plain.translate(SIMILAR)} & common() or len(set(password)) < 4:
        raise Refused("org.password_common", field="password")
    if login.lower() in plain and len(password) < len(login) + LEAST_LENGTH:
        raise Refused("org.password_says_login", field="password")
    if len(name) > 1 and name.lower() in plain and len(password) < len(name) + LEAST_LENGTH:
        raise Refused("org.password_says_name", field="password")
    if len(own(plain)) < LEAST_OWN:
        raise Refused("org.password_pattern", field="password")


def own(plain: str) -> str:
    """What is left of a password without dates, repeats and walks; each leaves one character."""
    rest = REPEAT.sub(lambda found: (found[1] or found[2])[:1], DATE.sub("9", plain))
    for walk in (*WALKS, *(walk[::-1] for walk in WALKS)):
        rest = _without(rest, walk)
    return rest


def _without(text: str, walk: str) -> str:
    """`text` with each longest stretch of `walk` made one character."""
    kept: list[str] = []
    place = 0
    while place < len(text):
        length = 1
        while place + length < len(text) and text[place : place + length + 1] in walk:
            length += 1
        kept.append(text[place] if length >= LEAST_WALK else text[place : place + length])
        place += length
    return "".join(kept)


def hashed(login: str, password: str, name: str = "") -> PasswordHash:
    """The hash of a good password, to be made before any transaction, of who is signed in.

    Raises Refused of the rules, and `Busy` where too many passwords are being hashed.
    """
    check(login, password, name)
    with TURNS.turn(RESERVED) as turn:
        return turn.hashed(password)
