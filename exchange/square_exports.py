"""Export of squares (E4): marked rows, or all that a query finds, as XLSX; memory stays bounded."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any, Final, LiteralString

import xlsxwriter
from psycopg.rows import dict_row

from db import Connection
from exchange import demand_fields
from exchange.kinds import DESCRIPTIONS, Kind, Ministry, Scope, State, state_label
from exchange.square_query import (
    ORDERS,
    ZONE,
    Query,
    by_index,
    by_order,
    clauses,
    status_label,
    where,
)
from registry.cards.exports import AT_ONCE, FIRST_EXCEL_DAY, MOST_IN_XLSX
from registry.words import Label

Cell = str | float | date | None
Read = Callable[[Mapping[str, Any], str], Cell]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its head, how a row and a language give its cell, its width and Excel's format."""

    head: Label
    cell: Read
    width: int = 15
    format: str = ""


MONEY: Final = "#,##0.00"
QUANTITY: Final = "#,##0.##"
DATE: Final = "yyyy-mm-dd"


def _text(name: str) -> Read:
    return lambda row, _language: row[name] or None


def _fact(name: str) -> Read:
    return lambda row, _language: row["facts"].get(name) or None


def _number(name: str) -> Read:
    return lambda row, _language: float(Decimal(row[name]))


def _day(value: date | str | None) -> Cell:
    """A date; before Excel's calendar, or what is none, as text."""
    try:
        day = date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return str(value)
    return day if day is None or day >= FIRST_EXCEL_DAY else day.isoformat()


def _state(row: Mapping[str, Any], language: str) -> Cell:
    return state_label(Kind(row["kind"]), State(row["state"])).of(language)


def _registered(row: Mapping[str, Any], _language: str) -> Cell:
    at: datetime | None = row["registered_at"]
    return at.astimezone(ZONE).date() if at else None


def _partner(kind: Kind | None = None) -> Column:
    either = Label("接收（使用）单位", "Receiving or using unit")
    head = DESCRIPTIONS[kind].partner if kind else either
    return Column(head, _text("partner"), 24)


def _listed(row: Mapping[str, Any], _language: str) -> Cell:
    at: datetime = row["listed_at"]
    return at.astimezone(ZONE).date()


def _fact_day(name: str) -> Read:
    return lambda row, _language: _day(row["facts"].get(name) or None)


def _column_day(name: str) -> Read:
    return lambda row, _language: _day(row[name])


def _until(row: Mapping[str, Any], _language: str) -> Cell:
    return _day(row["until_on"])


def _status(row: Mapping[str, Any], language: str) -> Cell:
    return status_label(Kind(row["kind"]), row["status"]).of(language)


def _urgency(row: Mapping[str, Any], language: str) -> Cell:
    said = row["facts"].get("urgency", "")
    known = dict(demand_fields.URGENCY).get(said)
    return (known.of(language) if known else said) or None


REGISTERED: Final = Column(Label("登记日期", "Registered on"), _registered, format=DATE)
PLACE: Final = (
    Column(Label("发布单位", "Unit"), _text("unit_name"), 24),
    Column(Label("财政区划", "Division"), _text("division_name")),
    Column(Label("范围", "Scope"), lambda row, language: Scope(row["scope"]).label.of(language)),
    Column(
        Label("财政部审核", "Ministry"),
        lambda row, language: Ministry(row["ministry"]).label.of(language), 24,
    ),
    Column(Label("上架日期", "Listed on"), _listed, format=DATE),
    Column(Label("来源系统", "Pushed by"), _text("source")),
)  # fmt: skip
CONTACT: Final = (
    Column(Label("联系人", "Contact"), _text("contact")),
    Column(Label("联系电话", "Phone"), _text("phone")),
    Column(Label("地址", "Address"), _text("address"), 24),
)
CATEGORY: Final = (
    Column(Label("资产分类", "Category"), _text("category")),
    Column(Label("分类名称", "Category's name"), _text("category_name"), 20),
)
AMOUNT: Final = (
    Column(Label("数量（面积）", "Quantity (area)"), _number("quantity"), format=QUANTITY),
    Column(Label("计量单位", "Unit of measure"), _text("measure")),
)
OF_CARDS: Final = (
    Column(Label("资产名称", "Name"), _text("name"), 24),
    Column(Label("资产编号", "Code"), _text("code"), 20),
    *CATEGORY,
    Column(Label("调剂/共享状态", "Transfer or share"), _state),
    _partner(),
    REGISTERED,
    Column(Label("使用起始日期", "Used from"), _column_day("from_on"), format=DATE),
    Column(Label("使用截止日期", "Used until"), _column_day("to_on"), format=DATE),
    Column(Label("资产状态", "Status"), _status),
    *AMOUNT,
    Column(Label("资产原值（元）", "Original value (yuan)"), _number("value"), format=MONEY),
    Column(Label("品牌", "Brand"), _fact("brand")),
    Column(Label("规格型号", "Model"), _fact("model")),
    Column(
        Label("取得日期", "Acquired on"), _fact_day("acquired_on"),
        format=DATE,
    ),
    *PLACE,
    Column(Label("公示期至", "Notice until"), _until, format=DATE),
    *CONTACT,
)  # fmt: skip
OF_DEMANDS: Final = (
    Column(Label("需求标题", "Title"), _text("name"), 30),
    Column(Label("需求类型", "Type"), _status),
    Column(Label("状态", "State"), _state),
    _partner(Kind.DEMAND),
    REGISTERED,
    *CATEGORY,
    *AMOUNT,
    Column(Label("需求描述", "Description"), _fact("description"), 40),
    Column(
        Label("期望到货日期", "Wanted by"), _fact_day("wanted_by"),
        format=DATE,
    ),
    Column(Label("需求结束日期", "Closing date"), _until, format=DATE),
    Column(Label("紧急程度", "Urgency"), _urgency),
    *PLACE,
    *CONTACT,
)  # fmt: skip


