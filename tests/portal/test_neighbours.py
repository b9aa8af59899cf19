"""From a document to the one before and the next, as the list has them that it was opened from."""

import pytest
from playwright.sync_api import Page, expect

from exchange.kinds import Kind
from tests.fixtures.browser import Portal, Visit
from tests.portal.pages import stands_everywhere
from tests.portal.rooms import new_card, published

pytestmark = pytest.mark.browser
BEFORE, AFTER = "a:has-text('上一单')", "a:has-text('下一单')"


def go(page: Page, to: str) -> None:
    """By the keyboard alone."""
    page.focus(to)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def path(page: Page) -> str:
    return page.url.partition("?")[0].rpartition("/")[2]


def ended(page: Page, at: str) -> bool:
    return page.get_attribute(at, "aria-disabled") == "true" and not page.get_attribute(at, "href")


def test_a_reviewer_goes_through_what_waits_in_the_order_and_filter_of_the_list(
    visit: Visit, portal: Portal
) -> None:
    sheets = [
        str(published(portal, Kind.TRANSFER, new_card(portal, f"木雕屏风 {n}"), nodes=1)[0])
        for n in range(4)
    ]
    published(portal, Kind.TRANSFER, new_card(portal, "别的"), nodes=1)
    page = visit("/transfer/reviews?q=木雕屏风&sort=title&dir=desc", login="department")
    shown = [row.get_attribute("href") or "" for row in page.locator("main td.ph-fill > a").all()]
    order = [href.partition("?")[0].rpartition("/")[2] for href in shown]
    assert order == sheets[::-1]
    page.goto(shown[0])
    assert ended(page, BEFORE)
    go(page, AFTER)
    assert path(page) == order[1]
    go(page, BEFORE)
    assert path(page) == order[0]
    go(page, AFTER)

    page.click("button:has-text('退回')")  # without a reason: refused, and the list is kept
    page.wait_for_selector("#opinion-e")
    assert page.get_attribute(AFTER, "rel") == "next"
    page.fill("#opinion", "同意")
    page.click("main button:has-text('审核通过')")
    page.wait_for_selector(".ph-toast")
    assert path(page) == order[1]
    go(page, AFTER)  # it has left the list: the next one is the one that followed it
    assert path(page) == order[2]
    go(page, BEFORE)
    assert path(page) == order[0]
    go(page, AFTER)
    go(page, AFTER)
    assert path(page) == order[3]
    assert ended(page, AFTER)
    page.set_viewport_size({"width": 360, "height": 800})
    expect(page.locator(BEFORE)).to_be_visible()


def test_from_the_inbox_one_goes_on_to_what_waits_of_any_kind(visit: Visit, portal: Portal) -> None:
    published(portal, Kind.TRANSFER, new_card(portal, "青花瓷瓶"), nodes=1)
    published(portal, Kind.SHARE, new_card(portal, "紫砂壶", shareable="yes"), nodes=1)
    page = visit("/inbox?tab=waiting", login="department")
    links = [a.get_attribute("href") or "" for a in page.locator("main td.ph-fill > a").all()]
    waiting = [href.partition("?")[0] for href in links]
    assert len({href.split("/")[1] for href in waiting if href}) > 1
    at = next(
        n for n in range(len(waiting) - 1)
        if waiting[n].split("/")[1] == "transfer" and waiting[n + 1].split("/")[1] == "share"
    )  # fmt: skip
    page.goto(links[at])
    go(page, AFTER)
    assert page.url.partition("?")[0].endswith(waiting[at + 1])
    go(page, BEFORE)
    assert page.url.partition("?")[0].endswith(waiting[at])


def test_changes_are_gone_through_as_their_list_has_them(visit: Visit) -> None:
    page = visit("/changes?tab=done", login="clerk")
    links = [a.get_attribute("href") or "" for a in page.locator("main td.ph-fill > a").all()]
    assert len(links) > 2
    page.goto(links[0])
    assert ended(page, BEFORE)
    for link in links[1:3]:
        go(page, AFTER)
        assert path(page) == link.partition("?")[0].rpartition("/")[2]


@pytest.mark.parametrize("bears", ["", "?in=reviews", "?in=none&at=x", "?in=inbox&at=x", "?at=x"])
def test_who_came_from_no_list_is_led_nowhere(visit: Visit, portal: Portal, bears: str) -> None:
    sheet, _listed = published(portal, Kind.TRANSFER, new_card(portal, "旧书架"), nodes=1)
    page = visit(f"/transfer/sheets/{sheet}{bears}")
    assert page.locator(f"{BEFORE}, {AFTER}").count() == 0
    assert page.locator("[data-print]").count() == 1


def test_the_ways_on_stand_in_english_dark_and_on_a_phone(visit: Visit, portal: Portal) -> None:
    published(portal, Kind.TRANSFER, new_card(portal, "屏风"), nodes=1)
    page = visit("/transfer/sheets?tab=pending", theme="dark", language="en")
    page.click("main td.ph-fill > a")
    page.wait_for_selector("a:has-text('Next')")
    stands_everywhere(page)
