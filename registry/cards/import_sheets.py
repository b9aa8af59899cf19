"""Sheets that an import hands out: the template to fill in, and the rows to mend (A6)."""

import io
from collections.abc import Callable
from typing import Any, Final

import xlsxwriter

from db import Refused
from registry.cards.drafting import asked
from registry.cards.field import Field, Form
from registry.cards.imports import COLUMNS, ERRORS, ROW, Checked
from registry.cards.kinds import CardType, ChangeKind
from registry.words import Label

DATA: Final = Label("资产卡片", "Cards")
HELP: Final = Label("填写说明", "How to fill in")
HELP_HEADS: Final = (
    Label("列", "Column"),
    Label("必填", "Required"),
    Label("怎样填写", "What to write"),
)
YES: Final = Label("是", "Yes")
NO: Final = Label("否", "No")
RULES: Final = {
    Form.TEXT: Label("文字，最多 {longest} 字", "Text, {longest} characters at most"),
    Form.LONG_TEXT: Label("文字，最多 {longest} 字", "Text, {longest} characters at most"),
    Form.CODE: Label("4 至 32 位大写字母、数字或 -，不能重复", "4 to 32 capital letters, digits or -, each once"),
    Form.CATEGORY: Label("GB/T 14885 编码或名称", "Code or name of GB/T 14885"),
    Form.SECTION: Label("本单位已登记的部门名称", "A section of the unit, by name"),
    Form.CHOICE: Label("从下拉列表选择", "Choose from the list"),
    Form.YES_NO: Label("是 或 否", "Yes or No"),
    Form.DATE: Label("日期，如 2026-03-18", "A date such as 2026-03-18"),
    Form.MONEY: Label("金额（元），最多两位小数", "Yuan, two decimals at most"),
    Form.QUANTITY: Label("大于 0 的数，最多两位小数", "Above 0, two decimals at most"),
    Form.PHONE: Label("电话，如 0898-65301234", "A telephone number such as 0898-65301234"),
    Form.WHOLE: Label("0 或正整数", "A whole number from 0 on"),
}  # fmt: skip
ROWS_CHECKED: Final = 20_000  # rows of the template that have lists to choose from


def template(card_type: str, language: str) -> bytes:
    """An XLSX with the heads for one card type ('' for all), lists to choose from, and help."""
    fields = asked(ChangeKind.IMPORT, CardType(card_type)) if card_type else COLUMNS
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet(DATA.of(language))
        text = book.add_format({"num_format": "@"})  # what people paste stays as it is
        must = book.add_format({"bold": True, "bg_color": "#CFE8E3", "bottom": 1})
        may = book.add_format({"bold": True, "bg_color": "#EEF2F1", "bottom": 1})
        for column, one in enumerate(fields):
            head = one.label.of(language) + (" *" if one.required else "")
            sheet.set_column(column, column, 16, None if one.form.numeric else text)
            sheet.write_string(0, column, head, must if one.required else may)
            if options := _choices(one, language):
                sheet.data_validation(1, column, ROWS_CHECKED, column, options)
        sheet.freeze_panes(1, 2)
        _help(book, fields, language)
    return content.getvalue()


def _choices(one: Field, language: str) -> dict[str, Any] | None:
    labels = [label for _key, label in one.choices]
    if one.form is Form.YES_NO:
        labels = [YES, NO]
    if not labels:
        return None
    return {"validate": "list", "source": [label.of(language) for label in labels]}


def _help(book: Any, fields: tuple[Field, ...], language: str) -> None:
    sheet, bold = book.add_worksheet(HELP.of(language)), book.add_format({"bold": True})
    sheet.set_column(0, 0, 22)
    sheet.set_column(2, 2, 90)
    for column, head in enumerate(HELP_HEADS):
        sheet.write_string(0, column, head.of(language), bold)
    for row, one in enumerate(fields, 1):
        rule = RULES[one.form].of(language).format(longest=one.longest)
        if one.choices:
            separator = "、" if language == "zh" else ", "
            rule += ": " + separator.join(label.of(language) for _key, label in one.choices)
        sheet.write_string(row, 0, one.label.of(language))
        sheet.write_string(row, 1, YES.of(language) if one.required else "")
        sheet.write_string(row, 2, rule)


def errors(checked: Checked, said: Callable[[Refused], str], language: str) -> bytes:
    """An XLSX of the rows to mend, as they were, with what is wrong; the wrong cells are marked.

    It can be mended and sent in again: its two own columns are passed over.
    """
    content = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as book:
        sheet = book.add_worksheet(ERRORS.of(language))
        bold = book.add_format({"bold": True, "bottom": 1})
        mark = book.add_format({"bg_color": "#FBE3DF"})
        heads = [ROW.of(language), ERRORS.of(language), *checked.heads]
        for column, head in enumerate(heads):
            sheet.set_column(column, column, 60 if column == 1 else 16)
            sheet.write_string(0, column, head, bold)
        for place, row in enumerate(checked.wrong, 1):
            sheet.write_number(place, 0, row.number)
            sheet.write_string(place, 1, "\n".join(said(one) for one in row.refusals.values()))
            for column, cell in enumerate(row.cells):
                field = checked.columns[column] if column < len(checked.columns) else None
                bad = field is not None and field.name in row.refusals
                sheet.write_string(place, column + 2, cell, mark if bad else None)
        sheet.freeze_panes(1, 2)
    return content.getvalue()
