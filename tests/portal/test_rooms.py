"""The pages of 调剂资产, 共享资产, 我的需求: for everybody, in both languages, and who may come in."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from db import Database, scalar, single_connection
from db.roles import DatabaseRole
from exchange import eligibility
from exchange.kinds import Kind
from ops.demo import PASSWORD
from portal import PortalSettings, create_app
from registry.org import UserType
from tests.fixtures.browser import Portal, Visit
from tests.fixtures.estate import DemoDatabase
from tests.portal.pages import stands_everywhere
from tests.portal.rooms import new_card, published

PAGES = (
    ("clerk", "/transfer/sheets"),
    ("clerk", "/transfer/sheets?tab=done"),
    ("clerk", "/transfer/sheets/new"),
    ("clerk", "/transfer/sheets/new?card=BARE"),
    ("clerk", "/transfer/sheets/DRAFT/edit"),
    ("department", "/transfer/reviews"),
    ("reviewer", "/transfer/reviews?tab=acted"),
    ("department", "/transfer/sheets/WAITING"),
    ("clerk", "/transfer/sheets/DONE"),
    ("clerk", "/transfer/sheets/DONE/cards"),
    ("clerk", "/transfer/listings"),
    ("clerk", "/transfer/listings/LISTED/settle"),
    ("clerk", "/transfer/listings/SETTLING/settle"),
    ("auditor", "/transfer/query"),
    ("auditor", "/transfer/query?what=listings"),
    ("clerk", "/share/sheets/new"),
    ("clerk", "/share/listings"),
    ("clerk", "/demands/sheets/new"),
    ("finance", "/demands/sheets/new"),
    ("clerk", "/demands/sheets/DEMAND"),
    ("clerk", "/demands/manage"),
    ("auditor", "/demands/query"),
    ("clerk", "/cards/LISTED_CARD?tab=listings"),
)
OF = "FROM sheet JOIN review ON review.id = review_id JOIN unit ON unit.id = sheet.unit_id WHERE unit.name = '海口市图书馆' AND sheet.kind = "
LISTED = "FROM listing JOIN unit ON unit.id = unit_id WHERE unit.name = '海口市图书馆' AND listing.kind = 'transfer' AND state = "
NAMED = {
    "LISTED_CARD": f"SELECT listing.code {LISTED} 'listed' AND until_on IS NOT NULL ORDER BY listing.id LIMIT 1",
    "LISTED": f"SELECT listing.id {LISTED} 'listed' ORDER BY listing.id LIMIT 1",
    "SETTLING": f"SELECT listing.id {LISTED} 'settling' ORDER BY listing.id LIMIT 1",
    "DRAFT": f"SELECT sheet.id {OF} 'transfer' AND state = 'draft' ORDER BY 1 LIMIT 1",
    "DONE": f"SELECT sheet.id {OF} 'transfer' AND state = 'approved' AND sheet.scope = 'national' ORDER BY 1 LIMIT 1",
    "DEMAND": f"SELECT sheet.id {OF} 'demand' ORDER BY (state = 'in_review') DESC, 1 LIMIT 1",
    "BARE": "SELECT card.code FROM card JOIN unit ON unit.id = unit_id WHERE unit.name = '海口市图书馆' AND NOT photographed AND status IN ('idle', 'to_dispose') ORDER BY 1 LIMIT 1",
}  # fmt: skip
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@pytest.fixture(scope="module")
def named(portal: Portal) -> dict[str, str]:
    """The demo's records that the addresses name, and a sheet that surely waits: journeys may have
    decided the demo's own.
    """
    card = new_card(portal, "待审核的书架")
    waiting, _listings = published(portal, Kind.TRANSFER, card, scope="national", nodes=1)
    with single_connection(portal.database.url()) as conn:
        found = {name: str(scalar(conn, query)) for name, query in NAMED.items()}
    return {**found, "WAITING": str(waiting)}


def filled(path: str, named: dict[str, str]) -> str:
    return re.sub(r"[A-Z_]{4,}", lambda found: named[found[0]], path)


@pytest.mark.browser
@pytest.mark.parametrize(("login", "path"), PAGES)
def test_page_is_english_accessible_and_fits(
    look: Visit, named: dict[str, str], login: str, path: str
) -> None:
    page = look(filled(path, named), login)
    assert page.inner_text("h1")
    stands_everywhere(page)


@pytest.fixture(scope="module")
def app(demo_database: DemoDatabase) -> Iterator[Flask]:
    with Database(demo_database.copy.url(DatabaseRole.PORTAL)) as database:
        yield create_app(PortalSettings(), database, demo_database.data)


def sign_in(app: Flask, login: str) -> FlaskClient:
    client = app.test_client()
    token = TOKEN.search(client.get("/login").text)
    assert token is not None
    form = {"login": login, "password": PASSWORD, "csrf_token": token[1]}
    assert client.post("/login", data=form).status_code == 303
    return client


def send(client: FlaskClient, path: str, **form: str | list[str]) -> tuple[int, str]:
    token = TOKEN.search(client.get("/account").text)
    assert token is not None
    answer = client.post(path, data={"csrf_token": token[1], **form})
    return answer.status_code, answer.text


@pytest.mark.parametrize(
    ("type_", "scope", "status"),
    [
        ("002", "", 200), ("002", "local", 200), ("002", "national", 403),
        ("003", "", 200), ("003", "local", 200), ("003", "national", 200),
        ("001", "", 403), ("004", "local", 403), ("005", "", 403),
    ],
)  # fmt: skip
def test_who_may_publish_a_demand_goes_by_the_type_of_user(
    app: Flask, demo_database: DemoDatabase, type_: str, scope: str, status: int
) -> None:
    """E6, by address; the roles alone would let each of them in."""
    was = {"002": "finance", "003": "department"}
    login = was.get(type_, "department4")
    client = sign_in(app, login)
    with single_connection(demo_database.copy.url()) as conn:
        before = scalar(conn, "SELECT type FROM app_user WHERE login = %(login)s", login=login)
        set_type = "UPDATE app_user SET type = %s WHERE login = %s"
        conn.execute(set_type, (UserType(type_).value, login))
    try:
        path = f"/demands/sheets/new?scope={scope}" if scope else "/demands/sheets/new"
        answer = client.get(path)
        assert answer.status_code == status
        if (type_, status) == ("002", 200):
            assert 'value="local"' in answer.text
            assert 'value="national"' not in answer.text
        if type_ == "002" and not scope:
            code, text = send(client, "/demands/sheets/new", scope="national", title="求桌椅")
            assert code == 422
            assert "您的用户类型不能发布这个范围的需求" in text
        if status == 403 and type_ != "002":
            assert send(client, "/demands/sheets/new", scope="local")[0] == 403
    finally:
        with single_connection(demo_database.copy.url()) as conn:
            conn.execute("UPDATE app_user SET type = %s WHERE login = %s", (before, login))


def test_the_picker_shows_just_what_may_be_published(
    app: Flask, demo_database: DemoDatabase
) -> None:
    client = sign_in(app, "clerk")
    with single_connection(demo_database.copy.url()) as conn:
        unit = scalar(conn, "SELECT unit_id FROM app_user WHERE login = 'clerk'")
        assert isinstance(unit, int)
        for kind in (Kind.TRANSFER, Kind.SHARE):
            codes = [one.code for one in eligibility.picks(conn, kind, unit, None)][:50]
            shown = client.get(f"/{kind.value}/sheets/picks").text
            assert re.findall(r'name="cards" value="([^"]+)"', shown) == codes


def test_a_forged_card_is_refused_beside_it_as_the_picker_would(
    app: Flask, demo_database: DemoDatabase
) -> None:
    """B2: one in use, another unit's, one on another sheet, and one that isn't there."""
    client = sign_in(app, "clerk")
    with single_connection(demo_database.copy.url()) as conn:
        rows = conn.execute(
            "SELECT min(code) FILTER (WHERE name = '海口市图书馆' AND status = 'in_use'), "
            "min(code) FILTER (WHERE name = '三亚市人民医院') FROM "
            "(SELECT card.code, unit.name, card.status FROM card JOIN unit ON unit.id = unit_id) AS one"
        ).fetchone()
        listed = scalar(conn, NAMED["LISTED_CARD"])
    assert rows is not None
    form = {"scope": "local", "contact": "林晓岚", "phone": "1", "address": "路", "note": ""}
    forged = [rows[0], rows[1], str(listed), "NONE-0001"]
    status, text = send(client, "/transfer/sheets/new", cards=forged, then="keep", **form)
    assert status == 422
    assert f"（{rows[0]}）的状态不是闲置或待处置" in text
    assert f"没有资产编号为 {rows[1]} 的卡片" in text
    assert f"（{listed}）已在架，不能重复发布" in text
    assert "没有资产编号为 NONE-0001 的卡片" in text


def test_searching_without_script_keeps_what_is_chosen_and_typed(
    app: Flask, named: dict[str, str]
) -> None:
    client = sign_in(app, "clerk")
    status, text = send(
        client, "/transfer/sheets/new", cards=[named["BARE"]], then="search", find="没有这样的东西",
        note="写了一半", scope="national",
    )  # fmt: skip
    assert status == 200
    assert "写了一半" in text
    assert re.search(rf'name="cards" value="{named["BARE"]}" checked', text)
    assert "没有符合条件的资产" in text


@pytest.mark.browser
def test_the_menu_counts_what_waits_for_review(visit: Visit, portal: Portal) -> None:
    page = visit("/transfer/reviews", login="department")
    waiting = page.inner_text("nav.ph-tabs a[aria-current] small")
    assert page.inner_text("#menu a[aria-current=page] .ph-count") == waiting
    assert page.inner_text("#menu a[aria-current=page]").startswith("审核")
