"""Lists are turned on, back and to their first page, in whatever order and filter they are."""

from urllib.parse import urlencode

import pytest

from db import scalar, single_connection
from tests.fixtures.browser import Portal, Visit
from tests.portal.pages import stands_everywhere

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("path", "login"),
    [("/cards?sort=value", "clerk"), ("/cards?sort=name", "auditor"), ("/audit", "auditor")],
)
def test_a_list_is_turned_on_and_back_to_the_very_page(visit: Visit, path: str, login: str) -> None:
    page = visit(path, login=login)
    assert page.locator("a[rel=prev]").count() == 0
    first = page.inner_text("main tbody tr:nth-child(7)")
    page.click("a[rel=next]")
    page.wait_for_selector("a[rel=prev]")
    assert page.inner_text("main tbody tr:nth-child(7)") != first
    page.focus("a[rel=prev]")
    page.keyboard.press("Enter")
    page.wait_for_selector("a[rel=prev]", state="detached")
    assert page.url.endswith(path)
    if path != "/audit":  # there, who signs in moves it on
        assert page.inner_text("main tbody tr:nth-child(7)") == first


def test_a_square_says_how_far_one_is_also_on_the_way_back(visit: Visit, portal: Portal) -> None:
    with single_connection(portal.database.url()) as conn:
        ended = scalar(
            conn,
            "SELECT id || '~' || listed_at FROM listing WHERE kind = 'transfer' AND on_local "
            "ORDER BY listed_at DESC, id DESC OFFSET 1 LIMIT 1",
        )
    assert isinstance(ended, str)
    page = visit(f"/squares/transfer?{urlencode({'after': ended, 'before': 2, 'sort': 'listed'})}")
    assert page.inner_text(".ph-foot").startswith("第 3–")
    page.click("a[rel=prev]")
    page.wait_for_selector("a[rel=prev]", state="detached")
    assert page.inner_text(".ph-foot").startswith("第 1–")
    assert page.url.endswith("/squares/transfer?sort=listed")


def test_the_pager_is_ours_in_english_dark_and_on_a_phone(visit: Visit) -> None:
    page = visit("/cards?sort=value", theme="dark", language="en")
    page.click("a[rel=next]")
    page.wait_for_selector("a[rel=prev]")
    assert page.inner_text("a[rel=prev]") == "Previous page"
    stands_everywhere(page)


def test_reading_back_to_the_beginning_is_the_first_page_itself(
    visit: Visit, portal: Portal
) -> None:
    with single_connection(portal.database.url()) as conn:
        code = scalar(conn, "SELECT code FROM card ORDER BY code OFFSET 3 LIMIT 1")
    page = visit("/")
    for key in (f"1~{code}", "x", ""):
        answer = page.request.get(f"/cards?sort=code&after={key}&back=1")
        assert answer.status == 200
        assert answer.url.endswith("/cards?sort=code") or "~" not in key
