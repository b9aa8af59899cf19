"""Stocktakes: frozen, handed out, counted once, differences explained and drafted (H1-H4)."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from operator import attrgetter
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db import Connection, Refused, scalar
from registry import review
from registry.cards import ChangeKind, card, changes
from registry.org import add_section
from registry.review import Action
from registry.stocktake import (
    Answer,
    Condition,
    Count,
    DifferenceKind,
    Method,
    Outcome,
    Stage,
    Standing,
    closing,
    conflicts,
    counting,
    counts,
    devices,
    differences,
    expected,
    explaining,
    outcome,
    report,
    scan,
    strays,
    task,
    tasks,
    undoing,
    unknown,
    words,
)
from registry.stocktake.differences import Which
from registry.stocktake.tasks import Part, Plan
from registry.stocktake.words import Word
from tests.fixtures.paging import both_ways
from tests.registry.conftest import Desk, MakeCard, Organisation, Person, _insert

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
DUE = date(2026, 12, 15)


class Hall:
    """The library's preparer, two who count, and some cards to be counted."""

    def __init__(self, conn: Connection, organisation: Organisation, person: Person) -> None:
        self.conn, self.organisation, self.person = conn, organisation, person
        self.now = NOW

    def plan(self, **asked: Any) -> int:
        plan = Plan(**{"name": "2026 年度盘点", "methods": list(Method), "due_on": DUE, **asked})
        return tasks.plan(self.conn, self.person("clerk"), plan, NOW, "")

    def started(self, **asked: Any) -> int:
        key = self.plan(**asked)
        tasks.start(self.conn, self.person("clerk"), key, NOW, "")
        return key

    def count(
        self, login: str, key: int, code: str, client: UUID | None = None, **seen: Any
    ) -> Answer:
        one = Count(client or uuid4(), code, seen.pop("method", Method.GUN), self.now, **seen)
        return counting.count(self.conn, self.person(login), key, one, self.now)

    def stage(self, key: int) -> Stage:
        return task.require(self.conn, self.person("clerk"), key).stage

    def standings(self, code: str) -> dict[str, str]:
        """What each person's last count of a card is worth."""
        return dict(self.conn.execute(
            "SELECT login, standing FROM stocktake_count JOIN app_user ON app_user.id = counted_by "
            "WHERE code = %s ORDER BY stocktake_count.id", (code,),
        ).fetchall())  # fmt: skip

    def explain_all(self, key: int) -> None:
        differences.refresh(self.conn, key)
        which = [one.id for one in differences.differences(self.conn, key)]
        tasks_clerk = self.person("clerk")
        explaining.explain(self.conn, tasks_clerk, key, which, "已核实", NOW, "")

    def explain_rest(self, key: int) -> None:
        """What is missing or found elsewhere, once counting is over; nothing of it is lost."""
        which = differences.unexplained(self.conn, key)
        explaining.explain(self.conn, self.person("clerk"), key, which, "已核实", NOW, "")

    def lose(self, key: int, code: str) -> int:
        """Of a closed task: this card is said to be lost; its difference."""
        one = next(each for each in differences.differences(self.conn, key) if each.code == code)
        explaining.explain_missing(
            self.conn, self.person("clerk"), key, one.id, "lost", "库房失窃，已报案", NOW, ""
        )
        return one.id

    def act(self, login: str, key: int, action: Action) -> None:
        found = task.require(self.conn, self.person(login), key)
        seen = review.standing(self.conn, found.review_id).version
        outcome.act(self.conn, self.person(login), key, action, seen, "", NOW, "")

    def approved(self, key: int) -> None:
        closing.close(self.conn, self.person("clerk"), key, NOW, "")
        self.approved_after_closing(key)

    def approved_after_closing(self, key: int) -> None:
        self.explain_rest(key)
        self.act("clerk", key, Action.SUBMIT)
        self.act("reviewer", key, Action.APPROVE)
        self.act("department", key, Action.APPROVE)


@pytest.fixture
def hall(conn: Connection, organisation: Organisation, person: Person, make_card: MakeCard) -> Hall:
    for code, section, keeper in (
        ("A001", "采编部", "teller"), ("A002", "采编部", "teller"), ("A003", "办公室", "扫地僧"),
    ):  # fmt: skip
        make_card(code=code, using_section=section, custodian=keeper, place="二楼 205")
    make_card(unit="医院", code="H001", using_section="")
    from registry.org import Role, UserType

    for login in ("teller", "helper"):
        organisation.users[login] = _insert(
            conn,
            organisation.units["图书馆"],
            login,
            "图书馆",
            UserType.BUDGET_UNIT,
            Role.STOCKTAKER,
        )
    return Hall(conn, organisation, person)


