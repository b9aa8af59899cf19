"""The order of a list: its heads offer it, `sort` and `dir` in the address say it.

A column is first met its own way (names from A on, values from the dearest on); its head turns it.
Nothing stands in the address for the order that the list has by itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Generic, TypeVar

from db.keyset import Sortable
from portal import asked, asked_values, paging

Sort = TypeVar("Sort", bound=StrEnum)
NAMES: Final = ("sort", "dir")
WAYS: Final = {"asc": "ascending", "desc": "descending"}


@dataclass(frozen=True, slots=True)
class Sorting(Generic[Sort]):
    """What an address asks. `turned`: against the column's own way; `after`: (key, id) from which
    on the page is read, or `back` from it.
    """

    by: Sort
    turned: bool = False
    after: tuple[str, int] | None = None
    back: bool = False


@dataclass(frozen=True, slots=True)
class Head:
    """A column's head: where it leads, and for `aria-sort` how the list stands by it ('': not)."""

    address: str
    way: str


def read(columns: Mapping[Sort, Sortable], first: Sort, after: str = "after") -> Sorting[Sort]:
    """The order that the address asks, `first` where it names none; `after` names the key."""
    name = asked_values.member("sort", [one.value for one in columns], first.value)
    by = next(one for one in columns if one.value == name)
    way = asked_values.member("dir", WAYS)
    turned = way in WAYS and way != _own(columns[by])
    key = asked.text_and_key(after)
    if key is not None and not columns[by].is_key(key[0]):
        key = None
    return Sorting(by, turned, key, paging.back(key))


def heads(
    columns: Mapping[Sort, Sortable],
    sorting: Sorting[Sort],
    first: Sort,
    link: Callable[..., str] = paging.again,
    *,
    few: bool = True,
) -> dict[str, Head]:
    """By column, its head; without those that sort few rows only where the list has many."""
    return {
        by.value: _head(columns, sorting, first, by, link)
        for by, column in columns.items()
        if few or not column.few_only
    }


def _head(
    columns: Mapping[Sort, Sortable],
    sorting: Sorting[Sort],
    first: Sort,
    by: Sort,
    link: Callable[..., str],
) -> Head:
    own, here = _own(columns[by]), by is sorting.by
    stands = _other(own) if sorting.turned else own
    leads = _other(stands) if here else own
    address = link(
        sort=None if by is first else by.value,
        dir=None if leads == own else leads,
        **dict.fromkeys(("after", paging.BACK)),
    )
    return Head(address, WAYS[stands] if here else "")


def _own(column: Sortable) -> str:
    return "desc" if column.descending else "asc"


def _other(way: str) -> str:
    return "asc" if way == "desc" else "desc"
