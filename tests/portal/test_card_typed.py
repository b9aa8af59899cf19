"""Wherever a card's code is typed: any case, full width, blanks, a label's address, a name (J3)."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Final, LiteralString
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from db import Database, single_connection
from db.roles import DatabaseRole
from portal import PortalSettings, create_app
from registry.cards.named import MOST_OFFERED
from tests.fixtures.estate import DemoDatabase
from tests.portal.rooms import person
from tests.portal.test_doors import post, signed_in

# A card of the library in use whose name stands on no other, one of the hospital's, and a name of several.
ALONE: LiteralString = """
    SELECT card.code, card.name FROM card JOIN unit ON unit.id = card.unit_id
     WHERE unit.name = '海口市图书馆' AND card.status = 'in_use'
       AND (SELECT count(*) FROM card AS other
             WHERE other.unit_id = card.unit_id AND strpos(other.search, lower(card.name)) > 0) = 1
     ORDER BY card.code LIMIT 1
"""
ELSEWHERE: LiteralString = """
    SELECT card.code FROM card JOIN unit ON unit.id = card.unit_id
     WHERE unit.name = '三亚市人民医院' ORDER BY card.code LIMIT 1
"""
SEVERAL: LiteralString = """
    SELECT card.name FROM card JOIN unit ON unit.id = card.unit_id
     WHERE unit.name = '海口市图书馆' AND card.status <> 'disposed'
     GROUP BY card.name HAVING count(*) > 1 ORDER BY card.name LIMIT 1
"""
TASK: LiteralString = """
    SELECT expected.stocktake_id, expected.code
      FROM stocktake_expected AS expected
      JOIN stocktake ON stocktake.id = expected.stocktake_id
      JOIN unit ON unit.id = stocktake.unit_id
     WHERE unit.name = '海口市图书馆' AND stocktake.started_at IS NOT NULL AND stocktake.closed_at IS NULL
     ORDER BY 1, 2 LIMIT 1
"""
LISTED: LiteralString = """
    SELECT kind, code FROM listing WHERE on_local AND code <> '' AND kind IN ('transfer', 'share')
     ORDER BY id LIMIT 1
"""
WATCHED: LiteralString = """
    SELECT card.code FROM card JOIN unit ON unit.id = card.unit_id
     WHERE unit.name = '海口市图书馆' AND EXISTS (SELECT FROM binding WHERE card_id = card.id AND until IS NULL)
     ORDER BY card.code LIMIT 1
"""
PICKED: LiteralString = """
    SELECT card.code FROM card JOIN unit ON unit.id = card.unit_id
     WHERE unit.name = '海口市图书馆' AND card.status = 'idle' AND card.photographed
       AND NOT EXISTS (SELECT FROM listing WHERE card_id = card.id AND state IN ('listed', 'settling'))
       AND NOT EXISTS (SELECT FROM sheet_card WHERE card_id = card.id)
     ORDER BY card.code LIMIT 1
