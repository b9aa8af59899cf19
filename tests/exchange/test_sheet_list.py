"""Lists of sheets: what waits on whom (C1, D4)."""

from dataclasses import replace

import pytest

from db import Connection
from exchange import sheet_list, sheets
from exchange.kinds import Kind
from exchange.sheet_form import Typed
from exchange.sheet_list import SheetQuery, Tab
from registry.review import Action
from tests.exchange.office import DEMAND, NOW, Office
from tests.fixtures.paging import both_ways
from tests.registry.conftest import MakeCard, Organisation, Person


@pytest.fixture
def office(conn: Connection, person: Person, make_card: MakeCard) -> Office:
    """An office whose categories are there, as they are with any card."""
    make_card()
    return Office(conn, person)


@pytest.mark.parametrize(("login", "waits"), [("reviewer", False), ("deputy", True)])
def test_sheets_that_the_reader_edited_do_not_wait_on_them(
    office: Office, organisation: Organisation, login: str, waits: bool
) -> None:
    conn, person = office.conn, office.person
    key = office.draft(Kind.DEMAND)
    typed = Typed({**DEMAND, "note": "x"}, ())
    assert sheets.edit(conn, person("reviewer"), key, 0, typed, NOW, "").right
    office.act("clerk", key, Action.SUBMIT)
    units = [organisation.units["图书馆"]]
    rows = {
        tab: sheet_list.page(conn, SheetQuery(person(login), units, Kind.DEMAND, tab))[0]
        for tab in (Tab.WAITING, Tab.PENDING)
    }
    assert [one.id for one in rows[Tab.WAITING]] == ([key] if waits else [])
    assert [one.mine for one in rows[Tab.PENDING]] == [waits]


def test_sheets_are_paged_on_and_back_and_know_their_neighbours(
    office: Office, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheet_list, "PAGE", 2)
    drafted = [office.draft(Kind.DEMAND) for _ in range(5)][::-1]
    query = SheetQuery(
        office.person("clerk"), [organisation.units["图书馆"]], Kind.DEMAND, Tab.DRAFT
    )
    rows = both_ways(
        lambda after, back: sheet_list.page(office.conn, replace(query, after=after, back=back)),
        lambda row: (row.moved_at, row.review_id),
    )
    assert [row.id for row in rows] == drafted
    for n, row in enumerate(rows):
        at = replace(query, after=(row.moved_at, row.review_id))
        found = sheet_list.neighbours(office.conn, at, row.id)
        assert [one.id if one else None for one in found] == [
            drafted[n - 1] if n else None,
            drafted[n + 1] if n < 4 else None,
        ]
    stranger = replace(
        query, viewer=office.person("clerk2"), units=[organisation.units["医院"]],
        after=(rows[2].moved_at, rows[2].review_id),
    )  # fmt: skip
    assert sheet_list.neighbours(office.conn, stranger, rows[2].id) == (None, None)  # J4
