"""What a label shows, and where: QR left above, text beside it, Code 128 with the code below.

Every symbol's modules are whole dots of the printer, and its quiet zone is kept free; the blank rim
of the label counts towards it. Millimetres from the label's left top corner.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from scanner.labels import code128, qr
from scanner.labels.fitting import Width, fitted, lines
from scanner.labels.formats import Format
from scanner.labels.qr import Level
from scanner.labels.written import Written

LARGEST_MODULE: Final = 0.75
GOOD_MODULE: Final = 0.45  # from here on more error correction is worth more than larger modules
LEAST_MODULE: Final = 0.25  # two dots at 203 dpi
LARGEST_BAR, LEAST_BAR = 0.5, 0.25
QR_SHARE: Final = 0.45  # of the width, at most
LARGEST_TEXT, LEAST_TEXT = 3.4, 1.8
LEADING: Final = 1.22
ASCENT: Final = 0.86  # of the em, from the top of a line's middle band to the baseline
GAP: Final = 1.0


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.y + self.height

    def grown(self, across: float, along: float) -> "Box":
        """Larger by so much on the left and right, at top and bottom."""
        return Box(self.x - across, self.y - along,
                   self.width + 2 * across, self.height + 2 * along)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """Text that begins at (x, y) on its baseline; `size` is the em, `width` how far it goes."""

    x: float
    y: float
    size: float
    text: str
    width: float


@dataclass(frozen=True, slots=True)
class Symbol:
    """A QR or Code 128: its dark rectangles, and the box that nothing else may touch."""

    kind: str
    text: str
    module: float
    box: Box
    quiet: Box
    dark: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """One label, ready for any painter."""

    width: float
    height: float
    symbols: tuple[Symbol, ...]
    lines: tuple[Line, ...]

    @property
    def dark(self) -> Iterator[Box]:
        """The dark rectangles of all symbols."""
        return (box for symbol in self.symbols for box in symbol.dark)


def drawn(facts: Written, form: Format, portal_url: str, width: Width) -> Drawing:
    """The label of these facts. `width` measures text in ems.

    Raises Refused 'label.address_long' where the address does not fit any QR.
    """
    size = min(max(0.07 * form.height, 2.0), 3.2)
    baseline = form.height - form.inset[1] - 0.14 * size
    bars = _bars(facts.code, form, baseline - ASCENT * size - 0.3)
    top = (bars.box.y if bars else baseline - size) - GAP
    code = _code(facts, form, baseline, size, width)
    square = _square(facts.square(portal_url), form, top)
    beside = Box(square.quiet.right, form.inset[1],
                 form.width - form.inset[0] - square.quiet.right, top - form.inset[1])  # fmt: skip
    symbols = (square, bars) if bars else (square,)
    return Drawing(form.width, form.height, symbols, (*_text(facts, beside, width), code))


def _dots(length: float, dot: float) -> float:
    return math.ceil(length / dot - 1e-6) * dot


def _modules(most: float, least: float, dot: float) -> Iterator[float]:
    """Sizes of a module in whole dots, the largest first."""
    dots = math.floor(most / dot + 1e-6)
    while dots * dot >= least - 1e-6:
        yield dots * dot
        dots -= 1


def _bars(code: str, form: Format, bottom: float) -> Symbol | None:
    """Code 128 that ends at `bottom`; None where its bars would be too thin to be read."""
    dark, count = code128.bars(code)
    for module in _modules(LARGEST_BAR, LEAST_BAR, form.dot):
        quiet = code128.QUIET * module
        rim = max(form.inset[0], quiet)
        if count * module + 2 * rim > form.width:
            continue
        height = _dots(min(max(0.17 * form.height, 5.0), 9.0), form.dot)
        x = _dots((form.width - count * module) / 2, form.dot)
        y = math.floor((bottom - height) / form.dot) * form.dot
        box = Box(x, y, count * module, height)
        boxes = tuple(Box(x + at * module, y, wide * module, height) for at, wide in dark)
        return Symbol("code128", code, module, box, box.grown(quiet, 0), boxes)
    return None


def _code(facts: Written, form: Format, baseline: float, size: float, width: Width) -> Line:
    """The code in letters and figures, for people, in the middle below."""
    room = form.width - 2 * form.inset[0]
    text, size = fitted(facts.code, room, size, LEAST_TEXT, width)
    wide = width(text) * size
    return Line((form.width - wide) / 2, baseline, size, text, wide)


def _square(text: str, form: Format, bottom: float) -> Symbol:
    """The QR above `bottom`: the better level where its modules stay large, else the smaller."""
    for level, least in ((Level.Q, GOOD_MODULE), (Level.M, LEAST_MODULE), (Level.M, form.dot)):
        side = qr.side(qr.version(text, level))
        for module in _modules(LARGEST_MODULE, least, form.dot):
            quiet = qr.QUIET * module
            x, y = (_dots(max(inset, quiet), form.dot) for inset in form.inset)
            box = Box(x, y, side * module, side * module)
            around = box.grown(quiet, quiet)
            if around.bottom <= bottom and around.right <= form.width * QR_SHARE + form.inset[0]:
                dark = tuple(Box(x + column * module, y + row * module, wide * module, module)
                             for column, row, wide in qr.runs(text, level))  # fmt: skip
                return Symbol("qrcode", text, module, box, around, dark)
    raise AssertionError(f"{form.key} has no room for a QR")


def _text(facts: Written, room: Box, width: Width) -> Iterator[Line]:
    """The name and the rows under it beside the QR, as large as all of them fit."""
    rows = facts.rows()
    step = _step(rows, room)
    if step < LEAST_TEXT * LEADING:
        rows = facts.tight()
        step = _step(rows, room)
    size = step / LEADING
    least = min(LEAST_TEXT, size)
    names, large = lines(facts.name, room.width, size * 1.15, least, width)
    y = room.y
    for name in names:
        yield _line(name, room.x, y, large, width)
        y += step * 1.15
    for row in rows:
        text, small = fitted(row, room.width, size, least, width)
        yield _line(text, room.x, y, small, width)
        y += step


def _step(rows: list[str], room: Box) -> float:
    """From line to line."""
    return min(room.height / (len(rows) + 2.3), LARGEST_TEXT * LEADING)


def _line(text: str, x: float, top: float, size: float, width: Width) -> Line:
    return Line(x, top + ASCENT * size, size, text, width(text) * size)