def test_start_freezes_what_is_expected(hall: Hall, desk: Desk) -> None:  # H1
    key = hall.started()
    before = task.require(hall.conn, hall.person("clerk"), key).expected
    hall.conn.execute("UPDATE card SET place = '别处' WHERE code = 'A001'")
    desk.approved(ChangeKind.DISPOSE, "A002", form="scrap", disposed_on="2026-11-20")
    assert task.require(hall.conn, hall.person("clerk"), key).expected == before
    answer = hall.count("teller", key, "A002")
    assert answer.outcome is Outcome.FOUND


def test_sections_and_categories_narrow_what_is_expected(hall: Hall) -> None:
    section = add_section(hall.conn, hall.organisation.units["图书馆"], "采编部")
    key = hall.started(sections=[section], categories=["A02000000"])
    assert {share.section for share in task.shares(hall.conn, key)} == {"采编部"}


def test_custodian_counts_their_own_and_the_rest_is_handed_out(hall: Hall) -> None:  # H1
    key = hall.started()
    shares = {(one.section, one.assignee): one.expected for one in task.shares(hall.conn, key)}
    assert shares["采编部", "teller"] == 2
    assert shares["办公室", ""] == 1
    office = next(one for one in task.shares(hall.conn, key) if one.section == "办公室")
    helper = hall.organisation.users["helper"]
    part = Part(section=office.section_id, person=None)
    assert tasks.hand_over(hall.conn, hall.person("clerk"), key, part, helper, NOW, "") == 1
    assert [one.id for one in task.mine(hall.conn, hall.person("helper"))] == [key]


def test_who_counts_hands_on_only_what_is_theirs(hall: Hall) -> None:
    key = hall.started()
    helper, teller = hall.organisation.users["helper"], hall.organisation.users["teller"]
    with pytest.raises(Refused) as refused:
        tasks.hand_over(hall.conn, hall.person("helper"), key, Part(person=teller), helper, NOW, "")
    assert refused.value.code == "stocktake.part_not_yours"
    mine = Part(person=teller)
    assert tasks.hand_over(hall.conn, hall.person("teller"), key, mine, helper, NOW, "") == 2


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"name": " "}, "stocktake.name"),
        ({"methods": []}, "stocktake.no_method"),
        ({"due_on": date(2026, 11, 23)}, "stocktake.due_past"),
        ({"sections": [-1]}, "stocktake.section_unknown"),
        ({"categories": ["A02000000", "A99999999"]}, "stocktake.category_unknown"),
    ],
)
def test_wrong_plan_is_refused(hall: Hall, asked: dict[str, Any], code: str) -> None:  # J3
    with pytest.raises(Refused) as refused:
        hall.plan(**asked)
    assert refused.value.code == code


def test_four_answers(hall: Hall) -> None:  # H2
    key = hall.started()
    assert hall.count("teller", key, "a001 ").outcome is Outcome.FOUND
    assert hall.count("teller", key, "A001").outcome is Outcome.AGAIN
    clerk = hall.organisation.users["clerk"]
    tasks.hand_over(hall.conn, hall.person("clerk"), key, Part(person=None), clerk, NOW, "")
    other = hall.count("teller", key, "A003")
    assert (other.outcome, other.assignee) == (Outcome.ELSEWHERE, "clerk")
    assert hall.count("teller", key, "HKT-88-0412").outcome is Outcome.UNKNOWN


def test_another_units_card_is_told_as_such_and_nothing_more(hall: Hall) -> None:  # J4
    key = hall.started()
    answer = hall.count("teller", key, "H001")
    assert (answer.outcome, answer.name, answer.place) == (Outcome.ELSEWHERE, "", "")


def test_elsewhere_counts_nothing_unless_it_is_here(hall: Hall) -> None:
    key = hall.started()
    helper = hall.organisation.users["helper"]
    tasks.hand_over(hall.conn, hall.person("clerk"), key, Part(person=None), helper, NOW, "")
    hall.count("teller", key, "A003")
    assert task.require(hall.conn, hall.person("clerk"), key).counted == 0
    here = hall.count("teller", key, "A003", here=True, place="二楼 205")
    assert here.outcome is Outcome.FOUND
    assert task.require(hall.conn, hall.person("clerk"), key).counted == 1


def test_same_count_sent_again_is_stored_once_and_answered_the_same(hall: Hall) -> None:  # H3
    key, client = hall.started(), uuid4()
    first = hall.count("teller", key, "A001", client)
    again = hall.count("teller", key, "A001", client)
    assert (again.count_id, again.outcome, again.repeated) == (first.count_id, Outcome.FOUND, True)
    assert task.require(hall.conn, hall.person("clerk"), key).counted == 1


