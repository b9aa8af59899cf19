"""A page of a list is read along an index from its key on, and back from it: nothing is sorted."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from db import Connection, audit_pages
from exchange import listing_list, sheet_list, squares
from exchange.kinds import Kind
from exchange.listing_list import ListingQuery
from exchange.ministry import kept, send
from exchange.sheet_list import SheetQuery
from exchange.squares import Facets, Found
from registry.cards import change_list, register
from registry.cards.change_list import ChangeQuery
from registry.cards.register import Query as CardQuery
from registry.cards.register import Sort as CardSort
from registry.notices import inbox
from registry.notices.event import QUEUED
from registry.org import Role, UserType
from registry.org.users import User

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
VIEWER = User(
    1, "reviewer", "陈志远", UserType.BUDGET_UNIT, 7, "图书馆", None,
    frozenset({Role.REVIEWER}), True, 0,
)  # fmt: skip
Statement = tuple[str, str, dict[str, Any], str]
KEYS: dict[str, object] = {
    "code": "C", "name": "扫描仪", "value": "5.00", "acquired": "2020-01-01",
    "updated": NOW.isoformat(), "listed": NOW.isoformat(), "quantity": "1", "ending": "2026-12-01", "moved": NOW.isoformat(), "title": "扫描仪",
}  # fmt: skip
CARDS = {
    CardSort.CODE: "card_unit_code|card_code_facts|card_code_key", CardSort.NAME: "card_name", CardSort.VALUE: "card_value",
    CardSort.ACQUIRED: "card_acquired", CardSort.UPDATED: "card_updated",
}  # fmt: skip


SHEETS = {sheet_list.Sort.MOVED: "review_", sheet_list.Sort.TITLE: "review_sheet_title"}
LISTINGS = {
    listing_list.Sort.LISTED: "listing_unit|listing_pkey",
    listing_list.Sort.NAME: "listing_managed_name",
    listing_list.Sort.VALUE: "listing_managed_value",
}


def sorted_both_ways(
    name: str, way: str, room: Any, query: Any, orders: dict[Any, str]
) -> Iterator[Statement]:
    """The page's statement in each order that an index has, as it is first met and turned."""
    assert orders.keys() == {by for by, column in room.SORTABLE.items() if not column.few_only}
    for (by, index), turned in itertools.product(orders.items(), (False, True)):
        key = "9" if by is listing_list.Sort.LISTED else str(KEYS[by.value])
        asked = replace(query, sort=by, turned=turned, after=(key, 9))
        yield (
            f"{name} by {by.value}{' turned' if turned else ''} {way}", room.statement(asked),
            {**room._facts(asked), "limit": 31}, index,
        )  # fmt: skip


def statements() -> Iterator[Statement]:
    """(whose page, SQL, values, the indexes that give its order), each list on and back."""
    for back in (False, True):
        way = "back" if back else "on"
        change = ChangeQuery(VIEWER, [7], after=(NOW.isoformat(), 9), back=back)
        yield (
            f"changes {way}", change_list.statement(change),
            {**change_list._facts(change), "limit": 31}, "review_unit",
        )  # fmt: skip
        sheet = SheetQuery(VIEWER, [7], Kind.TRANSFER, sheet_list.Tab.PENDING, unit=7,
                           back=back)  # fmt: skip
        yield from sorted_both_ways("sheets", way, sheet_list, sheet, SHEETS)
        listing = ListingQuery([7], Kind.TRANSFER, unit=7, back=back)
        yield from sorted_both_ways("listings", way, listing_list, listing, LISTINGS)
        for order, index in CARDS.items():
            units = [7] if order is CardSort.CODE else list(range(99))
            query = CardQuery(units, sort=order, after=(str(KEYS[order.value]), 9), back=back)
            text, values = register.statement(query, register.Found(5000, exact=True))
            yield f"cards by {order.value} {way}", text, values, index
        yield (
            f"notices {way}", inbox.NEWEST_BACK if back else inbox.NEWEST,
            {"user": 1, "at": NOW, "key": 9, "limit": 31}, "notice_newest",
        )  # fmt: skip
        yield (
            f"unread notices {way}", inbox.UNREAD_BACK if back else inbox.UNREAD,
            {"user": 1, "at": NOW, "key": 9, "limit": 31, "queued": QUEUED}, "notice_",
        )  # fmt: skip
        yield (
            f"audit log {way}", audit_pages.OLDEST if back else audit_pages.NEWEST,
            {"low": 1, "high": 9, "action": "", "actor": "", "part": "", "limit": 51},
            "audit_entry_pkey",
        )  # fmt: skip
        for whose, seen in (("", None), ("a unit's ", [7])):
            yield (
                f"{whose}reports {way}", send.PAGE_BACK if back else send.PAGE,
                {"state": "dead", "after": 9, "limit": 51, "units": seen}, "ministry_outbox_state",
            )  # fmt: skip
            yield (
                f"{whose}refused documents {way}", kept.REFUSED_BACK if back else kept.REFUSED,
                {"after": 9, "limit": 51, "units": seen}, "ministry_received_",
            )  # fmt: skip


STATEMENTS = {statement[0]: statement for statement in statements()}
SETTINGS = ("enable_seqscan", "enable_bitmapscan", "enable_sort", "enable_incremental_sort")


def plan(conn: Connection, text: str, values: dict[str, Any]) -> list[str]:
    """The lines of the plan, where an index is used wherever one can be."""
    for setting in SETTINGS:
        conn.execute(f"SET LOCAL {setting} = off")
    lines = [line for (line,) in conn.execute("EXPLAIN (COSTS OFF) " + text, values)]
    return [line.strip() for line in lines]


def read_along(lines: list[str], index: str) -> None:
    """The rows are met by the index, from the key on, until there are enough of them."""
    # Which of several with the same order, what was analysed by then decides.
    using = re.compile(rf"using ({index})")
    along = next((n for n, line in enumerate(lines) if using.search(line)), None)
    assert along is not None, lines
    assert "Index Cond" in lines[along + 1], lines
    # The few that were chosen may be put in order again; what they are chosen from is not.
    limit = next(n for n, line in enumerate(lines) if "Limit" in line)
    assert not any("Sort Key" in line for line in lines[limit:along]), lines


@pytest.mark.parametrize("name", STATEMENTS)
def test_page_is_read_along_an_index_both_ways(conn: Connection, name: str) -> None:
    _name, text, values, index = STATEMENTS[name]
    read_along(plan(conn, text, values), index)


@pytest.mark.parametrize("tab", squares.Tab)
@pytest.mark.parametrize("sort", squares.Sort)
@pytest.mark.parametrize("back", [False, True], ids=["on", "back"])
def test_page_of_a_square_is_read_along_an_index_both_ways(
    conn: Connection, tab: squares.Tab, sort: squares.Sort, back: bool
) -> None:
    query = squares.Query(Kind.TRANSFER, tab, 1, NOW, sort=sort, after=(str(KEYS[sort.value]), 9))
    text, values = squares.statement(
        conn, replace(query, back=back), Found({}, Facets([], [], [], [], [], []), None)
    )
    read_along(plan(conn, text, values), f"listing_{tab.value}_{sort.value}")
