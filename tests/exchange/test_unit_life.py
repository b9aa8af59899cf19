"""Listings and demands are as true as their unit: renamed, moved, reached elsewhere, closed (F1)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Self

import psycopg
import pytest

from db import Connection, Refused, scalar
from exchange import listings, publish, settle, sheets, squares
from exchange.kinds import Kind, State
from exchange.linked import items, push, systems
from exchange.ministry import books, mend
from exchange.ministry.difference import Kind as Differs
from exchange.square_query import Query, Tab
from registry.org import User, hold_unit, structure, user
from registry.org.structure import UnitForm
from registry.review import Action
from tests.exchange.conftest import CONTACT, NOW, MakeListing, Standing
from tests.exchange.office import Office
from tests.exchange.test_settle_at_once import AWAY, clerk, while_held
from tests.fixtures.database import Copy
from tests.registry.conftest import MakeCard, Organisation, Person

Move = Callable[..., structure.Unit]
MANY = """
    INSERT INTO listing (kind, scope, origin, card_id, unit_id, ministry, name, code, category,
                         card_type, division, status, quantity, measure, value, unit_name, facts,
                         contact, listed_at, sheet_id)
    SELECT kind, 'national', origin, NULL, unit_id, 'reported', name, 'N' || number, category,
           card_type, division, status, quantity, measure, value, unit_name, facts, contact,
           listed_at, sheet_id
      FROM listing, generate_series(1, 3000) AS number
     WHERE id = %(listing)s
