"""Run analytics on a schedule; of several processes one leads."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import FrameType
from typing import Final, LiteralString

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from psycopg.types.json import Jsonb

from analytics.judgements import RunReport
from analytics.run import run_once
from analytics.settings import AnalyticsSettings
from db import Database, Unavailable, scalar
from db.leader import Leader

log = structlog.get_logger(__name__)

LOCK: Final = 0x70616E68756F  # "panhuo": the advisory lock of whoever leads
JOB: Final = "usage"

BEGIN: LiteralString = """
    INSERT INTO job_run (job, started_at) VALUES (%(job)s, %(now)s) RETURNING id
"""
FINISH: LiteralString = """
    UPDATE job_run SET ended_at = %(now)s, outcome = %(outcome)s, facts = %(facts)s
     WHERE id = %(id)s
"""
LEFT_OVER: LiteralString = """
    UPDATE job_run SET ended_at = %(now)s, outcome = 'failed'
     WHERE job = %(job)s AND outcome = 'running'
"""


def run_scheduled(database: Database, settings: AnalyticsSettings) -> None:
    """Run again and again until SIGTERM or SIGINT; the run in hand is finished first."""
    over = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        over.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    leader = Leader(database, LOCK)
    scheduler = BackgroundScheduler(timezone=UTC)
    scheduler.add_job(
        lambda: turn(database, settings, leader),
        "interval",
        seconds=settings.analytics_every_s,
        next_run_time=datetime.now(UTC),
        max_instances=1,
        coalesce=True,
    )
    scheduler.start()
    try:
        over.wait()
    finally:
        scheduler.shutdown(wait=True)
        leader.resign()


def turn(database: Database, settings: AnalyticsSettings, leader: Leader) -> None:
    """One turn of the schedule: nothing where another leads; a failure is logged and kept."""
    try:
        if not leader.leads():
            return
        with _noted(database) as outcome:
            report = run_once(database, settings, datetime.now(UTC), everything=False)
            outcome.append(report)
    except Unavailable as error:
        log.warning("no database, trying again at the next turn", error=str(error))
    except Exception:
        log.exception("analytics run failed")


@contextmanager
def _noted(database: Database) -> Iterator[list[RunReport]]:
    """A row of job_run around the block, also where it fails."""
    outcome: list[RunReport] = []
    with database.transaction("job begins") as conn:
        conn.execute(LEFT_OVER, {"job": JOB, "now": datetime.now(UTC)})
        key = scalar(conn, BEGIN, job=JOB, now=datetime.now(UTC))
    try:
        yield outcome
    finally:
        done = outcome[0] if outcome else None
        with database.transaction("job ends") as conn:
            conn.execute(
                FINISH,
                {
                    "id": key,
                    "now": datetime.now(UTC),
                    "outcome": "done" if done else "failed",
                    "facts": Jsonb({"report": str(done)} if done else {}),
                },
            )
