"""What an uploaded photo shows, as codes (H2)."""

import io

import pytest
import qrcode
from PIL import Image

from db import Refused
from portal import scan_read
from registry.stocktake.scan import LONGEST_CODE
from scanner.labels import FORMATS, Facts, drawn, font
from scanner.labels.picture import painted

CODE = "TY2026000001"


def photo(*pictures: Image.Image) -> list[tuple[str, bytes]]:
    """One above the other, as a browser sends a file."""
    width = max(one.width for one in pictures)
    whole = Image.new("L", (width, sum(one.height for one in pictures)), 255)
    top = 0
    for one in pictures:
        whole.paste(one, (0, top))
        top += one.height
    out = io.BytesIO()
    whole.save(out, "PNG")
    return [("photo.png", out.getvalue())]


def qr(text: str) -> Image.Image:
    out = io.BytesIO()
    qrcode.make(text).save(out, "PNG")
    return Image.open(out).convert("L")


def test_a_label_whose_two_symbols_are_read_gives_its_code_once() -> None:
    face = font.found(None)
    facts = Facts(CODE, "投影仪", "海口市图书馆", "", "", None)
    label = painted(drawn(facts, FORMATS["roll-60x40"], "https://h.example", face.width), face, 16)
    assert scan_read.of_picture(photo(label)) == [CODE]


def test_a_symbol_that_reads_like_keyboard_damage_is_left_as_it_is() -> None:
    text = "TY&\"'(_&\"'("  # on a French keyboard TY134581345 without Shift
    assert scan_read.of_picture(photo(qr(text))) == [text]


def test_a_makers_symbol_beside_the_label_does_not_hinder_its_code() -> None:
    maker = "S/N：" + "序列号 0123456789 " * 8
    codes = scan_read.of_picture(photo(qr(maker), qr(f"https://h.example/c/{CODE}")))
    assert codes[-1] == CODE
    assert len(codes[0]) == LONGEST_CODE


def test_a_photo_without_symbols_says_so() -> None:
    with pytest.raises(Refused) as refused:
        scan_read.of_picture(photo(Image.new("L", (400, 300), 255)))
    assert refused.value.code == "count.no_code_in_picture"
