"""What an XLSX says of its first sheet beside values: formats of codes, errors, formulas, merges.

The reader of values (calamine) gives an error value and a formula without a stored result as
empty, a code shown as 000317 as 317, and of merged cells all but the first as empty. Read as the
program `xlsx_rows` reads, within its limits; it imports nothing of ours.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final
from xml.parsers import expat

from registry.xlsx_codes import CodeFormat

PIECE: Final = 2**16
CELL: Final = re.compile(r"([A-Z]{1,3})(\d{1,7})")
# What a cell is beside its text: wrong, or a copy of the merged block's first one.
ERROR, FORMULA, ACROSS, DIGITS, BELOW = "error", "formula", "across", "digits", "below"
LONGEST: Final = 80  # of a formula that is shown
MOST_MERGES: Final = 10_000

Place = tuple[int, int]  # row and column, from 0
Attributes = dict[str, str]


@dataclass(frozen=True, slots=True)
class Merge:
    """A merged block, its ends included, and how the sheet calls it (M2:M4)."""

    first: Place
    last: Place
    name: str


@dataclass(slots=True)
class Marks:
    """By place: `shown`, numbers as their format of a code shows them; `faults`, (what, text)."""

    shown: dict[Place, str] = field(default_factory=dict)
    faults: dict[Place, tuple[str, str]] = field(default_factory=dict)
    merges: list[Merge] = field(default_factory=list)


def read(content: bytes) -> Marks:
    """Marks of the first sheet; ValueError where the file can't be read."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _Sheet(archive).marks
    except (zipfile.BadZipFile, expat.ExpatError, KeyError, OSError, NotImplementedError,
            RuntimeError, EOFError, OverflowError, zlib.error) as error:  # fmt: skip
        raise ValueError(str(error)) from error


def place(name: str) -> Place | None:
    """Row and column of a cell's name: 'B3' is (2, 1)."""
    match = CELL.fullmatch(name)
    if match is None:
        return None
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - 64
    return int(match[2]) - 1, column - 1


def _local(tag: str) -> str:
    return tag.rpartition(":")[2]


class _Sheet:
    """One reading of an archive: which sheet is the first, which styles show codes, its cells."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.names = {name.replace("\\", "/").lstrip("/").lower(): name
                      for name in archive.namelist()}  # fmt: skip
        self.marks = Marks()
        self.stale = False  # whoever wrote the file asks that formulas be calculated first
        path = self._first_sheet()
        self.styles = self._styles()
        _Cells(self).read(path)

    def parse(self, path: str, start: Callable[[str, Attributes], None]) -> expat.XMLParserType:
        """A parser's whole run over a member of the archive."""
        parser = parser_of(start)
        self.feed(path, parser)
        return parser

    def feed(self, path: str, parser: expat.XMLParserType) -> None:
        """Give a member to a parser piece by piece; KeyError where there is none."""
        with self.archive.open(self.names[path.lower()]) as member:
            while piece := member.read(PIECE):
                parser.Parse(piece, False)
            parser.Parse(b"", True)

    def _first_sheet(self) -> str:
        keys: list[str] = []
        paths: dict[str, str] = {}

        def sheet(tag: str, given: Attributes) -> None:
            if tag == "sheet":
                keys.append(
                    next((text for name, text in given.items() if _local(name) == "id"), "")
                )
            elif tag == "calcPr":
                self.stale = given.get("fullCalcOnLoad", "") in {"1", "true"}

        def relation(tag: str, given: Attributes) -> None:
            if tag == "Relationship":
                paths[given.get("Id", "")] = given.get("Target", "")

        self.parse("xl/workbook.xml", sheet)
        self.parse("xl/_rels/workbook.xml.rels", relation)
        if not keys:
            raise KeyError("sheet")
        target = paths[keys[0]]
        return target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl") / target)

    def _styles(self) -> list[str]:
        """The number format of each cell style, '' where it is a built-in one."""
        if "xl/styles.xml" not in self.names:
            return []
        formats: dict[str, str] = {}
        found: list[str] = []
        within = ""

        def style(tag: str, given: Attributes) -> None:
            nonlocal within
            if tag in {"cellXfs", "cellStyleXfs", "dxfs"}:
                within = tag
            elif tag == "numFmt" and within != "dxfs":
                formats[given.get("numFmtId", "")] = given.get("formatCode", "")
            elif tag == "xf" and within == "cellXfs":
                found.append(given.get("numFmtId", ""))

        self.parse("xl/styles.xml", style)
        return [formats.get(key, "") for key in found]


