"""The inbox, the webhooks' page and my day, as people use them (J2, J4)."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import expect
from psycopg.types.json import Jsonb

from db import Database, scalar, single_connection
from db.roles import DatabaseRole
from exchange.kinds import Kind
from portal import PortalSettings, create_app
from registry import notices
from registry.notices import Event
from tests.fixtures.browser import Portal, Visit
from tests.fixtures.estate import DemoDatabase
from tests.portal.pages import go_on, stands_everywhere, words_of
from tests.portal.rooms import changed, new_card, published
from tests.portal.test_doors import post, signed_in

TITLE = "第三阅览室的书架"


@pytest.fixture(scope="module")
def app(demo_database: DemoDatabase) -> Iterator[Flask]:
    with Database(demo_database.copy.url(DatabaseRole.PORTAL)) as database:
        yield create_app(PortalSettings(), database, demo_database.data)


def tell(
    demo: DemoDatabase,
    login: str,
    event: Event = Event.REVIEW_RETURNED,
    address: str = "/changes?tab=draft",
) -> int:
    """Tell `login` something; the notice's id."""
    with single_connection(demo.copy.url()) as conn:
        user = scalar(conn, "SELECT id FROM app_user WHERE login = %(login)s", login=login)
        assert isinstance(user, int)
        notices.tell(
            conn,
            [user],
            event,
            address,
            datetime.now(UTC),
            number="BD-2026-999999",
            title=TITLE,
            actor="陈志远",
            opinion="照片模糊",
        )
        key = scalar(
            conn, "SELECT id FROM notice WHERE user_id = %(user)s AND facts ->> 'title' = %(title)s "
            "AND event = %(event)s AND address = %(address)s",
            user=user, title=TITLE, event=event.value, address=address,
        )  # fmt: skip
    assert isinstance(key, int)
    return key


@pytest.fixture
def told(demo_database: DemoDatabase) -> Iterator[int]:
    """A notice of the clerk's, taken away afterwards."""
    yield tell(demo_database, "clerk")
    with single_connection(demo_database.copy.url()) as conn:
        conn.execute("DELETE FROM notice WHERE facts ->> 'title' = %s", (TITLE,))


def badge(client: FlaskClient) -> int:
    page = client.get("/inbox?tab=all").text
    _, found, rest = page.partition('<sup aria-hidden="true">')
    return int(rest.partition("<")[0]) if found else 0


def test_notice_is_unread_until_it_is_opened_and_leads_to_its_page(app: Flask, told: int) -> None:
    clerk = signed_in(app, "clerk")
    before = badge(clerk)
    page = clerk.get("/inbox?tab=unread").text
    assert TITLE in page
    assert "照片模糊" in page
    answer = clerk.get(f"/inbox/{told}")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/changes?tab=draft")
    assert badge(clerk) == before - 1
    assert TITLE not in clerk.get("/inbox?tab=unread").text
    assert TITLE in clerk.get("/inbox?tab=all").text


def test_another_persons_notice_is_not_found(
    app: Flask, demo_database: DemoDatabase, told: int
) -> None:
    assert signed_in(app, "reviewer").get(f"/inbox/{told}").status_code == 404
    assert TITLE not in signed_in(app, "reviewer").get("/inbox?tab=all").text
    with single_connection(demo_database.copy.url()) as conn:
        assert scalar(conn, "SELECT read_at FROM notice WHERE id = %(key)s", key=told) is None


def test_all_are_marked_read_at_once_and_only_ones_own(
    app: Flask, demo_database: DemoDatabase, told: int
) -> None:
    other = tell(demo_database, "clerk2")
    assert post(signed_in(app, "clerk"), "/inbox/read").status_code == 303
    with single_connection(demo_database.copy.url()) as conn:
        assert scalar(conn, "SELECT read_at FROM notice WHERE id = %(key)s", key=told) is not None
        assert scalar(conn, "SELECT read_at FROM notice WHERE id = %(key)s", key=other) is None


@pytest.mark.parametrize(
    "address", ["https://evil.example/", "//evil.example/", "/\\evil.example", ""]
)
def test_no_notice_leads_to_another_site(
    app: Flask, demo_database: DemoDatabase, told: int, address: str
) -> None:
    with single_connection(demo_database.copy.url()) as conn:
        conn.execute("UPDATE notice SET address = %s WHERE id = %s", (address, told))
    assert signed_in(app, "clerk").get(f"/inbox/{told}").headers["Location"] == "/inbox?tab=all"


def test_notices_written_by_people_are_text_not_markup(
    app: Flask, demo_database: DemoDatabase, told: int
) -> None:
    with single_connection(demo_database.copy.url()) as conn:
        conn.execute(
            """UPDATE notice SET facts = facts || '{"opinion": "<img src=x onerror=alert(1)>"}' WHERE id = %s""",
            (told,),
        )
    assert "<img src=x" not in signed_in(app, "clerk").get("/inbox?tab=all").text


@pytest.mark.parametrize(
    "query",
    [
        "?after=x",
        "?tab=all&after=2026-11-01T00:00:00%2B00:00~1",
        "?tab=all&after=~",
        "?tab=all&after=2026-11-01~9999999999999999999999",
    ],
)
def test_addresses_without_sense_show_the_inbox(app: Flask, query: str) -> None:
    assert signed_in(app, "clerk").get("/inbox" + query).status_code == 200


