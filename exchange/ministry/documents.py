"""The documents of the exchange: one signed envelope for everything that goes up or comes down.

docs/ministry-exchange.md is the contract.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID, uuid5

from exchange.ministry.canonical import canonical, digest, parse
from exchange.ministry.refusals import Unacceptable, Why
from exchange.ministry.signing import KeyRing

VERSION: Final = 1
NAMESPACE: Final = UUID("6f0f4d0e-6d1e-5c57-9a59-70616e68756f")
LARGEST: Final = 1 << 20  # bytes of one document
LARGEST_STATEMENT: Final = 1 << 26
LARGEST_SEQUENCE: Final = 2**31 - 1
PARTY: Final = re.compile(r"[A-Za-z0-9._-]{1,32}")
UNSIGNED: Final = "signature"


class Type(StrEnum):
    """What a document is about."""

    PUBLISH = "publish"  # up: our listings; down: other provinces'
    UPDATE = "update"
    SETTLE = "settle"
    DELIST = "delist"
    DECISION = "decision"  # down: where one of ours stands with the ministry
    RECEIPT = "receipt"  # either way: what became of a document
    STATEMENT = "statement"  # down: everything that the aggregator has


# Of a listing, in its order; the others stand outside of it.
ORDERED: Final = frozenset({Type.PUBLISH, Type.UPDATE, Type.SETTLE, Type.DELIST, Type.DECISION})


class Outcome(StrEnum):
    """What a receipt says."""

    ACCEPTED = "accepted"
    REFUSED = "refused"  # for good: the same document will never be taken
    LATER = "later"


class Decision(StrEnum):
    """What a decision says."""

    ACCEPTED = "accepted"
    RETURNED = "returned"
    WAITING = "waiting"  # it is before the ministry again


@dataclass(frozen=True, slots=True)
class Envelope:
    """One document. `listing` and `sequence` are None for receipts of nothing and statements."""

    id: UUID
    sender: str
    receiver: str
    type: Type
    listing: UUID | None
    sequence: int | None
    created_at: datetime
    content: Mapping[str, Any]

    @property
    def hash(self) -> str:
        """SHA-256 of the content's canonical bytes."""
        return digest(canonical(dict(self.content)))


def document_id(sender: str, listing: UUID, sequence: int) -> UUID:
    """The same for every try, so that a document that arrives twice is known."""
    return uuid5(NAMESPACE, f"{sender}/{listing}/{sequence}")


def seal(envelope: Envelope, ring: KeyRing) -> bytes:
    """The document's bytes, signed."""
    unsigned = {
        "version": VERSION,
        "id": str(envelope.id),
        "sender": envelope.sender,
        "receiver": envelope.receiver,
        "document": envelope.type.value,
        "listing": str(envelope.listing) if envelope.listing else None,
        "sequence": envelope.sequence,
        "created_at": envelope.created_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "content": dict(envelope.content),
        "hash": envelope.hash,
        "key": ring.own.id,
    }
    return canonical({**unsigned, UNSIGNED: ring.sign(canonical(unsigned))})


def unseal(body: bytes, ring: KeyRing, sender: str, receiver: str) -> Envelope:
    """The document in `body`, if `sender` has signed it for `receiver`.

    Raises Unacceptable: first what is no document, then whose it isn't, then what is wrong in it.
    """
    if len(body) > LARGEST_STATEMENT:
        raise Unacceptable(Why.MALFORMED, "too large")
    fields = parse(body)
    if fields.get("version") != VERSION:
        raise Unacceptable(Why.VERSION, repr(fields.get("version"))[:20])
    signature = fields.pop(UNSIGNED, None)
    if not isinstance(signature, str) or not isinstance(fields.get("key"), str):
        raise Unacceptable(Why.MALFORMED, "no signature")
    ring.check(fields["key"], canonical(fields), signature)
    if fields.get("sender") != sender:
        raise Unacceptable(Why.SENDER, str(fields.get("sender"))[:64])
    if fields.get("receiver") != receiver:
        raise Unacceptable(Why.RECEIVER, str(fields.get("receiver"))[:64])
    envelope = _read(fields)
    if fields.get("hash") != envelope.hash:
        raise Unacceptable(Why.HASH)
    if envelope.type is not Type.STATEMENT and len(body) > LARGEST:
        raise Unacceptable(Why.MALFORMED, "too large")
    return envelope


def _read(fields: Mapping[str, Any]) -> Envelope:
    """The envelope of a document whose signature is good."""
    try:
        kind = Type(fields["document"])
        listing = UUID(fields["listing"]) if fields["listing"] is not None else None
        created_at = datetime.fromisoformat(fields["created_at"])
        sequence, content = fields["sequence"], fields["content"]
        envelope = Envelope(
            UUID(fields["id"]),
            fields["sender"],
            fields["receiver"],
            kind,
            listing,
            sequence,
            created_at,
            content,
        )
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise Unacceptable(Why.MALFORMED, f"{type(error).__name__}: {error}"[:200]) from error
    if created_at.tzinfo is None or not isinstance(content, dict):
        raise Unacceptable(Why.MALFORMED, "created_at or content")
    if sequence is not None and not _counts(sequence):
        raise Unacceptable(Why.MALFORMED, "sequence")
    if kind in ORDERED and (listing is None or sequence is None):
        raise Unacceptable(Why.MALFORMED, "listing or sequence is missing")
    return envelope


def _counts(sequence: object) -> bool:
    whole = isinstance(sequence, int) and not isinstance(sequence, bool)
    return whole and 0 < sequence <= LARGEST_SEQUENCE  # type: ignore[operator]


def claimed(body: bytes) -> Mapping[str, Any]:
    """What a document says of itself, whoever wrote it: for the list of refused ones."""
    try:
        fields = parse(body)
    except Unacceptable:
        return {}
    return {name: fields.get(name) for name in ("id", "document", "listing", "sequence")}


def receipt(
    of: Envelope, outcome: Outcome, now: datetime, why: str = "", detail: str = ""
) -> Envelope:
    """What became of the document `of`, from its receiver to its sender."""
    content = {"of": str(of.id), "hash": of.hash, "outcome": outcome.value, "why": why,
               "detail": detail}  # fmt: skip
    name = uuid5(NAMESPACE, f"receipt/{of.id}/{now.isoformat()}")
    return Envelope(
        name, of.receiver, of.sender, Type.RECEIPT, of.listing, of.sequence, now, content
    )
