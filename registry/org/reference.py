"""Reference tables that an installation brings as CSV: all rows or none, every wrong row named."""

import csv
import io
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Final

from db import Refused
from db.text import clean
from registry import encodings

DELIMITERS: Final = ",\t;"
NAMED: Final = 50  # wrong rows that are named; all are counted

Row = dict[str, str]
Numbered = tuple[int, Row]  # with the number of its line
Check = Callable[[int, Row], Refused | None]  # what is wrong with a row by itself


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


def decoded(data: bytes) -> str:
    """The text of a CSV as spreadsheets here write it; Refused 'reference.undecodable'."""
    try:
        return encodings.decoded(data)
    except encodings.Undecodable as error:
        raise Refused("reference.undecodable", row=error.row) from error


def read(text: str, columns: Sequence[str], check: Check, known: Collection[str]) -> list[Row]:
    """The rows of a CSV with a heading, each parent before its children, blanks around dropped.

    `columns` are those that it must have, code and parent among them; `known` are codes that stand
    already. Raises Refused 'reference.column_missing' or 'reference.unreadable', or RowsWrong.
    """
    sound: list[Numbered] = []
    faults: list[Refused] = []
    wrong: set[str] = set()
    for number, row, whole in _rows(text, columns):
        fault = check(number, row) if whole else Refused("reference.row_short", row=number)
        if fault is None:
            sound.append((number, row))
        else:
            faults.append(fault)
            wrong.add(row["code"])
    # A child of a wrong row lacks its parent only until that row is mended: it is not told twice.
    ordered, astray = parents_first(sound, wrong.union(known))
    if faults or astray:
        raise RowsWrong([*faults, *astray])
    return ordered


def _rows(text: str, columns: Sequence[str]) -> Iterator[tuple[int, Row, bool]]:
    """(line number, row, whether it has every column)."""
    text = text.removeprefix("\ufeff")
    delimiter = max(DELIMITERS, key=text.partition("\n")[0].count)
    reader = csv.DictReader(io.StringIO(text), delimiter=delimiter)
    try:
        reader.fieldnames = [name.strip() for name in reader.fieldnames or ()]
        for column in columns:
            if column not in reader.fieldnames:
                raise Refused("reference.column_missing", column=column, columns=",".join(columns))
        for row in reader:
            whole = all(row[column] is not None for column in columns)
            yield reader.line_num, {name: clean(row[name] or "") for name in columns}, whole
    except csv.Error as error:
        raise Refused("reference.unreadable") from error


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
