"""What follows from a stocktake: every difference is told, explained and drafted, nothing is lost (H4)."""

import io
from datetime import date, timedelta
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from db import Refused, scalar
from registry import review
from registry.cards import ChangeKind, Status, changes
from registry.review import Action
from registry.stocktake import (
    Condition,
    DifferenceKind,
    closing,
    counting,
    differences,
    expected,
    outcome,
    report,
    surplus,
    task,
    tasks,
    unknown,
)
from registry.stocktake.differences import Difference, Followed, Which
from registry.stocktake.tasks import Part
from tests.registry import test_stocktake
from tests.registry.conftest import Desk, MakeCard
from tests.registry.test_stocktake import NOW, Hall

Change = changes.Change
hall = test_stocktake.hall  # the fixture
DESK = {"name": "办公桌", "category": "A05000000", "quantity": "1", "measure": "张"}


def count_rest(hall: Hall, key: int) -> None:
    """All that nobody has counted yet, as it is booked."""
    rows, _more = expected.page(hall.conn, expected.Query(key, left=True))
    for one in rows:
        hall.count("teller", key, one.code, here=True)


def done(hall: Hall, key: int) -> int:
    """Explained, closed and approved."""
    hall.explain_all(key)
    hall.approved(key)
    return key


def drafted(hall: Hall, key: int) -> tuple[list[Change], dict[int, list[str]]]:
    """(the changes of one step, codes of what was not drafted by difference)."""
    made = outcome.draft_changes(hall.conn, hall.person("clerk"), key, NOW, "")
    clerk = hall.person("clerk")
    refused = {one: [why.code for why in found] for one, found in made.refused.items()}
    return [changes.require(hall.conn, clerk, change) for change in made.changes], refused


def found(hall: Hall, key: int, code: str, kind: DifferenceKind) -> Difference:
    return next(one for one in differences.differences(hall.conn, key)
                if one.code == code and one.kind is kind)  # fmt: skip


def surplus_of(hall: Hall, key: int) -> Difference:
    return next(iter(differences.differences(hall.conn, key, DifferenceKind.SURPLUS)))


def apply(desk: Desk, change: Change) -> None:
    desk.act("clerk", change.id, Action.SUBMIT)
    desk.act("reviewer", change.id, Action.APPROVE)


# ---- changes of one card


def test_what_one_kind_of_change_cant_tell_waits_and_is_drafted_once_the_first_is_through(
    hall: Hall, desk: Desk
) -> None:
    key = hall.started(sections=[])
    hall.count("teller", key, "A001", status="idle", place="三楼 301", custodian="李小梅")
    count_rest(hall, key)
    done(hall, key)
    (first,), refused = drafted(hall, key)
    assert (first.kind, first.after) == (ChangeKind.STATUS, {"status": "idle", "place": "三楼 301"})
    row = found(hall, key, "A001", DifferenceKind.CHANGED)
    assert (row.changes, row.left, refused) == (
        [first.id],
        ["custodian"],
        {row.id: ["difference.waits"]},
    )
    assert drafted(hall, key)[0] == []  # the first is not decided yet
    apply(desk, first)
    (second,), refused = drafted(hall, key)
    assert (second.kind, second.after, refused) == (
        ChangeKind.ATTRIBUTES, {"custodian": "李小梅"}, {},
    )  # fmt: skip
    apply(desk, second)
    row = found(hall, key, "A001", DifferenceKind.CHANGED)
    assert (row.changes, row.left, list(row.refusals)) == ([first.id, second.id], [], [])
    assert (desk.row("A001")["status"], desk.row("A001")["custodian"]) == (Status.IDLE, "李小梅")


def test_what_is_damaged_and_moved_makes_one_change(hall: Hall) -> None:
    key = hall.started()
    hall.count("teller", key, "A001", condition=Condition.DAMAGED, place="三楼 301")
    count_rest(hall, key)
    made, refused = drafted(hall, done(hall, key))
    assert [one.after for one in made] == [{"status": "to_dispose", "place": "三楼 301"}]
    assert refused == {}
    assert differences.drafted(hall.conn, key) == Followed(1, 0, 0)


