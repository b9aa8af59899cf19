"""`panhuo gateway sensor`, `bind`, `room`, `unbind`, `replace`: what watches which asset (I1)."""

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


SINCE = click.option(
    "--since", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]),
    help="It was there before it was bound, and what it measured since then counts.",
)  # fmt: skip


def _begun(since: datetime | None, move: bool) -> datetime | None:
    """`since` as the moment that it names here; refused together with `move`."""
    if move and since:
        raise click.UsageError("--move holds from now on: without --since.")
    return since.replace(tzinfo=SHANGHAI) if since else None


@click.command()
@click.argument("gateway_name", metavar="GATEWAY")
@click.argument("name", metavar="SENSOR")
@click.argument("card")
@click.option(
    "--move", is_flag=True, help="It watches another card, or its room: that ends, and its proof."
)
@SINCE
def bind(gateway_name: str, name: str, card: str, move: bool, since: datetime | None) -> None:
    """Let a sensor watch the asset of a CARD (its code, or a name that one bears), from now on."""
    begun, now = _begun(since, move), datetime.now(UTC)
    with connected(DatabaseRole.PORTAL) as conn:
        found, code = devices.find_sensor(conn, gateway_name, name), named.anywhere(conn, card)
        if move:
            installing.move(conn, ACTOR, found, code, now)
        else:
            installing.bind(conn, ACTOR, found, code, now, begun)
    click.echo(f"{found} watches {code}.")
    click.echo(UNPROVEN.format(gateway=gateway_name, sensor=name))


@click.command()
@click.argument("gateway_name", metavar="GATEWAY")
@click.argument("name", metavar="SENSOR")
@click.option("--move", is_flag=True, help="It watches a card: that ends, and its proof.")
@SINCE
def room(gateway_name: str, name: str, move: bool, since: datetime | None) -> None:
    """Let a sensor of light or temperature watch the room of its GATEWAY, and no asset.

    It tells the room's lamps, its daylight and its air from the assets' own. Put it where no
    asset's lamp or warmth reaches it; docs/sensor-kinds.md says how.
    """
    begun, now = _begun(since, move), datetime.now(UTC)
    with connected(DatabaseRole.PORTAL) as conn:
        found = devices.find_sensor(conn, gateway_name, name)
        if move:
            installing.turn_to_room(conn, ACTOR, found, now)
        else:
            installing.put_up(conn, ACTOR, found, now, begun)
    click.echo(f"{found} watches the room of {gateway_name}, and needs no proof.")


@click.command()
@click.argument("gateway_name", metavar="GATEWAY")
@click.argument("name", metavar="SENSOR")
def unbind(gateway_name: str, name: str) -> None:
    """End what a sensor watches, a card or its room; what it measured stays with the card."""
    with connected(DatabaseRole.PORTAL) as conn:
        found = devices.find_sensor(conn, gateway_name, name)
        of_room = installing.watches_room(conn, found)
        installing.unbind(conn, ACTOR, found, datetime.now(UTC))
    click.echo(f"{found} watches nothing.{'' if of_room else ' Its proof has ended.'}")


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
        card, of_room = installing.watched(conn, fresh), installing.watches_room(conn, fresh)
    watches = card or ("its room" if of_room else "nothing")
    click.echo(f"{fresh} has replaced {old}; it watches {watches}.")
    if not of_room:
        click.echo(UNPROVEN.format(gateway=gateway_name, sensor=new_name or name))
