"""What goes up: claimed in its listing's order, sealed, answered, tried again, given up.

A claim is a moment (`next_at`): whoever dies while sending leaves it to be claimed again. The try
is counted in the claim's own transaction, so that nobody takes back what is on its way (C4).
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, LiteralString
from uuid import UUID

from psycopg.rows import class_row

from db import Connection, scalar
from db.text import clean
from exchange import listings
from exchange.kinds import Document, Ministry
from exchange.ministry import documents, pictures
from exchange.ministry.documents import Envelope, Outcome
from exchange.ministry.refusals import Unacceptable, Why
from exchange.ministry.settings import MinistrySettings

ACTOR: Final = "system:exchange"
JITTER: Final = 0.2
LONGEST_ERROR: Final = 300


@dataclass(frozen=True, slots=True)
class Claimed:
    """A document that we alone send now; `tries` counts this one, since the last resending."""

    id: int
    uid: UUID
    sequence: int
    document: Document
    content: Mapping[str, Any]
    tries: int
    created_at: datetime

    def __post_init__(self) -> None:
        """Rows carry plain text for the closed set."""
        object.__setattr__(self, "document", Document(self.document))

    @property
    def name(self) -> str:
        """Of its file: listings sort together, their documents in order."""
        return f"{self.uid}-{self.sequence:06}"


# One a listing: the first that is not accepted. A dead one holds up those behind it.
CLAIM: LiteralString = """
    WITH due AS (
        SELECT id FROM ministry_outbox AS mine
         WHERE state IN ('pending', 'sent') AND next_at <= %(now)s
           AND NOT EXISTS (SELECT FROM ministry_outbox AS earlier
                            WHERE earlier.listing_id = mine.listing_id
                              AND earlier.sequence < mine.sequence
                              AND earlier.state <> 'accepted')
         ORDER BY next_at, id
         LIMIT %(limit)s
           FOR UPDATE SKIP LOCKED
    )
    UPDATE ministry_outbox AS mine SET attempts = attempts + 1, next_at = %(until)s
      FROM due, listing
     WHERE mine.id = due.id AND listing.id = mine.listing_id
    RETURNING mine.id, listing.uid, mine.sequence, mine.document, mine.content,
              mine.attempts - mine.tries_from AS tries, mine.created_at
"""
HASH: LiteralString = "UPDATE ministry_outbox SET hash = %(hash)s WHERE id = %(queued)s"


def claim(conn: Connection, settings: MinistrySettings, now: datetime) -> list[Claimed]:
    """What is due, one a listing, ours alone for a while."""
    until = now + timedelta(seconds=settings.ministry_claim_s)
    asked = {"now": now, "until": until, "limit": settings.ministry_workers}
    with conn.cursor(row_factory=class_row(Claimed)) as cursor:
        return cursor.execute(CLAIM, asked).fetchall()


def note_hash(conn: Connection, one: Claimed, made: Envelope) -> bool:
    """Note what goes up, before it does; False where it can't be said, and is given up."""
    try:
        conn.execute(HASH, {"queued": one.id, "hash": made.hash})
    except Unacceptable as unsayable:  # it must not hold up the other listings
        facts = {"queued": one.id, "error": str(unsayable)[:LONGEST_ERROR], "refused": True}
        conn.execute(DEAD, facts)
        return False
    return True


def envelope(one: Claimed, data: Path, settings: MinistrySettings) -> Envelope:
    """The document: what was frozen, and the first photo's thumbnail, decoded meanwhile."""
    content = dict(one.content)
    picture = pictures.outward(data, content.get("photo"))
    if picture is not None:
        content["thumbnail"] = picture
    us = settings.ministry_province
    return Envelope(
        documents.document_id(us, one.uid, one.sequence),
        us,
        settings.ministry_id,
        documents.Type(one.document.value),
        one.uid,
        one.sequence,
        one.created_at,
        content,
    )


DROPPED: LiteralString = """
    UPDATE ministry_outbox
       SET state = 'sent', sent_at = %(now)s, next_at = %(until)s, last_error = ''
     WHERE id = %(queued)s AND state IN ('pending', 'sent')
"""


def dropped(conn: Connection, one: Claimed, settings: MinistrySettings, now: datetime) -> None:
    """It lies where somebody fetches it; without a receipt it is laid out again."""
    until = now + timedelta(seconds=settings.ministry_receipt_s)
    conn.execute(DROPPED, {"queued": one.id, "now": now, "until": until})


