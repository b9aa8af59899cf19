"""Listings are as true as their cards (F1), and settling moves a card (D2, D3)."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from psycopg.types.json import Jsonb

from db import Connection, Refused
from exchange import life, listings, manage, settle, settle_finish, settle_form
from exchange.kinds import Document, Kind, Ministry, State
from exchange.ministry import mend
from registry import review
from registry.cards import ChangeKind, apply, card, changes, drafting, fields, uploads
from registry.cards.change_rules import RULES
from registry.cards.field import CardField, Whose
from registry.cards.kinds import Group
from registry.cards.life import relatives
from registry.notices import NoticeSettings, mail
from registry.review import Action
from registry.words import Label
from tests.exchange.office import NOW, Office
from tests.registry.conftest import Desk, MakeCard, Person

ALL = [kind for kind in ChangeKind if kind not in {ChangeKind.REGISTER, ChangeKind.IMPORT}]


@pytest.fixture
def office(conn: Connection, person: Person, make_card: MakeCard) -> Office:
    """An office with an idle card and a shareable one in use, both photographed."""
    made = Office(conn, person)
    made.photograph(make_card(code="IDLE1", status="idle"))
    made.photograph(make_card(code="SHARE1", status="in_use", shareable="true"))
    return made


@pytest.fixture
def at_desk(office: Office) -> Desk:
    return Desk(office.conn, office.person)


@pytest.mark.parametrize("state", [State.LISTED, State.SETTLING])
@pytest.mark.parametrize("kind", ALL)
def test_table_has_one_row_for_every_change_of_a_live_listing(
    kind: ChangeKind, state: State
) -> None:
    rows = [row for row in life.TABLE if kind in row.kinds and row.state is state]
    assert len(rows) == 1


@pytest.mark.parametrize("state", [State.SETTLED, State.DELISTED])
def test_nothing_happens_to_what_is_closed(state: State) -> None:
    assert all(life.row_of(kind, state) is None for kind in RULES)


def test_changed_card_updates_its_listing_and_tells_the_ministry(
    office: Office, at_desk: Desk
) -> None:
    listing = office.listed(Kind.TRANSFER, "IDLE1", scope="national")
    at_desk.approved(ChangeKind.ATTRIBUTES, "IDLE1", name="台式计算机（八成新）")
    again = office.again(listing)
    assert (again.name, again.state) == ("台式计算机（八成新）", State.LISTED)
    assert office.outbox(listing) == ["publish", "update"]


def test_settled_share_shows_what_its_card_is_by_now(office: Office, at_desk: Desk) -> None:
    share = office.listed(Kind.SHARE, "SHARE1")
    dates = {"from_on": "2026-12-01", "until_on": "2027-05-31"}
    office.settle(share, "医院", **dates)
    at_desk.approved(ChangeKind.STATUS, "SHARE1", status="to_dispose")
    again = office.again(share)
    assert (again.status, again.state) == ("to_dispose", State.SETTLED)


def test_local_listing_is_updated_without_a_word_upward(office: Office, at_desk: Desk) -> None:
    listing = office.listed(Kind.TRANSFER, "IDLE1")
    at_desk.approved(ChangeKind.ATTRIBUTES, "IDLE1", name="新名")
    assert office.again(listing).name == "新名"
    assert office.outbox(listing) == []


@pytest.mark.parametrize(
    ("kind", "code", "change", "values", "reason"),
    [
        (Kind.TRANSFER, "IDLE1", ChangeKind.STATUS, {"status": "in_use"}, "not_eligible"),
        (Kind.TRANSFER, "IDLE1", ChangeKind.REQUISITION,
         {"taken_on": "2026-11-20", "using_section": "办公室", "custodian": "林晓岚"}, "not_eligible"),
        (Kind.TRANSFER, "IDLE1", ChangeKind.DISPOSE, {"form": "scrap", "disposed_on": "2026-11-20"}, "disposed"),
        (Kind.SHARE, "SHARE1", ChangeKind.RETURN, {"returned_on": "2026-11-20"}, "returned"),
        (Kind.SHARE, "SHARE1", ChangeKind.SHAREABLE, {"shareable": "false"}, "not_eligible"),
        (Kind.SHARE, "SHARE1", ChangeKind.DISPOSE, {"form": "scrap", "disposed_on": "2026-11-20"}, "disposed"),
    ],
)  # fmt: skip
def test_what_takes_the_ground_away_delists_at_once_with_the_reason(
    office: Office, at_desk: Desk, kind: Kind, code: str, change: ChangeKind,
    values: dict[str, str], reason: str,
) -> None:  # fmt: skip
    listing = office.listed(kind, code, scope="national")
    at_desk.approved(change, code, **values)
    again = office.again(listing)
    assert (again.state, again.reason) == (State.DELISTED, reason)
    assert office.outbox(listing) == ["publish", "delist"]


def test_split_delists(office: Office, at_desk: Desk, make_card: MakeCard) -> None:
    office.photograph(make_card(code="MANY1", status="idle", quantity="2.00"))
    listing = office.listed(Kind.TRANSFER, "MANY1")
    typed = at_desk.typed(ChangeKind.SPLIT, "MANY1")
    one = card(office.conn, office.person("clerk").id, "MANY1")
    assert one is not None
    parts = drafting.default_parts(changes.before_of(office.conn, one))
    typed = drafting.Typed(typed.values, parts)
    made = changes.draft(office.conn, office.person("clerk"), ChangeKind.SPLIT, "MANY1", typed, NOW)
    assert isinstance(made, int)
    at_desk.act("clerk", made, Action.SUBMIT)
    at_desk.act("reviewer", made, Action.APPROVE)
    assert office.again(listing).reason == "split"


def test_notice_period_begins_with_the_status_and_is_not_prolonged(
    office: Office, at_desk: Desk
) -> None:  # F2
    listing = office.listed(Kind.TRANSFER, "IDLE1")
    at_desk.approved(ChangeKind.STATUS, "IDLE1", status="to_dispose")
    assert office.again(listing).until_on is not None
    office.conn.execute("UPDATE listing SET until_on = '2026-11-30' WHERE id = %s", (listing.id,))
    at_desk.approved(ChangeKind.ATTRIBUTES, "IDLE1", name="改名")
    assert str(office.again(listing).until_on) == "2026-11-30"
    at_desk.approved(ChangeKind.STATUS, "IDLE1", status="idle")
    assert office.again(listing).until_on is None


def test_delisting_needs_a_reason_and_tells_the_ministry(office: Office) -> None:  # D1, D3
    listing = office.listed(Kind.TRANSFER, "IDLE1", scope="national")
    clerk = office.person("clerk")
    with pytest.raises(Refused) as refusal:
        manage.delist(office.conn, clerk, listing.id, "  ", NOW, "")
    assert refusal.value.code == "listing.reason_missing"
    manage.delist(office.conn, clerk, listing.id, "另有安排", NOW, "")
    assert office.again(listing).state is State.DELISTED
    assert office.outbox(listing) == ["publish", "delist"]
    with pytest.raises(Refused) as refusal:
        manage.delist(office.conn, clerk, listing.id, "再来", NOW, "")
    assert refusal.value.code == "listing.not_listed"


def test_another_units_listing_is_not_there_to_manage(office: Office) -> None:  # J4
    listing = office.listed(Kind.TRANSFER, "IDLE1")
    with pytest.raises(Refused) as refusal:
        manage.delist(office.conn, office.person("clerk2"), listing.id, "x", NOW, "")
    assert refusal.value.code == "listing.not_found"


def test_settled_transfer_moves_the_card_when_its_disposal_is_approved(office: Office) -> None:
    """D2: the giver's card ends as disposed, the receiver gets a drafted one with its photos."""
    listing = office.listed(Kind.TRANSFER, "IDLE1", scope="national")
    disposal = office.settle(listing, "医院", way="free_transfer")
    assert disposal is not None
    assert office.again(listing).state is State.SETTLING
    assert office.outbox(listing) == ["publish"]
    office.dispose(disposal)
    assert office.again(listing).state is State.SETTLED
    assert office.outbox(listing) == ["publish", "settle"]
    giver = card(office.conn, office.person("clerk").id, "IDLE1")
    assert giver is not None
    assert giver.status == "disposed"
    assert office.again(listing).status == "disposed"  # what its square shows beside it (A3)
    found = settle.settlement(office.conn, listing.id)
    assert found is not None
    assert found.received_change is not None
    clerk2 = office.person("clerk2")
    draft = changes.require(office.conn, clerk2, found.received_change)
    assert (draft.after["code"], draft.after["acquisition_way"]) == ("IDLE1-T1", "transfer")
    assert draft.after["photos"] == f"{giver.id:064x}"


