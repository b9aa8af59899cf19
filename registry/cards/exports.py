"""Export of cards (A6): what a query finds, row by row, as CSV or XLSX; memory stays bounded."""

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import IO, Any, Final, LiteralString

import xlsxwriter
from psycopg.rows import dict_row

from db import Connection, Refused, scalar
from registry import tables
from registry.cards import register
from registry.cards.field import Field, Form
from registry.cards.fields import FIELDS, fields_of
from registry.cards.imports import UNIT
from registry.cards.kinds import CardType
from registry.cards.register import Query
from registry.cards.showing import show
from registry.cards.values import canonical

AT_ONCE: Final = 2_000  # rows of the server's cursor
MOST_IN_XLSX: Final = 1_048_575  # the format's own limit, without the heads
FIRST_EXCEL_DAY: Final = date(1900, 3, 1)  # Excel's calendar has a day too many before it

PIECES: Final[dict[str, LiteralString]] = {
    "rows": """
    SELECT unit.name AS unit_name, card.code, card.name, card.category, card.type, card.quantity,
           card.measure, card.acquisition_way, card.acquired_on, card.brand, card.model,
           card.serial_number, card.maker, card.supplier, card.original_value,
           card.accumulated_depreciation, card.net_value, card.fiscal_funds, card.other_funds,
           card.value_type, card.ledger_account, card.voucher_number, card.status, card.shareable,
           COALESCE(using_section.name, '') AS using_section, card.custodian,
           COALESCE(managing_section.name, '') AS managing_section, card.place, card.purpose,
           card.characteristic
      FROM card
      JOIN unit ON unit.id = card.unit_id
      LEFT JOIN section AS using_section ON using_section.id = card.using_section_id
      LEFT JOIN section AS managing_section ON managing_section.id = card.managing_section_id
     WHERE """,
    "order": " ORDER BY card.code",
    "count": "SELECT count(*) FROM (SELECT FROM card WHERE ",
    "counted": " LIMIT %(limit)s) AS found",
}


def columns(card_type: str) -> list[Field]:
    """The exported fields: those of one card type, or of all."""
    fields = fields_of(CardType(card_type)) if card_type else FIELDS
    return [one for one in fields if one.exported]


def _refuse_too_many(conn: Connection, query: Query) -> None:
    """Before a row of it is written: whoever gets a sheet has all of what was found."""
    condition, values = register.where(query)
    text: LiteralString = PIECES["count"] + condition + PIECES["counted"]
    if scalar(conn, text, **values, limit=MOST_IN_XLSX + 1) == MOST_IN_XLSX + 1:
        raise Refused("export.too_many", most=f"{MOST_IN_XLSX:,}")


def rows(conn: Connection, query: Query) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(unit's name, values by field) of each card that the query finds, by code, streamed."""
    condition, values = register.where(query)
    text: LiteralString = PIECES["rows"] + condition + PIECES["order"]
    with conn.cursor("card_export", row_factory=dict_row) as cursor:
        cursor.itersize = AT_ONCE
        for row in cursor.execute(text, values):
            yield row["unit_name"], row | row["characteristic"]


def write_csv(conn: Connection, query: Query, language: str, file: IO[bytes]) -> int:
    """UTF-8 with the mark that Excel needs, no cell a formula; how many cards."""
    fields, names = columns(query.type), _category_names(conn)
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow([UNIT.of(language), *(one.label.of(language) for one in fields)])
    count = 0
    for unit, values in rows(conn, query):
        cells = [tables.inert(_text(one, values.get(one.name), language, names)) for one in fields]
        writer.writerow([tables.inert(unit), *cells])
        count += 1
    text.detach()
    return count


def _text(one: Field, value: object, language: str, names: Mapping[str, str]) -> str:
    """As an import reads it again: numbers plain, choices in words."""
    plain = canonical(value)
    return plain if one.form.numeric else show(one, plain, language, names)


def write_xlsx(conn: Connection, query: Query, language: str, file: IO[bytes]) -> int:
    """One sheet: codes are text, numbers numbers, dates dates; how many cards.

    Raises Refused 'export.too_many' where a sheet can't hold them all.
    """
    _refuse_too_many(conn, query)
    fields, names = columns(query.type), _category_names(conn)
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as book:
        sheet = book.add_worksheet()
        formats = {
            Form.MONEY: book.add_format({"num_format": "#,##0.00"}),
            Form.QUANTITY: book.add_format({"num_format": "#,##0.##"}),
            Form.DATE: book.add_format({"num_format": "yyyy-mm-dd"}),
        }
        head = book.add_format({"bold": True, "bg_color": "#E6F2F0", "bottom": 1})
        labels = [UNIT.of(language), *(one.label.of(language) for one in fields)]
        for column, label in enumerate(labels):
            sheet.set_column(column, column, 22 if column < 3 else 15)
            sheet.write_string(0, column, label, head)
        sheet.freeze_panes(1, 3)
        number = 0
        for number, (unit, values) in enumerate(rows(conn, query), 1):  # is the count
            sheet.write_string(number, 0, unit)
            for column, one in enumerate(fields, 1):
                value = _cell(one, values.get(one.name), language, names)
                if value is not None:
                    sheet.write(number, column, value, formats.get(one.form))
        sheet.autofilter(0, 0, max(number, 1), len(fields))
    return number


def _cell(
    one: Field, value: object, language: str, names: Mapping[str, str]
) -> str | float | date | None:
    """What a cell holds; years before Excel's calendar stay text."""
    if value in (None, ""):
        return None
    if one.form.numeric:
        return float(Decimal(str(value)))
    if one.form is Form.DATE:
        day = value if isinstance(value, date) else date.fromisoformat(str(value))
        return day if day >= FIRST_EXCEL_DAY else day.isoformat()
    return _text(one, value, language, names)


CATEGORY_NAMES: LiteralString = "SELECT code, name FROM category"


def _category_names(conn: Connection) -> dict[str, str]:
    return dict(conn.execute(CATEGORY_NAMES).fetchall())