def columns(kind: Kind) -> tuple[Column, ...]:
    """The columns of a square."""
    return OF_CARDS if DESCRIPTIONS[kind].of_cards else OF_DEMANDS


PIECES: Final[dict[str, LiteralString]] = {
    "rows": """
    SELECT listing.kind, listing.scope, listing.ministry, listing.name, listing.code,
           listing.category, COALESCE(category.name, '') AS category_name,
           COALESCE(division.name, NULLIF(listing.facts->>'division_name', ''), listing.division)
           AS division_name,
           listing.status, listing.quantity, listing.measure, listing.value, listing.unit_name,
           listing.listed_at, listing.until_on, listing.facts, listing.state,
           COALESCE(settlement.partner, '') AS partner, settlement.registered_at,
           settlement.from_on, settlement.until_on AS to_on,
           COALESCE(linked_system.name, '') AS source,
           listing.contact->>'contact' AS contact, listing.contact->>'phone' AS phone,
           listing.contact->>'address' AS address
      FROM listing
      LEFT JOIN category ON category.code = listing.category
      LEFT JOIN division ON division.code = listing.division
      LEFT JOIN settlement ON settlement.listing_id = listing.id
      LEFT JOIN linked_listing
        ON linked_listing.listing_id = listing.id AND listing.origin = 'linked'
      LEFT JOIN linked_system ON linked_system.id = linked_listing.system_id
     WHERE """,
    "order": " ORDER BY ",
    "limit": " LIMIT %(limit)s",
}


def _rows(conn: Connection, query: Query, ids: list[int] | None) -> Iterator[dict[str, Any]]:
    asked = by_order(clauses(conn, query)) if ids is not None else by_index(clauses(conn, query))
    if ids is not None:
        asked["ids"] = ids
    text: LiteralString = (
        PIECES["rows"]
        + where(asked)
        + PIECES["order"]
        + ORDERS[query.sort].forward.by
        + PIECES["limit"]
    )
    with conn.cursor("square_export", row_factory=dict_row) as cursor:
        cursor.itersize = AT_ONCE
        yield from cursor.execute(text, {**asked, "limit": MOST_IN_XLSX})


def write_selected(
    conn: Connection, query: Query, ids: list[int], language: str, file: IO[bytes]
) -> int:
    """The marked listings (ids) that the query finds; how many. The caller audits."""
    return _write(query.kind, _rows(conn, query, ids), language, file)


def write_query(conn: Connection, query: Query, language: str, file: IO[bytes]) -> int:
    """All that the query finds, in its order; how many. The caller audits."""
    return _write(query.kind, _rows(conn, query, None), language, file)


def _write(kind: Kind, rows: Iterator[Mapping[str, Any]], language: str, file: IO[bytes]) -> int:
    """One sheet: codes are text, numbers numbers, dates dates."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    shown, number = columns(kind), 0
    with xlsxwriter.Workbook(file, options) as book:
        sheet = book.add_worksheet(DESCRIPTIONS[kind].label.of(language))
        head = book.add_format({"bold": True, "bg_color": "#E6F2F0", "bottom": 1})
        formats = {one.format: book.add_format({"num_format": one.format})
                   for one in shown if one.format}  # fmt: skip
        for place, column in enumerate(shown):
            sheet.set_column(place, place, column.width)
            sheet.write_string(0, place, column.head.of(language), head)
        sheet.freeze_panes(1, 2)
        for number, row in enumerate(rows, 1):
            for place, column in enumerate(shown):
                _put(sheet, number, place, column.cell(row, language), formats.get(column.format))
        sheet.autofilter(0, 0, max(number, 1), len(shown) - 1)
    return number


def _put(sheet: Any, row: int, place: int, cell: Cell, form: Any) -> None:
    """Text stays text, whatever it looks like."""
    if isinstance(cell, str):
        sheet.write_string(row, place, cell)
    elif cell is not None:
        sheet.write(row, place, cell, form)
