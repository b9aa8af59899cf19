"""Tables out of files that people send: XLSX, or CSV in the encodings that offices use (A6)."""

import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable, Generator, Iterable
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Final

from db import Budget, Refused
from registry import encodings, xlsx_marks, xlsx_rows
from registry.words import Label

MOST_ROWS: Final = 20_000
MOST_COLUMNS: Final = 200
LARGEST: Final = 120 * 10**6  # bytes of memory that a table takes: each row may be filled in
LONGEST_ROW: Final = 10**6  # bytes
# Files at once, and seconds to wait for it. Who waits holds a thread: few do. Views take it for as
# long as the table lives: it is large while it is checked, drafted and drawn too.
READING: Final = Budget(2, 10, waiting=2)
# What a spreadsheet takes for a formula, full-width signs too: Excel in Chinese folds them.
FORMULA: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")


# What a cell says that says nothing: an error value, a date that a narrow column hid, a number
# that has been rounded to show an exponent.
ERROR_VALUE: Final = re.compile(
    r"#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!|FIELD!|BLOCKED!|CONNECT!"
    r"|UNKNOWN!|BUSY!|PYTHON!|EXTERNAL!|GETTING_DATA)|#{3,}"
)
ROUNDED: Final = re.compile(r"[+-]?\d(?:\.\d+)?E[+-]\d{2,3}")
AS_TEXT: Final = re.compile(r'="((?:[^"]|"")*)"')  # how a CSV keeps 00317 from becoming 317
CODES: Final = {
    xlsx_marks.ERROR: "import.error_value",
    xlsx_marks.FORMULA: "import.formula_without_result",
    xlsx_marks.DIGITS: "import.digits_lost",
    xlsx_marks.ACROSS: "import.merged_across",
    xlsx_marks.BELOW: "import.merged_amount",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """A cell that can't be read: what is wrong with it, what it shows, its name in the sheet."""

    what: str
    shown: str
    cell: str

    def refused(self, name: str, label: Label | str, **facts: object) -> Refused:
        """The refusal of the field `name`, which the cell is of."""
        return Refused(
            CODES[self.what], field=name, label=label, cell=self.cell, value=self.shown, **facts
        )


@dataclass(frozen=True, slots=True)
class Table:
    """The heads, and each row that is not empty with its number in the file, from 1.

    `faults`: cells that can't be read, by row number and column (from 0). `merged`: those that
    bear the value of the cell above them; an amount among these is a fault, because it may be the
    sum of all.
    """

    heads: list[str]
    rows: list[tuple[int, list[str]]]
    faults: dict[tuple[int, int], Fault] = field(default_factory=dict)
    merged: dict[tuple[int, int], Fault] = field(default_factory=dict)

    def fault(self, row: int, column: int, *, amount: bool) -> Fault | None:
        """What is wrong with a cell, where a value or an `amount` is wanted."""
        found = self.faults.get((row, column))
        return found or (self.merged.get((row, column)) if amount else None)


Cell = str | list[str]  # a list: [what it is beside its text, what it shows]


def read(name: str, content: bytes, most_rows: int | None = None) -> Table:
    """The first sheet of the file called `name`, of at most `most_rows` (`MOST_ROWS`).

    Bounded is what it unfolds to, which has little to do with the file's size. Raises Refused
    'import.type', 'import.illegible', 'import.undecodable', 'import.too_large', 'import.no_rows',
    'import.too_many_rows' or 'import.too_many_columns'. May take seconds: the caller holds no
    transaction meanwhile.
    """
    reader = READERS.get(PurePosixPath(name).suffix.lower())
    if reader is None:
        raise Refused("import.type", field="file", name=name)
    with closing(reader(content)) as lines:
        return _table(lines, most_rows or MOST_ROWS)


def of_text(text: str, most_rows: int) -> Table:
    """The table of a CSV's text; Refused as `read`."""
    return _table(_rows_of(text), most_rows)


def _table(lines: Iterable[list[Cell]], most_rows: int) -> Table:
    heads: list[str] = []
    rows: list[tuple[int, list[str]]] = []
    found = Table([], rows)
    size = 0
    for number, given in enumerate(lines, 1):
        if number > 2 * most_rows:  # with the empty ones
            raise _too_many_rows(most_rows)
        if not any(given):
            continue
        cells = _legible(number, given, found if heads else Table([], []))
        size += sys.getsizeof(cells) + sum(sys.getsizeof(cell) for cell in cells if cell)
        if size > LARGEST:
            raise _too_large()
        if len(cells) > MOST_COLUMNS:
            raise Refused("import.too_many_columns", field="file", most=MOST_COLUMNS)
        if not heads:
            heads = cells
            continue
        if len(rows) == most_rows:
            raise _too_many_rows(most_rows)
        rows.append((number, [plain(cell) for cell in cells]))
    if not rows:
        raise Refused("import.no_rows", field="file")
    return replace(found, heads=heads)


def _legible(row: int, cells: list[Cell], table: Table) -> list[str]:
    """What each cell shows; those that can't be read are noted in the table."""
    found: list[str] = []
    for column, cell in enumerate(cells):
        what, shown = ("", cell) if isinstance(cell, str) else cell
        if ERROR_VALUE.fullmatch(shown):
            what = xlsx_marks.ERROR
        elif ROUNDED.fullmatch(shown):
            what = xlsx_marks.DIGITS
        if what:
            noted = table.merged if what == xlsx_marks.BELOW else table.faults
            noted[row, column] = Fault(what, shown, f"{letters(column)}{row}")
        found.append(shown)
    return found


def letters(column: int) -> str:
    """How a spreadsheet calls a column (from 0): A, B, …, Z, AA."""
    text, left = "", column + 1
    while left:
        left, at = divmod(left - 1, 26)
        text = chr(65 + at) + text
    return text


def _too_many_rows(most: int) -> Refused:
    return Refused("import.too_many_rows", field="file", most=f"{most:,}")


def _too_large() -> Refused:
    most, rows = LARGEST // 10**6, f"{MOST_ROWS:,}"
    return Refused("import.too_large", field="file", most=most, rows=rows, columns=MOST_COLUMNS)


def _xlsx(content: bytes) -> Generator[list[Cell]]:
    """The rows that the program writes; it is ended when nobody reads on."""
    with subprocess.Popen(
        [sys.executable, "-I", "-m", xlsx_rows.__name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        try:
            with suppress(BrokenPipeError), program.stdin as file:
                file.write(content)
            while line := program.stdout.readline(LONGEST_ROW):
                if not line.endswith(b"\n"):  # too long, or the program broke off
                    break
                yield json.loads(line)
        except BaseException:
            program.kill()
            raise
        if line:
            program.kill()
    if program.returncode == xlsx_rows.ILLEGIBLE:
        raise Refused("import.illegible", field="file")
    if program.returncode != 0 or line:
        raise _too_large()


def _csv(content: bytes) -> Generator[list[Cell]]:
    yield from _rows_of(decoded(content))


def _rows_of(text: str) -> Generator[list[Cell]]:
    text = text.removeprefix("\ufeff")
    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(",\t;", key=first.count)
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            yield [_as_text(cell.strip()) for cell in row]
    except csv.Error as error:
        raise Refused("import.illegible", field="file") from error


def _as_text(cell: str) -> str:
    """`="00317"` is 00317."""
    match = AS_TEXT.fullmatch(cell)
    return match[1].replace('""', '"') if match else cell


READERS: Final[dict[str, Callable[[bytes], Generator[list[Cell]]]]] = {".xlsx": _xlsx, ".csv": _csv}


def decoded(content: bytes) -> str:
    """Text in UTF-8, GB18030 or UTF-16; Refused 'import.undecodable' with its row."""
    try:
        return encodings.decoded(content)
    except encodings.Undecodable as error:
        raise Refused("import.undecodable", field="file", row=error.row) from error


def inert(text: str) -> str:
    """A cell of a CSV that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def plain(cell: str) -> str:
    """The text that `inert` made harmless."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell
