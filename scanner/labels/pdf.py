"""Labels as PDF: rectangles and text, sharp at any printer's resolution."""

from collections.abc import Iterable
from typing import IO, Final

from fpdf import FPDF, ViewerPreferences

from scanner.labels.font import Face
from scanner.labels.formats import Format
from scanner.labels.layout import Drawing, drawn
from scanner.labels.written import Written

POINTS: Final = 72 / 25.4  # a millimetre
FAMILY: Final = "label"


def write(
    labels: Iterable[Written],
    form: Format,
    start: int,
    portal_url: str,
    face: Face,
    file: IO[bytes],
) -> int:
    """Write labels to `file`, the first on place `start` (from 0) of the first sheet; the pages.

    Raises as `drawn`.
    """
    pdf = FPDF(unit="mm", format=form.page)
    pdf.set_auto_page_break(auto=False)
    pdf.set_title("盘活 · 标签")
    # Readers offer to fit the page to the paper: then no label would lie where it is cut.
    pdf.viewer_preferences = ViewerPreferences(print_scaling="None")
    pdf.add_font(FAMILY, fname=face.path, collection_font_number=face.index)
    for number, facts in enumerate(labels, start):
        place = number % form.places
        if place == 0 or number == start:
            pdf.add_page()
        _paint(pdf, drawn(facts, form, portal_url, face.width), form.place(place))
    file.write(pdf.output())
    return int(pdf.page)


def _paint(pdf: FPDF, drawing: Drawing, at: tuple[float, float]) -> None:
    left, top = at
    # One path for all modules: fpdf's own rectangles are each a path, and seams show between them.
    boxes = [
        f"{(left + box.x) * POINTS:.3f} {(pdf.h - top - box.bottom) * POINTS:.3f} "
        f"{box.width * POINTS:.3f} {box.height * POINTS:.3f} re"
        for box in drawing.dark
    ]
    pdf._out("0 g " + " ".join(boxes) + " f")  # noqa: SLF001
    for line in drawing.lines:
        pdf.set_font(FAMILY, size=line.size * POINTS)
        pdf.text(left + line.x, top + line.y, line.text)
