"""I2: what a gateway says is stored once, and acknowledged only then."""

import hashlib
import json
import queue
import random
import signal
import socket
import threading
import time
from functools import partial
from pathlib import Path
from typing import LiteralString

import pytest
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from db import DatabaseSettings, roles, schema, server, single_connection
from db.roles import DatabaseRole
from db.server import DATABASE, Server
from ingest import devices
from tests.fixtures.broker import Broker, access
from tests.fixtures.broker import serving as serving_broker
from tests.fixtures.database import Copy
from tests.fixtures.patience import busy
from tests.fixtures.ports import from_port
from tests.ingest.parts import (
    LETTERS,
    Site,
    collecting,
    collector_url,
    count,
    end,
    eventually,
    lux,
    make_site,
    pack,
    start_collector,
)

pytestmark = pytest.mark.broker
TOPIC = "panhuo/v1/gw-0001/readings"
STATUS = "panhuo/v1/gw-0001/status"


def hear_committed(client: mqtt.Client, gateway: str = "gw-0001") -> "queue.Queue[int]":
    """The numbers of the packs that the gateway may forget, as they come."""
    heard: queue.Queue[int] = queue.Queue()
    done: queue.Queue[bool] = queue.Queue()
    client.on_subscribe = lambda *_: done.put(True)
    client.on_message = lambda _c, _d, message: heard.put(json.loads(message.payload)["seq"])
    client.subscribe(f"panhuo/v1/{gateway}/committed", qos=1)
    done.get(timeout=60)
    return heard


def hear_answers(
    client: mqtt.Client, gateway: str = "gw-0001"
) -> "queue.Queue[tuple[str, dict[str, object]]]":
    """What the gateway is told of its packs, by the last word of the topic, as it comes."""
    heard: queue.Queue[tuple[str, dict[str, object]]] = queue.Queue()
    done: queue.Queue[bool] = queue.Queue()
    client.on_subscribe = lambda *_: done.put(True)
    client.on_message = lambda _c, _d, message: heard.put(
        (message.topic.rpartition("/")[2], json.loads(message.payload))
    )
    client.subscribe([(f"panhuo/v1/{gateway}/{leaf}", 1) for leaf in ("committed", "refused")])
    done.get(timeout=60)
    return heard


def test_pack_is_stored_and_its_gateway_told(broker: Broker, database: Copy, site: Site) -> None:
    with (
        collecting(broker.settings(), collector_url(database)),
        broker.signed_in("gw-0001") as gateway,
    ):
        committed = hear_committed(gateway)
        gateway.publish(TOPIC, pack(lux(312.5), seq=42), qos=1)
        assert committed.get(timeout=60) == 42
        assert count(database) == 1


def say(client: mqtt.Client, *payloads: bytes, topic: str = TOPIC) -> None:
    """Publish, and wait until the broker has it all."""
    for sent in [client.publish(topic, payload, qos=1) for payload in payloads]:
        sent.wait_for_publish(120)


def series(packs: int, readings: int, first_seq: int = 0) -> list[bytes]:
    """Packs of one sensor, a reading a second, no moment twice."""
    return [
        pack(*(lux(seq % 100, float(seq * readings + at)) for at in range(readings)), seq=seq)
        for seq in range(first_seq, first_seq + packs)
    ]


TWICE: LiteralString = """
    SELECT count(*) FROM (SELECT 1 FROM reading GROUP BY sensor_id, ts HAVING count(*) > 1) AS twice
"""


def test_packs_again_late_and_in_another_order_are_stored_once(
    broker: Broker, database: Copy, site: Site
) -> None:
    packs = series(60, 10)
    shuffled = packs + packs[::2] + packs[::-1]
    random.Random(1).shuffle(shuffled)
    with (
        collecting(broker.settings(), collector_url(database)) as collector,
        broker.signed_in("gw-0001") as gateway,
    ):
        say(gateway, *shuffled)
        eventually(lambda: collector.counters().stored.packs == len(shuffled))
        stored = collector.counters().stored
    assert count(database) == stored.readings == 600
    assert stored.repeated == len(shuffled) * 10 - 600
    assert stored.contradicted == 0


def test_what_is_refused_is_kept_and_answered(broker: Broker, database: Copy, site: Site) -> None:
    with (
        collecting(broker.settings(), collector_url(database)),
        broker.signed_in("gw-0001") as gateway,
    ):
        committed = hear_committed(gateway)
        say(gateway, b"no pack", pack(lux(-1), lux(1, name="pe-99"), seq=5), pack(lux(1), seq=6))
        assert {committed.get(timeout=60), committed.get(timeout=60)} == {5, 6}
        eventually(lambda: count(database, LETTERS) == 3)
        assert count(database) == 1


@pytest.mark.parametrize(
    ("around", "answer"),
    [
        (b"%s\0", {"seq": 42}),
        (b"%s,", {"seq": 42, "reason": "not_a_pack"}),
        (b"\x1f\x8b%s", {"seq": 42, "reason": "not_a_pack"}),
    ],
    ids=["nul", "rubbish behind", "not JSON"],
)
def test_whatever_bears_a_number_is_answered_by_it(
    broker: Broker, database: Copy, site: Site, around: bytes, answer: dict[str, object]
) -> None:
    """A gateway sends again for ever what nobody answers."""
    sent = around % pack(lux(312.5), seq=42)
    with (
        collecting(broker.settings(), collector_url(database)),
        broker.signed_in("gw-0001") as gateway,
    ):
        answers = hear_answers(gateway)
        say(gateway, sent)
        leaf, heard = answers.get(timeout=60)
    assert leaf == ("refused" if "reason" in answer else "committed")
    if "reason" in answer:
        assert heard.pop("digest") == hashlib.sha256(sent).hexdigest()
    assert heard == answer
    assert count(database) + count(database, LETTERS) == 1


@pytest.mark.parametrize(
    ("sent", "leaf", "reason"),
    [
        (b'[{"bn":"gw-0001:","n":"se', "refused", "not_a_pack"),
        (pack(lux(1)).replace(b'"v": 1', b'"v": "one"', 1), "committed", None),
    ],
    ids=["broken off", "number in words"],
)
def test_what_bears_no_number_that_can_be_read_is_answered_by_its_digest(
    broker: Broker, database: Copy, site: Site, sent: bytes, leaf: str, reason: str | None
) -> None:
    with (
        collecting(broker.settings(), collector_url(database)),
        broker.signed_in("gw-0001") as gateway,
    ):
        answers = hear_answers(gateway)
        say(gateway, sent)
        heard = answers.get(timeout=60)
    digest = {"digest": hashlib.sha256(sent).hexdigest()}
    assert heard == (leaf, digest | ({"reason": reason} if reason else {}))


RETAINED: LiteralString = """
    SELECT coalesce(sum(times), 0)::integer FROM dead_letter WHERE reason = 'retained'
"""


def _refused_as_retained(database: Copy, times: int) -> bool:
    return count(database, RETAINED) == times


def test_retained_pack_without_times_makes_one_reading_however_often_it_is_said(
    broker: Broker, database: Copy, site: Site
) -> None:
    timeless = json.dumps([{"bn": "gw-0001:", **lux(777)}]).encode()
    url = collector_url(database)
    with broker.signed_in("gw-0001") as gateway:
        with collecting(broker.settings(), url):
            gateway.publish(TOPIC, timeless, qos=1, retain=True).wait_for_publish(60)
            eventually(lambda: count(database) == 1)
        for said_again in (1, 2):
            with collecting(broker.settings(), url):
                eventually(partial(_refused_as_retained, database, said_again))
        with collecting(broker.settings(), url) as collector:
            gateway.publish(TOPIC, b"", qos=1, retain=True).wait_for_publish(60)
            gateway.publish(TOPIC, pack(lux(1)), qos=1, retain=True).wait_for_publish(60)
            eventually(lambda: count(database) == 2)
            assert collector.counters().stored.refused == 1  # taking it away is no message
        with collecting(broker.settings(), url) as collector:  # with times of its own: stored once
            eventually(lambda: collector.counters().stored.repeated == 1)
    assert count(database) == 2


def test_sensor_registered_a_moment_ago_is_known(
    broker: Broker, database: Copy, site: Site
) -> None:
    with (
        collecting(broker.settings(), collector_url(database)),
        broker.signed_in("gw-0001") as gateway,
    ):
        committed = hear_committed(gateway)
        say(gateway, pack(lux(1), seq=1))
        assert committed.get(timeout=60) == 1
        with single_connection(database.url()) as conn:
            key = site.registered.gateways["gw-0001"].id
            devices.register_sensor(conn, key, "pe-02", "photoelectric")
            conn.commit()
        say(gateway, pack(lux(1, name="pe-02"), seq=2))
        assert committed.get(timeout=60) == 2
        assert (count(database), count(database, LETTERS)) == (2, 0)


