"""Really at once, and really lost: several connections, real threads, real kills (C, A4, A6)."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from db import Connection, Database, Refused, Unavailable, audit, scalar, single_connection
from db.roles import DatabaseRole
from registry import review, tables
from registry.cards import ChangeKind, card, changes, imports, uploads, write
from registry.cards.drafting import Draft, Typed
from registry.org import User, user
from registry.review import Action, State
from tests.fixtures.database import Copy
from tests.registry.conftest import VALUES, Organisation, furnish, organise

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
CODE = VALUES["code"]


class House:
    """A committed organisation with one card, reached as the portal reaches it."""

    def __init__(self, copy: Copy, database: Database, folder: Path) -> None:
        self.copy, self.database, self.folder = copy, database, folder
        with single_connection(copy.url()) as conn:
            self.organisation: Organisation = organise(conn)
            furnish(conn, self.organisation)
            write.insert(conn, self.organisation.units["图书馆"], VALUES)

    def somebody(self, conn: Connection, login: str) -> User:
        found = user(conn, self.organisation.users[login])
        assert found is not None
        return found

    def submitted(self, **values: str) -> int:
        """A status change of the card, handed in."""
        with self.database.transaction("draft") as conn:
            clerk = self.somebody(conn, "clerk")
            made = changes.draft(
                conn, clerk, ChangeKind.STATUS, CODE, Typed({"status": "idle", **values}), NOW
            )
            assert not isinstance(made, Draft)
            self.act(conn, "clerk", made, Action.SUBMIT)
        return made

    def staged(self, *codes: str) -> int:
        """An import of these codes, handed in."""
        heads = "资产编号,资产名称,资产分类,卡片类型,数量（面积）,计量单位,资产原值,资产状态,是否共享共用"
        lines = [f"{code},台式计算机,A02010105,通用设备,1,台,5600,在用,否" for code in codes]
        content = "\n".join([heads, *lines]).encode()
        with self.database.transaction("import") as conn:
            clerk = self.somebody(conn, "clerk")
            checked = imports.check(conn, clerk.unit_id, tables.read("x.csv", content), NOW)
            source = uploads.keep(conn, self.folder, clerk, uploads.document("x.csv", content), NOW)
            made = imports.stage(conn, clerk, checked, source, "", NOW)
            self.act(conn, "clerk", made, Action.SUBMIT)
        return made

    def act(
        self, conn: Connection, login: str, change: int, action: Action, seen: int | None = None
    ) -> None:
        who = self.somebody(conn, login)
        if seen is None:
            seen = review.standing(conn, changes.require(conn, who, change).review_id).version
        changes.act(conn, who, change, action, seen, "同意", NOW, "test")

    def version(self, change: int) -> int:
        with self.database.transaction("look") as conn:
            clerk = self.somebody(conn, "clerk")
            return review.standing(conn, changes.require(conn, clerk, change).review_id).version

    def state(self, change: int) -> State:
        with self.database.transaction("look") as conn:
            clerk = self.somebody(conn, "clerk")
            return review.standing(conn, changes.require(conn, clerk, change).review_id).state


@pytest.fixture
def house(database: Copy, tmp_path: Path) -> Iterator[House]:
    with Database(database.url(DatabaseRole.PORTAL)) as pool:
        yield House(database, pool, tmp_path)


def at_once(*deeds: Callable[[], None]) -> list[str]:
    """Start all together; the refusal's code of each, '' where it was done."""
    barrier = threading.Barrier(len(deeds))

    def run(deed: Callable[[], None]) -> str:
        barrier.wait()
        try:
            deed()
        except Refused as refused:
            return refused.code
        return ""

    with ThreadPoolExecutor(len(deeds)) as pool:
        return sorted(pool.map(run, deeds))


def approving(
    house: House, login: str, change: int, action: Action = Action.APPROVE
) -> Callable[[], None]:
    seen = house.version(change)

    def deed() -> None:
        with house.database.transaction("act") as conn:
            house.act(conn, login, change, action, seen)

    return deed


