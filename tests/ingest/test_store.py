"""I2: each reading is stored once, however often it is sent; what was refused is kept once."""

import json
from collections.abc import Callable
from typing import LiteralString

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db import Connection, scalar
from ingest import letters, packs, store
from ingest.packs import Pack
from ingest.reasons import Reason
from ingest.status import Status
from ingest.store import Batch, State, Stored, Stray
from tests.fixtures.examples import examples
from tests.ingest.parts import NOW, YEAR_S, Site, lux, pack

Store = Callable[[Connection, Batch], Stored]
WAYS = pytest.mark.parametrize("way", [store.store_new, store.store_missing])
VALUES: LiteralString = "SELECT value FROM reading ORDER BY ts"
ROWS: LiteralString = "SELECT sensor_id, extract(epoch FROM ts)::float8, value FROM reading"
POSITIONS: LiteralString = "SELECT latitude, longitude, accuracy_m FROM position ORDER BY ts"
ARRIVALS: LiteralString = """
    SELECT seq, records, refused, extract(epoch FROM last_ts)::float8 FROM pack
"""
LETTER: LiteralString = "SELECT times, reason, place, content, first_at < last_at FROM dead_letter"
STATES: LiteralString = "SELECT online, firmware, buffered, clock_offset_s FROM gateway_state"


def judged(site: Site, payload: bytes, after: float = 60.0) -> Pack:
    return packs.judge("gw-0001", payload, NOW + after, YEAR_S, site.registered)


@WAYS
def test_readings_are_stored_as_measured(conn: Connection, lent_site: Site, way: Store) -> None:
    one = judged(lent_site, pack(lux(312.5), lux(311.0, 60.000001)))
    assert way(conn, Batch([one])) == Stored(readings=2, packs=1)
    sensor = lent_site.sensor("gw-0001:pe-01")
    assert sorted(conn.execute(ROWS).fetchall()) == [
        (sensor, NOW, 312.5),
        (sensor, NOW + 60.000001, 311.0),
    ]


@WAYS
def test_repeats_inside_a_batch_are_stored_once(
    conn: Connection, lent_site: Site, way: Store
) -> None:
    one = judged(lent_site, pack(lux(1), lux(1), lux(2)))
    assert way(conn, Batch([one, one])) == Stored(readings=1, repeated=5, contradicted=2, packs=2)
    assert scalar(conn, VALUES) == 1.0


def test_repeats_of_what_is_stored_are_refused_by_the_fast_way(
    conn: Connection, lent_site: Site
) -> None:
    one = Batch([judged(lent_site, pack(lux(1)))])
    store.store_new(conn, one)
    with pytest.raises(psycopg.errors.UniqueViolation):
        store.store_new(conn, one)


def test_first_value_stands_and_contradictions_are_counted(
    conn: Connection, lent_site: Site
) -> None:
    store.store_new(conn, Batch([judged(lent_site, pack(lux(1), lux(2, 60)))]))
    again = judged(lent_site, pack(lux(1), lux(99, 60), lux(3, 120)))
    stored = store.store_missing(conn, Batch([again]))
    assert stored == Stored(readings=1, repeated=2, contradicted=1, packs=1)
    assert [value for (value,) in conn.execute(VALUES)] == [1, 2, 3]


@settings(max_examples=examples(25), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 3)), max_size=8), max_size=6))
def test_any_order_and_repetition_stores_each_moment_once(
    conn: Connection, lent_site: Site, sent: list[list[tuple[int, int]]]
) -> None:
    first: dict[int, int] = {}
    total = Stored()
    with conn.transaction(force_rollback=True):
        for records in sent:
            for minute, value in records:
                first.setdefault(minute, value)
            payload = pack(*(lux(value, minute * 60.0) for minute, value in records))
            total += store.store_missing(conn, Batch([judged(lent_site, payload, 6_000)]))
        rows = conn.execute(ROWS).fetchall()
    assert {(round((ts - NOW) / 60), value) for _, ts, value in rows} == set(first.items())
    assert (len(rows), total.readings) == (len(first), len(first))
    assert total.readings + total.repeated == sum(map(len, sent))


@WAYS
def test_positions_are_stored_once(conn: Connection, lent_site: Site, way: Store) -> None:
    fix = [
        {"n": "gp-01", "u": unit, "v": value}
        for unit, value in (("lat", 20.0311), ("lon", 110.3312), ("m", 6.0))
    ]
    one = judged(lent_site, pack(*fix))
    assert way(conn, Batch([one])).positions == 1
    assert way(conn, Batch([one])) == Stored(repeated=1, packs=1)
    assert conn.execute(POSITIONS).fetchall() == [(20.0311, 110.3312, 6.0)]


def test_arrival_of_each_pack_is_noted(conn: Connection, lent_site: Site) -> None:
    one = judged(lent_site, pack(lux(1), lux(-1), lux(2, 30), seq=42))
    store.store_new(conn, Batch([one]))
    assert conn.execute(ARRIVALS).fetchall() == [(42, 4, 1, NOW + 30)]


