"""`panhuo doctor`: is every part well, and how is it mended."""

import sys

import click
from rich.console import Console
from rich.table import Table

from ops.doctor import examine
from ops.findings import Health

MARKS = {
    Health.WELL: "[green]✓[/green]",
    Health.WARNING: "[yellow]△[/yellow]",
    Health.BROKEN: "[red]✗[/red]",
}


@click.command()
def doctor() -> None:
    """Check every part; exit code 1 where one is broken."""
    findings = examine()
    table = Table(box=None, pad_edge=False)
    for heading in ("", "part", "seen", "how to mend it"):
        table.add_column(heading, overflow="fold")
    for finding in findings:
        seen = finding.seen.replace("[", "\\[")
        table.add_row(MARKS[finding.health], finding.part, seen, finding.mend)
    Console(highlight=False).print(table)
    sys.exit(any(finding.health is Health.BROKEN for finding in findings))
