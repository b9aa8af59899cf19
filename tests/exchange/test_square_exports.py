"""Exports of squares (E4), read back as a spreadsheet reads them."""

import io
import resource
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from db import Connection
from exchange import square_exports
from exchange.kinds import Kind
from exchange.square_query import Query, Tab
from tests.exchange.conftest import DEMAND, NOW, MakeListing
from tests.registry.conftest import Organisation


@pytest.fixture
def query(organisation: Organisation) -> Query:
    return Query(Kind.TRANSFER, Tab.LOCAL, organisation.users["clerk2"], NOW)


def read(file: io.BytesIO) -> list[dict[str, Any]]:
    """Rows by head."""
    file.seek(0)
    heads, *rows = CalamineWorkbook.from_filelike(file).get_sheet_by_index(0).to_python()
    return [dict(zip(map(str, heads), row, strict=True)) for row in rows]


def selected(
    conn: Connection, query: Query, ids: list[int], language: str = "zh"
) -> list[dict[str, Any]]:
    file = io.BytesIO()
    count = square_exports.write_selected(conn, query, ids, language, file)
    rows = read(file)
    assert len(rows) == count
    return rows


def test_selected_rows_keep_codes_as_text_and_dates_as_dates(
    conn: Connection, make_listing: MakeListing, query: Query
) -> None:
    marked = make_listing(
        code="00012345678901234567", quantity="12.50", value="5600.10", status="to_dispose",
        until_on=date(2026, 12, 9), listed_at=datetime(2026, 11, 23, 17, tzinfo=UTC),
        facts={"brand": "=1+1", "model": "00123", "acquired_on": "2019-03-18"},
    )  # fmt: skip
    make_listing()
    (row,) = selected(conn, query, [marked])
    assert row["资产编号"] == "00012345678901234567"
    assert (row["品牌"], row["规格型号"]) == ("=1+1", "00123")
    assert (row["数量（面积）"], row["资产原值（元）"]) == (12.5, 5600.1)
    assert row["取得日期"] == date(2019, 3, 18)
    assert row["上架日期"] == date(2026, 11, 24)  # of Shanghai
    assert row["公示期至"] == date(2026, 12, 9)
    assert (row["资产状态"], row["财政区划"], row["发布单位"]) == ("待处置", "海口市", "图书馆")
    assert (row["联系电话"], row["资产分类"]) == ("0898-65300001", "A02010105")


def test_old_dates_and_missing_facts_spoil_nothing(
    conn: Connection, make_listing: MakeListing, query: Query
) -> None:
    old = make_listing(facts={"acquired_on": "1368-01-01"})
    (row,) = selected(conn, query, [old])
    assert (row["取得日期"], row["品牌"], row["公示期至"]) == ("1368-01-01", "", "")


def test_only_what_stands_on_this_square_is_exported(
    conn: Connection, make_listing: MakeListing, query: Query
) -> None:
    closed = make_listing(state="delisted", reason="by_hand")
    other = make_listing("share")
    assert selected(conn, query, [closed, other]) == []
    assert len(selected(conn, replace(query, kind=Kind.SHARE), [closed, other], "en")) == 1


def test_an_export_says_what_was_taken_by_whom_and_when(
    conn: Connection, make_listing: MakeListing, query: Query, organisation: Organisation
) -> None:  # E1, E2
    taken = make_listing(state="settled")
    conn.execute(
        "INSERT INTO settlement (listing_id, partner, registered_by, registered_at) "
        "VALUES (%s, '某学校', %s, %s)",
        (taken, organisation.users["clerk"], NOW),
    )
    (row,) = selected(conn, query, [taken])
    assert (row["调剂/共享状态"], row["接收（使用）单位"]) == ("已登记", "某学校")
    assert row["登记日期"] == date(2026, 11, 24)


def test_demands_export_the_querys_result(
    conn: Connection, make_listing: MakeListing, query: Query
) -> None:
    make_listing("demand", until_on=date(2026, 12, 20), status="share", unit="医院")
    make_listing("demand", name="求投影仪")
    make_listing("demand", until_on=date(2026, 1, 1), name="求已过期")
    file = io.BytesIO()
    asked = replace(query, kind=Kind.DEMAND, text="求台式")
    assert square_exports.write_query(conn, asked, "zh", file) == 1
    (row,) = read(file)
    assert (row["需求标题"], row["需求类型"], row["紧急程度"]) == ("求台式计算机", "求共享", "一般")
    assert row["期望到货日期"] == date(2026, 12, 31)
    assert row["需求结束日期"] == date(2026, 12, 20)
    assert row["需求描述"] == DEMAND["description"]


def test_memory_stays_bounded(conn: Connection, make_listing: MakeListing, query: Query) -> None:
    make_listing("demand")
    conn.execute(
        "INSERT INTO listing (kind, scope, origin, ministry, name, category, division, status, "
        "quantity, unit_name, facts, contact, listed_at) "
        "SELECT 'demand', 'national', 'foreign', 'decided', '求' || n, 'A02010105', '440100', "
        "'transfer', 1, '某单位', facts, contact, listed_at FROM listing, generate_series(1, 20000) AS n"
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    file = io.BytesIO()
    asked = replace(query, kind=Kind.DEMAND, tab=Tab.NATIONAL)
    assert square_exports.write_query(conn, asked, "zh", file) == 20_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 40_000  # kB