def test_unit_that_lost_its_preparers_meanwhile_is_named_and_nothing_is_approved(
    office: Office,
) -> None:  # D2
    listing = office.listed(Kind.TRANSFER, "IDLE1")
    disposal = office.settle(listing, "医院", way="free_transfer")
    assert disposal is not None
    office.change("clerk", disposal, Action.SUBMIT)
    office.change("reviewer", disposal, Action.APPROVE)
    office.conn.execute("UPDATE app_user SET active = false WHERE login = 'clerk2'")
    refused = is_refused(office, "department", disposal, Action.APPROVE)
    assert (refused.code, refused.facts["unit"]) == ("settle.nobody_receives", "医院")
    assert office.again(listing).state is State.SETTLING


def test_received_card_keeps_its_photos_and_knows_where_it_came_from(office: Office) -> None:
    listing = office.listed(Kind.TRANSFER, "IDLE1")
    disposal = office.settle(listing, "医院", way="donation")
    assert disposal is not None
    office.dispose(disposal)
    found = settle.settlement(office.conn, listing.id)
    assert found is not None
    clerk2 = office.person("clerk2")
    draft = changes.require(office.conn, clerk2, found.received_change or 0)
    apply.apply(office.conn, draft, NOW)
    new = card(office.conn, clerk2.id, "IDLE1-T1")
    assert new is not None
    assert (new.acquisition_way, new.custodian, new.using_section) == ("donation", "", "")
    assert len(uploads.photos_of(office.conn, new.id)) == 1
    (giver,) = relatives(office.conn, new.id, clerk2.id)
    assert (giver.code, giver.origin, giver.moved, giver.visible) == ("IDLE1", True, True, False)