"""


@pytest.fixture
def library(organisation: Organisation) -> int:
    return organisation.units["图书馆"]


@pytest.fixture
def move(conn: Connection, person: Person, library: int) -> Move:
    """Change the library as the administrator does: `move(name="省图书馆", division="460200")`."""

    def changed(**values: Any) -> structure.Unit:
        return changed_by(conn, person("admin"), library, **values)

    return changed


def changed_by(conn: Connection, admin: User, unit: int, **values: Any) -> structure.Unit:
    one = structure.required(conn, admin, unit)
    form = UnitForm(
        one.code, one.name, one.kind, one.division, one.parent_id, one.address, one.phone
    )
    return structure.change(conn, admin, unit, replace(form, **values), one.version, NOW)


@pytest.fixture
def office(conn: Connection, person: Person, make_card: MakeCard) -> Office:
    made = Office(conn, person)
    made.photograph(make_card(code="IDLE1", status="idle"))
    return made


def again(conn: Connection, listing: int) -> listings.Listing:
    found = listings.one(conn, listing)
    assert found is not None
    return found


def test_renamed_units_listings_and_demands_say_its_new_name_and_are_found_by_it(
    conn: Connection, organisation: Organisation, make_listing: MakeListing, move: Move
) -> None:
    one, demand = make_listing(), make_listing("demand")
    settling, other = make_listing(state="settling"), make_listing(unit="医院")
    closed = make_listing(state="delisted", reason="by_hand")
    move(name="琼崖图书馆")
    names = [again(conn, key).unit_name for key in (one, demand, settling, other, closed)]
    assert names == ["琼崖图书馆"] * 3 + ["医院", "图书馆"]  # what is closed tells of its time
    query = Query(Kind.TRANSFER, Tab.LOCAL, organisation.users["clerk2"], NOW, text="琼崖")
    rows, _more = squares.page(conn, query, squares.find(conn, query))
    assert {row.id for row in rows} == {one, settling}


def test_moved_unit_takes_its_cards_along_and_its_demand_where_it_was_wanted_at_the_units(
    conn: Connection, make_listing: MakeListing, move: Move
) -> None:
    card, here = make_listing(), make_listing("demand")
    facts = {**again(conn, here).facts, "division": "460000"}
    there = make_listing("demand", division="460000", facts=facts)
    move(division="460200")
    found = [again(conn, key) for key in (card, here, there)]
    assert [one.division for one in found] == ["460200", "460200", "460000"]
    assert [one.facts.get("division") for one in found] == [None, "460200", "460000"]


def test_address_and_phone_follow_where_they_were_the_units(
    conn: Connection, make_listing: MakeListing, move: Move
) -> None:
    move(address=CONTACT["address"], phone="0898-65300002")
    same, own = make_listing(), make_listing(contact={**CONTACT, "address": "仓库"})
    untouched = again(conn, own).version
    move(address="海口市新址 1 号", phone="0898-65300003")
    assert again(conn, same).contact == {**CONTACT, "address": "海口市新址 1 号"}
    assert again(conn, own).contact["address"] == "仓库"
    assert again(conn, own).version == untouched  # nothing of it was the unit's


def test_reported_ones_tell_the_ministry_once_in_the_same_transaction(
    office: Office, move: Move
) -> None:  # D3, F3
    listing = office.listed(Kind.TRANSFER, "IDLE1", scope="national")
    demand = office.listed(Kind.DEMAND, scope="local")
    move(phone="0898-65300009")  # neither sheet says so: nothing to tell
    assert office.outbox(listing) == ["publish"]
    move(name="琼崖图书馆", division="460200")
    assert office.outbox(listing) == ["publish", "update"]
    assert office.outbox(demand) == []
    assert office.history(listing)[-1] == office.history(demand)[-1] == "unit_changed"
    content = office.one(
        "SELECT content FROM ministry_outbox WHERE listing_id = %(listing)s AND document = 'update'",
        listing=listing.id,
    )
    assert isinstance(content, dict)
    assert (content["unit"], content["division"]) == ("琼崖图书馆", "460200")
    assert list(books.differences(office.conn)) == []


def test_audit_tells_of_all_of_them_once(
    conn: Connection, make_listing: MakeListing, move: Move, library: int
) -> None:  # J1
    keys = [make_listing(), make_listing("demand")]
    move(name="琼崖图书馆")
    rows = conn.execute(
        "SELECT actor, subject, facts FROM audit_entry WHERE action = 'listing.unit_changed'"
    ).fetchall()
    code = scalar(conn, "SELECT code FROM unit WHERE id = %(unit)s", unit=library)
    assert rows == [("admin", f"unit:{code}", {"listings": keys})]


def test_closed_unit_leaves_nothing_on_a_square(
    conn: Connection, person: Person, make_listing: MakeListing, library: int
) -> None:
    keys = [make_listing(scope="national", ministry="decided"), make_listing("demand")]
    other = make_listing(unit="医院")
    conn.execute("UPDATE app_user SET active = false WHERE unit_id = %s", (library,))
    structure.close(conn, person("admin"), library, NOW)
    found = [again(conn, key) for key in keys]
    assert {(one.state, one.reason) for one in found} == {(State.DELISTED, "unit_closed")}
    assert again(conn, other).state is State.LISTED
    queued = conn.execute("SELECT listing_id, document FROM ministry_outbox").fetchall()
    assert queued == [(keys[0], "delist")]


def test_unit_does_not_close_while_somebody_was_promised_something(
    conn: Connection, person: Person, make_listing: MakeListing, library: int
) -> None:
    listing = make_listing()
    make_listing(state="settling")
    conn.execute("UPDATE app_user SET active = false WHERE unit_id = %s", (library,))
    with pytest.raises(Refused) as refusal, conn.transaction():
        structure.close(conn, person("admin"), library, NOW)
    assert (refusal.value.code, refusal.value.facts["count"]) == ("listing.unit_settles", 1)
    assert again(conn, listing).state is State.LISTED


def test_sheet_of_a_closed_unit_is_not_approved(office: Office, library: int) -> None:
    sheet = office.draft(Kind.TRANSFER, "IDLE1")
    office.act("clerk", sheet, Action.SUBMIT)
    office.act("reviewer", sheet, Action.APPROVE)
    people = "UPDATE app_user SET active = false WHERE unit_id = %s"
    office.conn.execute(people, (library,))
    structure.close(office.conn, office.person("admin"), library, NOW)
    with pytest.raises(Refused, match=r"listing.unit_closed"), office.conn.transaction():
        office.act("department", sheet, Action.APPROVE)


def test_linked_system_of_a_closed_unit_pushes_nothing(
    conn: Connection, person: Person, library: int
) -> None:  # F4
    key, token = systems.register(conn, person("admin"), library, "仪器平台", NOW)
    system = systems.of_token(conn, token)
    assert system is not None
    assert system.id == key
    conn.execute("UPDATE app_user SET active = false WHERE unit_id = %s", (library,))
    structure.close(conn, person("admin"), library, NOW)
    assert systems.of_token(conn, token) is None
    with pytest.raises(Refused, match=r"linked.off"):
        push.check(conn, system, items.of_json(b'{"items": [], "complete": true}'), NOW)


def test_listing_that_lags_behind_its_unit_is_named_and_mended(
    conn: Connection, office: Office
) -> None:  # F3: what was renamed before listings followed
    listing = office.listed(Kind.TRANSFER, "IDLE1", scope="national")
    demand = office.listed(Kind.DEMAND, scope="local")
    conn.execute("UPDATE listing SET unit_name = '旧名', division = '460200'")
    named = {one.listing_id: (one.kind, one.facts["fields"]) for one in books.differences(conn)}
    assert named == {
        listing.id: (Differs.UNIT_DIFFERS, "unit, division"),
        demand.id: (Differs.UNIT_DIFFERS, "unit"),  # it is wanted where it says itself
    }
    for one in (listing, demand):
        mend.tell(conn, "admin", one.uid, NOW)
    assert list(books.differences(conn)) == []
    assert office.outbox(listing) == ["publish", "update"]


class Counted(psycopg.Cursor[Any]):
    """Counts what is sent to the server."""

    sent = 0

    def execute(self, *arguments: Any, **named: Any) -> Self:
        type(self).sent += 1
        return super().execute(*arguments, **named)


def test_thousands_follow_in_as_many_statements_as_one(
    conn: Connection, make_listing: MakeListing, move: Move
) -> None:
    listing = make_listing("demand", scope="national")
    conn.cursor_factory = Counted
    move(name="琼崖图书馆")
    for_one, Counted.sent = Counted.sent, 0
    conn.execute(MANY, {"listing": listing})
    move(name="琼州图书馆", division="460200")
    assert Counted.sent <= for_one + 1
    told = "SELECT count(*) FROM ministry_outbox WHERE content->>'unit' = '琼州图书馆'"
    assert scalar(conn, told) == 3001


def admin_of(standing: Standing) -> User:
    found = user(standing.conn, standing.organisation.users["admin"])
    assert found is not None
    return found


def test_renaming_and_settling_at_once_wait_in_one_order(
    database: Copy, standing: Standing
) -> None:
    """Whoever settles holds the unit before the listing: the renaming waits there, not crosswise."""
    listing, admin = standing.make_listing(), admin_of(standing)
    unit = standing.organisation.units["图书馆"]
    while_held(
        database, standing, lambda conn: hold_unit(conn, unit), listing,
        lambda conn: changed_by(conn, admin, unit, name="琼崖图书馆"),
    )  # fmt: skip
    assert again(standing.conn, listing).unit_name == "琼崖图书馆"


def test_settling_while_its_unit_is_renamed_waits_before_the_listing(
    database: Copy, standing: Standing
) -> None:
    listing, admin, actor = standing.make_listing(), admin_of(standing), clerk(standing)
    unit = standing.organisation.units["图书馆"]
    while_held(
        database, standing, lambda conn: changed_by(conn, admin, unit, name="琼崖图书馆"), listing,
        lambda conn: settle.register(conn, actor, listing, AWAY, NOW, ""),
    )  # fmt: skip
    found = again(standing.conn, listing)
    assert (found.unit_name, found.state) == ("琼崖图书馆", State.SETTLING)


def test_published_while_its_unit_is_renamed_it_bears_the_new_name(
    database: Copy, standing: Standing
) -> None:
    """Final approval copies the name that the unit has once it has it for itself."""
    listing, admin = standing.make_listing(state="delisted", reason="revoked"), admin_of(standing)
    unit, actor = standing.organisation.units["图书馆"], clerk(standing)
    sheet_id = again(standing.conn, listing).sheet_id
    found = sheets.require(standing.conn, actor, sheet_id or 0)
    while_held(
        database, standing, lambda conn: changed_by(conn, admin, unit, name="琼崖图书馆"), listing,
        lambda conn: publish.publish(conn, found, "reviewer", NOW),
    )  # fmt: skip
    (made,) = listings.of_sheet(standing.conn, found.id)
    assert made.unit_name == "琼崖图书馆"
