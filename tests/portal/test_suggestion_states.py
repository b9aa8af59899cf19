"""What pages say of a suggestion that waits, and of an asset for which no rule holds (I4, I5)."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask

from analytics import proposals
from db import Connection, Database, scalar, single_connection
from db.roles import DatabaseRole
from portal import PortalSettings, create_app
from tests.fixtures.estate import DemoDatabase
from tests.portal.test_doors import post, signed_in

OPEN = (
    "SELECT card.code, card.id, suggestion.id FROM suggestion JOIN card ON card.id = card_id "
    "JOIN unit ON unit.id = unit_id "
    "WHERE suggestion.state = 'open' AND unit.name = '海口市图书馆' ORDER BY 1 LIMIT 1"
)
NOT_JUDGED = (
    "SELECT card.code, card.category FROM card JOIN unit ON unit.id = unit_id "
    "WHERE unit.name = '海口市图书馆' "
    "AND EXISTS (SELECT FROM binding WHERE card_id = card.id AND until IS NULL) "
    "AND NOT EXISTS (SELECT FROM assessment WHERE card_id = card.id) ORDER BY 1 LIMIT 1"
)


@pytest.fixture(scope="module")
def app(demo_database: DemoDatabase) -> Iterator[Flask]:
    with Database(demo_database.copy.url(DatabaseRole.PORTAL)) as database:
        yield create_app(PortalSettings(), database, demo_database.data)


@pytest.fixture
def owner(demo_database: DemoDatabase) -> Iterator[Connection]:
    with single_connection(demo_database.copy.url(), autocommit=True) as conn:
        yield conn


@pytest.fixture
def waiting(owner: Connection, demo_database: DemoDatabase) -> Iterator[tuple[str, int]]:
    """(code, suggestion) of an asset whose sensor fell silent; open again after the test."""
    found = owner.execute(OPEN).fetchone()
    assert found is not None
    code, card, key = found
    with owner.transaction():
        proposals.wait(owner, card, "sensor_silent", demo_database.now)
    yield code, key
    with owner.transaction():
        proposals.resume(owner, card)


@pytest.mark.parametrize(
    ("language", "waits", "why"),
    [("zh", "暂缓", "传感器没有声音"), ("en", "wait", "silent")],
)
def test_pages_say_since_when_and_why_a_suggestion_waits(
    app: Flask, waiting: tuple[str, int], language: str, waits: str, why: str
) -> None:
    code, key = waiting
    clerk = signed_in(app, "clerk")
    clerk.set_cookie("language", language)
    for path in (f"/suggestions?tab=waiting&pick={key}", f"/monitoring/assets/{code}",
                 f"/cards/{code}"):  # fmt: skip
        page = clerk.get(path).text
        assert waits in page.lower(), path
        assert why in page, path


def test_waiting_suggestion_is_not_counted_as_open_and_offers_to_dismiss_it_only(
    app: Flask, waiting: tuple[str, int]
) -> None:
    _code, key = waiting
    clerk = signed_in(app, "clerk")
    assert f"pick={key}" not in clerk.get("/suggestions").text
    page = clerk.get(f"/suggestions?tab=waiting&pick={key}").text
    assert f"/suggestions/{key}/dismiss" in page
    assert f"/suggestions/{key}/accept" not in page
    answer = post(clerk, f"/suggestions/{key}/accept")
    assert answer.status_code == 303
    assert "证据眼下不完整" in clerk.get(answer.headers["Location"]).text


@contextmanager
def of_category(conn: Connection, code: str, category: str) -> Iterator[None]:
    change = "UPDATE card SET category = %s WHERE code = %s"
    before = scalar(conn, "SELECT category FROM card WHERE code = %(code)s", code=code)
    conn.execute(change, (category, code))
    try:
        yield
    finally:
        conn.execute(change, (before, code))


def test_watched_asset_whose_category_has_no_rule_is_said_to_be_so(
    app: Flask, owner: Connection
) -> None:
    code = owner.execute(NOT_JUDGED).fetchone()
    assert code is not None
    clerk = signed_in(app, "clerk")
    pages = (f"/monitoring?q={code[0]}", f"/monitoring/assets/{code[0]}")
    assert all("没有适用的闲置规则" not in clerk.get(path).text for path in pages)
    with of_category(owner, code[0], "A05010501"):
        assert all("没有适用的闲置规则" in clerk.get(path).text for path in pages)
