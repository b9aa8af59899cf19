"""The message that says what was done takes it back, for ten seconds (J5)."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import expect
from werkzeug.test import TestResponse

from db import Database, scalar, single_connection
from db.roles import DatabaseRole
from exchange import shortlist
from exchange.kinds import Kind
from portal import PortalSettings, create_app
from tests.fixtures.browser import Portal, Visit
from tests.fixtures.estate import DemoDatabase
from tests.portal.rooms import new_card, person, published
from tests.portal.test_doors import post, signed_in
from tests.portal.test_inbox import TITLE, tell

BUTTON: Final = re.compile(r'action="(/undo/\d+)" data-undo')
SEEN: Final = re.compile(r'name="seen" value="(\d+)"')


@pytest.fixture(scope="module")
def app(demo_database: DemoDatabase) -> Iterator[Flask]:
    with Database(demo_database.copy.url(DatabaseRole.PORTAL)) as database:
        yield create_app(PortalSettings(), database, demo_database.data)


@pytest.fixture
def library(demo_database: DemoDatabase) -> Portal:
    """Where cards and sheets of the library's are made below the pages."""
    return Portal("", demo_database.copy, demo_database.data)


def offered(client: FlaskClient, answer: TestResponse) -> str:
    """The address of the button in the message that says what was done."""
    assert answer.status_code == 303, answer.text
    found = BUTTON.search(client.get(answer.headers["Location"]).text)
    assert found is not None
    return found[1]


def taken_back(client: FlaskClient, address: str) -> str:
    """The page that follows."""
    answer = post(client, address)
    assert answer.status_code == 303, answer.text
    return client.get(answer.headers["Location"]).text


def drafted(client: FlaskClient, code: str) -> str:
    """The address of a draft of the card's."""
    form = {"status": "to_dispose", "reason": "破损", "then": "keep"}
    answer = post(client, f"/changes/new?card={code}&kind=status", **form)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def deleted(client: FlaskClient, draft: str) -> str:
    """Delete it; the address that takes that back."""
    seen = SEEN.search(client.get(draft).text)
    assert seen is not None
    return offered(client, post(client, f"{draft}/delete", seen=seen[1]))


def test_a_deleted_change_comes_back_once(app: Flask, library: Portal) -> None:
    clerk, code = signed_in(app, "clerk"), new_card(library, "检索台")
    draft = drafted(clerk, code)
    address = deleted(clerk, draft)
    assert clerk.get(draft).status_code == 404
    page = taken_back(clerk, address)
    assert ("草稿已恢复。" in page, "破损" in page) == (True, True)
    assert "已经撤销过了。" in taken_back(clerk, address)


def test_the_form_of_a_draft_that_came_back_makes_no_second_one(
    app: Flask, library: Portal
) -> None:
    clerk, code = signed_in(app, "clerk"), new_card(library, "裁纸机")
    form = {"status": "to_dispose", "reason": "破损", "then": "keep", "submission": "k" * 22}
    path = f"/changes/new?card={code}&kind=status"
    draft = post(clerk, path, **form).headers["Location"]
    taken_back(clerk, deleted(clerk, draft))
    assert post(clerk, path, **form).headers["Location"] == draft
    deleted(clerk, draft)
    assert post(clerk, path, **form).headers["Location"] != draft


def test_too_late_is_told_and_nothing_comes_back(app: Flask, library: Portal) -> None:
    clerk, code = signed_in(app, "clerk"), new_card(library, "报纸架")
    draft = drafted(clerk, code)
    address = deleted(clerk, draft)
    with single_connection(library.database.url()) as conn:
        conn.execute("UPDATE undo SET until = now() - interval '1 second'")
    assert "只能在操作后 10 秒内撤销" in taken_back(clerk, address)
    assert clerk.get(draft).status_code == 404


def test_a_colleagues_undo_is_not_there(app: Flask, library: Portal) -> None:
    clerk, code = signed_in(app, "clerk"), new_card(library, "目录柜")
    address = deleted(clerk, drafted(clerk, code))
    assert post(signed_in(app, "reviewer"), address).status_code == 404
    assert post(signed_in(app, "clerk2"), address).status_code == 404


