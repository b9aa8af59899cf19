"""What people type becomes canonical values, or a refusal that names the field and the rule (J3)."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db import Refused
from db.text import clean
from registry import phones
from registry.cards import CardType
from registry.cards.field import Field, Form
from registry.cards.fields import BY_NAME, FIELDS, fields_of
from registry.cards.kinds import ChangeKind
from registry.cards.values import Known, across, read, read_all
from registry.xlsx_rows import from_cell

KNOWN = Known(
    {"A02010105": "台式计算机", "A02010000": "信息化设备", "A05000000": "家具", "A05010000": "家具"},
    frozenset({"采编部"}),
    date(2026, 11, 23),
    {"电脑": ["A02010000", "A02010105"], "桌子": ["A05010000"], "家具": ["A02010105"]},
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("code", " ty2026-1 ", "TY2026-1"),
        ("code", "ＴＹ２０２６", "TY2026"),
        ("original_value", "¥1,234.5", "1234.50"),
        ("original_value", "１２３４元", "1234.00"),
        ("quantity", "3", "3.00"),
        ("acquired_on", "2026/1/2", "2026-01-02"),
        ("acquired_on", "2026年1月2日", "2026-01-02"),
        ("acquired_on", "20260102", "2026-01-02"),
        ("acquired_on", "2026-01-02 00:00:00", "2026-01-02"),
        ("shareable", "是", "true"),
        ("shareable", "No", "false"),
        ("status", "闲置", "idle"),
        ("status", "Idle", "idle"),
        ("status", "idle", "idle"),
        ("category", "台式计算机", "A02010105"),
        ("category", "桌子", "A05010000"),  # a common name
        ("category", "a02010105 台式计算机", "A02010105"),
        ("using_section", "采编部", "采编部"),
        ("name", "扫\u3000描\t仪\u200b", "扫 描 仪"),
        ("rated_hours", "800", "800"),
        ("brand", "", ""),
    ],
)
def test_typed_value_becomes_canonical(name: str, typed: str, value: str) -> None:
    assert read(BY_NAME[name], typed, KNOWN) == value


@pytest.mark.parametrize(
    ("name", "typed", "code"),
    [
        ("name", "  ", "value.required"),
        ("name", "长" * 101, "value.long"),
        ("code", "资产一", "value.code"),
        ("original_value", "约五千", "value.number"),
        ("original_value", "NaN", "value.number"),
        ("original_value", "1e400", "value.number_range"),
        ("original_value", "-1", "value.number_range"),
        ("original_value", "1.234", "value.decimals"),
        ("quantity", "0", "value.number_range"),
        ("acquired_on", "2026-02-30", "value.date"),
        ("acquired_on", "2026-11-24", "value.date_ahead"),
        ("acquired_on", "0026-11-24", "value.date_early"),
        ("warranty_until", "2126-11-24", "value.date_late"),
        ("registered_on", "1926-11-24", "value.date_early"),
        ("shareable", "也许", "value.yes_no"),
        ("status", "报废", "value.choice"),
        ("category", "家具", "value.category_several"),
        ("category", "电脑", "value.category_several"),
        ("using_section", "采编", "value.section"),
        ("floors", "2.5", "value.whole"),
    ],
)
def test_senseless_value_is_refused_by_field_and_rule(name: str, typed: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        read(BY_NAME[name], typed, KNOWN)
    assert refused.value.code == code
    assert refused.value.facts["field"] == name


@given(text=st.text(max_size=60), one=st.sampled_from(FIELDS))
def test_canonical_value_reads_as_itself(text: str, one: Field) -> None:
    try:
        value = read(one, text, KNOWN)
    except Refused:
        return
    assert read(one, value, KNOWN) == value


@given(text=st.text())
def test_cleaned_text_has_nothing_invisible_and_stays_clean(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    assert not set(clean(text)) & set("\0\n\r\t\u200b\u202e\ufeff")


@pytest.mark.parametrize("rare", ["\U00031350", "\U00032180", "\ue000", "\u9fb4"])
def test_a_rare_character_stays_in_a_name(rare: str) -> None:
    assert clean(f"张{rare} ") == f"张{rare}"


def test_what_no_text_may_hold_is_dropped() -> None:
    assert clean("张\ufffe\ufdd0\U0010ffff三") == "张三"


def test_every_field_that_is_wrong_is_named_at_once() -> None:
    typed = {"code": "?", "name": "", "original_value": "x"}
    values, refusals = read_all([BY_NAME[name] for name in typed], typed, KNOWN)
    assert set(refusals) == {"code", "name", "original_value"}
    assert values == typed  # what was typed is kept


def test_depreciation_and_funds_stay_within_the_original_value() -> None:
    values = {
        "original_value": "100.00",
        "accumulated_depreciation": "100.01",
        "fiscal_funds": "60.00",
        "other_funds": "40.01",
    }
    assert set(across(values)) == {"accumulated_depreciation", "fiscal_funds"}


def test_category_must_hold_cards_of_the_type() -> None:
    assert "category" in across({"category": "A05010000", "type": "vehicle"})
    assert across({"category": "A02010105", "type": "vehicle"}) == {}


def test_every_card_type_has_fields_of_all_four_groups() -> None:
    for card_type in CardType:
        groups = {one.group for one in fields_of(card_type)}
        assert len(groups) == 4, card_type


def test_every_field_is_set_when_a_card_is_made_or_is_derived() -> None:
    for one in FIELDS:
        assert one.derived or ChangeKind.REGISTER in one.changed_by, one.name
        assert bool(one.choices) == (one.form is Form.CHOICE), one.name
    assert len({one.name for one in FIELDS}) == len(FIELDS)


@pytest.mark.parametrize(
    ("cell", "text"), [(12.0, "12"), (1.5, "1.5"), (None, ""), (True, "是"), ("a", "a")]
)
def test_cell_of_a_sheet_is_read_as_somebody_would_have_typed_it(cell: object, text: str) -> None:
    assert from_cell(cell) == text


@pytest.mark.parametrize(
    ("text", "dialled"),
    [
        ("0898-65301234", True),
        ("(0898) 6530 1234", True),
        ("65301234 转 8012", True),
        ("13876012345、0898-65301234", True),
        ("１３８７６０１２３４５", True),
        ("+86 138 7601 2345", True),
        ("+852 2829 1234", True),
        ("400-810-8888", True),
        ("0086 138 7601 2345", True),
        ("86-13876012345", True),
        ("+86 (0)898 6530 1234", True),
        ("0755-86530123", True),
        ("6530123", True),
        ("12345", True),
        ("123", False),
        ("1387601234", False),  # a figure is missing
        ("13876012", False),
        ("138760123456", False),  # one too many
        ("15301234", False),
        ("898-65301234", False),
        ("+86 1387601234567", False),
        ("898653012345678", False),
        ("12876012345", False),
        ("00000000", False),
        ("call me", False),
        ("13876012345、abc", False),
        ("1" * 41, False),
    ],
)
def test_a_telephone_number_is_one_that_can_be_dialled(text: str, dialled: bool) -> None:
    assert phones.plausible(text) is dialled
