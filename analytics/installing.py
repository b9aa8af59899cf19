"""The life of gateways and sensors on the spot: every step leaves its event behind (I1, I10)."""

from dataclasses import replace as changed
from datetime import datetime
from typing import LiteralString

from psycopg.rows import tuple_row

from analytics import bindings
from db import Connection, Refused, scalar
from ingest import devices, proof
from ingest.device_events import Device, Kind, record


def add_gateway(
    conn: Connection,
    actor: str,
    name: str,
    *,
    unit_id: int,
    place: str,
    password: str,
    now: datetime,
) -> Device:
    """Register a gateway; see `devices.register_gateway` for what is refused."""
    key = devices.register_gateway(conn, name, unit_id, place, password)
    gateway = Device(key, name)
    record(conn, actor, gateway, Kind.ADDED, now, place=place)
    return gateway


def add_sensor(
    conn: Connection, actor: str, gateway: Device, name: str, kind: str, now: datetime
) -> Device:
    """Register a sensor, which watches nothing yet: its card may come later."""
    key = devices.register_sensor(conn, gateway.gateway_id, name, kind)
    sensor = Device(gateway.gateway_id, gateway.gateway, key, name)
    record(conn, actor, sensor, Kind.ADDED, now, kind=kind)
    return sensor


def renew_password(
    conn: Connection, actor: str, gateway: Device, password: str, now: datetime
) -> None:
    """Give a gateway another password; with the old one it is let in no more."""
    devices.set_password(conn, gateway.gateway_id, password)
    record(conn, actor, gateway, Kind.PASSWORD_RENEWED, now)


def deactivate(conn: Connection, actor: str, device: Device, now: datetime) -> None:
    """Shut a gateway out, or take nothing more of a sensor, which is unbound then.

    A gateway's sensors keep their bindings: they are silent until it is activated again.
    """
    if device.sensor_id is None:
        devices.set_active(conn, device.gateway_id, active=False)
    else:
        _unbind(conn, actor, device, now, proof.Ended.MOVED)
        devices.set_sensor_active(conn, device.sensor_id, active=False)
    record(conn, actor, device, Kind.DEACTIVATED, now)


def activate(conn: Connection, actor: str, device: Device, now: datetime) -> None:
    """Let a gateway or sensor speak again; a sensor is to be bound anew.

    Raises Refused 'device.name_taken' for a sensor whose name another bears now.
    """
    if device.sensor_id is None:
        devices.set_active(conn, device.gateway_id, active=True)
    else:
        devices.set_sensor_active(conn, device.sensor_id, active=True)
    record(conn, actor, device, Kind.ACTIVATED, now)


CARD: LiteralString = "SELECT id, status = 'disposed' FROM card WHERE code = %(code)s"
WATCHED: LiteralString = """
    SELECT card.code
      FROM binding JOIN card ON card.id = binding.card_id
     WHERE binding.sensor_id = %(sensor)s AND binding.until IS NULL
"""


def watched(conn: Connection, sensor: Device) -> str | None:
    """The code of the card that the sensor watches now."""
    with conn.cursor(row_factory=tuple_row) as cursor:
        found = cursor.execute(WATCHED, {"sensor": sensor.sensor_id}).fetchone()
    return None if found is None else str(found[0])


WATCHED_UNTIL: LiteralString = "SELECT max(until) FROM binding WHERE sensor_id = %(sensor)s"


def bind(
    conn: Connection,
    actor: str,
    sensor: Device,
    code: str,
    now: datetime,
    since: datetime | None = None,
) -> None:
    """From `now` on the sensor watches the card of this code, or it has done so `since` earlier.

    Raises Refused 'binding.bound_already', 'binding.bound_elsewhere', 'binding.card_disposed',
    'binding.later', 'binding.earlier', 'card.no_such_card' or 'device.deactivated'.
    """
    card = watched(conn, sensor)
    if card is not None:
        refusal = "binding.bound_already" if card == code else "binding.bound_elsewhere"
        raise Refused(refusal, sensor=str(sensor), card=card)
    since = since or now
    if since > now:
        raise Refused("binding.later", since=since)
    before = scalar(conn, WATCHED_UNTIL, sensor=sensor.sensor_id)
    if isinstance(before, datetime) and before > since:
        raise Refused("binding.earlier", since=since)
    _bind(conn, actor, sensor, code, since)


def move(conn: Connection, actor: str, sensor: Device, code: str, now: datetime) -> None:
    """The same for a sensor that watches another card: that ends, and its proof with it (I10)."""
    if watched(conn, sensor) == code:
        raise Refused("binding.bound_already", sensor=str(sensor), card=code)
    _unbind(conn, actor, sensor, now, proof.Ended.MOVED)
    _bind(conn, actor, sensor, code, now)


def unbind(conn: Connection, actor: str, sensor: Device, now: datetime) -> None:
    """The sensor watches nothing from `now` on; Refused 'binding.none' where it watches nothing."""
    if _unbind(conn, actor, sensor, now, proof.Ended.MOVED) is None:
        raise Refused("binding.none", sensor=str(sensor))


def replace(
    conn: Connection, actor: str, sensor: Device, name: str, kind: str, now: datetime
) -> Device:
    """Another device, `name`, takes the sensor's place and its card; it may bear the same name.

    What the old one measured stays with the card; the new one is to be proven anew (I10).
    """
    if not sensor.active:
        raise Refused("device.deactivated", device=str(sensor))
    assert sensor.sensor_id is not None
    card = bindings.unbind(conn, sensor.sensor_id, now, proof.Ended.REPLACED)
    devices.set_sensor_active(conn, sensor.sensor_id, active=False)
    key = devices.register_sensor(conn, sensor.gateway_id, name, kind)
    fresh = changed(sensor, sensor_id=key, sensor=name)
    record(conn, actor, sensor, Kind.REPLACED, now, card_id=card, by=str(fresh))
    record(conn, actor, fresh, Kind.ADDED, now, kind=kind, replaces=str(sensor))
    if card is not None:
        bindings.bind(conn, key, card, now)
        record(conn, actor, fresh, Kind.BOUND, now, card_id=card)
    return fresh


def _bind(conn: Connection, actor: str, sensor: Device, code: str, now: datetime) -> None:
    if not sensor.active:
        raise Refused("device.deactivated", device=str(sensor))
    found = conn.execute(CARD, {"code": code}).fetchone()
    if found is None:
        raise Refused("card.no_such_card", code=code)
    card, disposed = found
    if disposed:
        raise Refused("binding.card_disposed", card=code)
    assert sensor.sensor_id is not None
    bindings.bind(conn, sensor.sensor_id, card, now)
    record(conn, actor, sensor, Kind.BOUND, now, card_id=card)


def _unbind(
    conn: Connection, actor: str, sensor: Device, now: datetime, reason: proof.Ended
) -> int | None:
    assert sensor.sensor_id is not None
    card = bindings.unbind(conn, sensor.sensor_id, now, reason)
    if card is not None:
        record(conn, actor, sensor, Kind.UNBOUND, now, card_id=card)
    return card
