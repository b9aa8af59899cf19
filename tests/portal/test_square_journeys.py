"""What people do on squares: filter, switch, shortlist, enlarge, export, publish a demand (E2 to E6)."""

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from python_calamine import CalamineWorkbook

from db import scalar, single_connection
from exchange.squares import Tab
from tests.fixtures.browser import Portal, Visit
from tests.portal.pages import comes_true, go_on, toast

ALREADY = "已加入预选资产，请重新选择"


@pytest.mark.browser
def test_marking_twice_warns_in_the_exact_words(visit: Visit) -> None:
    page = visit("/squares/transfer", login="reviewer2")
    boxes = page.locator(".ph-tile input[name=listing]")
    boxes.nth(0).check()
    boxes.nth(1).check()
    expect(page.locator("[data-marks-count]")).to_have_text("已选 2 项")
    page.click("text=加入预选资产")
    expect(page.locator(".ph-toast span")).to_have_text("已加入 2 项预选资产")
    expect(page.locator(".ph-acts .ph-count")).to_have_text("2")
    expect(page.locator(".ph-tile .ph-mark")).to_have_count(2)
    page.locator(".ph-tile input[name=listing]").nth(0).check()
    page.click("text=加入预选资产")
    expect(page.locator(".ph-toast.is-warning span")).to_have_text(ALREADY)
    page.click("text=查看预选")
    rows = page.locator("table.p-listed tbody tr")
    expect(rows).to_have_count(2)
    assert "0898" in rows.nth(0).inner_text()
    for left in (1, 0):
        page.locator("table.p-listed button[name=listing]").first.click()
        expect(page.locator("table.p-listed tbody tr")).to_have_count(left)
    expect(page.locator(".ph-empty h3")).to_have_text("还没有预选资产")


@pytest.mark.browser
def test_filters_stand_in_the_address_and_on_chips(visit: Visit) -> None:
    page = visit("/squares/transfer")
    page.check("input[name=status][value=idle]")
    page.wait_for_url("**status=idle**")
    page.check("input[name=division][value='460100']")
    page.wait_for_url("**division=460100**")
    page.fill(".p-kw", "计算机")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=**")
    assert "status=idle" in page.url
    assert len(page.locator(".p-chips .ph-chip").all()) == 3
    for tile in page.locator(".ph-tile").all():
        assert "闲置" in tile.inner_text()
        assert "海口市" in tile.inner_text()
    page.click(".ph-seg >> text=列表")
    page.wait_for_url("**view=list**")
    assert "status=idle" in page.url
    names = page.locator("table.p-listed .ph-it a").all_inner_texts()
    assert names
    assert all("计算机" in name for name in names)
    page.click(".p-chips >> text=全部清除")
    page.wait_for_url(lambda url: "status" not in url)
    assert "view=list" in page.url


@pytest.mark.browser
def test_counts_of_facets_are_what_choosing_them_shows(visit: Visit) -> None:
    page = visit("/squares/transfer")
    said = page.locator("label:has(input[value=to_dispose]) span:last-child").inner_text()
    page.check("input[name=status][value=to_dispose]")
    page.wait_for_url("**status=to_dispose**")
    assert page.locator(".ph-foot").inner_text().count(f"共 {said} 项") == 1


@pytest.mark.browser
def test_pages_follow_each_other_without_a_gap(visit: Visit) -> None:
    page = visit("/squares/transfer?sort=value")
    total = int(page.locator(".ph-tabs [aria-current] small").inner_text().split()[-1])
    shown: list[str | None] = []
    while True:
        shown += [one.get_attribute("href") for one in page.locator(".ph-tile h3 a").all()]
        following = page.locator("a[rel=next]")
        if not following.count():
            break
        following.click()
        page.wait_for_load_state()
    assert len(shown) == len(set(shown)) == total


