"""What is printed scans back, and nothing touches a symbol (H5)."""

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pyzbar import pyzbar

from db import Refused
from scanner.commands import COMMANDS, UNDO, Command, heard
from scanner.labels import FORMATS, Facts, Format, Order, drawn, font, pdf, picture, qr
from scanner.labels.code128 import bars, values
from scanner.labels.fitting import fitted, lines
from scanner.labels.layout import Box

PORTAL = "http://127.0.0.1:8000"
FACE = font.found(None)
SHORT = Facts("TY2026000001", "投影仪", "海口市图书馆", "采编部", "二楼 205", date(2024, 5, 20))
LONG = Facts(
    "ZC-2024-000317-B",
    "台式计算机（联想启天 M45Q Gen 4，含显示器、键盘、鼠标及随机附件一套）",
    "海口市旅游和文化广电体育局所属海口市图书馆龙华分馆",
    "读者服务部报刊阅览与数字资源组",
    "二楼 205 室报刊阅览区东侧靠窗书架旁第三张桌子",
    date(2026, 1, 3),
)
BARE = Facts("A-12", "桌", "图书馆", "", "", None)
each_format = pytest.mark.parametrize("form", FORMATS.values(), ids=list(FORMATS))
each_label = pytest.mark.parametrize("facts", [SHORT, LONG, BARE], ids=["short", "long", "bare"])


def read(image: Image.Image) -> set[tuple[str, str]]:
    """What plain pyzbar reads."""
    return {(found.type, found.data.decode()) for found in pyzbar.decode(image)}


def expected(facts: Facts) -> set[tuple[str, str]]:
    return {("QRCODE", f"{PORTAL}/c/{facts.code}"), ("CODE128", facts.code)}


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=24))
def test_every_text_of_code_128_reads_back(text: str) -> None:
    dark, count = bars(text)
    row = np.full(count + 40, 255, np.uint8)
    for at, wide in dark:
        row[at + 20 : at + 20 + wide] = 0
    image = Image.fromarray(np.repeat(np.repeat(row[None], 60, 0), 3, 1))
    assert read(image) == {("CODE128", text)}


def test_figures_are_packed_by_two_and_the_checksum_is_the_standards() -> None:
    assert values("12345678") == [105, 12, 34, 56, 78, 47, 106]
    assert len(values("TY2026000001")) == 11  # start, T, Y, to C, five pairs, check, stop
    with pytest.raises(ValueError, match="台"):
        values("台")


def test_a_qr_holds_the_cards_short_address() -> None:
    assert qr.address("https://h.example/", "A-1") == "https://h.example/c/A-1"
    with pytest.raises(Refused) as refused:
        qr.runs("https://h/" + "x" * 300, qr.Level.M)
    assert refused.value.code == "label.address_long"


@each_format
@each_label
def test_every_label_reads_back_as_a_thermal_printer_prints_it(form: Format, facts: Facts) -> None:
    drawing = drawn(facts, form, PORTAL, FACE.width)
    bold = picture.painted(drawing, FACE).point(lambda v: 255 * (v > 127))
    large = bold.resize((bold.width * 2, bold.height * 2), Image.Resampling.NEAREST)
    kinds = {symbol.kind.upper() for symbol in drawing.symbols}
    assert read(large) == {pair for pair in expected(facts) if pair[0] in kinds}
    assert "QRCODE" in kinds


@each_format
@pytest.mark.parametrize("command", COMMANDS, ids=[one.key for one in COMMANDS])
def test_a_commands_label_reads_back_as_the_command_by_each_of_its_symbols(
    form: Format, command: Command
) -> None:
    drawing = drawn(Order(command), form, PORTAL, FACE.width)
    image = picture.painted(drawing, FACE)
    large = image.resize((image.width * 2, image.height * 2), Image.Resampling.NEAREST)
    kinds = {symbol.kind.upper() for symbol in drawing.symbols}
    assert read(large) == {(kind, command.text) for kind in kinds}
    assert "CODE128" in kinds or form.width < 45  # bars of a quarter of a millimetre need that


def test_a_command_is_known_whatever_layout_the_computer_has() -> None:
    assert heard(UNDO) == ["PANHUOUNDO", "PQNHUOUNDO", "LABDGRGBER"]


def apart(one: Box, other: Box) -> bool:
    return (
        one.right <= other.x + 1e-6 or other.right <= one.x + 1e-6
        or one.bottom <= other.y + 1e-6 or other.bottom <= one.y + 1e-6
    )  # fmt: skip


def text_boxes(form: Format, facts: Facts) -> Iterator[Box]:
    for line in drawn(facts, form, PORTAL, FACE.width).lines:
        yield Box(line.x, line.y - 0.86 * line.size, line.width, 1.0 * line.size)


