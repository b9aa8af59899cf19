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
from registry.cards.values import from_cell

MOST_ROWS: Final = 20_000
MOST_COLUMNS: Final = 200
LARGEST_UNPACKED: Final = 300 * 10**6  # bytes of all members of an XLSX
ENCODINGS: Final = ("utf-8-sig", "gb18030")
# What Python's codec still reads as private use, as in the edition of 2000: where GB 18030-2022
# (annex D) has these characters.
SINCE_2000: Final = str.maketrans({
    0xE78D: 0xFE10, 0xE78E: 0xFE12, 0xE78F: 0xFE11, 0xE790: 0xFE13, 0xE791: 0xFE14,
    0xE792: 0xFE15, 0xE793: 0xFE16, 0xE794: 0xFE17, 0xE795: 0xFE18, 0xE796: 0xFE19,
    0xE7C7: 0x1E3F, 0xE816: 0x20087, 0xE817: 0x20089, 0xE818: 0x200CC, 0xE81E: 0x9FB4,
    0xE826: 0x9FB5, 0xE82B: 0x9FB6, 0xE82C: 0x9FB7, 0xE831: 0x215D7, 0xE832: 0x9FB8,
    0xE83B: 0x2298F, 0xE843: 0x9FB9, 0xE854: 0x9FBA, 0xE855: 0x241FE, 0xE864: 0x9FBB,
})  # fmt: skip
UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
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
    """Text in UTF-8, GB18030 (what Excel in Chinese saves), or UTF-16 with its mark.

    Raises Refused 'import.illegible'.
    """
    if content.startswith(UTF_16):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ENCODINGS
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text.translate(SINCE_2000) if encoding == "gb18030" else text
    raise Refused("import.illegible", field="file")


def inert(text: str) -> str:
    """A cell of a CSV that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def plain(cell: str) -> str:
    """The text that `inert` made harmless."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell
