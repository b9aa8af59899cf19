"""`/api/v1/linked/listings`: the token lets in, faults come by row and field, nobody else's door (F4)."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from db import Database, scalar, single_connection
from db.roles import DatabaseRole
from exchange.linked import systems
from portal import PortalSettings, create_app
from registry.org import user
from tests.fixtures.estate import DemoDatabase
from tests.portal.test_matrix import sign_in, token

ADDRESS = "/api/v1/linked/listings"
ITEM = {"key": "API-1", "kind": "share", "name": "共聚焦显微镜", "category": "A02100000", "quantity": 1, "measure": "台",
        "value": 900000, "status": "in_use", "contact": "王教授", "phone": "0898-66270001"}  # fmt: skip


@pytest.fixture(scope="module")
def app(demo_database: DemoDatabase) -> Iterator[Flask]:
    with Database(demo_database.copy.url(DatabaseRole.PORTAL)) as database:
        yield create_app(PortalSettings(), database, demo_database.data)


@pytest.fixture(scope="session")
def bearer(demo_database: DemoDatabase) -> str:
    """The token of a system of the library."""
    with single_connection(demo_database.copy.url()) as conn:
        key = scalar(conn, "SELECT id FROM app_user WHERE login = 'admin'")
        unit = scalar(conn, "SELECT id FROM unit WHERE name = '海口市图书馆'")
        assert isinstance(key, int)
        assert isinstance(unit, int)
        admin = user(conn, key)
        assert admin is not None
        return systems.register(conn, admin, unit, "仪器平台", demo_database.now)[1]


def pushed(app: Flask, bearer: str, body: Any, **headers: str) -> TestResponse:
    return app.test_client().post(
        ADDRESS, json=body, headers={"Authorization": f"Bearer {bearer}", **headers}
    )


def test_push_is_taken_without_a_session_or_a_csrf_token(app: Flask, bearer: str) -> None:
    answer = pushed(app, bearer, {"items": [ITEM]})
    assert answer.status_code == 200
    assert answer.json == {
        "added": ["API-1"],
        "refreshed": [],
        "unchanged": [],
        "closed": [],
        "settling": [],
        "withdrawn": [],
        "vanished": [],
        "errors": [],
        "errors_in_all": 0,
    }
    again = pushed(app, bearer, {"items": [ITEM]})
    assert again.json is not None
    assert again.json["unchanged"] == ["API-1"]
    assert pushed(app, bearer, {"withdraw": ["API-1"]}).json["withdrawn"] == ["API-1"]  # type: ignore[index]


def test_what_is_being_settled_is_an_error_of_its_row_and_the_rest_is_taken(
    app: Flask, bearer: str, demo_database: DemoDatabase
) -> None:
    pushed(app, bearer, {"items": [ITEM | {"key": "API-3"}]})
    with single_connection(demo_database.copy.url()) as conn:
        conn.execute("""UPDATE listing SET state = 'settling' WHERE id =
                        (SELECT listing_id FROM linked_listing WHERE key = 'API-3')""")
    sent = [ITEM | {"key": "API-4"}, ITEM | {"key": "API-3", "name": "改名"}]
    answer = pushed(app, bearer, {"items": sent}, **{"Accept-Language": "en"})
    assert answer.status_code == 200
    assert answer.json is not None
    assert (answer.json["added"], answer.json["settling"]) == (["API-4"], ["API-3"])
    detail = "“共聚焦显微镜” (API-3) is being handed over: it can't be changed or taken back."
    assert answer.json["errors"] == [
        {"row": 2, "key": "API-3", "field": "key", "code": "linked.being_settled", "detail": detail}
    ]
    taken_back = pushed(app, bearer, {"withdraw": ["API-3"]}).json
    assert taken_back is not None
    assert [(one["field"], "row" in one) for one in taken_back["errors"]] == [("withdraw", False)]


@pytest.mark.parametrize(
    "said", ["", "Bearer", "Bearer wrong", "Basic YTpi", "Bearer phl_" + "x" * 43]
)
def test_wrong_token_is_refused_as_a_problem(app: Flask, said: str) -> None:
    answer = app.test_client().post(ADDRESS, json={"items": []}, headers={"Authorization": said})
    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_signed_in_browser_cannot_push(app: Flask) -> None:
    client = sign_in(app, "admin")
    assert client.post(ADDRESS, json={"items": [ITEM]}).status_code == 401


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "Rows at fault: 1. Nothing was taken."), ("zh-CN", "1 行有误，整批没有接收。")],
)
def test_faults_are_told_by_row_and_field_in_the_callers_language(
    app: Flask, bearer: str, language: str, said: str
) -> None:
    body = {"items": [ITEM, ITEM | {"key": "API-2", "quantity": 0, "colour": "red"}]}
    answer = pushed(app, bearer, body, **{"Accept-Language": language})
    assert answer.status_code == 422
    assert answer.json is not None
    assert answer.json["detail"] == said
    assert answer.json["code"] == "linked.has_errors"
    assert {(one["row"], one["key"], one["field"]) for one in answer.json["errors"]} == {
        (2, "API-2", "quantity"),
        (2, "API-2", "colour"),
    }
    assert bool(re.search("[一-鿿]", answer.json["errors"][0]["detail"])) is (language == "zh-CN")
    assert answer.headers["Content-Language"] == language[:2]


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [(b"{", "application/json", 422), (b"{}", "text/plain", 415), (b"key=1", "application/x-www-form-urlencoded", 415),
     (b"x" * 21_000_000, "application/json", 413)],
)  # fmt: skip
def test_what_is_no_push_is_a_problem_too(
    app: Flask, bearer: str, body: bytes, kind: str, status: int
) -> None:
    headers = {"Authorization": f"Bearer {bearer}"}
    answer = app.test_client().post(ADDRESS, data=body, content_type=kind, headers=headers)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")


def test_get_is_not_allowed_and_says_so_as_a_problem(app: Flask) -> None:
    assert app.test_client().get(ADDRESS).status_code == 405


def test_refused_push_is_noted_for_the_administrator(app: Flask, bearer: str) -> None:
    pushed(app, bearer, {"items": [{}]})
    client = sign_in(app, "admin")
    page = client.get("/admin/linked").text
    assert "未接收" in page
    assert bearer not in page


def file_sent(client: FlaskClient, address: str, content: bytes, name: str) -> TestResponse:
    import io

    form = {"csrf_token": token(client), "file": (io.BytesIO(content), name)}
    return client.post(address, data=form, content_type="multipart/form-data")


def test_administrator_pushes_a_file_and_sees_its_faults(
    app: Flask, bearer: str, demo_database: DemoDatabase
) -> None:
    with single_connection(demo_database.copy.url()) as conn:
        system = scalar(conn, "SELECT id FROM linked_system WHERE name = '仪器平台'")
    client, address = sign_in(app, "admin"), f"/admin/linked/{system}/push"
    head = "来源编号,类型,资产名称,资产分类,数量/面积,计量单位,资产状态,联系人,联系电话\n"
    row = "F-1,共享资产,离心机,A02100000,1,台,闲置,王教授,0898-66270001\n"
    wrong = file_sent(client, address, (head + row + row).encode(), "a.csv")
    assert wrong.status_code == 422
    assert "与第 2 行重复" in wrong.text
    assert file_sent(client, address, (head + row).encode(), "a.csv").status_code == 303
    assert file_sent(client, address, b"", "a.pdf").status_code == 422


def test_every_other_form_still_needs_its_token(app: Flask) -> None:
    client = sign_in(app, "admin")
    assert client.post("/admin/linked", data={"name": "x", "unit": "y"}).status_code == 400
