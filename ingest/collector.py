"""The collector: from the broker to the tables, acknowledged only once it is stored (I2)."""

import gc
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Final, TypeVar

import psycopg
import structlog

from db import Database, DatabaseSettings, Refused, Unavailable
from ingest import deliveries, devices, isolate
from ingest.connection import BrokerConnection
from ingest.deliveries import Delivery, Message
from ingest.devices import NOTHING_KNOWN
from ingest.inbox import Inbox
from ingest.packs import Pack
from ingest.settings import IngestSettings
from ingest.store import Batch, State, Stored, Stray

log = structlog.get_logger(__name__)

T = TypeVar("T")
LONGEST_PAUSE_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Counters:
    """What a collector did since it started, and what waits in it now."""

    stored: Stored
    messages: int
    flushes: int
    overtaken: int  # acknowledgements not sent, their connection was gone: delivered again
    database_failures: int
    waiting_messages: int
    waiting_bytes: int
    broker_up: bool
    database_up: bool


class Collector:
    """Reads in paho's thread, stores in some of its own."""

    def __init__(self, settings: IngestSettings, database: Database) -> None:
        """Needs neither broker nor database yet."""
        self._settings = settings
        self._database = database
        self._registered = NOTHING_KNOWN
        self._strangers: list[Delivery] = []
        self._stopping = threading.Event()
        self.ended = threading.Event()  # nothing is stored any more: asked to stop, or failed
        self._inbox = Inbox(
            settings.collector_queue_bytes,
            settings.flush_rows,
            settings.flush_messages,
            settings.flush_s,
        )
        self._broker = BrokerConnection(settings, self._receive)
        self._devices = threading.Lock()  # over who is registered, and who waits to be known
        self._lock = threading.Lock()  # over what the writers share, never over a transaction
        self._writers = [
            threading.Thread(target=self._write, name=f"collector-writer-{number}", daemon=True)
            for number in range(settings.collector_writers)
        ]
        self._stored = Stored()
        self._messages = self._flushes = self._failures = 0
        self._database_up = True
        self._counted_at = time.monotonic()
        self._counted = self._stored

    def counters(self) -> Counters:
        """The figures as they are now."""
        return Counters(
            self._stored,
            self._messages,
            self._flushes,
            self._broker.overtaken,
            self._failures,
            len(self._inbox),
            self._inbox.bytes,
            self._broker.up,
            self._database_up,
        )

    def start(self) -> None:
        """Begin to collect, in the background."""
        for writer in self._writers:
            writer.start()
        self._broker.start()

    def stop(self) -> None:
        """Finish the commit in hand, acknowledge it, leave. What is not stored comes again."""
        self._stopping.set()
        self._inbox.close()
        until = time.monotonic() + self._settings.collector_stop_s
        for writer in self._writers:
            writer.join(max(until - time.monotonic(), 0.0))
        self._broker.stop()
        log.info("collector stopped", **asdict(self.counters()))

    def _receive(self, message: Message) -> None:
        """In paho's thread: read and judge, so that the writer only writes."""
        self._messages += 1
        days = self._settings.readings_kept_days
        self._inbox.put(deliveries.understand(message, self._registered, days))

    def _write(self) -> None:
        try:
            while not self._stopping.is_set():
                self._take_and_store()
                self._count()
        except Exception:
            log.exception("collector failed")
        finally:
            self.ended.set()

    def _take_and_store(self) -> None:
        batch = self._settled(self._inbox.take())
        if not batch:
            return
        stored = self._insist(lambda: isolate.store_all(self._database, _batch(batch)))
        if stored is None:
            return  # stopping: nothing was acknowledged, so it all comes again
        with self._lock:
            self._stored += stored
            self._flushes += 1
        self._broker.acknowledge((one.message, deliveries.answer(one)) for one in batch)

    def _settled(self, fresh: Sequence[Delivery]) -> list[Delivery]:
        with self._devices:
            return self._meet(fresh)

    def _meet(self, fresh: Sequence[Delivery]) -> list[Delivery]:
        """Those whose devices are known well enough to store or refuse them.

        A device that nobody knows may have been registered a moment ago: before it is refused,
        the devices are read again, at most every `sensors_reload_s` or one batch.
        """
        settings = self._settings
        good = [one for one in fresh if not one.stranger]
        self._strangers += [one for one in fresh if one.stranger]
        age = time.monotonic() - self._registered.at
        pressing = age > settings.sensors_reload_s or len(self._strangers) > settings.flush_messages
        if age > settings.sensors_refresh_s or (self._strangers and pressing):
            self._insist(self._read_devices)
        days, known = settings.readings_kept_days, self._registered
        met = [one for one in self._strangers if one.message.heard < known.at]
        self._strangers = [one for one in self._strangers if one.message.heard >= known.at]
        return good + [deliveries.again(one, known, days) for one in met]

    def _read_devices(self) -> None:
        now = time.monotonic()
        with self._database.transaction("read devices") as conn:
            self._registered = devices.registered(conn, now)

    def _insist(self, work: Callable[[], T]) -> T | None:
        """Try until the database lets us; None if we are to stop before that."""
        for pause in _pauses():
            try:
                result = work()
            except (Unavailable, psycopg.Error) as error:
                self._failures += 1
                if self._database_up:
                    log.warning("database lost, readings wait", error=str(error))
                self._database_up = False
                if self._stopping.wait(pause):
                    return None
                continue
            if not self._database_up:
                log.info("database is back")
            self._database_up = True
            return result
        return None

    def _count(self) -> None:
        now = time.monotonic()
        if now - self._counted_at < self._settings.counters_every_s:
            return
        self._counted_at = now
        if self._counted != self._stored:
            self._counted = self._stored
            log.info("collected", **asdict(self.counters()))


def _pauses() -> Iterator[float]:
    pause = 0.1
    while True:
        yield pause
        pause = min(pause * 2, LONGEST_PAUSE_S)


def _batch(settled: Sequence[Delivery]) -> Batch:
    contents = [one.content for one in settled]
    return Batch(
        packs=[one for one in contents if isinstance(one, Pack)],
        states=[one for one in contents if isinstance(one, State)],
        strays=[one for one in contents if isinstance(one, Stray)],
    )


def run_collector(settings: IngestSettings, database_settings: DatabaseSettings) -> None:
    """Collect until SIGTERM or SIGINT; the process's whole life.

    Raises Refused 'collector.no_database_url' where nobody said which database.
    """
    url = database_settings.database_url
    if url is None:
        raise Refused("collector.no_database_url")
    gc.set_threshold(20_000, 20, 50)  # a batch is many small things that live until it is stored
    sys.setswitchinterval(0.001)  # the writer waits for the reader at each answer of the database
    with Database(url.get_secret_value(), database_settings) as database:
        collector = Collector(settings, database)
        asked = threading.Event()

        def stop(_signal: int, _frame: object) -> None:
            asked.set()
            collector.ended.set()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        collector.start()
        log.info("collector started", worker=settings.collector_worker)
        collector.ended.wait()
        collector.stop()
    if not asked.is_set():
        raise SystemExit(1)  # it failed; its supervisor starts another, and nothing is lost
