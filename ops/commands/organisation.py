"""`panhuo unit` and `panhuo reference`: what an installation starts with."""

from pathlib import Path

import click

from db import Connection, audit
from db.roles import DatabaseRole
from ops import reference as shipped
from ops.reach import connected
from registry import tables
from registry.cards import categories, synonyms
from registry.org import UnitKind, add_unit, divisions, unit_id
from registry.org import reference as reference_list
from registry.tables import Table

ACTOR = "system:panhuo"
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def unit() -> None:
    """Units, departments and finance bureaus."""


@unit.command()
@click.argument("code")
@click.argument("name")
@click.option("--division", required=True, help="Code of its division.")
@click.option("--kind", type=click.Choice([k.value for k in UnitKind]), default="unit")
@click.option("--above", help="Code of the body above it.")
def add(code: str, name: str, division: str, kind: str, above: str | None) -> None:
    """Add a unit."""
    with connected(DatabaseRole.PORTAL) as conn:
        parent = unit_id(conn, above) if above else None
        add_unit(conn, code, name, UnitKind(kind), division, parent)
        audit.record(conn, ACTOR, "unit.added", f"unit:{code}", name=name)
    click.echo(f"{name} is registered.")


@click.group()
def reference() -> None:
    """Official lists, as XLSX or CSV: all rows or none."""


def _table(path: Path) -> Table:
    return tables.read(path.name, path.read_bytes(), most_rows=reference_list.MOST_ROWS)


def _noted(conn: Connection, what: str, path: Path, rows: int) -> None:
    audit.record(conn, ACTOR, "reference.imported", f"reference:{what}", file=path.name, rows=rows)
    click.echo(f"{rows} rows taken over.")


@reference.command()
@click.argument("name", type=click.Choice(["divisions", "categories", "synonyms"]))
def example(name: str) -> None:
    """Print a short list to begin with, in the form that is taken."""
    click.echo(shipped.text(name), nl=False)


@reference.command("divisions")
@click.argument("path", type=FILE)
def divisions_command(path: Path) -> None:
    """财政区划 with columns code, name, level, parent.

    The level is ministry, province, provincial (省本级), prefecture or county.
    """
    with connected(DatabaseRole.PORTAL) as conn:
        _noted(
            conn,
            "divisions",
            path,
            divisions.import_table(conn, _table(path)),
        )


@reference.command("categories")
@click.argument("path", type=FILE)
def categories_command(path: Path) -> None:
    """资产分类 (GB/T 14885) with columns code, name, parent."""
    with connected(DatabaseRole.PORTAL) as conn:
        _noted(
            conn,
            "categories",
            path,
            categories.import_table(conn, _table(path)),
        )


@reference.command("synonyms")
@click.argument("path", type=FILE)
def synonyms_command(path: Path) -> None:
    """分类俗称 with columns name, code: what people call a category. It replaces the list."""
    with connected(DatabaseRole.PORTAL) as conn:
        _noted(conn, "synonyms", path, synonyms.import_table(conn, _table(path)))
