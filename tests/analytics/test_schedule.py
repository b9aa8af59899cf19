"""Of several scheduled processes one leads; when it is killed, another one takes over."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import LiteralString

import pytest

from analytics import AnalyticsSettings
from analytics.schedule import LOCK, turn
from db import Connection, Database, scalar
from db.leader import Leader
from db.roles import DatabaseRole
from tests.fixtures.database import Copy
from tests.fixtures.patience import busy

PROCESS = """
import sys
from analytics import AnalyticsSettings, run_scheduled
from db import Database
with Database(sys.argv[1]) as database:
    run_scheduled(database, AnalyticsSettings(analytics_every_s=5))
"""
LEADERS: LiteralString = """
    SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
     WHERE locktype = 'advisory' AND granted AND datname = current_database()
       AND (classid::bigint << 32 | objid::bigint) = %(lock)s
"""
RUNS: LiteralString = "SELECT count(*) FROM job_run WHERE outcome = 'done'"


def until(holds: Callable[[], bool], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)


def number(conn: Connection, query: LiteralString, **facts: object) -> int:
    found = scalar(conn, query, **facts)
    assert isinstance(found, int)
    return found


@pytest.fixture
def start(database: Copy) -> Iterator[Callable[[str], subprocess.Popen[bytes]]]:
    """Starts scheduled processes; whatever still runs at the end is killed."""
    with ExitStack() as stack:

        def begin(name: str) -> subprocess.Popen[bytes]:
            url = database.url(DatabaseRole.ANALYTICS) + f"?application_name={name}"
            process = subprocess.Popen([sys.executable, "-c", PROCESS, url])
            stack.callback(process.wait)
            stack.callback(process.kill)
            return process

        yield begin


LEADS: LiteralString = """
    SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)
     WHERE locktype = 'advisory' AND granted AND datname = current_database()
"""


@pytest.mark.kills
def test_killed_leader_is_followed_by_the_other(
    owner: Connection, start: Callable[[str], subprocess.Popen[bytes]]
) -> None:
    processes = {name: start(name) for name in ("first", "second")}
    until(lambda: number(owner, RUNS) >= 1)
    leader = scalar(owner, LEADS)
    assert isinstance(leader, str)
    (other,) = processes.keys() - {leader}
    assert number(owner, LEADERS, lock=LOCK) == 1
    os.kill(processes[leader].pid, signal.SIGKILL)
    until(lambda: scalar(owner, LEADS) == other)
    done = number(owner, RUNS)
    until(lambda: number(owner, RUNS) > done)
    processes[other].send_signal(signal.SIGTERM)
    assert processes[other].wait(timeout=busy(5)) == 0
    until(lambda: number(owner, LEADERS, lock=LOCK) == 0)


def test_only_one_of_two_leads_and_hands_over(database: Copy) -> None:
    url = database.url(DatabaseRole.ANALYTICS)
    with Database(url) as database_one, Database(url) as database_two:
        one, two = Leader(database_one, LOCK), Leader(database_two, LOCK)
        assert one.leads()
        assert one.leads()
        assert not two.leads()
        one.resign()
        until(two.leads)  # the server ends a connection when it comes to it
        assert not one.leads()
        two.resign()


def test_leader_whose_connection_was_cut_leads_anew(owner: Connection, database: Copy) -> None:
    with Database(database.url(DatabaseRole.ANALYTICS)) as opened:
        leader = Leader(opened, LOCK)
        assert leader.leads()
        pid = number(
            owner,
            "SELECT pid::bigint FROM pg_locks JOIN pg_stat_activity USING (pid)"
            " WHERE locktype = 'advisory' AND datname = current_database()",
        )
        with opened.transaction("cut") as conn:
            conn.execute("SELECT pg_terminate_backend(%s)", (pid,))
        until(lambda: number(owner, LEADERS, lock=LOCK) == 0)
        assert leader.leads()
        leader.resign()


def test_turn_without_a_database_is_survived(owner: Connection) -> None:
    with Database("postgresql://nobody@127.0.0.1:1/none") as away:
        turn(away, AnalyticsSettings(), Leader(away, LOCK))
    assert number(owner, RUNS) == 0


def test_every_turn_leaves_its_row(owner: Connection, database: Copy) -> None:
    owner.execute("INSERT INTO job_run (job, started_at) VALUES ('usage', now())")  # killed midway
    with Database(database.url(DatabaseRole.ANALYTICS)) as opened:
        leader = Leader(opened, LOCK)
        turn(opened, AnalyticsSettings(), leader)
        leader.resign()
    rows = owner.execute("SELECT outcome, ended_at IS NOT NULL FROM job_run ORDER BY id").fetchall()
    assert rows == [("failed", True), ("done", True)]
