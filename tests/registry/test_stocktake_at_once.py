"""A stocktake's report and its counting at once, by several connections (H4)."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from time import monotonic, sleep
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import pytest

from db import Connection, Database, Refused, single_connection
from db.roles import DatabaseRole
from registry import review
from registry.cards import write
from registry.org import User, user
from registry.review import Action
from registry.stocktake import (
    Count,
    Method,
    Stage,
    closing,
    counting,
    differences,
    explaining,
    outcome,
    task,
    tasks,
)
from registry.stocktake.tasks import Plan
from tests.fixtures.database import Copy
from tests.registry.conftest import VALUES, Organisation, furnish, organise

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
Deed = Callable[[Connection], object]
# Of this database: on the same server others wait for locks of their own.
BLOCKED = """
    SELECT count(*) FROM pg_locks AS wanted
     WHERE NOT granted AND EXISTS (
           SELECT FROM pg_locks AS held JOIN pg_database ON pg_database.oid = held.database
            WHERE held.pid = wanted.pid AND datname = current_database())
"""


class House:
    """A committed task of one card whose counting is over."""

    def __init__(self, copy: Copy, database: Database) -> None:
        self.copy, self.database = copy, database
        with single_connection(copy.url()) as conn:
            self.organisation: Organisation = organise(conn)
            furnish(conn, self.organisation)
            write.insert(conn, self.organisation.units["图书馆"], VALUES)
            clerk = self.somebody(conn, "clerk")
            plan = Plan("年度盘点", list(Method), date(2026, 12, 15))
            self.key = tasks.plan(conn, clerk, plan, NOW, "")
            tasks.start(conn, clerk, self.key, NOW, "")
            one = Count(uuid4(), VALUES["code"], Method.GUN, NOW, place="三楼")
            counting.count(conn, clerk, self.key, one, NOW)
            differences.refresh(conn, self.key)
            which = differences.unexplained(conn, self.key)
            explaining.explain(conn, clerk, self.key, which, "已核实", NOW, "")
            closing.close(conn, clerk, self.key, NOW, "")

    def somebody(self, conn: Connection, login: str) -> User:
        found = user(conn, self.organisation.users[login])
        assert found is not None
        return found

    def acting(self, login: str, action: Action) -> Deed:
        def deed(conn: Connection) -> None:
            who = self.somebody(conn, login)
            seen = review.standing(conn, task.require(conn, who, self.key).review_id).version
            outcome.act(conn, who, self.key, action, seen, "同意", NOW, "")

        return deed

    def reopening(self, conn: Connection) -> None:
        closing.reopen(conn, self.somebody(conn, "clerk"), self.key, NOW, "")

    def drafting(self, conn: Connection) -> None:
        outcome.draft_changes(conn, self.somebody(conn, "clerk"), self.key, NOW, "")

    def do(self, *deeds: Deed) -> None:
        for deed in deeds:
            with self.database.transaction("act") as conn:
                deed(conn)

    def during(self, first: Deed, second: Deed) -> str:
        """`first` is done and not yet committed when `second` begins; how `second` ended."""
        said: list[str] = []

        def later() -> None:
            try:
                self.do(second)
                said.append("")
            except Refused as refused:
                said.append(refused.code)

        other = threading.Thread(target=later)
        with self.database.transaction("first") as conn:
            first(conn)
            other.start()
            self._waits(other)
        other.join(120)
        return said[0]

    def _waits(self, other: threading.Thread) -> None:
        until = monotonic() + 60
        # Only an administrator sees what another role waits for; each look is a transaction.
        admin = urlunsplit(urlsplit(self.copy.server.admin_url)._replace(path=f"/{self.copy.name}"))
        with single_connection(admin, autocommit=True) as conn:
            while other.is_alive() and monotonic() < until:
                row = conn.execute(BLOCKED).fetchone()
                if row and row[0]:
                    return
                sleep(0.02)

    def stage(self) -> Stage:
        with self.database.transaction("look") as conn:
            return task.require(conn, self.somebody(conn, "clerk"), self.key).stage


@pytest.fixture
def house(database: Copy) -> Iterator[House]:
    with Database(database.url(DatabaseRole.PORTAL)) as pool:
        yield House(database, pool)


def test_of_submitting_and_counting_again_at_once_only_the_first_is_done(house: House) -> None:
    assert house.during(house.acting("clerk", Action.SUBMIT), house.reopening) == (
        "stocktake.not_now"
    )
    assert house.stage() is Stage.IN_REVIEW
    house.do(house.acting("clerk", Action.RECALL))
    assert house.during(house.reopening, house.acting("clerk", Action.SUBMIT)) == (
        "stocktake.not_now"
    )
    assert house.stage() is Stage.RUNNING


def test_of_drafting_changes_and_revoking_the_approval_at_once_only_the_first_is_done(
    house: House,
) -> None:
    house.do(
        house.acting("clerk", Action.SUBMIT),
        house.acting("reviewer", Action.APPROVE),
        house.acting("department", Action.APPROVE),
    )
    revoking = house.acting("department", Action.REVOKE)
    assert house.during(revoking, house.drafting) == "stocktake.not_now"
    house.do(house.acting("department", Action.APPROVE))
    assert house.during(house.drafting, revoking) == "stocktake.drafted_already"


def test_a_report_whose_task_is_counted_is_not_approved(house: House) -> None:
    house.do(house.acting("clerk", Action.SUBMIT))
    with single_connection(
        house.copy.url()
    ) as conn:  # as it could come about before the row was held
        conn.execute("UPDATE stocktake SET closed_at = NULL")
    with pytest.raises(Refused) as refused:
        house.do(house.acting("reviewer", Action.APPROVE))
    assert refused.value.code == "stocktake.not_now"
    house.do(house.acting("clerk", Action.RECALL))
    assert house.stage() is Stage.RUNNING
