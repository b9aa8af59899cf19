"""What an uploaded photo shows, as codes (H2)."""

import io

import pytest
import qrcode
from PIL import Image

from db import Connection, Refused
from portal import scan_read
from registry.cards import write
from registry.org import User, user
from registry.stocktake.scan import LONGEST_CODE
from scanner.labels import FORMATS, Facts, drawn, font
from scanner.labels.picture import painted
from tests.registry.conftest import VALUES, furnish, organise

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


@pytest.fixture
def clerk(conn: Connection) -> User:
    """Somebody of a library that has one card."""
    organisation = organise(conn)
    furnish(conn, organisation)
    write.insert(conn, organisation.units["图书馆"], {**VALUES, "code": CODE})
    found = user(conn, organisation.users["clerk"])
    assert found is not None
    return found


def codes(conn: Connection, clerk: User, *pictures: Image.Image) -> list[str]:
    """What a photo of these says."""
    return scan_read.all_shown(conn, clerk, scan_read.of_picture(photo(*pictures)))


def test_a_label_whose_two_symbols_are_read_gives_its_code_once(
    conn: Connection, clerk: User
) -> None:
    face = font.found(None)
    facts = Facts(CODE, "投影仪", "海口市图书馆", "", "", None)
    label = painted(drawn(facts, FORMATS["roll-60x40"], "https://h.example", face.width), face, 16)
    assert codes(conn, clerk, label) == [CODE]


def test_a_symbol_that_reads_like_keyboard_damage_is_left_as_it_is(
    conn: Connection, clerk: User
) -> None:
    text = "TY&\"'(_&\"'("  # on a French keyboard TY134581345 without Shift
    assert codes(conn, clerk, qr(text)) == [text]


def test_a_makers_symbol_beside_the_label_does_not_hinder_its_code(
    conn: Connection, clerk: User
) -> None:
    maker = "S/N：" + "序列号 0123456789 " * 40
    read = codes(conn, clerk, qr(maker), qr(f"https://h.example/c/{CODE}"))
    assert read[-1] == CODE
    assert len(read[0]) == LONGEST_CODE


def test_another_systems_label_is_the_card_whose_code_it_bears(
    conn: Connection, clerk: User
) -> None:
    label, other = qr(f"http://10.1.2.3:8080/assets?id={CODE}"), qr("https://h.example/hardware/7")
    assert codes(conn, clerk, label, other) == [CODE, "https://h.example/hardware/7"]


def test_a_photo_without_symbols_says_so() -> None:
    with pytest.raises(Refused) as refused:
        scan_read.of_picture(photo(Image.new("L", (400, 300), 255)))
    assert refused.value.code == "count.no_code_in_picture"
