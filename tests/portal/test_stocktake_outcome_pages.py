"""The pages of what follows from a stocktake: a surplus completed, drafts and why not, due dates (H1, H4)."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from db import Connection, scalar, single_connection
from registry import review
from registry.org import User, user
from registry.review import Action
from registry.stocktake import (
    Condition,
    Count,
    Method,
    closing,
    counting,
    differences,
    expected,
    explaining,
    outcome,
    task,
    tasks,
)
from registry.stocktake.tasks import Plan
from tests.fixtures.browser import Portal, Visit
from tests.portal.pages import stands_everywhere

pytestmark = pytest.mark.browser
SECTION = """
    SELECT section.id FROM section JOIN unit ON unit.id = unit_id
     WHERE unit.name = '海口市图书馆' AND section.name = '数字资源部'
"""
ELSEWHERE = """
    SELECT card.code FROM card JOIN unit ON unit.id = unit_id
     WHERE unit.name = '海口市图书馆' AND status = 'in_use'
       AND card.id NOT IN (SELECT card_id FROM stocktake_expected WHERE stocktake_id = %(task)s)
     ORDER BY 1 LIMIT 1
"""
SURPLUS = "SELECT id FROM stocktake_difference WHERE stocktake_id = %(task)s AND kind = 'surplus'"


def who(conn: Connection, login: str) -> User:
    key = scalar(conn, "SELECT id FROM app_user WHERE login = %(login)s", login=login)
    assert isinstance(key, int)
    found = user(conn, key)
    assert found is not None
    return found


def counted(conn: Connection, now: datetime) -> int:
    """A task of a section with a difference of each kind, two of them not drafted at once."""
    clerk, section = who(conn, "clerk"), scalar(conn, SECTION)
    assert isinstance(section, int)
    due = (now + timedelta(days=9)).date()
    key = tasks.plan(conn, clerk, Plan("差异落实", list(Method), due, [section]), now, "")
    tasks.start(conn, clerk, key, now, "")

    def count(code: str, **seen: Any) -> None:
        one = Count(uuid4(), code, Method.HAND, now, here=True, **seen)
        counting.count(conn, clerk, key, one, now)

    codes = [one.code for one in expected.page(conn, expected.Query(key))[0]]
    count(codes[0], status="to_dispose", place="三楼 301", custodian="李小梅")
    count(codes[1], condition=Condition.DAMAGED, note="打不开")
    for code in codes[3:]:
        count(code)
    other = scalar(conn, ELSEWHERE, task=key)
    assert isinstance(other, str)
    count(other, place="资源部库房")
    count("", surplus={"name": "旧扫描仪", "place": "四楼走廊"}, condition=Condition.DAMAGED)
    differences.refresh(conn, key)
    return key


def approve(conn: Connection, key: int, now: datetime) -> None:
    clerk = who(conn, "clerk")
    closing.close(conn, clerk, key, now, "")
    which = differences.unexplained(conn, key)
    explaining.explain(conn, clerk, key, which, "已核实", now, "")
    for login, action in (
        ("clerk", Action.SUBMIT), ("reviewer", Action.APPROVE), ("department", Action.APPROVE),
    ):  # fmt: skip
        found = task.require(conn, who(conn, login), key)
        seen = review.standing(conn, found.review_id).version
        outcome.act(conn, who(conn, login), key, action, seen, "", now, "")


def test_what_was_not_drafted_is_told_at_its_row_and_a_surplus_completed_there(
    visit: Visit, portal: Portal
) -> None:
    now = datetime.now(UTC)
    with single_connection(portal.database.url()) as conn:
        key = counted(conn, now)
        surplus = scalar(conn, SURPLUS, task=key)
    clerk = visit(f"/stocktakes/{key}", login="clerk")
    sooner = (now + timedelta(days=5)).date().isoformat()
    clerk.fill("#f-due_on", sooner)
    clerk.click("form[action$='/due'] button")
    expect(clerk.locator(".ph-toast").last).to_contain_text(sooner)
    with single_connection(portal.database.url()) as conn:
        approve(conn, key, now)
    clerk.goto(f"{portal.address}/stocktakes/{key}?tab=differences")
    clerk.click("button:has-text('生成卡片变动')")
    expect(clerk.locator(".ph-toast.is-warning")).to_contain_text("原因写在各行")
    clerk.click("text=没有生成")
    expect(clerk.locator("tbody tr:has-text('旧扫描仪') .p-why")).to_contain_text("资产分类")
    expect(clerk.locator("tbody tr:has-text('李小梅') .p-why")).to_contain_text("终审后")
    page = visit(f"/stocktakes/{key}?tab=differences", login="clerk", language="en", theme="dark")
    stands_everywhere(page)
    clerk.click("text=补充建卡内容")
    clerk.click("button:has-text('保存')")
    expect(clerk.locator("#f-category-e")).to_be_visible()
    form = f"/stocktakes/{key}/surplus/{surplus}"
    stands_everywhere(visit(form, login="clerk", language="en", theme="dark"))
    clerk.fill("#f-category", "A02000000")
    clerk.click("button:has-text('保存')")
    expect(clerk.locator(".ph-toast").last).to_contain_text("已补充")
    clerk.click("button:has-text('生成卡片变动')")
    expect(clerk.locator("tbody tr:has-text('旧扫描仪') >> text=看卡片变动")).to_be_visible()
