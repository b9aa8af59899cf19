"""A document on paper: A4, without the page's frame, nothing cut, whoever printed it (B5, B6)."""

import io
import re
from typing import Any

import pypdfium2
import pytest
from playwright.sync_api import Page

from db import scalar, single_connection
from exchange.kinds import Kind
from tests.fixtures.browser import Portal, Visit
from tests.portal.rooms import changed, new_card, published

pytestmark = pytest.mark.browser
A4 = (595, 842)
LONG = "这台设备随业务调整停用，配件齐全，附说明书与验收单，接收单位自行拆运。" * 12
FRAME = ("主菜单", "资产卡片", "调剂广场", "Stocktakes", "Transfer square", "退出", "Sign out")


def paper(page: Page) -> tuple[list[str], Any]:
    """(each page's text without spaces and breaks, the document) of what is printed."""
    page.wait_for_load_state("networkidle")
    document = pypdfium2.PdfDocument(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    for sheet in document:
        assert tuple(round(side) for side in sheet.get_size()) == A4
    texts = [sheet.get_textpage().get_text_range() for sheet in document]
    return [re.sub(r"\s", "", text) for text in texts], document


@pytest.mark.parametrize(
    ("language", "theme", "width", "words"),
    [
        ("zh", "light", 1280, ("审核情况", "发布方", "打印时间", "打印人", "单位审核")),
        ("zh", "dark", 360, ("审核情况", "发布方", "打印时间", "打印人", "单位审核")),
        ("en", "dark", 1280, ("Printedat", "Printedby", "Reviewhistory")),
    ],
)
def test_sheet_is_printed_in_full_on_a4(
    visit: Visit, portal: Portal, language: str, theme: str, width: int, words: tuple[str, ...]
) -> None:
    codes = [new_card(portal, f"数字资源部专用长名称阅览桌椅一套 {n}") for n in range(3)]
    key, _listed = published(portal, Kind.TRANSFER, *codes, nodes=1, note=LONG[:500])
    with single_connection(portal.database.url()) as conn:
        number = scalar(
            conn,
            "SELECT number FROM review JOIN sheet ON sheet.review_id = review.id "
            "WHERE sheet.id = %(key)s",
            key=key,
        )
    page = visit(f"/transfer/sheets/{key}", "department", width, theme, language)
    texts, document = paper(page)
    whole = "".join(texts)
    assert len(texts) in {1, 2}
    for word in (*words, str(number), *codes, "海口市图书馆", "0898-68532107"):
        assert word in whole, word
    # A note may go on upon the next page, where what stood beside it comes between.
    assert [one for one in set(LONG) if whole.count(one) < LONG.count(one)] == []
    head = texts[0][:160]
    assert str(number) in head
    assert "李云舒" in head  # who printed it
    assert re.search(r"20\d\d-\d\d-\d\d\d\d:\d\d", head)
    for word in (*FRAME, "查看详情", "审核意见", "上一单"):
        assert word.replace(" ", "") not in whole, word
    assert f"1/{len(texts)}" in texts[0]
    # Light, whatever the reader's theme: most of a page is white.
    grey = document[0].render(scale=0.5).to_pil().convert("L")
    assert grey.getextrema()[0] < 90
    assert sum(grey.histogram()[245:]) > 0.7 * grey.width * grey.height
    pictures = [one for one in document[0].get_objects() if one.type == 3]
    for one in pictures:
        left, _bottom, right, _top = (
            one.get_bounds() if hasattr(one, "get_bounds") else one.get_pos()
        )
        assert 0 < left < right < A4[0]
    assert page.get_attribute("html", "data-bs-theme") == theme  # and back again


def test_a_sheet_of_many_cards_has_its_head_row_on_every_page(visit: Visit, portal: Portal) -> None:
    codes = [new_card(portal, f"阅览椅 {n}") for n in range(40)]
    key, _listed = published(portal, Kind.TRANSFER, *codes, nodes=1)
    texts, _document = paper(visit(f"/transfer/sheets/{key}"))
    assert len(texts) > 2
    whole = "".join(texts)
    assert [code for code in codes if code not in whole] == []
    with_rows = [text for text in texts if any(code in text for code in codes)]
    assert all("资产编号" in text for text in with_rows)
    assert all(f"{n}/{len(texts)}" in text for n, text in enumerate(texts, 1))


@pytest.mark.parametrize(("language", "word"), [("zh", "变动后"), ("en", "After")])
def test_change_is_printed_with_before_and_after(
    visit: Visit, portal: Portal, language: str, word: str
) -> None:
    change = changed(portal, new_card(portal, "转为在用的书柜"), status="in_use")
    page = visit(f"/changes/{change}", language=language)
    number = page.inner_text("h1 + p .ph-codeword")
    texts, _document = paper(page)
    assert number in texts[0][:160]
    assert word in "".join(texts)


ASSET = (
    "SELECT card.code, card.name, suggestion.id FROM suggestion JOIN card ON card.id = card_id "
    "JOIN unit ON unit.id = unit_id WHERE suggestion.state = 'open' AND unit.name = '海口市图书馆' "
    "ORDER BY 1 LIMIT 1"
)
PRESSED = (
    "发起变动",
    "打印",
    "采纳并起草",
    "不采纳",
    "处理这条建议",
    "照片与附件",
    "完整监测",
    "1天",
    "7天",
)


@pytest.fixture
def suggested(portal: Portal) -> tuple[str, str, int]:
    """(code, name, suggestion) of an asset with a suggestion."""
    with single_connection(portal.database.url()) as conn:
        found = conn.execute(ASSET).fetchone()
    assert found is not None
    code, name, key = found
    return code, re.sub(r"\s", "", name), key


@pytest.mark.parametrize(
    ("address", "theme", "width", "words"),
    [
        ("/cards/{code}", "dark", 1280, ("资产卡片", "资产原值", "存放地点", "取得日期", "经历")),
        ("/monitoring/assets/{code}", "dark", 1280, ("使用监测", "利用率", "判断的依据", "传感器")),
        ("/monitoring/assets/{code}", "light", 360, ("使用监测", "利用率", "判断的依据", "传感器")),
        ("/suggestions?pick={key}", "light", 1280, ("闲置建议", "判定规则", "证据已固化")),
    ],
)
def test_card_asset_and_suggestion_are_printed_as_documents(
    visit: Visit,
    portal: Portal,
    suggested: tuple[str, str, int],
    address: str,
    theme: str,
    width: int,
    words: tuple[str, ...],
) -> None:
    code, name, key = suggested
    page = visit(address.format(code=code, key=key), "clerk", width, theme)
    texts, document = paper(page)
    whole = "".join(texts)
    for word in (code, name, "海口市图书馆", "打印时间", "林晓岚", *words):
        assert word in whole, word
    body = whole.replace("打印时间", "").replace("打印人", "")
    assert {word for word in (*FRAME, *PRESSED) if word in body} - set(words) == set()
    assert len(texts) <= 4
    grey = document[0].render(scale=0.5).to_pil().convert("L")
    assert sum(grey.histogram()[245:]) > 0.6 * grey.width * grey.height
    edge = grey.crop((grey.width - 8, 0, grey.width, grey.height))
    assert edge.getextrema()[0] > 245  # nothing is cut at the margin
    assert page.get_attribute("html", "data-bs-theme") == theme
