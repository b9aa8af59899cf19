"""管理 as its unit's preparer works with it: taking down, whatever way a listing came (D1, F4)."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from db import scalar, single_connection
from exchange.kinds import Kind
from exchange.linked import systems
from tests.fixtures.browser import Portal, Visit
from tests.portal.rooms import LIBRARY, new_card, person, published

pytestmark = pytest.mark.browser
ITEM = {
    "key": "MS-1", "kind": "share", "name": "倒置显微镜", "category": "A02100000", "quantity": 1,
    "measure": "台", "value": 320000, "status": "in_use", "contact": "王教授", "phone": "0898-66270001",
}  # fmt: skip


def bearer(portal: Portal) -> str:
    """The token of a linked system of the library's own."""
    with single_connection(portal.database.url()) as conn:
        unit = scalar(conn, "SELECT id FROM unit WHERE name = %(name)s", name=LIBRARY)
        assert isinstance(unit, int)
        admin = person(conn, "admin")
        return systems.register(conn, admin, unit, "显微镜平台", datetime.now(UTC))[1]


def test_what_a_linked_system_pushed_is_taken_down_by_hand(visit: Visit, portal: Portal) -> None:
    page = visit("/share/listings?q=MS-1")
    answer = page.request.post(
        "/api/v1/linked/listings",
        data={"items": [ITEM]},
        headers={"Authorization": f"Bearer {bearer(portal)}"},
    )
    assert answer.ok
    page.goto("/share/listings?q=倒置显微镜")
    page.click("summary:has-text('下架')")
    page.fill("[name=reason]", "平台已停止提供。")
    page.click(".p-delist button")
    expect(page.locator(".ph-toast")).to_contain_text("“倒置显微镜”已下架")
    page.goto("/squares/share?q=倒置显微镜")
    expect(page.locator("main")).to_contain_text("没有符合条件的结果")


def test_taking_down_without_a_reason_says_so_in_the_list_as_it_was_asked(
    visit: Visit, portal: Portal
) -> None:
    code = new_card(portal, "阅览室长桌")
    published(portal, Kind.TRANSFER, code)
    page = visit(f"/transfer/listings?state=listed&q={code}")
    page.click("summary:has-text('下架')")
    page.fill("[name=reason]", "  ")
    page.click(".p-delist button")
    expect(page.locator(".p-delist [role=alert]")).to_have_text("请写明下架原因。")
    assert page.locator("main tbody tr").count() == 1  # the same question
    page.fill("[name=reason]", "本单位另有用途。")
    page.click(".p-delist button")
    expect(page.locator(".ph-toast")).to_contain_text("“阅览室长桌”已下架")


def test_a_name_that_no_unit_bears_is_asked_about_before_anything_is_given_away(
    visit: Visit, portal: Portal
) -> None:
    _sheet, [listing] = published(portal, Kind.TRANSFER, new_card(portal, "会议室投影幕"))
    page = visit(f"/transfer/listings/{listing.id}/settle")
    page.fill("#f-partner", "三亚市人民")
    page.select_option("#f-way", "free_transfer")
    page.click(".p-acts-bar button")
    expect(page.locator("#f-partner-e")).to_contain_text("系统内没有“三亚市人民”")
    page.check("[name=outside]")
    page.click(".p-acts-bar button")
    expect(page.locator(".ph-toast")).to_contain_text("已登记系统外的接收方")
    expect(page.locator("main")).to_contain_text("接收单位在系统外，不会收到待建卡")


def test_on_a_phone_the_open_tab_is_in_sight(visit: Visit) -> None:
    page = visit("/cards?status=disposed", width=360)
    box = page.locator(".ph-tabs [aria-current]").bounding_box()
    assert box is not None
    assert 0 <= box["x"] <= 360 - box["width"]