def test_somebody_elses_client_id_is_refused(hall: Hall) -> None:
    key, client = hall.started(), uuid4()
    hall.count("teller", key, "A001", client)
    with pytest.raises(Refused) as refused:
        hall.count("helper", key, "A001", client)
    assert refused.value.code == "count.client_id"


def test_contradicting_counts_of_two_people_wait_for_a_decision(hall: Hall) -> None:  # H3
    key = hall.started()
    hall.count("teller", key, "A001", condition=Condition.GOOD)
    second = hall.count("helper", key, "A001", condition=Condition.DAMAGED, here=True)
    assert second.standing is Standing.CONFLICT
    with pytest.raises(Refused) as refused:
        closing.close(hall.conn, hall.person("clerk"), key, NOW, "")
    assert refused.value.code == "stocktake.conflicts"
    assert [side.stands for side in conflicts.sides(hall.conn, key)] == [True, False]
    conflicts.decide(hall.conn, hall.person("clerk"), key, second.count_id, NOW, "")
    assert conflicts.sides(hall.conn, key) == []
    differences.refresh(hall.conn, key)
    assert DifferenceKind.CONDITION in differences.count_by_kind(hall.conn, key)


@pytest.mark.parametrize("first", ["gun", "app"])
def test_a_gun_that_says_nothing_contradicts_no_form_that_says_good(
    hall: Hall, first: str
) -> None:  # H3
    key = hall.started()
    turns = [("teller", None), ("helper", Condition.GOOD)]
    for login, condition in turns if first == "gun" else reversed(turns):
        hall.count(login, key, "A001", condition=condition, here=True)
    assert conflicts.sides(hall.conn, key) == []
    assert hall.standings("A001") == {"teller": "superseded", "helper": "valid"}
    seen = expected.one(hall.conn, key, "A001")
    assert seen is not None
    assert (seen.condition, seen.counted_by) == ("good", "helper")


def test_counts_that_tell_of_different_things_agree_and_nothing_of_either_is_lost(
    hall: Hall,
) -> None:  # H3, H4
    key = hall.started()
    hall.count("teller", key, "A001", condition=Condition.DAMAGED, note="屏幕碎裂")
    second = hall.count("helper", key, "A001", place="三楼 301", here=True)
    assert (second.standing, second.by) == (Standing.AGREES, "teller")
    assert task.require(hall.conn, hall.person("clerk"), key).counted == 1
    differences.refresh(hall.conn, key)
    found = {one.kind: one for one in differences.differences(hall.conn, key) if one.code == "A001"}
    assert found[DifferenceKind.CONDITION].after == {"condition": "damaged"}
    assert found[DifferenceKind.CHANGED].after == {"place": "三楼 301"}
    assert found[DifferenceKind.CHANGED].note == "屏幕碎裂"
    assert second.card_id is not None
    assert counts.of_card(hall.conn, hall.person("clerk"), second.card_id)[0].place == "三楼 301"


def test_whoever_tells_all_that_others_told_and_more_is_the_one_that_counts(hall: Hall) -> None:
    key = hall.started()
    hall.count("teller", key, "A001", condition=Condition.GOOD)
    hall.count("helper", key, "A001", place="三楼 301", here=True)
    hall.count("clerk", key, "A001", condition=Condition.GOOD, place="三楼 301", status="idle",
               here=True)  # fmt: skip
    assert hall.standings("A001") == {
        "teller": "superseded", "helper": "superseded", "clerk": "valid",
    }  # fmt: skip


def test_a_note_or_a_doubt_of_somebody_else_is_kept_beside_what_counts(hall: Hall) -> None:
    key = hall.started()
    hall.count("teller", key, "A001", condition=Condition.GOOD, place="三楼 301")
    hall.count("helper", key, "A001", note="标签已旧", doubtful=True, here=True)
    seen = expected.one(hall.conn, key, "A001")
    assert seen is not None
    assert (seen.condition, seen.place_seen, seen.note) == ("good", "三楼 301", "标签已旧")
    assert seen.doubtful
    rows, _more = counts.page(hall.conn, counts.Query(key, doubtful=True))
    assert [one.note for one in rows] == ["标签已旧"]


