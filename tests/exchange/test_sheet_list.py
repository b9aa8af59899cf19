"""Lists of sheets: what waits on whom (C1, D4)."""

from dataclasses import replace

import pytest

from db import Connection
from exchange import sheet_list, sheets
from exchange.kinds import Kind
from exchange.sheet_form import Typed
from exchange.sheet_list import SheetQuery, Sort, Tab
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
        lambda row: (row.sort_key, row.review_id),
    )
    assert [row.id for row in rows] == drafted
    for n, row in enumerate(rows):
        at = replace(query, after=(row.sort_key, row.review_id))
        found = sheet_list.neighbours(office.conn, at, row.id)
        assert [one.id if one else None for one in found] == [
            drafted[n - 1] if n else None,
            drafted[n + 1] if n < 4 else None,
        ]
    stranger = replace(
        query, viewer=office.person("clerk2"), units=[organisation.units["医院"]],
        after=(rows[2].sort_key, rows[2].review_id),
    )  # fmt: skip
    assert sheet_list.neighbours(office.conn, stranger, rows[2].id) == (None, None)  # J4


@pytest.mark.parametrize("sort", sheet_list.Sort)
def test_sheets_are_sorted_either_way_and_paged_on_and_back(
    office: Office, organisation: Organisation, monkeypatch: pytest.MonkeyPatch, sort: Sort
) -> None:
    monkeypatch.setattr(sheet_list, "PAGE", 2)
    for title in ("书架", "显微镜", "打印机", "书架", "空调"):
        office.draft(Kind.DEMAND, title=title)
    query = SheetQuery(
        office.person("clerk"), [organisation.units["图书馆"]], Kind.DEMAND, Tab.DRAFT, sort=sort
    )

    def read(turned: bool) -> list[int]:
        asked = replace(query, turned=turned)
        rows = both_ways(
            lambda after, back: sheet_list.page(
                office.conn, replace(asked, after=after, back=back)
            ),
            lambda row: (row.sort_key, row.review_id),
        )
        return [row.id for row in rows]

    assert len(set(read(turned=False))) == 5
    assert read(turned=True) == read(turned=False)[::-1]


def test_sheets_are_sorted_by_what_no_index_has_where_they_are_few_only(
    office: Office, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    units = [organisation.units["图书馆"]]
    query = SheetQuery(
        office.person("clerk"), units, Kind.DEMAND, Tab.DRAFT, sort=Sort.VALUE, turned=True
    )
    assert sheet_list.sortable(query, sheet_list.COUNT_UP_TO) is query
    many = sheet_list.sortable(query, sheet_list.COUNT_UP_TO + 1)
    assert (many.sort, many.turned) == (Sort.MOVED, False)
    by_title = replace(query, sort=Sort.TITLE)
    assert sheet_list.sortable(by_title, sheet_list.COUNT_UP_TO + 1) is by_title
