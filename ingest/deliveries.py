"""A message of the broker, understood as far as the registered devices are known."""

import hashlib
import json
from dataclasses import dataclass, replace
from typing import Final

import structlog

from ingest import letters, packs, senml, status, topics
from ingest.devices import Registered
from ingest.packs import Pack
from ingest.reasons import Reason
from ingest.store import State, Stray
from ingest.topics import Leaf, Topic

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
    retained: bool = False  # kept by the broker: it said so before, and will say so again


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


Answer = tuple[str, bytes]  # a topic, and what is said there


def answer(delivery: Delivery) -> Answer | None:
    """What a gateway is told of its message once it is stored or kept; None: nothing.

    Each message that names a number, or of which nothing can ever be stored, is answered, and be it
    by its digest: a gateway sends again for ever what nobody answers. One that is not registered
    hears nothing, for tomorrow it may be.
    """
    match delivery.content:
        case Pack(seq=int(seq), useless=None, gateway=gateway):
            return str(Topic(gateway, Leaf.COMMITTED)), b'{"seq": %d}' % seq
        case Pack(useless=None, gateway=gateway, gateway_id=int(), payload=payload) if (
            MENTION in payload
        ):
            return str(Topic(gateway, Leaf.COMMITTED)), json.dumps(_named(payload)).encode()
        case Pack(useless=Reason() as reason, gateway=gateway, seq=seq, payload=payload):
            return _refusal(gateway, payload, seq, reason)
        case Stray(gateway=gateway, letter=letter, topic=topic) if topic.endswith(Leaf.READINGS):
            number = senml.number_in(delivery.message.payload)
            return _refusal(gateway, delivery.message.payload, number, letter.reason)
    return None


MENTION: Final = b'seq"'  # of a number that can't be read


def _refusal(gateway: str, payload: bytes, seq: int | None, reason: Reason) -> Answer:
    number = {} if seq is None else {"seq": seq}
    said = number | _named(payload) | {"reason": reason.value}
    return str(Topic(gateway, Leaf.REFUSED)), json.dumps(said).encode()


def _named(payload: bytes) -> dict[str, str]:
    """A message by its bytes, where its number is not known."""
    return {"digest": hashlib.sha256(payload).hexdigest()}


def _understand(message: Message, registered: Registered, kept_s: float) -> Delivery:
    topic = topics.parse(message.topic)
    if topic is not None and topic.leaf is Leaf.READINGS:
        if not message.payload:  # how a retained message is taken away
            return Delivery(message, None, False)
        pack = packs.judge(topic.gateway, message.payload, message.arrival, kept_s, registered)
        if message.retained:
            pack = packs.refuse_retained(pack)
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
    sent = said.sent or 0.0
    # A clock that was never set counts from its start, and stamps nothing: what it did is refused.
    if said.online and message.live and sent >= packs.NO_CLOCK_BEFORE:
        offset = sent - message.arrival
    return Delivery(message, State(known.id, said, message.arrival, offset), False)


def _stray(message: Message, reason: Reason, detail: str) -> Stray:
    topic = topics.parse(message.topic)
    gateway = topic.gateway if topic else ""
    letter = letters.of_payload(gateway, reason, detail, message.payload)
    return Stray(letter, gateway, message.topic, message.arrival)
