"""The life of gateways and sensors on the spot: every step leaves its event behind (I1, I10)."""

from dataclasses import replace as changed
from datetime import datetime
from typing import LiteralString

from psycopg.rows import tuple_row

from analytics import bindings, kinds
from db import Connection, Refused, scalar
from ingest import devices, proof, sensor_kinds
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


WATCHES_ROOM: LiteralString = """
    SELECT EXISTS (SELECT FROM binding
                    WHERE sensor_id = %(sensor)s AND until IS NULL AND card_id IS NULL)
"""


def watches_room(conn: Connection, sensor: Device) -> bool:
    """Whether the sensor watches the room of its gateway now."""
    return scalar(conn, WATCHES_ROOM, sensor=sensor.sensor_id) is True


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

    Raises Refused 'binding.bound_already', 'binding.bound_elsewhere', 'binding.of_room',
    'binding.card_disposed', 'binding.later', 'binding.earlier', 'card.no_such_card' or
    'device.deactivated'.
    """
    card = watched(conn, sensor)
    if card == code:
        raise Refused("binding.bound_already", sensor=str(sensor), card=card)
    _bind(conn, actor, sensor, code, _begun(conn, sensor, card, now, since))


def put_up(
    conn: Connection, actor: str, sensor: Device, now: datetime, since: datetime | None = None
) -> None:
    """From `now` on the sensor watches the room of its gateway, or it has done so `since` earlier.

    It needs no proof: it is asked what the room does, never whether an asset was used. Raises
    Refused 'binding.no_use_in_room' for a kind that tells nothing of a room, 'binding.of_room',
    'binding.bound_elsewhere', 'binding.later', 'binding.earlier' or 'device.deactivated'.
    """
    _check_kind(devices.kind_of(conn, sensor).name)
    _put_up(conn, actor, sensor, _begun(conn, sensor, watched(conn, sensor), now, since))


def turn_to_room(conn: Connection, actor: str, sensor: Device, now: datetime) -> None:
    """The same for a sensor that watches a card: that ends, and its proof with it (I10)."""
    _check_kind(devices.kind_of(conn, sensor).name)
    if watches_room(conn, sensor):
        raise Refused("binding.of_room", sensor=str(sensor))
    _unbind(conn, actor, sensor, now, proof.Ended.MOVED)
    _put_up(conn, actor, sensor, now)


def move(conn: Connection, actor: str, sensor: Device, code: str, now: datetime) -> None:
    """The same for one that watches another card, or a room: that ends, and its proof (I10)."""
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
    """Another device, `name`, takes the sensor's place and its card, or the room; it may bear the
    same name.

    What the old one measured stays with the card; the new one is to be proven anew (I10). Raises
    Refused 'device.deactivated', 'binding.no_use_in_room', or as `devices.register_sensor`.
    """
    if not sensor.active:
        raise Refused("device.deactivated", device=str(sensor))
    if watches_room(conn, sensor):
        sensor_kinds.find(conn, kind)
        _check_kind(kind)
    assert sensor.sensor_id is not None
    card = bindings.unbind(conn, sensor.sensor_id, now, proof.Ended.REPLACED)
    devices.set_sensor_active(conn, sensor.sensor_id, active=False)
    key = devices.register_sensor(conn, sensor.gateway_id, name, kind)
    fresh = changed(sensor, sensor_id=key, sensor=name)
    record(conn, actor, sensor, Kind.REPLACED, now, card_id=card or None, by=str(fresh))
    record(conn, actor, fresh, Kind.ADDED, now, kind=kind, replaces=str(sensor))
    if card == bindings.ROOM:
        _put_up(conn, actor, fresh, now)
    elif card is not None:
        bindings.bind(conn, key, card, now)
        record(conn, actor, fresh, Kind.BOUND, now, card_id=card)
    return fresh


def _begun(
    conn: Connection, sensor: Device, card: str | None, now: datetime, since: datetime | None
) -> datetime:
    """When the binding of a sensor that watches `card` (its code; None: none) may begin; Refused
    where it watches anything already, or `since` is no time for it.
    """
    if card is not None:
        raise Refused("binding.bound_elsewhere", sensor=str(sensor), card=card)
    if watches_room(conn, sensor):
        raise Refused("binding.of_room", sensor=str(sensor))
    since = since or now
    if since > now:
        raise Refused("binding.later", since=since)
    before = scalar(conn, WATCHED_UNTIL, sensor=sensor.sensor_id)
    if isinstance(before, datetime) and before > since:
        raise Refused("binding.earlier", since=since)
    return since


def _check_kind(kind: str) -> None:
    if not kinds.find(kind).of_rooms:
        raise Refused("binding.no_use_in_room", kind=kind)


def _put_up(conn: Connection, actor: str, sensor: Device, since: datetime) -> None:
    if not sensor.active:
        raise Refused("device.deactivated", device=str(sensor))
    assert sensor.sensor_id is not None
    bindings.bind(conn, sensor.sensor_id, bindings.ROOM, since)
    record(conn, actor, sensor, Kind.PUT_UP, since)


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
    if card == bindings.ROOM:
        record(conn, actor, sensor, Kind.TAKEN_DOWN, now)
    elif card is not None:
        record(conn, actor, sensor, Kind.UNBOUND, now, card_id=card)
    return card
