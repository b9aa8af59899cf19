"""Values of fields as canonical text: read from what people type or paste, and shown again.

Canonical: money and quantities with two decimals, dates ISO, yes/no as 'true' or 'false', choices
by key, categories by code, sections by name, '' for nothing.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from db import Refused
from db.text import clean
from registry import phones
from registry.cards.field import Field, Form
from registry.cards.fields import CLASSES
from registry.cards.kinds import CardType
from registry.cards.named import code_of
from registry.words import Label

Values = dict[str, str]
MOST_MEANT: Final = 5  # categories that a refusal names
CENT: Final = Decimal("0.01")
CODE: Final = re.compile(r"[A-Z0-9-]{4,32}")
DAY: Final = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
COMPACT_DAY: Final = re.compile(r"(\d{4})(\d{2})(\d{2})")
YES: Final = frozenset({"是", "yes", "y", "true", "1", "√", "可", "共享"})
NO: Final = frozenset({"否", "no", "n", "false", "0", "×", "不可", "不共享"})


@dataclass(frozen=True, slots=True)
class Known:
    """What values may refer to: categories (name by code), the unit's sections, today's date, and
    the codes of each common name of categories.
    """

    categories: Mapping[str, str]
    sections: frozenset[str]
    today: date
    common_names: Mapping[str, Sequence[str]] = field(default_factory=dict)
    codes_by_name: dict[str, list[str]] = field(default_factory=dict)

    def categories_named(self, name: str) -> Sequence[str]:
        """The codes of the categories of this name; of this common name where none has it."""
        if not self.codes_by_name:
            for code, known in self.categories.items():
                self.codes_by_name.setdefault(known, []).append(code)
        return self.codes_by_name.get(name) or self.common_names.get(name, ())


def read(one: Field, text: str, known: Known) -> str:
    """The canonical value of what somebody wrote.

    Raises Refused with the field and its rule: 'value.required', 'value.long', 'value.code',
    'value.category', 'value.category_several', 'value.section', 'value.choice', 'value.yes_no',
    'value.date', 'value.date_early', 'value.date_ahead', 'value.date_late', 'value.number',
    'value.number_range', 'value.phone'.
    """
    text = clean(text, lines=one.form is Form.LONG_TEXT)
    if not text:
        if one.required:
            raise _refused("value.required", one)
        return ""
    return READERS[one.form](one, text, known)


def _refused(code: str, one: Field, **facts: object) -> Refused:
    return Refused(code, field=one.name, label=one.label, **facts)


def _text(one: Field, text: str, _known: Known) -> str:
    if len(text) > one.longest:
        raise _refused("value.long", one, most=one.longest, found=len(text))
    return text


def _plain(text: str) -> str:
    """Full-width letters and figures as ASCII."""
    return unicodedata.normalize("NFKC", text)


def _code(one: Field, text: str, _known: Known) -> str:
    code = code_of(text)
    if not CODE.fullmatch(code):
        raise _refused("value.code", one, value=text[:40])
    return code


def _category(one: Field, text: str, known: Known) -> str:
    code = _plain(text).upper().split(" ")[0]
    if code in known.categories:
        return code
    named = known.categories_named(text)
    if not named:
        raise _refused("value.category", one, value=text[:40])
    if len(named) > 1:
        meant = "、".join(f"{code} {known.categories[code]}" for code in named[:MOST_MEANT])
        raise _refused("value.category_several", one, value=text[:40], n=len(named), meant=meant)
    return named[0]


def _section(one: Field, text: str, known: Known) -> str:
    if text not in known.sections:
        raise _refused("value.section", one, value=text[:40])
    return text


def _choice(one: Field, text: str, _known: Known) -> str:
    for key, label in one.choices:
        if text.casefold() in {key, label.zh.casefold(), label.en.casefold()}:
            return key
    labels = [label for _, label in one.choices]
    allowed = Label("、".join(one.zh for one in labels), ", ".join(one.en for one in labels))
    raise _refused("value.choice", one, value=text[:40], allowed=allowed)


def _yes_no(one: Field, text: str, _known: Known) -> str:
    word = _plain(text).casefold()
    if word in YES:
        return "true"
    if word in NO:
        return "false"
    raise _refused("value.yes_no", one, value=text[:40])


def _date(one: Field, text: str, known: Known) -> str:
    plain = _plain(text).split(" ")[0].split("T")[0]
    match = DAY.fullmatch(plain) or COMPACT_DAY.fullmatch(plain)
    try:
        day = date(*(int(part) for part in match.groups())) if match else None
    except ValueError:
        day = None
    if day is None:
        raise _refused("value.date", one, value=text[:40])
    if day < one.days.since:
        least = one.days.since.isoformat()
        raise _refused("value.date_early", one, value=day.isoformat(), least=least)
    latest = one.days.latest(known.today)
    if day > latest:
        code = "value.date_late" if one.days.ahead else "value.date_ahead"
        raise _refused(code, one, value=day.isoformat(), most=latest.isoformat())
    return day.isoformat()


def _phone(one: Field, text: str, known: Known) -> str:
    if not phones.plausible(_text(one, text, known)):
        raise _refused("value.phone", one, value=text[:40])
    return text


def _number(one: Field, text: str) -> Decimal:
    plain = _plain(text).replace(",", "").replace(" ", "").removeprefix("¥").removesuffix("元")
    try:
        value = Decimal(plain)
    except InvalidOperation as error:
        raise _refused("value.number", one, value=text[:40]) from error
    if not value.is_finite():
        raise _refused("value.number", one, value=text[:40])
    return value


def _decimal(one: Field, text: str, _known: Known) -> str:
    value = _number(one, text)
    low = CENT if one.form is Form.QUANTITY else Decimal(0)
    if not low <= value <= one.most:
        raise _refused("value.number_range", one, least=low, most=f"{one.most:,}")
    if value != value.quantize(CENT):
        raise _refused("value.decimals", one, value=text[:40])
    return str(value.quantize(CENT))


def _whole(one: Field, text: str, _known: Known) -> str:
    value = _number(one, text)
    if value != value.to_integral_value():
        raise _refused("value.whole", one, value=text[:40])
    if not 0 <= value <= min(one.most, Decimal(10) ** 9):
        raise _refused("value.number_range", one, least=0, most="1,000,000,000")
    return str(int(value))


READERS: Final[dict[Form, Callable[[Field, str, Known], str]]] = {
    Form.TEXT: _text,
    Form.LONG_TEXT: _text,
    Form.CODE: _code,
    Form.CATEGORY: _category,
    Form.SECTION: _section,
    Form.CHOICE: _choice,
    Form.YES_NO: _yes_no,
    Form.DATE: _date,
    Form.MONEY: _decimal,
    Form.QUANTITY: _decimal,
    Form.WHOLE: _whole,
    Form.PHONE: _phone,
}


def read_all(
    fields: Iterable[Field], typed: Mapping[str, str], known: Known
) -> tuple[Values, dict[str, Refused]]:
    """(canonical values, refusals by field) of a form or of a file's row; a field without a
    legible value keeps what was typed, so that nothing is lost.
    """
    values: Values = {}
    refusals: dict[str, Refused] = {}
    for one in fields:
        text = typed.get(one.name, "")
        try:
            values[one.name] = read(one, text, known)
        except Refused as refused:
            values[one.name], refusals[one.name] = text, refused
    return values, refusals


def across(values: Mapping[str, str]) -> dict[str, Refused]:
    """Refusals of rules that join fields of one card; `values` are canonical, and those without a
    legible value are left out.

    Depreciation and funds are within the original value; the category's class has such cards.
    """
    found: dict[str, Refused] = {}
    if "original_value" in values:
        original = Decimal(values["original_value"] or 0)
        if Decimal(values.get("accumulated_depreciation") or 0) > original:
            name = "accumulated_depreciation"
            found[name] = Refused("value.above_original", field=name)
        funds = sum(Decimal(values.get(name) or 0) for name in ("fiscal_funds", "other_funds"))
        if funds > original:
            found["fiscal_funds"] = Refused("value.funds_above_original", field="fiscal_funds")
    allowed = CLASSES.get(values.get("category", "")[:3])
    if allowed and values.get("type") and CardType(values["type"]) not in allowed:
        found["category"] = Refused(
            "value.category_of_other_type", field="category", type=CardType(values["type"]).label
        )
    return found


def canonical(value: object) -> str:
    """The canonical text of what a column holds."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Decimal():
            return str(value.quantize(CENT))
        case datetime():
            return value.isoformat()
        case date():
            return value.isoformat()
        case _:
            return str(value)
