"""`panhuo run`: one process of the product, as the Procfile and systemd start it."""

import sys

import click

from ops import logs
from ops.processes import PROCESSES
from ops.restart import keep


@click.command()
@click.argument("process", type=click.Choice(list(PROCESSES)))
@click.option("--keep", "kept", is_flag=True, help="Start it again whenever it dies.")
def run(process: str, kept: bool) -> None:
    """Run one process in the foreground until SIGTERM."""
    logs.configure(process)
    if kept:
        sys.exit(keep([sys.executable, "-m", "ops", "run", process]))
    PROCESSES[process]()
