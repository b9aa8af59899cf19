"""`panhuo demo`: the whole product with invented units, on one machine, in one command."""

import secrets
import shutil
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.panel import Panel
from rich.table import Table

import ops.demo as estate
from db import DatabaseSettings, Refused, migrations, roles, server, single_connection
from db.roles import DatabaseRole
from db.server import DATABASE, Server
from ops import logs, reach
from ops.settings import OpsSettings
from ops.setup.progress import console, shown
from ops.supervise import Line, parse, supervise, when_answering

PROCFILE = Path(__file__).resolve().parents[2] / "Procfile"
BROKER_PORT = 18883


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8000, help="The portal's port.")
@click.option("--forget", is_flag=True, help="Remove the demo's data and end.")
def demo(port: int, forget: bool) -> None:
    """Start everything with demo data; Ctrl-C stops every process."""
    logs.configure("demo")
    settings = DatabaseSettings()
    if forget:
        forget_data(settings.data)
        return
    require_free(port)
    with _prepared(settings) as (running, broker_port):
        url = f"http://127.0.0.1:{port}"
        when_answering(f"{url}/readyz", lambda: _welcome(url))
        code = supervise(_lines(settings.data, running, broker_port, port))
    console.print("Everything has stopped.")
    sys.exit(code)


def forget_data(data: Path) -> None:
    """Remove the demo's database and files."""
    if reach.running(data) is not None:
        raise Refused("database.data_in_use", path=str(data))
    server.forget(data)
    shutil.rmtree(data, ignore_errors=True)
    console.print(f"The demo's data in {data} is forgotten.")


def require_free(port: int) -> None:
    """Refuse a taken port before anything starts."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise Refused("ops.port_taken", port=port) from error


@contextmanager
def _prepared(settings: DatabaseSettings) -> Iterator[tuple[Server, int]]:
    """A database with the demo's data and a configured broker; the server runs for the block."""
    with shown("Database server"):
        serving = server.serving(settings)
        running = serving.__enter__()
    try:
        reach.note_running(settings.data, running)
        with shown("Schema"):
            roles.ensure(running.admin_url, DATABASE, running.passwords)
            migrations.migrate(running.url(DatabaseRole.OWNER))
        broker_port = server.free_port(BROKER_PORT)
        with (
            shown("Demo data") as report,
            single_connection(running.url(DatabaseRole.OWNER)) as conn,
        ):
            made = estate.load(
                conn,
                settings.data,
                datetime.now(UTC),
                lambda done, total: report("cards", done, total),
            )
            _configure(conn, settings.data, running, broker_port)
            estate.write_estate(made, settings.data / "estate.toml", "127.0.0.1", broker_port)
        yield running, broker_port
    finally:
        reach.forget_running(settings.data)
        serving.__exit__(None, None, None)


def _configure(conn: object, data: Path, running: Server, port: int) -> None:
    raise NotImplementedError


def _lines(data: Path, running: Server, broker_port: int, port: int) -> list[Line]:
    """The Procfile's lines, each with its own least-privilege URL, and the simulated gateways."""
    common = {"PANHUO_DATA": str(data), "PYTHONUNBUFFERED": "1"}
    own = {
        "broker": {},
        "collector": {
            "PANHUO_DATABASE_URL": running.url(DatabaseRole.COLLECTOR),
            "PANHUO_BROKER_PORT": str(broker_port),
            "PANHUO_BROKER_USER": "collector",
            "PANHUO_BROKER_PASSWORD": running.passwords["broker_collector"],
        },
        "analytics": {"PANHUO_DATABASE_URL": running.url(DatabaseRole.ANALYTICS)},
        "portal": {"PANHUO_DATABASE_URL": running.url(DatabaseRole.PORTAL)},
    }
    commands = parse(PROCFILE.read_text())
    return [Line(name, command, {**common, **own[name]}) for name, command in commands.items()]


def _welcome(url: str) -> None:
    table = Table.grid(padding=(0, 2))
    for login in estate.LOGINS:
        table.add_row(f"[bold]{login.login}[/bold]", login.who)
    console.print(Panel(table, title=f"panhuo 盘活  {url}", subtitle="password: panhuo-demo"))


_ = secrets, OpsSettings
