"""What a count is worth and when it was: clocks, late ones, values, codes bound later (H2-H4)."""

import threading
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from db import Connection, Refused, single_connection
from registry.cards import write
from registry.org import Role, UserType, user
from registry.stocktake import (
    Answer,
    Condition,
    Count,
    Method,
    Outcome,
    Standing,
    closing,
    counting,
    counts,
    differences,
    outcome,
    task,
    tasks,
    unknown,
)
from registry.stocktake.counts import OF_CARD
from registry.stocktake.tasks import Plan
from registry.stocktake.undoing import last, undo, undo_last
from tests.fixtures.database import Copy
from tests.registry.conftest import (
    VALUES,
    MakeCard,
    Organisation,
    Person,
    _insert,
    furnish,
    organise,
)
from tests.registry.test_stocktake import NOW, Hall

STARTED = NOW
LATER = NOW + timedelta(days=2)


class Clocked(Hall):
    """A hall in which it is told when something was counted."""

    def at(self, login: str, key: int, code: str, at: datetime, **seen: Any) -> Answer:
        """Counted at `at`, and sent at last."""
        one = Count(seen.pop("client", None) or uuid4(), code, Method.GUN, at, **seen)
        return counting.count(self.conn, self.person(login), key, one, LATER)

    def stored(self, answer: Answer) -> tuple[Any, ...]:
        found = self.conn.execute(
            "SELECT counted_at, clock_wrong, standing, outcome FROM stocktake_count WHERE id = %s",
            (answer.count_id,),
        ).fetchone()
        assert found is not None
        return tuple(found)

    def seen(self, card: int) -> tuple[datetime, str, str] | None:
        """When a card was seen last, by whom and where, as its page says."""
        found = counts.of_card(self.conn, self.person("clerk"), card)
        return (found[0].counted_at, found[0].counted_by, found[0].place) if found else None

    def told(self, key: int, card: int) -> Any:
        return self.conn.execute("SELECT * FROM stocktake_told(%s, %s)", (key, card)).fetchone()


@pytest.fixture
def hall(
    conn: Connection, organisation: Organisation, person: Person, make_card: MakeCard
) -> Clocked:
    for code in ("A001", "A002", "A003"):
        make_card(code=code, using_section="采编部", custodian="扫地僧", place="二楼 205")
    make_card(unit="医院", code="H001", using_section="")
    unit = organisation.units["图书馆"]
    for login in ("teller", "helper"):
        organisation.users[login] = _insert(
            conn, unit, login, "图书馆", UserType.BUDGET_UNIT, Role.STOCKTAKER
        )
    return Clocked(conn, organisation, person)


def hours(number: float) -> datetime:
    return STARTED + timedelta(hours=number)


def test_an_older_count_that_comes_late_overwrites_nothing_of_the_same_person(
    hall: Clocked,
) -> None:  # H3
    key = hall.started()
    newer = hall.at("teller", key, "A001", hours(5), condition=Condition.DAMAGED, place="四楼")
    older = hall.at("teller", key, "A001", hours(1), condition=Condition.GOOD, place="三楼")
    assert older.standing is Standing.SUPERSEDED
    assert older.outcome is Outcome.AGAIN
    assert hall.stored(newer)[2] == "valid"
    assert newer.card_id is not None
    assert hall.told(key, newer.card_id)[:3] == ("damaged", "", "四楼")
    assert hall.seen(newer.card_id) == (hours(5), hall.person("teller").name, "四楼")


def test_an_older_count_that_comes_late_leaves_a_contradiction_as_it_is(
    hall: Clocked,
) -> None:  # H3
    key = hall.started()
    first = hall.at("teller", key, "A001", hours(5), condition=Condition.DAMAGED)
    other = hall.at("helper", key, "A001", hours(2), condition=Condition.GOOD)
    assert (first.standing, other.standing) == (Standing.VALID, Standing.CONFLICT)
    late = hall.at("helper", key, "A001", hours(1), condition=Condition.DAMAGED)
    assert late.standing is Standing.SUPERSEDED
    assert hall.stored(other)[2] == "conflict"