def test_my_day_lists_what_waits_on_a_reviewer_only(app: Flask) -> None:
    assert "等我办理" in signed_in(app, "reviewer").get("/").text
    assert "等我办理" not in signed_in(app, "clerk").get("/").text


def test_webhooks_are_the_administrators_alone(app: Flask) -> None:
    for login in ("clerk", "reviewer", "auditor"):
        assert signed_in(app, login).get("/admin/webhooks").status_code == 403
        assert (
            post(
                signed_in(app, login), "/admin/webhooks", name="x", url="https://x.example/"
            ).status_code
            == 403
        )
    assert signed_in(app, "admin").get("/admin/webhooks/999999").status_code == 404
    assert post(signed_in(app, "admin"), "/admin/webhooks/999999/delete").status_code == 404


@pytest.mark.browser
def test_reader_is_told_in_their_language_why_a_listing_was_taken_down(
    visit: Visit, portal: Portal
) -> None:  # A2
    code = new_card(portal, "停用的期刊架")
    published(portal, Kind.TRANSFER, code)
    changed(portal, code, status="in_use")
    page = visit("/inbox?tab=all", theme="dark", language="en")
    told = page.locator(f".p-notices li:has-text('{code}'):has-text('Taken down: ')")
    expect(told).to_contain_text("No longer eligible")
    stands_everywhere(page)
    page = visit("/inbox?tab=all")
    told = page.locator(f".p-notices li:has-text('{code}'):has-text('已下架：')")
    expect(told).to_contain_text("不再符合发布条件")


def test_notice_of_an_older_version_still_says_why(
    app: Flask, demo_database: DemoDatabase, told: int
) -> None:
    facts = Jsonb({"title": TITLE, "number": "YS1", "opinion": "信息卡已拆分"})
    with single_connection(demo_database.copy.url()) as conn:
        conn.execute(
            "UPDATE notice SET event = 'listing.delisted', facts = %s WHERE id = %s", (facts, told)
        )
    assert "信息卡已拆分" in signed_in(app, "clerk").get("/inbox?tab=all").text


@pytest.mark.browser
@pytest.mark.parametrize(
    ("login", "path"),
    [
        ("reviewer", "/inbox"),
        ("clerk", "/inbox?tab=all"),
        ("counter", "/inbox?tab=unread"),
        ("admin", "/admin/webhooks"),
        ("admin", "/admin/webhooks/new"),
        ("reviewer", "/"),
    ],
)
def test_page_is_english_accessible_and_fits(look: Visit, login: str, path: str) -> None:
    stands_everywhere(look(path, login))


@pytest.mark.browser
def test_reviewer_goes_from_the_inbox_to_the_document(visit: Visit) -> None:
    page = visit("/", login="reviewer")
    title = page.locator(".p-waits tbody a").first.inner_text()
    page.click(".ph-top a[href='/inbox']")
    expect(page.locator(".ph-tabs [aria-current]")).to_contain_text("等我办理")
    page.click(f"table a:has-text('{title}') >> nth=0")
    page.wait_for_url(
        re.compile(r"/(changes|(transfer|share|demands)/sheets|stocktakes)/\d+\?in=inbox&at=")
    )
    assert re.split(r" ×| 等 ", title)[0] in page.inner_text("main")


@pytest.mark.browser
def test_administrator_adds_a_webhook_sees_its_secret_once_and_removes_it(
    visit: Visit, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PANHUO_WEBHOOK_NETWORKS", "127.0.0.0/8")
    with single_connection(portal.database.url()) as conn:
        before = scalar(conn, "SELECT max(id) FROM audit_entry")
    page = visit("/admin/webhooks", login="admin")
    page.click("a:has-text('添加推送地址') >> nth=0")
    page.fill("#f-name", "办公系统")
    page.fill("#f-url", "http://10.0.0.1/hook")
    page.click("button:has-text('添加')")
    expect(page.locator("#f-url-e")).to_contain_text("内部网络")
    assert page.input_value("#f-name") == "办公系统"
    page.fill("#f-url", "http://127.0.0.1:9/hook")
    page.click("button:has-text('添加')")
    secret = words_of(page, ".p-secret code")
    assert len(secret) >= 32
    page.goto("/admin/webhooks")
    assert secret not in page.content()
    page.click("button:has-text('测试')")
    expect(page.locator(".p-deliveries tbody tr").first).to_contain_text("办公系统")
    page.click("button:has-text('关闭')")
    go_on(page)
    expect(page.locator(".p-hooks tbody")).to_contain_text("已关闭")
    page.click(".p-hooks tbody a")
    page.click("button:has-text('删除这个地址')")
    assert "条发送记录一并删除" in go_on(page)
    expect(page.locator(".ph-toast")).to_contain_text("已删除")
    with single_connection(portal.database.url()) as conn:
        actions = conn.execute(
            "SELECT action FROM audit_entry WHERE action LIKE 'webhook.%%' AND id > %s ORDER BY id",
            (before,),
        ).fetchall()
    assert [action for (action,) in actions] == [
        "webhook.added",
        "webhook.tested",
        "webhook.switched_off",
        "webhook.removed",
    ]
