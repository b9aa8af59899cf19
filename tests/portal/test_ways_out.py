"""Who may not do what is left to do is told who can; no way out leads to a page without its button
(C4, D1).
"""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from db import Database, scalar, single_connection
from db.roles import DatabaseRole
from exchange.kinds import Kind
from portal import PortalSettings, create_app
from tests.fixtures.browser import Portal
from tests.fixtures.estate import DemoDatabase
from tests.portal.rooms import LIBRARY, new_card, published
from tests.portal.test_admin import confirmed
from tests.portal.test_doors import post, signed_in

WHO = "登记结果和下架由所属单位办理："


@pytest.fixture(scope="module")
def app(demo_database: DemoDatabase) -> Iterator[Flask]:
    with Database(demo_database.copy.url(DatabaseRole.PORTAL)) as database:
        yield create_app(PortalSettings(), database, demo_database.data)


@pytest.fixture(scope="module")
def reported(demo_database: DemoDatabase) -> tuple[int, int, str]:
    """(a sheet of the library's that has been reported, its listing, how the library is reached)."""
    library = Portal("", demo_database.copy, demo_database.data)
    sheet, (listing,) = published(
        library, Kind.TRANSFER, new_card(library, "缩微胶片柜"), scope="national"
    )
    with single_connection(demo_database.copy.url()) as conn:
        conn.execute("UPDATE listing SET ministry = 'reported' WHERE id = %s", (listing.id,))
        conn.execute(
            "UPDATE ministry_outbox SET state = 'accepted', attempts = 1 WHERE listing_id = %s",
            (listing.id,),
        )
        phone = scalar(
            conn, "SELECT COALESCE(NULLIF(app_user.phone, ''), unit.phone) FROM app_user "
            "JOIN unit ON unit.id = unit_id WHERE login = 'clerk'",
        )  # fmt: skip
    return sheet, listing.id, f"{LIBRARY} · {phone}"


def revoked(client: FlaskClient, sheet: int) -> str:
    """The answer to revoking what has been reported."""
    page = client.get(f"/transfer/sheets/{sheet}").text
    seen = re.search(r'name="seen" value="(\d+)"', page)
    assert seen is not None
    answer = post(client, f"/transfer/sheets/{sheet}/revoke", seen=seen[1])
    assert answer.status_code == 422
    return answer.text


def test_who_revokes_too_late_is_told_who_takes_it_down_and_how_they_are_reached(
    app: Flask, reported: tuple[int, int, str]
) -> None:  # C4
    sheet, _listing, reached = reported
    page = revoked(signed_in(app, "finance"), sheet)
    said = page[page.index("已上报汇总系统，不能取消终审") :]
    said = said[: said.index("</section>")]
    assert WHO in said
    assert reached in said
    assert "到“管理”下架" not in page


@pytest.mark.parametrize("login", ["reviewer", "department", "finance", "auditor"])
def test_readers_who_may_not_take_it_down_see_who_can(
    app: Flask, reported: tuple[int, int, str], login: str
) -> None:
    sheet, listing, reached = reported
    client = signed_in(app, login)
    for path in (f"/transfer/sheets/{sheet}", f"/squares/transfer/{listing}"):
        page = client.get(path).text
        assert (WHO in page, reached in page) == (True, True), path
    assert "登记结果和下架由所属单位的经办岗办理" in client.get("/transfer/listings").text


def test_whoever_may_finds_the_button_where_the_page_sends_them(
    app: Flask, reported: tuple[int, int, str]
) -> None:
    sheet, listing, _reached = reported
    clerk = signed_in(app, "clerk")
    page = clerk.get(f"/transfer/sheets/{sheet}").text
    assert WHO not in page
    assert f'href="/transfer/listings?sheet={sheet}"' in page
    manage = clerk.get(f"/transfer/listings?sheet={sheet}").text
    assert f'action="/transfer/listings/{listing}/delist' in manage
    assert "登记结果和下架由所属单位的经办岗办理" not in manage


def test_other_units_are_not_told_the_units_people(
    app: Flask, reported: tuple[int, int, str]
) -> None:  # J4
    _sheet, listing, _reached = reported
    assert WHO not in signed_in(app, "clerk2").get(f"/squares/transfer/{listing}").text


def test_taking_down_says_where_it_leaves_and_who_had_marked_it(
    app: Flask, reported: tuple[int, int, str], demo_database: DemoDatabase
) -> None:  # J5
    _sheet, listing, _reached = reported
    assert post(signed_in(app, "clerk2"), "/shortlist", listing=str(listing)).status_code == 303
    clerk = signed_in(app, "clerk")
    path = f"/transfer/listings/{listing}/delist"
    said, answer = confirmed(clerk, path, reason="本单位另有用途")
    for sentence in (
        "退出本地区广场。",
        "财政部会收到下架的更新",
        "1 人的预选资产里会标明已下架",
        "下架原因：本单位另有用途",
    ):
        assert sentence in said
    assert answer.status_code == 303
    with single_connection(demo_database.copy.url()) as conn:
        state = scalar(conn, "SELECT state FROM listing WHERE id = %(id)s", id=listing)
    assert state == "delisted"
