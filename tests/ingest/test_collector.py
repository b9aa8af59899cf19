"""I2: what a gateway says is stored once, and acknowledged only then."""

import json
import queue

import pytest
from paho.mqtt import client as mqtt

from tests.fixtures.broker import Broker
from tests.fixtures.database import Copy
from tests.ingest.parts import (
    Site,
    collecting,
    collector_url,
    count,
    lux,
    pack,
)

pytestmark = pytest.mark.broker
TOPIC = "panhuo/v1/gw-0001/readings"


def hear_committed(client: mqtt.Client, gateway: str = "gw-0001") -> "queue.Queue[int]":
    """The numbers of the packs that the gateway may forget, as they come."""
    heard: queue.Queue[int] = queue.Queue()
    done: queue.Queue[bool] = queue.Queue()
    client.on_subscribe = lambda *_: done.put(True)
    client.on_message = lambda _c, _d, message: heard.put(json.loads(message.payload)["seq"])
    client.subscribe(f"panhuo/v1/{gateway}/committed", qos=1)
    done.get(timeout=5)
    return heard


def test_pack_is_stored_and_its_gateway_told(broker: Broker, database: Copy, site: Site) -> None:
    with (
        collecting(broker.settings(), collector_url(database)),
        broker.signed_in("gw-0001") as gateway,
    ):
        committed = hear_committed(gateway)
        gateway.publish(TOPIC, pack(lux(312.5), seq=42), qos=1)
        assert committed.get(timeout=10) == 42
        assert count(database) == 1