ONLINE: LiteralString = "SELECT count(*) FROM gateway_state WHERE online AND buffered = 7"
OFFLINE: LiteralString = "SELECT count(*) FROM gateway_state WHERE NOT online"


def test_state_and_last_will_of_a_gateway_are_noted(
    broker: Broker, database: Copy, site: Site
) -> None:
    online = {"online": True, "firmware": "1.4.0", "sent": time.time(), "buffered": 7}
    with collecting(broker.settings(), collector_url(database)):
        dying = mqtt.Client(CallbackAPIVersion.VERSION2)
        dying.username_pw_set("gw-0001", "word-of-gw-0001")
        dying.will_set(STATUS, json.dumps({"online": False}), qos=1, retain=True)
        dying.connect("127.0.0.1", broker.port)
        dying.loop_start()
        dying.publish(STATUS, json.dumps(online), qos=1, retain=True).wait_for_publish(60)
        eventually(lambda: count(database, ONLINE) == 1)
        sock = dying.socket()
        assert isinstance(sock, socket.socket)
        sock.shutdown(socket.SHUT_RDWR)  # as if its power were cut
        dying.loop_stop()
        eventually(lambda: count(database, OFFLINE) == 1)


def test_collector_starts_without_a_broker(tmp_path: Path, database: Copy, site: Site) -> None:
    with serving_broker(tmp_path, access("gw-0001")) as broker:
        broker.stop()
        with collecting(broker.settings(), collector_url(database)) as collector:
            time.sleep(0.5)
            assert not collector.counters().broker_up
            broker.start()
            eventually(lambda: collector.counters().broker_up)
            with broker.signed_in("gw-0001") as gateway:
                say(gateway, pack(lux(1)))
            eventually(lambda: count(database) == 1)


@pytest.mark.kills
def test_what_is_said_while_the_collector_is_away_waits_even_over_a_restart_of_the_broker(
    broker: Broker, database: Copy, site: Site
) -> None:
    packs = series(300, 10)
    with collecting(broker.settings(), collector_url(database)):
        pass
    with broker.signed_in("gw-0001") as gateway:
        say(gateway, *packs[:100])
    broker.stop()
    broker.start()
    with broker.signed_in("gw-0001") as gateway:
        say(gateway, *packs[100:])
    with collecting(broker.settings(), collector_url(database)):
        eventually(lambda: count(database) == 3_000)


def test_two_collectors_share_the_work_and_each_moment_is_stored_once(
    broker: Broker, database: Copy, site: Site
) -> None:
    one = broker.settings(collector_group="panhuo", collector_worker="1")
    two = broker.settings(collector_group="panhuo", collector_worker="2")
    packs = series(300, 10)
    with (
        collecting(one, collector_url(database)) as first,
        collecting(two, collector_url(database)) as second,
        broker.signed_in("gw-0001") as gateway,
    ):
        say(gateway, *packs, *packs)
        both = (first, second)
        # One whose connection was lost is sent again what it had not acknowledged.
        eventually(lambda: sum(one.counters().stored.packs for one in both) >= 600)
        eventually(lambda: count(database) == 3_000)
        assert all(one.counters().stored.packs > 0 for one in both)
    assert count(database, TWICE) == 0


@pytest.mark.kills
def test_nothing_is_lost_while_the_broker_restarts(
    broker: Broker, database: Copy, site: Site
) -> None:
    packs = series(400, 20)
    with (
        collecting(broker.settings(), collector_url(database)),
        broker.signed_in("gw-0001") as gateway,
    ):
        say(gateway, *packs[:200])
        broker.stop()
        eventually(lambda: not gateway.is_connected())
        broker.start()
        eventually(gateway.is_connected)
        say(gateway, *packs[200:])
        eventually(lambda: count(database) == 8_000)
    assert count(database, TWICE) == 0


