"""`panhuo db`: make, migrate and look at the database."""

from pathlib import Path

import click

from db import DatabaseSettings, Refused, roles, schema, secrets, single_connection
from db.roles import DatabaseRole
from db.server import DATABASE, load_secrets, secrets_of
from ops.reach import admin_url, url_of


@click.group("db")
def database() -> None:
    """Make and migrate the database; PANHUO_DATABASE_URL is an administrator's here."""


@database.command()
def init() -> None:
    """Make roles, database and schema; a role that exists keeps its password."""
    settings = DatabaseSettings()
    admin = admin_url(settings)
    with single_connection(admin) as conn:
        _require_passwords(roles.existing(conn), settings.data)
    made = roles.ensure(admin, DATABASE, load_secrets(settings.data))
    _say_made(made, settings.data)
    for name in schema.migrate(url_of(DatabaseRole.OWNER, settings)):
        click.echo(f"applied {name}")
    click.echo("The schema is current. `panhuo db urls` prints each process's URL.")


@database.command()
def migrate() -> None:
    """Apply what is pending; roles that came with a newer version are made first."""
    settings = DatabaseSettings()
    owner = url_of(DatabaseRole.OWNER, settings)
    with single_connection(owner) as conn:
        lacking = set(DatabaseRole) - roles.existing(conn)
    if lacking:
        passwords = load_secrets(settings.data)
        with single_connection(admin_url(settings), autocommit=True) as conn:
            made = roles.make_missing(conn, passwords)
        with single_connection(owner) as conn:
            roles.admit(conn, roles.database_of(owner), made)
        _say_made(made, settings.data)
    applied = schema.migrate(owner)
    click.echo("\n".join(f"applied {name}" for name in applied) or "Nothing is pending.")


@database.command()
def passwords() -> None:
    """Give every role the password of the data folder: its processes then need their new URLs."""
    settings = DatabaseSettings()
    admin = admin_url(settings)
    with single_connection(admin) as conn:
        if lacking := set(DatabaseRole) - roles.existing(conn):
            raise Refused("database.roles_missing", roles=", ".join(sorted(lacking)))
        roles.set_passwords(conn, load_secrets(settings.data))
    click.echo(f"Set, as in {secrets_of(settings.data)}. `panhuo db urls` prints the new URLs.")


@database.command()
def status() -> None:
    """List what is pending; exit code 1 where something is."""
    with single_connection(url_of(DatabaseRole.OWNER, DatabaseSettings())) as conn:
        pending = schema.lacks(conn)
    click.echo("\n".join(f"pending {name}" for name in pending) or "The schema is current.")
    if pending:
        raise SystemExit(1)


@database.command()
@click.option(
    "--role", "only", type=click.Choice([role.name.lower() for role in DatabaseRole]),
    help="Only this one's, without a heading.",
)  # fmt: skip
def urls(only: str | None) -> None:
    """Print PANHUO_DATABASE_URL of each process. Secret: it holds passwords."""
    settings = DatabaseSettings()
    if only:
        click.echo(f"PANHUO_DATABASE_URL={url_of(DatabaseRole[only.upper()], settings)}")
        return
    for role in DatabaseRole:
        click.echo(f"# {role.value}\nPANHUO_DATABASE_URL={url_of(role, settings)}")


def _require_passwords(existing: set[DatabaseRole], data: Path) -> None:
    """Roles of an installation whose passwords stand elsewhere are not ours to change."""
    unknown = sorted(existing - secrets.read(secrets_of(data)).keys())
    if unknown:
        raise Refused("database.passwords_elsewhere", roles=", ".join(unknown), data=data.resolve())


def _say_made(made: list[DatabaseRole], data: Path) -> None:
    if made:
        where = secrets_of(data).resolve()
        click.echo(f"made the roles {', '.join(made)}: their passwords are in {where}")
