"""Each kind of change asks what it needs and makes of the card what it says (A5)."""

import pytest

from db import Refused, scalar
from registry import review
from registry.cards import CardType, ChangeKind, Status, card, changes, drafting
from registry.cards.change_rules import RULES
from registry.cards.drafting import Draft, Typed, default_parts, part_fields
from registry.review import Action, State
from tests.registry.conftest import NOW, VALUES, Desk, MakeCard

K = ChangeKind
CODE = VALUES["code"]


def split_of(desk: Desk, count: int, **renamed: str) -> int:
    """A card that is split; sections are `renamed` before the split is approved."""
    one = card(desk.conn, desk.person("clerk").id, "JJ2015000482")
    assert one is not None
    parts = default_parts(changes.before_of(desk.conn, one), count)
    parts[1] |= {"status": "idle", "shareable": "true", "place": "库房"}
    typed = Typed({}, parts)
    made = changes.draft(desk.conn, desk.person("clerk"), K.SPLIT, one.code, typed, NOW)
    assert isinstance(made, int)
    desk.act("clerk", made, Action.SUBMIT)
    for old, new in renamed.items():
        desk.conn.execute("UPDATE section SET name = %s WHERE name = %s", (new, old))
    desk.act("reviewer", made, Action.APPROVE)
    return one.id


@pytest.mark.parametrize(
    ("kind", "start", "values", "expected"),
    [
        (K.STATUS, "in_use", {"status": "to_dispose"}, {"status": "to_dispose"}),
        (K.SHAREABLE, "in_use", {"shareable": "true"}, {"shareable": True}),
        (
            K.REQUISITION, "idle",
            {"using_section": "办公室", "custodian": "李小梅", "taken_on": "2026-11-20"},
            {"status": "in_use", "using_section": "办公室", "custodian": "李小梅"},
        ),
        (
            K.RETURN, "in_use", {"returned_on": "2026-11-20", "place": "库房"},
            {"status": "idle", "using_section": "", "custodian": "", "place": "库房"},
        ),
        (
            K.REPAIR, "in_use",
            {"fault": "不能开机", "repairer": "联想", "repaired_from": "2026-11-01", "cost": "300"},
            {"status": "in_use"},
        ),
        (
            K.LEASE_LEND, "idle",
            {"loan": "lent", "taker": "医院", "from_on": "2026-11-01", "until_on": "2027-01-01"},
            {"status": "lent"},
        ),
        (
            K.LEASE_LEND, "in_use",
            {"loan": "leased", "taker": "某公司", "from_on": "2026-11-24", "until_on": "2026-11-24"},
            {"status": "leased"},
        ),
        (
            K.RECOVER, "lent", {"status": "to_dispose", "recovered_on": "2026-11-20"},
            {"status": "to_dispose"},
        ),
        (
            K.DISPOSE, "to_dispose", {"form": "scrap", "disposed_on": "2026-11-20"},
            {"status": "disposed"},
        ),
    ],
)  # fmt: skip
def test_every_kind_does_what_it_says(
    desk: Desk,
    make_card: MakeCard,
    kind: ChangeKind,
    start: str,
    values: dict[str, str],
    expected: dict[str, object],
) -> None:
    make_card(code="TEST-1", status=start)
    change = desk.approved(kind, "TEST-1", **values)
    row = desk.row("TEST-1")
    assert {name: row[name] for name in expected} == expected
    found = changes.change(desk.conn, desk.person("clerk").id, change)
    assert found is not None
    assert found.applied_at == NOW


def test_no_choice_is_offered_that_is_refused_afterwards(desk: Desk, make_card: MakeCard) -> None:
    offered = {one.name: dict(one.choices) for one in part_fields()}
    assert set(offered["status"]) == {"in_use", "idle", "to_dispose"}
    make_card(code="TEST-1", status="idle")
    fields = {one.name: one for one in drafting.offered(K.STATUS, CardType.GENERAL_EQUIPMENT,
                                                        {"status": "idle"})}  # fmt: skip
    for status, _label in fields["status"].choices:
        assert "status" not in refusals(desk, K.STATUS, {"status": status})


def refusals(desk: Desk, kind: ChangeKind, values: dict[str, str]) -> dict[str, str]:
    """What is wrong with a change of TEST-1, by field; {} where it is kept."""
    typed = desk.typed(kind, "TEST-1", **values)
    made = changes.draft(desk.conn, desk.person("clerk"), kind, "TEST-1", typed, NOW)
    return {n: why.code for n, why in made.refusals.items()} if isinstance(made, Draft) else {}


