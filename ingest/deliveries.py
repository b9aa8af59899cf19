"""A message of the broker, understood as far as the registered devices are known."""

from dataclasses import dataclass, replace
from typing import Final

import structlog

from ingest import letters, packs, status, topics
from ingest.devices import Registered
from ingest.packs import Pack
from ingest.reasons import Reason
from ingest.store import State, Stray
from ingest.topics import Leaf

log = structlog.get_logger(__name__)

DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Message:
    """What the broker delivered, under which packet id, in which connection of ours.

    `arrival` in seconds since 1970, `heard` the same moment on the monotonic clock. `live`:
    nothing delayed it on the way, so its sender's clock can be judged by it.
    """

    mid: int
    qos: int
    connection: int
    topic: str
    payload: bytes
    arrival: float
    heard: float
    live: bool


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message and what it says; None: nothing at all. `stranger`: it names what isn't known."""

    message: Message
    content: Pack | State | Stray | None
    stranger: bool

    @property
    def rows(self) -> int:
        """Readings in it."""
        return len(self.content.sensors) if isinstance(self.content, Pack) else 0


def understand(message: Message, registered: Registered, kept_days: int) -> Delivery:
    """Take a message apart. Never raises: what we fail on is kept whole."""
    try:
        return _understand(message, registered, kept_days * DAY_S)
    except Exception as error:  # a callback that raises would leave its message unanswered
        log.exception("message not understood", topic=message.topic)
        return Delivery(message, _stray(message, Reason.NOT_UNDERSTOOD, repr(error)), False)


def again(delivery: Delivery, registered: Registered, kept_days: int) -> Delivery:
    """The same message, now that more may be registered: no stranger any more."""
    fresh = understand(delivery.message, registered, kept_days)
    return replace(fresh, stranger=False)


def _understand(message: Message, registered: Registered, kept_s: float) -> Delivery:
    topic = topics.parse(message.topic)
    if topic is not None and topic.leaf is Leaf.READINGS:
        pack = packs.judge(topic.gateway, message.payload, message.arrival, kept_s, registered)
        return Delivery(message, pack, pack.stranger)
    if topic is not None and topic.leaf is Leaf.STATUS:
        return _state(message, topic.gateway, registered)
    return Delivery(message, _stray(message, Reason.UNKNOWN_TOPIC, message.topic), False)


def _state(message: Message, gateway: str, registered: Registered) -> Delivery:
    if not message.payload:  # how a retained message is taken away
        return Delivery(message, None, False)
    try:
        said = status.read(message.payload)
    except ValueError as error:
        return Delivery(message, _stray(message, Reason.NOT_A_STATUS, str(error)), False)
    known = registered.gateways.get(gateway)
    if known is None:
        return Delivery(message, _stray(message, Reason.UNKNOWN_GATEWAY, gateway), True)
    offset = None
    if said.online and said.sent is not None and message.live:
        offset = said.sent - message.arrival
    return Delivery(message, State(known.id, said, message.arrival, offset), False)


def _stray(message: Message, reason: Reason, detail: str) -> Stray:
    topic = topics.parse(message.topic)
    gateway = topic.gateway if topic else ""
    letter = letters.of_payload(gateway, reason, detail, message.payload)
    return Stray(letter, gateway, message.topic, message.arrival)
