"""A province and its aggregator: a real database, a real sandbox, and a road between them."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, LiteralString

import pytest
from pydantic import SecretStr

from db import Connection, Database, scalar, single_connection
from db.roles import DatabaseRole
from exchange import listings, outbox
from exchange.kinds import Document, Reason, State
from exchange.kinds import Ministry as Stands
from exchange.listings import Listing
from exchange.ministry import signing
from exchange.ministry.office import Office, transport
from exchange.ministry.settings import MinistrySettings
from ops.sandbox_ministry.ministry import Habits, Ministry
from ops.sandbox_ministry.serve import serving
from tests.exchange.conftest import MakeListing
from tests.fixtures.database import Copy

SHARED, _ = signing.make("test", signing.Algorithm.HMAC)
TICK_S = 0.02
BY_CLICK = Habits(None)
QUICK: dict[str, Any] = {
    "ministry_key": SecretStr(SHARED),
    "ministry_accepted_keys": SecretStr(SHARED),
    "ministry_poll_s": 0.05,
    "ministry_first_wait_s": 0.02,
    "ministry_longest_wait_s": 0.1,
    "ministry_receipt_s": 0.3,
    "ministry_claim_s": 1.0,
    "ministry_timeout_s": 30.0,
}


def settings(road: str, url: str = "", folder: Path | None = None, **own: Any) -> MinistrySettings:
    """Of the province."""
    roads = {"ministry_transport": road, "ministry_url": url, "ministry_folder": folder}
    return MinistrySettings(**{**QUICK, **roads, **own})


def now() -> datetime:
    return datetime.now(UTC)


def wait_until(true: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


@dataclass(slots=True)
class Province:
    """The province's side: its database, its office, and the ministry it talks to."""

    conn: Connection
    data: Path
    settings: MinistrySettings
    office: Office
    ministry: Ministry
    make_listing: MakeListing

    def publish(self, **columns: Any) -> Listing:
        """A national listing whose report is queued, as a final approval leaves it."""
        with self.conn.transaction():
            key = self.make_listing(scope="national", **columns)
            outbox.queue(self.conn, key, Document.PUBLISH, now())
        return self.listing(key)

    def listing(self, key: int) -> Listing:
        found = listings.one(self.conn, key)
        assert found is not None
        return found

    def queue(self, listing: Listing, document: Document) -> None:
        with self.conn.transaction():
            listings.hold(self.conn, listing.id)
            outbox.queue(self.conn, listing.id, document, now())

    def delist(self, listing: Listing) -> None:
        with self.conn.transaction():
            held = listings.hold(self.conn, listing.id)
            listings.close(self.conn, held, State.DELISTED, Reason.BY_HAND, "", "clerk", now())

    def turns(self, until: Callable[[], object], seconds: float = 60) -> None:
        """Up and down, again and again."""

        def turned() -> object:
            self.office.up()
            self.office.down()
            return until()

        wait_until(turned, seconds)

    def states(self) -> dict[str, int]:
        query = "SELECT state, count(*) FROM ministry_outbox GROUP BY 1"
        return dict(self.conn.execute(query).fetchall())

    def count(self, query: LiteralString, **facts: object) -> int:
        found = scalar(self.conn, query, **facts)
        assert isinstance(found, int)
        return found

    def seen_above(self, listing: Listing) -> Any:
        """The ministry's row of it."""
        return self.ministry.store.one("SELECT * FROM reported WHERE uid = ?", str(listing.uid))


def reported(province: Province) -> Listing:
    """A listing whose report has been accepted."""
    listing = province.publish()
    province.turns(lambda: province.listing(listing.id).ministry is Stands.REPORTED)
    return listing


@pytest.fixture
def conn(database: Copy) -> Iterator[Connection]:
    """The owner's connection to a database of the test's own; every statement is committed."""
    with single_connection(database.url(), autocommit=True) as connection:
        yield connection


Open = Callable[..., Province]


@contextmanager
def opened(
    stack: ExitStack,
    database: Copy,
    conn: Connection,
    make_listing: MakeListing,
    folder: Path,
    road: str,
    habits: Habits = BY_CLICK,
    others: int = 0,
    **own: Any,
) -> Iterator[Province]:
    base = folder / "drop"
    base.mkdir()
    served = stack.enter_context(
        serving(
            folder / "ministry.sqlite",
            settings("none"),
            habits,
            folder=base if road == "folder" else None,
            others=others,
            tick_s=TICK_S,
        )
    )
    ours = settings(road, served.url, base, **own)
    data = folder / "data"
    data.mkdir()
    with Database(database.url(DatabaseRole.EXCHANGE)) as as_exchange:
        way = transport(ours)
        assert way is not None
        office = Office(as_exchange, data, ours, way, threading.Event())
        yield Province(conn, data, ours, office, served.ministry, make_listing)


@pytest.fixture
def open_province(
    database: Copy, conn: Connection, make_listing: MakeListing, tmp_path: Path
) -> Iterator[Open]:
    """`open_province("https", habits=…)`: one a test."""
    with ExitStack() as stack:

        def begin(road: str, **given: Any) -> Province:
            way = opened(stack, database, conn, make_listing, tmp_path, road, **given)
            return stack.enter_context(way)

        yield begin
