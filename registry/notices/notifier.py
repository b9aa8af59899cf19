"""The notifier: empties the outbox of e-mails and webhooks until it is told to stop."""

import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from types import FrameType
from typing import Final

import structlog

from db import Connection, Database, Unavailable
from registry.notices import deliveries, inbox, mail, webhook_post
from registry.notices.deliveries import Channel, Claimed
from registry.notices.outcome import Outcome, Result
from registry.notices.settings import NoticeSettings

log = structlog.get_logger(__name__)

PAUSE_S: Final = 1.0
FORGET_EVERY_S: Final = 3600.0


def run_notifier(database: Database, settings: NoticeSettings) -> None:
    """Run until SIGTERM or SIGINT; what is being sent is finished first."""
    over = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        over.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    log.info("notifier started", mail_server=settings.smtp_host or None)
    Notifier(database, settings, over).run()
    log.info("notifier stopped")


class Notifier:
    """Claims in one thread, sends in some; of several notifiers each takes what is free."""

    def __init__(self, database: Database, settings: NoticeSettings, over: threading.Event) -> None:
        """Needs no database yet."""
        self._database = database
        self._settings = settings
        self._over = over
        self._in_hand: dict[Future[None], Claimed] = {}
        self._forgotten_at = float("-inf")

    def run(self) -> None:
        """Until `over`; then what is in hand is finished."""
        with ThreadPoolExecutor(self._settings.notifier_workers, "notifier") as pool:
            while not self._over.is_set():
                for one in self._claimed():
                    self._in_hand[pool.submit(self._deliver, one)] = one
                self._rest()
                self._forget()

    def _claimed(self) -> list[Claimed]:
        free = self._settings.notifier_workers - len(self._in_hand)
        if not free:
            return []
        busy = {one.webhook_id for one in self._in_hand.values() if one.webhook_id is not None}
        try:
            with self._database.transaction("claim deliveries") as conn:
                claim_s = self._settings.notifier_claim_s
                return deliveries.claim(conn, datetime.now(UTC), free, claim_s, busy)
        except Unavailable as error:
            log.warning("no database, trying again", error=str(error))
            return []

    def _rest(self) -> None:
        """Until something in hand has ended, or it is time to look again."""
        if not self._in_hand:
            self._over.wait(self._settings.notifier_poll_s)
            return
        ended, _ = wait(self._in_hand, self._settings.notifier_poll_s, FIRST_COMPLETED)
        for future in ended:
            del self._in_hand[future]

    def _deliver(self, one: Claimed) -> None:
        """Send one, and note what came of it; what can't be noted is sent again (at least once)."""
        try:
            outcome = self._send(one)
        except Exception as error:
            log.exception("sending failed", delivery=one.id)
            outcome = Outcome(Result.LATER, type(error).__name__)
        said = {"delivery": one.id, "channel": one.channel.value, "attempt": one.attempts}
        log.info("delivery tried", **said, result=outcome.result.value, error=outcome.error)
        self._insist(lambda conn: self._note(conn, one, outcome))

    def _send(self, one: Claimed) -> Outcome:
        now = datetime.now(UTC)
        if one.channel is Channel.EMAIL:
            return mail.send(one.payload, one.event_id, self._settings, now)
        assert one.url is not None
        assert one.secret is not None
        return webhook_post.post(one.url, one.secret, one.payload, self._settings, now)

    def _note(self, conn: Connection, one: Claimed, outcome: Outcome) -> None:
        now = datetime.now(UTC)
        if outcome.result is Result.SENT:
            deliveries.sent(conn, one, now)
        elif outcome.result is Result.GONE:
            deliveries.gone(conn, one)
        else:
            deliveries.failed(conn, one, outcome, now, self._settings)

    def _insist(self, note: Callable[[Connection], None]) -> None:
        """Note it, through a short loss of the database too; after that the claim lapses."""
        until = time.monotonic() + self._settings.notifier_claim_s / 2
        while True:
            try:
                with self._database.transaction("note delivery") as conn:
                    note(conn)
            except Unavailable:
                if self._over.wait(PAUSE_S) or time.monotonic() > until:
                    return
            else:
                return

    def _forget(self) -> None:
        """Now and then: remove what was sent, and what was read, long ago."""
        if time.monotonic() - self._forgotten_at < FORGET_EVERY_S:
            return
        now, kept = datetime.now(UTC), self._settings
        try:
            with self._database.transaction("forget deliveries") as conn:
                deliveries.forget(conn, now - timedelta(days=kept.deliveries_kept_days))
            with self._database.transaction("forget notices") as conn:
                inbox.forget(conn, now - timedelta(days=kept.notices_kept_days))
        except Unavailable:
            return
        self._forgotten_at = time.monotonic()
