"""Of several processes that could do the same work, one leads: it holds an advisory lock."""

import threading
from typing import LiteralString

import psycopg
import structlog

from db.errors import Unavailable
from db.pool import Connection, Database, scalar

log = structlog.get_logger(__name__)

TRY_LEAD: LiteralString = "SELECT pg_try_advisory_lock(%(lock)s)"


class Leader:
    """Whether this process leads: it does as long as its connection holds the lock.

    When the leader dies, the server drops its connection and with it the lock.
    """

    def __init__(self, database: Database, lock: int) -> None:
        """`lock`: the number that stands for the work."""
        self._database = database
        self._lock = lock
        self._conn: Connection | None = None
        self._asking = threading.Lock()  # jobs of one process ask at once

    def leads(self) -> bool:
        """Try to lead, or make sure that we still do; `Unavailable` without a database."""
        with self._asking:
            return self._still() or self._begin()

    def _still(self) -> bool:
        if self._conn is None:
            return False
        try:
            self._conn.execute("SELECT 1")
        except psycopg.OperationalError:
            log.warning("leadership lost")
            self._close()
            return False
        return True

    def _begin(self) -> bool:
        conn = self._database.connect()
        try:
            leads = bool(scalar(conn, TRY_LEAD, lock=self._lock))
        except psycopg.OperationalError as error:
            conn.close()
            raise Unavailable(str(error)) from error
        if not leads:
            conn.close()
            return False
        log.info("leading")
        self._conn = conn
        return True

    def resign(self) -> None:
        """Let another process lead."""
        with self._asking:
            self._close()

    def _close(self) -> None:
        if self._conn is not None:
            self._conn.close()
            self._conn = None
