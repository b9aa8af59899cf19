"""`panhuo linked`: push a file as one of the linked systems (F4)."""

from datetime import UTC, datetime
from pathlib import Path

import click

from db import Refused
from db.roles import DatabaseRole
from exchange.linked import Way, items, push, systems
from ops.reach import connected
from ops.words import refusal
from registry import tables

ACTOR = "system:panhuo"
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
SHOWN = 20


@click.group()
def linked() -> None:
    """Systems that push listings with a key of their own."""


@linked.command("push")
@click.argument("system")
@click.argument("path", type=FILE)
@click.option("--complete", is_flag=True, help="These are all: tell what has vanished.")
def push_file(system: str, path: Path, complete: bool) -> None:
    """Push PATH (XLSX, CSV or JSON) as the registered SYSTEM: all rows or none.

    What is being settled is left and named; the rest is taken.
    """
    content, now = path.read_bytes(), datetime.now(UTC)
    if path.suffix.lower() == ".json":
        sent = items.of_json(content)
    else:
        sent = items.of_table(tables.read(path.name, content), complete=complete)
    with connected(DatabaseRole.PORTAL) as conn:
        one = systems.named(conn, system)
        checked = push.check(conn, one, sent, now)
        for item in checked.wrong[:SHOWN]:
            for why in item.refusals.values():
                click.echo(f"{item.number}: {refusal(why)}", err=True)
        if checked.wrong:
            raise Refused("linked.has_errors", rows=len(checked.wrong))
        done = push.take(conn, checked, Way.COMMAND, ACTOR, now)
    click.echo(", ".join(f"{name} {count}" for name, count in done.counts.items()))
    for left in checked.left:
        click.echo(f"{left.row or 'withdraw'}: {refusal(left.why)}", err=True)
    for key in done.vanished:
        click.echo(f"vanished: {key}")
