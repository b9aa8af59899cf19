"""Paging by key, either way: what follows a row in a list's order, and what stands before it.

An order is one comparison of rows all of whose columns go the same way: from the key on, an index
serves it forwards, and read backwards it serves what is before.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Final, LiteralString, TypeVar

Row = TypeVar("Row")
LONGEST_KEY: Final = 200
YEARS: Final = range(2000, 2101)


@dataclass(frozen=True, slots=True)
class Way:
    """One way through a list, as SQL.

    `beyond`: the rows past the key. `if_any`: the same, but all rows where the key is NULL.
    `by`: the order in which they are met. `back`: whether that is the list's own turned around.
    """

    beyond: LiteralString
    if_any: LiteralString
    by: LiteralString
    back: bool

    def page(self, found: list[Row], size: int) -> tuple[list[Row], bool]:
        """A page in the list's own order, of one row more than it holds; whether more stand this
        way.
        """
        rows = found[:size]
        return rows[::-1] if self.back else rows, len(found) > size


@dataclass(frozen=True, slots=True)
class Order:
    """A list's order: forwards from a key, and back from it. `key`: its first column."""

    key: LiteralString
    forward: Way
    back: Way

    def way(self, back: bool) -> Way:
        """The one that a query asks for."""
        return self.back if back else self.forward


def by_key(
    columns: tuple[LiteralString, ...],
    values: tuple[LiteralString, ...],
    *,
    descending: bool = False,
) -> Order:
    """The order of `columns`, the last of which makes it exact; `values` are the key's, typed."""
    return Order(
        columns[0],
        _way(columns, values, descending=descending, back=False),
        _way(columns, values, descending=not descending, back=True),
    )


@dataclass(frozen=True, slots=True)
class Sortable:
    """A column that a list can be sorted by, either way.

    `order`: as the list is first met; `descending` says which way that is. `read`: raises
    ValueError where a text is no key of it. `few_only`: no index has this
    order, so that only a list of few rows is sorted by it.
    """

    order: Order
    read: Callable[[str], object] = str
    descending: bool = False
    few_only: bool = False

    def way(self, *, turned: bool, back: bool) -> Way:
        """The way through the list; `turned`: it stands the other way round than at first."""
        return replace(self.order.way(back is not turned), back=back)

    def is_key(self, text: str) -> bool:
        """Whether `text` can be a key of this order: what an address says need not."""
        try:
            self.read(text)
        except ValueError:
            return False
        return len(text) <= LONGEST_KEY


# What Python and PostgreSQL read alike: Python knows weeks, exponents and other digits besides.
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOMENT: Final = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-](0\d|1[0-4])(:\d\d)?)", re.ASCII
)
_NUMBER: Final = re.compile(r"-?\d{1,18}(\.\d{1,6})?", re.ASCII)
_WHOLE: Final = re.compile(r"\d{1,18}", re.ASCII)


def moment(text: str) -> datetime:
    """An aware moment as a key. Raises ValueError."""
    found = datetime.fromisoformat(_fit(_MOMENT, text))
    if found.year not in YEARS:
        raise ValueError(text)
    return found


def day(text: str) -> date:
    """A day as a key. Raises ValueError."""
    return date.fromisoformat(_fit(_DAY, text))


def number(text: str) -> Decimal:
    """A number as a key. Raises ValueError."""
    return Decimal(_fit(_NUMBER, text))


def whole(text: str) -> int:
    """An id as a key. Raises ValueError."""
    return int(_fit(_WHOLE, text))


def _fit(pattern: re.Pattern[str], text: str) -> str:
    if not pattern.fullmatch(text):
        raise ValueError(text)
    return text


def _way(
    columns: tuple[LiteralString, ...],
    values: tuple[LiteralString, ...],
    *,
    descending: bool,
    back: bool,
) -> Way:
    joint: LiteralString = ", "
    down: LiteralString = " DESC, "
    sign: LiteralString = " < " if descending else " > "
    end: LiteralString = " DESC" if descending else ""
    beyond: LiteralString = "(" + joint.join(columns) + ")" + sign + "(" + joint.join(values) + ")"
    by: LiteralString = (down if descending else joint).join(columns) + end
    return Way(beyond, "(" + values[0] + " IS NULL OR " + beyond + ")", by, back)


def beside(
    read: Callable[[bool], list[Row]], own: Callable[[Row], bool]
) -> tuple[Row | None, Row | None]:
    """(the row before, the row after) a key, which are not the one itself.

    `read` gives the two that are next, nearest first, back from the key or on from it; `own` knows
    the row whose neighbours are asked: it may stand elsewhere by now.
    """
    before, after = (
        next((row for row in read(back) if not own(row)), None) for back in (True, False)
    )
    return before, after