def test_undo_of_the_newer_lets_the_older_that_came_late_stand(hall: Clocked) -> None:
    key = hall.started()
    newer = hall.at("teller", key, "A001", hours(5), place="四楼")
    older = hall.at("teller", key, "A001", hours(1), place="三楼")
    assert undo(hall.conn, hall.person("teller"), key, None, LATER) == "A001"
    assert [hall.stored(one)[2] for one in (newer, older)] == ["undone", "valid"]
    assert older.card_id is not None
    assert hall.seen(older.card_id) == (hours(1), hall.person("teller").name, "三楼")


def test_the_last_count_of_a_card_is_the_last_counted_whichever_task_was_sent_last(
    hall: Clocked,
) -> None:  # A7
    first, second = hall.started(), hall.started(name="抽查")
    newer = hall.at("teller", first, "A001", hours(9), place="四楼")
    hall.at("teller", second, "A001", hours(3), place="三楼")
    assert newer.card_id is not None
    assert hall.seen(newer.card_id) == (hours(9), hall.person("teller").name, "四楼")


def test_a_card_was_seen_last_where_its_counts_say_and_never_after_they_are_undone(
    hall: Clocked,
) -> None:  # H4
    key = hall.started()
    answer = hall.at("teller", key, "A001", hours(1), place="四楼走廊")
    assert answer.card_id is not None
    assert hall.seen(answer.card_id) == (hours(1), hall.person("teller").name, "四楼走廊")
    undo(hall.conn, hall.person("teller"), key, answer.client_id, LATER)
    assert hall.seen(answer.card_id) is None


def test_last_counts_of_a_card_are_read_in_the_order_of_an_index(hall: Clocked) -> None:
    key = hall.started()
    card = hall.at("teller", key, "A001", hours(1)).card_id
    hall.conn.execute("SET LOCAL enable_seqscan = off")
    facts = {"card": card, "viewer": hall.person("clerk").id, "most": 20}
    plan = "\n".join(line for (line,) in hall.conn.execute("EXPLAIN " + OF_CARD, facts))
    assert "Index Scan using stocktake_count_card on stocktake_count" in plan
    assert "Sort Key: count.counted_at" not in plan


@pytest.mark.parametrize(
    ("said", "kept", "wrong"),
    [
        (STARTED - timedelta(days=3300), STARTED, True),  # the clock was mended by nine years
        (STARTED - timedelta(seconds=20), STARTED, False),
        (hours(3), hours(3), False),
        (LATER + timedelta(seconds=20), LATER, False),
        (LATER + timedelta(days=9), LATER, True),
    ],
)
def test_nothing_is_counted_before_the_task_began_nor_after_now_and_a_wrong_clock_is_told(
    hall: Clocked, said: datetime, kept: datetime, wrong: bool
) -> None:  # H3
    answer = hall.at("teller", hall.started(), "A001", said)
    assert hall.stored(answer)[:2] == (kept, wrong)


def bind(hall: Clocked, code: str, card: str) -> None:
    unknown.bind(hall.conn, hall.person("clerk"), code, card, LATER, "")


def test_a_code_that_is_bound_counts_what_was_scanned_by_it_already(hall: Clocked) -> None:  # H2
    key = hall.started()
    first = hall.at("teller", key, "OLD-77", hours(1), place="四楼")
    again = hall.at("teller", key, "OLD-77", hours(2))
    helper = hall.at("helper", key, "OLD-77", hours(3))
    bind(hall, "OLD-77", "A001")
    assert hall.stored(first) == (hours(1), False, "valid", "found")
    assert hall.stored(again)[2:] == ("superseded", "again")
    assert hall.stored(helper)[2:] == ("superseded", "again")
    assert task.require(hall.conn, hall.person("clerk"), key).counted == 1
    differences.refresh(hall.conn, key)
    found = differences.differences(hall.conn, key)
    assert [(one.kind.value, one.code) for one in found if one.code == "A001"] == [
        ("changed", "A001")
    ]
    resent = hall.at("teller", key, "OLD-77", hours(1), client=first.client_id)
    assert (resent.outcome, resent.repeated) == (Outcome.FOUND, True)


