"""What has come down, as it was: kept once, shown to an operator where it was refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, LiteralString
from uuid import UUID

from psycopg.rows import class_row

from db import Connection
from db.keyset import Way, by_key
from exchange.ministry.canonical import canonical, digest
from exchange.ministry.documents import LARGEST_SEQUENCE, Envelope
from exchange.ministry.refusals import Why, in_words
from registry.words import Label

SHOWN: Final = 50
LONGEST_KEPT: Final = 1 << 20  # characters of a refused document
PICTURE: Final = "thumbnail"

NOTE: LiteralString = """
    INSERT INTO ministry_received (document_id, document, listing_uid, sequence, outcome, reason,
                                   body, received_at, digest, last_at)
    VALUES (%(id)s, %(document)s, %(listing)s, %(sequence)s, %(outcome)s, %(reason)s, %(body)s,
            %(now)s, %(digest)s, %(now)s)
    ON CONFLICT (digest, outcome, reason) DO UPDATE
       SET times = ministry_received.times + 1, last_at = excluded.last_at
"""


def note(
    conn: Connection,
    body: bytes,
    named: Mapping[str, Any],
    outcome: str,
    reason: str,
    now: datetime,
) -> None:
    """Keep what came: one row a document and outcome, however often it comes.

    `named`: what it says of itself, which may be anything.
    """
    text = body.decode(errors="replace").replace("\0", "\ufffd")[:LONGEST_KEPT]
    facts = {
        "id": _short(named.get("id")),
        "document": _short(named.get("document")),
        "listing": _uuid(named.get("listing")),
        "sequence": _number(named.get("sequence")),
        "outcome": outcome,
        "reason": reason,
        "body": text,
        "digest": digest(body),
        "now": now,
    }
    conn.execute(NOTE, facts)


def note_taken(
    conn: Connection, document: Envelope, body: bytes, outcome: str, now: datetime
) -> None:
    """Keep what was applied, or came once more; pictures are in the data folder already."""
    named = {
        "id": str(document.id),
        "document": document.type.value,
        "listing": str(document.listing) if document.listing else None,
        "sequence": document.sequence,
    }
    if PICTURE in document.content:
        content = {name: value for name, value in document.content.items() if name != PICTURE}
        body = canonical({**named, "hash": document.hash, "content": content})
    note(conn, body, named, outcome, "", now)


def _short(value: object) -> str:
    return value[:100] if isinstance(value, str) else ""


def _uuid(value: object) -> UUID | None:
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and 0 < value <= LARGEST_SEQUENCE else None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A document that came down and was not taken; `settled_at`: when it was after all."""

    id: int
    document_id: str
    document: str
    listing_uid: UUID | None
    sequence: int | None
    reason: str
    body: str
    times: int
    received_at: datetime
    last_at: datetime
    settled_at: datetime | None

    @property
    def why(self) -> Why | None:
        """The reason as one of the closed set."""
        name = self.reason.partition(":")[0]
        return Why(name) if name in set(Why) else None

    @property
    def detail(self) -> Label | None:
        """What exactly is wrong, for the operator."""
        detail = self.reason.partition(": ")[2]
        return in_words(detail) if detail else None


PIECES: Final[dict[str, LiteralString]] = {
    "refused": """
    SELECT id, document_id, document, listing_uid, sequence, reason, body, times, received_at,
           last_at, settled_at
      FROM ministry_received
     WHERE outcome = 'refused'
       AND (%(units)s::integer[] IS NULL
            OR listing_uid IN (SELECT uid FROM listing WHERE unit_id = ANY(%(units)s)))
       AND """,
    "limited": " LIMIT %(limit)s",
}
NEWEST: Final = by_key(("id",), ("%(after)s::bigint",), descending=True)


def _refused(way: Way) -> LiteralString:
    return PIECES["refused"] + way.if_any + " ORDER BY " + way.by + PIECES["limited"]


REFUSED: LiteralString = _refused(NEWEST.forward)
REFUSED_BACK: LiteralString = _refused(NEWEST.back)


def refused(
    conn: Connection,
    after: int | None = None,
    *,
    back: bool = False,
    units: list[int] | None = None,
) -> tuple[list[Refusal], bool]:
    """What was refused of listings of `units` (ids; None: of all), the newest first, from the id
    `after` on or `back` from it; whether more stand that way.
    """
    text = REFUSED_BACK if back else REFUSED
    with conn.cursor(row_factory=class_row(Refusal)) as cursor:
        asked = {"after": after, "limit": SHOWN + 1, "units": units}
        rows = cursor.execute(text, asked).fetchall()
    return NEWEST.way(back).page(rows, SHOWN)
