"""Cards change only by a change that was reviewed, and never behind anybody's back (A4, A5)."""

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from db import Connection, Refused, audit, scalar
from registry import review
from registry.cards import ChangeKind, Status, card, change_list, changes, uploads
from registry.cards.change_rules import RULES
from registry.cards.drafting import Draft, Typed, default_parts
from registry.review import Action, Standing, State
from tests.registry.conftest import NOW, VALUES, MakeCard, Organisation, Person

K = ChangeKind
CODE = VALUES["code"]


class Desk:
    """What people do with changes, shortened."""

    def __init__(self, conn: Connection, person: Person) -> None:
        self.conn, self.person = conn, person

    def typed(self, kind: ChangeKind, code: str, **values: str) -> Typed:
        """The form as it comes filled in, with some values typed over."""
        one = card(self.conn, self.person("clerk").id, code)
        before = changes.before_of(self.conn, one) if one else {}
        return Typed({**before, **values})

    def draft(self, kind: ChangeKind, code: str = CODE, login: str = "clerk", **values: str) -> int:
        typed = self.typed(kind, code, **values)
        made = changes.draft(self.conn, self.person(login), kind, code, typed, NOW)
        assert isinstance(made, int), {n: str(r) for n, r in made.refusals.items()}
        return made

    def act(self, login: str, change: int, action: Action, opinion: str = "") -> Standing:
        found = changes.change(self.conn, self.person(login).id, change)
        assert found is not None
        seen = review.standing(self.conn, found.review_id).version
        return changes.act(self.conn, self.person(login), change, action, seen, opinion, NOW, "")

    def approved(self, kind: ChangeKind, code: str = CODE, **values: str) -> int:
        change = self.draft(kind, code, **values)
        self.act("clerk", change, Action.SUBMIT)
        standing = self.act("reviewer", change, Action.APPROVE)
        if standing.state is State.IN_REVIEW:
            standing = self.act("department", change, Action.APPROVE)
        assert standing.state is State.APPROVED
        return change

    def row(self, code: str = CODE) -> dict[str, Any]:
        one = card(self.conn, self.person("clerk").id, code)
        assert one is not None
        return {name: getattr(one, name) for name in one.__slots__}


@pytest.fixture
def desk(conn: Connection, person: Person, make_card: MakeCard) -> Desk:
    make_card()
    return Desk(conn, person)


def test_card_stays_as_it_is_until_final_approval(desk: Desk) -> None:
    change = desk.draft(K.STATUS, status="idle")
    assert desk.row()["status"] is Status.IN_USE
    desk.act("clerk", change, Action.SUBMIT)
    assert desk.row()["status"] is Status.IN_USE
    desk.act("reviewer", change, Action.APPROVE)
    row = desk.row()
    assert (row["status"], row["version"], row["updated_at"]) == (Status.IDLE, 2, NOW)


def test_nothing_but_what_was_changed_changes(desk: Desk) -> None:
    before = desk.row()
    desk.approved(K.ATTRIBUTES, brand="", specification="32 GB", using_section="办公室")
    after = desk.row()
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"brand", "characteristic", "using_section", "version", "updated_at"}
    assert after["characteristic"] == {"specification": "32 GB"}


def test_emptied_characteristic_is_gone(desk: Desk) -> None:
    desk.approved(K.ATTRIBUTES, specification="")
    assert desk.row()["characteristic"] == {}


def test_change_against_an_outdated_card_is_refused_and_can_be_drafted_anew(desk: Desk) -> None:
    late = desk.draft(K.ATTRIBUTES, place="三楼 302")
    desk.approved(K.STATUS, status="idle")
    with pytest.raises(Refused) as refused, desk.conn.transaction():
        desk.act("clerk", late, Action.SUBMIT)
    assert refused.value.code == "change.outdated"
    found = changes.change(desk.conn, desk.person("clerk").id, late)
    assert found is not None
    assert found.outdated
    typed = desk.typed(K.ATTRIBUTES, CODE, place="三楼 302")
    seen = review.standing(desk.conn, found.review_id).version
    made = changes.edit(desk.conn, desk.person("clerk"), late, seen, typed, NOW)
    assert made.refusals == {}
    desk.act("clerk", late, Action.SUBMIT)
    desk.act("reviewer", late, Action.APPROVE)
    row = desk.row()
    assert (row["status"], row["place"]) == (Status.IDLE, "三楼 302")


