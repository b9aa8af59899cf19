"""The exchange's process: killed at any point it loses and doubles nothing; one leads."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from db import Connection, Database
from db.leader import Leader
from db.roles import DatabaseRole
from exchange.kinds import Document, Ministry
from exchange.ministry import job
from exchange.ministry.documents import Decision
from exchange.ministry.job import LOCK, Job
from ops.sandbox_ministry.faults import Faults
from tests.exchange.ministry.conftest import QUICK, SHARED, Open, Province, settings, wait_until
from tests.exchange.ministry.test_agreement import calm, differences
from tests.fixtures.database import Copy

LISTINGS = 12
KILLS = 8
UNDECIDED = "SELECT uid FROM reported WHERE standing = 'waiting' ORDER BY uid LIMIT 1"
# Reads everything once; each line of its input makes a new exchange, whose pid it prints.
BREEDER = """
import os, sys
import exchange.ministry, registry.org, registry.stocktake
from ops import logs, processes
for line in sys.stdin:
    pid = os.fork()
    if not pid:
        logs.configure("exchange")
        processes.exchange()
        os._exit(0)
    print(pid, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""


class Breeder:
    """Starts exchanges one after the other, as the Procfile does, but quickly."""

    def __init__(self, province: Province, url: str) -> None:
        with_ = province.settings
        quick = {
            f"PANHUO_{name.upper()}": str(value)
            for name, value in QUICK.items()
            if not name.endswith(("key", "keys"))
        }
        self.process = subprocess.Popen(
            [sys.executable, "-c", BREEDER],
            env={
                **os.environ,
                **quick,
                "PANHUO_DATABASE_URL": url,
                "PANHUO_DATA": str(province.data),
                "PANHUO_MINISTRY_TRANSPORT": with_.ministry_transport,
                "PANHUO_MINISTRY_URL": with_.ministry_url,
                "PANHUO_MINISTRY_FOLDER": str(with_.ministry_folder),
                "PANHUO_MINISTRY_KEY": SHARED,
                "PANHUO_MINISTRY_ACCEPTED_KEYS": SHARED,
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,  # what it started is killed with it
        )

    def start(self) -> int:
        """A new exchange; its pid."""
        assert self.process.stdin is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        return self._said()

    def end(self, pid: int, number: signal.Signals) -> int:
        """Send it a signal; how it ended."""
        os.kill(pid, number)
        return self._said()

    def _said(self) -> int:
        assert self.process.stdout is not None
        return int(self.process.stdout.readline())


Breed = Callable[[Province], Breeder]


@pytest.fixture
def breed(database: Copy) -> Iterator[Breed]:
    """Makes a breeder; it and what it started is killed at the end."""
    with ExitStack() as stack:

        def begin(province: Province) -> Breeder:
            made = Breeder(province, database.url(DatabaseRole.EXCHANGE))
            stack.enter_context(made.process)
            stack.callback(os.killpg, made.process.pid, signal.SIGKILL)
            return made

        yield begin


@pytest.mark.kills
@pytest.mark.parametrize("road", ["https", "folder"])
def test_killed_anywhere_it_loses_and_doubles_nothing(
    open_province: Open, breed: Breed, road: str
) -> None:
    province = open_province(road, others=8)
    Faults(delay_s=0.02, lose=0.1).keep(province.ministry.store)
    published = [province.publish() for _ in range(LISTINGS)]
    for listing in published:
        province.queue(listing, Document.UPDATE)
    rng, breeder = random.Random(road), breed(province)
    for _ in range(KILLS):
        before = moved(province)
        for row in province.ministry.store.rows(UNDECIDED):  # there is always something to do
            province.ministry.decide(row["uid"], Decision.ACCEPTED)
        pid = breeder.start()
        wait_until(lambda before=before: moved(province) > before, 120)  # type: ignore[misc]
        time.sleep(rng.random() * 0.15)
        assert breeder.end(pid, signal.SIGKILL) == -signal.SIGKILL
    pid = breeder.start()
    wait_until(lambda: province.states() == {"accepted": 2 * LISTINGS}, 120)
    wait_until(lambda: not province.ministry.waiting(0, 1), 120)
    assert breeder.end(pid, signal.SIGTERM) == 0
    calm(province)
    above = province.ministry.store.rows("SELECT sequence, state FROM reported")
    assert [(row["sequence"], row["state"]) for row in above] == [(2, "listed")] * LISTINGS
    assert province.ministry.store.rows("SELECT * FROM refused") == []
    assert province.count("SELECT count(*) FROM listing WHERE origin = 'foreign'") == 8
    applied = "SELECT count(*) FROM ministry_received WHERE outcome = 'applied'"
    sent_down = province.ministry.store.one("SELECT count(*) AS n FROM down")["n"]
    assert province.count(applied) == sent_down
    reported = "SELECT count(*) FROM listing_event WHERE event = 'decided'"
    assert province.count(reported) == sent_down - 8
    assert differences(province) == []


def moved(province: Province) -> int:
    """How far the exchange has come, in any direction."""
    return province.count(
        "SELECT (SELECT count(*) FROM ministry_outbox WHERE state IN ('sent', 'accepted'))"
        "     + (SELECT sum(attempts) FROM ministry_outbox)"
        "     + (SELECT count(*) FROM ministry_received)"
    )


@pytest.mark.kills
def test_it_starts_without_database_and_ministry_and_goes_on_when_they_come(
    open_province: Open, breed: Breed, database: Copy
) -> None:
    province = open_province("https")
    Faults(fail=1.0).keep(province.ministry.store)
    listing, breeder = province.publish(), breed(province)
    with database.closed_to(DatabaseRole.EXCHANGE):
        pid = breeder.start()
        time.sleep(1.5)
    tried = "SELECT count(*) FROM ministry_outbox WHERE last_error = 'HTTP 503'"
    wait_until(lambda: province.count(tried) == 1, 120)
    unreached = "SELECT count(*) FROM ministry_contact WHERE reached_at IS NULL"
    wait_until(lambda: province.count(unreached) >= 1)
    Faults().keep(province.ministry.store)
    wait_until(lambda: province.listing(listing.id).ministry is Ministry.REPORTED, 120)
    assert breeder.end(pid, signal.SIGTERM) == 0


def test_only_the_leader_does_the_work(database: Copy, conn: Connection) -> None:
    url = database.url(DatabaseRole.EXCHANGE)
    done: list[str] = []
    jobs = {name: Job(name, 1, lambda *_, name=name: done.append(name)) for name in ("one", "two")}
    with Database(url) as one, Database(url) as two:
        first, second = Leader(one, LOCK), Leader(two, LOCK)
        job.turn(one, first, jobs["one"])
        job.turn(two, second, jobs["two"])
        assert done == ["one"]
        first.resign()
        job.turn(two, second, jobs["two"])
        assert done == ["one", "two"]
        second.resign()


def test_job_that_fails_does_not_stop_the_others(database: Copy, conn: Connection) -> None:
    def fails(*_: object) -> None:
        raise ValueError

    with Database(database.url(DatabaseRole.EXCHANGE)) as opened:
        leader = Leader(opened, LOCK)
        job.turn(opened, leader, Job("fails", 1, fails))
        leader.resign()
    with Database("postgresql://nobody@127.0.0.1:1/none") as away:
        job.turn(away, Leader(away, LOCK), Job("fails", 1, fails))


def test_without_a_road_nothing_of_the_ministry_is_scheduled(tmp_path: Path) -> None:
    with Database("postgresql://nobody@127.0.0.1:1/none") as away:
        assert job.ministry_jobs(away, tmp_path, settings("none"), threading.Event()) == ()
        names = [one.name for one in job.JOBS]
    assert len(names) == len(set(names))
