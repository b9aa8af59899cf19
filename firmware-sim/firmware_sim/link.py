"""One gateway's connection: packs out, answers in, status beside (docs/wire.md)."""

import json
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from math import inf
from typing import Any, Final

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from firmware_sim.buffer import Buffer, Pack
from firmware_sim.estate import Broker, GatewayPlan

KEEPALIVE_S: Final = 30
RETRY_S: Final = (1, 15)  # first and longest pause before connecting again

Say = Callable[[str], None]


class Link:
    """A gateway on the wire.

    paho's own thread reads; it only marks packs committed. Packs and status are published by the
    caller's thread, and never from callbacks.
    """

    def __init__(
        self,
        broker: Broker,
        plan: GatewayPlan,
        buffer: Buffer,
        *,
        lasting: bool,
        news: threading.Event,
        say: Say,
    ) -> None:
        self.plan, self.buffer, self.say = plan, buffer, say
        self.news = news  # set when something was committed, or the connection changed
        self.lock = threading.Lock()  # of the buffer, and of all below
        self.connected = False
        self.connections = 0
        self.sent_packs = self.committed = self.committed_readings = self.refused = 0
        self.committed_at = -inf  # monotonic seconds
        self._told = ""
        self._topic = f"panhuo/v1/{plan.id}/"
        # A gateway that remembers its packs also wants what was committed while it was away.
        # One that starts afresh must not hear of them.
        self.client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=plan.id,
            clean_session=not lasting,
            protocol=mqtt.MQTTv311,
        )
        self._prepare(broker)

    def _prepare(self, broker: Broker) -> None:
        client = self.client
        client.username_pw_set(self.plan.id, self.plan.password)
        client.max_inflight_messages_set(self.buffer.window + 8)
        client.reconnect_delay_set(*RETRY_S)
        # A will is written before it is needed: it can't know the time, nor what is buffered.
        will = json.dumps({"online": False, "firmware": self.plan.firmware})
        client.will_set(f"{self._topic}status", will, 1, True)
        if broker.ca is not None:
            client.tls_set(ca_certs=str(broker.ca))
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_connect_fail = self._on_connect_fail
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.connect_async(broker.host, broker.port, KEEPALIVE_S)

    def start(self) -> None:
        """Connect, and connect again for as long as it takes."""
        self.client.loop_start()

    def pump(self) -> bool:
        """Send what the window has room for, and what is overdue; True if anything was sent."""
        sent = False
        with self.lock:
            now = time.monotonic()
            while self.connected and (pack := self.buffer.take(now)) is not None:
                self._publish(pack)
                sent = True
            if self.connected and (pack := self.buffer.overdue(now)) is not None:
                self._publish(pack)
        return sent

    def repeat(self, pack: Pack) -> None:
        """Send a pack once more, as a careless gateway does (a duplicate)."""
        with self.lock:
            if self.connected:
                self._publish(pack)

    def report(self, buffered: int, sent: float, *, online: bool) -> mqtt.MQTTMessageInfo | None:
        """Publish the retained status; `sent` is the gateway's clock, Unix seconds."""
        with self.lock:
            if not self.connected:
                return None
            payload = self._status(buffered, sent, online=online)
            return self.client.publish(f"{self._topic}status", payload, 1, True)

    def settle(self, published: mqtt.MQTTMessageInfo | None, deadline: float) -> None:
        """Wait until the broker has `published`, or the deadline (monotonic seconds)."""
        if published is not None:
            with suppress(RuntimeError, ValueError):  # the connection is gone: so be it
                published.wait_for_publish(max(0.0, deadline - time.monotonic()))

    def close(self) -> threading.Thread:
        """Close the connection; the thread that is given back ends when it is closed."""
        self.client.disconnect()
        closing = threading.Thread(target=self.client.loop_stop, daemon=True)
        closing.start()
        return closing

    def _publish(self, pack: Pack) -> None:
        self.sent_packs += 1
        self.client.publish(f"{self._topic}readings", pack.payload, 1)

    def _status(self, buffered: int, sent: float, *, online: bool) -> str:
        return json.dumps(
            {
                "online": online,
                "firmware": self.plan.firmware,
                "sent": round(sent, 3),
                "buffered": buffered,
            }
        )

    def _on_connect(
        self, client: mqtt.Client, _data: Any, _flags: Any, reason: ReasonCode, _properties: Any
    ) -> None:
        if reason.is_failure:
            self._tell(f"the broker refuses it: {reason}")
            return
        client.subscribe([(f"{self._topic}committed", 1), (f"{self._topic}refused", 1)])
        with self.lock:
            # The buffer decides what is sent again; paho's own memory would only double it.
            client.drop_out_messages()
            self.buffer.reconnected()
            self.connected = True
            self.connections += 1
        if self._told:
            self._tell("connected")
        self.news.set()

    def _on_subscribe(
        self,
        _client: mqtt.Client,
        _data: Any,
        _mid: int,
        reasons: list[ReasonCode],
        _properties: Any,
    ) -> None:
        if any(reason.is_failure for reason in reasons):
            self._tell(f"the broker won't let it hear {self._topic}committed and refused")

    def _on_disconnect(
        self, _client: mqtt.Client, _data: Any, _flags: Any, reason: ReasonCode, _properties: Any
    ) -> None:
        with self.lock:
            was, self.connected = self.connected, False
        if was and reason.is_failure:
            self._tell(f"connection lost: {reason}")
        self.news.set()

    def _on_connect_fail(self, _client: mqtt.Client, _data: Any) -> None:
        self._tell("the broker can't be reached, or its certificate isn't trusted; trying again")

    def _tell(self, text: str) -> None:
        """Say a change once, not at every try."""
        if text != self._told:
            self._told = text
            with suppress(OSError, ValueError):  # a closed terminal must not stop a gateway
                self.say(f"{self.plan.id}: {text}")

    def _on_message(self, _client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        seq = committed_seq(message.payload)
        if message.topic.endswith("/refused"):
            self._forget(seq, message.payload)
            return
        if seq is None:
            self._tell("what was committed can't be understood")
            return
        with self.lock:
            pack = self.buffer.commit(seq, time.monotonic())
            if pack is not None:
                self.committed += 1
                self.committed_at = time.monotonic()
                self.committed_readings += pack.readings
        self.news.set()

    def _forget(self, seq: int | None, payload: bytes | bytearray) -> None:
        """Nothing of this pack can ever be stored: let it go, and say so."""
        with self.lock:
            if seq is None:
                seq = self.buffer.seq_of(_digest(payload))
            pack = None if seq is None else self.buffer.commit(seq, time.monotonic())
            self.refused += pack is not None
        if pack is not None:
            self._tell(f"pack {pack.seq} is refused: {bytes(payload).decode(errors='replace')}")
        self.news.set()


def _digest(payload: bytes | bytearray) -> str:
    """The digest (SHA-256, hex) in a `refused` message; empty when there is none."""
    try:
        content = json.loads(payload)
    except (ValueError, RecursionError):
        return ""
    return str(content.get("digest", "")) if isinstance(content, dict) else ""


def committed_seq(payload: bytes | bytearray) -> int | None:
    """The seq in a `committed` message, or None when it is anything else."""
    try:
        content = json.loads(payload)
    except (ValueError, RecursionError):  # no JSON, or nested without end
        return None
    seq = content.get("seq") if isinstance(content, dict) else None
    return seq if isinstance(seq, int) and not isinstance(seq, bool) else None