def test_only_those_who_contradict_each_other_are_shown_and_the_third_stays(hall: Hall) -> None:
    key = hall.started()
    hall.count("teller", key, "A001", condition=Condition.GOOD)
    hall.count("helper", key, "A001", place="三楼 301", here=True)
    third = hall.count("clerk", key, "A001", place="四楼", here=True)
    assert third.standing is Standing.CONFLICT
    sides = conflicts.sides(hall.conn, key)
    assert [(one.counted_by, one.stands) for one in sides] == [("helper", True), ("clerk", False)]
    conflicts.decide(hall.conn, hall.person("clerk"), key, third.count_id, NOW, "")
    assert conflicts.sides(hall.conn, key) == []
    seen = expected.one(hall.conn, key, "A001")
    assert seen is not None
    assert (seen.condition, seen.place_seen) == ("good", "四楼")
    assert hall.standings("A001")["helper"] == "overruled"


@pytest.mark.parametrize("standing", ["overruled", "superseded"])
def test_only_what_stands_or_waits_is_decided_for(hall: Hall, standing: str) -> None:
    key = hall.started()
    first = hall.count("teller", key, "A001", condition=Condition.GOOD)
    hall.count("helper", key, "A001", condition=Condition.DAMAGED, here=True)
    hall.conn.execute("UPDATE stocktake_count SET standing = %s WHERE id = %s",
                      (standing, first.count_id))  # fmt: skip
    for count in (first.count_id, 0):
        with pytest.raises(Refused) as refused:
            conflicts.decide(hall.conn, hall.person("clerk"), key, count, NOW, "")
        assert refused.value.code == "count.no_such_count"


def test_a_conflict_ends_when_somebody_corrects_what_they_had_said(hall: Hall) -> None:
    key = hall.started()
    hall.count("teller", key, "A001", condition=Condition.GOOD)
    hall.count("helper", key, "A001", condition=Condition.REPAIR, here=True)
    assert len(conflicts.sides(hall.conn, key)) == 2
    hall.count("helper", key, "A001", condition=Condition.GOOD, here=True)
    assert conflicts.sides(hall.conn, key) == []
    assert task.require(hall.conn, hall.person("clerk"), key).conflicts == 0


def test_undo_of_what_said_more_lets_the_other_persons_count_stand_again(hall: Hall) -> None:
    key = hall.started()
    hall.count("teller", key, "A001", place="三楼 301")
    hall.count("helper", key, "A001", place="三楼 301", condition=Condition.GOOD, here=True)
    undoing.undo(hall.conn, hall.person("helper"), key, None, NOW)
    assert task.require(hall.conn, hall.person("clerk"), key).counted == 1
    assert hall.standings("A001") == {"teller": "valid", "helper": "undone"}


def test_a_decision_goes_with_the_count_that_it_was_for(hall: Hall) -> None:
    key = hall.started()
    hall.count("teller", key, "A001", condition=Condition.GOOD)
    second = hall.count("helper", key, "A001", condition=Condition.DAMAGED, here=True)
    conflicts.decide(hall.conn, hall.person("clerk"), key, second.count_id, NOW, "")
    assert hall.standings("A001") == {"teller": "overruled", "helper": "valid"}
    undoing.undo(hall.conn, hall.person("helper"), key, None, NOW)
    assert hall.standings("A001") == {"teller": "valid", "helper": "undone"}


def test_what_was_decided_against_is_contradicted_only_by_a_new_word(hall: Hall) -> None:
    key = hall.started()
    hall.count("teller", key, "A001", condition=Condition.REPAIR)
    hall.count("teller", key, "A001", condition=Condition.GOOD)
    second = hall.count("helper", key, "A001", condition=Condition.DAMAGED, here=True)
    conflicts.decide(hall.conn, hall.person("clerk"), key, second.count_id, NOW, "")
    assert hall.count("teller", key, "A001").standing is Standing.SUPERSEDED
    assert conflicts.sides(hall.conn, key) == []
    again = hall.count("teller", key, "A001", condition=Condition.GOOD)
    assert again.standing is Standing.CONFLICT


TELLS = st.dictionaries(st.sampled_from(words.SINGLE), st.sampled_from(["a", "b"]), max_size=3).map(
    lambda said: frozenset(said.items())
)


@given(
    st.lists(st.tuples(st.sampled_from([1, 2, 3]), TELLS, st.booleans()), min_size=1, max_size=8)
)
def test_of_any_counts_one_counts_and_those_that_stand_never_contradict(
    said: list[tuple[int, words.Told, bool]],
) -> None:  # H3
    all_of_it = [Word(key, *one) for key, one in enumerate(said, 1)]
    worth = words.judged(all_of_it)
    stand = [one for one in all_of_it if worth[one.id] in {Standing.VALID, Standing.AGREES}]
    assert list(worth.values()).count(Standing.VALID) == 1
    assert not any(words.contradict(one.tells, other.tells) for one in stand for other in stand)
    told = frozenset().union(*(one.tells for one in stand))
    for one in all_of_it:
        latest = [each for each in all_of_it if each.by == one.by and each.tells][-1:] == [one]
        if latest and worth[one.id] is not Standing.CONFLICT:
            assert one.tells <= told  # nothing is lost
        if worth[one.id] is Standing.CONFLICT:
            assert any(words.contradict(one.tells, each.tells) for each in stand)


