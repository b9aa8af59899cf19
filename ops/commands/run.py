"""`panhuo run`: one process of the product, as the Procfile and systemd start it."""

import os
import sys
from collections.abc import Callable
from typing import Final

import click

import analytics
import ingest
import portal
from analytics.settings import AnalyticsSettings
from db import Database, DatabaseSettings, Refused
from db.roles import DatabaseRole
from exchange.ministry import Job, MinistrySettings, run_exchange
from ingest import IngestSettings, broker
from ops import logs
from ops.reach import settings_for
from ops.restart import keep
from ops.settings import OpsSettings
from portal.settings import PortalSettings
from registry import notices
from registry.org import known_devices, sessions, throttle
from registry.stocktake import reminders

# What runs on the exchange's schedule, though it belongs to the register.
MORE_JOBS: Final = (
    Job("count reminders", 900.0, reminders.run, 30.0),
    Job("old sessions", 3_600.0, sessions.purge, 60.0),
    Job("drained failures", 600.0, throttle.purge_all, 60.0),
    Job("old devices", 86_400.0, known_devices.purge, 90.0),
)


def _collector() -> None:
    ingest.run_collector(IngestSettings(), settings_for(DatabaseRole.COLLECTOR))


def _analytics() -> None:
    settings = settings_for(DatabaseRole.ANALYTICS)
    assert settings.database_url is not None
    with Database(settings.database_url.get_secret_value(), settings) as database:
        analytics.run_scheduled(database, AnalyticsSettings())


def _portal() -> None:
    notices.NoticeSettings()  # wrong ones stop the start, not the first review
    portal.serve(PortalSettings(), settings_for(DatabaseRole.PORTAL))


def _notifier() -> None:
    settings = settings_for(DatabaseRole.NOTIFIER)
    assert settings.database_url is not None
    with Database(settings.database_url.get_secret_value(), settings) as database:
        notices.run_notifier(database, notices.NoticeSettings())


def _exchange() -> None:
    settings = settings_for(DatabaseRole.EXCHANGE)
    assert settings.database_url is not None
    with Database(settings.database_url.get_secret_value(), settings) as database:
        run_exchange(database, settings.data, MinistrySettings(), MORE_JOBS)


def _broker() -> None:
    where = broker.folder(DatabaseSettings().data)
    if not (where / broker.CONFIGURATION).exists():
        raise Refused("broker.not_configured", path=str(where / broker.CONFIGURATION))
    command = broker.command(where, OpsSettings().mosquitto)
    os.execv(command[0], command)


PROCESSES: Final[dict[str, Callable[[], None]]] = {
    "collector": _collector,
    "analytics": _analytics,
    "portal": _portal,
    "notifier": _notifier,
    "exchange": _exchange,
    "broker": _broker,
}


@click.command()
@click.argument("process", type=click.Choice(list(PROCESSES)))
@click.option("--keep", "kept", is_flag=True, help="Start it again whenever it dies.")
def run(process: str, kept: bool) -> None:
    """Run one process in the foreground until SIGTERM."""
    logs.configure(process)
    if kept:
        sys.exit(keep([sys.executable, "-m", "ops", "run", process]))
    PROCESSES[process]()