def test_two_changes_of_a_card_are_never_under_review_together(desk: Desk) -> None:
    first, second = desk.draft(K.STATUS, status="idle"), desk.draft(K.ATTRIBUTES, place="A")
    desk.act("clerk", first, Action.SUBMIT)
    with pytest.raises(Refused) as refused, desk.conn.transaction():
        desk.act("clerk", second, Action.SUBMIT)
    assert refused.value.code == "change.another_in_review"
    found = changes.change(desk.conn, desk.person("clerk").id, second)
    assert found is not None
    assert review.standing(desk.conn, found.review_id).state is State.DRAFT


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
            {"loan": "leased", "taker": "某公司", "from_on": "2026-11-01", "until_on": "2026-11-01"},
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


def test_finally_approved_change_can_not_be_revoked(desk: Desk) -> None:
    change = desk.approved(K.STATUS, status="idle")
    with pytest.raises(Refused) as refused:
        desk.act("reviewer", change, Action.REVOKE)
    assert refused.value.code == "change.applied_already"


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


def split_of(desk: Desk, count: int) -> int:
    one = card(desk.conn, desk.person("clerk").id, "JJ2015000482")
    assert one is not None
    parts = default_parts(changes.before_of(desk.conn, one), count)
    parts[1] |= {"status": "idle", "shareable": "true", "place": "库房"}
    typed = Typed({}, parts)
    made = changes.draft(desk.conn, desk.person("clerk"), K.SPLIT, one.code, typed, NOW)
    assert isinstance(made, int)
    desk.act("clerk", made, Action.SUBMIT)
    desk.act("reviewer", made, Action.APPROVE)
    return one.id


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


def test_other_units_card_is_a_secret_and_its_change_can_not_be_drafted(desk: Desk) -> None:
    with pytest.raises(Refused) as refused:
        changes.card_for(desk.conn, desk.person("clerk2"), CODE, K.STATUS)
    assert refused.value.code == "card.no_such_card"
    change = desk.draft(K.STATUS, status="idle")
    assert changes.change(desk.conn, desk.person("clerk2").id, change) is None
    assert changes.change(desk.conn, desk.person("department").id, change) is not None


def test_draft_is_edited_by_a_colleague_but_never_over_unseen_edits(desk: Desk) -> None:
    change = desk.draft(K.STATUS, status="idle")
    typed = desk.typed(K.STATUS, CODE, status="to_dispose")
    changes.edit(desk.conn, desk.person("colleague"), change, 0, typed, NOW)
    with pytest.raises(Refused) as refused:
        changes.edit(desk.conn, desk.person("clerk"), change, 0, typed, NOW)
    assert refused.value.code == "review.edited"


def test_deleted_draft_is_gone_and_audited_and_a_returned_one_becomes_void(desk: Desk) -> None:
    clerk, never, returned = desk.person("clerk"), desk.draft(K.STATUS, status="idle"), 0
    changes.remove(desk.conn, clerk, never, 0, NOW, "")
    assert changes.change(desk.conn, clerk.id, never) is None
    returned = desk.draft(K.STATUS, status="idle")
    desk.act("clerk", returned, Action.SUBMIT)
    desk.act("reviewer", returned, Action.RETURN, "不对")
    changes.remove(desk.conn, clerk, returned, 2, NOW, "")
    found = changes.change(desk.conn, clerk.id, returned)
    assert found is not None
    assert review.standing(desk.conn, found.review_id).state is State.VOID
    actions = [entry.action for entry in audit.entries(desk.conn)]
    assert actions == [
        "card_change.drafted", "card_change.deleted", "card_change.drafted",
        "card_change.submitted", "card_change.returned", "card_change.made_void",
    ]  # fmt: skip
    assert audit.verify(audit.entries(desk.conn), audit.head(desk.conn)).breaks == ()


