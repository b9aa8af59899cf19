"""`panhuo kind`: what sensors may be, and how each kind speaks on the wire (I7)."""

import click

from analytics import kinds
from db import audit
from db.roles import DatabaseRole
from ingest import sensor_kinds
from ingest.sensor_kinds import SensorKind
from ops import who
from ops.commands.fault import finite
from ops.reach import connected

ACTOR = "system:panhuo"


@click.group()
def kind() -> None:
    """Kinds of sensors: a row, added here, and a file of analytics/kinds/ that judges it."""


@kind.command("list")
def list_kinds() -> None:
    """Print every kind: its unit and range, and whether its readings can be judged."""
    with connected(DatabaseRole.PORTAL) as conn:
        rows = sensor_kinds.sensor_kinds(conn)
    for row in rows.values():
        unit = "lat, lon, m" if row.is_place else f"{row.minimum:g} to {row.maximum:g} {row.unit}"
        judged = "" if row.name in kinds.known() else ", not judged: analytics/kinds/ has no file"
        click.echo(f"{row.name}  {unit}  {row.label} / {row.label_en}{judged}")


@kind.command(context_settings={"ignore_unknown_options": True})
@click.argument("name")
@click.argument("unit")
@click.argument("minimum", type=float, callback=finite)
@click.argument("maximum", type=float, callback=finite)
@click.option("--label", required=True, help="What it is called, in Chinese.")
@click.option("--label-en", required=True, help="The same in English.")
@click.option("--use", help="What use is called that it saw, in Chinese; default: the label.")
@click.option("--use-en", help="The same in English.")
@click.option("--shown", help="Its unit on pages, in Chinese; default: UNIT.")
@click.option("--shown-en", help="The same in English; default: as in Chinese.")
@click.option("--by", help="Who adds it; default: the user of this machine.")
def add(
    name: str,
    unit: str,
    minimum: float,
    maximum: float,
    *,
    label: str,
    label_en: str,
    use: str | None,
    use_en: str | None,
    shown: str | None,
    shown_en: str | None,
    by: str | None,
) -> None:
    """Let sensors be of the kind NAME, with UNIT (RFC 8428) on the wire, MINIMUM to MAXIMUM.

    Collectors know it at once where a sensor of it is registered.
    """
    label, label_en = label.strip(), label_en.strip()
    row = SensorKind(
        name, unit, minimum, maximum, label, label_en, use or label, use_en or label_en,
        unit if shown is None else shown,
        shown_en if shown_en is not None else unit if shown is None else shown,
    )  # fmt: skip
    person = by or who.is_here()
    with connected(DatabaseRole.PORTAL) as conn:
        sensor_kinds.add(conn, row)
        audit.record(conn, ACTOR, "sensor_kind.added", f"sensor_kind:{name}", by=person, unit=unit)
    click.echo(f"Sensors can be of the kind {name}.")
    if name not in kinds.known():
        click.echo("Its readings are stored and not judged until analytics/kinds/ has its file.")