BOOKS = {
    "supplier": "海南某商贸公司", "ledger_account": "1601 固定资产", "voucher_number": "记-0042",
    "fiscal_funds": "5000.00", "other_funds": "600.00", "custodian": "符海燕", "place": "二楼 205",
    "using_section": "采编部", "managing_section": "办公室", "purpose": "编目",
}  # fmt: skip
OF_THE_THING = {
    "brand": "联想", "model": "启天 M4", "serial_number": "PC-2021-0042", "maker": "联想（北京）",
    "specification": "16 GB", "original_value": "5600.00", "accumulated_depreciation": "1200.50",
    "value_type": "original", "origin_country": "中国", "warranty_until": "2027-01-31",
}  # fmt: skip


def test_received_card_has_the_assets_facts_and_none_of_the_givers_books(
    office: Office, make_card: MakeCard
) -> None:  # A3, D2, J4
    facts = {**BOOKS, **OF_THE_THING, "acquisition_way": "purchase", "acquired_on": "2021-03-01"}
    office.photograph(make_card(code="FULL1", status="idle", **facts))
    listing = office.listed(Kind.TRANSFER, "FULL1")
    office.dispose(office.settle(listing, "医院", way="free_transfer") or 0)
    found = settle.settlement(office.conn, listing.id)
    assert found is not None
    draft = changes.require(office.conn, office.person("clerk2"), found.received_change or 0)
    assert {name: draft.after.get(name, "") for name in OF_THE_THING} == OF_THE_THING
    assert {name for name in BOOKS if draft.after.get(name) or draft.before.get(name)} == set()
    own = {one.name for one in fields.FIELDS if one.whose is not Whose.THING}
    assert {name: draft.after[name] for name in own & draft.after.keys() if draft.after[name]} == {
        "code": "FULL1-T1", "status": "in_use", "shareable": "false",
        "acquisition_way": "transfer", "acquired_on": "2026-11-24",
    }  # fmt: skip