"""
CHOICE: Final = re.compile(r'href="(/changes/new\?[^"]*card=[^"]*)"')
KINDS: Final = ("", "status", "attributes", "dispose")


@pytest.fixture(scope="module")
def app(demo_database: DemoDatabase) -> Iterator[Flask]:
    with Database(demo_database.copy.url(DatabaseRole.PORTAL)) as database:
        yield create_app(PortalSettings(), database, demo_database.data)


@pytest.fixture(scope="module")
def clerk(app: Flask) -> FlaskClient:
    return signed_in(app, "clerk")


def found(demo: DemoDatabase, query: LiteralString) -> tuple[str, ...]:
    with single_connection(demo.copy.url()) as conn:
        row = conn.execute(query).fetchone()
    assert row is not None
    return tuple(map(str, row))


def wide(text: str) -> str:
    return "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in text)


def ways(code: str) -> list[str]:
    """How a code may come from a keyboard, a clipboard, a gun."""
    address = f"http://127.0.0.1:8000/c/{code}"
    return [
        code.lower(),
        f" {code} ",
        wide(code),
        f"\u3000{wide(code.lower())}",
        address,
        wide(address),
    ]


def asked(clerk: FlaskClient, card: str, kind: str) -> TestResponse:
    query = {"card": card} | ({"kind": kind} if kind else {})
    return clerk.get("/changes/new", query_string=query)


@pytest.mark.parametrize("kind", KINDS)
def test_a_change_begins_with_its_card_however_that_was_typed(
    clerk: FlaskClient, demo_database: DemoDatabase, kind: str
) -> None:
    code, name = found(demo_database, ALONE)
    for typed in (*ways(code), name, f" {name}\u3000"):
        answer = asked(clerk, typed, kind)
        assert (typed, answer.status_code) == (typed, 303)
        assert f"card={code}" in answer.headers["Location"]
        assert clerk.get(answer.headers["Location"]).status_code == 200


@pytest.mark.parametrize("kind", KINDS)
def test_what_names_no_card_is_told_beside_the_field_and_stays_in_it(
    clerk: FlaskClient, demo_database: DemoDatabase, kind: str
) -> None:
    (elsewhere,) = found(demo_database, ELSEWHERE)
    for typed in ("TY0000000000", "没有的东西", elsewhere, "https://zc.example.gov.cn/hardware/7"):
        answer = asked(clerk, typed, kind)
        assert answer.status_code == 422
        assert re.search(
            rf'id="card"[^>]*value="{re.escape(typed)}"[^>]*aria-describedby="card-e"', answer.text
        )
        assert f"没有编号或名称是“{typed}”的卡片" in answer.text
    assert "请输入编号或名称" in asked(clerk, " ", kind).text


def test_a_form_for_a_card_that_is_not_there_any_more_asks_for_the_card(clerk: FlaskClient) -> None:
    answer = post(clerk, "/changes/new?kind=status&card=TY0000000000", status="idle", reason="x")
    assert answer.status_code == 422
    assert 'id="card-e"' in answer.text
    assert 'name="kind" value="status"' in answer.text


@pytest.mark.parametrize("kind", KINDS)
def test_of_several_cards_one_is_chosen_from_a_short_list(
    clerk: FlaskClient, demo_database: DemoDatabase, kind: str
) -> None:
    (name,) = found(demo_database, SEVERAL)
    answer = asked(clerk, name, kind)
    assert answer.status_code == 422
    choices = [unescape(one) for one in CHOICE.findall(answer.text)]
    assert 2 <= len(choices) <= MOST_OFFERED
    assert {clerk.get(one).status_code for one in choices} == {200}
    assert all(("kind=" in one) is bool(kind) for one in choices)


def test_another_units_card_that_is_seen_is_told_to_be_theirs(
    app: Flask, demo_database: DemoDatabase
) -> None:  # J4
    code, _name = found(demo_database, ALONE)
    with single_connection(demo_database.copy.url()) as conn:
        department = person(conn, "department")
        conn.execute("INSERT INTO user_role VALUES (%s, 'preparer')", (department.id,))
        conn.commit()
    try:
        answer = asked(signed_in(app, "department"), code, "")
        assert answer.status_code == 422
        assert "海口市图书馆" in answer.text
    finally:
        with single_connection(demo_database.copy.url()) as conn:
            conn.execute(
                "DELETE FROM user_role WHERE user_id = %s AND role = 'preparer'", (department.id,)
            )
            conn.commit()


@pytest.mark.parametrize("page", ["/cards", "/labels", "/monitoring"])
def test_lists_of_cards_find_a_code_however_it_was_typed(
    clerk: FlaskClient, demo_database: DemoDatabase, page: str
) -> None:
    (code,) = found(demo_database, WATCHED)
    for typed in ways(code):
        assert code in clerk.get(page, query_string={"q": typed}).text, typed


def test_squares_lists_of_listings_and_sheets_find_a_code_however_it_was_typed(
    clerk: FlaskClient, demo_database: DemoDatabase
) -> None:
    kind, code = found(demo_database, LISTED)
    for page, tells in (
        (f"/squares/{kind}?view=list&tab=local&q=", code),
        (f"/{kind}/listings?q=", code),
        (f"/{kind}/query?q=", f'href="/{kind}/sheets/'),
    ):
        for typed in ways(code):
            assert tells in clerk.get(page + quote(typed)).text, (page, typed)


def test_the_picker_finds_a_code_however_it_was_typed_and_takes_it_so(
    clerk: FlaskClient, demo_database: DemoDatabase
) -> None:
    (code,) = found(demo_database, PICKED)
    for typed in ways(code):
        assert code in clerk.get("/transfer/sheets/picks", query_string={"q": typed}).text
    assert f'value="{code}" checked' in clerk.get(f"/transfer/sheets/new?card={code.lower()}").text


def test_a_cards_address_is_found_in_small_letters_and_leads_to_its_own(
    clerk: FlaskClient, demo_database: DemoDatabase
) -> None:
    code, _name = found(demo_database, ALONE)
    answer = clerk.get(f"/cards/{code.lower()}?tab=files")
    assert answer.headers["Location"] == f"/cards/{code}?tab=files"
    assert clerk.get(f"/c/{wide(code)}").headers["Location"] == f"/cards/{code}"
    assert clerk.get(f"/monitoring/assets/{code.lower()}").status_code == 200


def test_what_is_counted_by_hand_is_found_however_it_was_typed_or_looked_for_in_the_list(
    clerk: FlaskClient, demo_database: DemoDatabase
) -> None:
    task, code = found(demo_database, TASK)
    for typed in (code.lower(), wide(code)):
        assert clerk.get(f"/stocktakes/{task}/count/{typed}").status_code == 200
    answer = clerk.get(f"/stocktakes/{task}/count/TY0000000000", follow_redirects=True)
    assert answer.status_code == 200
    assert "TY0000000000 不在这个任务的应盘清单里" in answer.text
    for typed in ways(code):
        assert code in clerk.get(f"/stocktakes/{task}?tab=cards&q={quote(typed)}").text, typed
