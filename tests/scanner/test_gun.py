"""Whatever keyboards and input methods do to what a gun types, the code is read from it (H2)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.decode import Gun, Why, chosen, readings
from scanner.decode.layouts import AMERICAN, LAYOUTS, Layout

CODE = "TY2026000001"
OTHER = "ZC2024000317"
codes = st.from_regex(r"[A-Z]{2}[0-9]{10}", fullmatch=True)
any_code = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-", min_size=4, max_size=32)
layouts = st.sampled_from(LAYOUTS)


def typed_on(layout: Layout, text: str) -> str:
    """What a computer with this layout makes of a gun's keys."""
    return text.translate(str.maketrans("".join(AMERICAN), layout.plain + layout.shifted))


def wide(text: str) -> str:
    """As an input method in full-width mode writes."""
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def all_codes(raw: str, gun: Gun = Gun()) -> list[tuple[str, ...]]:  # noqa: B008  # frozen
    return [one.codes for one in readings(raw, gun)]


@given(any_code)
def test_a_clean_code_is_read_first_and_as_it_is(code: str) -> None:
    first = readings(code)[0]
    assert (first.codes, first.why, first.doubtful) == ((code,), Why.AS_READ, False)


@given(codes, layouts, st.booleans(), st.booleans())
def test_another_layout_wide_forms_and_caps_lock_are_undone_together(
    code: str, layout: Layout, caps: bool, wider: bool
) -> None:
    raw = typed_on(layout, code)
    raw = raw.swapcase() if caps and raw.isascii() else raw
    raw = wide(raw) if wider else raw
    assert (code,) in all_codes(raw)


@given(codes, layouts)
def test_an_address_typed_on_another_layout_is_certain(code: str, layout: Layout) -> None:
    raw = typed_on(layout, f"http://panhuo.example:8000/c/{code}")
    first = readings(raw)[0]
    assert (first.codes, first.why, first.layout) == ((code,), Why.LAYOUT, layout.name)
    assert not first.doubtful


@given(codes)
def test_azerty_is_certain_because_its_figures_come_as_signs(code: str) -> None:
    first = readings(typed_on(LAYOUTS[0], code))[0]
    assert (first.codes, first.layout, first.doubtful) == ((code,), "azerty", False)


def test_a_layout_that_only_swaps_letters_is_doubtful() -> None:
    found = readings("TZ2026000001")
    doubtful = {one.codes[0]: one.doubtful for one in found}
    assert (doubtful["TZ2026000001"], doubtful[CODE]) == (False, True)
    assert chosen(found, {CODE}.__contains__) == found[0]


@given(
    any_code,
    st.sampled_from(["", "\x02", "\t", "]C1", "]Q1", "\ufeff", "##"]),
    st.sampled_from(["", "\r\n", "\x03", "\n", "\t", "\x1d\r"]),
)
def test_what_a_gun_sends_around_a_code_goes(code: str, before: str, after: str) -> None:
    gun = Gun(prefix="##")
    assert all_codes(before + code + after, gun)[0] == (code,)


@given(codes, codes)
def test_two_codes_that_ran_together_come_apart(one: str, other: str) -> None:
    apart = (one, other) if one != other else (one,)
    assert apart in all_codes(one + other)
    assert all_codes(f"{one}\r\n{other}\r\n")[0] == apart
    assert all_codes(f"http://h/c/{one}http://h/c/{other}")[0] == apart


@given(any_code.filter(lambda code: len(code) <= 16))
def test_a_code_read_twice_in_one_go_is_one(code: str) -> None:
    assert (code,) in all_codes(code * 2)


@pytest.mark.parametrize("address", [
    "http://127.0.0.1:8000/c/{}", "HTTPS://PANHUO.EXAMPLE/C/{}", "https://h/zc/cards/{}?tab=files#x",
    "https://h/c/{}/", "https://h/c/%54Y2026000001", "http。//h", "ｈｔｔｐｓ：／／ｈ／ｃ／{}", "https：、、h、c、{}",
])  # fmt: skip
def test_the_code_is_certain_in_a_cards_own_address_wherever_it_leads(address: str) -> None:
    expected = [] if address == "http。//h" else [(CODE,)]
    assert all_codes(address.format(CODE))[:1] == expected


@pytest.mark.parametrize(
    "address", ["https://other.example/asset/view/{}", "https://h/s?id=1&code={}"]
)
def test_in_another_systems_address_the_code_is_meant_where_it_is_a_cards(address: str) -> None:
    found = readings(address.format(CODE))
    known, unknown = chosen(found, {CODE}.__contains__), chosen(found, set[str]().__contains__)
    assert known is not None
    assert unknown is not None
    assert (known.codes, unknown.codes) == ((CODE,), (address.format(CODE),))


def test_what_is_known_decides_between_one_long_code_and_two() -> None:
    found = readings(CODE + OTHER)
    both = chosen(found, {CODE, OTHER}.__contains__)
    assert both is not None
    assert (both.codes, both.why) == ((CODE, OTHER), Why.APART)
    whole = chosen(found, {CODE + OTHER}.__contains__)
    assert whole is not None
    assert whole.codes == (CODE + OTHER,)
    unknown = chosen(found, set[str]().__contains__)
    assert unknown is not None
    assert unknown.codes == (CODE + OTHER,)


@given(st.text(max_size=120))
def test_no_text_breaks_it_and_every_reading_is_codes_or_what_they_stand_in(raw: str) -> None:
    for one in readings(raw):
        assert one.codes
        stand_whole = {text for text, _codes in one.within}
        assert all(4 <= len(c) <= 32 and set(c) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")
                   for c in one.codes if c not in stand_whole)  # fmt: skip


@pytest.mark.parametrize("raw", ["", "\r\n", "台式计算机", "ħ123", "A1", "http://", "x" * 5_000])
def test_nothing_is_read_where_there_is_no_code(raw: str) -> None:
    assert readings(raw) == []