def test_nothing_is_done_with_an_asset_before_it_was_acquired(
    desk: Desk, make_card: MakeCard
) -> None:
    make_card(code="TEST-1", status="in_use", acquired_on="2024-03-18")
    values = {"fault": "不亮", "repairer": "联想", "repaired_from": "2024-03-17"}
    assert refusals(desk, K.REPAIR, values) == {"repaired_from": "change.before_acquired"}


@pytest.mark.parametrize(
    ("begins", "given", "ends", "back", "field"),
    [
        (
            K.REQUISITION, {"using_section": "办公室", "custodian": "A", "taken_on": "2026-11-20"},
            K.RETURN, {}, "returned_on",
        ),
        (
            K.LEASE_LEND,
            {"loan": "lent", "taker": "A", "from_on": "2026-11-20", "until_on": "2027-01-01"},
            K.RECOVER, {"status": "idle"}, "recovered_on",
        ),
    ],
)  # fmt: skip
def test_nothing_comes_back_before_it_went(
    desk: Desk,
    make_card: MakeCard,
    begins: ChangeKind,
    given: dict[str, str],
    ends: ChangeKind,
    back: dict[str, str],
    field: str,
) -> None:
    make_card(code="TEST-1", status="idle")
    desk.approved(begins, "TEST-1", **given)
    early = refusals(desk, ends, back | {field: "2026-11-19"})
    assert early == {field: "change.ends_what_had_not_begun"}
    assert refusals(desk, ends, back | {field: "2026-11-20"}) == {}


@pytest.mark.parametrize("kind", [kind for kind in K if kind not in {K.REGISTER, K.IMPORT}])
@pytest.mark.parametrize("status", list(Status))
def test_kind_is_refused_for_a_card_in_another_status(
    desk: Desk, make_card: MakeCard, kind: ChangeKind, status: Status
) -> None:
    make_card(code="TEST-1", status=status.value)
    if status in RULES[kind].statuses:
        assert changes.card_for(desk.conn, desk.person("clerk"), "TEST-1", kind).status is status
        return
    with pytest.raises(Refused) as refused:
        changes.card_for(desk.conn, desk.person("clerk"), "TEST-1", kind)
    assert refused.value.code == "change.not_in_this_status"


@pytest.mark.parametrize(
    ("kind", "start", "values", "field", "code"),
    [
        (K.STATUS, "in_use", {"status": "in_use"}, "status", "change.same_status"),
        (K.STATUS, "in_use", {"status": "lent"}, "status", "value.choice"),
        (K.RECOVER, "lent", {"status": "", "recovered_on": "2026-11-01"}, "status", "value.required"),
        (K.RECOVER, "lent", {"status": "lent", "recovered_on": "2026-11-01"}, "status", "value.choice"),
        (K.REQUISITION, "idle", {"using_section": "", "custodian": "A", "taken_on": "2026-11-01"}, "using_section", "value.required"),
        (K.LEASE_LEND, "idle", {"loan": "lent", "taker": "A", "from_on": "2026-11-02", "until_on": "2026-11-01"}, "until_on", "change.ends_before_it_begins"),
        (K.LEASE_LEND, "idle", {"loan": "lent", "taker": "A", "from_on": "2026-01-02", "until_on": "2026-11-01"}, "until_on", "change.ended_already"),
        (K.LEASE_LEND, "idle", {"loan": "leased", "taker": "A", "from_on": "2026-12-01", "until_on": "2046-12-02"}, "until_on", "change.lease_long"),
        (K.REQUISITION, "idle", {"using_section": "办公室", "custodian": "A", "taken_on": "2099-11-01"}, "taken_on", "value.date_late"),
        (K.REQUISITION, "idle", {"using_section": "办公室", "custodian": "A", "taken_on": "1926-11-01"}, "taken_on", "value.date_early"),
        (K.RECOVER, "lent", {"status": "idle", "recovered_on": "2027-11-01"}, "recovered_on", "value.date_ahead"),
        (K.DISPOSE, "idle", {"form": "free_transfer", "disposed_on": "2026-11-01"}, "receiver", "change.receiver_missing"),
        (K.DISPOSE, "idle", {"form": "gift", "disposed_on": "2026-11-01"}, "form", "value.choice"),
        (K.ATTRIBUTES, "idle", {}, "", "change.nothing_changed"),
        (K.ATTRIBUTES, "idle", {"accumulated_depreciation": "5600.01"}, "accumulated_depreciation", "value.above_original"),
        (K.ATTRIBUTES, "idle", {"category": "A05000000"}, "category", "value.category_of_other_type"),
    ],
)  # fmt: skip
def test_wrong_input_is_refused_by_field_and_nothing_is_stored(
    desk: Desk,
    make_card: MakeCard,
    kind: ChangeKind,
    start: str,
    values: dict[str, str],
    field: str,
    code: str,
) -> None:
    make_card(code="TEST-1", status=start)
    typed = desk.typed(kind, "TEST-1", **values)
    made = changes.draft(desk.conn, desk.person("clerk"), kind, "TEST-1", typed, NOW)
    assert isinstance(made, Draft)
    assert made.refusals[field].code == code
    assert scalar(desk.conn, "SELECT count(*) FROM card_change") == 0