def picture(colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (60, 40), colour).save(out, "PNG")
    return out.getvalue()


def test_photos_come_with_the_change_and_only_from_the_units_own_uploads(
    desk: Desk, tmp_path: Path
) -> None:
    clerk, conn = desk.person("clerk"), desk.conn
    mine = uploads.take_photo(conn, tmp_path, clerk, "a.png", picture("red"), NOW).digest
    theirs = uploads.take_photo(
        conn, tmp_path, desk.person("clerk2"), "b.png", picture("blue"), NOW
    ).digest
    typed = desk.typed(K.STATUS, CODE, status="idle")
    with_photos = Typed(typed.values, (), (mine, theirs, "0" * 64), ())
    made = changes.draft(conn, clerk, K.STATUS, CODE, with_photos, NOW)
    assert isinstance(made, int)
    one = card(conn, clerk.id, CODE)
    assert one is not None
    assert uploads.photos_of(conn, one.id) == []
    desk.act("clerk", made, Action.SUBMIT)
    desk.act("reviewer", made, Action.APPROVE)
    assert uploads.photos_of(conn, one.id) == [mine]


def test_photos_keep_their_order_and_can_be_taken_away(desk: Desk, tmp_path: Path) -> None:
    clerk, conn = desk.person("clerk"), desk.conn
    three = tuple(
        uploads.take_photo(conn, tmp_path, clerk, "a.png", picture(colour), NOW).digest
        for colour in ("red", "green", "blue")
    )
    one = card(conn, clerk.id, CODE)
    assert one is not None
    for wanted in (three, three[::-1], three[1:2]):
        made = changes.draft(conn, clerk, K.ATTRIBUTES, CODE,
                             Typed(desk.typed(K.ATTRIBUTES, CODE).values, (), wanted, None), NOW)  # fmt: skip
        assert isinstance(made, int)
        desk.act("clerk", made, Action.SUBMIT)
        desk.act("reviewer", made, Action.APPROVE)
        assert uploads.photos_of(conn, one.id) == list(wanted)


def test_section_that_is_gone_by_the_approval_is_named(
    desk: Desk, organisation: Organisation
) -> None:
    change = desk.draft(K.ATTRIBUTES, using_section="读者服务部")
    desk.act("clerk", change, Action.SUBMIT)
    desk.conn.execute("UPDATE section SET name = '读者部' WHERE name = '读者服务部'")
    with pytest.raises(Refused) as refused:
        desk.act("reviewer", change, Action.APPROVE)
    assert (refused.value.code, refused.value.facts["section"]) == (
        "change.section_gone", "读者服务部",
    )  # fmt: skip


def test_lists_have_each_change_in_its_tab(desk: Desk) -> None:
    draft = desk.draft(K.ATTRIBUTES, place="A")
    pending = desk.draft(K.STATUS, status="idle")
    desk.act("clerk", pending, Action.SUBMIT)
    found = {}
    for login in ("clerk", "reviewer", "department", "clerk2"):
        user = desk.person(login)
        units = [user.unit_id] if login != "department" else [desk.person("clerk").unit_id]
        for tab in change_list.Tab:
            query = change_list.ChangeQuery(user, units, tab)
            rows, _ = change_list.page(desk.conn, query)
            found[login, tab.value] = [row.id for row in rows]
            assert change_list.count(desk.conn, query) == len(rows)
    assert found["clerk", "draft"] == [draft]
    assert found["clerk", "pending"] == found["reviewer", "pending"] == [pending]
    assert found["department", "draft"] == []  # somebody else's draft is nobody's business
    assert found["department", "pending"] == [pending]
    assert not any(found["clerk2", tab.value] for tab in change_list.Tab)
    mine = change_list.ChangeQuery(
        desk.person("reviewer"), [desk.person("clerk").unit_id], mine=True
    )
    assert [row.mine for row in change_list.page(desk.conn, mine)[0]] == [True]
