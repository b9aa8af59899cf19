"""Back in a browser, and the button once more: nothing is made twice, nothing else is published (J3)."""

from datetime import datetime, timedelta
from typing import LiteralString

import pytest
from playwright.sync_api import Page, expect

from db import scalar, single_connection
from portal.formats import ZONE
from tests.fixtures.browser import Portal, Visit
from tests.portal.pages import stands_everywhere, toast
from tests.portal.rooms import new_card
from tests.portal.test_sheet_journeys import pick, press

pytestmark = pytest.mark.browser
IN_40_DAYS = (datetime.now(ZONE).date() + timedelta(days=40)).isoformat()
DEMANDS: LiteralString = "SELECT count(*) FROM sheet WHERE demand->>'title' = %(title)s"
SHEETS: LiteralString = """
    SELECT count(*) FROM sheet_card JOIN card ON card.id = card_id WHERE card.code = %(code)s
"""
IN_THE_LATEST: LiteralString = """
    SELECT string_agg(card.code, ' ') FROM sheet_card JOIN card ON card.id = card_id
     WHERE sheet_id = (SELECT max(id) FROM sheet WHERE kind = 'transfer')
"""


def found(portal: Portal, query: LiteralString, **facts: object) -> object:
    with single_connection(portal.database.url()) as conn:
        return scalar(conn, query, **facts)


def demand(visit: Visit, title: str) -> Page:
    """The form of a demand, filled in as a clerk does."""
    page = visit("/demands/sheets/new")
    page.fill("#f-title", title)
    page.select_option("#f-wanted", "transfer")
    page.fill("#f-category", "A02020200")
    page.fill("#f-quantity", "2")
    page.fill("#f-description", "会议室用")
    page.fill("#f-closing_on", IN_40_DAYS)
    page.fill("#f-phone", "0898-68532107")
    return page


def test_a_demand_sent_again_after_back_leads_to_the_one_that_was_submitted(
    visit: Visit, portal: Portal
) -> None:
    page = demand(visit, "重复测试")
    press(page, "保存并送审")
    assert "已送审" in toast(page)
    first = page.url
    page.go_back()
    assert page.input_value("#f-title") == "重复测试"
    press(page, "保存并送审")
    assert page.url == first
    assert "已保存过，没有再建一份" in toast(page)
    assert found(portal, DEMANDS, title="重复测试") == 1


def test_a_sent_demand_that_is_changed_after_back_is_asked_about_and_made_anew_on_wish(
    visit: Visit, portal: Portal
) -> None:
    page = demand(visit, "改了再发")
    press(page, "存为草稿")
    first = page.url
    page.go_back()
    page.fill("#f-quantity", "37")
    press(page, "存为草稿")
    assert page.inner_text("h1") == "这张表单已经保存过"
    assert page.get_attribute("text=打开已保存的那份", "href") == first.removeprefix(portal.address)
    assert "37" in [one.input_value() for one in page.locator("[data-typed] input").all()]
    assert found(portal, DEMANDS, title="改了再发") == 1
    press(page, "按现在的内容再建一份")
    assert page.url != first
    assert "37" in page.inner_text("main")
    assert found(portal, DEMANDS, title="改了再发") == 2


def test_the_page_that_asks_stands_everywhere(look: Visit) -> None:
    page = demand(look, "看一看")
    page.click("button[name=then][value=keep]")
    page.wait_for_load_state()
    page.go_back()
    page.fill("#f-quantity", "37")
    page.click("button[name=then][value=keep]")
    page.wait_for_selector("[data-sent-before]")
    stands_everywhere(page)


def test_after_back_the_same_card_is_ticked_and_saving_publishes_no_other_one(
    visit: Visit, portal: Portal
) -> None:  # issue 12, A1
    code = new_card(portal, "阅览桌")
    page = visit("/transfer/sheets/new")
    page.fill("#f-phone", "0898-68532107")
    pick(page, code)
    press(page, "存为草稿")
    first = page.url
    new_card(portal, "a 后来的桌子")  # the list has another first row meanwhile
    page.go_back()
    ticked = page.locator("input[name=cards]:checked")
    expect(ticked).to_have_count(1)
    assert ticked.input_value() == code
    expect(page.locator("[data-said]")).to_have_text("已选 1 张")
    press(page, "存为草稿")
    assert page.url == first
    assert found(portal, SHEETS, code=code) == 1
    assert found(portal, IN_THE_LATEST) == code
