"""A card is named by its code, however it was typed, or by words that one card alone bears (J3)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db import Connection, Refused
from registry.cards import Status, card, register
from registry.cards.named import MOST_OFFERED, Several, anywhere, code_of
from registry.cards.named import card as named
from registry.cards.register import Query
from tests.registry.conftest import MakeCard, Organisation, Person

CODE = "TY2026000001"
WIDE = "".join(chr(ord(letter) + 0xFEE0) for letter in CODE)
WAYS = (
    CODE,
    CODE.lower(),
    f"  {CODE}\t",
    WIDE,
    WIDE.lower(),
    f"\u3000{WIDE}\u200b",
    f"\ufeff{CODE}\r\n",
)


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-", min_size=4, max_size=32), st.booleans())
def test_a_code_is_the_same_wide_small_and_among_blanks(code: str, small: bool) -> None:
    typed = code.lower() if small else code
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in typed)
    assert {code_of(typed), code_of(wide), code_of(f" {wide}\u3000")} == {code}


@pytest.mark.parametrize("typed", WAYS, ids=range(len(WAYS)))
def test_a_code_finds_its_card_however_it_was_typed(
    conn: Connection, make_card: MakeCard, organisation: Organisation, person: Person, typed: str
) -> None:
    make_card(code=CODE)
    assert named(conn, [organisation.units["图书馆"]], typed) == CODE
    found = card(conn, person("clerk").id, typed)
    assert found is not None
    assert found.code == CODE


@pytest.mark.parametrize("typed", ["古籍扫描仪", "扫描", "ｉ７４００", "I7400 古籍", "特藏室"])
def test_words_that_one_card_alone_bears_name_it(
    conn: Connection, make_card: MakeCard, organisation: Organisation, typed: str
) -> None:
    make_card(code=CODE)
    make_card(code="TY2020000101", name="古籍扫描仪", model="i7400", place="三楼特藏室")
    assert named(conn, [organisation.units["图书馆"]], typed) == "TY2020000101"


def test_words_of_several_cards_offer_them_and_of_many_the_first(
    conn: Connection, make_card: MakeCard, organisation: Organisation
) -> None:
    units = [organisation.units["图书馆"]]
    for number in range(MOST_OFFERED):
        make_card(code=f"TY202600010{number}", name="阅览桌")
    with pytest.raises(Several) as few:
        named(conn, units, "阅览桌")
    make_card(code="TY2026000999", name="阅览桌")
    with pytest.raises(Several) as many:
        named(conn, units, "阅览桌")
    assert (few.value.code, many.value.code) == ("card.several_named", "card.many_named")
    assert few.value.cards == many.value.cards
    assert [row.code for row in few.value.cards] == [f"TY202600010{n}" for n in range(MOST_OFFERED)]


def test_what_names_no_card_is_refused_by_its_field(
    conn: Connection, make_card: MakeCard, organisation: Organisation
) -> None:
    make_card(code=CODE)
    for typed, code in (
        ("TY0000000000", "card.none_named"),
        (" \u3000", "card.unnamed"),
        ("%", "card.none_named"),
    ):
        with pytest.raises(Refused) as refused:
            named(conn, [organisation.units["图书馆"]], typed)
        assert (refused.value.code, refused.value.facts["field"]) == (code, "card")


def test_another_units_card_is_as_if_it_were_not_there(
    conn: Connection, make_card: MakeCard, organisation: Organisation
) -> None:  # J4
    make_card(code=CODE, name="移动彩超仪", unit="医院")
    for typed in (CODE, "彩超"):
        with pytest.raises(Refused) as refused:
            named(conn, [organisation.units["图书馆"]], typed)
        assert refused.value.code == "card.none_named"
        assert anywhere(conn, typed) == CODE  # whoever runs the installation


def test_words_mean_cards_of_the_statuses_alone_that_may_be_chosen(
    conn: Connection, make_card: MakeCard, organisation: Organisation
) -> None:
    units = [organisation.units["图书馆"]]
    make_card(code=CODE, name="书车", status="disposed")
    make_card(code="TY2026000002", name="书车", status="idle")
    make_card(code="TY2026000003", name="书车", status="leased")
    assert named(conn, units, "书车", among={Status.IDLE}) == "TY2026000002"
    assert named(conn, units, CODE) == CODE  # by its code it is told why it can't be


def test_of_codes_that_a_label_bears_the_first_that_is_a_card_is_meant(
    conn: Connection, make_card: MakeCard, organisation: Organisation
) -> None:
    make_card(code=CODE)
    address = f"https://zc.example.gov.cn/c/{CODE}"
    assert named(conn, [organisation.units["图书馆"]], address, ["ASSETS", CODE]) == CODE


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("投影仪（三楼）", "投影仪(三楼)"),
        ("ＬＥＤ屏", "led屏"),
        ("LED屏", "ｌｅｄ屏"),
        ("投影仪（三楼）", "（三楼）"),
        ("书架120㎝", "120cm"),
    ],
    ids=range(5),
)
def test_wide_and_narrow_forms_are_the_same_to_a_search(
    conn: Connection, make_card: MakeCard, organisation: Organisation, name: str, text: str
) -> None:
    make_card(code=CODE, name=name)
    query = Query(units=[organisation.units["图书馆"]], text=text)
    rows, _more = register.page(conn, query, register.find(conn, query, {}))
    assert [row.code for row in rows] == [CODE]
