"""`panhuo gateway commission`: does a sensor react when its asset is switched on and off (I10)."""

import sys

import click

from analytics import kinds
from db.roles import DatabaseRole
from ops import commissioning
from ops.reach import connected
from ops.who import is_here


@click.command()
@click.argument("gateway_name", metavar="GATEWAY")
@click.argument("name", metavar="SENSOR")
@click.option("--by", help="Who tests; default: the user of this machine.")
@click.option(
    "--limit",
    "limit_s",
    type=click.FloatRange(1, 86_400),
    help="Seconds until it has failed; default: 20 minutes, 90 for a temperature.",
)
def commission(gateway_name: str, name: str, by: str | None, limit_s: float | None) -> None:
    """Watch for the change while somebody switches the asset on and off.

    Passed: it is proven, by whom and when. Failed: exit code 1, and nothing is proven.
    """
    began = commissioning.now()
    with connected(DatabaseRole.PORTAL) as conn:
        one = commissioning.tested(conn, gateway_name, name)
    limit = limit_s or kinds.find(one.kind.name).test_minutes * 60
    click.echo(f"{one.device} watches {one.card}. Readings are awaited for {limit:g} s at most.")
    trial = commissioning.watch(one, began, limit, click.echo)
    who = by or is_here()
    with connected(DatabaseRole.PORTAL) as conn:
        passed = commissioning.keep(conn, one, trial, who, commissioning.now())
        way = "" if trial.heard else commissioning.where_to_look(conn, one, began)
    said = commissioning.verdict(one, trial) if trial.heard else f"no reading arrived: {way}"
    click.echo(f"{'passed' if passed else 'failed'}: {said}")
    if passed:
        click.echo(f"{one.device} is proven, by {who}.")
    sys.exit(not passed)
