"""Reminders of counts that are due or late, as a job of the schedule (H1)."""

from datetime import datetime

from db import Database
from registry.stocktake import tasks


def run(database: Database, now: datetime) -> None:
    """Remind, once a day each, whoever is due; one transaction."""
    with database.transaction("remind counts") as conn:
        tasks.remind(conn, now)
