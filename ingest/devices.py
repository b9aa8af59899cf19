"""Gateways and their sensors as they are registered (I1)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, LiteralString

from psycopg import errors
from psycopg.rows import class_row

from db import Connection, Refused, scalar
from db.text import clean
from ingest import broker_passwords, sensor_kinds
from ingest.device_events import Device
from ingest.sensor_kinds import SensorKind

RESERVED: Final = re.compile("collector|portal|panhuo-.*")  # the broker's other users
SEQUENCE: Final = "seq"  # counts a gateway's packs, so no sensor is called that


@dataclass(frozen=True, slots=True)
class Sensor:
    """A registered sensor: what a record of it must look like. `unit` "" is a position."""

    id: int
    unit: str
    minimum: float
    maximum: float


@dataclass(frozen=True, slots=True)
class Gateway:
    """A registered gateway, its sensors by their names on the wire (`gw-0001:pe-01`)."""

    id: int
    sensors: dict[str, Sensor] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Registered:
    """All active gateways by name, as they were at `at` (monotonic seconds)."""

    gateways: Mapping[str, Gateway]
    at: float

    def owner(self, full_name: str) -> str | None:
        """The gateway whose sensor has this name on the wire."""
        name = full_name.partition(":")[0]
        gateway = self.gateways.get(name)
        return name if gateway and full_name in gateway.sensors else None


NOTHING_KNOWN: Final = Registered({}, float("-inf"))

SENSORS: LiteralString = """
    SELECT gateway.id, gateway.name, sensor.id, sensor.name, sensor_kind.unit,
           sensor.minimum, sensor.maximum
      FROM gateway
      LEFT JOIN sensor ON sensor.gateway_id = gateway.id AND sensor.active
      LEFT JOIN sensor_kind ON sensor_kind.name = sensor.kind
     WHERE gateway.active
"""


def registered(conn: Connection, at: float) -> Registered:
    """Every active gateway with its sensors; `at` is noted as when this was asked."""
    gateways: dict[str, Gateway] = {}
    for key, gateway, sensor, name, unit, minimum, maximum in conn.execute(SENSORS):
        known = gateways.setdefault(gateway, Gateway(key))
        if sensor is not None:
            known.sensors[f"{gateway}:{name}"] = Sensor(sensor, unit, minimum, maximum)
    return Registered(gateways, at)


REGISTER_GATEWAY: LiteralString = """
    INSERT INTO gateway (name, unit_id, place, password_hash)
    VALUES (%(name)s, %(unit)s, %(place)s, %(password_hash)s)
    RETURNING id
"""


def register_gateway(conn: Connection, name: str, unit_id: int, place: str, password: str) -> int:
    """Register a gateway of `unit_id` that signs in to the broker as `name`; its id.

    Raises Refused 'device.name_taken', 'device.name_reserved', 'device.name_unusable' or
    'device.no_such_unit'. The broker knows it once its configuration is written again.
    """
    if RESERVED.fullmatch(name):
        raise Refused("device.name_reserved", name=name)
    facts = {
        "name": name,
        "unit": unit_id,
        "place": clean(place),
        "password_hash": broker_passwords.hash_password(password),
    }
    return _inserted(conn, REGISTER_GATEWAY, facts, "device.no_such_unit")


REGISTER_SENSOR: LiteralString = """
    INSERT INTO sensor (gateway_id, name, kind, minimum, maximum)
    VALUES (%(gateway)s, %(name)s, %(kind)s, %(minimum)s, %(maximum)s)
    RETURNING id
"""


def register_sensor(
    conn: Connection,
    gateway_id: int,
    name: str,
    kind: str,
    *,
    minimum: float | None = None,
    maximum: float | None = None,
) -> int:
    """Register a sensor of a gateway; its id. Values outside the range will be refused.

    Raises Refused 'device.name_taken', 'device.name_reserved', 'device.name_unusable' (also for
    a range that is empty), 'device.no_such_kind' or 'device.no_such_gateway'.
    """
    if name == SEQUENCE:
        raise Refused("device.name_reserved", name=name)
    usual = sensor_kinds.find(conn, kind)
    facts = {
        "gateway": gateway_id,
        "name": name,
        "kind": kind,
        "minimum": usual.minimum if minimum is None else minimum,
        "maximum": usual.maximum if maximum is None else maximum,
    }
    return _inserted(conn, REGISTER_SENSOR, facts, "device.no_such_gateway")


def _inserted(
    conn: Connection, statement: LiteralString, facts: dict[str, object], missing: str
) -> int:
    try:
        with conn.transaction():
            key = scalar(conn, statement, **facts)
    except errors.UniqueViolation as error:
        raise Refused("device.name_taken", name=facts["name"]) from error
    except errors.CheckViolation as error:
        raise Refused("device.name_unusable", name=facts["name"]) from error
    except errors.ForeignKeyViolation as error:
        raise Refused(
            missing, **{key: facts[key] for key in ("unit", "gateway") if key in facts}
        ) from error
    assert isinstance(key, int)
    return key


SET_ACTIVE: LiteralString = """
    UPDATE gateway SET active = %(active)s WHERE id = %(gateway)s RETURNING id