@pytest.mark.parametrize("turn", range(5))
def test_of_two_reviewers_at_once_one_acts_and_the_other_is_told(house: House, turn: int) -> None:
    change = house.submitted()
    other = Action.RETURN if turn % 2 else Action.APPROVE
    codes = at_once(approving(house, "reviewer", change), approving(house, "deputy", change, other))
    assert codes == ["", "review.moved"]
    with single_connection(house.copy.url()) as conn:
        acted = scalar(
            conn, "SELECT count(*) FROM review_event WHERE action IN ('approve', 'return')"
        )
        assert acted == 1
        assert audit.verify(audit.entries(conn), audit.head(conn)).breaks == ()


def test_recall_and_approval_at_once_leave_one_of_both(house: House) -> None:
    change = house.submitted()
    codes = at_once(
        approving(house, "reviewer", change), approving(house, "clerk", change, Action.RECALL)
    )
    assert codes[0] == ""
    assert codes[1] in {"review.moved", "review.not_now"}
    with house.database.transaction("look") as conn:
        status = scalar(conn, "SELECT status FROM card")
    assert status == ("idle" if house.state(change) is State.APPROVED else "in_use")


def test_of_two_drafts_submitted_at_once_one_is_under_review(house: House) -> None:
    drafts = []
    for status in ("idle", "to_dispose"):
        with house.database.transaction("draft") as conn:
            clerk = house.somebody(conn, "clerk")
            made = changes.draft(
                conn, clerk, ChangeKind.STATUS, CODE, Typed({"status": status}), NOW
            )
            assert not isinstance(made, Draft)
            drafts.append(made)
    codes = at_once(*(approving(house, "clerk", draft, Action.SUBMIT) for draft in drafts))
    assert codes == ["", "change.another_in_review"]


@pytest.mark.parametrize("_turn", range(3))
def test_of_two_imports_at_once_one_comes_in_whole_the_other_not_at_all(
    house: House, _turn: int
) -> None:
    codes = [f"TWO-{number:04}" for number in range(200)]
    first, second = house.staged(*codes, "ONE-0001"), house.staged("ONE-0002", *reversed(codes))
    said = at_once(approving(house, "reviewer", first), approving(house, "deputy", second))
    assert said == ["", "card.codes_taken"]
    with house.database.transaction("look") as conn:
        found = scalar(conn, "SELECT count(*) FROM card WHERE code LIKE 'TWO-%%'")
        ones = scalar(conn, "SELECT count(*) FROM card WHERE code LIKE 'ONE-%%'")
        kept = scalar(conn, "SELECT sum(cards) FROM card_count")
        counted = scalar(conn, "SELECT count(*) FROM card")
    assert (found, ones) == (200, 1)
    assert kept == counted


def approve_and_lose(house: House, change: int) -> None:
    """Approve, and lose the connection before the transaction ends."""
    with house.database.transaction("act") as conn:
        house.act(conn, "reviewer", change, Action.APPROVE)
        pid = conn.info.backend_pid
        with single_connection(house.copy.server.admin_url, autocommit=True) as admin:
            admin.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))


@pytest.mark.parametrize("kind", ["change", "import"])
def test_connection_lost_in_the_middle_leaves_nothing_half_done(house: House, kind: str) -> None:
    change = house.submitted() if kind == "change" else house.staged("LOST-0001", "LOST-0002")
    with pytest.raises((Unavailable, psycopg.OperationalError)):
        approve_and_lose(house, change)
    assert house.state(change) is State.IN_REVIEW
    with house.database.transaction("look") as conn:
        clerk = house.somebody(conn, "clerk")
        one = card(conn, clerk.id, CODE)
        assert one is not None
        assert (one.status.value, one.version) == ("in_use", 1)
        assert scalar(conn, "SELECT count(*) FROM card") == 1
        assert scalar(conn, "SELECT count(*) FROM review_event WHERE action = 'approve'") == 0
    with single_connection(house.copy.url()) as conn:
        assert (
            scalar(conn, "SELECT count(*) FROM audit_entry WHERE action = 'card_change.approved'")
            == 0
        )
    with house.database.transaction("again") as conn:  # and it can simply be done again
        house.act(conn, "reviewer", change, Action.APPROVE)
    assert house.state(change) is State.APPROVED
