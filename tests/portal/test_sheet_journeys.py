"""What people do with sheets, listings and demands, as they do it (B to D, E6, F1, G1, I5)."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from db import scalar, single_connection
from exchange.eligibility import PICKED_AT_ONCE
from exchange.kinds import Kind
from portal.formats import ZONE
from tests.fixtures.browser import Portal, Visit
from tests.portal.pages import go_on, hold, toast
from tests.portal.rooms import new_card, picture, published

pytestmark = pytest.mark.browser
TODAY = datetime.now(ZONE).date()


def press(page: Page, name: str) -> None:
    """Press a button and wait for the page that follows."""
    page.click(f"main button:visible:has-text('{name}')")
    page.wait_for_load_state()


def approve(visit: Visit, address: str, login: str) -> Page:
    page = visit(address, login=login)
    page.fill("#opinion", "同意发布")
    press(page, "审核通过")
    return page


def pick(page: Page, code: str) -> None:
    """Find a card in the picker and tick it, with the keyboard alone."""
    page.focus("#find")
    page.keyboard.type(code)
    page.wait_for_selector(f"[data-picks] tr[data-code='{code}']:only-child")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    page.wait_for_selector(f"[data-chosen] tr[data-code='{code}']")


def test_a_card_without_a_photo_is_refused_with_advice_then_published_nationwide(
    visit: Visit, portal: Portal, tmp_path: Path
) -> None:
    code = new_card(portal, "古籍修复台", photo=False)
    page = visit("/transfer/sheets/new")
    page.click("text=全国")
    page.fill("#f-phone", "0898-68532107")
    page.fill("#f-note", "修复工作外包后不再使用")
    pick(page, code)
    press(page, "存为草稿")
    assert "没有照片，请先用" in page.inner_text("[data-chosen] .ph-err")  # B3
    assert page.input_value("#f-note") == "修复工作外包后不再使用"
    assert page.is_checked("input[name=scope][value=national]")
    assert page.is_checked(f"[data-chosen] input[value='{code}']")

    page.click("[data-chosen] .ph-err a")
    page.wait_for_url("**/changes/new?**")
    page.set_input_files("#f-photos", picture(tmp_path))
    page.wait_for_selector("[data-name=photos] img[alt='新照片']")
    press(page, "保存并送审")
    reviewer = visit(page.url, login="reviewer")
    press(reviewer, "审核通过")
    assert "卡片已更新" in toast(reviewer)

    page.goto(f"/cards/{code}")
    page.click("text=发布到调剂广场")
    expect(page.locator(f"[data-chosen] input[value='{code}']")).to_be_checked()
    page.click("text=全国")
    page.fill("#f-phone", "0898-68532107")
    press(page, "保存并送审")
    assert "已送审，下一环节：单位审核" in toast(page)
    assert page.inner_text("h1 + p").count("待单位审核") == 1
    address = page.url
    press(page, "取消送审")  # B4
    assert "位审核人不再能审核它" in go_on(page)
    assert "已取消送审" in toast(page)
    press(page, "送审")

    unit = approve(visit, address, "reviewer")
    assert "下一环节：主管部门审核" in toast(unit)
    page.goto(address)
    assert page.locator("button:has-text('取消送审')").count() == 0
    assert "03-省内审核中" in page.inner_text("main")  # C3
    approve(visit, address, "department")
    finance = approve(visit, address, "finance")
    assert "已在本地区广场上架，待上报汇总系统" in toast(finance)
    progress = finance.inner_text(".p-border")
    assert "上报汇总系统" in progress
    assert "未上报" in progress
    assert finance.locator(".p-trail tbody tr").count() == 6  # B5

    square = visit(f"/squares/transfer?q={code}", login="clerk2")
    assert "古籍修复台" in square.inner_text("main")  # E1: at once
    for login, path in (("clerk2", address), ("clerk2", f"{address}/cards/{code}")):
        assert visit("/", login=login).request.get(path).status == 404
    page.goto(f"{address}/cards")  # B6
    assert page.inner_text("h1") == "古籍修复台"
    assert page.locator(".p-groups h2").count() == 4
    assert page.locator(".p-pics img").count() == 1


def test_a_final_approval_is_revoked_before_the_report_and_refused_after(
    visit: Visit, portal: Portal
) -> None:
    sheet, (listing,) = published(
        portal, Kind.TRANSFER, new_card(portal, "期刊架"), scope="national"
    )
    address = f"/transfer/sheets/{sheet}"
    finance = visit(address, login="finance")
    press(finance, "取消审核")
    assert "已上架的 1 项退出本地区广场" in go_on(finance)
    assert "回到待审核" in toast(finance)
    finance.goto("/transfer/reviews")
    row = finance.locator("tbody tr", has=finance.locator(f"a[href^='{address}?']"))
    assert "财政审核取消审核" in row.inner_text()  # C2
    approve(visit, address, "finance")
    with single_connection(portal.database.url()) as conn:
        conn.execute(
            "UPDATE ministry_outbox SET attempts = 1 WHERE listing_id IN "
            "(SELECT id FROM listing WHERE sheet_id = %s AND state = 'listed')",
            (sheet,),
        )
    finance.goto(address)
    press(finance, "取消审核")
    assert "已上报汇总系统，不能取消终审" in finance.inner_text(".p-wrong")  # C4

    clerk = visit(f"/transfer/listings?sheet={sheet}")
    clerk.click("tbody summary:has-text('下架')")
    press(clerk, "下架")  # without a reason
    assert "请写明下架原因" in clerk.inner_text("#why-e")
    clerk.fill("tbody [name=reason]", "本单位另有用途")
    press(clerk, "下架")
    assert "退出本地区广场" in go_on(clerk)
    assert "已下架" in toast(clerk)
    clerk.goto(f"/transfer/listings?sheet={sheet}")
    assert "本单位另有用途" in clerk.inner_text("tbody")
    square = visit(f"/squares/transfer?q={listing.code}", login="clerk2")
    assert "期刊架" not in square.inner_text("main")


@pytest.mark.parametrize("kind", ["split", "dispose", "return"])
def test_a_split_a_disposal_and_a_return_to_the_store_delist_at_once(
    visit: Visit, portal: Portal, kind: str
) -> None:
    said = {"split": "信息卡已拆分", "dispose": "资产已处置", "return": "资产已退库"}
    shared = kind == "return"  # what is in use may be shared, and goes back to the store
    status = "in_use" if shared else "idle"
    code = new_card(portal, f"书架 {kind}", status=status, shareable=str(shared).lower())
    of = Kind.SHARE if shared else Kind.TRANSFER
    sheet, _listings = published(portal, of, code)
    page = visit(f"/changes/new?card={code}&kind={kind}")
    if kind == "dispose":
        page.select_option("#f-form", "scrap")
        page.fill("#f-disposed_on", TODAY.isoformat())
    if kind == "return":
        page.fill("#f-returned_on", (TODAY - timedelta(days=1)).isoformat())
    press(page, "保存并送审")
    assert "已送审" in toast(page)
    address = page.url
    for login in ("reviewer", "department") if kind == "dispose" else ("reviewer",):
        reviewer = visit(address, login=login)
        press(reviewer, "审核通过")
    assert "已终审" in toast(reviewer)
    room = "share" if shared else "transfer"
    page.goto(f"/{room}/listings?sheet={sheet}&state=delisted")
    assert said[kind] in page.inner_text("tbody")  # F1, D1
    page.goto(f"/cards/{code}")
    assert said[kind] in page.inner_text(".ph-line")


def test_two_reviewers_at_once_one_acts_the_other_is_told(visit: Visit, portal: Portal) -> None:
    sheet, _none = published(portal, Kind.TRANSFER, new_card(portal, "阅览桌"), nodes=0)
    address = f"/transfer/sheets/{sheet}"
    first, second = visit(address, login="reviewer"), visit(address, login="reviewer")
    press(first, "审核通过")
    second.fill("#opinion", "照片不清楚")
    press(second, "退回")
    assert "陈志远" in toast(second)
    assert "待主管部门审核" in second.inner_text("h1 + p")


def test_returned_with_a_reason_it_reopens_unchanged_is_mended_and_deleted(
    visit: Visit, portal: Portal
) -> None:
    code, other = new_card(portal, "展示柜"), new_card(portal, "展示柜二")
    sheet, _none = published(portal, Kind.TRANSFER, code, nodes=0, note="多出一组")
    address = f"/transfer/sheets/{sheet}"
    reviewer = visit(address, login="reviewer")
    press(reviewer, "退回")
    assert "请写明原因" in reviewer.inner_text("#opinion-e")
    reviewer.fill("#opinion", "请把另一组也列上")
    press(reviewer, "退回")
    page = visit("/")
    assert "展示柜" in page.inner_text("section:has-text('退回待改')")
    page.goto(f"{address}/edit")
    told = page.inner_text("[data-returned]")
    assert "单位审核退回" in told
    assert "陈志远" in told
    assert "请把另一组也列上" in told
    assert page.input_value("#f-note") == "多出一组"  # B1
    assert page.input_value("#f-phone") == "0898-68532107"
    assert page.locator("[data-chosen] tr").count() == 1
    pick(page, other)
    page.fill("#find", "没有这样的东西")
    page.wait_for_selector("[data-picks] tr[data-more]")
    assert page.locator("[data-chosen] tr").count() == 2  # chosen ones survive searching
    page.click(f"[data-chosen] input[value='{code}']")
    expect(page.locator("[data-said]")).to_contain_text("已选 1 张")
    press(page, "存为草稿")
    assert "展示柜二" in page.inner_text(".p-cards")
    press(page, "作废")
    assert "不能恢复" in go_on(page)
    assert "单据已作废" in toast(page)


@pytest.fixture(scope="module")
def first_page(portal: Portal) -> None:
    """So many cards that only searching finds one whose code comes after theirs."""
    for number in range(PICKED_AT_ONCE):
        new_card(portal, "期刊盒", code=f"ZY2026{number:06}")


def left_with(visit: Visit, *codes: str) -> tuple[Page, list[Route]]:
    """(a page that was left when these cards had been chosen on it, the questions for their rows
    that it asks after Back, which nobody answers).
    """
    page = visit("/transfer/sheets/new")
    page.on("dialog", lambda dialog: dialog.accept())
    page.check("input[name=scope][value=local]", force=True)
    page.fill("#f-phone", "0898-68532107")
    for code in codes:
        page.fill("#find", "")
        pick(page, code)
    page.goto("/healthz")
    return page, hold(page, "**/picks?card=*")


def back(page: Page) -> None:
    """Go back, until the rows of what was chosen are asked for."""
    with page.expect_request("**/picks?card=*"):
        page.go_back()


@pytest.mark.usefixtures("first_page")
def test_after_back_rows_that_come_late_dress_what_is_still_chosen(
    visit: Visit, portal: Portal
) -> None:
    code, other = (new_card(portal, "目录柜", code=f"ZZ2026{number:06}") for number in range(2))
    page, held = left_with(visit, code, other)
    back(page)
    page.click(f"[data-chosen] input[value='{other}']")
    page.focus(f"[data-chosen] input[value='{code}']")
    held[-1].continue_()
    expect(page.locator("[data-chosen] a:text-is('目录柜')")).to_be_visible()
    expect(page.locator("[data-chosen] tr")).to_have_count(1)
    expect(page.locator(f"[data-chosen] input[value='{code}']")).to_be_focused()
    expect(page.locator("[data-said]")).to_have_text("已选 1 张")


@pytest.mark.usefixtures("first_page")
def test_after_back_the_chosen_cards_are_saved_though_their_rows_do_not_come(
    visit: Visit, portal: Portal
) -> None:
    code, other = (new_card(portal, "书梯", code=f"ZZ2026{number:06}") for number in range(2, 4))
    page, held = left_with(visit, code, other)
    ticked = page.locator("[data-chosen] input:checked")
    for _left_before_the_answer in range(2):
        back(page)
        expect(ticked).to_have_count(2)
        expect(page.locator("[data-said]")).to_have_text("已选 2 张")
        page.goto("/healthz")
    back(page)
    expect(ticked).to_have_count(2)
    with page.expect_response("**/picks?card=*"):
        held[-1].fulfill(status=422)
    expect(ticked).to_have_count(2)
    page.click(f"[data-chosen] input[value='{other}']")
    press(page, "存为草稿")
    assert "草稿已保存" in toast(page)
    assert code in page.inner_text(".p-cards")
    assert other not in page.inner_text(".p-cards")


def test_the_second_tabs_edit_of_a_sheet_is_kept_until_its_writer_decides(
    visit: Visit, portal: Portal
) -> None:
    sheet, _none = published(portal, Kind.TRANSFER, new_card(portal, "报刊架"), nodes=0)
    address = f"/transfer/sheets/{sheet}"
    page = visit(address)
    press(page, "取消送审")
    go_on(page)
    first, second = visit(f"{address}/edit"), visit(f"{address}/edit")
    first.fill("#f-note", "第一页写的")
    press(first, "存为草稿")
    second.fill("#f-note", "第二页写的")
    second.click("text=存为草稿")
    second.wait_for_selector("[data-clash]")
    assert "刚才有人修改过" in second.inner_text("[data-clash]")
    assert second.input_value("#f-note") == "第二页写的"
    assert second.locator("[data-chosen] tr").count() == 1
    first.reload()
    assert "第一页写的" in first.inner_text("main")
    press(second, "存为草稿")
    assert "第二页写的" in second.inner_text("main")


def test_a_settled_transfer_drafts_the_disposal_which_is_cancelled_and_done_again(
    visit: Visit, portal: Portal
) -> None:
    _sheet, (listing,) = published(portal, Kind.TRANSFER, new_card(portal, "还书箱"))
    page = visit(f"/transfer/listings/{listing.id}/settle")
    press(page, "登记并起草处置")
    assert "请填写" in page.inner_text("#f-partner-e")
    page.fill("#f-partner", "三亚市人民")
    page.wait_for_selector("#f-partner-l option[value*='三亚市人民医院']", state="attached")
    page.fill("#f-partner", "三亚市人民医院")
    page.select_option("#f-way", "free_transfer")
    press(page, "登记并起草处置")
    assert "处置变动已起草" in toast(page)
    page.click("text=查看处置变动")
    page.wait_for_url("**/changes/*")
    assert "无偿划转" in page.inner_text("main")
    page.goto(f"/transfer/listings/{listing.id}/settle")
    press(page, "撤销登记")
    assert "三亚市人民医院不再有效" in go_on(page)
    assert "恢复上架" in toast(page)
    page.goto(f"/transfer/listings/{listing.id}/settle")
    assert page.is_visible("#f-partner")


def test_a_demand_with_all_its_fields_is_matched_reviewed_and_settled(
    visit: Visit, portal: Portal, tmp_path: Path
) -> None:
    published(portal, Kind.TRANSFER, new_card(portal, "教学投影仪", category="A02020200"))
    page = visit("/demands/sheets/new", login="clerk2")
    page.fill("#f-title", "求投影仪 2 台")
    page.select_option("#f-wanted", "transfer")
    page.fill("#f-category", "A02020200")
    page.fill("#f-quantity", "2")
    expect(page.locator("[data-wish]")).to_contain_text("教学投影仪")  # F5, before it is published
    page.fill("#f-measure", "台")
    page.fill("#f-description", "会议室用，宽 3 米左右")
    page.fill("#f-wanted_by", (TODAY + timedelta(days=20)).isoformat())
    page.fill("#f-closing_on", (TODAY + timedelta(days=40)).isoformat())
    page.select_option("#f-urgency", "urgent")
    page.fill("#f-ledger_account", "1601 固定资产")
    page.fill("#f-phone", "0898-88266523")
    report = tmp_path / "说明.pdf"
    report.write_bytes(b"%PDF-1.4\n%%EOF\n")
    page.set_input_files("#f-attachments", report)
    page.wait_for_selector("[data-name=attachments] li:has-text('说明.pdf')")
    press(page, "保存并送审")
    assert "已送审" in toast(page)
    shown = page.inner_text("main")
    for text in ("求投影仪 2 台", "调剂", "A02020200", "2 台", "会议室用", "三亚市", "紧急",
                 "1601 固定资产", "王德安", "三亚市人民医院", "解放三路", "0898-88266523", "说明.pdf",
                 "本省至本部门"):  # fmt: skip
        assert text in shown, text
    address = page.url
    approve(visit, address, "reviewer2")
    done = approve(visit, address, "department2")
    assert "已终审" in toast(done)
    page.goto("/demands/manage")
    page.click("tr:has-text('求投影仪') a:has-text('登记结果')")
    page.fill("#f-partner", "海口市图书馆")
    press(page, "登记结果")
    assert "本地区广场标明“已满足”" in toast(page)
    assert "海口市图书馆" in page.inner_text("tbody")


def test_draft_of_a_suggestion_is_filled_in_from_the_evidence_and_leaving_it_loses_nothing(
    visit: Visit, portal: Portal
) -> None:
    with single_connection(portal.database.url()) as conn:
        key = scalar(
            conn,
            "SELECT suggestion.id FROM suggestion JOIN card ON card.id = card_id "
            "WHERE state = 'open' ORDER BY net_value LIMIT 1",
        )
    page = visit(f"/suggestions?pick={key}")
    page.click("a:has-text('采纳并起草')")
    expect(page.locator("#f-status")).to_have_value("idle")
    assert "利用率" in page.input_value("#f-reason")
    page.go_back()
    expect(page.locator("a:has-text('采纳并起草')")).to_be_visible()
