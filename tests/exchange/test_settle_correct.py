"""What was registered of a settled share or demand is corrected: audited, with a reason (D2, D3)."""

from dataclasses import replace
from datetime import date

import pytest

from db import Connection, Refused
from exchange import settle, settle_correct, settle_form
from exchange.kinds import Kind
from exchange.listings import Listing
from exchange.settle_form import Settling
from tests.exchange.office import NOW, Office
from tests.registry.conftest import MakeCard, Organisation, Person

USED = {"from_on": "2026-12-01", "until_on": "2027-05-31"}
REASON = "接收单位登记错了"


@pytest.fixture
def office(conn: Connection, person: Person, make_card: MakeCard) -> Office:
    made = Office(conn, person)
    made.photograph(make_card(code="SHARED1", status="in_use", shareable="true"))
    made.photograph(make_card(code="IDLE1", status="idle"))
    return made


@pytest.fixture
def shared(office: Office) -> Listing:
    """A national share that is used by the hospital."""
    listing = office.listed(Kind.SHARE, "SHARED1", scope="national")
    office.settle(listing, **USED)
    return office.again(listing)


def as_registered(office: Office, listing: Listing) -> Settling:
    found = settle.settlement(office.conn, listing.id)
    assert found is not None
    return Settling(
        found.partner_unit_id, found.partner, found.way, found.from_on, found.until_on,
        found.compensation, found.note,
    )  # fmt: skip


def correct(office: Office, one: Listing, asked: Settling, reason: str = REASON) -> None:
    clerk = office.person("clerk")
    settle_correct.correct(office.conn, clerk, one.id, one.version, asked, reason, NOW)


def told(office: Office) -> set[str]:
    rows = office.conn.execute(
        "SELECT login FROM notice JOIN app_user ON app_user.id = user_id WHERE event = 'listing.corrected'"
    )
    return {login for (login,) in rows}


@pytest.mark.parametrize("typed", ["医院", " 医院 ", "h", "Ｈ", "Ｈ　医院", "H 医院"])
def test_the_other_party_is_typed_by_code_or_name_wide_or_narrow(
    office: Office, organisation: Organisation, typed: str
) -> None:  # J3
    found = settle_form.partner_of(office.conn, typed)
    assert found == (organisation.units["医院"], "医院")


def test_a_corrected_share_is_used_by_whom_and_as_long_as_it_says(
    office: Office, shared: Listing
) -> None:
    unit, name = settle_form.partner_of(office.conn, "省图书馆学会")
    was = as_registered(office, shared)
    asked = replace(was, partner_unit=unit, partner=name, until_on=date(2027, 6, 30))
    correct(office, shared, asked)
    assert as_registered(office, shared) == asked
    assert office.again(shared).state == "settled"
    assert office.history(shared)[-1] == "corrected"
    assert office.outbox(shared)[-2:] == ["settle", "settle"]  # D3: the ministry knows it so
    assert "clerk" in told(office)
    assert "clerk2" in told(office)  # who was named before
    entry = office.one(
        "SELECT facts::text FROM audit_entry WHERE action = 'listing.corrected' "
        "ORDER BY id DESC LIMIT 1"
    )
    assert all(word in str(entry) for word in (REASON, "2027-05-31", "2027-06-30", was.partner))


def test_a_settled_demand_is_corrected_too(office: Office) -> None:
    demand = office.listed(Kind.DEMAND)
    office.settle(demand)
    one = office.again(demand)
    correct(office, one, replace(as_registered(office, one), note="分两批提供"))
    assert as_registered(office, one).note == "分两批提供"


@pytest.mark.parametrize(
    ("reason", "changes", "code"),
    [
        ("  ", {"note": "x"}, "settle.reason_missing"),
        ("x" * 201, {"note": "x"}, "settle.reason_long"),
        (REASON, {}, "settle.nothing_corrected"),
    ],
)
def test_a_correction_says_why_and_corrects_something(
    office: Office, shared: Listing, reason: str, changes: dict[str, str], code: str
) -> None:
    before = as_registered(office, shared)
    with pytest.raises(Refused) as refused:
        correct(office, shared, replace(before, note=changes.get("note", before.note)), reason)
    assert refused.value.code == code
    assert as_registered(office, shared) == before


def test_of_two_who_correct_at_once_the_second_is_told(office: Office, shared: Listing) -> None:
    asked = as_registered(office, shared)
    correct(office, shared, replace(asked, note="一"))
    with pytest.raises(Refused, match=r"settle\.corrected_meanwhile"):
        correct(office, shared, replace(asked, note="二"))


def test_nothing_is_given_to_oneself_and_nobody_elses_is_corrected(
    office: Office, shared: Listing
) -> None:
    asked = as_registered(office, shared)
    with pytest.raises(Refused, match=r"settle\.own_unit"):
        correct(office, shared, replace(asked, partner_unit=shared.unit_id))
    with pytest.raises(Refused, match=r"listing\.not_found"):
        settle_correct.correct(
            office.conn, office.person("clerk2"), shared.id, shared.version, asked, REASON, NOW
        )


def test_a_transfer_that_moves_its_card_is_not_corrected_here(office: Office) -> None:
    listing = office.listed(Kind.TRANSFER, "IDLE1")
    change = office.settle(listing, way="free_transfer")
    assert change is not None
    office.dispose(change)
    one = office.again(listing)
    assert one.state == "settled"
    with pytest.raises(Refused, match=r"settle\.not_correctable"):
        correct(office, one, replace(as_registered(office, one), note="x"))
