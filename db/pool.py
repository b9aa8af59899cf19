"""Pooled connections, handed out as named transactions."""

import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import LiteralString, Protocol, Self

import psycopg
import structlog
from psycopg.errors import DeadlockDetected, SerializationFailure
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool, PoolTimeout

from db.errors import Entangled, Unavailable
from db.settings import DatabaseSettings

Connection = psycopg.Connection[TupleRow]

log = structlog.get_logger(__name__)


class Transactions(Protocol):
    """Whoever gives out transactions: for verbs that must hold none in between."""

    def transaction(self, name: str) -> AbstractContextManager[Connection]:
        """One transaction, committed at the end of its `with`."""


SLOW_S = 1.0
# A plan that fits one unit is wrong for a province: each call is planned for its own values.
# Compiling a query of milliseconds, or starting workers for it, takes longer than running it.
# Pages come from memory or flash: one anywhere costs hardly more than the next one.
OPTIONS = (
    "-c timezone=UTC -c plan_cache_mode=force_custom_plan -c jit=off"
    " -c max_parallel_workers_per_gather=0 -c random_page_cost=1.1"
)


class Database:
    """One server and database, as one role."""

    def __init__(self, url: str, settings: DatabaseSettings | None = None) -> None:
        """Open lazily: the server may be away now and come back later."""
        settings = settings or DatabaseSettings()
        self._url = url
        self._held = threading.local()
        self._pool = ConnectionPool(
            url,
            min_size=0,
            max_size=settings.pool_size,
            timeout=settings.pool_timeout_s,
            reconnect_timeout=10.0,  # its back-off starts afresh, or a long outage is slept through
            kwargs={"connect_timeout": 5, "options": OPTIONS},
            check=ConnectionPool.check_connection,
            open=False,
        )

    def __enter__(self) -> Self:
        self._pool.open(wait=False)
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def open(self) -> Self:
        """For processes that live as long as their pool: opened here, closed by `close`."""
        return self.__enter__()

    def close(self) -> None:
        """Give every connection back to the server."""
        self._pool.close()

    def connect(self) -> Connection:
        """A connection outside the pool, in autocommit: for locks that outlive transactions.

        Whoever asks closes it. Raises `Unavailable`.
        """
        try:
            return psycopg.connect(
                self._url, autocommit=True, connect_timeout=5, options="-c timezone=UTC"
            )
        except psycopg.OperationalError as error:
            raise Unavailable(str(error)) from error

    @property
    def held(self) -> str:
        """The transaction that this thread is in; '' where it holds no connection."""
        return str(getattr(self._held, "name", ""))

    @contextmanager
    def _noted(self, name: str) -> Iterator[None]:
        before, self._held.name = self.held, name
        try:
            yield
        finally:
            self._held.name = before

    @contextmanager
    def transaction(self, name: str) -> Iterator[Connection]:
        """A connection in a transaction called `name`: committed at the end, else rolled back.

        Raises `Unavailable` where the server can't be reached or goes away in the middle,
        `Entangled` where it gave this one up for another; then nothing of the transaction is kept.
        """
        began = time.monotonic()
        try:
            with self._pool.connection() as conn, self._noted(name):
                yield conn
        except (DeadlockDetected, SerializationFailure) as error:
            log.warning("transaction entangled", transaction=name, error=str(error))
            raise Entangled(f"{name}: {error}") from error
        except (PoolTimeout, psycopg.OperationalError) as error:
            log.warning("transaction lost", transaction=name, error=str(error))
            raise Unavailable(f"{name}: {error}") from error
        took = time.monotonic() - began
        if took > SLOW_S:
            log.info("slow transaction", transaction=name, seconds=round(took, 3))


@contextmanager
def single_connection(url: str, *, autocommit: bool = False) -> Iterator[Connection]:
    """One connection outside any pool; `Unavailable` where there is no server."""
    try:
        conn = psycopg.connect(
            url, autocommit=autocommit, connect_timeout=5, options="-c timezone=UTC"
        )
    except psycopg.OperationalError as error:
        raise Unavailable(str(error)) from error
    with conn:
        yield conn


def scalar(conn: Connection, query: LiteralString, **parameters: object) -> object:
    """The first column of the first row; None where there is no row."""
    row = conn.execute(query, parameters).fetchone()
    return row[0] if row else None
