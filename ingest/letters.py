"""What was refused, as it is kept: sent twice, kept once."""

import hashlib
from dataclasses import dataclass
from typing import Final

from ingest.reasons import Reason

WHOLE: Final = -1  # the place of a letter that keeps a whole payload
DETAIL: Final = 300  # characters of a detail that are kept


@dataclass(frozen=True, slots=True)
class Letter:
    """A refused record (`place` in its pack) or payload (WHOLE), why, and its bytes."""

    place: int
    reason: Reason
    detail: str
    content: bytes
    digest: bytes


def of_payload(gateway: str, reason: Reason, detail: str, payload: bytes) -> Letter:
    """A letter that keeps `payload` whole."""
    digest = hashlib.sha256(payload).digest()
    return of_record(gateway, digest, WHOLE, reason=reason, detail=detail, content=payload)


def of_record(
    gateway: str, payload: bytes, place: int, *, reason: Reason, detail: str, content: bytes
) -> Letter:
    """A letter that keeps one record; `payload` is the SHA-256 of what it came in."""
    digest = hashlib.sha256(b"%s\0%s\0%d" % (gateway.encode(), payload, place)).digest()
    return Letter(place, reason, clean(detail), content, digest)


def clean(text: str) -> str:
    """`text` as PostgreSQL can keep it: no NUL, no half of a surrogate pair, not endless."""
    return text[:DETAIL].encode("utf-8", "replace").decode().replace("\0", "�")
