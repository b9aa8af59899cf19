"""A category is found by word, common name or code, or by opening the tree, in a list of 3,000 (A3)."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from db import single_connection
from registry.cards import categories
from tests.fixtures.browser import Portal, Visit
from tests.fixtures.category_list import ITEMS, made_list
from tests.portal.pages import comes_true, hold, stands_everywhere

pytestmark = pytest.mark.browser
FORM = "/demands/sheets/new"


@pytest.fixture(scope="module", autouse=True)
def long_list(portal: Portal) -> Iterator[None]:
    """3,000 made categories beside the shipped ones, and one common name of theirs."""
    with single_connection(portal.database.url()) as conn:
        categories.import_csv(conn, made_list(ITEMS, first=91))
        conn.execute("INSERT INTO category_synonym VALUES ('望远仪', 'A91010012')")
        conn.execute("ANALYZE category")
    yield
    with single_connection(portal.database.url()) as conn:
        conn.execute("DELETE FROM category_synonym WHERE category >= 'A91'")
        conn.execute("DELETE FROM category WHERE code >= 'A91'")


def field(page: Page, selector: str = "#f-category") -> Page:
    page.focus(selector)
    return page


def answered(page: Page) -> None:
    comes_true(page, "!document.querySelector('.p-tree').hasAttribute('aria-busy')")


def row(page: Page) -> str:
    """The name of the row that is pointed at."""
    return page.inner_text(".p-node[aria-selected=true] [data-name]")


BROWSED = (
    *("ArrowDown", "ArrowDown", "ArrowDown", "ArrowRight", "ArrowRight"),  # 设备 is opened
    *("ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowDown"),  # 计算机, its second
)


@pytest.mark.parametrize(
    ("typed", "keys", "taken"),
    [
        ("碎纸", ("Enter",), "A02021301 碎纸机"),
        ("电脑", ("Enter",), "A02010105 台式计算机"),
        ("书架", ("Enter",), "A05010501 书柜"),
        ("汽车", ("Enter",), "A02030500 乘用车"),
        ("显微镜", ("Enter",), "A02100000 仪器仪表"),
        ("望远仪", ("Enter",), "A91010012 便携镜（11型）"),
        ("a020210", ("ArrowDown", "Enter"), "A02021004 A4彩色打印机"),
        ("便携式计算机", ("ArrowDown", "ArrowLeft", "ArrowUp", "Enter"), "A02010105 台式计算机"),
        ("信息化", ("ArrowRight", "ArrowRight", "Enter"), "A02010100 计算机"),
        ("", (*BROWSED, "Enter"), "A02010105 台式计算机"),
    ],
    ids=[
        "name",
        "computer",
        "shelf",
        "car",
        "microscope",
        "made",
        "code",
        "place",
        "opens",
        "tree",
    ],
)
def test_a_category_is_found_by_keyboard_alone(
    visit: Visit, typed: str, keys: tuple[str, ...], taken: str
) -> None:
    page = field(visit(FORM))
    page.keyboard.type(typed)
    for key in keys:
        if key != "Enter":  # that waits by itself
            answered(page)
        page.keyboard.press(key)
    expect(page.locator("#f-category")).to_have_value(taken)
    expect(page.locator(".p-finder-pop")).to_be_hidden()
    assert page.url.endswith(FORM)  # choosing sends no form


def test_what_finds_nothing_says_so_and_is_not_taken(visit: Visit) -> None:
    page = field(visit(FORM))
    page.keyboard.type("没有这一类")
    expect(page.locator(".p-tree-said")).to_have_text("没有找到。换个说法，或清空后逐级查找。")
    page.keyboard.press("Enter")
    expect(page.locator("#f-category")).to_have_value("没有这一类")
    page.keyboard.press("Escape")
    expect(page.locator(".p-finder-pop")).to_be_hidden()
    expect(page.locator("#f-category")).to_have_value("没有这一类")


FAILED = "暂时查不到分类，可以直接输入编码或名称。"


def test_where_the_lookup_fails_enter_leaves_a_filter_to_what_was_typed(visit: Visit) -> None:
    page = field(visit("/cards"), "#category")
    page.route("**/categories.json?*", lambda route: route.fulfill(status=422))
    page.keyboard.type("A02010105")
    expect(page.locator(".p-tree-said")).to_have_text(FAILED)
    page.keyboard.press("Enter")
    page.wait_for_url("**category=A02010105")
    expect(page.locator("#category")).to_have_value("A02010105 台式计算机")


def test_where_the_lookup_fails_enter_leaves_a_form_with_what_was_typed(visit: Visit) -> None:
    page = field(visit(FORM))
    page.route("**/categories.json?*", lambda route: route.fulfill(status=422))
    page.keyboard.type("A02010105")
    expect(page.locator(".p-tree-said")).to_have_text(FAILED)
    page.keyboard.press("Enter")
    expect(page.locator(".p-finder-pop")).to_be_hidden()
    expect(page.locator("#f-category")).to_have_value("A02010105")
    assert page.url.endswith(FORM)


def test_where_the_lookup_hangs_a_second_enter_waits_no_more(visit: Visit) -> None:
    page = field(visit("/cards"), "#category")
    hold(page, "**/categories.json?*")
    page.keyboard.type("A02010105")
    page.keyboard.press("Enter")
    expect(page.locator(".p-finder-pop")).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url("**category=A02010105")


def test_a_branch_that_opens_late_does_not_move_who_has_gone_on(visit: Visit) -> None:
    page = field(visit(FORM))
    page.keyboard.press("ArrowDown")
    answered(page)
    page.keyboard.press("ArrowDown")
    held = hold(page, "**/tree.json?below=*")
    with page.expect_request("**/tree.json?below=*"):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    gone_to = row(page)
    held[0].continue_()
    expect(page.locator(".p-node[aria-expanded=true]")).to_have_count(1)
    assert row(page) == gone_to
    page.keyboard.press("Enter")
    expect(page.locator("#f-category")).to_have_value(re.compile(rf"A\d{{8}} {gone_to}$"))


def test_the_tree_opens_where_the_chosen_category_stands(visit: Visit) -> None:
    page = field(visit(FORM))
    page.keyboard.type("望远仪")
    page.keyboard.press("Enter")
    expect(page.locator("#f-category")).to_have_value("A91010012 便携镜（11型）")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".p-node[aria-level='3'][aria-selected=true]")).to_be_visible()
    assert row(page) == "便携镜（11型）"
    page.keyboard.press("ArrowDown")  # its neighbour
    page.keyboard.press("ArrowLeft")
    assert row(page) == "组0"
    page.keyboard.press("Enter")
    expect(page.locator("#f-category")).to_have_value("A91010000 组0")


def test_a_card_is_offered_what_its_type_may_be(visit: Visit) -> None:
    page = field(visit("/changes/new?kind=register&type=furniture"))
    page.keyboard.press("ArrowDown")
    expect(page.locator(".p-node").first).to_contain_text("家具和用具")
    page.keyboard.type("电脑")
    expect(page.locator(".p-tree-said")).to_contain_text("这种卡片")
    page.keyboard.press("Control+A")
    page.keyboard.type("书架")
    page.keyboard.press("Enter")
    expect(page.locator("#f-category")).to_have_value("A05010501 书柜")


@pytest.mark.parametrize("path", ["/cards", "/labels", "/squares/transfer"])
def test_a_list_is_filtered_by_what_the_finder_takes_and_the_address_bears_its_code(
    visit: Visit, path: str
) -> None:
    page = visit(path, width=360)
    if path.startswith("/squares"):
        page.click("[data-facets]")
    page.click(".p-finder-open")
    page.locator(".p-node", has_text="设备").locator("[data-twist]").first.click()
    page.locator(".p-node", has_text="A02010000").locator("[data-name]").click()
    page.wait_for_url("**category=A02010000")
    if path.startswith("/squares"):
        page.click("[data-facets]")
    expect(page.locator("#category")).to_have_value("A02010000 信息化设备")


@pytest.mark.parametrize("path", ["/cards", "/labels", "/squares/demand"])
def test_without_script_a_filter_takes_a_name_and_says_where_there_is_none(
    visit: Visit, path: str
) -> None:
    page = visit(f"{path}?category=电脑")
    assert page.input_value("#category") == "A02010105 台式计算机"
    page.goto(f"{path}?category=没有这一类")
    assert page.input_value("#category") == "没有这一类"
    assert page.inner_text("#category-e") == "没有这样的分类，没有按它筛选：没有这一类"


def test_an_answer_is_smaller_than_the_page_it_is_asked_on(visit: Visit) -> None:
    """How long it takes is the bench's to say; what grows with the list would show here."""
    page = visit(FORM)

    def size(address: str) -> int:
        answer = page.request.get(address)
        assert answer.ok
        return len(answer.body())

    usual = size(FORM)
    for asked in (
        "categories.json?q=电脑",
        "categories.json?q=镜",
        "categories/tree.json?around=A91010012",
    ):
        assert 0 < size(f"/cards/{asked}") < usual, asked


@pytest.mark.parametrize("path", [FORM, "/cards", "/squares/share"])
def test_the_open_finder_stands_at_a_desk_and_on_a_phone(visit: Visit, path: str) -> None:
    page = visit(path, theme="dark", language="en")
    page.evaluate("document.documentElement.setAttribute('data-bs-theme', 'dark')")
    page.click(".p-finder input")
    page.keyboard.type("脑")
    expect(page.locator(".p-node").first).to_be_visible()
    stands_everywhere(page)