@pytest.mark.browser
def test_photo_is_enlarged_and_left_by_keyboard(visit: Visit) -> None:
    page = visit("/squares/transfer")
    photo = page.locator("button[data-enlarge]").first
    photo.focus()
    page.keyboard.press("Enter")
    dialog = page.locator("dialog[data-enlarged]")
    expect(dialog).to_be_visible()
    comes_true(page, "document.querySelector('dialog img').naturalWidth > 320")
    assert dialog.locator("h2").inner_text()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    comes_true(page, "document.activeElement.hasAttribute('data-enlarge')")


def downloaded(page: Page, selector: str) -> list[list[Any]]:
    with page.expect_download() as held:
        page.click(selector)
    content = Path(held.value.path()).read_bytes()
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


@pytest.mark.browser
def test_export_of_marked_rows_reads_back_with_codes_as_text(visit: Visit, portal: Portal) -> None:
    page = visit("/squares/transfer?view=list")
    assert not page.is_visible("text=导出所选")
    boxes = page.locator("table.p-listed input[name=listing]")
    boxes.nth(0).check()
    boxes.nth(2).check()
    codes = page.locator("table.p-listed tbody .ph-codeword").all_inner_texts()
    rows = downloaded(page, "text=导出所选")
    at = rows[0].index("资产编号")
    assert {row[at] for row in rows[1:]} == {codes[0], codes[2]}
    assert all(isinstance(row[at], str) for row in rows[1:])
    with single_connection(portal.database.url()) as conn:
        action = scalar(
            conn, "SELECT action FROM audit_entry WHERE actor = 'clerk' ORDER BY id DESC LIMIT 1"
        )
    assert action == "square.exported"


@pytest.mark.browser
def test_pictures_have_no_export(visit: Visit) -> None:
    page = visit("/squares/transfer")
    page.locator(".ph-tile input[name=listing]").first.check()
    assert page.locator("text=导出").count() == 0


@pytest.mark.browser
def test_demand_square_exports_what_the_query_finds(visit: Visit) -> None:
    page = visit("/squares/demand?status=share&view=list")
    titles = set(page.locator("table.p-listed .ph-it a").all_inner_texts())
    rows = downloaded(page, "text=导出查询结果")
    at = rows[0].index("需求标题")
    assert {row[at] for row in rows[1:]} == titles
    assert titles


# E6: 002-财政用户 on the local tab, 003-预算单位用户 on both, others on neither.
@pytest.mark.browser
@pytest.mark.parametrize(
    ("login", "tab", "publishes"),
    [("finance", Tab.LOCAL, True), ("finance", Tab.NATIONAL, False), ("clerk", Tab.LOCAL, True),
     ("clerk", Tab.NATIONAL, True), ("auditor", Tab.LOCAL, False), ("auditor", Tab.NATIONAL, False)],
)  # fmt: skip
def test_who_publishes_a_demand_of_which_scope(
    visit: Visit, login: str, tab: Tab, publishes: bool
) -> None:
    page = visit(f"/squares/demand?tab={tab.value}", login=login)
    button = page.locator(".ph-acts >> text=发布需求")
    assert (button.count() == 1) is publishes
    address = f"/demands/sheets/new?scope={tab.value}"
    if publishes:
        assert (button.get_attribute("href") or "").endswith(address)
    answer = page.request.get(address)
    assert (answer.status == 200) is publishes, answer.status


@pytest.mark.browser
def test_details_stand_in_their_order_and_can_be_sent_as_a_link(visit: Visit) -> None:
    page = visit("/squares/transfer")
    page.locator(".ph-tile h3 a").first.click()
    page.wait_for_load_state()
    heads = page.locator(".ph-cols > .ph-stack >> nth=0 >> h2").all_inner_texts()
    assert heads == ["提交方", "接收方", "资产卡片", "附件"]
    other = visit(page.url, login="clerk2")
    assert other.locator("h1").inner_text() == page.locator("h1").inner_text()
    demand = visit("/squares/demand")
    demand.locator(".ph-tile h3 a").first.click()
    demand.wait_for_load_state()
    heads = demand.locator(".ph-cols > .ph-stack >> nth=0 >> h2").all_inner_texts()
    assert heads == ["提交方", "提供单位", "需求内容", "附件"]


