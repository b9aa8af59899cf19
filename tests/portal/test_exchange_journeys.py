"""A publication's whole way: to the ministry and back, to another unit, to the end of its notice."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page

from db import Database, scalar, single_connection
from db.roles import DatabaseRole
from exchange import notice_period
from exchange.kinds import Kind
from exchange.ministry.documents import Decision
from exchange.ministry.office import Office, transport
from ops.sandbox_ministry.ministry import Habits, Ministry
from ops.sandbox_ministry.serve import serving
from portal.formats import ZONE
from tests.exchange.ministry.conftest import settings, wait_until
from tests.fixtures.browser import Portal, Visit
from tests.portal.rooms import new_card, published

pytestmark = pytest.mark.browser


@dataclass(frozen=True, slots=True)
class Road:
    """The demo's exchange and the aggregator that it talks to."""

    office: Office
    ministry: Ministry

    def up(self, portal: Portal, listing: int, state: str) -> None:
        """Send and fetch until the listing stands so with the ministry."""

        def there() -> bool:
            self.office.up()
            self.office.down()
            with single_connection(portal.database.url()) as conn:
                query = "SELECT ministry FROM listing WHERE id = %(listing)s"
                return scalar(conn, query, listing=listing) == state

        wait_until(there)


@pytest.fixture
def road(portal: Portal, tmp_path: Path) -> Iterator[Road]:
    """A sandbox that decides at a click only, over HTTP."""
    with (
        serving(
            tmp_path / "ministry.sqlite", settings("none"), Habits(None), tick_s=0.02
        ) as served,
        Database(portal.database.url(DatabaseRole.EXCHANGE)) as database,
    ):
        ours = settings("https", served.url)
        way = transport(ours)
        assert way is not None
        office = Office(database, portal.data, ours, way, threading.Event())
        yield Road(office, served.ministry)


def press(page: Page, name: str) -> None:
    page.click(f"main button:visible:has-text('{name}')")
    page.wait_for_load_state()


def test_a_national_transfer_goes_to_the_ministry_to_another_unit_and_moves_its_card(
    visit: Visit, portal: Portal, road: Road
) -> None:
    code = new_card(portal, "缩微阅读机")
    sheet, (listing,) = published(portal, Kind.TRANSFER, code, scope="national")
    address = f"/transfer/sheets/{sheet}"
    clerk = visit(address)
    assert "03-省内审核中" in clerk.inner_text("main")  # C3
    assert "未上报" in clerk.inner_text(".p-border")
    buyer = visit(f"/squares/transfer?tab=national&q={code}", login="clerk2")
    assert "缩微阅读机" not in buyer.inner_text("main")  # E1: not before the ministry's decision

    road.up(portal, listing.id, "reported")
    clerk.reload()
    assert "01-待财政部审核" in clerk.inner_text("main")
    road.ministry.decide(str(listing.uid), Decision.ACCEPTED)
    road.up(portal, listing.id, "decided")
    clerk.reload()
    assert "02-财政部已审核" in clerk.inner_text("main")

    buyer.reload()
    assert "缩微阅读机" in buyer.inner_text("article")
    buyer.check(f"article input[value='{listing.id}']")
    press(buyer, "加入预选资产")
    buyer.goto(f"/squares/transfer?tab=national&q={code}")
    buyer.check(f"article input[value='{listing.id}']")
    press(buyer, "加入预选资产")
    assert buyer.inner_text(".ph-toast span").strip() == "已加入预选资产，请重新选择"  # E5
    buyer.goto("/shortlist")
    assert "0898-68532107" in buyer.inner_text("main")

    clerk.goto(f"/transfer/listings?sheet={sheet}")
    clerk.click("tbody a.btn:has-text('登记结果')")
    clerk.fill("#f-partner", "三亚市人民医院")
    clerk.select_option("#f-way", "free_transfer")
    press(clerk, "登记并起草处置")  # D2
    clerk.goto(f"/transfer/listings/{listing.id}/settle")
    clerk.click("text=查看处置变动")
    clerk.wait_for_load_state()
    assert "无偿划转" in clerk.inner_text("main")
    change = clerk.url
    press(clerk, "送审")
    for login in ("reviewer", "department"):
        page = visit(change, login=login)
        press(page, "审核通过")
    clerk.goto(f"/cards/{code}")
    assert "已处置" in clerk.inner_text(".p-tags")

    road.up(portal, listing.id, "decided")
    row = road.ministry.store.one("SELECT * FROM reported WHERE uid = ?", str(listing.uid))
    assert row["state"] == "settled"  # D3
    buyer.goto("/shortlist")
    assert "已登记" in buyer.inner_text("main")
    buyer.goto("/inbox")
    buyer.click("text=调入资产待建卡")
    buyer.wait_for_load_state()
    assert f"{code}-T1" in buyer.inner_text("main")
    press(buyer, "送审")
    other = visit(buyer.url, login="reviewer2")
    press(other, "审核通过")
    buyer.goto(f"/cards/{code}-T1")
    assert "缩微阅读机" in buyer.inner_text("h1")
    assert "由调剂调入" in buyer.inner_text(".ph-line")
    assert buyer.locator(".p-hero img").count() >= 1
    assert visit("/", login="clerk2").request.get(f"/cards/{code}").status == 404  # J4


