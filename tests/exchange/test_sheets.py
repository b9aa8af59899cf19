"""Sheets: who may publish what, saved unchanged, reviewed, listed, taken back (B, C)."""

from decimal import Decimal

import pytest

from db import Connection, Refused, scalar
from exchange import eligibility, listings, sheets
from exchange.kinds import Kind, Ministry, State
from exchange.sheet import amounts, attachments_of, cards_of
from exchange.sheet_form import Checked, Typed
from registry import review
from registry.review import Action
from registry.review import State as Stands
from tests.exchange.conftest import MakeListing
from tests.exchange.office import DEMAND, HEAD, NOW, Office
from tests.registry.conftest import MakeCard, Person


@pytest.fixture
def office(conn: Connection, person: Person, make_card: MakeCard) -> Office:
    """An office with two idle cards, photographed, and one in use."""
    made = Office(conn, person)
    for code, status in (("IDLE1", "idle"), ("IDLE2", "to_dispose"), ("USED1", "in_use")):
        made.photograph(make_card(code=code, status=status))
    return made


def refused(made: int | Checked, code: str) -> str:
    assert isinstance(made, Checked)
    return made.refused_cards[code].code


def test_saved_sheet_reopens_unchanged(office: Office) -> None:  # B1
    key = office.draft(Kind.TRANSFER, "IDLE2", "IDLE1", note="库房一角", scope="national")
    found = sheets.require(office.conn, office.person("clerk"), key)
    assert (found.scope, found.contact, found.note) == ("national", "林晓岚", "库房一角")
    assert [one.code for one in cards_of(office.conn, key)] == ["IDLE2", "IDLE1"]
    assert attachments_of(office.conn, key) == []


@pytest.mark.parametrize(
    ("kind", "status", "shareable", "reason"),
    [
        (Kind.TRANSFER, "idle", "false", None),
        (Kind.TRANSFER, "to_dispose", "false", None),
        (Kind.TRANSFER, "in_use", "true", "sheet.not_transferable"),
        (Kind.TRANSFER, "lent", "true", "sheet.not_transferable"),
        (Kind.TRANSFER, "disposed", "false", "sheet.not_transferable"),
        (Kind.SHARE, "in_use", "true", None),
        (Kind.SHARE, "idle", "true", None),
        (Kind.SHARE, "idle", "false", "sheet.not_shareable"),
        (Kind.SHARE, "disposed", "true", "sheet.not_shareable"),
    ],
)
def test_picker_and_save_check_agree_on_what_may_be_published(
    office: Office, make_card: MakeCard, kind: Kind, status: str, shareable: str, reason: str | None
) -> None:  # A8, B2
    office.photograph(make_card(code="CASE1", status=status, shareable=shareable))
    unit = office.person("clerk").unit_id
    picked = {one.code for one in eligibility.picks(office.conn, kind, unit, None)}
    assert ("CASE1" in picked) is (reason is None)
    made = office.check(kind, "CASE1")
    assert isinstance(made, int) if reason is None else refused(made, "CASE1") == reason


def test_another_units_card_is_as_if_it_were_not_there(
    office: Office, make_card: MakeCard
) -> None:  # B2, J4
    make_card(unit="医院", code="HOSP1", status="idle")
    assert refused(office.check(Kind.TRANSFER, "HOSP1"), "HOSP1") == "sheet.no_such_card"
    assert refused(office.check(Kind.TRANSFER, "NONE1"), "NONE1") == "sheet.no_such_card"


def test_card_without_a_photo_is_picked_but_not_saved_until_it_has_one(
    office: Office, make_card: MakeCard
) -> None:  # B3
    card = make_card(code="BARE1", status="idle")
    unit = office.person("clerk").unit_id
    picks = {one.code: one for one in eligibility.picks(office.conn, Kind.TRANSFER, unit, None)}
    assert picks["BARE1"].photographed is False
    assert refused(office.check(Kind.TRANSFER, "BARE1"), "BARE1") == "sheet.no_photo"
    office.photograph(card)
    assert isinstance(office.check(Kind.TRANSFER, "BARE1"), int)


def test_a_card_is_on_one_open_sheet_and_in_one_live_listing(office: Office) -> None:  # B2
    office.draft(Kind.TRANSFER, "IDLE1")
    assert refused(office.check(Kind.TRANSFER, "IDLE1"), "IDLE1") == "sheet.on_another_sheet"
    office.approved(Kind.TRANSFER, "IDLE2")
    assert refused(office.check(Kind.TRANSFER, "IDLE2"), "IDLE2") == "sheet.listed_already"


