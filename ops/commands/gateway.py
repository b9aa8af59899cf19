"""`panhuo gateway`: register gateways, their sensors, and what these watch (I1)."""

import secrets
from datetime import UTC, datetime
from typing import LiteralString

import click

from analytics import bind
from db import Connection, DatabaseSettings, Refused, audit, scalar, single_connection
from db.roles import DatabaseRole
from ingest import SensorKind, devices
from ops.reach import url_of
from registry.org import unit_id

ACTOR = "system:panhuo"


@click.group()
def gateway() -> None:
    """Gateways and sensors. Run `panhuo broker configure` after adding one."""


@gateway.command()
@click.argument("name")
@click.option("--unit", "unit_code", required=True, help="Code of the unit that owns it.")
@click.option("--place", default="", help="Where it stands.")
def add(name: str, unit_code: str, place: str) -> None:
    """Register a gateway; its password is printed once."""
    password = secrets.token_urlsafe(18)
    with single_connection(url_of(DatabaseRole.PORTAL, DatabaseSettings())) as conn:
        devices.register_gateway(conn, name, unit_id(conn, unit_code), place, password)
        audit.record(conn, ACTOR, "gateway.added", f"gateway:{name}", place=place)
    click.echo(f"Password of {name} (shown this once): {password}")


GATEWAY: LiteralString = "SELECT id FROM gateway WHERE name = %(name)s"
CARD: LiteralString = "SELECT id FROM card WHERE code = %(code)s"


@gateway.command()
@click.argument("gateway_name")
@click.argument("name")
@click.argument("kind", type=click.Choice([kind.value for kind in SensorKind]))
@click.option("--card", "card_code", help="Code of the card that it watches from now on.")
def sensor(gateway_name: str, name: str, kind: str, card_code: str | None) -> None:
    """Register a sensor of a gateway, and bind it to a card."""
    with single_connection(url_of(DatabaseRole.PORTAL, DatabaseSettings())) as conn:
        owner = _key(conn, GATEWAY, "device.no_such_gateway", name=gateway_name)
        key = devices.register_sensor(conn, owner, name, SensorKind(kind))
        if card_code:
            card = _key(conn, CARD, "card.no_such_card", code=card_code)
            bind(conn, key, card, datetime.now(UTC))
        full = f"{gateway_name}:{name}"
        audit.record(conn, ACTOR, "sensor.added", f"sensor:{full}", kind=kind, card=card_code)
    click.echo(f"{full} is registered.")


def _key(conn: Connection, query: LiteralString, refusal: str, **facts: str) -> int:
    key = scalar(conn, query, **facts)
    if key is None:
        raise Refused(refusal, **facts)
    assert isinstance(key, int)
    return key
