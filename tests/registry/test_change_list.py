"""Changes are found by number and title, in the reader's units, and counted as they are listed."""

from dataclasses import replace

import pytest

from registry.cards import ChangeKind, card, change_list, changes, register
from registry.cards.change_list import ChangeQuery, Sort, Tab
from registry.review import Action
from tests.fixtures.paging import both_ways
from tests.registry.conftest import NOW, VALUES, Desk, Organisation

NAME, CODE = VALUES["name"], VALUES["code"]


def found(desk: Desk, units: list[int], **asked: object) -> int:
    """How many changes are listed; the count says the same."""
    query = ChangeQuery(desk.person("reviewer"), units, **asked)  # type: ignore[arg-type]
    rows, _more = change_list.page(desk.conn, query)
    assert change_list.count(desk.conn, query) == len(rows)
    return len(rows)


@pytest.mark.parametrize(
    ("text", "listed"),
    [
        (NAME, 1),
        (NAME[:2], 1),
        (NAME[0], 1),
        (CODE.lower(), 1),
        ("bd-", 1),
        ("没有", 0),
        ("没有的", 0),
        ("%", 0),
        ("_", 0),
    ],
)
def test_changes_are_found_by_number_and_title_from_one_character_on(
    desk: Desk, organisation: Organisation, text: str, listed: int
) -> None:
    desk.act("clerk", desk.draft(ChangeKind.STATUS, status="idle"), Action.SUBMIT)
    units = [organisation.units["图书馆"]]
    assert found(desk, units, text=text) == listed
    assert found(desk, units, text=text, kind="status", mine=True) == listed
    assert found(desk, units, text=text, kind="split") == 0


@pytest.mark.parametrize("many", [0, 50])
def test_changes_out_of_sight_are_not_listed_however_many_units_are_seen(
    desk: Desk, organisation: Organisation, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    monkeypatch.setattr(register, "MANY_UNITS", many)
    desk.act("clerk", desk.draft(ChangeKind.STATUS, status="idle"), Action.SUBMIT)
    library, bureau, hospital = (organisation.units[name] for name in ("图书馆", "文体局", "医院"))
    assert found(desk, [library]) == found(desk, [library, bureau], tab=Tab.PENDING) == 1
    assert found(desk, [hospital]) == found(desk, [bureau, hospital]) == found(desk, []) == 0


def test_changes_that_the_reader_edited_do_not_wait_on_them(
    desk: Desk, organisation: Organisation
) -> None:
    change = desk.draft(ChangeKind.STATUS, status="idle")
    typed = desk.typed(ChangeKind.STATUS, CODE, status="to_dispose")
    changes.edit(desk.conn, desk.person("reviewer"), change, 0, typed, NOW)
    desk.act("clerk", change, Action.SUBMIT)
    units = [organisation.units["图书馆"]]
    assert found(desk, units, mine=True) == 0
    for login, mine in (("reviewer", False), ("deputy", True)):
        (row,), _more = change_list.page(desk.conn, ChangeQuery(desk.person(login), units))
        assert row.mine is mine


def test_changes_are_paged_on_and_back_also_those_of_one_moment(
    desk: Desk, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(change_list, "PAGE", 2)
    drafted = [desk.draft(ChangeKind.ATTRIBUTES, place=f"{n} 楼") for n in range(5)]
    query = ChangeQuery(desk.person("clerk"), [organisation.units["图书馆"]], Tab.DRAFT)
    rows = both_ways(
        lambda after, back: change_list.page(desk.conn, replace(query, after=after, back=back)),
        lambda row: (row.sort_key, row.review_id),
    )
    assert [row.id for row in rows] == drafted[::-1]


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("sort", list(change_list.Sort))
def test_changes_are_sorted_by_each_column_either_way_and_paged_so(
    desk: Desk,
    organisation: Organisation,
    monkeypatch: pytest.MonkeyPatch,
    sort: Sort,
    turned: bool,
) -> None:
    monkeypatch.setattr(change_list, "PAGE", 2)
    for n in range(3):
        desk.draft(ChangeKind.ATTRIBUTES, place=f"{n} 楼")
    desk.draft(ChangeKind.STATUS, status="idle")
    units = [organisation.units["图书馆"]]
    query = ChangeQuery(desk.person("clerk"), units, Tab.DRAFT, sort=sort, turned=turned)
    rows = both_ways(
        lambda after, back: change_list.page(desk.conn, replace(query, after=after, back=back)),
        lambda row: (row.sort_key, row.review_id),
    )
    keys = [(row.sort_key, row.review_id) for row in rows]
    assert keys == sorted(keys, reverse=turned is not (sort is Sort.MOVED))
    assert len(keys) == 4


def test_neighbours_of_a_change_are_those_of_the_list_it_was_opened_from(
    desk: Desk, organisation: Organisation
) -> None:
    first, other, second, last = (
        desk.draft(kind, **values)
        for kind, values in (
            (ChangeKind.ATTRIBUTES, {"place": "1 楼"}),
            (ChangeKind.STATUS, {"status": "idle"}),
            (ChangeKind.ATTRIBUTES, {"place": "2 楼"}),
            (ChangeKind.ATTRIBUTES, {"place": "3 楼"}),
        )
    )
    query = ChangeQuery(
        desk.person("clerk"), [organisation.units["图书馆"]], Tab.DRAFT, "attributes"
    )
    rows = {row.id: row for row in change_list.page(desk.conn, query)[0]}
    assert other not in rows

    def beside(change: int) -> list[int | None]:
        at = (rows[change].sort_key, rows[change].review_id)
        found = change_list.neighbours(desk.conn, replace(query, after=at), change)
        return [row.id if row else None for row in found]

    assert (beside(last), beside(second), beside(first)) == (
        [None, second], [last, first], [second, None],
    )  # fmt: skip
    # Whoever opened it, and changed it since, goes on from where it stood.
    desk.act("clerk", second, Action.SUBMIT)
    desk.act("clerk", second, Action.RECALL)
    assert beside(second) == [last, first]


def test_a_card_with_many_changes_tells_how_many_they_are(desk: Desk) -> None:
    for place in ("A", "B", "C"):
        change = desk.draft(ChangeKind.ATTRIBUTES, place=place)
        desk.act("clerk", change, Action.SUBMIT)
        desk.act("reviewer", change, Action.APPROVE)
    one = card(desk.conn, desk.person("clerk").id, VALUES["code"])
    assert one is not None
    rows, many = change_list.of_card(desk.conn, one.id, 2)
    assert ([row.custody["place"] for row in rows], many) == (["C", "B"], 3)
    rows, many = change_list.of_card(desk.conn, one.id)
    assert (len(rows), many) == (3, 3)
