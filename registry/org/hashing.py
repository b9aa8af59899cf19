"""Argon2id, a few hashes at once in a process: whoever comes when too many wait is sent away.

A hash takes 64 MiB and a core for its while. Nobody holds a connection or a transaction meanwhile.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, NewType

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from db import Budget

PasswordHash = NewType("PasswordHash", str)

LONGEST: Final = 200  # characters; more is neither kept nor hashed
# RFC 9106's second recommendation (section 4): 64 MiB, 3 passes, 4 lanes. OWASP's least is 19 MiB,
# 2 passes, 1 lane. See docs/adr/0022-guessing-is-slowed-and-hashing-bounded.md.
_hasher: Final = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=4)
# Somebody unknown is answered as slowly as somebody known.
NOBODY: Final = PasswordHash(_hasher.hash("nobody has this password"))


# Each of those who wait holds a thread: together fewer than a worker of the portal has.
WAITING: Final = 3
RESERVED: Final = 2  # more, for known devices and who is signed in: strangers can't take these


@dataclass(slots=True)
class Facts:
    """What has been hashed: how many, and how many at once at most."""

    running: int = 0
    most_at_once: int = 0
    done: int = 0


class Turn:
    """The right to hash now; only `Turns` gives it, for as long as its `with`."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def hashed(self, password: str) -> PasswordHash:
        """Argon2id with a salt of its own, in the encoded form."""
        self._facts.done += 1
        return PasswordHash(_hasher.hash(password))

    def matches(self, kept: str, password: str) -> bool:
        """Whether `password` is the one that was hashed to `kept`."""
        self._facts.done += 1
        try:
            return _hasher.verify(kept, password[: LONGEST + 1])
        except (VerificationError, InvalidHashError):
            return False


class Turns:
    """Who may hash: `at_once` of them, while `waiting` others wait up to `wait_s`."""

    def __init__(self, at_once: int, waiting: int, wait_s: float) -> None:
        self.budget = Budget(at_once, wait_s, waiting)
        self._lock = threading.Lock()
        self.facts = Facts()

    @contextmanager
    def turn(self, reserved: int = 0) -> Iterator[Turn]:
        """Wait for one's turn, where `reserved` more may. Raises `Busy`."""
        with self.budget.take(reserved=reserved):
            self._count(1)
            try:
                yield Turn(self.facts)
            finally:
                self._count(-1)

    def _count(self, change: int) -> None:
        with self._lock:
            self.facts.running += change
            self.facts.most_at_once = max(self.facts.most_at_once, self.facts.running)


# Of one process: two workers of the portal hash two at once and take 128 MiB for it.
TURNS: Final = Turns(at_once=1, waiting=WAITING, wait_s=5.0)


def hashed(password: str) -> PasswordHash:
    """The hash of a password that needs no rule: a random one, or the demo's. Raises `Busy`."""
    with TURNS.turn(RESERVED) as turn:
        return turn.hashed(password)


def outdated(kept: str) -> bool:
    """Whether it was hashed with parameters that are no longer ours."""
    return _hasher.check_needs_rehash(kept)
