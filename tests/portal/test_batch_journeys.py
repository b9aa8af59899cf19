"""Batch work as people do it: by mouse and keyboard, on a desk and a phone, without a script."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, expect

from db import single_connection
from exchange.kinds import Kind
from registry import review
from registry.cards import ChangeKind, card, changes, drafting
from registry.review import Action
from tests.fixtures.browser import Portal, Visit, sign_in
from tests.portal.pages import stands_everywhere
from tests.portal.rooms import new_card, person, published

pytestmark = pytest.mark.browser


def drafts(portal: Portal, name: str, number: int, *, submitted: bool = False) -> None:
    """Changes of new cards of this name, that a list asked for it shows alone."""
    codes = [new_card(portal, name) for _number in range(number)]
    now = datetime.now(UTC)
    with single_connection(portal.database.url()) as conn:
        clerk = person(conn, "clerk")
        for code in codes:
            one = card(conn, clerk.id, code)
            assert one is not None
            typed = drafting.Typed({**changes.before_of(conn, one), "status": "to_dispose"})
            key = changes.draft(conn, clerk, ChangeKind.STATUS, code, typed, now)
            assert isinstance(key, int)
            if submitted:
                seen = review.standing(conn, changes.require(conn, clerk, key).review_id).version
                changes.act(conn, clerk, key, Action.SUBMIT, seen, "", now, "")


def ticks(page: Page) -> list[bool]:
    found: list[bool] = page.eval_on_selector_all(
        "[name=document]", "all => all.map((one) => one.checked)"
    )
    return found


@pytest.mark.parametrize("width", [1280, 360])
def test_rows_are_ticked_submitted_and_told_of_one_by_one(
    visit: Visit, portal: Portal, width: int
) -> None:
    name = f"批量书架{width}"
    drafts(portal, name, 3)
    page = visit(f"/changes?tab=draft&q={name}", width=width)
    expect(page.locator("#batch")).to_be_hidden()
    page.locator("[name=document]").first.check()
    expect(page.locator("[data-bulk-count]")).to_have_text("已选 1 份")
    page.locator("[data-all]:visible").first.check()
    expect(page.locator("[data-bulk-count]")).to_have_text("已选 3 份")
    page.click("#batch button:has-text('送审')")
    expect(page.locator("h1")).to_have_text("批量送审")
    assert page.locator("tbody tr").count() == 3
    expect(page.locator("tbody")).to_contain_text("已送审，下一环节")
    page.reload()
    expect(page.locator("tbody")).to_contain_text("已送审，下一环节")
    page.click("text=回到列表")
    expect(page.locator("main")).to_contain_text("没有符合条件的变动")


def test_a_reviewer_works_by_the_keyboard_and_enter_on_a_tick_sends_nothing(
    visit: Visit, portal: Portal
) -> None:
    drafts(portal, "键盘书架", 2, submitted=True)
    page = visit("/changes?tab=pending&q=键盘书架", login="reviewer")
    page.locator("[name=document]").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.locator("[data-bulk-count]")).to_have_text("已选 1 份")
    page.locator("#batch summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("请补充照片")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("退回 1 份单据？")
    page.locator("main .btn-alarm").press("Enter")
    expect(page.locator("h1")).to_have_text("批量退回")
    expect(page.locator("tbody")).to_contain_text("已退回经办修改")
    page.go_back()
    expect(page.locator("h1")).to_have_text("卡片变动")
    expect(page.locator("[name=document]")).to_have_count(1)
    assert ticks(page) == [False]  # the one that is left was not ticked


def test_what_is_ticked_stays_ticked_after_back(visit: Visit, portal: Portal) -> None:
    drafts(portal, "返回书架", 3)
    page = visit("/changes?tab=draft&q=返回书架")
    page.locator("[name=document]").nth(1).check()
    page.goto("/healthz")
    drafts(portal, "返回书架", 1)  # at the head of the list
    page.go_back()
    expect(page.locator("[data-bulk-count]")).to_have_text("已选 1 份")
    assert ticks(page) == [False, False, True, False]


def test_deleting_asks_first_on_a_page_that_can_be_left(visit: Visit, portal: Portal) -> None:
    drafts(portal, "删除书架", 2)
    page = visit("/changes?tab=draft&q=删除书架")
    page.locator("thead [data-all]").check()
    page.click("#batch button:has-text('删除')")
    expect(page.locator("h1")).to_have_text("删除 2 份单据？")
    page.click("text=不做改动，返回")
    expect(page.locator("[name=document]")).to_have_count(2)
    page.locator("thead [data-all]").check()
    page.click("#batch button:has-text('删除')")
    page.click("main .btn-alarm")
    expect(page.locator("h1")).to_have_text("批量删除")


def test_it_works_without_a_script(chromium: Browser, portal: Portal) -> None:
    drafts(portal, "无脚本书架", 2)
    context = chromium.new_context(java_script_enabled=False, base_url=portal.address)
    page = context.new_page()
    sign_in(page, "clerk")
    page.goto("/changes?tab=draft&q=无脚本书架")
    expect(page.locator("#batch")).to_be_hidden()
    page.locator("[name=document]").first.check()
    page.click("#batch button:has-text('送审')")
    expect(page.locator("h1")).to_have_text("批量送审")
    context.close()


def test_its_bars_and_pages_stand_everywhere(visit: Visit, portal: Portal) -> None:
    drafts(portal, "Shelf outlook", 2, submitted=True)
    page = visit(
        "/changes?tab=pending&q=Shelf outlook", login="reviewer", language="en", theme="dark"
    )
    page.locator("[name=document]").first.check()
    page.click("#batch summary")
    stands_everywhere(page)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.click("#batch .p-delist button")
    expect(page.locator("#batch-why-e")).to_be_visible()
    stands_everywhere(page)
    page.fill("#batch-why", "请补充照片")
    page.click("#batch .p-delist button")
    expect(page.locator("h1")).to_have_text("Return 1 document?")
    stands_everywhere(page)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.click("main .btn-alarm")
    expect(page.locator("h1")).to_have_text("Return several")
    stands_everywhere(page)
    published(portal, Kind.TRANSFER, new_card(portal, "Shelf to delist"))
    page = visit("/transfer/listings?q=Shelf to delist", language="en", theme="dark")
    page.locator("[name=document]").first.check()
    page.click("#batch summary")
    stands_everywhere(page)


def test_back_and_reload_on_a_page_that_answered_a_form_lead_to_the_list_that_had_it(
    visit: Visit, portal: Portal
) -> None:
    drafts(portal, "退路书架", 2)
    page = visit("/changes?tab=draft&q=退路书架")
    page.locator("[name=document]").first.check()
    page.click("#batch button:has-text('删除')")
    expect(page.locator("h1")).to_have_text("删除 1 份单据？")
    page.wait_for_load_state()
    page.click("main .btn-alarm")
    expect(page.locator("h1")).to_have_text("批量删除")
    page.go_back()
    expect(page.locator("h1")).to_have_text("卡片变动")
    expect(page.locator("[name=document]")).to_have_count(1)
    page.locator("[name=document]").check()
    page.click("#batch button:has-text('删除')")
    expect(page.locator("h1")).to_have_text("删除 1 份单据？")
    page.wait_for_load_state()  # from then on its history is right
    page.reload()
    expect(page.locator("h1")).to_have_text("卡片变动")


def test_a_list_that_says_what_is_wrong_is_filtered_left_and_found_again(
    visit: Visit, portal: Portal
) -> None:
    drafts(portal, "漏勾书架", 2)
    page = visit("/changes?tab=draft&q=漏勾书架")
    page.eval_on_selector("#batch", "form => form.classList.add('is-open')")
    page.eval_on_selector(
        "#batch", "form => form.requestSubmit(form.querySelector('[formaction*=submit]'))"
    )
    expect(page.locator("#batch .ph-err")).to_have_text("请先勾选要办理的单据。")
    page.fill(".ph-filter [name=q]", "漏勾")
    page.click(".ph-filter button:has-text('筛选')")
    expect(page.locator("[name=document]")).to_have_count(2)
    page.go_back()
    expect(page.locator("[name=document]")).to_have_count(2)