def test_what_needs_repair_and_was_moved_is_drafted_one_after_the_other(
    hall: Hall, desk: Desk
) -> None:
    key = hall.started()
    hall.count("teller", key, "A001", condition=Condition.REPAIR, note="打不开", place="三楼 301")
    count_rest(hall, key)
    (first,), refused = drafted(hall, done(hall, key))
    assert (first.kind, list(refused.values())) == (ChangeKind.ATTRIBUTES, [["difference.waits"]])
    apply(desk, first)
    (second,), _refused = drafted(hall, key)
    assert (second.kind, second.details["fault"]) == (ChangeKind.REPAIR, "待修：打不开")


@pytest.mark.parametrize("submitted", [False, True])
def test_a_change_that_is_deleted_or_made_void_told_nothing(
    hall: Hall, desk: Desk, submitted: bool
) -> None:
    key = hall.started()
    hall.count("teller", key, "A001", place="三楼 301")
    count_rest(hall, key)
    (first,), _refused = drafted(hall, done(hall, key))
    if submitted:
        desk.act("clerk", first.id, Action.SUBMIT)
        desk.act("clerk", first.id, Action.RECALL)
    seen = review.standing(hall.conn, first.review_id).version
    changes.remove(hall.conn, hall.person("clerk"), first.id, seen, NOW, "")
    moved = found(hall, key, "A001", DifferenceKind.CHANGED)
    assert moved.changes == ([first.id] if submitted else [])  # what was never seen is no link
    assert differences.drafted(hall.conn, key) == Followed(int(submitted), 1, 0)
    (again,), _refused = drafted(hall, key)
    assert again.after == first.after
    assert drafted(hall, key) == ([], {})


def test_a_leased_thing_that_is_found_in_use_is_recovered_with_place_and_custodian(
    hall: Hall, desk: Desk
) -> None:
    desk.approved(ChangeKind.LEASE_LEND, "A001", loan="leased", taker="海口某公司",
                  from_on="2026-01-01", until_on="2027-01-01")  # fmt: skip
    key = hall.started()
    hall.count("teller", key, "A001", status="in_use", place="三楼 301", custodian="李小梅")
    count_rest(hall, key)
    (made,), refused = drafted(hall, done(hall, key))
    assert (made.kind, refused) == (ChangeKind.RECOVER, {})
    assert made.after == {"status": "in_use", "place": "三楼 301", "custodian": "李小梅"}


def test_a_status_that_no_draft_can_tell_is_left_to_whoever_knows(hall: Hall) -> None:
    key = hall.started()
    hall.count("teller", key, "A001", place="三楼 301")
    hall.conn.execute("UPDATE stocktake_count SET status = 'leased'")  # as counts could say before
    count_rest(hall, key)
    (made,), refused = drafted(hall, done(hall, key))
    row = found(hall, key, "A001", DifferenceKind.CHANGED)
    assert (made.after, row.left) == ({"place": "三楼 301"}, ["status"])
    assert refused == {row.id: ["difference.by_hand"]}


def test_what_the_card_says_already_needs_no_change(hall: Hall, desk: Desk) -> None:
    key = hall.started()
    hall.count("teller", key, "A001", place="三楼 301")
    count_rest(hall, key)
    done(hall, key)
    desk.approved(ChangeKind.ATTRIBUTES, "A001", place="三楼 301")
    assert drafted(hall, key) == ([], {})
    row = found(hall, key, "A001", DifferenceKind.CHANGED)
    assert (row.settled, row.changes, row.left) == (True, [], [])


# ---- things that were not on the list