def test_card_that_stands_on_a_square_through_a_linked_system_is_for_no_sheet(
    office: Office, make_listing: MakeListing
) -> None:  # A8, B2: picker, save check and submit agree
    clerk = office.person("clerk")
    before = office.draft(Kind.TRANSFER, "IDLE1")
    for code in ("IDLE1", "IDLE2"):
        key = office.one("SELECT id FROM card WHERE code = %(code)s", code=code)
        make_listing(origin="linked", card_id=key, code=code)
    for sheet in (None, before):
        picks = eligibility.picks(office.conn, Kind.TRANSFER, clerk.unit_id, sheet)
        assert {"IDLE1", "IDLE2"} & {one.code for one in picks} == set()
    assert refused(office.check(Kind.TRANSFER, "IDLE2"), "IDLE2") == "sheet.listed_already"
    with pytest.raises(Refused, match=r"sheet.listed_already"), office.conn.transaction():
        office.act("clerk", before, Action.SUBMIT)
    seen = review.standing(office.conn, sheets.require(office.conn, clerk, before).review_id)
    made = sheets.edit(office.conn, clerk, before, seen.version, Typed(HEAD, ("IDLE1",)), NOW, "")
    assert refused(made, "IDLE1") == "sheet.listed_already"


def test_nothing_is_stored_of_a_sheet_that_is_refused(office: Office) -> None:  # J3
    made = office.check(Kind.TRANSFER, "USED1", contact="", scope="galaxy")
    assert isinstance(made, Checked)
    assert {"contact", "scope"} <= made.refusals.keys()
    assert office.one("SELECT count(*) FROM sheet") == 0


def test_sheet_without_cards_is_refused(office: Office) -> None:
    made = office.check(Kind.TRANSFER)
    assert isinstance(made, Checked)
    assert made.refusals["cards"].code == "sheet.no_cards"


def test_too_many_attachments_are_refused_and_none_is_left_out(office: Office) -> None:  # J3
    files = tuple(f"{number:064x}" for number in range(21))
    typed = Typed(HEAD, ("IDLE1",), files)
    made = sheets.draft(office.conn, office.person("clerk"), Kind.TRANSFER, typed, NOW, "")
    assert isinstance(made, Checked)
    assert made.refusals["attachments"].code == "sheet.too_many_files"
    assert made.attachments == files


def test_edit_is_refused_in_another_version_than_was_seen(office: Office) -> None:
    key = office.draft(Kind.TRANSFER, "IDLE1")
    typed = Typed({**HEAD, "note": "x"}, ("IDLE1",))
    sheets.edit(office.conn, office.person("clerk"), key, 0, typed, NOW, "")
    with pytest.raises(Refused) as stale:
        sheets.edit(office.conn, office.person("colleague"), key, 0, typed, NOW, "")
    assert stale.value.code == "review.edited"


def test_recall_works_until_the_next_node_has_acted(office: Office) -> None:  # B4
    key = office.draft(Kind.TRANSFER, "IDLE1")
    office.act("clerk", key, Action.SUBMIT)
    assert office.act("clerk", key, Action.RECALL).state is Stands.DRAFT
    office.act("clerk", key, Action.SUBMIT)
    office.act("reviewer", key, Action.APPROVE)
    with pytest.raises(Refused) as refusal:
        office.act("clerk", key, Action.RECALL)
    assert refusal.value.code == "review.acted_already"


def test_national_scope_adds_finance_to_the_chain(office: Office) -> None:  # C1
    local = office.approved(Kind.TRANSFER, "IDLE1", scope="local")
    national = office.draft(Kind.TRANSFER, "IDLE2", scope="national")
    office.act("clerk", national, Action.SUBMIT)
    office.act("reviewer", national, Action.APPROVE)
    office.act("department", national, Action.APPROVE)
    assert listings.of_sheet(office.conn, local)[0].state is State.LISTED
    assert listings.of_sheet(office.conn, national) == []
    office.act("finance2", national, Action.APPROVE)
    assert listings.of_sheet(office.conn, national)[0].ministry is Ministry.UNREPORTED


def test_local_documents_are_not_reported(office: Office) -> None:  # C3
    listing = office.listed(Kind.TRANSFER, "IDLE1")
    assert listing.ministry is Ministry.NONE
    assert office.outbox(listing) == []


