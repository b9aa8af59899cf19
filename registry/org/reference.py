"""Reference tables that an installation brings in files: all rows or none, each fault named."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Final

from db import Refused
from db.text import clean
from registry.tables import Table

MOST_ROWS: Final = 100_000
NAMED: Final = 50  # wrong rows that are named; all are counted

Row = dict[str, str]
Numbered = tuple[int, Row]  # with the number of its line
Check = Callable[[int, Row], Iterable[Refused]]  # all that is wrong with a row by itself


class RowsWrong(Refused):
    """Rows of a file are wrong; `faults` are refusals of single rows, by row."""

    def __init__(self, faults: Sequence[Refused]) -> None:
        """`faults` are all that were found."""
        super().__init__("reference.rows_wrong", count=len(faults))
        self.faults = tuple(sorted(faults, key=_row)[:NAMED])

    @property
    def more(self) -> int:
        """How many are not named."""
        return int(str(self.facts["count"])) - len(self.faults)


def _row(fault: Refused) -> int:
    return int(str(fault.facts["row"]))


def read(table: Table, columns: Sequence[str], check: Check, known: Collection[str]) -> list[Row]:
    """The rows of a list, each parent before its children, blanks around dropped.

    `columns` are those that it must have, code and parent among them; `known` are codes that stand
    already. Raises Refused 'reference.column_missing', or RowsWrong with all that is wrong.
    """
    sound: list[Numbered] = []
    faults: list[Refused] = []
    wrong: set[str] = set()
    for number, row, found in rows(table, columns, check):
        if found:
            faults += found
            wrong.add(row["code"])
        else:
            sound.append((number, row))
    # A child of a wrong row lacks its parent only until that row is mended: it is not told twice.
    ordered, astray = parents_first(sound, wrong.union(known))
    if faults or astray:
        raise RowsWrong([*faults, *astray])
    return ordered


def rows(
    table: Table, columns: Sequence[str], check: Check
) -> Iterator[tuple[int, Row, list[Refused]]]:
    """(number in the file, row, all that is wrong with it by itself).

    Raises Refused 'reference.column_missing'.
    """
    heads = [clean(head) for head in table.heads]
    for column in columns:
        if column not in heads:
            raise Refused("reference.column_missing", column=column, columns=",".join(columns))
    places = {column: heads.index(column) for column in columns}
    for number, cells in table.rows:
        row = {column: clean("".join(cells[at : at + 1])) for column, at in places.items()}
        illegible = [
            table.faults[number, at].refused(column, column, row=number)
            for column, at in places.items()
            if (number, at) in table.faults
        ]
        if len(cells) <= max(places.values()):
            yield number, row, [Refused("reference.row_short", row=number)]
        else:
            told = {one.facts["field"] for one in illegible}
            others = [one for one in check(number, row)
                      if told.isdisjoint({*one.facts, one.facts.get("column")})]  # fmt: skip
            yield number, row, [*illegible, *others]


def parents_first(
    rows: Sequence[Numbered], known: Collection[str]
) -> tuple[list[Row], list[Refused]]:
    """Rows in an order in which each parent comes before its children, and what is wrong.

    That is 'reference.code_twice', 'reference.no_parent' or 'reference.circle', each with its row.
    """
    numbered: dict[str, Numbered] = {}
    faults: list[Refused] = []
    for number, row in rows:
        if row["code"] in numbered:
            faults.append(Refused("reference.code_twice", row=number, code=row["code"]))
        else:
            numbered[row["code"]] = (number, row)
    for number, row in numbered.values():
        if row["parent"] and row["parent"] not in numbered and row["parent"] not in known:
            faults.append(Refused("reference.no_parent", row=number, parent=row["parent"]))
    ordered, circles = _ordered(numbered)
    return ordered, faults + circles


def _ordered(numbered: dict[str, Numbered]) -> tuple[list[Row], list[Refused]]:
    """Each row after its parent where that is among the rows; one fault a circle."""
    ordered: dict[str, Row] = {}
    circles: list[Refused] = []
    for first in numbered:
        code, path = first, dict[str, Row]()  # upwards, in order
        while code in numbered and code not in ordered and code not in path:
            path[code] = numbered[code][1]
            code = path[code]["parent"]
        if code in path:
            circles.append(Refused("reference.circle", row=numbered[code][0], code=code))
        ordered.update(reversed(path.items()))
    return list(ordered.values()), circles
