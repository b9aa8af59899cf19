"""What each process runs. It loads the rooms that it needs when it begins, and no other."""

import os
from collections.abc import Callable
from typing import Final

from db import DatabaseSettings, Refused
from db.roles import DatabaseRole
from ops.reach import opened, settings_for


def collector() -> None:
    """Readings from the broker into the database."""
    import ingest

    ingest.run_collector(ingest.IngestSettings(), settings_for(DatabaseRole.COLLECTOR))


def analytics() -> None:
    """Readings to usage, usage to suggestions, on a schedule."""
    from analytics import AnalyticsSettings, run_scheduled

    with opened(DatabaseRole.ANALYTICS) as database:
        run_scheduled(database, AnalyticsSettings())


def portal() -> None:
    """The web portal."""
    from portal import PortalSettings, serve
    from registry.notices import NoticeSettings

    NoticeSettings()  # wrong ones stop the start, not the first review
    serve(PortalSettings(), settings_for(DatabaseRole.PORTAL))


def notifier() -> None:
    """E-mail and webhooks."""
    from registry import notices

    with opened(DatabaseRole.NOTIFIER) as database:
        notices.run_notifier(database, notices.NoticeSettings())


def exchange() -> None:
    """Documents to and from the ministry, and what of the register runs on the same schedule."""
    from exchange.ministry import Job, MinistrySettings, run_exchange
    from registry import batches, undo
    from registry.org import known_devices, sessions, submissions, throttle
    from registry.review import deleted
    from registry.stocktake import reminders

    more = (
        Job("count reminders", 900.0, reminders.run, 30.0),
        Job("old sessions", 3_600.0, sessions.purge, 60.0),
        Job("drained failures", 600.0, throttle.purge_all, 60.0),
        Job("old devices", 86_400.0, known_devices.purge, 90.0),
        Job("old submissions", 86_400.0, submissions.purge, 120.0),
        Job("old batches", 86_400.0, batches.purge, 150.0),
        Job("old undo", 3_600.0, undo.purge, 180.0),
        Job("deleted drafts", 3_600.0, deleted.purge, 210.0),
    )
    with opened(DatabaseRole.EXCHANGE) as database:
        run_exchange(database, DatabaseSettings().data, MinistrySettings(), more)


def broker() -> None:
    """Mosquitto, with the configuration that `panhuo broker configure` has written."""
    from ingest import broker as files
    from ops.settings import OpsSettings

    where = files.folder(DatabaseSettings().data)
    if not (where / files.CONFIGURATION).exists():
        raise Refused("broker.not_configured", path=str(where / files.CONFIGURATION))
    command = files.command(where, OpsSettings().mosquitto)
    os.execv(command[0], command)


PROCESSES: Final[dict[str, Callable[[], None]]] = {
    "collector": collector,
    "analytics": analytics,
    "portal": portal,
    "notifier": notifier,
    "exchange": exchange,
    "broker": broker,
}