CUT: LiteralString = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE usename = 'panhuo_collector' AND datname = %(name)s
"""


@pytest.mark.kills
def test_nothing_is_lost_while_connections_to_the_database_are_cut(
    broker: Broker, database: Copy, site: Site
) -> None:
    packs = series(600, 20)
    settings = broker.settings(flush_messages=20)
    with (
        collecting(settings, collector_url(database)) as collector,
        broker.signed_in("gw-0001") as gateway,
        single_connection(database.server.admin_url, autocommit=True) as admin,
    ):
        for start in range(0, 600, 100):
            say(gateway, *packs[start : start + 100])
            admin.execute(CUT, {"name": database.name})
        eventually(lambda: count(database) == 12_000)
        assert collector.counters().stored.readings <= 12_000
    assert count(database, TWICE) == 0


def prepare(running: Server) -> None:
    """The product's database and a site on a fresh server."""
    roles.ensure(running.admin_url, DATABASE, running.passwords)
    schema.migrate(running.url(DatabaseRole.OWNER))
    with single_connection(running.url(DatabaseRole.OWNER)) as conn:
        make_site(conn)
        conn.commit()


def readings(running: Server) -> int:
    """How many readings are stored on a server."""
    with single_connection(running.url(DatabaseRole.OWNER)) as conn:
        row = conn.execute("SELECT count(*) FROM reading").fetchone()
    assert row is not None
    number: int = row[0]
    return number


@pytest.mark.kills
def test_nothing_is_lost_while_the_database_is_stopped(broker: Broker, tmp_path: Path) -> None:
    settings = DatabaseSettings(
        data=tmp_path / "data", database_port=from_port(25_901), database_url=None
    )
    packs = series(300, 20)
    try:
        with server.serving(settings) as running:
            prepare(running)
        url = running.url(DatabaseRole.COLLECTOR)
        with (
            collecting(broker.settings(), url) as collector,  # there is no database now
            broker.signed_in("gw-0001") as gateway,
        ):
            say(gateway, *packs[:100])
            eventually(lambda: not collector.counters().database_up)
            with server.serving(settings) as running:
                eventually(lambda: readings(running) == 2_000)
            say(gateway, *packs[100:])
            eventually(lambda: not collector.counters().database_up)
            with server.serving(settings) as running:
                eventually(lambda: readings(running) == 6_000)
    finally:
        server.forget(tmp_path / "data")


@pytest.mark.kills
def test_every_moment_is_stored_once_through_kills(
    broker: Broker, database: Copy, site: Site, tmp_path: Path
) -> None:
    packs = series(2_000, 50)
    log = tmp_path / "collector.log"
    process = start_collector(broker, collector_url(database), log)
    with broker.signed_in("gw-0001") as gateway:
        saying = threading.Thread(target=say, args=(gateway, *packs))
        try:
            eventually(lambda: "broker connected" in log.read_text())
            saying.start()
            for least in (5_000, 40_000):
                eventually(lambda least=least: count(database) >= least)  # type: ignore[misc]
                end(process, signal.SIGKILL)
                process = start_collector(broker, collector_url(database), log)
            eventually(lambda: count(database) == 100_000, 180)
        finally:
            saying.join(120)
            end(process)
    assert count(database, TWICE) == 0
    assert count(database, LETTERS) == 0


@pytest.mark.kills
def test_term_stops_within_five_seconds_and_loses_nothing(
    broker: Broker, database: Copy, site: Site, tmp_path: Path
) -> None:
    log = tmp_path / "collector.log"
    process = start_collector(broker, collector_url(database), log)
    enough, said = threading.Event(), 0
    with broker.signed_in("gw-0001") as gateway:

        def speak() -> None:
            nonlocal said
            while not enough.wait(0.02):
                say(gateway, *series(20, 5, said))
                said += 20

        eventually(lambda: "broker connected" in log.read_text())
        saying = threading.Thread(target=speak)
        saying.start()
        try:
            eventually(lambda: count(database) > 0)
            took = end(process)
            before, since = count(database), said
            eventually(lambda: said > since)  # it goes on saying: it was stopped in the middle
        finally:
            enough.set()
            saying.join(120)
    assert (took < busy(5), process.returncode) == (True, 0)
    assert before < said * 5
    process = start_collector(broker, collector_url(database), log)
    eventually(lambda: count(database) == said * 5)
    assert end(process) < busy(5)
    assert count(database, TWICE) == 0


@pytest.mark.kills
def test_term_stops_a_collector_that_has_neither_broker_nor_database(
    tmp_path: Path, broker: Broker
) -> None:
    broker.stop()
    log = tmp_path / "collector.log"
    nowhere = "postgresql://nobody:none@127.0.0.1:9/none"
    process = start_collector(broker, nowhere, log)
    eventually(lambda: "database lost" in log.read_text())
    assert end(process) < busy(5)
    assert process.returncode == 0
    assert log.read_text().count("database lost") == 1
