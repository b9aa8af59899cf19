"""管理 as its unit's preparer works with it: taking down, whatever way a listing came (D1, F4)."""

from datetime import UTC, date, datetime, timedelta
from typing import LiteralString

import pytest
from playwright.sync_api import expect

from db import scalar, single_connection
from exchange import shortlist
from exchange.kinds import Kind
from exchange.linked import systems
from tests.fixtures.browser import Portal, Visit
from tests.portal.pages import go_on, overflow, stands_everywhere
from tests.portal.rooms import LIBRARY, new_card, person, published
from tests.portal.test_square_closed import FROM_ON, HOSPITAL, UNTIL_ON, settled

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
    page.click("tbody summary:has-text('下架')")
    page.fill("tbody [name=reason]", "平台已停止提供。")
    page.click("tbody .p-delist button")
    go_on(page)
    expect(page.locator(".ph-toast")).to_contain_text("“倒置显微镜”已下架")
    page.goto("/squares/share?q=倒置显微镜")
    expect(page.locator("main")).to_contain_text("没有符合条件的结果")


def test_taking_down_without_a_reason_says_so_in_the_list_as_it_was_asked(
    visit: Visit, portal: Portal
) -> None:
    code = new_card(portal, "阅览室长桌")
    published(portal, Kind.TRANSFER, code)
    page = visit(f"/transfer/listings?state=listed&q={code}")
    page.click("tbody summary:has-text('下架')")
    page.fill("tbody [name=reason]", "  ")
    page.click("tbody .p-delist button")
    expect(page.locator("tbody .p-delist [role=alert]")).to_have_text("请写明下架原因。")
    assert page.locator("main tbody tr").count() == 1  # the same question
    page.fill("tbody [name=reason]", "本单位另有用途。")
    page.click("tbody .p-delist button")
    assert "本单位另有用途。" in go_on(page)
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


@pytest.mark.parametrize(
    ("path", "head", "cell"),
    [
        ("/transfer/listings?state=listed", "原值（元）", "td[data-l='原值（元）']"),
        ("/transfer/query", "原值（元）", "td[data-l='原值（元）']"),
        ("/shortlist", "原值（元）", "td[data-l='原值（元）']"),
    ],
)
def test_a_lists_head_sorts_it_and_turns_it(
    visit: Visit, portal: Portal, path: str, head: str, cell: str
) -> None:
    codes = [new_card(portal, f"排序柜 {n}", original_value=f"{n}00000") for n in (3, 1, 2)]
    _sheet, made = published(portal, Kind.TRANSFER, *codes)
    with single_connection(portal.database.url()) as conn, conn.transaction():
        buyer = person(conn, "clerk")
        shortlist.add(conn, buyer, [one.id for one in made], datetime.now(UTC))
    page = visit(path)
    for way, sign in (("descending", -1), ("ascending", 1)):
        page.click(f"th a:has-text('{head}')")
        expect(page.locator(f"th[aria-sort={way}]")).to_contain_text(head)
        shown = [float(text.replace(",", "")) for text in page.locator(cell).all_inner_texts()]
        assert shown == sorted(shown, key=lambda value: sign * value)
        assert len(set(shown)) >= 2
    assert "dir=asc" in page.url


def test_what_was_registered_of_a_share_is_corrected_with_a_reason(
    visit: Visit, portal: Portal
) -> None:
    key, _photos = settled(portal)
    page = visit(f"/share/listings/{key}/settle")
    page.click("a:has-text('更正登记')")
    expect(page.locator("#f-partner")).to_have_value(HOSPITAL)
    longer = (date.fromisoformat(UNTIL_ON) + timedelta(days=30)).isoformat()
    page.fill("#f-until_on", longer)
    page.click("button:has-text('保存更正')")
    expect(page.locator("#f-reason-e")).to_have_text("请写明更正原因。")
    assert page.input_value("#f-until_on") == longer  # what was typed is kept
    page.fill("#f-reason", "截止日期登记错了")
    stands_everywhere(visit(f"/share/listings/{key}/correct", language="en", theme="dark"))
    page.click("button:has-text('保存更正')")
    expect(page.locator(".ph-toast")).to_contain_text("已更正“流动书车”的登记")
    page.goto("/share/listings?state=settled&q=流动书车")
    expect(page.locator("td.p-until").first).to_contain_text(f"{FROM_ON} 至 {longer}")
    partner = visit(f"/squares/share/{key}", login="clerk2")
    expect(partner.locator(".ph-line")).to_contain_text("截止日期登记错了")
    expect(partner.locator("main")).to_contain_text(f"{FROM_ON} 至 {longer}")


RETURNED: LiteralString = """
    UPDATE listing SET scope = 'national', ministry = 'returned', opinion = %(opinion)s
     WHERE id = %(id)s
"""
CUT = """() => [...document.querySelectorAll('.ph-tile-b *')]
  .filter((one) => one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 6)
  .map((one) => one.textContent.trim())"""


@pytest.mark.parametrize("language", ["zh", "en"])
def test_states_are_whole_and_a_long_opinion_fits_at_every_width(
    visit: Visit, portal: Portal, language: str
) -> None:
    code = new_card(portal, "移动式高压细水雾灭火装置及软管卷盘", shareable="yes")
    _sheet, [listing] = published(portal, Kind.SHARE, code)
    opinion = "铭牌上的型号与卡片不一致，请核对后重新上报；另请补充近三年的使用记录。" * 3
    with single_connection(portal.database.url()) as conn:
        conn.execute(RETURNED, {"id": listing.id, "opinion": opinion})
    page = visit(f"/share/listings?q={code}", language=language)
    state = page.locator("tbody .p-how .ph-st")
    for width in (1280, 1024, 840, 360):
        page.set_viewport_size({"width": width, "height": 900})
        assert overflow(page) <= 0, width
        box = state.bounding_box()
        assert box is not None
        assert box["height"] < 30, width  # one line
    assert page.get_attribute("tbody .p-how [title]", "title") == opinion
    page.emulate_media(media="print")
    assert page.evaluate(CUT.replace(".ph-tile-b *", ".p-how *")) == []  # paper has all of it
    page.emulate_media(media="screen")
    page.goto(f"/squares/share?q={code}")
    for width in (1280, 1024, 360):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.locator(".ph-tile").count() == 1
        assert page.evaluate(CUT) == []  # where its review stands, above all


@pytest.mark.parametrize("width", [1280, 360])
def test_amounts_of_several_measures_stand_apart(visit: Visit, portal: Portal, width: int) -> None:
    codes = (new_card(portal, "会议圆桌", measure="张"), new_card(portal, "折叠隔断", measure="套"))
    key, _listed = published(portal, Kind.TRANSFER, *codes)
    page = visit(f"/transfer/sheets/{key}", width=width)
    amounts = page.locator("tfoot .p-block")
    assert amounts.count() == 2
    first, second = (amounts.nth(place).bounding_box() for place in (0, 1))
    assert first is not None
    assert second is not None
    assert second["y"] >= first["y"] + first["height"] - 1
