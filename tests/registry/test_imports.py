"""Import and export of cards (A6): what is read, what is refused, all or nothing."""

import csv
import io
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from db import Connection, Refused
from registry import review, tables, xlsx_rows
from registry.cards import (
    CardType,
    card,
    changes,
    exports,
    import_sheets,
    imports,
    uploads,
)
from registry.cards.register import Query
from registry.org import User
from registry.review import Action
from tests.registry.conftest import MakeCard, Person

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
HEADS = [
    "资产编号",
    "资产名称",
    "资产分类",
    "卡片类型",
    "数量（面积）",
    "计量单位",
    "资产原值",
    "资产状态",
    "是否共享共用",
]
GOOD = ["IMP-0001", "台式计算机", "A02010105", "通用设备", "1", "台", "5,600.00", "在用", "否"]


@pytest.fixture
def clerk(make_card: object, person: Person) -> User:
    """A preparer of the library, whose categories and sections are there."""
    return person("clerk")


@pytest.fixture
def reviewer(person: Person) -> User:
    """The library's reviewer."""
    return person("reviewer")


def csv_of(*rows: list[str], heads: list[str] = HEADS, encoding: str = "utf-8-sig") -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([heads, *rows])
    return text.getvalue().encode(encoding)


def xlsx_of(*rows: Sequence[object], heads: list[str] = HEADS) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet()
        lines: list[Sequence[object]] = [heads, *rows]
        for number, row in enumerate(lines):
            for column, cell in enumerate(row):
                sheet.write(number, column, cell)
    return content.getvalue()


def row(code: str, **changed: str) -> list[str]:
    cells = dict(zip(HEADS, GOOD, strict=True)) | changed
    return [code, *list(cells.values())[1:]]


def checked(
    conn: Connection, user: User, content: bytes, name: str = "cards.csv"
) -> imports.Checked:
    return imports.check(conn, user.unit_id, tables.read(name, content), NOW)


def staged(conn: Connection, folder: Path, user: User, content: bytes) -> int:
    source = uploads.keep(conn, folder, user, uploads.document("cards.csv", content), NOW)
    return imports.stage(conn, user, checked(conn, user, content), source, "", NOW)


def submit(conn: Connection, user: User, change: int, action: Action) -> None:
    one = changes.require(conn, user, change)
    seen = review.standing(conn, one.review_id).version
    changes.act(conn, user, change, action, seen, "", NOW, "test")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_of_any_encoding_that_offices_use_is_read(encoding: str) -> None:
    table = tables.read("卡片.CSV", csv_of(GOOD, encoding=encoding))
    assert table.heads == HEADS
    assert table.rows == [(2, GOOD)]


@pytest.mark.parametrize("delimiter", ["\t", ";"])
def test_csv_may_be_divided_otherwise(delimiter: str) -> None:
    text = "\r\n".join(delimiter.join(line) for line in (["a", "b"], ["1", "2"]))
    assert tables.read("x.csv", text.encode()).rows == [(2, ["1", "2"])]


def test_xlsx_keeps_row_numbers_numbers_and_dates_as_typed() -> None:
    content = xlsx_of([], ["00012", 12.0, 5600.5, date(2024, 3, 18)], heads=["a", "b", "c", "d"])
    assert tables.read("x.xlsx", content).rows == [(3, ["00012", "12", "5600.5", "2024-03-18"])]


