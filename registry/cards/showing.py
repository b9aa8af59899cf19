"""Canonical values as people read them, in either language."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from registry.cards.field import Field, Form
from registry.words import Label

YES_NO: Final = {"true": Label("是", "Yes"), "false": Label("否", "No")}


def show(one: Field, value: str, language: str, categories: Mapping[str, str]) -> str:
    """The value's words: 闲置, 5,600.00, A02010105 台式计算机. `categories`: names by code."""
    words = WORDS.get(one.form)
    return words(one, value, language, categories) if value and words else value


def _choice(one: Field, value: str, language: str, _categories: Mapping[str, str]) -> str:
    known = dict(one.choices).get(value)
    return known.of(language) if known else value


def _yes_no(_one: Field, value: str, language: str, _categories: Mapping[str, str]) -> str:
    return YES_NO[value].of(language)


def _money(_one: Field, value: str, _language: str, _categories: Mapping[str, str]) -> str:
    return f"{Decimal(value):,.2f}"


def _quantity(one: Field, value: str, language: str, categories: Mapping[str, str]) -> str:
    return _money(one, value, language, categories).removesuffix(".00")


def _category(_one: Field, value: str, _language: str, categories: Mapping[str, str]) -> str:
    return f"{value} {categories.get(value, '')}".strip()


Words = Callable[[Field, str, str, Mapping[str, str]], str]
WORDS: Final[dict[Form, Words]] = {
    Form.CHOICE: _choice,
    Form.YES_NO: _yes_no,
    Form.MONEY: _money,
    Form.QUANTITY: _quantity,
    Form.CATEGORY: _category,
}
