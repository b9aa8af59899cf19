"""`panhuo db`: make, migrate and look at the database."""

import click

from db import DatabaseSettings, Refused, roles, schema
from db.roles import DatabaseRole
from db.server import DATABASE, Server, load_secrets
from ops.reach import running


def _server() -> Server:
    settings = DatabaseSettings()
    if settings.database_url:
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        url = settings.database_url.get_secret_value()
        return Server(url, load_secrets(settings.data), private=False)
    server = running(settings.data)
    if server is None:
        raise Refused("ops.nothing_runs", data=str(settings.data))
    return server


@click.group("db")
def database() -> None:
    """Make and migrate the database (PANHUO_DATABASE_URL is an administrator's)."""


@database.command()
def init() -> None:
    """Make roles, database and schema; passwords go to secrets.json in the data folder."""
    server = _server()
    roles.ensure(server.admin_url, DATABASE, server.passwords)
    for name in schema.migrate(server.url(DatabaseRole.OWNER)):
        click.echo(f"applied {name}")
    click.echo("The schema is current. `panhuo db urls` prints each process's URL.")


@database.command()
def migrate() -> None:
    """Apply what is pending; roles that came with a newer version are made first."""
    server = _server()
    roles.ensure(server.admin_url, DATABASE, server.passwords)
    applied = schema.migrate(server.url(DatabaseRole.OWNER))
    click.echo("\n".join(f"applied {name}" for name in applied) or "Nothing is pending.")


@database.command()
def status() -> None:
    """List what is pending; exit code 1 where something is."""
    pending = schema.pending(_server().url(DatabaseRole.OWNER))
    click.echo("\n".join(f"pending {name}" for name in pending) or "The schema is current.")
    if pending:
        raise SystemExit(1)


@database.command()
def urls() -> None:
    """Print PANHUO_DATABASE_URL of each process. Secret: it holds passwords."""
    server = _server()
    for role in DatabaseRole:
        click.echo(f"# {role.value}\nPANHUO_DATABASE_URL={server.url(role)}")