def test_a_deleted_sheet_comes_back_unless_its_card_is_on_another(
    app: Flask, library: Portal
) -> None:
    clerk, code = signed_in(app, "clerk"), new_card(library, "陈列柜")
    form = {"scope": "local", "contact": "林晓岚", "phone": "0898-68532107",
            "address": "椰海大道 5 号", "cards": code, "then": "keep"}  # fmt: skip
    sheet = post(clerk, "/transfer/sheets/new", **form).headers["Location"]
    page = taken_back(clerk, deleted(clerk, sheet))
    assert ("草稿已恢复。" in page, code in page) == (True, True)
    address = deleted(clerk, sheet)
    assert post(clerk, "/transfer/sheets/new", **form).status_code == 303
    assert f"（{code}）已放进别的发布单" in taken_back(clerk, address)


def test_what_was_taken_off_the_shortlist_is_back(app: Flask, library: Portal) -> None:
    _sheet, (listing,) = published(library, Kind.TRANSFER, new_card(library, "期刊柜"))
    buyer = signed_in(app, "clerk2")
    post(buyer, "/shortlist", listing=str(listing.id))
    address = offered(buyer, post(buyer, "/shortlist/remove", listing=str(listing.id)))
    assert f'value="{listing.id}"' not in buyer.get("/shortlist").text
    assert f'value="{listing.id}"' in taken_back(buyer, address)
    with single_connection(library.database.url()) as conn:
        shortlist.remove(conn, person(conn, "clerk2"), [listing.id])


def test_what_all_was_marked_as_read_is_unread_again(
    app: Flask, demo_database: DemoDatabase
) -> None:
    unread = "SELECT count(*) FROM notice JOIN app_user ON app_user.id = user_id WHERE login = 'clerk' AND read_at IS NULL"
    clerk = signed_in(app, "clerk")
    tell(demo_database, "clerk")
    with single_connection(demo_database.copy.url(), autocommit=True) as conn:
        before = scalar(conn, unread)
        address = offered(clerk, post(clerk, "/inbox/read"))
        assert scalar(conn, unread) == 0
        assert "这些通知又是未读的了。" in taken_back(clerk, address)
        assert scalar(conn, unread) == before
        conn.execute("DELETE FROM notice WHERE facts ->> 'title' = %s", (TITLE,))


def test_a_section_that_was_removed_is_back_with_its_id(
    app: Flask, demo_database: DemoDatabase
) -> None:
    admin = signed_in(app, "admin")
    with single_connection(demo_database.copy.url()) as conn:
        unit = scalar(conn, "SELECT unit_id FROM app_user WHERE login = 'clerk2'")
    path = f"/admin/units/{unit}"
    post(admin, f"{path}/sections", name="临时借调组")
    page = admin.get(path).text
    key = re.findall(rf'action="{path}/sections/(\d+)/remove"', page)[-1]
    address = offered(admin, post(admin, f"{path}/sections/{key}/remove"))
    assert f"{path}/sections/{key}/remove" not in admin.get(path).text
    assert f"{path}/sections/{key}/remove" in taken_back(admin, address)
    post(admin, f"{path}/sections/{key}/remove")


def test_a_forgotten_filter_is_kept_again(app: Flask) -> None:
    clerk = signed_in(app, "clerk")
    form = {"name": "闲置家具", "query": "status=idle&type=furniture"}
    assert post(clerk, "/cards/filters", **form).status_code == 303
    address = offered(clerk, post(clerk, "/cards/filters", **form, forget="1"))
    assert "闲置家具" not in clerk.get("/cards").text
    assert "闲置家具" in taken_back(clerk, address)
    post(clerk, "/cards/filters", **form, forget="1")


def test_a_removed_plan_of_a_stocktake_is_back(app: Flask, demo_database: DemoDatabase) -> None:
    clerk = signed_in(app, "clerk")
    due = (demo_database.now + timedelta(days=20)).date().isoformat()
    form = {"name": "下半年抽盘", "methods": "gun", "due_on": due}
    plan = post(clerk, "/stocktakes/new", **form).headers["Location"]
    address = offered(clerk, post(clerk, f"{plan}/remove"))
    assert clerk.get(plan).status_code == 404
    assert "下半年抽盘" in taken_back(clerk, address)
    post(clerk, f"{plan}/remove")


@pytest.mark.browser
def test_the_message_takes_it_back(visit: Visit, portal: Portal) -> None:
    page = visit(f"/changes/new?card={new_card(portal, '阅报椅')}&kind=status")
    page.select_option("#f-status", "to_dispose")
    page.fill("#f-reason", "破损")
    page.click("text=存为草稿")
    page.wait_for_url("**/changes/*")
    draft = page.url
    page.click("button:has-text('删除')")
    page.click(".ph-toast >> text=撤销")
    expect(page.locator(".ph-toast")).to_contain_text("草稿已恢复。")
    assert page.url == draft