def test_final_approval_lists_every_card_once_and_reports_national_ones(office: Office) -> None:
    sheet = office.approved(Kind.TRANSFER, "IDLE1", "IDLE2", scope="national")
    found = listings.of_sheet(office.conn, sheet)
    assert [one.code for one in found] == ["IDLE1", "IDLE2"]
    assert [office.outbox(one) for one in found] == [["publish"], ["publish"]]
    assert found[0].until_on is None
    assert str(found[1].until_on) == "2026-12-09"  # F2: to_dispose, 15 days


def test_card_that_lost_its_eligibility_is_not_approved(office: Office) -> None:
    key = office.draft(Kind.TRANSFER, "IDLE1")
    office.act("clerk", key, Action.SUBMIT)
    office.conn.execute("UPDATE card SET status = 'in_use' WHERE code = 'IDLE1'")
    with pytest.raises(Refused) as refusal, office.conn.transaction():
        office.act("reviewer", key, Action.APPROVE)
    assert refusal.value.code == "sheet.not_transferable"
    assert office.act("reviewer", key, Action.RETURN, "状态已变").state is Stands.RETURNED


def test_unreported_final_approval_can_be_revoked_and_given_again(office: Office) -> None:  # C4
    key = office.approved(Kind.TRANSFER, "IDLE1", scope="national")
    assert office.act("finance2", key, Action.REVOKE).state is Stands.IN_REVIEW
    assert listings.of_sheet(office.conn, key) == []
    assert office.one("SELECT count(*) FROM ministry_outbox") == 0
    office.act("finance2", key, Action.APPROVE)
    assert [one.state for one in listings.of_sheet(office.conn, key)] == [State.LISTED]


@pytest.mark.parametrize("begun", ["attempts = 1", "state = 'accepted'"])
def test_reported_final_approval_is_not_revoked(office: Office, begun: str) -> None:  # C4
    key = office.approved(Kind.TRANSFER, "IDLE1", scope="national")
    office.conn.execute(f"UPDATE ministry_outbox SET {begun}")
    with pytest.raises(Refused) as refusal, office.conn.transaction():
        office.act("finance2", key, Action.REVOKE)
    assert refusal.value.code == "review.reported_already"
    assert listings.of_sheet(office.conn, key)[0].state is State.LISTED


def test_nobody_reviews_what_they_prepared(office: Office) -> None:  # C1
    key = office.draft(Kind.DEMAND, login="reviewer")
    office.act("reviewer", key, Action.SUBMIT)
    with pytest.raises(Refused) as refusal:
        office.act("reviewer", key, Action.APPROVE)
    assert refusal.value.code == "review.own_document"
    office.act("deputy", key, Action.APPROVE)


def test_demand_is_kept_with_all_its_fields(office: Office) -> None:  # G1
    listing = office.listed(Kind.DEMAND)
    kept = {**DEMAND, "division": "460100", "quantity": "2.00"}
    head = HEAD.keys()
    assert dict(listing.facts) == {name: value for name, value in kept.items() if name not in head}
    assert dict(listing.contact) == {
        name: kept[name] for name in ("contact", "phone", "address", "note")
    }
    assert (listing.name, str(listing.until_on), listing.status) == (
        "求台式计算机",
        "2026-12-20",
        "transfer",
    )


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("title", "", "value.required"),
        ("division", "999999", "demand.division"),
        ("closing_on", "2026-11-23", "demand.closed_already"),
        ("wanted_by", "2026-11-23", "demand.wanted_before"),
        ("wanted_by", "2099-11-23", "value.date_late"),
        ("phone", "123", "value.phone"),
        ("phone", "call me", "value.phone"),
        ("quantity", "0", "value.number_range"),
        ("category", "A99999999", "value.category"),
        ("urgency", "sometime", "value.choice"),
    ],
)
def test_wrong_demand_names_the_field_and_the_rule(
    office: Office, field: str, value: str, code: str
) -> None:  # J3
    made = office.check(Kind.DEMAND, **{field: value})
    assert isinstance(made, Checked)
    assert made.refusals[field].code == code


@pytest.mark.parametrize(
    ("login", "scope", "code"),
    [
        ("clerk", "local", None),
        ("clerk", "national", None),
        ("finance", "local", None),
        ("finance", "national", "sheet.scope_not_yours"),
    ],
)
def test_type_of_user_decides_which_demands_it_publishes(
    office: Office, login: str, scope: str, code: str | None
) -> None:  # E6
    made = office.check(Kind.DEMAND, login=login, scope=scope)
    found = made.refusals["scope"].code if isinstance(made, Checked) else None
    assert found == code


