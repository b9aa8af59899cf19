"""Signatures: HMAC-SHA256 with a shared secret, or Ed25519 with a key pair; keys may overlap.

A key is written `id:hmac:base64` or `id:ed25519:base64`. The key's id decides the algorithm, never
the document.
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from exchange.ministry.refusals import Unacceptable, Why

ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
SHORTEST_SECRET: Final = 32  # bytes


class Algorithm(StrEnum):
    """How it is signed."""

    HMAC = "hmac"
    ED25519 = "ed25519"


class Signs(Protocol):
    """A key of ours."""

    @property
    def id(self) -> str:
        """By which the other side knows it."""

    def sign(self, content: bytes) -> bytes:
        """The signature."""


class Verifies(Protocol):
    """A key of the other side."""

    def genuine(self, content: bytes, signature: bytes) -> bool:
        """Whether the owner of the key has signed `content`."""


@dataclass(frozen=True, slots=True)
class Shared:
    """A secret that both sides know."""

    id: str
    secret: bytes

    def sign(self, content: bytes) -> bytes:
        """HMAC-SHA256."""
        return hmac.new(self.secret, content, hashlib.sha256).digest()

    def genuine(self, content: bytes, signature: bytes) -> bool:
        """Compared in constant time."""
        return hmac.compare_digest(self.sign(content), signature)


@dataclass(frozen=True, slots=True)
class Private:
    """Our half of an Ed25519 pair."""

    id: str
    key: Ed25519PrivateKey

    def sign(self, content: bytes) -> bytes:
        """Ed25519."""
        return self.key.sign(content)


@dataclass(frozen=True, slots=True)
class Public:
    """The other side's half of an Ed25519 pair."""

    id: str
    key: Ed25519PublicKey

    def genuine(self, content: bytes, signature: bytes) -> bool:
        """Ed25519."""
        try:
            self.key.verify(signature, content)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The key that we sign with, and those of the other side that we accept, by id."""

    own: Signs
    accepted: Mapping[str, Verifies]

    @classmethod
    def read(cls, own: str, accepted: str) -> Self:
        """From settings: one key, and some separated by commas. ValueError where it is none."""
        return cls(_own(own), {key.id: key for key in map(_other, _parts(accepted))})

    def sign(self, content: bytes) -> str:
        """The signature of `content` in base64."""
        return base64.b64encode(self.own.sign(content)).decode()

    def check(self, key: str, content: bytes, signature: str) -> None:
        """Raises Unacceptable 'key' or 'signature'."""
        if key not in self.accepted:
            raise Unacceptable(Why.KEY, key[:64])
        try:
            raw = base64.b64decode(signature, validate=True)
        except (binascii.Error, ValueError) as error:
            raise Unacceptable(Why.SIGNATURE, "no base64") from error
        if not self.accepted[key].genuine(content, raw):
            raise Unacceptable(Why.SIGNATURE)


def _parts(text: str) -> Iterable[str]:
    return (part.strip() for part in text.split(",") if part.strip())


def _split(text: str) -> tuple[str, Algorithm, bytes]:
    # What is wrong is never quoted: it may be a secret.
    parts = text.strip().split(":")
    if len(parts) != 3 or not ID.fullmatch(parts[0]) or parts[1] not in set(Algorithm):
        raise ValueError("a key is written id:hmac:base64 or id:ed25519:base64")
    raw = base64.b64decode(parts[2], validate=True)
    if len(raw) < SHORTEST_SECRET:
        raise ValueError(f"the key {parts[0]} is shorter than {SHORTEST_SECRET} bytes")
    return parts[0], Algorithm(parts[1]), raw


def _own(text: str) -> Signs:
    name, algorithm, raw = _split(text)
    if algorithm is Algorithm.HMAC:
        return Shared(name, raw)
    return Private(name, Ed25519PrivateKey.from_private_bytes(raw))


def _other(text: str) -> Shared | Public:
    name, algorithm, raw = _split(text)
    if algorithm is Algorithm.HMAC:
        return Shared(name, raw)
    return Public(name, Ed25519PublicKey.from_public_bytes(raw))


def make(name: str, algorithm: Algorithm) -> tuple[str, str]:
    """A new key as both sides write it: for the one that signs, for the one that verifies."""
    raw = secrets.token_bytes(SHORTEST_SECRET)
    signs = f"{name}:{algorithm.value}:{base64.b64encode(raw).decode()}"
    if algorithm is Algorithm.HMAC:
        return signs, signs
    public = Ed25519PrivateKey.from_private_bytes(raw).public_key().public_bytes_raw()
    return signs, f"{name}:{algorithm.value}:{base64.b64encode(public).decode()}"