@given(st.sampled_from(list(FORMATS.values())), st.text(max_size=200), st.text(max_size=80),
       st.from_regex(r"[A-Z0-9-]{4,32}", fullmatch=True), st.booleans())  # fmt: skip
def test_no_text_is_so_long_that_it_touches_a_symbol_or_leaves_the_label(
    form: Format, name: str, place: str, code: str, dated: bool
) -> None:
    facts = Facts(code, name or "x", name, place, place, SHORT.acquired_on if dated else None)
    drawing = drawn(facts, form, PORTAL, FACE.width)
    label = Box(0, 0, form.width, form.height)
    for symbol in drawing.symbols:
        assert symbol.quiet.x >= -1e-6
        assert symbol.quiet.right <= label.right + 1e-6
        assert symbol.quiet.y >= -1e-6
        assert round(symbol.module / form.dot, 3) % 1 == 0
        for box in text_boxes(form, facts):
            assert apart(symbol.quiet, box)
    if len(drawing.symbols) == 2:
        assert apart(drawing.symbols[0].quiet, drawing.symbols[1].quiet)
    for box in text_boxes(form, facts):
        assert box.x >= form.inset[0] - 1e-6
        assert box.right <= form.width - form.inset[0] + 1e-6
        assert box.bottom <= form.height + 1e-6


def test_long_text_shrinks_to_a_limit_and_is_cut_then() -> None:
    wide = float(len("四个汉字"))
    assert fitted("四个汉字", wide * 3, 3, 2, len) == ("四个汉字", 3)
    assert fitted("四个汉字", 10, 3, 2, len) == ("四个汉字", 2.5)
    assert fitted("四个汉字", 6, 3, 2, len) == ("四个…", 2)
    assert lines("甲乙丙，丁", 3, 1, 1, len)[0] == ["甲乙", "丙，丁"]
    assert lines("ab cdef", 5, 1, 1, len)[0] == ["ab", "cdef"]


def test_a_code_too_long_for_thick_bars_has_its_qr_alone() -> None:
    code = "A-B-C-D-E-F-G-H-I-J-K-L-M-N-O-PQ"
    drawing = drawn(replace(SHORT, code=code), FORMATS["roll-40x30"], PORTAL, FACE.width)
    assert [symbol.kind for symbol in drawing.symbols] == ["qrcode"]


@each_format
def test_a_sheet_fits_its_page(form: Format) -> None:
    x, y = form.place(form.places - 1)
    assert 0 <= form.first[0] <= x
    assert round(x + form.width, 3) <= form.page[0]
    assert round(y + form.height, 3) <= form.page[1]


@pytest.mark.parametrize("key", ["a4-3x8", "a4-4x10", "roll-40x30"])
def test_a_printed_page_scans_back_and_begins_where_it_should(key: str) -> None:
    form = FORMATS[key]
    start = form.places - 3 if form.places > 3 else 0
    labels = [replace(SHORT, code=f"TY202600{n:04}") for n in range(4)]
    file = io.BytesIO()
    pages = pdf.write(labels, form, start, PORTAL, FACE, file)
    assert pages == (2 if form.places > 3 else 4)
    with pypdfium2.PdfDocument(file.getvalue()) as document:
        assert len(document) == pages
        images = [page.render(scale=300 / 72).to_pil() for page in document]
        texts = "".join(page.get_textpage().get_text_range() for page in document)
    on_first = 3 if form.places > 3 else 1
    assert read(images[0]) == {pair for one in labels[:on_first] for pair in expected(one)}
    assert {pair for image in images for pair in read(image)} == {
        pair for one in labels for pair in expected(one)
    }
    assert "海口市图书馆" in texts


def test_a_pdf_bears_only_the_characters_that_it_uses() -> None:
    file = io.BytesIO()
    pdf.write([SHORT], FORMATS["roll-60x40"], 0, PORTAL, FACE, file)
    assert len(file.getvalue()) < 60_000


def test_without_a_chinese_font_it_is_said_how_to_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "font.ttf"
    broken.write_bytes(b"no font")
    with pytest.raises(Refused) as refused:
        font.found(broken)
    assert refused.value.code == "label.font_unreadable"
    monkeypatch.setattr(font, "FONTS", (tmp_path / "none",))
    font.found.cache_clear()
    with pytest.raises(Refused) as refused:
        font.found(None)
    assert refused.value.code == "label.no_font"
    font.found.cache_clear()


def test_of_a_collection_the_mainland_face_is_taken() -> None:
    assert FACE.sized(20).getname()[0] == "Noto Sans CJK SC"