def test_what_the_ministry_returns_is_told_with_its_opinion(
    visit: Visit, portal: Portal, road: Road
) -> None:
    code = new_card(portal, "过塑机")
    sheet, (listing,) = published(portal, Kind.TRANSFER, code, scope="national")
    road.up(portal, listing.id, "reported")
    road.ministry.decide(str(listing.uid), Decision.RETURNED, "照片不清晰")
    road.up(portal, listing.id, "returned")
    clerk = visit(f"/transfer/listings?sheet={sheet}")
    assert "财政部退回" in clerk.inner_text("tbody")
    assert "照片不清晰" in clerk.inner_text("tbody")
    buyer = visit(f"/squares/transfer?tab=national&q={code}", login="clerk2")
    assert "过塑机" not in buyer.inner_text("main")


def test_a_share_of_local_scope_is_on_the_local_tab_alone(
    visit: Visit, portal: Portal, road: Road
) -> None:
    code = new_card(portal, "报告厅音响", status="in_use", shareable="true")
    page = visit(f"/share/sheets/new?card={code}")
    page.fill("#f-phone", "0898-68532107")
    page.click("label:has-text('本省至本部门')")
    press(page, "保存并送审")
    address = page.url
    for login in ("reviewer", "department"):
        press(visit(address, login=login), "审核通过")
    page.goto(address)
    assert "本省至本部门，不上报" in page.inner_text("main")
    road.office.up()
    buyer = visit(f"/squares/share?q={code}", login="clerk2")
    assert "报告厅音响" in buyer.inner_text("article")
    buyer.goto(f"/squares/share?tab=national&q={code}")
    assert "报告厅音响" not in buyer.inner_text("main")

    page.goto("/share/listings")
    row = page.locator("tbody tr", has_text="报告厅音响")
    row.locator("text=登记结果").click()
    page.fill("#f-partner", "海南省图书馆学会")
    page.check("[name=outside]")
    today = datetime.now(ZONE).date()
    page.fill("#f-from_on", today.isoformat())
    page.fill("#f-until_on", (today + timedelta(days=90)).isoformat())
    page.fill("#f-compensation", "1200")
    press(page, "登记结果")
    buyer.goto(f"/squares/share?q={code}")
    taken = buyer.inner_text("article")  # E1: it stays, with who uses it
    assert "已登记" in taken
    assert "使用单位" in taken


def test_notice_period_that_runs_out_tells_the_owner_and_offers_the_disposal(
    visit: Visit, portal: Portal
) -> None:
    code = new_card(portal, "旧期刊柜", status="to_dispose")
    sheet, (listing,) = published(portal, Kind.TRANSFER, code)
    assert listing.until_on is not None
    buyer = visit(f"/squares/transfer?q={code}", login="clerk2")
    assert "剩" in buyer.inner_text("article")
    after = datetime.now(UTC) + timedelta(days=16)  # the clock is passed in (F2)
    with Database(portal.database.url(DatabaseRole.EXCHANGE)) as database:
        notice_period.run(database, after)
        notice_period.run(database, after)  # told once
    clerk = visit("/inbox")
    told = clerk.locator("a", has_text="公示期").filter(has_text="旧期刊柜")
    assert told.count() == 1
    with single_connection(portal.database.url()) as conn:
        conn.execute("UPDATE listing SET until_on = current_date - 1 WHERE id = %s", (listing.id,))
    clerk.goto(f"/transfer/listings?sheet={sheet}")
    clerk.click("text=起草处置变动")
    clerk.wait_for_url("**/changes/new?**")
    assert "旧期刊柜" in clerk.inner_text("main")