LATER: LiteralString = """
    UPDATE ministry_outbox SET next_at = %(until)s, last_error = %(error)s
     WHERE id = %(queued)s AND state IN ('pending', 'sent')
"""
DEAD: LiteralString = """
    UPDATE ministry_outbox SET state = 'dead', last_error = %(error)s, refused = %(refused)s
     WHERE id = %(queued)s AND state IN ('pending', 'sent')
"""


def failed(
    conn: Connection, queued: int, tries: int, error: str, settings: MinistrySettings, now: datetime
) -> None:
    """Try again later; give it up where this was the last try."""
    facts = {"queued": queued, "error": error[:LONGEST_ERROR]}
    if tries >= settings.ministry_attempts:
        conn.execute(DEAD, {**facts, "refused": False})
    else:
        conn.execute(LATER, {**facts, "until": now + wait(tries, settings)})


def wait(tries: int, settings: MinistrySettings) -> timedelta:
    """How long to wait after so many failures: twice as long each time, not all at one moment."""
    doublings: int = 1 << min(max(tries, 1) - 1, 30)
    base = min(settings.ministry_first_wait_s * doublings, settings.ministry_longest_wait_s)
    return timedelta(seconds=base * random.uniform(1 - JITTER, 1 + JITTER))  # noqa: S311  # no secret


LISTING: LiteralString = "SELECT id FROM listing WHERE uid = %(uid)s AND origin = 'own'"
QUEUED: LiteralString = """
    SELECT id, document, state, attempts, attempts - tries_from, hash FROM ministry_outbox
     WHERE listing_id = %(listing)s AND sequence = %(sequence)s
       FOR UPDATE
"""
ACCEPTED: LiteralString = """
    UPDATE ministry_outbox
       SET state = 'accepted', answered_at = %(now)s, sent_at = COALESCE(sent_at, %(now)s),
           last_error = '', refused = false
     WHERE id = %(queued)s
"""


def answered(
    conn: Connection, receipt: Envelope, settings: MinistrySettings, now: datetime
) -> None:
    """Note a receipt, also one that comes late or twice.

    Raises Unacceptable 'unknown_document', 'hash' or 'malformed'.
    """
    listing_id = scalar(conn, LISTING, uid=receipt.listing)
    if not isinstance(listing_id, int):
        raise Unacceptable(Why.UNKNOWN_DOCUMENT)
    listing = listings.hold(conn, listing_id)
    asked = {"listing": listing_id, "sequence": receipt.sequence}
    row = conn.execute(QUEUED, asked).fetchone()
    if row is None or row[3] == 0 or not _of(receipt, settings):
        raise Unacceptable(Why.UNKNOWN_DOCUMENT)
    queued, document, state, _, tries, hash_ = row
    if state == "accepted":
        return
    if receipt.content.get("hash") != hash_:
        raise Unacceptable(Why.HASH, "of what was sent")
    outcome = _outcome(receipt)
    if outcome is Outcome.ACCEPTED:
        conn.execute(ACCEPTED, {"queued": queued, "now": now})
        # A decision may have overtaken the receipt.
        if document == Document.PUBLISH and listing.ministry is Ministry.UNREPORTED:
            listings.set_ministry(conn, listing.id, Ministry.REPORTED, ACTOR, now)
        return
    said = f"{receipt.content.get('why', '')}: {receipt.content.get('detail', '')}"
    said = clean(said).strip(": ")
    if outcome is Outcome.REFUSED:
        facts = {"queued": queued, "error": said[:LONGEST_ERROR], "refused": True}
        conn.execute(DEAD, facts)
    else:
        failed(conn, queued, tries, said, settings, now)


def _of(receipt: Envelope, settings: MinistrySettings) -> bool:
    """Whether it is the receipt of the document that has this listing and sequence."""
    if receipt.listing is None or receipt.sequence is None:
        return False
    ours = documents.document_id(settings.ministry_province, receipt.listing, receipt.sequence)
    return receipt.content.get("of") == str(ours)


def _outcome(receipt: Envelope) -> Outcome:
    try:
        return Outcome(receipt.content["outcome"])
    except (KeyError, ValueError) as error:
        raise Unacceptable(Why.MALFORMED, "outcome") from error
