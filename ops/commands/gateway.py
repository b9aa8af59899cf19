"""`panhuo gateway`: gateways, from their registration to their end (I1)."""

import secrets
from datetime import UTC, datetime

import click

from analytics import installed, installing
from db import Connection, DatabaseSettings
from db.roles import DatabaseRole
from ingest import device_events, devices
from ingest.device_events import Device
from ops.broker_access import admit
from ops.commands import commission, sensors
from ops.reach import connected
from registry.org import unit_id

ACTOR = "system:panhuo"


@click.group()
def gateway() -> None:
    """Gateways, their sensors, and what these watch."""


for command in (
    sensors.sensor,
    sensors.bind,
    sensors.room,
    sensors.unbind,
    sensors.replace,
    commission.commission,
):
    gateway.add_command(command)


@gateway.command()
@click.argument("name")
@click.option("--unit", "unit_code", required=True, help="Code of the unit that owns it.")
@click.option("--place", default="", help="Where it stands.")
def add(name: str, unit_code: str, place: str) -> None:
    """Register a gateway; its password is printed once."""
    password = secrets.token_urlsafe(18)
    with connected(DatabaseRole.PORTAL) as conn:
        unit = unit_id(conn, unit_code)
        installing.add_gateway(
            conn, ACTOR, name, unit_id=unit, place=place, password=password, now=_now()
        )
    click.echo(f"Password of {name} (shown this once): {password}")
    _take_up()


@gateway.command()
@click.argument("name")
def password(name: str) -> None:
    """Give a gateway another password, printed once; the old one ends."""
    word = secrets.token_urlsafe(18)
    with connected(DatabaseRole.PORTAL) as conn:
        installing.renew_password(conn, ACTOR, devices.find_gateway(conn, name), word, _now())
    click.echo(f"Password of {name} (shown this once): {word}")
    _take_up()


@gateway.command()
@click.argument("name")
@click.argument("sensor_name", metavar="[SENSOR]", required=False)
def deactivate(name: str, sensor_name: str | None) -> None:
    """Shut a gateway out, or take nothing more of one of its SENSORs.

    A sensor is unbound. A gateway's sensors keep watching: they are silent, and alarms say so.
    """
    with connected(DatabaseRole.PORTAL) as conn:
        device = _device(conn, name, sensor_name)
        installing.deactivate(conn, ACTOR, device, _now())
    click.echo(f"{device} is deactivated.")
    _take_up()


@gateway.command()
@click.argument("name")
@click.argument("sensor_name", metavar="[SENSOR]", required=False)
def activate(name: str, sensor_name: str | None) -> None:
    """Let a gateway, or one of its SENSORs, speak again. A sensor is to be bound anew."""
    with connected(DatabaseRole.PORTAL) as conn:
        device = _device(conn, name, sensor_name)
        installing.activate(conn, ACTOR, device, _now())
    click.echo(f"{device} is active.")
    _take_up()


@gateway.command("list")
def list_command() -> None:
    """List the gateways: state, when last heard, sensors, unit, place."""
    with connected(DatabaseRole.PORTAL) as conn:
        found = installed.gateways(conn)
    for one in found:
        heard = f"{one.heard_at.astimezone():%Y-%m-%d %H:%M}" if one.heard_at else "never heard"
        state = ("online" if one.online else "offline") if one.active else "deactivated"
        click.echo(
            f"{one.name:<16} {state:<12} {heard:<17} {one.sensors:>3} sensors  "
            f"{one.unit}  {one.place}"
        )


@gateway.command()
@click.argument("name")
def show(name: str) -> None:
    """Show a gateway: its sensors, what they watch, since when they are proven, what happened."""
    with connected(DatabaseRole.PORTAL) as conn:
        device = devices.find_gateway(conn, name)
        own = installed.sensors(conn, device.gateway_id)
        events = device_events.of_gateway(conn, device.gateway_id)
    click.echo(f"{name}: {'active' if device.active else 'deactivated'}")
    for one in own:
        watches = one.card or ("its room" if one.of_room else "nothing")
        unproven = "" if one.of_room else "not proven"
        proven = f"proven {one.proven_at:%Y-%m-%d} by {one.proven_by}" if one.proven_at else ""
        state = f"watches {watches}" if one.active else "deactivated"
        click.echo(f"  {one.name:<16} {one.kind:<14} {state:<24} {proven or unproven}".rstrip())
    for event in events:
        parts = (event.kind, event.sensor, event.card, f"by {event.actor}")
        told = "  ".join(part for part in parts if part)
        click.echo(f"  {event.at.astimezone():%Y-%m-%d %H:%M}  {told}")


def _now() -> datetime:
    return datetime.now(UTC)


def _device(conn: Connection, name: str, sensor: str | None) -> Device:
    return devices.find_sensor(conn, name, sensor) if sensor else devices.find_gateway(conn, name)


def _take_up() -> None:
    """Have the broker know of it, in a transaction after the change's own."""
    settings = DatabaseSettings()
    with connected(DatabaseRole.PORTAL) as conn:
        known = admit(conn, settings.data)
    click.echo(
        "The broker has taken it up."
        if known
        else "No broker of this data folder runs: where it does, run `panhuo broker configure`."
    )