def test_field_of_a_card_must_say_whose_fact_it_is() -> None:
    with pytest.raises(TypeError, match="whose"):
        CardField("colour", Label("颜色", "Colour"), Group.BASIC)  # type: ignore[call-arg]


def test_receiver_outside_the_system_gets_no_draft(office: Office) -> None:
    listing = office.listed(Kind.TRANSFER, "IDLE1")
    disposal = office.settle(listing, "广东省立中山图书馆", way="donation", outside="yes")
    assert disposal is not None
    office.dispose(disposal)
    found = settle.settlement(office.conn, listing.id)
    assert found is not None
    assert (found.partner_unit_id, found.received_change) == (None, None)
    assert office.again(listing).state is State.SETTLED


def is_refused(office: Office, login: str, change: int, action: Action) -> Refused:
    """What an act on a change is refused with; nothing has happened then."""
    with pytest.raises(Refused) as refusal, office.conn.transaction():
        office.change(login, change, action)
    return refusal.value


def edit_disposal(office: Office, change: int, **details: str) -> dict[str, Refused]:
    """Save it anew; the refusals by field."""
    clerk = office.person("clerk")
    found = changes.require(office.conn, clerk, change)
    seen = review.standing(office.conn, found.review_id).version
    typed = drafting.Typed({**found.before, **found.details, **details}, reason=found.reason)
    return changes.edit(office.conn, clerk, change, seen, typed, NOW).refusals


OF_LIBRARY = {"form": "free_transfer", "receiver": "医院", "disposed_on": "2026-11-20"}


def test_another_disposal_of_a_card_that_is_being_settled_is_not_saved(
    office: Office, at_desk: Desk
) -> None:  # D2
    office.settle(office.listed(Kind.TRANSFER, "IDLE1"), "医院", way="free_transfer")
    typed = at_desk.typed(ChangeKind.DISPOSE, "IDLE1", **OF_LIBRARY)
    clerk = office.person("clerk")
    made = changes.draft(office.conn, clerk, ChangeKind.DISPOSE, "IDLE1", typed, NOW)
    assert isinstance(made, drafting.Draft)
    assert {name: one.code for name, one in made.refusals.items()} == {"": "settle.other_disposal"}


def test_disposal_drafted_before_the_settlement_is_neither_submitted_nor_approved(
    office: Office, at_desk: Desk
) -> None:  # D2
    listing = office.listed(Kind.TRANSFER, "IDLE1")
    drafted = at_desk.draft(ChangeKind.DISPOSE, "IDLE1", **OF_LIBRARY)
    submitted = at_desk.draft(ChangeKind.DISPOSE, "IDLE1", **OF_LIBRARY)
    office.change("clerk", submitted, Action.SUBMIT)
    office.settle(listing, "医院", way="free_transfer")
    refused = is_refused(office, "reviewer", submitted, Action.APPROVE)
    assert refused.code == "settle.other_disposal"
    office.change("clerk", submitted, Action.RECALL)
    assert is_refused(office, "clerk", drafted, Action.SUBMIT).code == "settle.other_disposal"
    assert office.again(listing).state is State.SETTLING


OTHERWISE = pytest.mark.parametrize(
    ("details", "fields"),
    [
        ({"form": "donation"}, ["form"]),
        ({"form": "scrap", "receiver": ""}, ["form", "receiver"]),
        ({"receiver": "某学校"}, ["receiver"]),
        ({"receiver": "财政局"}, ["receiver"]),
    ],
)


