"""`panhuo analytics`: judge the assets now; what is said of each minute of one, and why."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import click

from analytics import calendar, run_once
from analytics.settings import AnalyticsSettings
from db import Refused
from db.roles import DatabaseRole
from ingest import changed_days
from ops import logs
from ops.reach import connected, opened
from registry.cards import named

SHANGHAI = ZoneInfo("Asia/Shanghai")
MOMENT = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"])


@click.group()
def analytics() -> None:
    """Readings to usage, usage to idle suggestions."""


@analytics.command()
@click.option(
    "--all-days",
    is_flag=True,
    help="Read every day again, from the first on which a sensor watched anything: after a rule,"
    " a value that means a fault, or the software has changed.",
)
def run(all_days: bool) -> None:
    """Compute usage and suggestions now, whatever the schedule says.

    The exit code is 1 where some gateways could not be judged.
    """
    logs.configure("analytics")
    with connected(DatabaseRole.ANALYTICS):  # a pool would wait for what is not there
        pass
    with opened(DatabaseRole.ANALYTICS) as database:
        now = datetime.now(UTC)
        if all_days:
            with database.transaction("analytics: every day is read again") as conn:
                changed_days.mark_all(conn, now)
        report = run_once(database, AnalyticsSettings(), now)
    click.echo(str(report))
    if report.failed:
        raise SystemExit(1)


@analytics.command()
@click.argument("card")
@click.option("--from", "since", type=MOMENT, help="Default: today, 00:00.")
@click.option("--to", "until", type=MOMENT, help="Default: now.")
def minutes(card: str, since: datetime | None, until: datetime | None) -> None:
    """Print when the asset of a CARD was in use, when not, when nobody can tell, and why.

    CARD: its code. Its readings are read as its facts are made of them; nothing is kept. Each line:
    from, to, state, reason, and the sensors that it rests on.
    """
    now = datetime.now(UTC)
    first = since.replace(tzinfo=SHANGHAI) if since else calendar.midnight(calendar.day_of(now))
    end = until.replace(tzinfo=SHANGHAI) if until else now.replace(second=0, microsecond=0)
    for line in _lines(named.code_of(card), first, end, now):
        click.echo(line)


def _lines(code: str, first: datetime, end: datetime, now: datetime) -> Iterator[str]:
    # They bring the compiled detector with them.
    from analytics.look import look  # noqa: PLC0415
    from ops import words_of_minutes  # noqa: PLC0415

    if not first <= end <= now:
        raise Refused("analytics.outside_past", first=first, last=end)
    found = None
    with opened(DatabaseRole.ANALYTICS) as database:
        for day in calendar.days(calendar.day_of(first), calendar.day_of(end)):
            if found is None or not found.days[0] <= day <= found.days[1]:
                found = look(database, AnalyticsSettings(), code, day, now)
            begin = calendar.midnight(day)
            since = found.window.minute_after(max(first, begin))
            until = found.window.minute_after(min(end, begin + timedelta(days=1)))
            for span in found.minutes().spans(since, until):
                yield words_of_minutes.line(span, found)
