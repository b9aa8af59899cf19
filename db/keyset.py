"""Paging by key, either way: what follows a row in a list's order, and what stands before it.

An order is one comparison of rows all of whose columns go the same way: from the key on, an index
serves it forwards, and read backwards it serves what is before.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import LiteralString, TypeVar

Row = TypeVar("Row")


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