def parser_of(start: Callable[[str, Attributes], None]) -> expat.XMLParserType:
    """A parser that knows tags by their local name; ValueError where a document has entities."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = lambda tag, given: start(_local(tag), given)

    def entity(*_given: object) -> None:
        raise ValueError("entity")

    parser.EntityDeclHandler = entity
    return parser


class _Cells:
    """The cells of a sheet, as its parser meets them: millions, so what is plain is soon passed."""

    def __init__(self, sheet: _Sheet) -> None:
        self.sheet, self.marks = sheet, sheet.marks
        self.codes: dict[str, CodeFormat | None] = {}
        self.row, self.column = -1, -1
        self.name = ""  # of the cell, or of the one before it where it bears none
        self.type = ""
        self.inside = False
        self.code: CodeFormat | None = None
        self.formula: str | None = None
        self.value: str | None = None

    def read(self, path: str) -> None:
        """Every cell and merge into the marks."""
        parser = self.parser = parser_of(self.start)
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        self.sheet.feed(path, parser)

    def start(self, tag: str, given: Attributes) -> None:
        """An element begins."""
        if ":" in tag:
            tag = _local(tag)
        if tag == "c":
            self._cell(given)
        elif tag == "v":
            if self.inside and (self.code or self.type == "e" or self.formula is not None):
                self.value = ""
                self.parser.CharacterDataHandler = self._of_value
        elif tag == "f":
            if self.inside:
                self.formula = ""
                self.parser.CharacterDataHandler = self._of_formula
        elif tag == "row":
            self.row = int(given["r"]) - 1 if given.get("r", "").isdigit() else self.row + 1
            self.column, self.name = -1, ""
        elif tag == "mergeCell" and len(self.marks.merges) < MOST_MERGES:
            self._merge(given.get("ref", ""))

    def _cell(self, given: Attributes) -> None:
        self.inside = True
        if "r" in given:
            self.name = given["r"]
        else:
            self.row, self.column = self._place()
            self.column, self.name = self.column + 1, ""
        self.type = given.get("t", "n")
        style = given.get("s", "")
        if style not in self.codes:
            self.codes[style] = self._code_format(style)
        self.code = self.codes[style] if self.type == "n" else None
        self.formula = self.value = None

    def _place(self) -> Place:
        return place(self.name) or (self.row, self.column)

    def _of_value(self, text: str) -> None:
        self.value = (self.value or "") + text

    def _of_formula(self, text: str) -> None:
        self.formula = ((self.formula or "") + text)[:LONGEST]

    def _merge(self, ref: str) -> None:
        first, _colon, last = ref.partition(":")
        begins, ends = place(first), place(last)
        if begins and ends and begins <= ends:
            self.marks.merges.append(Merge(begins, ends, ref))

    def end(self, tag: str) -> None:
        """An element ends."""
        if ":" in tag:
            tag = _local(tag)
        if tag in {"v", "f"}:
            self.parser.CharacterDataHandler = None
        elif tag == "c":
            self.inside = False
            if self.type == "e" or self.formula is not None or self.code:
                self._judge()

    def _judge(self) -> None:
        if self.type == "e":
            self.marks.faults[self._place()] = (ERROR, self.value or "#")
        elif self.formula is not None and self._without_result():
            self.marks.faults[self._place()] = (FORMULA, f"={self.formula}")
        elif self.code and self.value:
            shown = self.code.shown(self.value)
            if shown is not None:
                self.marks.shown[self._place()] = shown

    def _without_result(self) -> bool:
        """Nothing stored, or the nought that a program writes which has calculated nothing."""
        if self.value in {None, ""}:
            return self.type != "str" or self.value is None
        return self.sheet.stale and self.type == "n" and self.value == "0"

    def _code_format(self, style: str) -> CodeFormat | None:
        styles = self.sheet.styles
        known = style.isdigit() and int(style) < len(styles)
        return CodeFormat.of(styles[int(style)]) if known else None


class Merges:
    """The merged blocks that a row is part of, for rows in their order."""

    def __init__(self, merges: Iterable[Merge]) -> None:
        self.ahead = sorted(merges, key=lambda one: one.first, reverse=True)
        self.open: list[Merge] = []

    def of(self, row: int) -> list[Merge]:
        """Those of `row` (from 0)."""
        while self.ahead and self.ahead[-1].first[0] <= row:
            self.open.append(self.ahead.pop())
        if self.open:
            self.open = [one for one in self.open if one.last[0] >= row]
        return self.open