def test_a_card_found_outside_the_list_is_a_difference_and_drafted_where_it_differs(
    hall: Hall,
) -> None:
    office = scalar(hall.conn, "SELECT id FROM section WHERE name = '采编部' AND unit_id = %(unit)s",
                    unit=hall.organisation.units["图书馆"])  # fmt: skip
    key = hall.started(sections=[office])
    for code in ("A001", "A002"):
        hall.count("teller", key, code)
    hall.count("teller", key, "A003", here=True, place="采编部库房", custodian="teller")
    differences.refresh(hall.conn, key)
    row = found(hall, key, "A003", DifferenceKind.UNLISTED)
    assert (row.name, row.section, row.before["place"]) == ("台式计算机", "办公室", "二楼 205")
    assert row.after == {"place": "采编部库房", "custodian": "teller"}
    (made,), _refused = drafted(hall, done(hall, key))
    assert (made.card_code, made.after) == ("A003", {"place": "采编部库房", "custodian": "teller"})


def test_a_card_found_outside_the_list_as_it_is_booked_is_told_and_needs_no_change(
    hall: Hall, make_card: MakeCard
) -> None:
    key = hall.started()
    make_card(code="A009", place="二楼 205", custodian="teller")  # entered after the start
    for code in ("A001", "A002", "A003", "A009"):
        hall.count("teller", key, code, here=True)
    differences.refresh(hall.conn, key)
    assert differences.count_by_kind(hall.conn, key) == {DifferenceKind.UNLISTED: (1, 1)}
    assert drafted(hall, done(hall, key)) == ([], {})
    assert differences.drafted(hall.conn, key) == Followed(0, 0, 0)


# ---- explanations


def test_a_difference_that_is_seen_differently_is_to_be_explained_anew(hall: Hall) -> None:
    key = hall.started()
    hall.count("teller", key, "A001", place="三楼 301")
    hall.explain_all(key)
    hall.count("teller", key, "A001", place="四楼")
    differences.refresh(hall.conn, key)
    row = found(hall, key, "A001", DifferenceKind.CHANGED)
    assert (row.after, row.explanation, row.explained_by) == ({"place": "四楼"}, "", "")
    kept = scalar(
        hall.conn, "SELECT facts->'explanations' FROM (SELECT facts::jsonb FROM audit_entry "
        "WHERE action = 'stocktake.explanation_void') AS entry")  # fmt: skip
    assert kept == {str(row.id): "已核实"}
    differences.refresh(hall.conn, key)
    entries = "SELECT count(*) FROM audit_entry WHERE action = 'stocktake.explanation_void'"
    assert scalar(hall.conn, entries) == 1


# ---- surpluses


@pytest.mark.parametrize(
    ("condition", "status"),
    [(None, "in_use"), (Condition.GOOD, "in_use"), (Condition.REPAIR, "idle"),
     (Condition.DAMAGED, "to_dispose")],
)  # fmt: skip
def test_condition_of_a_surplus_is_carried_into_its_card(
    hall: Hall, condition: Condition | None, status: str
) -> None:
    key = hall.started()
    hall.count("teller", key, "", surplus=DESK, condition=condition, note="桌面开裂")
    differences.refresh(hall.conn, key)
    said = surplus_of(hall, key).after.get("condition")
    assert said == (condition.value if status != "in_use" and condition else None)
    made, _refused = drafted(hall, done(hall, key))
    card = next(one for one in made if one.kind is ChangeKind.REGISTER)
    assert card.after["status"] == status
    assert "桌面开裂" in card.reason


def test_why_something_was_not_drafted_stays_beside_it_all_of_it_until_it_is(hall: Hall) -> None:
    key = hall.started()
    for code in ("A001", "A002", "A003"):
        hall.count("teller", key, code)
    for name in ("办公桌", "办公椅"):
        hall.count("teller", key, "", surplus={"name": name, "quantity": "1"})
    hall.conn.execute("UPDATE stocktake_count SET surplus = surplus || '{\"quantity\": \"若干\"}' "
                      "WHERE outcome = 'surplus'")  # fmt: skip
    made, refused = drafted(hall, done(hall, key))
    assert (made, len(refused)) == ([], 2)
    rows, _more = differences.page(hall.conn, key, Which(undrafted=True))
    assert [[why.code for why in one.refusals] for one in rows] == [
        ["value.required", "value.number"],
    ] * 2  # fmt: skip
    completed(hall, key, rows[0].id, category="A05000000", type="furniture", quantity="2")
    made, refused = drafted(hall, key)
    assert [one.after["quantity"] for one in made] == ["2.00"]
    assert list(refused) == [rows[1].id]
    assert list(differences.differences(hall.conn, key)[0].refusals) == []


def completed(hall: Hall, key: int, difference: int, **typed: str) -> Any:
    one = surplus.require(hall.conn, key, difference)
    values = surplus.card_of(one, NOW) | typed
    return surplus.complete(hall.conn, hall.person("clerk"), key, difference, values, NOW, "")


def test_a_surplus_is_completed_by_the_registers_checks_and_what_was_counted_stays(
    hall: Hall,
) -> None:
    key = hall.started()
    hall.count("teller", key, "", surplus={"name": "旧桌"})
    hall.explain_all(key)
    one = surplus_of(hall, key)
    wrong = completed(hall, key, one.id, category="A99999999", quantity="-1")
    assert set(wrong.refusals) == {"category", "quantity"}
    right = completed(hall, key, one.id, name="办公桌", category="A05000000", type="furniture",
                      original_value="800", place="三楼")  # fmt: skip
    assert right.refusals == {}
    differences.refresh(hall.conn, key)
    again = surplus_of(hall, key)
    assert (again.name, again.after["value"], again.explanation) == ("办公桌", "800.00", "已核实")
    assert scalar(hall.conn, "SELECT surplus->>'name' FROM stocktake_count WHERE outcome = 'surplus'"
                  ) == "旧桌"  # fmt: skip
    made, _refused = drafted(hall, done(hall, key))
    card = next(each for each in made if each.kind is ChangeKind.REGISTER)
    assert (card.after["value_type"], card.after["place"]) == ("provisional", "三楼")


def test_a_surplus_is_not_completed_under_review_nor_once_it_is_drafted(hall: Hall) -> None:
    key = hall.started()
    hall.count("teller", key, "", surplus=DESK)
    hall.explain_all(key)
    one = surplus_of(hall, key)
    closing.close(hall.conn, hall.person("clerk"), key, NOW, "")
    completed(hall, key, one.id, place="四楼")
    hall.explain_rest(key)
    hall.act("clerk", key, Action.SUBMIT)
    with pytest.raises(Refused) as refused:
        completed(hall, key, one.id, place="五楼")
    assert refused.value.code == "stocktake.not_now"
    hall.act("reviewer", key, Action.APPROVE)
    hall.act("department", key, Action.APPROVE)
    for _ in range(2):  # approved as it was; then drafted
        with pytest.raises(Refused) as refused:
            completed(hall, key, one.id, place="五楼")
        assert refused.value.code == "difference.not_to_complete"
        drafted(hall, key)
    assert counting.known(hall.conn, hall.person("clerk"), "A001")


# ---- the report


@pytest.mark.parametrize("language", ["zh", "en"])
def test_report_as_a_file_speaks_the_readers_words(hall: Hall, language: str) -> None:
    key = hall.started()
    hall.count("teller", key, "A001", place="一楼大厅", status="idle", custodian="")
    hall.count("teller", key, "A002", condition=Condition.DAMAGED)
    hall.count("teller", key, "", surplus={**DESK, "value": "80"}, condition=Condition.REPAIR)
    closing.close(hall.conn, hall.person("clerk"), key, NOW, "")
    file = io.BytesIO()
    task_of = task.require(hall.conn, hall.person("clerk"), key)
    report.write_xlsx(hall.conn, task_of, language, file)
    book = CalamineWorkbook.from_filelike(io.BytesIO(file.getvalue()))
    lines = book.get_sheet_by_index(1).to_python()[1:]
    rows = {(line[0], line[1]): tuple(line[4:6]) for line in lines}
    assert rows == SAID[language]


