"""What an act will mean stands on a page before it happens; nothing happens until that is confirmed
as it is then (J5).
"""

import re
from collections.abc import Iterator
from typing import Final, LiteralString

import pytest
from flask import Flask

from db import Database, scalar, single_connection
from db.roles import DatabaseRole
from exchange.kinds import Kind
from portal import PortalSettings, create_app
from tests.fixtures.browser import Portal
from tests.fixtures.estate import DemoDatabase
from tests.portal.rooms import new_card, published
from tests.portal.test_admin import confirmed, id_of, send
from tests.portal.test_doors import post, signed_in

MEANS: Final = re.compile(r"<li data-fact>(.*?)</li>")
MARK: Final = re.compile(r'name="confirmed" value="(\w+)"')
TOKEN: LiteralString = "SELECT token_hash FROM linked_system WHERE id = 1"
ACTIVE: LiteralString = "SELECT active FROM linked_system WHERE id = 1"
PASSWORD_OF: LiteralString = "SELECT password_hash FROM app_user WHERE id = %(id)s"


@pytest.fixture(scope="module")
def app(demo_database: DemoDatabase) -> Iterator[Flask]:
    with Database(demo_database.copy.url(DatabaseRole.PORTAL)) as database:
        yield create_app(PortalSettings(), database, demo_database.data)


def asked(demo: DemoDatabase, query: LiteralString, **facts: object) -> object:
    with single_connection(demo.copy.url()) as conn:
        return scalar(conn, query, **facts)


def test_what_was_confirmed_counts_only_while_it_is_so(
    app: Flask, demo_database: DemoDatabase
) -> None:
    admin, key = signed_in(app, "admin"), id_of(demo_database, "counter2")
    path, kept = f"/admin/users/{key}/password", asked(demo_database, PASSWORD_OF, id=key)
    first = send(admin, path)
    mark = MARK.search(first.text)
    assert mark is not None
    said = "\n".join(MEANS.findall(first.text))
    signed_in(app, "counter2")
    again = send(admin, path, confirmed=mark[1])
    assert "情况刚才有变化，请重新核对。" in again.text
    assert "\n".join(MEANS.findall(again.text)) != said
    assert asked(demo_database, PASSWORD_OF, id=key) == kept


def test_a_linked_systems_token_is_renewed_once_that_is_confirmed(
    app: Flask, demo_database: DemoDatabase
) -> None:
    admin, path = signed_in(app, "admin"), "/admin/linked/1/token"
    before = asked(demo_database, TOKEN)
    assert "旧令牌立即失效" in send(admin, path).text
    assert asked(demo_database, TOKEN) == before
    assert confirmed(admin, path)[1].status_code == 201
    assert asked(demo_database, TOKEN) != before


def test_switching_off_is_asked_about_and_switching_on_is_not(
    app: Flask, demo_database: DemoDatabase
) -> None:
    admin, path = signed_in(app, "admin"), "/admin/linked/1/switch"
    send(admin, path, active="true")  # whatever another test has left
    said, _answer = confirmed(admin, path, active="false")
    assert "直到重新启用" in said
    assert asked(demo_database, ACTIVE) is False
    assert send(admin, path, active="true").status_code == 303
    assert asked(demo_database, ACTIVE) is True


def test_recalling_says_whose_desk_it_leaves(app: Flask, demo_database: DemoDatabase) -> None:
    library = Portal("", demo_database.copy, demo_database.data)
    sheet, _none = published(library, Kind.TRANSFER, new_card(library, "旧报架"), nodes=0)
    clerk, path = signed_in(app, "clerk"), f"/transfer/sheets/{sheet}"
    seen = re.search(r'name="seen" value="(\d+)"', clerk.get(path).text)
    assert seen is not None
    page = send(clerk, f"{path}/recall", seen=seen[1]).text
    assert re.search(r"海口市图书馆的 \d+ 位审核人不再能审核它，并会收到通知。", page)
    assert "取消送审" in clerk.get(path).text  # it is still under review
    stale = send(clerk, f"{path}/recall", seen="99")
    assert stale.status_code == 303  # the form is of another version: that is said instead
    said, answer = confirmed(clerk, f"{path}/recall", seen=seen[1])
    assert ("单据回到草稿" in said, answer.status_code) == (True, 303)


def test_deleting_says_what_waited_for_the_draft(app: Flask, demo_database: DemoDatabase) -> None:
    library = Portal("", demo_database.copy, demo_database.data)
    _sheet, (listing,) = published(library, Kind.TRANSFER, new_card(library, "还书车"))
    clerk, path = signed_in(app, "clerk"), f"/transfer/listings/{listing.id}/settle"
    assert post(clerk, path, partner="三亚市人民医院", way="free_transfer").status_code == 303
    key = asked(
        demo_database, "SELECT change_id FROM settlement WHERE listing_id = %(id)s", id=listing.id
    )
    seen = re.search(r'name="seen" value="(\d+)"', clerk.get(f"/changes/{key}").text)
    assert seen is not None
    said, answer = confirmed(clerk, f"/changes/{key}/delete", seen=seen[1])
    assert "“还书车”的登记撤销，三亚市人民医院不再有效，恢复上架。" in said
    page = clerk.get(answer.headers["Location"]).text
    assert ("data-undo" in page, "草稿已删除。" in page, "单据已作废" in page) == (
        False,
        True,
        False,
    )
    state = asked(demo_database, "SELECT state FROM listing WHERE id = %(id)s", id=listing.id)
    assert state == "listed"
