"""The collector's connection to the broker, which comes back by itself."""

import socket
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import structlog
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from ingest import topics
from ingest.broker import COLLECTOR
from ingest.deliveries import Answer, Message
from ingest.settings import IngestSettings
from ingest.topics import Leaf

log = structlog.get_logger(__name__)

WINDOW: Final = 1_000  # the broker's max_inflight_messages, and ours towards it
SETTLED_S: Final = 10.0  # what had to wait for a connection, or for answers, has come by then
STALL_S: Final = 1.0  # handing over took so long that what comes next was kept waiting
CLOSE_S: Final = 1.0
CONNECT_S: Final = 3.0
LONGEST_PAUSE_S: Final = 10
CHUNK: Final = 65_536
PUBACK: Final = b"\x40\x02"  # MQTT 3.1.1, 3.4
PUBLISH_1: Final = 0x32


class _BufferedSocket:
    """Reads in large pieces what paho asks for byte by byte.

    `pending` tells paho, as for an encrypted socket, that more can be read without waiting.
    """

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self._buffer = b""
        self._at = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def recv(self, size: int) -> bytes:
        if self._at == len(self._buffer):
            self._buffer, self._at = self._inner.recv(CHUNK), 0
        piece = self._buffer[self._at : self._at + size]
        self._at += len(piece)
        return piece

    def pending(self) -> int:
        below: int = self._inner.pending() if hasattr(self._inner, "pending") else 0
        return len(self._buffer) - self._at + below


class _Client(mqtt.Client):
    def _create_socket(self) -> Any:
        inner: Any = super()._create_socket()
        inner.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return _BufferedSocket(inner)

    def loop_read(self, max_packets: int = 1) -> MQTTErrorCode:
        """Read the packets that are in the buffer at once, not one for each wait."""
        for _ in range(WINDOW):
            code = super().loop_read(max_packets)
            sock: Any = self.socket()
            if code != MQTTErrorCode.MQTT_ERR_SUCCESS or sock is None or not sock.pending():
                return code
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def publish_packet(self, topic: str, payload: bytes) -> bytes:
        """A PUBLISH at QoS 1 (MQTT 3.1.1, 3.3), with a packet id that nothing else uses."""
        name = topic.encode()
        mid = self._mid_generate().to_bytes(2, "big")
        body = len(name).to_bytes(2, "big") + name + mid + payload
        assert len(body) < 16_384  # its length in two bytes; a name and a number need far less
        low, high = len(body) % 128, len(body) // 128
        return bytes((PUBLISH_1, low | 128, high) if high else (PUBLISH_1, low)) + body

    def send_packets(self, packets: Sequence[bytes]) -> None:
        """Write ready packets in their order and all at once, not each by itself.

        paho keeps nothing of them: what the connection loses, the broker's next delivery of the
        same messages brings up again.
        """
        if packets:
            self._packet_queue(PUBACK[0], b"".join(packets), 0, 0)