@OTHERWISE
def test_disposal_of_another_form_or_receiver_than_registered_is_not_saved(
    office: Office, details: dict[str, str], fields: list[str]
) -> None:  # D2, J3
    disposal = office.settle(office.listed(Kind.TRANSFER, "IDLE1"), "医院", way="free_transfer")
    assert disposal is not None
    refusals = edit_disposal(office, disposal, **details)
    assert {name: one.code for name, one in refusals.items()} == {
        name: f"settle.other_{name}" for name in fields
    }
    kept = changes.require(office.conn, office.person("clerk"), disposal).details
    assert (kept["form"], kept["receiver"]) == ("free_transfer", "医院")


@OTHERWISE
@pytest.mark.parametrize("at", [Action.SUBMIT, Action.APPROVE])
def test_disposal_that_differs_already_is_neither_submitted_nor_approved(
    office: Office, details: dict[str, str], fields: list[str], at: Action
) -> None:  # D2: whatever came about by other ways
    listing = office.listed(Kind.TRANSFER, "IDLE1")
    disposal = office.settle(listing, "医院", way="free_transfer")
    assert disposal is not None
    if at is Action.APPROVE:
        office.change("clerk", disposal, Action.SUBMIT)
        office.change("reviewer", disposal, Action.APPROVE)
    office.conn.execute(
        "UPDATE card_change SET details = details || %s WHERE id = %s", (Jsonb(details), disposal)
    )
    refused = is_refused(office, "department" if at is Action.APPROVE else "clerk", disposal, at)
    assert (refused.code, refused.facts["field"]) == (f"settle.other_{fields[0]}", fields[0])
    found = settle.settlement(office.conn, listing.id)
    assert found is not None
    assert (found.way, found.received_change, found.done_at) == ("free_transfer", None, None)


@OTHERWISE
def test_final_approval_checks_once_more_for_itself(
    office: Office, details: dict[str, str], fields: list[str]
) -> None:  # D2
    listing = office.listed(Kind.TRANSFER, "IDLE1")
    disposal = office.settle(listing, "医院", way="free_transfer")
    found = changes.require(office.conn, office.person("clerk"), disposal or 0)
    other = replace(found, details={**found.details, **details})
    held = listings.hold(office.conn, listing.id)
    with pytest.raises(Refused, match=rf"settle.other_{fields[0]}"):
        settle_finish.finish(office.conn, held, other, "department", NOW)


def test_receiver_may_be_written_by_its_code(office: Office) -> None:
    listing = office.listed(Kind.TRANSFER, "IDLE1")
    disposal = office.settle(listing, "医院", way="free_transfer")
    assert disposal is not None
    code = office.one("SELECT code FROM unit WHERE name = '医院'")
    assert edit_disposal(office, disposal, receiver=f"{code} 医院") == {}
    office.dispose(disposal)
    assert office.again(listing).state is State.SETTLED


def test_disposal_that_is_given_up_lists_the_asset_again(office: Office) -> None:
    listing = office.listed(Kind.TRANSFER, "IDLE1")
    office.settle(listing, "医院", way="free_transfer")
    settle.cancel(office.conn, office.person("clerk"), listing.id, NOW, "")
    assert office.again(listing).state is State.LISTED
    assert settle.settlement(office.conn, listing.id) is None
    assert office.history(listing) == ["listed", "settling", "restored"]
    assert office.settle(listing, "医院", way="donation") is not None


def test_share_and_demand_are_settled_at_once(office: Office) -> None:  # D2
    share = office.listed(Kind.SHARE, "SHARE1", scope="national")
    dates = {"from_on": "2026-12-01", "until_on": "2027-05-31", "compensation": "1200"}
    assert office.settle(share, "医院", **dates) is None
    assert office.again(share).state is State.SETTLED
    assert office.outbox(share) == ["publish", "settle"]
    demand = office.listed(Kind.DEMAND)
    office.settle(demand, "医院")
    assert office.again(demand).state is State.SETTLED