def workbook(write: Callable[[Worksheet, Callable[[str], Format]], object]) -> bytes:
    """An XLSX with three heads in row 1, and with what `write` writes, given formats of numbers."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["a", "b", "c"])
        write(sheet, lambda code: book.add_format({"num_format": code}))
    return content.getvalue()


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (317, "000000", "000317"),
        (12345, '"ZC-"00000', "ZC-12345"),
        (4601, '"粤"0', "粤4601"),
        (8931234, "000-0000", "893-1234"),
        (202401, "0000\\-00", "2024-01"),
        (1234567, "000000", "1234567"),
        (123456789012345, "0", "123456789012345"),
        (12, '0"台"', "12"),  # an amount with its measure
        (5600.5, "#,##0.00", "5600.5"),
        (0.1 + 0.2, "General", "0.3"),
        (45369, "yyyy-mm-dd", "2024-03-18"),
    ],
)
def test_a_number_is_read_as_its_format_of_a_code_shows_it(
    value: float, code: str, shown: str
) -> None:
    content = workbook(lambda sheet, of: sheet.write_number(1, 0, value, of(code)))
    assert tables.read("x.xlsx", content).rows == [(2, [shown, "", ""])]


def test_figures_that_a_spreadsheet_has_lost_are_refused_with_their_cell() -> None:
    def write(sheet: Worksheet, of: Callable[[str], Format]) -> None:
        sheet.write_number(1, 1, 460100199001011234, of("0"))
        sheet.write_string(2, 0, "8.93901E+18")

    table = tables.read("x.xlsx", workbook(write))
    assert {(one.cell, one.what) for one in table.faults.values()} == {
        ("B2", "digits"),
        ("A3", "digits"),
    }


def test_text_that_a_csv_guards_from_becoming_a_number_is_read_without_its_guard() -> None:
    table = tables.read("x.csv", 'a,b\r\n="00317","=""0""""1"""\r\n'.encode("utf-8-sig"))
    assert table.rows == [(2, ["00317", '0"1'])]
    table = tables.read("x.csv", b'a,b\r\n"1\r\n2",8.93901E+18\r\n#N/A,#####\r\n')
    assert table.rows[0] == (2, ["1\r\n2", "8.93901E+18"])
    assert [one.cell for one in table.faults.values()] == ["B2", "A3", "B3"]


def test_a_merged_value_stands_in_each_row_of_its_block_that_says_anything_else() -> None:
    def write(sheet: Worksheet, _of: Callable[[str], Format]) -> None:
        sheet.write_column(1, 0, ["1", "2", "3"])
        sheet.merge_range("B2:B6", "二楼")
        sheet.merge_range("C3:C4", 7)

    table = tables.read("x.xlsx", workbook(write))
    assert table.rows == [
        (2, ["1", "二楼", ""]), (3, ["2", "二楼", "7"]), (4, ["3", "二楼", "7"]),
    ]  # fmt: skip
    assert table.fault(3, 1, amount=False) is None
    amount = table.fault(4, 2, amount=True)
    assert amount is not None
    assert amount.cell == "C4"  # each one's, or the sum of all?


def test_cells_merged_across_columns_are_refused() -> None:
    def write(sheet: Worksheet, _of: Callable[[str], Format]) -> None:
        sheet.merge_range("A2:B2", "计算机")

    table = tables.read("x.xlsx", workbook(write))
    assert [(one.what, one.cell) for one in table.faults.values()] == [("across", "B2")]


def test_error_values_and_formulas_without_a_result_are_told_with_their_cell() -> None:
    def write(sheet: Worksheet, _of: Callable[[str], Format]) -> None:
        sheet.write_formula(1, 0, "=VLOOKUP(1,X:Y,2,0)", value="#N/A")
        sheet.write_formula(1, 1, '="二楼"&"205"', value="二楼205")
        sheet.write_formula(2, 0, "=I3*0.2")  # a nought that nobody has calculated
        sheet.write_formula(2, 1, '=IF(1,"","x")', value="")
        sheet.write_formula(5, 2, "=A1")

    table = tables.read("x.xlsx", workbook(write))
    assert table.rows[0] == (2, ["#N/A", "二楼205", ""])
    told = {(one.cell, one.what, one.shown) for one in table.faults.values()}
    assert told >= {("A2", "error", "#N/A"), ("A3", "formula", "=I3*0.2"), ("C6", "formula", "=A1")}


