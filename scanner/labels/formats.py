"""Sheets and rolls of labels, as their makers cut them. Millimetres."""

from dataclasses import dataclass
from typing import Final

from registry.words import Label

A4: Final = (210.0, 297.0)
THERMAL: Final = 0.125  # a printer of 203 dpi has eight dots a millimetre
LASER: Final = 25.4 / 600


@dataclass(frozen=True, slots=True)
class Format:
    """Where labels lie on a page, and how they are printed.

    `inset`: what stays blank at the sides, and at the top and bottom, of each label: the printer's
    margin, and paper that lies askew. `dot`: what the printer can place; symbols are multiples.
    """

    key: str
    name: Label
    width: float
    height: float
    page: tuple[float, float]
    columns: int
    rows: int
    first: tuple[float, float]
    gap: tuple[float, float]
    inset: tuple[float, float]
    dot: float

    @property
    def places(self) -> int:
        """Labels on a page."""
        return self.columns * self.rows

    def place(self, number: int) -> tuple[float, float]:
        """The left top corner of the label of this number (from 0), row by row."""
        row, column = divmod(number, self.columns)
        return (
            self.first[0] + column * (self.width + self.gap[0]),
            self.first[1] + row * (self.height + self.gap[1]),
        )


def _sheet(columns: int, rows: int, size: tuple[float, float], gap: float,
           inset: tuple[float, float]) -> Format:  # fmt: skip
    """An A4 sheet whose labels stand in the middle."""
    width, height = size
    left = (A4[0] - columns * width - (columns - 1) * gap) / 2
    top = (A4[1] - rows * height) / 2
    says = f"{width:g} × {height:g} mm"
    name = Label(f"A4，{columns} × {rows} 张，{says}", f"A4, {columns} × {rows} labels of {says}")
    key = f"a4-{columns}x{rows}"
    first = (left, top)
    return Format(key, name, width, height, A4, columns, rows, first, (gap, 0.0), inset, LASER)


def _roll(width: float, height: float) -> Format:
    says = f"{width:g} × {height:g} mm"
    name, page, none = Label(f"标签卷，{says}", f"Roll, {says}"), (width, height), (0.0, 0.0)
    key = f"roll-{width:g}x{height:g}"
    return Format(key, name, width, height, page, 1, 1, none, none, (1.5, 1.5), THERMAL)


# Sheets without a margin of their own keep what office printers can't reach blank.
FORMATS: Final = {
    one.key: one
    for one in (
        _sheet(3, 8, (70.0, 37.0), 0.0, (5.0, 4.0)),
        _sheet(2, 7, (99.1, 38.1), 2.5, (3.0, 2.5)),
        _sheet(3, 7, (63.5, 38.1), 2.5, (2.5, 2.5)),
        _sheet(4, 10, (52.5, 29.7), 0.0, (4.5, 4.0)),
        _roll(60.0, 40.0),
        _roll(50.0, 30.0),
        _roll(40.0, 30.0),
        _roll(70.0, 50.0),
    )
}