def test_same_person_corrects_what_they_said(hall: Hall) -> None:
    key = hall.started()
    hall.count("teller", key, "A001", condition=Condition.DAMAGED)
    hall.count("teller", key, "A001", condition=Condition.GOOD)
    differences.refresh(hall.conn, key)
    assert DifferenceKind.CONDITION not in differences.count_by_kind(hall.conn, key)


def test_undo_brings_back_what_stood_before(hall: Hall) -> None:
    key = hall.started()
    hall.count("teller", key, "A001", condition=Condition.DAMAGED)
    hall.count("teller", key, "A001", condition=Condition.GOOD)
    assert undoing.undo(hall.conn, hall.person("teller"), key, None, NOW) == "A001"
    differences.refresh(hall.conn, key)
    assert DifferenceKind.CONDITION in differences.count_by_kind(hall.conn, key)
    undoing.undo(hall.conn, hall.person("teller"), key, None, NOW)
    assert task.require(hall.conn, hall.person("clerk"), key).counted == 0
    with pytest.raises(Refused) as refused:
        undoing.undo(hall.conn, hall.person("teller"), key, None, NOW)
    assert refused.value.code == "count.nothing_to_undo"


def test_unknown_code_is_kept_and_read_as_its_card_once_it_is_bound(hall: Hall) -> None:  # H2
    key = hall.started()
    hall.count("teller", key, "OLD-77")
    hall.count("teller", key, "OLD-77")
    kept, _more = unknown.page(hall.conn, hall.person("clerk"), unknown.Query())
    assert [(one.code, one.times) for one in kept] == [("OLD-77", 2)]
    unknown.bind(hall.conn, hall.person("clerk"), "OLD-77", "a001", NOW, "")
    assert hall.count("teller", key, "OLD-77").card_id is not None
    with pytest.raises(Refused) as refused:
        unknown.bind(hall.conn, hall.person("clerk"), "OLD-77", "H001", NOW, "")
    assert refused.value.code == "card.no_such_card"


