"""Other systems' labels and words around a code: no certain code is made of what isn't one (H2, H5)."""

import io

import pytest
import qrcode
from hypothesis import given
from hypothesis import strategies as st

from scanner.decode import Reading, chosen, itself, picture, readings, seen
from scanner.decode.zbar import text_of
from tests.scanner.symbols import EXAMPLES, NAMES, Example


def meant(found: list[Reading], example: Example) -> list[str]:
    one = chosen(found, example.cards.__contains__)
    text = itself(example.text)
    return list(one.codes) if one else [text] if text else []


@pytest.mark.parametrize("example", EXAMPLES, ids=NAMES)
def test_a_gun_and_a_camera_mean_the_same_codes(example: Example) -> None:
    assert meant(readings(example.text), example) == example.codes
    assert meant(seen(example.text), example) == example.codes


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_different_addresses_are_different_codes(one: int, other: int) -> None:
    address = "https://zc.example.gov.cn/" + "section/" * 12 + "hardware/"
    read = [itself(f"{address}{number}") for number in (one, other)]
    assert (read[0] == read[1]) is (one == other)
    assert [meant(seen(text), Example("", text, [], [])) for text in read] == [
        [text] for text in read
    ]


@given(st.text(max_size=80), st.sampled_from(["TY2019000317", ""]))
def test_a_code_that_is_no_cards_is_never_certain_among_words(text: str, code: str) -> None:
    around = f"名称：{text} {code} 部门"
    for one in seen(around):
        assert one.codes == (itself(around),)


def test_a_code_to_which_somebody_has_bound_an_address_is_that_address() -> None:
    address = "https://zc.example.gov.cn/assets/TY2019000317"
    one = chosen(seen(address), {address, "TY2019000317"}.__contains__)
    assert one is not None
    assert one.codes == (address,)


TEXT = "资产编号：TY2019000317\n资产名称：台式计算机（三楼）\n使用部门：采编部"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
def test_a_picture_of_chinese_text_is_legible_in_the_encodings_of_chinese_labels(
    encoding: str,
) -> None:
    out = io.BytesIO()
    qrcode.make(TEXT.encode(encoding)).save(out, "PNG")
    assert [one.text for one in picture.read(out.getvalue(), budget=60)] == [TEXT]


@given(st.text(st.characters(codec="utf-8", exclude_characters="\ufeff")))
def test_utf_8_is_read_as_it_is_and_no_bytes_are_lost_on_an_error(text: str) -> None:
    assert text_of(text.encode()) == text
    assert text_of(b"Caf\xe9") == "Café"