@pytest.mark.browser
def test_only_the_owner_is_led_to_its_management(visit: Visit, portal: Portal) -> None:
    with single_connection(portal.database.url()) as conn:
        key = scalar(
            conn,
            "SELECT id FROM listing WHERE kind = 'transfer' AND on_local AND unit_name = '海口市图书馆' LIMIT 1",
        )
    assert (
        visit(f"/squares/transfer/{key}", login="clerk").locator(".ph-acts >> text=管理").count()
        == 1
    )
    assert (
        visit(f"/squares/transfer/{key}", login="clerk2").locator(".ph-acts >> text=管理").count()
        == 0
    )


@pytest.mark.browser
def test_what_left_the_square_is_not_there_for_others(visit: Visit, portal: Portal) -> None:
    with single_connection(portal.database.url()) as conn:
        key = scalar(conn, "SELECT id FROM listing WHERE NOT (on_local OR on_national) AND kind = 'transfer' "
                           "AND unit_name = '海口市图书馆' LIMIT 1")  # fmt: skip
        unseen = scalar(conn, "SELECT photo FROM listing WHERE photo IS NOT NULL AND NOT (on_local OR on_national) AND NOT EXISTS "
                              "(SELECT FROM listing AS other WHERE other.photo = listing.photo AND other.on_local) LIMIT 1")  # fmt: skip
    page = visit("/squares/transfer", login="clerk2")
    if key:
        assert page.request.get(f"/squares/transfer/{key}").status == 404
    if unseen:
        assert page.request.get(f"/squares/photos/{unseen}").status == 404
    assert page.request.get("/squares/photos/" + "0" * 64).status == 404
    picture = page.locator(".ph-tile img").first.get_attribute("src") or ""
    answer = page.request.get(picture)
    assert (answer.status, answer.headers["cache-control"]) == (
        200,
        "private, max-age=31536000, immutable",
    )


@pytest.mark.browser
def test_department_sets_a_deadline_reminds_and_ends_it(visit: Visit, portal: Portal) -> None:
    page = visit("/campaign", login="department")
    page.fill("#f-name", "年底前录入")
    page.fill("#f-deadline", (datetime.now(UTC).date() + timedelta(200)).isoformat())
    page.click("button >> text=设定")
    expect(page.locator(".ph-toast span")).to_have_text("已设定截止日期，可以提醒未完成的单位。")
    page.click("text=提醒全部未完成单位")
    expect(page.locator(".ph-toast span")).to_contain_text("已提醒")
    page.click("text=提醒全部未完成单位")
    expect(page.locator(".ph-toast.is-warning span")).to_contain_text("今天已提醒过")
    with single_connection(portal.database.url()) as conn:
        assert scalar(conn, "SELECT count(*) FROM notice JOIN app_user ON app_user.id = user_id "
                            "WHERE event = 'campaign.reminder' AND login = 'clerk'") == 1  # fmt: skip
    page.click("main form:has-text('结束') button")
    assert "个单位没有完成，不再收到提醒" in go_on(page)
    expect(page.locator("text=以往的截止日期")).to_be_visible()
    assert visit("/", login="reviewer").locator("#menu >> text=录入进度").count() == 0


@pytest.mark.browser
def test_operator_compares_and_sees_no_business_content(visit: Visit, portal: Portal) -> None:
    with single_connection(portal.database.url()) as conn:
        name = scalar(
            conn,
            "SELECT name FROM listing JOIN ministry_outbox ON listing_id = listing.id ORDER BY ministry_outbox.id DESC LIMIT 1",
        )
    page = visit("/ministry", login="admin")
    assert str(name) not in page.locator("main").inner_text()
    page.click("text=立即对账")
    assert "对账完成" in toast(page)
    assert "条发布" in page.locator("section:has(h2:text('对账'))").first.inner_text()
    assert str(name) in visit("/ministry", login="auditor").locator("main").inner_text()
    assert visit("/ministry", login="auditor").locator("text=立即对账").count() == 0
