"""One turn of the exchange, up or down: the database on one side, a transport on the other."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, LiteralString

import structlog

from db import Database, Unavailable
from exchange.ministry import dispatch, documents, reconcile
from exchange.ministry.dispatch import ACTOR, Claimed
from exchange.ministry.documents import Envelope
from exchange.ministry.folder import Folder
from exchange.ministry.https import Https
from exchange.ministry.receive import Desk
from exchange.ministry.refusals import Unacceptable
from exchange.ministry.settings import MinistrySettings
from exchange.ministry.transport import Transport, Unreachable

log = structlog.get_logger(__name__)

UP, DOWN = "up", "down"
LONGEST_ERROR: Final = 300


def transport(settings: MinistrySettings) -> Transport | None:
    """The road that the settings name; None: everything waits."""
    if settings.ministry_transport == "https":
        return Https(settings)
    if settings.ministry_transport == "folder":
        assert settings.ministry_folder is not None
        return Folder(settings.ministry_folder)
    return None


CONTACT: LiteralString = """
    INSERT INTO ministry_contact (direction, tried_at, reached_at, last_error)
    VALUES (%(direction)s, %(now)s, %(reached)s, %(error)s)
    ON CONFLICT (direction) DO UPDATE
       SET tried_at = excluded.tried_at, last_error = excluded.last_error,
           reached_at = COALESCE(excluded.reached_at, ministry_contact.reached_at)
"""


class Office:
    """May be killed at any moment: what was begun is taken up again, and harms nobody twice."""

    def __init__(
        self,
        database: Database,
        data: Path,
        settings: MinistrySettings,
        road: Transport,
        over: threading.Event,
    ) -> None:
        """Needs neither database nor aggregator yet. `over`: end the turn in hand soon."""
        self._database = database
        self._data = data
        self._settings = settings
        self._road = road
        self._over = over
        self._desk = Desk(database, data, settings)

    def up(self) -> None:
        """Send what is due, until nothing is, or nobody answers. Raises `Unavailable`."""
        with ThreadPoolExecutor(self._settings.ministry_workers, "ministry") as pool:
            while not self._over.is_set():
                ready = self._ready()
                if not ready:
                    return
                errors = list(pool.map(self._deliver, ready))
                self._met(UP, "" if "" in errors else errors[0])
                if "" not in errors:
                    return

    def _ready(self) -> list[tuple[Claimed, Envelope]]:
        """What is due, claimed; each as it goes up."""
        with self._database.transaction("claim documents") as conn:
            claimed = dispatch.claim(conn, self._settings, datetime.now(UTC))
        made = [(one, dispatch.envelope(one, self._data, self._settings)) for one in claimed]
        with self._database.transaction("note hashes") as conn:
            return [(one, each) for one, each in made if dispatch.note_hash(conn, one, each)]

    def _deliver(self, claimed: tuple[Claimed, Envelope]) -> str:
        """Send one and note what came of it; what went wrong on the road, or ''."""
        one, document = claimed
        body = documents.seal(document, self._settings.ring)
        error, receipt = "", None
        try:
            receipt = self._road.send(one.name, body)
        except Unreachable as lost:
            error = str(lost)
        log.info(
            "document sent", listing=str(one.uid), sequence=one.sequence, tries=one.tries,
            error=error,
        )  # fmt: skip
        try:
            if error:
                self._failed(one, error)
            elif receipt is None:
                with self._database.transaction("document laid out") as conn:
                    dispatch.dropped(conn, one, self._settings, datetime.now(UTC))
            else:
                self._answered(one, document, receipt)
        except Unavailable as away:
            # The claim lapses, and it is sent once more.
            log.warning("not noted", document=str(document.id), error=str(away))
        return error

    def _answered(self, one: Claimed, document: Envelope, body: bytes) -> None:
        with_ = self._settings
        try:
            receipt = documents.unseal(body, with_.ring, with_.ministry_id, with_.ministry_province)
            with self._database.transaction("note receipt") as conn:
                dispatch.answered(conn, receipt, with_, datetime.now(UTC))
        except Unacceptable as refused:
            self._failed(one, f"receipt: {refused}")

    def _failed(self, one: Claimed, error: str) -> None:
        with self._database.transaction("document not sent") as conn:
            now = datetime.now(UTC)
            dispatch.failed(conn, one.id, one.tries, error, self._settings, now)

    def down(self) -> None:
        """Take what has come, and answer it. Raises `Unavailable`."""
        try:
            for arrival in self._road.arrivals():
                taken = self._desk.take(arrival.body, datetime.now(UTC))
                if taken.why:
                    log.warning("document refused", name=arrival.name, why=taken.why.value)
                self._road.answer(arrival, taken.fate, taken.receipt)
                if self._over.is_set():
                    return
        except Unreachable as lost:
            self._met(DOWN, str(lost))
        else:
            self._met(DOWN, "")

    def reconcile(self, now: datetime) -> None:
        """Compare with the aggregator's list, where it can be had, and keep what differs."""
        try:
            body = self._road.statement()
            fetched = reconcile.statement(body, self._settings, now) if body is not None else None
            with self._database.transaction("reconcile") as conn:
                above = fetched or reconcile.kept(conn)
                if above is not None:
                    found = reconcile.run(conn, above, ACTOR, now)
                    log.info("reconciled", differences=len(found.differences))
        except (Unreachable, Unacceptable) as lost:
            log.warning("not reconciled", error=str(lost))

    def _met(self, direction: str, error: str) -> None:
        """Note whether the aggregator was reached."""
        now = datetime.now(UTC)
        facts = {"direction": direction, "now": now, "reached": None if error else now}
        with self._database.transaction("note contact") as conn:
            conn.execute(CONTACT, {**facts, "error": error[:LONGEST_ERROR]})
