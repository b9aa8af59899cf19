"""What happened to gateways and sensors, for their pages; each event is audited, too (J1)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, LiteralString

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from db import Connection, audit


class Kind(StrEnum):
    """What happened."""

    ADDED = "added"
    PASSWORD_RENEWED = "password_renewed"  # noqa: S105  # an event's name
    DEACTIVATED = "deactivated"
    ACTIVATED = "activated"
    BOUND = "bound"
    UNBOUND = "unbound"
    PUT_UP = "put_up"  # it watches its room
    TAKEN_DOWN = "taken_down"  # and does so no longer
    REPLACED = "replaced"
    COMMISSIONED = "commissioned"
    COMMISSIONING_FAILED = "commissioning_failed"


@dataclass(frozen=True, slots=True)
class Device:
    """A gateway, or one of its sensors: ids and names."""

    gateway_id: int
    gateway: str
    sensor_id: int | None = None
    sensor: str | None = None
    active: bool = True

    def __str__(self) -> str:
        return self.gateway if self.sensor is None else f"{self.gateway}:{self.sensor}"

    @property
    def subject(self) -> str:
        """How the audit log names it."""
        return f"gateway:{self}" if self.sensor is None else f"sensor:{self}"


RECORD: LiteralString = """
    INSERT INTO device_event (at, actor, kind, gateway_id, sensor_id, card_id, facts)
    VALUES (%(at)s, %(actor)s, %(kind)s, %(gateway)s, %(sensor)s, %(card)s, %(facts)s)
"""


def record(
    conn: Connection,
    actor: str,
    device: Device,
    event: Kind,
    at: datetime,
    *,
    card_id: int | None = None,
    **facts: Any,
) -> None:
    """Note that `event` happened to a device at `at`, and audit it."""
    row = {
        "at": at,
        "actor": actor,
        "kind": event.value,
        "gateway": device.gateway_id,
        "sensor": device.sensor_id,
        "card": card_id,
        "facts": Jsonb(facts),
    }
    conn.execute(RECORD, row)
    room = "gateway" if device.sensor is None else "sensor"
    audit.record(conn, actor, f"{room}.{event}", device.subject, card=card_id, **facts)


@dataclass(frozen=True, slots=True)
class Event:
    """One event, with the names that it is shown by."""

    at: datetime
    actor: str
    kind: Kind
    sensor: str | None
    card: str | None
    facts: dict[str, Any]


EVENTS: LiteralString = """
    SELECT device_event.at, device_event.actor, device_event.kind, sensor.name AS sensor,
           card.code AS card, device_event.facts
      FROM device_event
      LEFT JOIN sensor ON sensor.id = device_event.sensor_id
      LEFT JOIN card ON card.id = device_event.card_id
     WHERE device_event.gateway_id = %(gateway)s
     ORDER BY device_event.id DESC
     LIMIT %(limit)s
"""


def of_gateway(conn: Connection, gateway_id: int, limit: int = 50) -> list[Event]:
    """The newest events of a gateway and its sensors, the newest first."""
    with conn.cursor(row_factory=class_row(Event)) as cursor:
        return cursor.execute(EVENTS, {"gateway": gateway_id, "limit": limit}).fetchall()