class BrokerConnection:
    """Hands over every message, and acknowledges it when told to, if its connection still stands.

    Runs paho's own thread; `receive` is called in it and must not raise.
    """

    def __init__(self, settings: IngestSettings, receive: Callable[[Message], None]) -> None:
        self._receive = receive
        self._filters = [
            (topics.shared(settings.collector_group, Leaf.READINGS), 1),
            (topics.everyones(Leaf.STATUS), 1),
        ]
        self._lock = threading.Lock()  # an acknowledgement goes to the connection it is for
        self._number = 0
        self._up = self._subscribed = False
        self._since = 0.0
        self._unanswered = 0  # messages of this connection that the broker waits to hear of
        self._told = ""
        self.overtaken = 0  # acknowledgements whose connection was gone
        self._client = self._made(settings)

    def _made(self, settings: IngestSettings) -> _Client:
        client = _Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"{COLLECTOR}{settings.collector_worker}",
            clean_session=False,  # the broker keeps what comes while we are away
            protocol=mqtt.MQTTv311,  # at QoS 1 faster than MQTT 5
            manual_ack=True,
        )
        password = settings.broker_password
        client.username_pw_set(
            settings.broker_user or f"{COLLECTOR}{settings.collector_worker}",
            password.get_secret_value() if password else None,
        )
        if settings.broker_tls_ca is not None:
            client.tls_set(ca_certs=str(settings.broker_tls_ca))
        client.max_inflight_messages_set(WINDOW)
        client.reconnect_delay_set(1, LONGEST_PAUSE_S)
        client.connect_timeout = CONNECT_S
        client.on_pre_connect = self._on_pre_connect
        client.on_connect = self._on_connect
        client.on_connect_fail = self._on_connect_fail
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.connect_async(settings.broker_host, settings.broker_port, keepalive=60)
        return client

    @property
    def up(self) -> bool:
        """Whether the broker is there now, and has our subscription."""
        return self._subscribed

    def start(self) -> None:
        """Connect, now or when there is a broker, and again whenever it is lost."""
        self._client.loop_start()

    def stop(self) -> None:
        """Send what is to be sent, and leave; within CLOSE_S even if the broker doesn't answer."""
        self._client.disconnect()
        closing = threading.Thread(target=self._client.loop_stop, daemon=True)
        closing.start()
        closing.join(CLOSE_S)

    def acknowledge(self, done: Iterable[tuple[Message, Answer | None]]) -> None:
        """Tell gateways what became of their packs, and the broker that it may forget them.

        `done`: each message, with what its gateway is to hear of it. A packet id
        means something else in another connection, so of an older one nothing is sent; the
        broker delivers those messages again.
        """
        answers: list[bytes] = []
        with self._lock:
            for message, answer in done:
                if message.connection != self._number or not self._up:
                    self.overtaken += 1
                    continue
                if answer is not None:
                    answers.append(self._client.publish_packet(*answer))
                if message.qos:
                    self._unanswered -= 1
                    answers.append(PUBACK + message.mid.to_bytes(2, "big"))
            self._client.send_packets(answers)

    def _tell(self, state: str, **facts: object) -> None:
        """Log a change once, not at every try."""
        if state != self._told:
            self._told = state
            log.info(state, **facts)

    def _down(self) -> None:
        with self._lock:
            self._up = self._subscribed = False
            self._number += 1
            self._unanswered = 0

    def _on_pre_connect(self, _client: mqtt.Client, _data: object) -> None:
        self._down()

    def _on_connect(
        self,
        client: mqtt.Client,
        _data: object,
        _flags: mqtt.ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            self._tell("broker refuses the collector", reason=str(reason))
            return
        with self._lock:
            self._up = True
            self._since = time.monotonic()
        client.subscribe(self._filters)

    def _on_connect_fail(self, _client: mqtt.Client, _data: object) -> None:
        self._tell("broker can't be reached")

    def _on_disconnect(
        self,
        _client: mqtt.Client,
        _data: object,
        _flags: mqtt.DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        was_up = self._up
        self._down()
        if was_up:
            self._tell("broker lost", reason=str(reason))

    def _on_subscribe(
        self,
        _client: mqtt.Client,
        _data: object,
        _mid: int,
        reasons: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        if any(reason.is_failure for reason in reasons):
            words = [str(item) for item in reasons]
            self._tell("broker refuses the subscription", reasons=words)
        else:
            self._subscribed = True
            self._tell("broker connected")

    def _on_message(self, _client: mqtt.Client, _data: object, said: mqtt.MQTTMessage) -> None:
        now = time.monotonic()
        with self._lock:
            self._unanswered += said.qos > 0
            if self._unanswered >= WINDOW:  # the broker holds back what comes next: it will be late
                self._since = now
            settled = now - self._since > SETTLED_S
        self._receive(
            Message(
                mid=said.mid,
                qos=said.qos,
                connection=self._number,
                topic=said.topic,
                payload=bytes(said.payload),
                arrival=time.time(),
                heard=now,
                live=settled and not said.retain and not said.dup,
                retained=said.retain,
            )
        )
        if (after := time.monotonic()) - now > STALL_S:
            self._since = after
