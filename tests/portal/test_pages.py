"""Every page: complete in both languages and themes, at the desk and on a phone, for everybody."""

import gzip
import json
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from db import scalar, single_connection
from exchange.kinds import Kind
from registry import review
from registry.cards import ChangeKind, changes
from registry.cards.drafting import Typed
from registry.review import Action
from tests.fixtures.browser import Portal, Visit
from tests.portal.pages import overflow, serious, stands_everywhere
from tests.portal.rooms import new_card, person, published

PAGES = (
    "/",
    "/monitoring",
    "/suggestions",
    "/suggestions?tab=alarms",
    "/monitoring/assets/IDLE",
    "/account",
    "/account/password",
)
LONGEST = "YS2026-" + "W" * 25


@pytest.fixture
def idle(portal: Portal) -> str:
    """The code of an asset that is suggested as idle."""
    with single_connection(portal.database.url()) as conn:
        code = scalar(
            conn,
            "SELECT code FROM suggestion JOIN card ON card.id = card_id WHERE state = 'open' "
            "ORDER BY net_value DESC LIMIT 1",
        )
    assert isinstance(code, str)
    return code


@pytest.mark.browser
@pytest.mark.parametrize("path", PAGES)
def test_page_is_english_accessible_and_fits(look: Visit, idle: str, path: str) -> None:
    page = look(path.replace("IDLE", idle))
    assert page.get_attribute("html", "data-bs-theme") == "dark"
    stands_everywhere(page)


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 360])
def test_page_of_the_design_language_is_accessible_and_fits(visit: Visit, width: int) -> None:
    page = visit("/design", width=width)
    page.wait_for_load_state("networkidle")
    assert overflow(page) <= 0
    assert serious(page) == []


@pytest.mark.browser
@pytest.mark.parametrize("path", PAGES)
def test_first_visit_weighs_less_than_400_kb(visit: Visit, idle: str, path: str) -> None:
    page = visit("/healthz")  # signed in, and nothing of ours seen yet
    weights: dict[str, int] = {}
    page.on(
        "response",
        lambda response: weights.__setitem__(response.url, len(gzip.compress(response.body()))),
    )
    page.goto(path.replace("IDLE", idle))
    page.wait_for_load_state("networkidle")
    pictures = sum(weight for url, weight in weights.items() if "/photos/" in url)
    assert sum(weights.values()) - pictures < 400_000, json.dumps(weights, indent=1)


@pytest.mark.browser
def test_theme_and_language_are_remembered(visit: Visit) -> None:
    page = visit("/monitoring")
    page.click("[data-theme-switch]")
    page.click("text=English")
    page.wait_for_load_state()
    assert page.get_attribute("html", "data-bs-theme") == "dark"
    assert page.get_attribute("html", "lang") == "en"
    page.goto("/suggestions")
    assert page.inner_text("h1") == "Idle suggestions"
    assert page.get_attribute("html", "data-bs-theme") == "dark"


@pytest.mark.browser
def test_menu_opens_on_a_phone_and_escape_closes_it(visit: Visit) -> None:
    page = visit("/", width=360)
    assert not page.is_visible("#menu")
    page.click("[data-menu-open]")
    page.wait_for_selector("#menu a[href='/']")
    first = page.locator("#menu li > a[href='/']").bounding_box()
    assert first is not None
    assert first["height"] >= 44  # for a thumb
    page.keyboard.press("Escape")
    page.wait_for_selector("#menu", state="hidden")


@pytest.mark.browser
def test_menu_holds_words_of_two_lines(visit: Visit) -> None:
    page = visit("/", login="auditor", language="en")
    rows = page.locator("#menu li > a:has-text('Exchange with the ministry')")
    assert rows.evaluate("(row) => row.scrollHeight <= row.clientHeight")
    assert overflow(page) <= 0


@pytest.mark.browser
def test_slash_goes_to_the_search_and_enter_searches(visit: Visit) -> None:
    page = visit("/")
    page.keyboard.press("/")
    page.keyboard.type("扫描")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cards?q=**")
    names = page.locator("table.p-cards tbody .ph-it a").all_inner_texts()
    assert names
    assert all("扫描" in name for name in names)


@pytest.fixture(scope="session")
def longest(portal: Portal) -> tuple[str, int, int]:
    """(the code of a card whose every word is as long as it may be, a change of it that waits,
    its listing).
    """
    new_card(
        portal, "移动式高压细水雾灭火装置及配套" * 6, code=LONGEST, quantity="9999999999.99",
        measure="平方米（建筑面积计）", original_value="98765432109.87", custodian="欧阳" * 25,
        accumulated_depreciation="0.01", place="椰海大道五号行政办公综合楼" * 15,
    )  # fmt: skip
    [listing] = published(portal, Kind.TRANSFER, LONGEST)[1]
    with single_connection(portal.database.url()) as conn, conn.transaction():
        now, clerk = datetime.now(UTC), person(conn, "clerk")
        typed = Typed({"status": "to_dispose", "reason": "年久失修，无法继续使用。" * 40})
        change = changes.draft(conn, clerk, ChangeKind.STATUS, LONGEST, typed, now)
        assert isinstance(change, int), change
        seen = review.standing(conn, changes.require(conn, clerk, change).review_id).version
        changes.act(conn, clerk, change, Action.SUBMIT, seen, "", now, "")
    return LONGEST, change, listing.id


@pytest.mark.browser
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    ("path", "login"),
    [
        ("/cards?q={code}", "clerk"),
        ("/cards?q={code}&sort=value", "auditor"),
        ("/cards/{code}", "clerk"),
        ("/changes?tab=pending&q={code}", "clerk"),
        ("/changes/{change}", "reviewer"),
        ("/transfer/query?what=listings&q={code}", "clerk"),
        ("/transfer/listings?q={code}", "clerk"),
        ("/squares/transfer?q={code}", "clerk2"),
        ("/squares/transfer?q={code}&view=list", "clerk2"),
        ("/squares/transfer/{listing}", "clerk2"),
    ],
)
def test_what_has_the_longest_words_fits_the_page(
    visit: Visit, longest: tuple[str, int, int], path: str, login: str, language: str
) -> None:
    code, change, listing = longest
    page = visit(path.format(code=code, change=change, listing=listing), login, language=language)
    expect(page.locator("main")).to_contain_text(code)
    assert overflow(page) <= 0
    page.set_viewport_size({"width": 360, "height": 900})
    assert overflow(page) <= 0