def test_disposal_passes_the_department_too(desk: Desk) -> None:
    change = desk.draft(K.DISPOSE, form="scrap", disposed_on="2026-11-20")
    desk.act("clerk", change, Action.SUBMIT)
    assert desk.act("reviewer", change, Action.APPROVE).state is State.IN_REVIEW
    assert desk.row()["status"] is Status.IN_USE


def test_new_card_stands_after_its_approval(desk: Desk) -> None:
    typed = Typed({**VALUES, "code": "TY2026000009", "other_funds": ""})
    made = changes.draft(desk.conn, desk.person("clerk"), K.REGISTER, "", typed, NOW)
    assert isinstance(made, int)
    assert card(desk.conn, desk.person("clerk").id, "TY2026000009") is None
    desk.act("clerk", made, Action.SUBMIT)
    desk.act("reviewer", made, Action.APPROVE)
    row = desk.row("TY2026000009")
    assert (str(row["original_value"]), row["using_section"], row["version"]) == (
        "5600.00", "采编部", 1,
    )  # fmt: skip


def test_code_that_is_taken_is_refused_at_once_and_at_approval(
    desk: Desk, make_card: MakeCard
) -> None:
    typed = Typed(VALUES)
    made = changes.draft(desk.conn, desk.person("clerk"), K.REGISTER, "", typed, NOW)
    assert isinstance(made, Draft)
    assert made.refusals["code"].code == "card.code_taken"
    late = changes.draft(desk.conn, desk.person("clerk"), K.REGISTER, "",
                         Typed({**VALUES, "code": "TY9999"}), NOW)  # fmt: skip
    assert isinstance(late, int)
    desk.act("clerk", late, Action.SUBMIT)
    make_card(code="TY9999")
    with pytest.raises(Refused) as refused, desk.conn.transaction():
        desk.act("reviewer", late, Action.APPROVE)
    assert refused.value.code == "card.code_taken"
    found = changes.change(desk.conn, desk.person("clerk").id, late)
    assert found is not None
    assert review.standing(desk.conn, found.review_id).state is State.IN_REVIEW


def test_split_makes_cards_that_add_up_each_with_its_own_status(
    desk: Desk, make_card: MakeCard
) -> None:
    make_card(
        code="JJ2015000482", name="书架", category="A05000000", type="furniture",
        quantity="46.00", original_value="73600.01", accumulated_depreciation="100.00",
        fiscal_funds="73600.01",
    )  # fmt: skip
    origin = split_of(desk, 3)
    rows = desk.conn.execute(
        "SELECT code, quantity, original_value, status, shareable, place, origin_id, version "
        "FROM card WHERE code LIKE 'JJ2015000482%' ORDER BY code"
    ).fetchall()
    assert [row[0] for row in rows] == ["JJ2015000482", "JJ2015000482-02", "JJ2015000482-03"]
    assert sum(row[1] for row in rows) == 46
    assert str(sum(row[2] for row in rows)) == "73600.01"
    assert [row[3:6] for row in rows[:2]] == [
        ("in_use", False, "二楼 205"), ("idle", True, "库房"),
    ]  # fmt: skip
    assert [row[6:] for row in rows] == [(None, 2), (origin, 1), (origin, 1)]


def test_a_splits_parts_keep_the_section_under_its_name_of_now(
    desk: Desk, make_card: MakeCard
) -> None:
    make_card(code="JJ2015000482", using_section="读者服务部", quantity="46")
    split_of(desk, 2, 读者服务部="读者部")
    rows = desk.conn.execute(
        "SELECT section.name FROM card JOIN section ON section.id = card.using_section_id "
        "WHERE card.code LIKE 'JJ2015000482%'"
    ).fetchall()
    assert [name for (name,) in rows] == ["读者部"] * 2