@WAYS
def test_letter_is_kept_once_and_counted(conn: Connection, lent_site: Site, way: Store) -> None:
    payload = pack(lux(-5), seq=3)
    batch = Batch([judged(lent_site, payload), judged(lent_site, payload, 90)])
    assert way(conn, batch).refused == 2
    way(conn, Batch([judged(lent_site, payload, 120)]))
    [(times, reason, place, content, later)] = conn.execute(LETTER).fetchall()
    assert (times, reason, place, later) == (3, "out_of_range", 1, True)
    assert content == b'{"n": "pe-01", "u": "lx", "v": -5, "t": 0.0}'


@WAYS
def test_letter_keeps_any_bytes(conn: Connection, way: Store) -> None:
    payload = bytes(range(256))
    letter = letters.of_payload("gw\x7f", Reason.NOT_A_PACK, "nul \0 half \ud800", payload)
    way(conn, Batch(strays=[Stray(letter, "gw", "panhuo/v1/gw/readings", NOW)]))
    assert conn.execute(LETTER).fetchall() == [(1, "not_a_pack", None, payload, False)]


def test_newest_state_is_what_arrived_last(conn: Connection, lent_site: Site) -> None:
    gateway = lent_site.registered.gateways["gw-0001"].id
    online = Status(True, "1.4.0", NOW, 3)
    will = Status(False, "", NOW - 500, None)  # written when it signed in
    store.store_new(conn, Batch(states=[State(gateway, online, NOW, 1.5)]))
    store.store_new(conn, Batch(states=[State(gateway, will, NOW + 60, None)]))
    assert conn.execute(STATES).fetchall() == [(False, "1.4.0", 3, 1.5)]
    store.store_new(conn, Batch(states=[State(gateway, online, NOW + 30, 0.5)]))
    assert conn.execute(STATES).fetchall() == [(False, "1.4.0", 3, 1.5)]


def test_empty_batch_stores_nothing(conn: Connection) -> None:
    assert store.store_new(conn, Batch()) == Stored()


def clockless(*records: dict[str, object], seq: int | None) -> bytes:
    """A pack of a gateway without a clock: its times count back from arrival."""
    head = {"bn": "gw-0001:", "bt": 0.0}
    number = {} if seq is None else {"n": "seq", "v": seq}
    return json.dumps([head | number, *records]).encode()


@WAYS
def test_pack_without_a_clock_is_stored_once_whenever_it_comes_again(
    conn: Connection, lent_site: Site, way: Store
) -> None:
    sent = clockless(lux(1, -60), lux(2), seq=7)
    first, again = judged(lent_site, sent, 60.0), judged(lent_site, sent, 3_600.0)
    assert way(conn, Batch([first])) == Stored(readings=2, packs=1)
    assert way(conn, Batch([again, again])) == Stored(repeated=4, packs=2)
    times = [at for _, at, _ in conn.execute(ROWS)]
    assert sorted(times) == [NOW, NOW + 60]


@WAYS
def test_other_pack_without_a_clock_that_says_the_same_is_stored_too(
    conn: Connection, lent_site: Site, way: Store
) -> None:
    for number, after in ((7, 60.0), (8, 120.0)):
        way(conn, Batch([judged(lent_site, clockless(lux(1), seq=number), after)]))
    way(conn, Batch([judged(lent_site, clockless(lux(1), seq=None), 180.0)]))
    way(conn, Batch([judged(lent_site, clockless(lux(1), seq=None), 240.0)]))
    assert scalar(conn, "SELECT count(*) FROM reading") == 4


FILL: LiteralString = """
    INSERT INTO reading (ts, sensor_id, value)
    SELECT to_timestamp(%(start)s) + make_interval(secs => n), 7, n
      FROM generate_series(%(first)s::integer, %(last)s::integer) AS n
"""
CONTRADICTED: LiteralString = """
    SELECT reading_contradictions(array_agg(7), array_agg(ts), array_agg(value + 1))
      FROM (SELECT ts, value FROM reading ORDER BY ts LIMIT %(limit)s) AS again
"""
READ_WHOLE: LiteralString = """
    SELECT COALESCE(sum(seq_tup_read), 0)::integer FROM pg_stat_xact_all_tables
     WHERE schemaname = '_timescaledb_internal' AND relname LIKE '%%chunk'
"""


def test_repeats_are_looked_up_one_by_one_however_old_the_plan(conn: Connection) -> None:
    conn.execute(FILL, {"start": NOW, "first": 1, "last": 1})
    for _ in range(8):  # from the sixth on the session keeps one plan for all
        scalar(conn, CONTRADICTED, limit=1)
    conn.execute(FILL, {"start": NOW, "first": 2, "last": 3_000})
    again = conn.execute("SELECT array_agg(ts), array_agg(value + 1) FROM reading").fetchone()
    assert again is not None
    reading = scalar(conn, READ_WHOLE)
    found = scalar(
        conn,
        "SELECT reading_contradictions(%(sensors)s, %(times)s, %(values)s)",
        sensors=[7] * 50,
        times=again[0][:50],
        values=again[1][:50],
    )
    assert found == 50
    assert scalar(conn, READ_WHOLE) == reading