@pytest.mark.parametrize(
    ("from_on", "until_on", "field", "code"),
    [
        ("2026-12-02", "2026-12-01", "until_on", "settle.ends_before_it_begins"),
        ("2026-01-01", "2026-11-01", "until_on", "settle.ended_already"),
        ("2026-12-01", "2099-12-01", "until_on", "value.date_late"),
        ("2099-12-01", "2099-12-02", "from_on", "value.date_late"),
    ],
)
def test_a_period_of_use_is_one_that_can_be(
    office: Office, from_on: str, until_on: str, field: str, code: str
) -> None:  # D2, J3
    typed = {"partner": "医院", "from_on": from_on, "until_on": until_on}
    asked, _values, refusals = settle_form.read(office.conn, Kind.SHARE, typed, NOW.date())
    assert asked is None
    assert refusals[field].code == code


def test_a_use_that_has_ended_can_still_be_corrected(office: Office) -> None:  # D2
    typed = {"partner": "医院", "from_on": "2026-01-01", "until_on": "2026-11-01"}
    asked, _values, refusals = settle_form.read(
        office.conn, Kind.SHARE, typed, NOW.date(), correcting=True
    )
    assert refusals == {}
    assert asked is not None
    assert str(asked.until_on) == "2026-11-01"


def test_unit_does_not_settle_with_itself_nor_twice(office: Office) -> None:
    demand = office.listed(Kind.DEMAND)
    with pytest.raises(Refused) as refusal:
        office.settle(demand, "图书馆")
    assert refusal.value.code == "settle.own_unit"
    office.settle(demand, "医院")
    with pytest.raises(Refused) as refusal:
        office.settle(demand, "医院")
    assert refusal.value.code == "listing.not_listed"


def test_unit_is_told_when_a_change_takes_its_listing_down(office: Office, at_desk: Desk) -> None:
    listing = office.listed(Kind.TRANSFER, "IDLE1")
    at_desk.approved(ChangeKind.STATUS, "IDLE1", status="in_use")
    rows = office.conn.execute("SELECT address, facts FROM notice WHERE event = 'listing.delisted'")
    facts = {"title": listing.name, "number": "IDLE1", "reason": "not_eligible"}  # A2: no words
    assert [row for row in rows if row != (f"/squares/transfer/{listing.id}", facts)] == []


def test_mail_says_in_both_languages_why_a_change_took_a_listing_down(
    office: Office, at_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:  # A2
    monkeypatch.setenv("PANHUO_SMTP_HOST", "127.0.0.1")
    office.conn.execute("UPDATE app_user SET email = 'clerk@lib.example' WHERE login = 'clerk'")
    office.listed(Kind.TRANSFER, "IDLE1")
    at_desk.approved(ChangeKind.STATUS, "IDLE1", status="in_use")
    payload: Any = office.one(
        "SELECT payload FROM delivery WHERE payload ->> 'event' = 'listing.delisted'"
    )
    text = mail.compose(payload, uuid4(), NoticeSettings(), NOW).get_content()
    assert "原因：不再符合发布条件\n" in text
    chinese, english = text.split("Taken down:")
    assert "Reason: No longer eligible\n" in english
    assert "Reason" not in chinese


def test_ministrys_word_does_not_survive_nor_revive_a_delisting(office: Office) -> None:
    listing = office.listed(Kind.TRANSFER, "IDLE1", scope="national")
    manage.delist(office.conn, office.person("clerk"), listing.id, "不再调剂", NOW, "")
    listings.set_ministry(office.conn, listing.id, Ministry.DECIDED, "system:ministry", NOW)
    assert office.again(listing).state is State.DELISTED


@pytest.mark.parametrize("settling", [False, True])
def test_telling_takes_down_what_may_not_stand_also_while_it_is_settled(
    office: Office, settling: bool
) -> None:  # F3
    listing = office.listed(Kind.TRANSFER, "IDLE1", scope="national")
    if settling:
        office.settle(listing, way="free_transfer")
    office.conn.execute("UPDATE card SET status = 'in_use' WHERE code = 'IDLE1'")
    assert mend.tell(office.conn, "admin", listing.uid, NOW) is Document.DELIST
    stands = office.again(listing)
    assert (stands.state, stands.reason) == (State.DELISTED, "not_eligible")
    assert settle.settlement(office.conn, listing.id) is None
