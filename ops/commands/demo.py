"""`panhuo demo`: the whole product with invented units, on one machine, in one command."""

import os
import shlex
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.panel import Panel
from rich.table import Table

from db import DatabaseSettings, Refused, ports, roles, schema, server, single_connection
from db.roles import DatabaseRole
from db.server import DATABASE, Server
from ingest import IngestSettings, broker
from ops import demo as estate
from ops import logs, reach
from ops.broker_access import collector_environment, configure
from ops.sandbox_ministry import shared_key
from ops.settings import OpsSettings
from ops.setup.progress import console, shown
from ops.supervise import Line, parse, supervise, when_answering

PROCFILE = Path(__file__).resolve().parents[2] / "Procfile"
BIN = Path(sys.executable).parent
BROKER_PORT = 18883
MINISTRY_PORT = 18700
SANDBOX = "panhuo sandbox-ministry --port {port} --decide-after 25 --return-every 7"


@dataclass(frozen=True, slots=True)
class Stage:
    """What the demo's processes stand on."""

    data: Path
    server: Server
    broker_port: int
    portal_port: int
    ministry_port: int

    @property
    def address(self) -> str:
        """Where the portal answers."""
        return f"http://127.0.0.1:{self.portal_port}"


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
    own = OpsSettings()
    with ports.kept(port), prepared(settings, port, own.demo_gateways) as stage:
        code = supervise(
            lines(stage, own),
            lambda: when_answering(f"{stage.address}/readyz", lambda: _welcome(stage.address)),
        )
    console.print("Everything has stopped.")
    sys.exit(code)


def forget_data(data: Path) -> None:
    """Remove the demo's database and files."""
    if reach.running(data) is not None:
        raise Refused("database.data_in_use", path=str(data))
    server.forget(data)
    shutil.rmtree(broker.folder(data), ignore_errors=True)
    shutil.rmtree(data, ignore_errors=True)
    console.print(f"The demo's data in {data} is forgotten.")


@contextmanager
def prepared(settings: DatabaseSettings, port: int, gateways: int | None = None) -> Iterator[Stage]:
    """Database, demo data and broker configuration; the server runs for the block."""
    with (
        _serving(settings) as running,
        ports.first_free(BROKER_PORT) as broker_port,
        ports.first_free(MINISTRY_PORT) as ministry_port,
    ):
        with shown("Schema"):
            roles.ensure(running.admin_url, DATABASE, running.passwords)
            schema.migrate(running.url(DatabaseRole.OWNER))
        stage = Stage(settings.data.resolve(), running, broker_port, port, ministry_port)
        with (
            shown("Demo data") as report,
            single_connection(running.url(DatabaseRole.OWNER)) as conn,
        ):
            now = datetime.now(UTC)
            made = estate.load(
                conn, stage.data, now, lambda done, total: report("cards", done, total)
            )
            ca = configure(conn, stage.data, broker_settings(broker_port)).authority
        estate.write_estate(made, stage.data / "estate.toml", broker_port, ca, gateways)
        yield stage


def broker_settings(port: int) -> IngestSettings:
    """The demo's broker: on loopback, with TLS by an authority of its own."""
    local = "127.0.0.1"
    return IngestSettings(broker_host=local, broker_listen=local, broker_port=port)


@contextmanager
def _serving(settings: DatabaseSettings) -> Iterator[Server]:
    """The server, and a note of it for the other commands while it runs."""
    serving = server.serving(settings)
    with shown("Database server"):
        running = serving.__enter__()
    try:
        reach.note_running(settings.data, running)
        yield running
    finally:
        reach.forget_running(settings.data)
        serving.__exit__(None, None, None)


def lines(stage: Stage, settings: OpsSettings) -> list[Line]:
    """The Procfile's lines, each with its own least-privilege URL, and the simulated gateways."""
    common = {
        "PANHUO_DATA": str(stage.data),
        "PANHUO_PORTAL_URL": stage.address,
        "PYTHONUNBUFFERED": "1",
        "PATH": f"{BIN}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    }
    url = stage.server.url
    own: dict[str, dict[str, str]] = {
        "broker": {},
        "collector": {
            "PANHUO_DATABASE_URL": url(DatabaseRole.COLLECTOR),
            **collector_environment(stage.data, broker_settings(stage.broker_port)),
        },
        "analytics": {
            "PANHUO_DATABASE_URL": url(DatabaseRole.ANALYTICS),
            "PANHUO_ANALYTICS_EVERY_S": os.environ.get("PANHUO_ANALYTICS_EVERY_S", "20"),
        },
        "portal": {
            "PANHUO_DATABASE_URL": url(DatabaseRole.PORTAL),
            "PANHUO_HELP_CONTACT": estate.HELP,
            "PANHUO_PORTAL_PORT": str(stage.portal_port),
        },
        "notifier": {"PANHUO_DATABASE_URL": url(DatabaseRole.NOTIFIER)},
        "exchange": {"PANHUO_DATABASE_URL": url(DatabaseRole.EXCHANGE), **ministry(stage)},
    }
    commands = parse(PROCFILE.read_text())
    processes = [Line(name, command, {**common, **own[name]}) for name, command in commands.items()]
    return [
        *processes,
        Line("gateways", gateways(stage.data, settings), common),
        Line("ministry", SANDBOX.format(port=stage.ministry_port), common),
    ]


def ministry(stage: Stage) -> dict[str, str]:
    """The exchange with the sandbox that stands in for the ministry's aggregator."""
    secret = shared_key(stage.data)
    return {
        "PANHUO_MINISTRY_TRANSPORT": "https",
        "PANHUO_MINISTRY_URL": f"http://127.0.0.1:{stage.ministry_port}",
        "PANHUO_MINISTRY_KEY": secret,
        "PANHUO_MINISTRY_ACCEPTED_KEYS": secret,
        "PANHUO_MINISTRY_POLL_S": "3",
        "PANHUO_MINISTRY_FIRST_WAIT_S": "3",
        "PANHUO_MINISTRY_RECONCILE_S": "300",
    }


def gateways(data: Path, settings: OpsSettings) -> str:
    """The command that plays the estate: history first, then on as time goes by."""
    words = [
        *("firmware-sim", "play", "--estate", str(data / "estate.toml")),
        *("--days", str(settings.demo_days), "--speed", str(settings.demo_speed)),
        *("--truth", str(data / "truth.json"), "--state", str(data / "gateways")),
    ]
    return shlex.join(words)


def _welcome(url: str) -> None:
    table = Table.grid(padding=(0, 2))
    for login in estate.LOGINS:
        table.add_row(f"[bold]{login.login}[/bold]", login.who, f"[dim]{login.type}[/dim]")
    title = f"panhuo 盘活  [bold]{url}[/bold]"
    console.print(Panel(table, title=title, subtitle="password of all: panhuo-demo", expand=False))
