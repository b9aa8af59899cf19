"""Tables out of files that people send: XLSX, or CSV in the encodings that offices use (A6)."""

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from python_calamine import CalamineError, CalamineWorkbook, ZipError

from db import Refused
from registry import encodings
from registry.cards.values import from_cell

MOST_ROWS: Final = 20_000
MOST_COLUMNS: Final = 200
LARGEST_UNPACKED: Final = 300 * 10**6  # bytes of all members of an XLSX
PLACE: Final = re.compile(rb'\br="([A-Z]{0,3})([0-9]{1,9})"')
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for one


@dataclass(frozen=True, slots=True)
class Table:
    """The heads, and each row that is not empty with its number in the file, from 1."""

    heads: list[str]
    rows: list[tuple[int, list[str]]]


def read(name: str, content: bytes) -> Table:
    """The first sheet of the file called `name`.

    Raises Refused 'import.type', 'import.illegible', 'import.too_large', 'import.no_rows',
    'import.too_many_rows' or 'import.too_many_columns'.
    """
    ending = PurePosixPath(name).suffix.lower()
    if ending == ".xlsx":
        lines = _xlsx(content)
    elif ending == ".csv":
        lines = _csv(content)
    else:
        raise Refused("import.type", field="file", name=name)
    return _table(lines)


def _table(lines: Iterable[list[str]]) -> Table:
    heads: list[str] = []
    rows: list[tuple[int, list[str]]] = []
    for number, cells in enumerate(lines, 1):
        if not any(cells):
            continue
        if len(cells) > MOST_COLUMNS:
            raise Refused("import.too_many_columns", field="file", most=MOST_COLUMNS)
        if not heads:
            heads = cells
            continue
        if len(rows) == MOST_ROWS:
            raise Refused("import.too_many_rows", field="file", most=f"{MOST_ROWS:,}")
        rows.append((number, [plain(cell) for cell in cells]))
    if not rows:
        raise Refused("import.no_rows", field="file")
    return Table(heads, rows)


def _xlsx(content: bytes) -> Iterator[list[str]]:
    _guard(content)
    try:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
        first_row = sheet.start[0] if sheet.start else 0
        rows = sheet.to_python(skip_empty_area=True)
    except (CalamineError, ZipError, OSError, ValueError, IndexError) as error:
        raise Refused("import.illegible", field="file") from error
    for _ in range(first_row):
        yield []
    for cells in rows:
        yield [from_cell(cell).strip() for cell in cells]


def _guard(content: bytes) -> None:
    """Refuse what would fill the memory: a bomb, or one cell at the far corner of a sheet."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(member.file_size for member in archive.infolist()) > LARGEST_UNPACKED:
                raise Refused("import.too_large", field="file")
            sheets = [one for one in archive.namelist() if one.startswith("xl/worksheets/")]
            for sheet in sheets:
                if not sheet.endswith("/"):
                    _guard_places(archive.read(sheet))
    # NotImplementedError: packed in a way that nobody unpacks; RuntimeError: with a password.
    except (
        zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError,
    ) as error:  # fmt: skip
        raise Refused("import.illegible", field="file") from error


def _guard_places(xml: bytes) -> None:
    """Each cell says its place: one far away makes a table of everything before it."""
    if b"\0" in xml:  # UTF-16 would hide the places
        raise Refused("import.illegible", field="file")
    for match in PLACE.finditer(xml):
        if int(match[2]) > MOST_ROWS * 2:
            raise Refused("import.too_many_rows", field="file", most=f"{MOST_ROWS:,}")
        if _column(match[1]) > MOST_COLUMNS:
            raise Refused("import.too_many_columns", field="file", most=MOST_COLUMNS)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _csv(content: bytes) -> Iterator[list[str]]:
    text = decoded(content)
    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(",\t;", key=first.count)
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            yield [cell.strip() for cell in row]
    except csv.Error as error:
        raise Refused("import.illegible", field="file") from error


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
