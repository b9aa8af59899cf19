"""`panhuo fault`: which values mean that a sensor's driver has failed (I4)."""

import click

from db import audit
from db.roles import DatabaseRole
from ingest import fault_values
from ingest.fault_values import FaultValue, Misreading
from ops import who
from ops.reach import connected

ACTOR = "system:panhuo"
MEANINGS = click.Choice(
    [one.value for one in Misreading if one not in {Misreading.LONE, Misreading.REFUSED}]
)


def finite(_context: click.Context, _parameter: click.Parameter, value: float) -> float:
    """The number, where a reading can have it: neither NaN nor beyond all measure."""
    if not -1e300 <= value <= 1e300:
        raise click.BadParameter(f"{value} is no value that a reading can have.")
    return value


@click.group()
def fault() -> None:
    """Values that a driver says when it has failed: nothing is concluded from such a reading."""


@fault.command("list")
def list_faults() -> None:
    """Print every value, those that come with the product and this installation's own."""
    with connected(DatabaseRole.PORTAL) as conn:
        rows = fault_values.fault_values(conn)
    for row in sorted(rows, key=lambda row: (row.kind, row.value)):
        _say(row)
    click.echo(f"{len(rows)} values.")


def _say(row: FaultValue) -> None:
    when = "where the readings leap to it and back" if row.lone else "always"
    holds = when if row.applies else "never: it is a measurement here"
    click.echo(f"{row.kind} {row.value:.12g} +/- {row.exactness:g}  {row.meaning}, {holds}")
    click.echo(f"  source   {row.source or '-'}")


@fault.command(context_settings={"ignore_unknown_options": True})
@click.argument("kind")
@click.argument("value", type=float, callback=finite)
@click.argument("meaning", type=MEANINGS)
@click.option(
    "--exactness", type=click.FloatRange(0), callback=finite, default=0.01, show_default=True,
    help="How far a reading may be from it.",
)  # fmt: skip
@click.option("--lone", is_flag=True, help="It may be measured, too: only where it is leapt to.")
@click.option("--measured", is_flag=True, help="It is no fault here, whatever the product says.")
@click.option("--source", default="", help="Who says so: a data sheet, a driver's manual.")
@click.option("--by", help="Who says it; default: the user of this machine.")
def add(
    kind: str,
    value: float,
    meaning: str,
    *,
    exactness: float,
    lone: bool,
    measured: bool,
    source: str,
    by: str | None,
) -> None:
    """Say that VALUE of a KIND of sensor means a fault, from the next run on.

    Readings that are stored already are judged by it, too. A value that is there is replaced.
    """
    row = FaultValue(kind, value, exactness, meaning, lone, source, applies=not measured)
    person = by or who.is_here()
    with connected(DatabaseRole.PORTAL) as conn:
        fault_values.keep(conn, row, person)
        audit.record(
            conn, ACTOR, "fault_value.kept", f"fault_value:{kind} {value:g}", by=person,
            exactness=exactness, meaning=meaning, lone=lone, applies=row.applies,
        )  # fmt: skip
    click.echo("Holds from the next run on:")
    _say(row)