def test_a_code_that_is_bound_counts_nothing_where_the_card_was_counted_or_is_anothers(
    hall: Clocked,
) -> None:  # H2
    key = hall.started()
    by_label = hall.at("teller", key, "A001", hours(2))
    kept = hall.at("teller", key, "OLD-1", hours(1))
    helper = hall.organisation.users["helper"]
    tasks.hand_over(hall.conn, hall.person("clerk"), key, tasks.Part(), helper, LATER, "")
    stray = hall.at("teller", key, "OLD-2", hours(3))
    undone = hall.at("helper", key, "OLD-2", hours(3))
    undo(hall.conn, hall.person("helper"), key, undone.client_id, LATER)
    bind(hall, "OLD-1", "A001")
    bind(hall, "OLD-2", "A002")
    assert hall.stored(by_label)[2:] == ("valid", "found")
    assert hall.stored(kept)[2:] == ("superseded", "again")
    assert hall.stored(stray)[2:] == ("noted", "elsewhere")
    assert hall.stored(undone)[2:] == ("undone", "unknown")


def test_a_code_that_is_bound_leaves_tasks_alone_that_are_over(hall: Clocked) -> None:  # H4
    key = hall.started()
    kept = hall.at("teller", key, "OLD-77", hours(1))
    hall.explain_all(key)
    closing.close(hall.conn, hall.person("clerk"), key, LATER, "")
    bind(hall, "OLD-77", "A001")
    assert hall.stored(kept)[2:] == ("noted", "unknown")


def test_a_task_that_is_counted_again_reads_codes_as_they_were_bound_meanwhile(
    hall: Clocked,
) -> None:  # H2
    key, clerk = hall.started(), hall.person("clerk")
    bound = hall.at("teller", key, "OLD-77", hours(1), place="四楼")
    aside = hall.at("teller", key, "OLD-88", hours(2))
    bind(hall, "OLD-88", "A002")
    left = hall.at("teller", key, "OLD-99", hours(3))
    assert hall.stored(aside)[2:] == ("valid", "found")
    hall.explain_all(key)
    closing.close(hall.conn, clerk, key, LATER, "")
    bind(hall, "OLD-77", "A001")
    unknown.set_aside(hall.conn, clerk, "OLD-88", LATER, "")
    assert hall.stored(bound)[2:] == ("noted", "unknown")
    closing.reopen(hall.conn, clerk, key, LATER, "")
    assert [hall.stored(one)[2:] for one in (bound, aside, left)] == [
        ("valid", "found"), ("noted", "unknown"), ("noted", "unknown"),
    ]  # fmt: skip
    assert hall.stored(bound)[0] == hours(1)
    assert task.require(hall.conn, clerk, key).counted == 1
    (told,) = hall.conn.execute(
        "SELECT facts->>'scans' FROM audit_entry WHERE action = 'stocktake.reopened'"
    ).fetchone() or ("",)
    assert told == "2"


def test_a_code_that_is_bound_to_another_card_is_taken_back_from_the_first(
    hall: Clocked,
) -> None:  # H2
    key = hall.started()
    plain = hall.at("helper", key, "A001", hours(2))
    kept = hall.at("teller", key, "OLD-77", hours(1), place="四楼")
    bind(hall, "OLD-77", "A001")
    assert [hall.stored(one)[2] for one in (plain, kept)] == ["superseded", "valid"]
    bind(hall, "OLD-77", "A002")
    assert [hall.stored(one)[2:] for one in (plain, kept)] == [
        ("valid", "found"), ("valid", "found"),
    ]  # fmt: skip
    unknown.set_aside(hall.conn, hall.person("clerk"), "OLD-77", LATER, "")
    assert hall.stored(kept)[2:] == ("noted", "unknown")
    assert task.require(hall.conn, hall.person("clerk"), key).counted == 1


