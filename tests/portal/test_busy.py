"""Files are decoded outside of transactions, few at once: who comes too many is told when to come."""

import io
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from itertools import islice

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from db import Database, DatabaseSettings
from db.roles import DatabaseRole
from portal import PortalSettings, create_app
from portal.serve import THREADS
from registry import tables
from registry.cards.pixels import DECODING
from tests.fixtures.estate import DemoDatabase
from tests.portal.test_matrix import sign_in, token


@pytest.fixture(scope="module")
def app(demo_database: DemoDatabase) -> Iterator[Flask]:
    """A portal with one connection: nobody may hold it while something is decoded."""
    one = DatabaseSettings(pool_size=1, pool_timeout_s=2)
    with Database(demo_database.copy.url(DatabaseRole.PORTAL), one) as database:
        yield create_app(PortalSettings(), database, demo_database.data)


def photo() -> tuple[io.BytesIO, str]:
    out = io.BytesIO()
    Image.new("RGB", (40, 30)).save(out, "PNG")
    return io.BytesIO(out.getvalue()), "a.png"


def table() -> tuple[io.BytesIO, str]:
    return io.BytesIO("资产编号\r\nA-0001\r\n".encode()), "a.csv"


Send = Callable[[FlaskClient], TestResponse]


def post(path: str, field: str, file: Callable[[], tuple[io.BytesIO, str]]) -> Send:
    def send(client: FlaskClient) -> TestResponse:
        named = {"csrf_token": token(client), field: file(), "scope": "local"}
        headers = {"X-CSRFToken": token(client)}
        return client.post(path, data=named, headers=headers, buffered=True)

    return send


DOORS = {
    "photo": ("clerk", post("/uploads/photo", "file", photo)),
    "attachment": ("clerk", post("/uploads/attachment", "file", photo)),
    "change": ("clerk", post("/changes/new?kind=register", "photos_files", photo)),
    "sheet": ("clerk", post("/transfer/sheets/new", "attachments_files", photo)),
    "sheet's file": ("clerk", post("/transfer/attachments", "file", photo)),
    "phone": ("counter", post("/api/v1/photos", "file", photo)),
    "import": ("clerk", post("/cards/import", "file", table)),
}


@pytest.mark.parametrize("door", DOORS)
def test_who_waits_for_others_files_holds_no_connection(app: Flask, door: str) -> None:
    login, send = DOORS[door]
    client, other = sign_in(app, login), sign_in(app, "reviewer")
    token(client)
    with ThreadPoolExecutor(1) as pool:
        with DECODING.take(DECODING.most), tables.READING.take(tables.READING.most):
            waiting = pool.submit(send, client)
            while not (DECODING.queued or tables.READING.queued or waiting.done()):
                pass
            assert not waiting.done()
            assert other.get("/cards", buffered=True).status_code == 200
        assert waiting.result().status_code != 500


@pytest.mark.parametrize("door", ["photo", "import"])
def test_the_sign_in_page_is_answered_while_more_files_are_sent_than_a_process_has_threads(
    app: Flask, door: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    login, send = DOORS[door]
    clients = [sign_in(app, login)]
    token(clients[0])
    with clients[0].session_transaction() as session:
        kept = dict(session)
    for _each in range(11):
        clients.append(app.test_client())
        with clients[-1].session_transaction() as session:
            session.update(kept)
    for budget in (DECODING, tables.READING):
        monkeypatch.setattr(budget, "wait_s", 600)
    with (
        ThreadPoolExecutor(THREADS) as process,
        DECODING.take(DECODING.most),
        tables.READING.take(tables.READING.most),
    ):
        uploads = [process.submit(send, client) for client in clients]
        page = process.submit(app.test_client().get, "/login", buffered=True)
        assert page.result(60).status_code == 200
        sent_away = [one.result() for one in islice(as_completed(uploads, 60), 10)]
        assert {answer.status_code for answer in sent_away} == {503}
        assert DECODING.queued + tables.READING.queued == 2


@pytest.mark.parametrize("door", DOORS)
def test_who_waits_too_long_is_told_when_to_come_again_in_both_languages(
    app: Flask, door: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    login, send = DOORS[door]
    client = sign_in(app, login)
    token(client)
    for budget in (DECODING, tables.READING):
        monkeypatch.setattr(budget, "wait_s", 0.01)
    for language, said in (("zh", "系统正忙"), ("en", "The system is busy")):
        client.set_cookie("language", language)
        with DECODING.take(DECODING.most), tables.READING.take(tables.READING.most):
            answer = send(client)
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) >= 1
        text = str(answer.json) if answer.is_json else answer.text
        assert said in text