SAID = {
    "zh": {
        ("盘亏", "A003"): ("资产状态：在用；使用人：扫地僧；存放地点：二楼 205", "没有盘到"),
        ("盘盈", ""): ("", "实物情况：待修；资产名称：办公桌；资产分类：A05000000；数量（面积）：1；计量单位：张；资产原值：80"),
        ("信息不符", "A001"): ("资产状态：在用；使用人：teller；存放地点：二楼 205", "资产状态：闲置；使用人：–；存放地点：一楼大厅"),
        ("实物情况", "A002"): ("", "实物情况：损坏"),
    },
    "en": {
        ("Missing", "A003"): ("Status: In use; Custodian: 扫地僧; Place: 二楼 205", "Not found"),
        ("Surplus", ""): ("", "Condition: Needs repair; Name: 办公桌; Category: A05000000; Quantity (area): 1; Unit of measure: 张; Original value: 80"),
        ("Differs from the card", "A001"): ("Status: In use; Custodian: teller; Place: 二楼 205", "Status: Idle; Custodian: –; Place: 一楼大厅"),
        ("Condition", "A002"): ("", "Condition: Damaged"),
    },
}  # fmt: skip


# ---- the task itself


def test_what_is_theirs_already_is_not_handed_over(hall: Hall) -> None:  # H1
    key, teller = hall.started(), hall.organisation.users["teller"]
    clerk = hall.person("clerk")
    for part in (Part(person=teller), Part(section="any", person=teller)):
        with pytest.raises(Refused) as refused:
            tasks.hand_over(hall.conn, hall.person("teller"), key, part, teller, NOW, "")
        assert refused.value.code == "stocktake.nothing_to_hand_over"
    assert tasks.hand_over(hall.conn, clerk, key, Part(), teller, NOW, "") == 1  # A003 was nobody's
    assert scalar(hall.conn, "SELECT cards FROM stocktake_handover") == 1


def test_due_date_of_a_running_task_is_moved_and_those_who_count_are_told_where_it_comes_nearer(
    hall: Hall,
) -> None:  # H1
    key, clerk = hall.started(due_on=date(2026, 11, 30)), hall.person("clerk")
    told = "SELECT array_agg(login ORDER BY login) FROM notice JOIN app_user ON app_user.id = user_id WHERE event = 'count.due_sooner'"  # fmt: skip
    tasks.set_due(hall.conn, clerk, key, date(2026, 12, 20), NOW, "")
    assert scalar(hall.conn, told) is None
    assert tasks.remind(hall.conn, NOW + timedelta(days=6)) == 0
    tasks.set_due(hall.conn, clerk, key, date(2026, 11, 28), NOW, "")
    assert scalar(hall.conn, told) == ["colleague", "teller"]
    for due_on, code in ((date(2026, 11, 23), "due_past"), (date(2026, 11, 28), "due_same")):
        with pytest.raises(Refused) as refused:
            tasks.set_due(hall.conn, clerk, key, due_on, NOW, "")
        assert refused.value.code == f"stocktake.{code}"
    with pytest.raises(Refused) as refused:
        tasks.set_due(hall.conn, clerk, hall.plan(), date(2026, 12, 20), NOW, "")
    assert refused.value.code == "stocktake.not_now"


def test_only_codes_that_nobody_has_decided_about_are_unknown(hall: Hall) -> None:  # H2
    key, clerk = hall.started(), hall.person("clerk")
    for code in ("OLD-1", "OLD-2", "OLD-3", "OLD-3"):
        hall.count("teller", key, code)
    assert task.require(hall.conn, clerk, key).unknown == 3
    unknown.bind(hall.conn, clerk, "OLD-1", "A001", NOW, "")
    unknown.set_aside(hall.conn, clerk, "OLD-2", NOW, "")
    assert task.require(hall.conn, clerk, key).unknown == 1