@pytest.mark.parametrize("login", ["auditor", "admin"])
def test_other_types_publish_no_demands(office: Office, login: str) -> None:  # E6
    with pytest.raises(Refused) as refusal:
        office.check(Kind.DEMAND, login=login)
    assert refusal.value.code == "sheet.type_not_yours"


def test_deleted_draft_comes_back_unless_its_card_has_gone_on_another_sheet(
    office: Office,
) -> None:  # B2
    clerk = office.person("clerk")
    key = office.draft(Kind.TRANSFER, "IDLE1")
    sheets.remove(office.conn, clerk, key, 0, NOW, "")
    assert sheets.sheet(office.conn, clerk, key) is None
    sheets.restore(office.conn, clerk, key, NOW, "")
    seen = review.standing(office.conn, sheets.require(office.conn, clerk, key).review_id).version
    sheets.remove(office.conn, clerk, key, seen, NOW, "")
    office.draft(Kind.TRANSFER, "IDLE1")
    with pytest.raises(Refused) as refused:
        sheets.restore(office.conn, clerk, key, NOW, "")
    assert (refused.value.code, refused.value.facts["code"]) == ("undo.card_taken", "IDLE1")


def test_draft_is_deleted_but_what_was_submitted_becomes_void(office: Office) -> None:
    clerk = office.person("clerk")
    key = office.draft(Kind.TRANSFER, "IDLE1")
    sheets.remove(office.conn, clerk, key, 0, NOW, "")
    assert sheets.sheet(office.conn, clerk, key) is None
    key = office.draft(Kind.TRANSFER, "IDLE1")
    office.act("clerk", key, Action.SUBMIT)
    office.act("reviewer", key, Action.RETURN, "请补照片")
    seen = review.standing(office.conn, sheets.require(office.conn, clerk, key).review_id).version
    sheets.remove(office.conn, clerk, key, seen, NOW, "")
    found = sheets.require(office.conn, clerk, key)
    assert review.standing(office.conn, found.review_id).state is Stands.VOID
    assert isinstance(office.check(Kind.TRANSFER, "IDLE1"), int)


def test_another_units_sheet_is_a_secret(office: Office) -> None:  # J4
    key = office.approved(Kind.TRANSFER, "IDLE1")
    draft = office.draft(Kind.TRANSFER, "IDLE2")
    assert sheets.sheet(office.conn, office.person("clerk2"), key) is None
    assert sheets.sheet(office.conn, office.person("department"), key) is not None
    assert sheets.sheet(office.conn, office.person("department"), draft) is None


def test_every_step_is_audited(office: Office) -> None:  # J1
    office.approved(Kind.TRANSFER, "IDLE1")
    rows = office.conn.execute(
        "SELECT action FROM audit_entry WHERE action LIKE 'sheet.%' OR action LIKE 'transfer_sheet.%' "
        "OR action LIKE 'listing.%' ORDER BY id"
    )
    told = [action for (action,) in rows]
    assert told[0] == "sheet.drafted"
    assert "listing.listed" in told
    assert len(told) == 5
    assert scalar(office.conn, "SELECT count(*) FROM listing_event") == 1


@pytest.mark.parametrize(
    ("names", "title"),
    [
        (["书架"], "书架"),
        (["书架", "书架", "书架"], "书架 × 3"),
        (["书架", "阅览室"], "书架 等 2 项"),
    ],
)
def test_a_sheet_of_several_kinds_of_things_is_not_so_many_of_the_first(
    office: Office, make_card: MakeCard, names: list[str], title: str
) -> None:
    codes = [f"MX2026{n:06}" for n in range(len(names))]
    for code, name in zip(codes, names, strict=True):
        office.photograph(make_card(code=code, name=name, status="idle"))
    sheet = office.draft(Kind.TRANSFER, *codes)
    asked = (
        "SELECT title FROM review JOIN sheet ON review_id = review.id WHERE sheet.id = %(sheet)s"
    )
    assert office.one(asked, sheet=sheet) == title


def test_amounts_of_different_units_of_measure_are_not_added_up(
    office: Office, make_card: MakeCard
) -> None:
    made = (("台", "2"), ("平方米", "120.50"), ("台", "1"))
    codes = [f"MY2026{n:06}" for n in range(len(made))]
    for code, (measure, quantity) in zip(codes, made, strict=True):
        office.photograph(make_card(code=code, measure=measure, quantity=quantity, status="idle"))
    held = cards_of(office.conn, office.draft(Kind.TRANSFER, *codes))
    assert amounts(held) == [(Decimal(3), "台"), (Decimal("120.50"), "平方米")]