def test_the_bin_is_read_page_by_page_both_ways_what_is_undecided_first(hall: Hall) -> None:  # H2
    key, other, clerk = hall.started(), hall.started(name="另一个任务"), hall.person("clerk")
    for number in range(7):
        hall.now = NOW + timedelta(minutes=number // 2)  # some at the same moment
        hall.count("teller", key, f"OLD-{number}")
    hall.count("teller", other, "NEW-1")
    unknown.set_aside(hall.conn, clerk, "OLD-6", NOW, "")
    unknown.bind(hall.conn, clerk, "OLD-3", "A001", NOW, "")

    def codes(stocktake: int | None, text: str = "") -> list[str]:
        def read(after: unknown.After | None, back: bool) -> tuple[list[unknown.Unknown], bool]:
            query = unknown.Query(stocktake, text, after, back)
            return unknown.page(hall.conn, clerk, query, size=2)

        return [one.code for one in both_ways(read, attrgetter("key"))]

    decided = ["OLD-6", "OLD-3"]
    assert codes(key) == ["OLD-5", "OLD-4", "OLD-2", "OLD-1", "OLD-0", *decided]
    assert codes(None) == ["NEW-1", "OLD-5", "OLD-4", "OLD-2", "OLD-1", "OLD-0", *decided]
    assert codes(None, "d-6") == ["OLD-6"]
    assert codes(other) == ["NEW-1"]


def test_wrong_device_clock_does_no_harm() -> None:  # H3
    sent = NOW + timedelta(hours=7)  # the device is ahead by seven hours
    counted = sent - timedelta(minutes=30)
    assert scan.set_right(counted, sent, NOW) == NOW - timedelta(minutes=30)
    assert scan.set_right(sent + timedelta(days=2), sent, NOW) == NOW


def test_nothing_is_counted_before_the_start_nor_after_the_close(hall: Hall) -> None:
    key = hall.plan()
    with pytest.raises(Refused) as refused:
        hall.count("teller", key, "A001")
    assert refused.value.code == "count.task_closed"
    key = hall.started()
    hall.explain_all(key)
    closing.close(hall.conn, hall.person("clerk"), key, NOW, "")
    with pytest.raises(Refused):
        hall.count("teller", key, "A001")


def test_task_that_forbids_a_method_is_not_counted_by_it(hall: Hall) -> None:
    key = hall.started(methods=[Method.APP])
    with pytest.raises(Refused) as refused:
        hall.count("teller", key, "A001", method=Method.GUN)
    assert refused.value.code == "count.task_closed"


def test_a_report_is_submitted_once_every_difference_is_explained(hall: Hall) -> None:  # H4
    key = hall.started()
    hall.count("teller", key, "A001", place="三楼 301")
    closing.close(hall.conn, hall.person("clerk"), key, NOW, "")
    assert hall.stage(key) is Stage.COUNTED
    with pytest.raises(Refused) as refused:
        hall.act("clerk", key, Action.SUBMIT)
    assert (refused.value.code, refused.value.facts["count"]) == ("stocktake.not_explained", 3)
    hall.explain_rest(key)
    hall.act("clerk", key, Action.SUBMIT)
    assert hall.stage(key) is Stage.IN_REVIEW


def test_explanation_stays_while_counting_goes_on_and_goes_with_its_difference(hall: Hall) -> None:
    key, clerk = hall.started(), hall.person("clerk")
    closing.close(hall.conn, clerk, key, NOW, "")
    hall.explain_rest(key)
    closing.reopen(hall.conn, clerk, key, NOW, "")
    hall.count("teller", key, "A001")
    differences.refresh(hall.conn, key)
    assert differences.differences(hall.conn, key) == []  # what is left is still to be counted
    closing.close(hall.conn, clerk, key, NOW, "")
    found = differences.differences(hall.conn, key)
    assert [(one.code, one.explanation) for one in found] == [
        ("A002", "已核实"),
        ("A003", "已核实"),
    ]


def test_differences_become_drafted_changes_in_one_step_after_approval(hall: Hall) -> None:  # H4
    key = hall.started()
    hall.count("teller", key, "A001", place="三楼 301", custodian="李小梅")
    hall.count("teller", key, "A002", condition=Condition.DAMAGED, note="屏幕碎裂")
    surplus = {"name": "办公桌", "category": "A05000000", "quantity": "1", "measure": "张"}
    hall.count("teller", key, "", surplus=surplus)
    hall.explain_all(key)
    with pytest.raises(Refused):
        outcome.draft_changes(hall.conn, hall.person("clerk"), key, NOW, "")
    hall.approved(key)
    done = outcome.draft_changes(hall.conn, hall.person("clerk"), key, NOW, "")
    assert done.refused == {}
    kinds = {}
    for change in done.changes:
        found = changes.require(hall.conn, hall.person("clerk"), change)
        kinds[found.card_code] = (found.kind, found.after)
    assert kinds["A001"][0] is ChangeKind.ATTRIBUTES
    assert kinds["A001"][1] == {"place": "三楼 301", "custodian": "李小梅"}
    assert kinds["A002"][1] == {"status": "to_dispose"}
    assert "A003" not in kinds  # missing: nobody has said that it is lost
    assert any(kind is ChangeKind.REGISTER for kind, _after in kinds.values())
    assert outcome.draft_changes(hall.conn, hall.person("clerk"), key, NOW, "").changes == []


def test_what_cards_refuse_meanwhile_is_told_and_the_rest_is_drafted(
    hall: Hall, desk: Desk
) -> None:
    key = hall.started()
    for code in ("A001", "A003"):
        hall.count("teller", key, code, place="三楼 301", here=True)
    hall.explain_all(key)
    hall.approved(key)
    desk.approved(ChangeKind.DISPOSE, "A003", form="scrap", disposed_on="2026-11-20")
    done = outcome.draft_changes(hall.conn, hall.person("clerk"), key, NOW, "")
    refused = {one.code for why in done.refused.values() for one in why}
    assert refused == {"change.not_in_this_status"}
    assert done.changes


def test_pages_of_differences_follow_each_other_whatever_is_counted_meanwhile(
    hall: Hall, monkeypatch: pytest.MonkeyPatch, make_card: MakeCard
) -> None:  # H4
    for number in range(4):
        make_card(code=f"B00{number}", using_section="办公室", place="二楼 205")
    key = hall.started()
    hall.count("teller", key, "A001", condition=Condition.DAMAGED, place="三楼 301")
    for name in ("办公桌", "办公椅"):
        hall.count("teller", key, "", surplus={"name": name})
    clerk = hall.person("clerk")
    closing.close(hall.conn, clerk, key, NOW, "")
    whole = [one.id for one in differences.differences(hall.conn, key)]
    monkeypatch.setattr(differences, "PAGE", 3)
    read: list[int] = []
    after: differences.After | None = None
    while True:
        rows, more = differences.page(hall.conn, key, Which(after=after))
        read += [one.id for one in rows]
        if not more:
            break
        last = rows[-1]
        after = (last.kind, last.code, last.id)
    assert read == whole
    first, more = differences.page(hall.conn, key, Which("missing"))
    assert more
    last = first[-1]
    closing.reopen(hall.conn, clerk, key, NOW, "")
    hall.count("teller", key, last.code)  # the one with which the page ended is gone
    closing.close(hall.conn, clerk, key, NOW, "")
    ended = Which("missing", after=(last.kind, last.code, last.id))
    rest, _more = differences.page(hall.conn, key, ended)
    assert [one.code for one in first + rest] == ["A002", "A003", "B000", "B001", "B002", "B003"]


def test_all_that_is_unexplained_of_a_kind_is_found_beyond_the_page(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:  # H4
    monkeypatch.setattr(differences, "PAGE", 1)
    key = hall.started()
    hall.count("teller", key, "A001", condition=Condition.DAMAGED)
    closing.close(hall.conn, hall.person("clerk"), key, NOW, "")
    missing = differences.unexplained(hall.conn, key, "missing")
    assert len(missing) == 2
    assert len(differences.unexplained(hall.conn, key)) == 3
    explaining.explain(hall.conn, hall.person("clerk"), key, missing, "已核实", NOW, "")
    assert differences.unexplained(hall.conn, key, "missing") == []
    assert len(differences.unexplained(hall.conn, key)) == 1


def test_differences_that_are_the_same_are_not_written_again(hall: Hall) -> None:
    key = hall.started()
    differences.refresh(hall.conn, key)
    written = "SELECT array_agg(xmin::text || ctid::text ORDER BY id) FROM stocktake_difference"
    before = scalar(hall.conn, written)
    hall.conn.execute("SAVEPOINT later")
    differences.refresh(hall.conn, key)
    assert scalar(hall.conn, written) == before


def test_report_tells_how_many_match_the_books(hall: Hall) -> None:  # H4
    key = hall.started()
    hall.count("teller", key, "A001")
    hall.count("teller", key, "A002", place="三楼 301")
    differences.refresh(hall.conn, key)
    running = report.report(hall.conn, key).whole
    assert (running.counted, running.matching, running.left, running.missing) == (2, 1, 1, 0)
    assert running.rate == Decimal(1) / 2  # of what is counted by now
    closing.close(hall.conn, hall.person("clerk"), key, NOW, "")
    made = report.report(hall.conn, key)
    assert (made.whole.missing, made.whole.rate) == (1, Decimal(1) / 3)
    section = next(line for line in made.sections if line.name == "采编部")
    assert section.rate == Decimal(section.matching) / section.expected


def test_reminder_goes_out_once_a_day_near_the_due_date(hall: Hall) -> None:
    hall.started(due_on=date(2026, 11, 25))
    hall.started(name="远期", due_on=DUE)
    assert tasks.remind(hall.conn, NOW) == 1
    assert tasks.remind(hall.conn, NOW + timedelta(hours=1)) == 0
    assert tasks.remind(hall.conn, NOW + timedelta(hours=21)) == 1


def test_another_units_task_is_a_secret(hall: Hall) -> None:  # J4
    key = hall.started()
    assert task.stocktake(hall.conn, hall.person("clerk2"), key) is None
    with pytest.raises(Refused) as refused:
        hall.count("clerk2", key, "A001")
    assert refused.value.code == "count.task_closed"
    assert task.stocktake(hall.conn, hall.person("department"), key) is not None


def test_revoked_device_opens_nothing(hall: Hall) -> None:
    teller = hall.person("teller")
    key, token = devices.add(hall.conn, teller, "走廊无线枪", NOW, "")
    found = devices.signed_in(hall.conn, token, NOW)
    assert found is not None
    assert (found[0], found[1].login) == (key, "teller")
    devices.revoke(hall.conn, teller, key, NOW, "")
    assert devices.signed_in(hall.conn, token, NOW) is None
    assert devices.signed_in(hall.conn, "phd_nonsense", NOW) is None


def test_device_opens_nothing_while_its_owner_has_a_temporary_password(hall: Hall) -> None:
    teller = hall.person("teller")
    _key, token = devices.add(hall.conn, teller, "走廊无线枪", NOW, "")
    hall.conn.execute("UPDATE app_user SET must_change_password = true WHERE id = %s", (teller.id,))
    assert devices.signed_in(hall.conn, token, NOW) is None
    hall.conn.execute(
        "UPDATE app_user SET must_change_password = false WHERE id = %s", (teller.id,)
    )
    assert devices.signed_in(hall.conn, token, NOW) is not None


def test_card_is_unchanged_by_counting(hall: Hall) -> None:  # A4
    key = hall.started()
    one = card(hall.conn, hall.person("clerk").id, "A001")
    hall.count("teller", key, "A001", place="三楼 301", status="idle")
    again = card(hall.conn, hall.person("clerk").id, "A001")
    assert one is not None
    assert again is not None
    assert (again.version, again.place, again.status) == (one.version, one.place, one.status)


def test_photo_that_is_not_the_units_is_refused(hall: Hall) -> None:
    key = hall.started()
    with pytest.raises(Refused) as refused:
        hall.count("teller", key, "A001", photos=["a" * 64])
    assert refused.value.code == "count.photo_unknown"


def test_undone_twice_is_undone_and_the_card_is_to_be_counted_again(hall: Hall) -> None:
    key, client = hall.started(), uuid4()
    hall.count("teller", key, "A001", client)
    for _ in range(2):
        assert undoing.undo(hall.conn, hall.person("teller"), key, client, NOW) == "A001"
    assert task.require(hall.conn, hall.person("clerk"), key).counted == 0


def test_whose_it_is_is_told_that_it_was_seen(hall: Hall) -> None:  # H2
    key, client = hall.started(), uuid4()
    helper = hall.organisation.users["helper"]
    tasks.hand_over(hall.conn, hall.person("clerk"), key, Part(person=None), helper, NOW, "")
    hall.count("teller", key, "A003", client)
    assert strays.tell_whose(hall.conn, hall.person("teller"), client, NOW) == "A003"
    told = scalar(hall.conn, "SELECT user_id FROM notice WHERE event = 'count.seen'")
    assert told == helper
    hall.conn.execute("UPDATE notice SET settled_at = now()")
    strays.tell_whose(hall.conn, hall.person("teller"), client, NOW)  # a retry: told once
    assert scalar(hall.conn, "SELECT count(*) FROM notice WHERE event = 'count.seen'") == 1
    with pytest.raises(Refused) as refused:
        strays.tell_whose(hall.conn, hall.person("teller"), uuid4(), NOW)
    assert refused.value.code == "count.nobody_to_tell"


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("sort", list(task.Sort))
def test_tasks_are_sorted_by_each_column_either_way_and_paged_so(
    hall: Hall, sort: task.Sort, turned: bool
) -> None:
    made = [hall.plan(name=name, due_on=date(2027, 1, day)) for name, day in (("丙", 5), ("甲", 9))]
    made += [hall.plan(name="乙", due_on=date(2027, 1, 5))]
    viewer = hall.person("clerk")

    def page(after: tuple[str, int] | None, back: bool) -> tuple[list[task.Stocktake], bool]:
        return task.page(hall.conn, viewer, task.Asked(sort, turned, after, back), size=2)

    rows = both_ways(page, lambda row: (task.KEYS[sort](row), row.id))
    assert {row.id for row in rows} >= set(made)
    if sort is task.Sort.DUE:
        days = [(row.due_on, row.id) for row in rows]
        assert days == sorted(days, reverse=turned)
    if sort is task.Sort.NEWEST:
        ids = [row.id for row in rows]
        assert ids == sorted(ids, reverse=not turned)


def test_plan_that_was_never_started_can_be_given_up(hall: Hall) -> None:
    key = hall.plan()
    clerk = hall.person("clerk")
    tasks.remove(hall.conn, clerk, key, NOW, "")
    assert task.stocktake(hall.conn, clerk, key) is None
    tasks.restore(hall.conn, clerk, key, NOW, "")
    assert task.require(hall.conn, clerk, key).stage is Stage.PLANNED
    key = hall.started()
    with pytest.raises(Refused) as refused:
        tasks.remove(hall.conn, clerk, key, NOW, "")
    assert refused.value.code == "stocktake.not_now"


def test_counts_of_a_card_are_told_to_those_who_see_its_unit(hall: Hall) -> None:  # A7, J4
    key = hall.started()
    answer = hall.count("teller", key, "A001", place="四楼走廊")
    assert answer.card_id is not None
    seen = counts.of_card(hall.conn, hall.person("clerk"), answer.card_id)
    assert [(one.stocktake_id, one.place) for one in seen] == [(key, "四楼走廊")]
    assert counts.of_card(hall.conn, hall.person("clerk2"), answer.card_id) == []
