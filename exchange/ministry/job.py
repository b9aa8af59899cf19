"""The exchange's process: its jobs on a schedule; of several processes one leads."""

import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Final

import structlog
from apscheduler.schedulers.background import BackgroundScheduler

from db import Database, Unavailable
from db.leader import Leader
from exchange import match_digest, notice_period
from exchange.ministry.office import Office, transport
from exchange.ministry.settings import MinistrySettings

log = structlog.get_logger(__name__)

FIRST_COMPARED_S: Final = 60.0  # what a restart has held up has arrived by then
LOCK: Final = 0x70616E657863  # "panexc": the advisory lock of whoever leads


@dataclass(frozen=True, slots=True)
class Job:
    """Something that is done every so many seconds, for the first time after `first_s`."""

    name: str
    every_s: float
    act: Callable[[Database, datetime], object]
    first_s: float = 0.0


JOBS: Final = (
    Job("notice periods", 60.0, notice_period.run),
    Job("settled listings", 600.0, notice_period.retire),
    Job("matches", 60.0, match_digest.digest),
)


def run_exchange(
    database: Database, data: Path, settings: MinistrySettings, more: tuple[Job, ...] = ()
) -> None:
    """Run until SIGTERM or SIGINT; what is in hand is finished first.

    `more`: jobs of other rooms that go along on this schedule.
    """
    over = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        over.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    log.info("exchange started", transport=settings.ministry_transport)
    leader = Leader(database, LOCK)
    scheduler = BackgroundScheduler(timezone=UTC)
    for job in (*ministry_jobs(database, data, settings, over), *JOBS, *more):
        scheduler.add_job(
            turn,
            "interval",
            (database, leader, job),
            seconds=job.every_s,
            next_run_time=datetime.now(UTC) + timedelta(seconds=job.first_s),
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
        )
    scheduler.start()
    try:
        over.wait()
    finally:
        scheduler.shutdown(wait=True)
        leader.resign()
    log.info("exchange stopped")


def ministry_jobs(
    database: Database, data: Path, settings: MinistrySettings, over: threading.Event
) -> tuple[Job, ...]:
    """Up, down and a comparison now and then; none where there is no road."""
    road = transport(settings)
    if road is None:
        return ()
    office = Office(database, data, settings, road, over)
    poll_s, compare_s = settings.ministry_poll_s, settings.ministry_reconcile_s
    return (
        Job("ministry, up", poll_s, lambda _database, _now: office.up()),
        Job("ministry, down", poll_s, lambda _database, _now: office.down()),
        Job("reconcile", compare_s, lambda _database, now: office.reconcile(now), FIRST_COMPARED_S),
    )


def turn(database: Database, leader: Leader, job: Job) -> None:
    """One turn of a job: nothing where another process leads; a failure is logged."""
    try:
        if leader.leads():
            job.act(database, datetime.now(UTC))
    except Unavailable as error:
        log.warning("no database, trying again at the next turn", job=job.name, error=str(error))
    except Exception:
        log.exception("job failed", job=job.name)
