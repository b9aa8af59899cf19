"""`panhuo gateway sensor`, `bind`, `unbind`, `replace`: what watches which asset (I1)."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import click

from analytics import installing
from db.roles import DatabaseRole
from ingest import devices
from ops.reach import connected
from registry.cards import named

ACTOR = "system:panhuo"
SHANGHAI = ZoneInfo("Asia/Shanghai")
UNPROVEN = "It is proven by `panhuo gateway commission {gateway} {sensor}`."


@click.command()
@click.argument("gateway_name", metavar="GATEWAY")
@click.argument("name")
@click.argument("kind")
@click.option("--card", help="Code or name of the card that it watches from now on.")
def sensor(gateway_name: str, name: str, kind: str, card: str | None) -> None:
    """Register a sensor of a gateway; without --card it is bound later.

    KIND: one of those that `panhuo kind list` prints.
    """
    with connected(DatabaseRole.PORTAL) as conn:
        now, owner = datetime.now(UTC), devices.find_gateway(conn, gateway_name)
        added = installing.add_sensor(conn, ACTOR, owner, name, kind, now)
        code = named.anywhere(conn, card) if card is not None else None
        if code:
            installing.bind(conn, ACTOR, added, code, now)
    click.echo(f"{added} is registered.")
    if code:
        click.echo(f"It watches {code}.")
        click.echo(UNPROVEN.format(gateway=gateway_name, sensor=name))
    else:
        click.echo(f"Bind it: `panhuo gateway bind {gateway_name} {name} CARD`.")


@click.command()
@click.argument("gateway_name", metavar="GATEWAY")
@click.argument("name", metavar="SENSOR")
@click.argument("card")
@click.option("--move", is_flag=True, help="It watches another card: that ends, and its proof.")
@click.option(
    "--since", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]),
    help="It was there before it was bound, and what it measured since then counts.",
)  # fmt: skip
def bind(gateway_name: str, name: str, card: str, move: bool, since: datetime | None) -> None:
    """Let a sensor watch the asset of a CARD (its code, or a name that one bears), from now on."""
    if move and since:
        raise click.UsageError("--move holds from now on: without --since.")
    now = datetime.now(UTC)
    with connected(DatabaseRole.PORTAL) as conn:
        found, code = devices.find_sensor(conn, gateway_name, name), named.anywhere(conn, card)
        if move:
            installing.move(conn, ACTOR, found, code, now)
        else:
            begun = since.replace(tzinfo=SHANGHAI) if since else None
            installing.bind(conn, ACTOR, found, code, now, begun)
    click.echo(f"{found} watches {code}.")
    click.echo(UNPROVEN.format(gateway=gateway_name, sensor=name))


@click.command()
@click.argument("gateway_name", metavar="GATEWAY")
@click.argument("name", metavar="SENSOR")
def unbind(gateway_name: str, name: str) -> None:
    """End what a sensor watches; what it measured stays with the card."""
    with connected(DatabaseRole.PORTAL) as conn:
        found = devices.find_sensor(conn, gateway_name, name)
        installing.unbind(conn, ACTOR, found, datetime.now(UTC))
    click.echo(f"{found} watches nothing. Its proof has ended.")


@click.command()
@click.argument("gateway_name", metavar="GATEWAY")
@click.argument("name", metavar="SENSOR")
@click.option("--name", "new_name", help="The new device's name; default: the same.")
@click.option("--kind", help="The new device's kind; default: the same.")
def replace(gateway_name: str, name: str, new_name: str | None, kind: str | None) -> None:
    """Put another device in a sensor's place; it watches the same card and is to be proven anew."""
    with connected(DatabaseRole.PORTAL) as conn:
        old = devices.find_sensor(conn, gateway_name, name)
        own_kind = kind or devices.kind_of(conn, old).name
        fresh = installing.replace(conn, ACTOR, old, new_name or name, own_kind, datetime.now(UTC))
        card = installing.watched(conn, fresh)
    click.echo(f"{fresh} has replaced {old}; it watches {card or 'nothing'}.")
    click.echo(UNPROVEN.format(gateway=gateway_name, sensor=new_name or name))