"""


def set_active(conn: Connection, gateway_id: int, active: bool) -> None:
    """Let a gateway in or shut it out; Refused 'device.no_such_gateway'.

    It holds at the broker once its configuration is written again.
    """
    if scalar(conn, SET_ACTIVE, gateway=gateway_id, active=active) is None:
        raise Refused("device.no_such_gateway", gateway=gateway_id)


RENEW: LiteralString = """
    UPDATE gateway SET password_hash = %(password_hash)s WHERE id = %(gateway)s RETURNING id
"""


def set_password(conn: Connection, gateway_id: int, password: str) -> None:
    """Give a gateway another password; Refused 'device.no_such_gateway'.

    It holds at the broker once its configuration is written again.
    """
    hashed = broker_passwords.hash_password(password)
    if scalar(conn, RENEW, gateway=gateway_id, password_hash=hashed) is None:
        raise Refused("device.no_such_gateway", gateway=gateway_id)


SET_SENSOR_ACTIVE: LiteralString = """
    UPDATE sensor SET active = %(active)s WHERE id = %(sensor)s RETURNING id
"""


def set_sensor_active(conn: Connection, sensor_id: int, active: bool) -> None:
    """Take what a sensor says, or refuse it.

    Raises Refused 'device.no_such_sensor', or 'device.name_taken' where the device that replaced
    it bears its name.
    """
    try:
        with conn.transaction():
            found = scalar(conn, SET_SENSOR_ACTIVE, sensor=sensor_id, active=active)
    except errors.UniqueViolation as error:
        raise Refused("device.name_taken", name=sensor_id) from error
    if found is None:
        raise Refused("device.no_such_sensor", sensor=sensor_id)


FIND_GATEWAY: LiteralString = """
    SELECT id AS gateway_id, name AS gateway, active FROM gateway WHERE name = %(name)s
"""
FIND_SENSOR: LiteralString = """
    SELECT gateway.id AS gateway_id, gateway.name AS gateway, sensor.id AS sensor_id,
           sensor.name AS sensor, sensor.active
      FROM sensor JOIN gateway ON gateway.id = sensor.gateway_id
     WHERE gateway.name = %(gateway)s AND sensor.name = %(name)s
     ORDER BY sensor.active DESC, sensor.id DESC
     LIMIT 1
"""


def find_gateway(conn: Connection, name: str) -> Device:
    """The gateway of this name; Refused 'device.no_such_gateway'."""
    with conn.cursor(row_factory=class_row(Device)) as cursor:
        found = cursor.execute(FIND_GATEWAY, {"name": name}).fetchone()
    if found is None:
        raise Refused("device.no_such_gateway", gateway=name)
    return found


def find_sensor(conn: Connection, gateway: str, name: str) -> Device:
    """The sensor that bears this name at the gateway, or bore it last.

    Raises Refused 'device.no_such_gateway' or 'device.no_such_sensor'.
    """
    find_gateway(conn, gateway)
    with conn.cursor(row_factory=class_row(Device)) as cursor:
        found = cursor.execute(FIND_SENSOR, {"gateway": gateway, "name": name}).fetchone()
    if found is None:
        raise Refused("device.no_such_sensor", sensor=f"{gateway}:{name}")
    return found


KIND: LiteralString = "SELECT kind FROM sensor WHERE id = %(sensor)s"


def kind_of(conn: Connection, sensor: Device) -> SensorKind:
    """What a sensor measures."""
    return sensor_kinds.find(conn, str(scalar(conn, KIND, sensor=sensor.sensor_id)))
