"""What is installed: gateways, their sensors, what these watch and whether they are proven."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from psycopg.rows import class_row

from db import Connection


@dataclass(frozen=True, slots=True)
class InstalledGateway:
    """A gateway as a list shows it; `online` is None until it has said something of itself."""

    id: int
    name: str
    unit: str
    place: str
    active: bool
    online: bool | None
    heard_at: datetime | None
    sensors: int


GATEWAYS: LiteralString = """
    SELECT gateway.id, gateway.name, unit.code AS unit, gateway.place, gateway.active,
           gateway_state.online, latest.received_at AS heard_at,
           (SELECT count(*) FROM sensor
             WHERE sensor.gateway_id = gateway.id AND sensor.active)::integer AS sensors
      FROM gateway
      JOIN unit ON unit.id = gateway.unit_id
      LEFT JOIN gateway_state ON gateway_state.gateway_id = gateway.id
      LEFT JOIN LATERAL (
          SELECT received_at FROM pack WHERE pack.gateway_id = gateway.id
           ORDER BY received_at DESC LIMIT 1) AS latest ON true
     ORDER BY gateway.name
"""


def gateways(conn: Connection) -> list[InstalledGateway]:
    """Every gateway by name."""
    with conn.cursor(row_factory=class_row(InstalledGateway)) as cursor:
        return cursor.execute(GATEWAYS).fetchall()


@dataclass(frozen=True, slots=True)
class InstalledSensor:
    """A sensor of a gateway, retired ones too, what it watches and since when it is proven."""

    id: int
    name: str
    kind: str
    active: bool
    card: str | None
    of_room: bool  # it watches the room of its gateway
    since: datetime | None
    proven_at: datetime | None
    proven_by: str | None


SENSORS: LiteralString = """
    SELECT sensor.id, sensor.name, sensor.kind, sensor.active, card.code AS card,
           binding.id IS NOT NULL AND card.id IS NULL AS of_room, binding.since,
           proven.proven_at, proven.proven_by
      FROM sensor
      LEFT JOIN binding ON binding.sensor_id = sensor.id AND binding.until IS NULL
      LEFT JOIN card ON card.id = binding.card_id
      LEFT JOIN LATERAL (
          SELECT sensor_proof.proven_at, sensor_proof.proven_by FROM sensor_proof
           WHERE sensor_proof.binding_id = binding.id AND sensor_proof.ended_at IS NULL
           ORDER BY sensor_proof.id DESC LIMIT 1) AS proven ON true
     WHERE sensor.gateway_id = %(gateway)s
     ORDER BY sensor.active DESC, sensor.name, sensor.id DESC
"""


def sensors(conn: Connection, gateway_id: int) -> list[InstalledSensor]:
    """The gateway's sensors, those in service first."""
    with conn.cursor(row_factory=class_row(InstalledSensor)) as cursor:
        return cursor.execute(SENSORS, {"gateway": gateway_id}).fetchall()
