"""Documents that a province has to refuse: sent down at a click, to show that it does."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final
from uuid import UUID, uuid4

from exchange.ministry import documents, signing
from exchange.ministry.documents import Decision, Envelope, Type
from exchange.ministry.signing import KeyRing
from ops.sandbox_ministry.ministry import Ministry


def _decision(ministry: Ministry, sequence: int = 1) -> Envelope:
    """About a listing of the province, or about one that nobody knows."""
    row = ministry.store.one("SELECT uid FROM reported ORDER BY received_at DESC LIMIT 1")
    uid = row["uid"] if row else str(uuid4())
    return Envelope(
        uuid4(),
        ministry.settings.ministry_id,
        ministry.settings.ministry_province,
        Type.DECISION,
        UUID(uid),
        sequence,
        datetime.now(UTC),
        {"decision": Decision.ACCEPTED.value, "opinion": ""},
    )


def forged(ministry: Ministry) -> bytes:
    """Signed with a key of the right name and another secret."""
    name = ministry.settings.ring.own.id
    other, _ = signing.make(name, signing.Algorithm.HMAC)
    return documents.seal(_decision(ministry), KeyRing.read(other, ""))


def tampered(ministry: Ministry) -> bytes:
    """Changed after it was signed."""
    fields = json.loads(documents.seal(_decision(ministry), ministry.settings.ring))
    fields["content"]["opinion"] = "已改动"
    return json.dumps(fields, ensure_ascii=False).encode()


def ahead(ministry: Ministry) -> bytes:
    """Its sequence number leaves a gap."""
    return documents.seal(_decision(ministry, 1000), ministry.settings.ring)


def unknown(ministry: Ministry) -> bytes:
    """About a listing that nobody knows."""
    document = replace(_decision(ministry), listing=uuid4())
    return documents.seal(document, ministry.settings.ring)


def stranger(ministry: Ministry) -> bytes:
    """From somebody else, with the right key."""
    document = replace(_decision(ministry), sender="999999")
    return documents.seal(document, ministry.settings.ring)


TRICKS: Final[dict[str, tuple[str, Callable[[Ministry], bytes]]]] = {
    "forged": ("签名错误", forged),
    "tampered": ("签名后被改动", tampered),
    "ahead": ("序号跳号", ahead),
    "unknown": ("未知发布", unknown),
    "stranger": ("发送方未知", stranger),
}


def play(ministry: Ministry, name: str) -> None:
    """Queue such a document for the way down."""
    body = TRICKS[name][1](ministry)
    ministry.store.run("INSERT INTO raw (body) VALUES (?)", body)
