"""The papers that the demo's sheets carry: lists of what is offered, terms of use, requirements."""

import io
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, LiteralString

import xlsxwriter

from db import Connection
from registry.cards import uploads
from registry.org import User

LIST: Final = "资产清单.xlsx"
TEXTS: Final = {
    "共享使用须知.txt": (
        "一、使用前三个工作日向管理部门预约，说明使用时间、用途和操作人员。\n"
        "二、操作人员须经过培训；首次使用由本单位人员在场指导。\n"
        "三、使用后登记机时并清洁样品台，发现异常立即停机并告知管理部门。\n"
        "四、耗材由使用单位自备；因操作不当造成损坏的，由使用单位负责修复。\n"
    ),
    "技术要求.txt": (
        "1. 处理器双核以上，内存 8 GB 以上，固态硬盘 128 GB 以上。\n"
        "2. 显示器 19 英寸以上，无坏点；键盘、鼠标齐全。\n"
        "3. 使用年限不超过八年，开机自检正常，附资产卡片复印件。\n"
        "4. 可到贵单位自提，运输由我单位负责。\n"
    ),
}
CARDS: LiteralString = """
    SELECT card.code, card.name, card.model, card.quantity, card.measure, card.original_value,
           card.acquired_on
      FROM card JOIN unnest(%(codes)s::text[]) WITH ORDINALITY AS list (code, place)
        ON list.code = card.code
     ORDER BY list.place
"""
HEADS: Final = (
    "资产编号", "资产名称", "规格型号", "数量", "计量单位", "资产原值（元）", "取得日期",
)  # fmt: skip


def keep(
    conn: Connection, data: Path, clerk: User, names: Sequence[str], codes: Sequence[str],
    at: datetime,
) -> tuple[str, ...]:  # fmt: skip
    """Upload these as `clerk` does for a sheet of the cards with these codes; their digests."""
    return tuple(
        uploads.keep(
            conn, data, clerk, uploads.document(name, _content(conn, name, codes, at)), at
        ).digest
        for name in names
    )  # fmt: skip


def _content(conn: Connection, name: str, codes: Sequence[str], at: datetime) -> bytes:
    return _list(conn, codes, at) if name == LIST else TEXTS[name].encode()


def _list(conn: Connection, codes: Sequence[str], at: datetime) -> bytes:
    """What the cards say that concerns a receiver; nothing of the unit's people and books (J4)."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        book.set_properties({"title": "资产清单", "created": at.replace(tzinfo=None)})
        page = book.add_worksheet()
        for column, head in enumerate(HEADS):
            page.set_column(column, column, 18)
            page.write_string(0, column, head, book.add_format({"bold": True}))
        for row, facts in enumerate(conn.execute(CARDS, {"codes": list(codes)}), 1):
            for column, fact in enumerate(facts):
                page.write(row, column, str(fact) if column in {0, 1, 2, 4, 6} else fact)
    return file.getvalue()