def test_a_formula_with_an_empty_result_has_none_unless_it_is_empty_text() -> None:
    """openpyxl writes formulas so: `<c><f>…</f><v/></c>`; a result that is empty text has a type."""
    cells = b'<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="A2"><f>A1*2</f><v /></c>'
    content = unfolded(cells + b'<c r="B2" t="str"><f>""</f><v></v></c></row>')
    table = tables.read("x.xlsx", content)
    assert [(one.cell, one.shown) for one in table.faults.values()] == [("A2", "=A1*2")]
    assert len(table.rows) == 1


def test_a_cell_that_cannot_be_read_is_refused_by_row_and_field(
    conn: Connection, clerk: User
) -> None:
    def write(sheet: Worksheet, _of: Callable[[str], Format]) -> None:
        for column, (head, cell) in enumerate(zip(HEADS, GOOD, strict=True)):
            sheet.write_string(0, column, head)
            sheet.write_string(1, column, cell)
            sheet.write_string(2, column, cell)
        sheet.write_string(2, 0, "IMP-0002")
        sheet.write_formula(1, 1, "=B9", value="#REF!")
        sheet.merge_range("G2:G3", 11200)

    found = checked(conn, clerk, workbook(write), "x.xlsx")
    assert {one.number: {name: why.code for name, why in one.refusals.items()} for one in found.rows} == {
        2: {"name": "import.error_value"},
        3: {"original_value": "import.merged_amount"},
    }  # fmt: skip


