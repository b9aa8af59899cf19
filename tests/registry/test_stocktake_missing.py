"""What nobody has counted: still to be counted, missing, or found elsewhere; and what is lost (H2, H4)."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from db import Refused, scalar
from registry.cards import CardType, ChangeKind, changes, write
from registry.review import Action
from registry.stocktake import (
    Cause,
    Condition,
    Count,
    DifferenceKind,
    Method,
    Outcome,
    closing,
    counting,
    counts,
    differences,
    explaining,
    late,
    outcome,
    report,
    undoing,
    unknown,
)
from registry.stocktake.closing import Outlook
from registry.stocktake.differences import Difference, Followed
from registry.stocktake.kinds import NEVER_LOST
from tests.registry import test_stocktake
from tests.registry.conftest import VALUES, Desk, MakeCard
from tests.registry.test_stocktake import NOW, Hall

hall = test_stocktake.hall  # the fixture
LATER = NOW + timedelta(hours=3)


def close(hall: Hall, key: int) -> None:
    closing.close(hall.conn, hall.person("clerk"), key, LATER, "")


def kinds(hall: Hall, key: int) -> dict[str, DifferenceKind]:
    return {one.code: one.kind for one in differences.differences(hall.conn, key)}


def of(hall: Hall, key: int, code: str) -> Difference:
    return next(one for one in differences.differences(hall.conn, key) if one.code == code)


def refusal(deed: Any, *asked: Any) -> str:
    with pytest.raises(Refused) as refused:
        deed(*asked)
    return refused.value.code


def losing(hall: Hall, key: int, code: str) -> str:
    return refusal(hall.lose, key, code)


# ---- until counting is over


def test_before_a_task_closes_an_uncounted_card_is_no_difference_and_lowers_no_rate(
    hall: Hall,
) -> None:
    key = hall.started()
    differences.refresh(hall.conn, key)
    assert differences.differences(hall.conn, key) == []
    assert differences.count_by_kind(hall.conn, key) == {}
    whole = report.report(hall.conn, key).whole
    assert (whole.left, whole.missing, whole.rate) == (3, 0, None)


def test_rows_that_a_running_task_had_as_missing_wait_with_their_explanation(hall: Hall) -> None:
    key = hall.started()
    hall.conn.execute(  # as before migration 0037
        "INSERT INTO stocktake_difference (stocktake_id, kind, card_id, before, explanation) "
        "SELECT stocktake_id, 'missing', card_id, jsonb_build_object('place', place, 'custodian',"
        " custodian, 'status', status), '借出' FROM stocktake_expected WHERE code <> 'A001'"
    )
    hall.count("teller", key, "A002")
    differences.refresh(hall.conn, key)
    assert (differences.newest(hall.conn, key), differences.unexplained(hall.conn, key)) == (0, [])
    close(hall, key)
    found = differences.differences(hall.conn, key)
    assert [(one.code, one.explanation, one.cause) for one in found] == [
        ("A001", "", ""), ("A003", "借出", ""),
    ]  # fmt: skip


def test_what_closing_means_is_told_before_it_happens(hall: Hall, make_card: MakeCard) -> None:
    make_card(code="F001", type="building", category="A01000000", using_section="办公室")
    make_card(code="A004", using_section="办公室")
    key = hall.started()
    hall.conn.execute("UPDATE card SET status = 'disposed' WHERE code = 'A004'")
    hall.count("teller", key, "A001", place="三楼")
    hall.count("helper", key, "A002")  # the teller's
    for code in ("OLD-1", "OLD-2"):
        hall.count("teller", key, code)
    hall.count("teller", key, "OLD-2", surplus={"name": "办公桌"})
    differences.refresh(hall.conn, key)
    assert closing.outlook(hall.conn, key) == Outlook(
        missing=2, estates=1, elsewhere=1, left_books=1, unknown=1, conflicts=0, differing=2
    )
    close(hall, key)
    found = kinds(hall, key)
    assert (found["A002"], found["A003"], found["F001"]) == (
        DifferenceKind.ELSEWHERE, DifferenceKind.MISSING, DifferenceKind.MISSING,
    )  # fmt: skip
    assert "A004" not in found  # disposed of meanwhile: not looked for


# ---- found elsewhere


def by_a_colleague(hall: Hall, _key: int) -> None:
    hall.count("helper", _key, "A002", place="三楼 301")


def in_another_task_at_once(hall: Hall, _key: int) -> None:
    hall.count("helper", hall.started(name="抽盘"), "A002", place="三楼 301", here=True)


def noted_in_another_sections_task(hall: Hall, _key: int) -> None:
    office = scalar(hall.conn, "SELECT id FROM section WHERE name = '办公室' AND unit_id = %(unit)s",
                    unit=hall.organisation.units["图书馆"])  # fmt: skip
    key = hall.started(name="办公室盘点", sections=[office])
    answer = hall.count("helper", key, "A002", place="三楼 301")
    assert answer.outcome is Outcome.ELSEWHERE


def by_hand_in_another_task(hall: Hall, _key: int) -> None:
    key = hall.started(name="手工盘点", methods=[Method.HAND])
    hall.count("helper", key, "A002", place="三楼 301", here=True, method=Method.HAND)


def by_a_phone_whose_task_was_over(hall: Hall, _key: int) -> None:
    other = hall.started(name="已结束")
    close(hall, other)
    one = Count(uuid4(), "A002", Method.APP, NOW, place="三楼 301")
    helper = hall.person("helper")
    assert refusal(counting.count, hall.conn, helper, other, one, LATER) == "count.task_over"
    for _retry in range(2):
        late.note(hall.conn, helper, other, one, LATER)
    assert scalar(hall.conn, "SELECT count(*) FROM stocktake_late") == 1


def by_a_code_that_was_bound_once_its_task_was_over(hall: Hall, _key: int) -> None:
    other = hall.started(name="已结束")
    hall.count("helper", other, "OLD-1", place="三楼 301")
    close(hall, other)
    unknown.bind(hall.conn, hall.person("clerk"), "OLD-1", "A002", NOW, "")


SIGHTINGS = (
    by_a_code_that_was_bound_once_its_task_was_over,
    by_a_colleague,
    in_another_task_at_once,
    noted_in_another_sections_task,
    by_hand_in_another_task,
    by_a_phone_whose_task_was_over,
)


@pytest.mark.parametrize("seen", SIGHTINGS)
def test_what_somebody_else_has_seen_is_found_elsewhere_and_never_a_loss(
    hall: Hall, seen: Any
) -> None:
    key = hall.started()
    seen(hall, key)
    close(hall, key)
    one = of(hall, key, "A002")
    assert one.kind is DifferenceKind.ELSEWHERE
    assert one.sighting is not None
    assert (one.sighting.by, one.sighting.where, one.sighting.at) == ("helper", "三楼 301", NOW)
    assert one.causes == ()
    assert losing(hall, key, "A002") == "difference.cause"
    hall.explain_rest(key)
    hall.act("clerk", key, Action.SUBMIT)
    hall.act("reviewer", key, Action.APPROVE)
    hall.act("department", key, Action.APPROVE)
    assert outcome.draft_changes(hall.conn, hall.person("clerk"), key, NOW, "").changes == []
    assert refusal(
        outcome.draft_loss, hall.conn, hall.person("clerk"), key, one.id, NOW, ""
    ) == "difference.no_loss"  # fmt: skip


def test_what_another_unit_has_scanned_is_found_there_and_by_whom_stays_theirs(
    hall: Hall,
) -> None:  # J4
    key = hall.started()
    there = tasks_of_another_unit(hall)
    hall.conn.execute(
        "INSERT INTO stocktake_count (client_id, stocktake_id, code, outcome, method, counted_by,"
        " counted_at, received_at, standing, place) VALUES (%s, %s, 'A002', 'elsewhere', 'gun',"
        " %s, %s, %s, 'noted', '门诊楼')",
        (uuid4(), there, hall.organisation.users["clerk"], NOW, NOW),
    )
    close(hall, key)
    seen = of(hall, key, "A002").sighting
    assert seen is not None
    assert (seen.by, seen.where, seen.task) == ("医院", "", "")


def tasks_of_another_unit(hall: Hall) -> int:
    there = hall.started(name="医院盘点")
    hall.conn.execute("UPDATE stocktake SET unit_id = %s WHERE id = %s",
                      (hall.organisation.units["医院"], there))  # fmt: skip
    return there


def test_what_was_seen_before_the_task_or_undone_finds_nothing(hall: Hall) -> None:
    hall.now = NOW - timedelta(days=90)
    earlier = hall.started(name="去年")
    hall.conn.execute("UPDATE stocktake SET started_at = %s WHERE id = %s", (hall.now, earlier))
    hall.count("helper", earlier, "A002", here=True)
    hall.now = NOW
    key = hall.started()
    hall.count("helper", key, "A001")
    hall.conn.execute("UPDATE stocktake_count SET standing = 'undone' WHERE stocktake_id = %s",
                      (key,))  # fmt: skip
    close(hall, key)
    assert set(kinds(hall, key).values()) == {DifferenceKind.MISSING}


def test_a_phone_that_sends_after_the_closing_finds_what_was_missing_until_its_loss_is_drafted(
    hall: Hall,
) -> None:
    key = hall.started()
    close(hall, key)
    lost = hall.lose(key, "A002")
    hall.approved_after_closing(key)
    one = Count(uuid4(), "A002", Method.APP, NOW, place="地下库房")
    late.note(hall.conn, hall.person("helper"), key, one, LATER)
    row = of(hall, key, "A002")
    assert row.sighting is not None
    assert row.sighting.where == "地下库房"
    clerk = hall.person("clerk")
    assert refusal(outcome.draft_loss, hall.conn, clerk, key, lost, LATER, "") == (
        "difference.found_elsewhere"
    )


def test_resumed_counting_counts_what_a_phone_sends_again(hall: Hall) -> None:
    key, clerk = hall.started(), hall.person("clerk")
    close(hall, key)
    one = Count(uuid4(), "A002", Method.APP, NOW)
    late.note(hall.conn, clerk, key, one, LATER)
    closing.reopen(hall.conn, clerk, key, LATER, "")
    answer = counting.count(hall.conn, hall.person("teller"), key, one, LATER)
    assert answer.outcome is Outcome.FOUND
    close(hall, key)
    assert "A002" not in kinds(hall, key)


# ---- what is lost


def test_a_loss_is_drafted_card_by_card_after_an_explanation_that_says_lost(hall: Hall) -> None:
    key, clerk = hall.started(), hall.person("clerk")
    close(hall, key)
    lost = hall.lose(key, "A001")
    hall.approved_after_closing(key)
    assert differences.drafted(hall.conn, key) == Followed(0, 0, 1)
    assert outcome.draft_changes(hall.conn, clerk, key, NOW, "").changes == []  # never in bulk
    made = changes.require(
        hall.conn, clerk, outcome.draft_loss(hall.conn, clerk, key, lost, NOW, "")
    )
    assert (made.kind, made.card_code, made.details["form"]) == (
        ChangeKind.DISPOSE, "A001", "loss",
    )  # fmt: skip
    assert "库房失窃" in made.reason
    again = refusal(outcome.draft_loss, hall.conn, clerk, key, lost, NOW, "")
    other = of(hall, key, "A002").id
    unsaid = refusal(outcome.draft_loss, hall.conn, clerk, key, other, NOW, "")
    assert (again, unsaid) == ("difference.no_loss", "difference.no_loss")


def test_what_is_explained_in_bulk_is_not_lost_even_where_that_was_said_before(hall: Hall) -> None:
    key = hall.started()
    close(hall, key)
    hall.lose(key, "A001")
    which = [one.id for one in differences.differences(hall.conn, key)]
    explaining.explain(hall.conn, hall.person("clerk"), key, which, "待查", NOW, "")
    causes = {one.cause for one in differences.differences(hall.conn, key)}
    assert causes == {Cause.SEARCHED}
    assert scalar(
        hall.conn, "SELECT facts::jsonb -> 'causes' FROM audit_entry "
        "WHERE action = 'stocktake.explained' ORDER BY id DESC LIMIT 1",
    ) == {str(of(hall, key, "A001").id): ["lost", "searched"]}  # fmt: skip
    hall.approved_after_closing(key)
    assert differences.drafted(hall.conn, key) == Followed(0, 0, 0)


@pytest.mark.parametrize(
    ("kind", "category"), [("building", "A01000000"), ("land", "A01000000")]
)  # fmt: skip
def test_buildings_and_land_are_never_lost_and_the_other_ways_are_said(
    hall: Hall, kind: str, category: str
) -> None:
    write.insert(hall.conn, hall.organisation.units["图书馆"],
                 VALUES | {"code": "F001", "type": "furniture", "status": "in_use"})  # fmt: skip
    hall.conn.execute("UPDATE card SET type = %s, category = %s WHERE code = 'F001'",
                      (kind, category))  # fmt: skip
    key = hall.started()
    close(hall, key)
    assert Cause.LOST not in of(hall, key, "F001").causes
    with pytest.raises(Refused) as refused:
        hall.lose(key, "F001")
    assert refused.value.code == "difference.never_lost"
    assert refused.value.facts["ways"] == NEVER_LOST[CardType(kind)]


# ---- a code is a card's or a surplus's


def test_a_code_that_was_registered_as_surplus_is_settled(hall: Hall) -> None:
    key, clerk = hall.started(), hall.person("clerk")
    hall.count("teller", key, "OLD-1")
    client = uuid4()
    hall.count("teller", key, "OLD-1", client, surplus={"name": "办公桌"})
    assert refusal(unknown.bind, hall.conn, clerk, "OLD-1", "A001", NOW, "") == "unknown.is_surplus"
    (row,) = unknown.page(hall.conn, clerk, unknown.Query(key))[0]
    assert (row.surplus_task, row.surplus_by) == (key, "teller")
    again = hall.count("helper", key, "OLD-1")  # who scans it once more is told whose it is
    assert (again.outcome, again.name, again.by) == ("unknown", "办公桌", "teller")
    for who in ("teller", "helper"):
        assert counts.figures(hall.conn, key, hall.person(who)).unknown == 0
    with pytest.raises(Refused) as refused:
        hall.count("helper", key, "OLD-1", surplus={"name": "办公桌"})
    assert refused.value.code == "count.surplus_again"
    assert hall.count("teller", key, "OLD-1", client, surplus={"name": "办公桌"}).repeated
    undoing.undo(hall.conn, hall.person("teller"), key, client, NOW)
    unknown.bind(hall.conn, clerk, "OLD-1", "A001", NOW, "")  # it was a mistake


@pytest.mark.parametrize("code", ["OLD-1", "A002", "H001"])
def test_a_code_that_is_a_cards_is_no_surplus(hall: Hall, code: str) -> None:
    key = hall.started()
    hall.count("teller", key, "OLD-1")
    unknown.bind(hall.conn, hall.person("clerk"), "OLD-1", "A001", NOW, "")
    with pytest.raises(Refused) as refused:
        hall.count("teller", key, code, surplus={"name": "办公桌"})
    assert refused.value.code == "count.surplus_has_card"


def test_the_code_of_a_surplus_is_bound_to_the_card_that_it_became(hall: Hall, desk: Desk) -> None:
    key, clerk = hall.started(), hall.person("clerk")
    told = {"name": "办公桌", "category": "A05000000", "quantity": "1", "measure": "张"}
    hall.count("teller", key, "OLD-1")
    hall.count("teller", key, "OLD-1", surplus=told)
    close(hall, key)
    hall.approved_after_closing(key)
    (made,) = outcome.draft_changes(hall.conn, clerk, key, NOW, "").changes
    desk.act("clerk", made, Action.SUBMIT)
    desk.act("reviewer", made, Action.APPROVE)
    code = changes.require(hall.conn, clerk, made).card_code
    assert refusal(unknown.bind, hall.conn, clerk, "OLD-1", "A001", NOW, "") == "unknown.is_surplus"
    unknown.bind(hall.conn, clerk, "OLD-1", code, NOW, "")


# ---- the count is older than the card (case 18)


def moved(hall: Hall, desk: Desk, **seen: Any) -> int:
    """A001 was counted at 三楼, then moved to 四楼 by an approved change; the report is approved."""
    key = hall.started()
    hall.count("teller", key, "A001", **({"place": "三楼 301"} | seen))
    for code in ("A002", "A003"):
        hall.count("teller", key, code, here=True)
    desk.approved(ChangeKind.ATTRIBUTES, "A001", place="四楼 402")
    hall.conn.execute("UPDATE card_change SET applied_at = %s", (LATER,))
    close(hall, key)
    hall.approved_after_closing(key)
    return key


def test_a_count_that_is_older_than_its_card_is_said_and_not_drafted_by_itself(
    hall: Hall, desk: Desk
) -> None:
    key, clerk = moved(hall, desk), hall.person("clerk")
    row = of(hall, key, "A001")
    assert row.newer is not None
    assert row.newer.at == LATER
    done = outcome.draft_changes(hall.conn, clerk, key, LATER, "")
    ((why,),) = done.refused.values()
    assert (done.changes, why.code) == ([], "difference.card_newer")
    assert (why.facts["number"], why.facts["on"]) == (row.newer.number, "2026-11-24")
    explaining.confirm(hall.conn, clerk, key, row.id, LATER + timedelta(hours=1), "")
    (made,) = outcome.draft_changes(hall.conn, clerk, key, LATER, "").changes
    assert changes.require(hall.conn, clerk, made).after == {"place": "三楼 301"}
    assert refusal(explaining.confirm, hall.conn, clerk, key, row.id, LATER, "") == (
        "difference.not_older"
    )


@pytest.mark.parametrize("seen", [{"place": "四楼 402"}, {"place": None, "custodian": "李小梅"}])
def test_a_change_that_says_the_same_or_of_something_else_outdates_no_count(
    hall: Hall, desk: Desk, seen: dict[str, Any]
) -> None:
    row = of(hall, moved(hall, desk, **seen), "A001")
    assert row.newer is None


def test_a_condition_is_outdated_by_a_status_that_was_changed_after_it(
    hall: Hall, desk: Desk
) -> None:
    key = hall.started()
    hall.count("teller", key, "A001", condition=Condition.DAMAGED)
    desk.approved(ChangeKind.STATUS, "A001", status="idle")
    hall.conn.execute("UPDATE card_change SET applied_at = %s", (LATER,))
    differences.refresh(hall.conn, key)
    assert of(hall, key, "A001").newer is not None