def test_whoever_scans_a_code_while_it_is_bound_has_counted_the_card(database: Copy) -> None:  # H2
    with single_connection(database.url()) as conn:
        organisation = organise(conn)
        furnish(conn, organisation)
        write.insert(conn, organisation.units["图书馆"], VALUES)
        clerk = user(conn, organisation.users["clerk"])
        assert clerk is not None
        plan = Plan("年度盘点", list(Method), (LATER + timedelta(days=20)).date())
        key = tasks.plan(conn, clerk, plan, STARTED, "")
        tasks.start(conn, clerk, key, STARTED, "")
        first = Count(uuid4(), "OLD-77", Method.GUN, STARTED)
        counting.count(conn, clerk, key, first, LATER)
    answers: list[Answer] = []

    def scan() -> None:
        with single_connection(database.url()) as other:
            one = Count(uuid4(), "OLD-77", Method.GUN, LATER)
            answers.append(counting.count(other, clerk, key, one, LATER))

    with single_connection(database.url()) as conn:
        unknown.bind(conn, clerk, "OLD-77", VALUES["code"], LATER, "")
        thread = threading.Thread(target=scan)
        thread.start()
        thread.join(0.5)
        assert thread.is_alive()  # it waits for what is decided
    thread.join(10)
    assert [one.outcome for one in answers] == [Outcome.AGAIN]


@pytest.mark.parametrize("status", ["leased", "lent", "disposed", "gone"])
def test_a_count_tells_no_status_that_nobody_can_see(hall: Clocked, status: str) -> None:  # H4
    key = hall.started()
    with pytest.raises(Refused) as refused:
        hall.at("teller", key, "A001", hours(1), status=status)
    assert (refused.value.code, refused.value.facts["field"]) == ("count.status", "status")
    for seen in ("in_use", "idle", "to_dispose"):
        assert hall.at("teller", key, "A001", hours(1), status=seen).card_id is not None


def test_a_surplus_that_is_counted_has_values_of_which_its_card_can_be_drafted(
    hall: Clocked,
) -> None:  # H4, J3
    key = hall.started()
    told = {"name": "办公桌", "category": "A05000000", "quantity": "２", "value": "1,200 元"}
    answer = hall.at("teller", key, "", hours(1), surplus=told)
    assert answer.outcome is Outcome.SURPLUS
    name = hall.conn.execute("SELECT name FROM category WHERE code = 'A05000000'").fetchone()
    assert name is not None
    hall.at("teller", key, "", hours(1), surplus={"name": "椅子", "category": name[0]})
    kept = hall.conn.execute("SELECT DISTINCT surplus->>'category' FROM stocktake_count").fetchall()
    assert kept == [("A05000000",)]
    hall.explain_all(key)
    hall.approved(key)
    done = outcome.draft_changes(hall.conn, hall.person("clerk"), key, NOW, "")
    surplus = {one.id for one in differences.differences(hall.conn, key) if one.kind == "surplus"}
    assert not surplus & done.refused.keys()


def test_the_last_count_is_undone_by_its_id_and_a_stale_page_undoes_nothing_else(
    hall: Clocked,
) -> None:  # H2
    key, teller = hall.started(), hall.person("teller")
    first = hall.at("teller", key, "A001", hours(1))
    second = hall.at("teller", key, "A002", hours(2))
    with pytest.raises(Refused) as refused:
        undo_last(hall.conn, teller, key, first.client_id, LATER)
    assert (refused.value.code, refused.value.facts["what"]) == ("count.not_last", "A002")
    assert undo_last(hall.conn, teller, key, second.client_id, LATER) == "A002"
    with pytest.raises(Refused) as refused:
        undo_last(hall.conn, teller, key, second.client_id, LATER)
    assert refused.value.code == "count.undone_already"
    assert hall.stored(first)[2] == "valid"
    now_last = last(hall.conn, teller, key)
    assert now_last is not None
    assert now_last.client_id == first.client_id
    with pytest.raises(Refused) as refused:
        undo_last(hall.conn, hall.person("helper"), key, first.client_id, LATER)
    assert refused.value.code == "count.nothing_to_undo"
