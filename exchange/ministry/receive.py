"""What comes down: each document is applied once and in its listing's order, or refused and kept.

A document, what it changes, and how far its listing's documents have come are one transaction.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, LiteralString

import structlog
from psycopg.types.json import Jsonb

from db import Connection, Database, Unavailable, scalar
from db.text import clean
from exchange import listings
from exchange.kinds import Ministry, Origin
from exchange.ministry import dispatch, documents, foreign
from exchange.ministry.dispatch import ACTOR
from exchange.ministry.documents import ORDERED, Decision, Envelope, Outcome, Type
from exchange.ministry.kept import Refusal, note, note_taken, refused
from exchange.ministry.refusals import Unacceptable, Why
from exchange.ministry.settings import MinistrySettings
from exchange.ministry.transport import Fate
from registry import notices
from registry.notices import Event
from registry.org import preparers_of

log = structlog.get_logger(__name__)

LONGEST_OPINION: Final = 1000
__all__ = ["Desk", "Refusal", "Taken", "refused"]


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of it, and what its sender is told, if anything."""

    fate: Fate
    receipt: bytes | None = None
    why: Why | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """Where documents are taken: the database, the data folder, whom we are and trust."""

    database: Database
    data: Path
    settings: MinistrySettings

    def take(self, body: bytes, now: datetime) -> Taken:
        """Apply what came, or refuse it and keep it. Raises `Unavailable` without a database."""
        with_ = self.settings
        try:
            document = documents.unseal(
                body, with_.ring, with_.ministry_id, with_.ministry_province
            )
        except Unacceptable as refused:
            # Whose it is isn't proven: nobody is answered, and a genuine one still gets through.
            self._refuse(body, refused, now)
            return Taken(Fate.REFUSED, why=refused.why)
        try:
            shown = foreign.read(document)
            with self.database.transaction("apply document") as conn:
                _apply(conn, document, shown, body, self.data, with_, now)
        except Unacceptable as refused:
            return self._refused(document, body, refused, now)
        except Unavailable:
            raise
        except Exception as error:  # one document must not stop those behind it
            log.exception("document not applied", document=str(document.id))
            failed = Unacceptable(Why.FAILED, type(error).__name__)
            return self._refused(document, body, failed, now)
        return Taken(Fate.TAKEN, self._receipt(document, Outcome.ACCEPTED, now))

    def _refused(
        self, document: Envelope, body: bytes, refused: Unacceptable, now: datetime
    ) -> Taken:
        self._refuse(body, refused, now)
        if refused.why.passing:
            return Taken(Fate.WAITS, why=refused.why)
        receipt = self._receipt(document, Outcome.REFUSED, now, refused)
        return Taken(Fate.REFUSED, receipt, refused.why)

    def _refuse(self, body: bytes, refused: Unacceptable, now: datetime) -> None:
        with self.database.transaction("keep refused document") as conn:
            note(conn, body, documents.claimed(body), "refused", str(refused), now)

    def _receipt(
        self,
        document: Envelope,
        outcome: Outcome,
        now: datetime,
        refused: Unacceptable | None = None,
    ) -> bytes | None:
        if document.type is Type.RECEIPT:
            return None
        why, detail = (refused.why.value, refused.detail) if refused else ("", "")
        answer = documents.receipt(document, outcome, now, why, detail)
        return documents.seal(answer, self.settings.ring)


def _apply(
    conn: Connection,
    document: Envelope,
    shown: foreign.Shown | None,
    body: bytes,
    data: Path,
    settings: MinistrySettings,
    now: datetime,
) -> None:
    """All of one document, or nothing of it."""
    if document.type in ORDERED and not _next(conn, document):
        note_taken(conn, document, body, "repeated", now)
        return
    if document.type is Type.RECEIPT:
        dispatch.answered(conn, document, settings, now)
    elif document.type is Type.STATEMENT:
        _keep_statement(conn, document, now)
    elif document.type is Type.DECISION:
        _decide(conn, document, now)
    else:
        foreign.apply(conn, document, shown, data, now)
    if document.type in ORDERED:
        note_taken(conn, document, body, "applied", now)
        conn.execute(SETTLED, {"id": str(document.id), "now": now})


