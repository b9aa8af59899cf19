"""The rows of an XLSX as lines of JSON: a program of its own, which imports its marks alone.

A small file may unfold to gigabytes, in ways that only its reader knows: shared strings that many
cells name, a cell at the far corner, a bomb. So it is unfolded in a process that may grow so far
and no farther (registry.tables starts it), and whose memory the system takes back.
"""

import io
import json
import resource
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from python_calamine import CalamineError, CalamineWorkbook, ZipError

from registry import xlsx_marks

MOST_MEMORY: Final = 512 * 2**20  # bytes of address space
MOST_CPU_S: Final = 30
ILLEGIBLE: Final = 3  # exit codes; anything else but 0: it grew too large
TOO_LARGE: Final = 4
MOST_EXACT: Final = 1e15  # from here on, a spreadsheet has lost the last figures
MOST_COLUMNS: Final = 200  # to which a block merged across columns is followed


def from_cell(value: object) -> str:
    """What a spreadsheet's cell holds, as somebody would have typed it.

    Numbers have the 15 figures that a spreadsheet keeps: whole ones no '.0', none an exponent.
    """
    match value:
        case None:
            return ""
        case bool():
            return "是" if value else "否"
        case float():
            return format(Decimal(f"{value:.15g}"), "f")
        case datetime():
            return value.date().isoformat()
        case timedelta():
            return str(value)
        case _:
            return str(value)


Cell = str | list[str]  # a list: [what it is beside its text, what it shows]


def rows(content: bytes) -> Iterator[list[Cell]]:
    """The first sheet's rows, those above its first cell too; ValueError where it can't be read.

    A merged block's value stands in each of its rows that says anything else, too.
    """
    marks = xlsx_marks.read(content)
    try:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
        above, left = sheet.start or (0, 0)
        plain = sheet.to_python(skip_empty_area=True)
    except (CalamineError, ZipError, OSError, ValueError, IndexError) as error:
        raise ValueError(str(error)) from error
    marked, merges = _by_row(marks), xlsx_marks.Merges(marks.merges)
    values: dict[xlsx_marks.Place, Cell] = {}  # of merged blocks, by their first cell
    end = above + len(plain)
    for number in range(end):
        cells: list[Cell] = []
        if number >= above:
            cells += [""] * left
            cells += [_cell(value) for value in plain[number - above]]
        yield _whole(number, cells, marked.pop(number, {}), merges.of(number), values)
    for number in range(end, max(marked, default=-1) + 1):  # that the reader takes for empty
        yield _whole(number, [], marked.get(number, {}), merges.of(number), values)


def _cell(value: object) -> Cell:
    if isinstance(value, float) and abs(value) >= MOST_EXACT:
        return [xlsx_marks.DIGITS, f"{value:.6G}"]
    return from_cell(value).strip()


def _by_row(marks: xlsx_marks.Marks) -> dict[int, dict[int, Cell]]:
    """What stands instead of the reader's values, by row and column."""
    found: dict[int, dict[int, Cell]] = {}
    for (row, column), shown in marks.shown.items():
        found.setdefault(row, {})[column] = shown
    for (row, column), (what, text) in marks.faults.items():
        found.setdefault(row, {})[column] = [what, text]
    return found


def _whole(
    row: int,
    cells: list[Cell],
    marked: dict[int, Cell],
    blocks: list[xlsx_marks.Merge],
    values: dict[xlsx_marks.Place, Cell],
) -> list[Cell]:
    """A row with its marks, and with the values of the merged `blocks` that it is part of."""
    if marked:
        cells += [""] * (max(marked) + 1 - len(cells))
    for column, cell in marked.items():
        cells[column] = cell
    for one in blocks:
        if one.first[0] == row and one.first[1] < len(cells):
            values[one.first] = cells[one.first[1]]
    if not any(cells):
        return cells
    for one in blocks:
        value = values.get(one.first, "")
        last = min(one.last[1], MOST_COLUMNS)
        if value and last >= len(cells):
            cells += [""] * (last + 1 - len(cells))
        what, shown = (xlsx_marks.BELOW, value) if isinstance(value, str) else value
        for column in range(one.first[1], last + 1) if value else ():
            if column > one.first[1]:
                cells[column] = [xlsx_marks.ACROSS, shown]
            elif row > one.first[0]:
                cells[column] = [what, shown]
    return cells


def main() -> int:
    """Rows of the file on stdin to stdout; an exit code as above."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU_S, MOST_CPU_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        for cells in rows(sys.stdin.buffer.read()):
            sys.stdout.buffer.write(json.dumps(cells, ensure_ascii=False).encode() + b"\n")
        sys.stdout.flush()
    except MemoryError:
        return TOO_LARGE
    except BaseException:  # the reader's own panics are no Exception
        return ILLEGIBLE
    return 0


if __name__ == "__main__":
    sys.exit(main())
