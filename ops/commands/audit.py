"""`panhuo audit`: export the audit log, and verify it with or without the database (J1)."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from db import audit as log
from db.audit import Entry, Verdict
from db.roles import DatabaseRole
from ops.reach import connected


@click.group()
def audit() -> None:
    """The append-only, hash-chained audit log."""


def _entries(path: Path) -> Iterator[Entry]:
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            try:
                yield Entry.from_json(line)
            except (ValueError, KeyError, TypeError) as error:
                raise click.ClickException(f"{path}: line {number} is no audit entry") from error


def _verified(chain: Iterable[Entry], expected: tuple[int, bytes] | None) -> None:
    verdict: Verdict = log.verify(chain, expected)
    for fault in verdict.breaks[:20]:
        click.echo(f"entry {fault.id}: {fault.fault}", err=True)
    if verdict.breaks:
        raise click.ClickException(f"The chain is broken in {len(verdict.breaks)} places.")
    click.echo(f"{verdict.entries} entries, unbroken. Head: {verdict.head.hex()}")


@audit.command()
@click.option("--file", "path", type=click.Path(exists=True, path_type=Path), help="An export.")
@click.option("--head", help="The head that was written down earlier: proves no end was cut off.")
def verify(path: Path | None, head: str | None) -> None:
    """Recompute the chain; exit code 1 where it is broken.

    Note the printed head elsewhere: whoever rewrites the whole chain can't forge that note.
    """
    if path:
        chain = list(_entries(path))
        expected = (chain[-1].id if chain else 0, bytes.fromhex(head)) if head else None
        _verified(chain, expected)
        return
    with connected(DatabaseRole.PORTAL) as conn:
        _verified(log.entries(conn), log.head(conn))


@audit.command()
@click.argument("path", type=click.Path(path_type=Path))
def export(path: Path) -> None:
    """Write every entry to PATH, one JSON object a line."""
    with connected(DatabaseRole.PORTAL) as conn, path.open("w", encoding="utf-8") as file:
        count = 0
        for count, entry in enumerate(log.entries(conn), 1):  # noqa: B007  # the count is used
            file.write(entry.to_json() + "\n")
    with connected(DatabaseRole.PORTAL) as conn:
        log.record(conn, "system:panhuo", "audit.exported", f"file:{path.name}", entries=count)
    click.echo(f"{count} entries written to {path}")
