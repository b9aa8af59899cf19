"""Tables out of files that people send: XLSX, or CSV in the encodings that offices use (A6)."""

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable, Generator, Iterable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from db import Budget, Refused
from registry import encodings
from registry.cards import xlsx_rows

MOST_ROWS: Final = 20_000
MOST_LINES: Final = 2 * MOST_ROWS  # with the empty ones
MOST_COLUMNS: Final = 200
LARGEST: Final = 120 * 10**6  # bytes of memory that a table takes: each row may be filled in
LONGEST_ROW: Final = 10**6  # bytes
# Files at once, and seconds to wait for it. Who waits holds a thread: few do. Views take it for as
# long as the table lives: it is large while it is checked, drafted and drawn too.
READING: Final = Budget(2, 10, waiting=2)
# What a spreadsheet takes for a formula, full-width signs too: Excel in Chinese folds them.
FORMULA: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")


@dataclass(frozen=True, slots=True)
class Table:
    """The heads, and each row that is not empty with its number in the file, from 1."""

    heads: list[str]
    rows: list[tuple[int, list[str]]]


def read(name: str, content: bytes) -> Table:
    """The first sheet of the file called `name`.

    Bounded is what it unfolds to, which has little to do with the file's size. Raises Refused
    'import.type', 'import.illegible', 'import.too_large', 'import.no_rows', 'import.too_many_rows'
    or 'import.too_many_columns'. May take seconds: the caller holds no transaction meanwhile.
    """
    reader = READERS.get(PurePosixPath(name).suffix.lower())
    if reader is None:
        raise Refused("import.type", field="file", name=name)
    with closing(reader(content)) as lines:
        return _table(lines)


def _table(lines: Iterable[list[str]]) -> Table:
    heads: list[str] = []
    rows: list[tuple[int, list[str]]] = []
    size = 0
    for number, cells in enumerate(lines, 1):
        if number > MOST_LINES:
            raise _too_many_rows()
        if not any(cells):
            continue
        size += sys.getsizeof(cells) + sum(sys.getsizeof(cell) for cell in cells if cell)
        if size > LARGEST:
            raise _too_large()
        if len(cells) > MOST_COLUMNS:
            raise Refused("import.too_many_columns", field="file", most=MOST_COLUMNS)
        if not heads:
            heads = cells
            continue
        if len(rows) == MOST_ROWS:
            raise _too_many_rows()
        rows.append((number, [plain(cell) for cell in cells]))
    if not rows:
        raise Refused("import.no_rows", field="file")
    return Table(heads, rows)


def _too_many_rows() -> Refused:
    return Refused("import.too_many_rows", field="file", most=f"{MOST_ROWS:,}")


def _too_large() -> Refused:
    most, rows = LARGEST // 10**6, f"{MOST_ROWS:,}"
    return Refused("import.too_large", field="file", most=most, rows=rows, columns=MOST_COLUMNS)


def _xlsx(content: bytes) -> Generator[list[str]]:
    """The rows that the program writes; it is ended when nobody reads on."""
    with subprocess.Popen(
        [sys.executable, "-I", xlsx_rows.__file__],
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


def _csv(content: bytes) -> Generator[list[str]]:
    text = decoded(content)
    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(",\t;", key=first.count)
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            yield [cell.strip() for cell in row]
    except csv.Error as error:
        raise Refused("import.illegible", field="file") from error


READERS: Final[dict[str, Callable[[bytes], Generator[list[str]]]]] = {".xlsx": _xlsx, ".csv": _csv}


def decoded(content: bytes) -> str:
    """Text in UTF-8, GB18030 or UTF-16; Refused 'import.illegible'."""
    try:
        return encodings.decoded(content)
    except encodings.Undecodable as error:
        raise Refused("import.illegible", field="file") from error


def inert(text: str) -> str:
    """A cell of a CSV that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def plain(cell: str) -> str:
    """The text that `inert` made harmless."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell
