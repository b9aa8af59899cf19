"""`panhuo analytics`: judge the assets now."""

from datetime import UTC, datetime

import click

from analytics import run_once
from analytics.settings import AnalyticsSettings
from db.roles import DatabaseRole
from ops import logs
from ops.reach import connected, opened


@click.group()
def analytics() -> None:
    """Readings to usage, usage to idle suggestions."""


@analytics.command()
def run() -> None:
    """Compute usage and suggestions now, whatever the schedule says.

    The exit code is 1 where some gateways could not be judged.
    """
    logs.configure("analytics")
    with connected(DatabaseRole.ANALYTICS):  # a pool would wait for what is not there
        pass
    with opened(DatabaseRole.ANALYTICS) as database:
        report = run_once(database, AnalyticsSettings(), datetime.now(UTC))
    click.echo(str(report))
    if report.failed:
        raise SystemExit(1)