def test_an_xlsx_with_flipped_bytes_is_a_table_or_illegible() -> None:
    good = xlsx_of(["1", "2"], ["3", "4"], heads=["a", "b"])
    told = set()
    for at in range(40, len(good), 7):
        flipped = good[:at] + bytes([good[at] ^ 0x5A]) + good[at + 1 :]
        with suppress(ValueError):  # anything else would end the program
            list(xlsx_rows.rows(flipped))
    for at in range(40, len(good), len(good) // 12):
        try:
            tables.read("x.xlsx", good[:at] + bytes([good[at] ^ 0x5A]) + good[at + 1 :])
        except Refused as refused:
            told.add(refused.code)
    assert told <= {"import.illegible", "import.no_rows", "import.too_large"}
    assert "import.illegible" in told


def test_rare_characters_of_gb18030_are_those_of_the_newest_edition() -> None:
    assert tables.decoded(b"\xfe\x59\xfe\x61\xa8\xbc") == "\u9fb4\u9fb5\u1e3f"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("x.xls", b"", "import.type"),
        ("x.xlsx", b"no zip", "import.illegible"),
        ("x.csv", b"\xff\x00\x81", "import.undecodable"),
        ("x.csv", csv_of(), "import.no_rows"),
        ("x.csv", b"", "import.no_rows"),
        ("x.csv", csv_of(*[["1"]] * (tables.MOST_ROWS + 1)), "import.too_many_rows"),
        ("x.csv", csv_of(["1"] * 201), "import.too_many_columns"),
    ],
)
def test_files_that_are_no_table_are_refused(name: str, content: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        tables.read(name, content)
    assert refused.value.code == code


SHEET: Final = "xl/worksheets/sheet1.xml"


def unfolded(sheet: bytes, texts: bytes = b"<si><t>x</t></si>", path: str = SHEET) -> bytes:
    """An XLSX whose first sheet has these rows and lies at `path`."""
    with zipfile.ZipFile(io.BytesIO(xlsx_of(["1"]))) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    rows = members.pop(SHEET).partition(b"<sheetData>")[0] + b"<sheetData>" + sheet
    members[path] = rows + b"</sheetData></worksheet>"
    members["xl/sharedStrings.xml"] = (
        b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        + texts
        + b"</sst>"
    )
    names = "xl/_rels/workbook.xml.rels"
    members[names] = members[names].replace(SHEET[3:].encode(), path[3:].encode())
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, member in members.items():
            archive.writestr(name, member)
    return content.getvalue()


FAR: Final = (
    b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
)
MANY: Final = b"<row>" + b'<c t="s"><v>0</v></c>' * 200 + b"</row>"
BOMBS: Final = {
    "one text in many cells": (MANY * 3_000, b"<si><t>" + b"a" * 2_000 + b"</t></si>", SHEET),
    "the same where no guard would look": (
        MANY * 3_000, b"<si><t>" + b"a" * 2_000 + b"</t></si>", "xl/elsewhere.xml",
    ),
    "one very long text": (MANY, b"<si><t>" + b"a" * 10**8 + b"</t></si>", SHEET),
    "the far corner": (FAR, b"", SHEET),
    "the far corner alone": (FAR.partition(b"</row>")[2], b"", SHEET),
    "the far corner, quoted otherwise": (FAR.replace(b'"', b"'"), b"", SHEET),
    "very many empty rows' cells": (b"<row>" + b"<c><v>12</v></c>" * 200_000 + b"</row>", b"", SHEET),
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_a_small_file_that_unfolds_to_much_is_refused_with_the_limit(name: str) -> None:
    content = unfolded(*BOMBS[name])
    assert len(content) < 250_000
    with pytest.raises(Refused) as refused:
        tables.read("x.xlsx", content)
    assert refused.value.code in {
        "import.too_large", "import.too_many_columns", "import.too_many_rows",
    }  # fmt: skip
    assert "most" in refused.value.facts


READ = """
import re, sys
from db import Refused
from registry import tables
status = lambda: open("/proc/self/status").read()
peak = lambda: int(re.search(r"VmHWM:\\s*(\\d+) kB", status())[1]) // 1000
content, before = sys.stdin.buffer.read(), peak()
try:
    tables.read(sys.argv[1], content)
except Refused as refused:
    print(refused.code, peak() - before)
"""


def bomb_of_csv() -> bytes:
    return b"a\r\n" + (",".join(["zz"] * 200) + "\r\n").encode() * 19_999


@pytest.mark.parametrize("name", ["bomb.xlsx", "bomb.csv"])
def test_memory_of_a_process_is_bounded_whatever_a_file_unfolds_to(name: str) -> None:
    """Counted: 600,000 cells of 2,000 characters once took 2.4 GB, and kept 1.4 of them."""
    content = unfolded(*BOMBS["one text in many cells"]) if "xlsx" in name else bomb_of_csv()
    done = subprocess.run(
        [sys.executable, "-c", READ, name], input=content, capture_output=True, check=True
    )
    code, grown = done.stdout.split()
    assert code == b"import.too_large"
    assert int(grown) < 2.5 * tables.LARGEST / 10**6


def test_columns_are_known_by_chinese_english_and_field_name() -> None:
    found = imports.columns(
        [
            "资产编号 *",
            "Name",
            "category",
            "卡片类型",
            "数量（面积）",
            "计量单位",
            "资产原值（元）",
            "status",
            "Shareable",
            "",
            "净值",
        ]
    )
    assert [one.name if one else None for one in found] == [
        "code", "name", "category", "type", "quantity", "measure", "original_value", "status", "shareable", None, None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("heads", "code"),
    [
        ([*HEADS, "颜色"], "import.column_unknown"),
        ([*HEADS, "Name"], "import.column_twice"),
        (HEADS[1:], "import.columns_missing"),
    ],
)
def test_wrong_heads_are_refused_as_a_whole(heads: list[str], code: str) -> None:
    with pytest.raises(Refused) as refused:
        imports.columns(heads)
    assert refused.value.code == code


def test_every_error_of_every_row_is_told(conn: Connection, clerk: User) -> None:
    content = csv_of(
        row("IMP-0001"),
        row("IMP-0001"),
        row("IMP-0003", 资产原值="很贵", 资产状态="坏了"),
        row("IMP-0004", 卡片类型="飞船"),
        row("IMP-0005", 资产名称=""),
        row("IMP-0006", 资产分类="A05000000"),
        row("IMP-0007", 卡片类型="飞船", 资产原值="很贵"),
        row("IMP-0008", 资产名称="", 资产分类="A05000000"),
        row("IMP-0001", 资产名称=""),
    )
    found = checked(conn, clerk, content)
    said = {
        one.number: {name: refused.code for name, refused in one.refusals.items()}
        for one in found.wrong
    }
    assert said == {
        3: {"code": "import.code_twice"},
        4: {"original_value": "value.number", "status": "value.choice"},
        5: {"type": "value.choice"},
        6: {"name": "value.required"},
        7: {"category": "value.category_of_other_type"},
        8: {"type": "value.choice", "original_value": "value.number"},
        9: {"category": "value.category_of_other_type", "name": "value.required"},
        10: {"code": "import.code_twice", "name": "value.required"},
    }


def test_a_value_that_the_card_type_has_not_is_refused(conn: Connection, clerk: User) -> None:
    found = checked(conn, clerk, csv_of([*GOOD, "琼A·12345"], heads=[*HEADS, "车牌号"]))
    assert found.wrong[0].refusals["plate"].code == "import.not_of_this_type"


def test_nothing_comes_in_before_final_approval_and_then_all(
    conn: Connection, tmp_path: Path, clerk: User, reviewer: User
) -> None:
    change = staged(
        conn, tmp_path, clerk, csv_of(row("IMP-0001"), row("IMP-0002", 资产名称="打印机"))
    )
    assert card(conn, clerk.id, "IMP-0001") is None
    submit(conn, clerk, change, Action.SUBMIT)
    assert card(conn, clerk.id, "IMP-0001") is None
    submit(conn, reviewer, change, Action.APPROVE)
    found = card(conn, clerk.id, "IMP-0002")
    assert found is not None
    assert (found.name, found.original_value, found.unit_id) == (
        "打印机",
        Decimal("5600.00"),
        clerk.unit_id,
    )


def test_a_file_with_errors_is_not_staged(conn: Connection, tmp_path: Path, clerk: User) -> None:
    with pytest.raises(Refused) as refused:
        staged(conn, tmp_path, clerk, csv_of(row("IMP-0001"), row("IMP-0002", 资产名称="")))
    assert refused.value.code == "import.has_errors"


def test_of_two_imports_with_a_common_code_one_comes_in_whole_and_the_other_not_at_all(
    conn: Connection, tmp_path: Path, clerk: User, reviewer: User
) -> None:
    first = staged(conn, tmp_path, clerk, csv_of(row("IMP-0001"), row("IMP-0002")))
    second = staged(conn, tmp_path, clerk, csv_of(row("IMP-0002"), row("IMP-0003")))
    for change in (first, second):
        submit(conn, clerk, change, Action.SUBMIT)
    submit(conn, reviewer, first, Action.APPROVE)
    with pytest.raises(Refused) as refused, conn.transaction():
        submit(conn, reviewer, second, Action.APPROVE)
    assert refused.value.code == "card.codes_taken"
    assert card(conn, clerk.id, "IMP-0003") is None


def test_what_is_exported_can_be_imported_again(
    conn: Connection, tmp_path: Path, clerk: User, reviewer: User
) -> None:
    change = staged(
        conn, tmp_path, clerk, csv_of(row("IMP-0001", 资产名称="=HYPERLINK(1)"), row("IMP-0002"))
    )
    submit(conn, clerk, change, Action.SUBMIT)
    submit(conn, reviewer, change, Action.APPROVE)
    query = Query(units=[clerk.unit_id], codes=["IMP-0001", "IMP-0002"])
    for write, name in ((exports.write_csv, "x.csv"), (exports.write_xlsx, "x.xlsx")):
        file = io.BytesIO()
        assert write(conn, query, "zh", file) == 2
        found = checked(conn, clerk, file.getvalue(), name)
        assert [one.refusals.keys() for one in found.rows] == [
            {"code"},
            {"code"},
        ]  # taken, by themselves
        assert found.rows[0].values["name"] == "=HYPERLINK(1)"
        assert found.rows[0].values["original_value"] == "5600.00"


def test_no_cell_of_a_csv_is_a_formula(
    conn: Connection, tmp_path: Path, clerk: User, reviewer: User
) -> None:
    change = staged(conn, tmp_path, clerk, csv_of(row("IMP-0001", 资产名称="=1+1")))
    submit(conn, clerk, change, Action.SUBMIT)
    submit(conn, reviewer, change, Action.APPROVE)
    file = io.BytesIO()
    exports.write_csv(conn, Query(units=[clerk.unit_id], codes=["IMP-0001"]), "zh", file)
    assert "'=1+1" in file.getvalue().decode("utf-8-sig")


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n"])
def test_signs_that_begin_a_formula_are_made_harmless_full_width_ones_too(sign: str) -> None:
    assert tables.inert(f"{sign}cmd|' /C calc'!A0").startswith("'")
    assert tables.plain(tables.inert(f"{sign}1")) == f"{sign}1"


def test_more_than_a_sheet_holds_is_refused_as_xlsx_and_whole_as_csv(
    conn: Connection, clerk: User, make_card: MakeCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "MOST_IN_XLSX", 2)
    codes = [f"MORE-{n}" for n in range(3)]
    for code in codes:
        make_card(code=code)
    query, file = Query(units=[clerk.unit_id], codes=codes), io.BytesIO()
    with pytest.raises(Refused, match="too_many"):
        exports.write_xlsx(conn, query, "zh", file)
    assert exports.write_csv(conn, query, "zh", file) == 3
    assert exports.write_xlsx(conn, replace(query, codes=codes[:2]), "zh", io.BytesIO()) == 2


def test_a_section_that_is_gone_by_the_approval_stops_the_import(
    conn: Connection, tmp_path: Path, clerk: User, reviewer: User
) -> None:
    rows = (row("IMP-0001"), row("IMP-0002", 使用部门="读者服务部"))
    change = staged(conn, tmp_path, clerk, csv_of(*rows, heads=[*HEADS, "使用部门"]))
    submit(conn, clerk, change, Action.SUBMIT)
    conn.execute("UPDATE section SET name = '读者部' WHERE name = '读者服务部'")
    with pytest.raises(Refused) as refused:
        submit(conn, reviewer, change, Action.APPROVE)
    assert (refused.value.code, refused.value.facts["section"]) == (
        "change.section_gone", "读者服务部",
    )  # fmt: skip


def test_codes_stay_text_in_xlsx(conn: Connection, clerk: User, make_card: MakeCard) -> None:
    code = "000123456789"
    make_card(code=code)
    file = io.BytesIO()
    exports.write_xlsx(conn, Query(units=[clerk.unit_id], codes=[code]), "zh", file)
    sheet = (
        CalamineWorkbook.from_filelike(io.BytesIO(file.getvalue()))
        .get_sheet_by_index(0)
        .to_python()
    )
    assert sheet[1][sheet[0].index("资产编号")] == "000123456789"


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("card_type", ["", *CardType])
def test_the_template_has_heads_that_an_import_knows(card_type: str, language: str) -> None:
    content = import_sheets.template(card_type, language)
    heads = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()[0]
    assert None not in imports.columns([str(head) for head in heads])


def test_the_sheet_of_errors_can_be_mended_and_sent_in(conn: Connection, clerk: User) -> None:
    found = checked(conn, clerk, csv_of(row("IMP-0001"), row("IMP-0002", 资产名称="")))
    content = import_sheets.errors(found, lambda refused: refused.code, "zh")
    table = tables.read("x.xlsx", content)
    assert table.rows[0][1][:3] == ["3", "value.required", "IMP-0002"]
    assert [one.name if one else None for one in imports.columns(table.heads)][2:] == [
        one.name for one in imports.columns(HEADS) if one
    ]