FIRST: LiteralString = """
    INSERT INTO ministry_heard (listing_uid, sequence) VALUES (%(uid)s, 0) ON CONFLICT DO NOTHING
"""
HEARD: LiteralString = """
    SELECT sequence FROM ministry_heard WHERE listing_uid = %(uid)s FOR UPDATE
"""
HEAR: LiteralString = """
    UPDATE ministry_heard SET sequence = %(sequence)s WHERE listing_uid = %(uid)s
"""
APPLIED: LiteralString = """
    SELECT EXISTS (SELECT FROM ministry_received
                    WHERE document_id = %(id)s AND outcome = 'applied'
                      AND body::jsonb ->> 'hash' = %(hash)s)
"""
SETTLED: LiteralString = """
    UPDATE ministry_received SET settled_at = %(now)s
     WHERE document_id = %(id)s AND outcome = 'refused' AND settled_at IS NULL
       AND split_part(reason, ':', 1) IN ('gap', 'failed')
"""


def _next(conn: Connection, document: Envelope) -> bool:
    """Whether it is its turn; False: it was applied before. Raises Unacceptable 'gap', 'replay'."""
    assert document.sequence is not None
    conn.execute(FIRST, {"uid": document.listing})
    heard = scalar(conn, HEARD, uid=document.listing)
    assert isinstance(heard, int)
    if document.sequence <= heard:
        if scalar(conn, APPLIED, id=str(document.id), hash=document.hash):
            return False
        raise Unacceptable(Why.REPLAY, f"{heard} have been applied")
    if document.sequence > heard + 1:
        raise Unacceptable(Why.GAP, f"{heard + 1} is next")
    conn.execute(HEAR, {"uid": document.listing, "sequence": document.sequence})
    return True


STANDS: Final = {
    Decision.ACCEPTED: Ministry.DECIDED,
    Decision.RETURNED: Ministry.RETURNED,
    Decision.WAITING: Ministry.REPORTED,
}
BEGUN: LiteralString = """
    SELECT EXISTS (SELECT FROM ministry_outbox WHERE listing_id = %(listing)s AND attempts > 0)
"""


def _decide(conn: Connection, document: Envelope, now: datetime) -> None:
    """Where one of ours stands from now on (C3); one that is closed stays closed."""
    listing = foreign.known(conn, document.listing)
    if listing is None or listing.origin is not Origin.OWN:
        raise Unacceptable(Why.UNKNOWN_LISTING)
    if not scalar(conn, BEGUN, listing=listing.id):
        raise Unacceptable(Why.NOT_REPORTED)
    try:
        stands = STANDS[Decision(document.content["decision"])]
        opinion = document.content.get("opinion", "")
    except (KeyError, ValueError) as error:
        raise Unacceptable(Why.MALFORMED, "decision") from error
    if not isinstance(opinion, str) or len(opinion) > LONGEST_OPINION:
        raise Unacceptable(Why.MALFORMED, "opinion")
    opinion = clean(opinion, lines=True)
    if (listing.ministry, listing.opinion) == (stands, opinion):
        return
    if stands is Ministry.RETURNED and listing.state.live and listing.unit_id is not None:
        told = preparers_of(conn, listing.unit_id)
        facts = {"title": listing.name, "number": listing.code, "opinion": opinion}
        address = f"/squares/{listing.kind.value}/{listing.id}"
        notices.tell(conn, told, Event.LISTING_RETURNED, address, now, **facts)
    listings.set_ministry(conn, listing.id, stands, ACTOR, now, opinion)


STATEMENT: LiteralString = """
    INSERT INTO ministry_statement (single, as_of, received_at, listings)
    VALUES (true, %(as_of)s, %(now)s, %(listings)s)
    ON CONFLICT (single) DO UPDATE
       SET as_of = excluded.as_of, received_at = excluded.received_at, listings = excluded.listings
     WHERE ministry_statement.as_of < excluded.as_of
"""


def _keep_statement(conn: Connection, document: Envelope, now: datetime) -> None:
    found = document.content.get("listings")
    if not isinstance(found, list):
        raise Unacceptable(Why.MALFORMED, "listings")
    facts = {"as_of": document.created_at, "now": now, "listings": Jsonb(found)}
    conn.execute(STATEMENT, facts)
