"""I2: how far a gateway's clock was off is kept as stretches, by statuses that came at once."""

import json
import time
from typing import LiteralString

import pytest

from db import Connection, scalar, single_connection
from ingest import connection, deliveries, packs, store
from ingest.deliveries import Message
from ingest.packs import NO_CLOCK_BEFORE
from ingest.status import Status
from ingest.store import Batch, State
from tests.fixtures.broker import Broker
from tests.fixtures.database import Copy
from tests.ingest.parts import NOW, Site, collecting, collector_url, eventually, lux, pack

H8 = 8 * 3_600.0
TOPIC = "panhuo/v1/gw-0001"
STRETCHES: LiteralString = """
    SELECT (extract(epoch FROM since) - %(start)s)::float8,
           (extract(epoch FROM last_seen) - %(start)s)::float8, offset_s
      FROM gateway_clock ORDER BY gateway_id, since
"""


def heard(conn: Connection, site: Site, *seen: tuple[float, float | None]) -> None:
    """Statuses of one gateway, by seconds after NOW and the offset told, stored at once."""
    gateway = site.registered.gateways["gw-0001"].id
    states = [State(gateway, Status(True, "", None, 0), NOW + at, off) for at, off in seen]
    store.store_new(conn, Batch(states=states))


def stretches(conn: Connection) -> list[tuple[float, ...]]:
    return conn.execute(STRETCHES, {"start": NOW}).fetchall()


def test_offsets_that_differ_by_seconds_are_one_stretch(conn: Connection, lent_site: Site) -> None:
    heard(conn, lent_site, (0, -H8), (60, -H8 - 20))
    heard(conn, lent_site, (120, -H8 + 3))
    assert stretches(conn) == [(0, 120, -H8)]


@pytest.mark.parametrize("offset", [-H8, H8, -90.0, 90.0])
def test_clock_that_is_set_begins_another_stretch(
    conn: Connection, lent_site: Site, offset: float
) -> None:
    heard(conn, lent_site, (0, offset), (60, offset), (300, 0.5))
    heard(conn, lent_site, (360, 0.2))
    assert stretches(conn) == [(0, 60, offset), (300, 360, 0.5)]


def test_status_that_two_collectors_heard_or_that_comes_after_a_newer_one_changes_nothing(
    conn: Connection, lent_site: Site
) -> None:
    heard(conn, lent_site, (0, -H8), (600, 0.0))
    heard(conn, lent_site, (0, -H8), (600, 0.0), (300, -H8))
    assert stretches(conn) == [(0, 0, -H8), (600, 600, 0.0)]


def test_last_will_tells_nothing_of_the_clock(conn: Connection, lent_site: Site) -> None:
    heard(conn, lent_site, (0, None))
    assert stretches(conn) == []


def understood(site: Site, sent: float) -> float | None:
    """The offset in a status that came at NOW."""
    payload = json.dumps({"online": True, "sent": sent}).encode()
    message = Message(1, 1, 1, f"{TOPIC}/status", payload, NOW, 0.0, live=True)
    state = deliveries.understand(message, site.registered, 400).content
    assert isinstance(state, State)
    return state.clock_offset_s


def test_clock_that_was_never_set_tells_no_offset(lent_site: Site) -> None:
    for unset in (4_000.0, 946_684_800.0, NO_CLOCK_BEFORE - 1):
        assert understood(lent_site, unset) is None
    assert understood(lent_site, NOW - H8) == -H8


BY_ARRIVAL: LiteralString = "SELECT array_agg(by_arrival ORDER BY seq) FROM pack"


def test_pack_says_whether_its_times_counted_back_from_its_arrival(
    conn: Connection, lent_site: Site
) -> None:
    head = {"bn": "gw-0001:", "n": "seq", "v": 2}
    payloads = pack(lux(1)), json.dumps([head, lux(2, second=-5.0)]).encode()
    judged = [packs.judge("gw-0001", one, NOW, 1e6, lent_site.registered) for one in payloads]
    store.store_new(conn, Batch(packs=judged))
    assert scalar(conn, BY_ARRIVAL) == [False, True]


OFFSETS: LiteralString = (
    "SELECT array_agg(round(offset_s / 3600) ORDER BY since) FROM gateway_clock"
)
HEARD: LiteralString = "SELECT count(*) FROM gateway_state WHERE buffered = %(number)s"


def say(broker: Broker, database: Copy, number: int, behind_h: float) -> None:
    """The gateway tells its status, its clock behind by hours, and it is stored."""
    with broker.signed_in("gw-0001") as gateway:
        sent = time.time() - 3_600 * behind_h
        said = {"online": True, "sent": sent, "buffered": number}
        gateway.publish(f"{TOPIC}/status", json.dumps(said), qos=1, retain=True)
        eventually(lambda: asked(database, HEARD, number=number) == 1)


def asked(database: Copy, query: LiteralString, **facts: object) -> object:
    with single_connection(database.url()) as conn:
        return scalar(conn, query, **facts)


@pytest.mark.broker
def test_clock_is_judged_by_statuses_of_now_and_not_by_retained_ones(
    broker: Broker, database: Copy, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "SETTLED_S", 2.0)
    with collecting(broker.settings(), collector_url(database)):
        say(broker, database, 1, behind_h=5)  # may have waited for the collector
        time.sleep(2.0)
        say(broker, database, 2, behind_h=8)
        say(broker, database, 3, behind_h=8)
        assert asked(database, OFFSETS) == [-8.0]
        say(broker, database, 4, behind_h=0)
        assert asked(database, OFFSETS) == [-8.0, 0.0]
    time.sleep(2.0)
    with collecting(broker.settings(), collector_url(database)):  # the broker says the last again
        time.sleep(0.5)
    assert asked(database, OFFSETS) == [-8.0, 0.0]


@pytest.mark.broker
def test_no_clock_is_judged_by_what_the_broker_held_back(
    broker: Broker, database: Copy, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "SETTLED_S", 1.0)
    with collecting(broker.settings(), collector_url(database)):
        time.sleep(1.0)
        monkeypatch.setattr(connection, "WINDOW", 1)  # each message fills it: others may wait
        say(broker, database, 1, behind_h=8)
        monkeypatch.setattr(connection, "WINDOW", 1_000)
        say(broker, database, 2, behind_h=8)  # and so may have this one
        assert asked(database, OFFSETS) is None
        time.sleep(1.0)
        with broker.signed_in("gw-0001") as gateway:
            gateway.publish(f"{TOPIC}/readings", pack(lux(1)), qos=1)
        say(broker, database, 3, behind_h=8)
        assert asked(database, OFFSETS) == [-8.0]
