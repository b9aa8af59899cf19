"""What has left its square, on its own page: its people see all of it, nobody else any of it (J4)."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image
from playwright.sync_api import expect

from db import scalar, single_connection
from exchange import listings, manage, settle, settle_form
from exchange.kinds import Kind, Ministry
from registry.cards import photos
from tests.fixtures.browser import Portal, Visit
from tests.portal.pages import comes_true, stands_everywhere
from tests.portal.rooms import new_card, person, published

pytestmark = pytest.mark.browser
HOSPITAL = "三亚市人民医院"
OWN = ("clerk", "department", "clerk2", "department2")  # owner, partner, and above each
FROM_ON, UNTIL_ON = (
    (datetime.now(UTC) + timedelta(days=days)).date().isoformat() for days in (30, 211)
)
WHY = "已借给分馆，\n不再外借"
OPINION = "照片看不清铭牌"
ALL_LOADED = "[...document.querySelectorAll('.p-gallery img')].every((one) => one.naturalWidth > 0)"


def photographed(portal: Portal, code: str, *colours: str) -> list[str]:
    """Give the card photos that no other has; their digests."""
    with single_connection(portal.database.url()) as conn:
        key = scalar(conn, "SELECT id FROM card WHERE code = %(code)s", code=code)
        assert isinstance(key, int)
        found = []
        for colour in colours:
            content = io.BytesIO()
            picture = Image.effect_noise((64, 48), 60).convert("RGB")
            Image.blend(picture, Image.new("RGB", (64, 48), colour), 0.5).save(content, "PNG")
            found.append(photos.add(conn, portal.data, key, content.getvalue()))
        return found


def settled(portal: Portal) -> tuple[int, list[str]]:
    """(a share that the hospital uses, its photos)."""
    code = new_card(portal, "流动书车", photo=False, shareable="true")
    digests = photographed(portal, code, "teal", "tan")
    _key, (listing,) = published(portal, Kind.SHARE, code)
    typed = {"partner": HOSPITAL, "note": "", "from_on": FROM_ON, "until_on": UNTIL_ON}
    with single_connection(portal.database.url()) as conn:
        now = datetime.now(UTC)
        asked, _values, refusals = settle_form.read(conn, Kind.SHARE, typed, now.date())
        assert asked is not None, refusals
        settle.register(conn, person(conn, "clerk"), listing.id, asked, now, "")
    return listing.id, digests


def returned(portal: Portal) -> int:
    """A national listing that the ministry has returned; its id."""
    code = new_card(portal, "停用的缩微阅读机")
    _key, (listing,) = published(portal, Kind.TRANSFER, code, scope="national")
    with single_connection(portal.database.url()) as conn:
        now = datetime.now(UTC)
        listings.set_ministry(conn, listing.id, Ministry.RETURNED, "system:ministry", now, OPINION)
    return listing.id


def delisted(portal: Portal) -> int:
    """That listing, taken down by its unit with a reason; its id."""
    key = returned(portal)
    with single_connection(portal.database.url()) as conn:
        manage.delist(conn, person(conn, "clerk"), key, WHY, datetime.now(UTC), "")
    return key


def test_its_people_see_its_pictures_and_its_partner(visit: Visit, portal: Portal) -> None:
    key, digests = retired(portal)
    for login in OWN:
        page = visit(f"/squares/share/{key}", login=login)
        expect(page.locator(".p-wrong")).to_contain_text(f"使用单位：{HOSPITAL}")
        shown = page.locator(".p-gallery img")
        expect(shown).to_have_count(2)
        for picture in shown.all():
            picture.scroll_into_view_if_needed()
        comes_true(page, ALL_LOADED)
        for digest in digests:
            answer = page.request.get(f"/squares/photos/{digest}?listing={key}")
            assert (answer.status, answer.headers["cache-control"]) == (
                200,
                "private, max-age=86400",
            )
    page.click(".p-gallery [data-enlarge] >> nth=0")
    comes_true(page, "document.querySelector('[data-enlarged] img').naturalWidth > 0")


def retired(portal: Portal) -> tuple[int, list[str]]:
    """The same, longer ago than the local tab shows it."""
    key, digests = settled(portal)
    with single_connection(portal.database.url()) as conn:
        conn.execute("UPDATE listing SET on_local = false WHERE id = %s", [key])
    return key, digests


@pytest.mark.parametrize("view", ["grid", "list"])
def test_everybody_reads_on_the_local_tab_that_it_is_taken_and_by_whom(
    visit: Visit, portal: Portal, view: str
) -> None:  # E1, E2
    key, _digests = settled(portal)
    page = visit(f"/squares/share?view={view}&state=settled&q=流动书车", login="clerk3")
    row = page.locator(f":is(.ph-tile, tbody tr):has(a[href$='/share/{key}'])")
    expect(row.locator(".ph-st.is-disposed")).to_have_text("已登记")
    expect(row).to_contain_text(f"使用单位：{HOSPITAL}")
    expect(row).to_contain_text("省内已终审")
    expect(row).to_contain_text("闲置")  # the asset's own status stands beside it
    row.locator(f"a[href$='/share/{key}']").click()
    expect(page.locator(".p-wrong")).to_contain_text("不能再申请；在本地区广场展示到")
    assert page.locator("text=加入预选资产").count() == 0


def test_what_is_ticked_on_the_share_square_is_shortlisted_from_either_view(
    visit: Visit, portal: Portal
) -> None:
    codes = [
        new_card(portal, f"共享书车 {n}", shareable="true", measure=measure, quantity=quantity)
        for n, (measure, quantity) in enumerate((("台", "2"), ("台", "1"), ("平方米", "12.50")))
    ]
    published(portal, Kind.SHARE, *codes)
    for view in ("grid", "list"):
        page = visit(f"/squares/share?view={view}&q=共享书车", login="clerk3")
        boxes = page.locator("input[name=listing]")
        for box in boxes.all():
            box.check()
        # Pieces and square metres make no sum.
        expect(page.locator("[data-marks-sum]")).to_contain_text("12.5 平方米")
        expect(page.locator("[data-marks-sum]")).to_contain_text("3 台")
        page.click("button:has-text('加入预选资产')")
        expect(page.locator(".ph-toast")).to_contain_text(
            "已加入 3 项预选资产" if view == "grid" else "已加入预选资产，请重新选择"
        )


def test_a_stranger_sees_neither_the_page_nor_its_pictures(visit: Visit, portal: Portal) -> None:
    key, digests = retired(portal)
    _sheet, (live,) = published(portal, Kind.TRANSFER, new_card(portal, "在架的书柜"))
    page = visit("/squares/share", login="clerk3")
    assert page.request.get(f"/squares/transfer/{live.id}").status == 200
    assert page.request.get(f"/squares/share/{key}").status == 404
    for digest in digests:
        for query in ("", "?small", *(f"?listing={one}" for one in (key, live.id, 0, "x"))):
            assert page.request.get(f"/squares/photos/{digest}{query}").status == 404, query


def test_its_people_see_no_other_listings_pictures_through_it(visit: Visit, portal: Portal) -> None:
    first, _photos = settled(portal)
    _second, others = settled(portal)
    page = visit("/squares/share", login="clerk")
    for digest in others:
        assert page.request.get(f"/squares/photos/{digest}?listing={first}").status == 404


def test_its_people_read_why_it_was_taken_down(visit: Visit, portal: Portal) -> None:
    key = delisted(portal)
    for login in ("clerk", "department"):
        page = visit(f"/squares/transfer/{key}", login=login)
        box = page.locator(".p-wrong")
        expect(box).to_contain_text("原因：单位下架")
        expect(box).to_contain_text("已借给分馆")
        expect(page.locator(".ph-defs >> nth=0")).to_contain_text(OPINION)
    page = visit(f"/squares/transfer/{key}", theme="dark", language="en")
    expect(page.locator(".p-wrong")).to_contain_text("Reason: Taken down by its unit")
    stands_everywhere(page)
    assert visit("/", login="clerk2").request.get(f"/squares/transfer/{key}").status == 404


def test_what_the_ministry_said_of_a_live_listing_is_for_its_own_people(
    visit: Visit, portal: Portal
) -> None:
    key = returned(portal)
    own, other = (visit(f"/squares/transfer/{key}", login=login) for login in ("clerk", "clerk2"))
    expect(own.locator("main")).to_contain_text(OPINION)
    assert OPINION not in other.inner_text("main")
