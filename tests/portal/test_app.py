"""The phone app's page, files and words: complete, the same for everybody, and guarded."""

import io
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from db import Database
from db.roles import DatabaseRole
from portal import PortalSettings, create_app
from portal.app_files import modules
from portal.app_words import SENTENCES, app_words
from tests.fixtures.estate import DemoDatabase
from tests.portal.pages import CHINESE
from tests.portal.test_matrix import sign_in

USED = re.compile(r"\bt\('(\w+)'|\bt\(`(\w+)\$\{")
# Names that are put together, or stand in a table.
MADE = re.compile(
    r"^(?:said_|due_|filter_|camera_|(?:to_look_at|waiting|sent|name|category|quantity|measure|no_script)$)"
)


@pytest.fixture(scope="module")
def app(demo_database: DemoDatabase) -> Iterator[Flask]:
    with Database(demo_database.copy.url(DatabaseRole.PORTAL)) as database:
        yield create_app(PortalSettings(), database, demo_database.data)


def told(client: FlaskClient, path: str, headers: dict[str, str] | None = None) -> Any:
    return json.loads(client.get(path, headers=headers).text)


def test_the_page_is_nobodys_and_has_nothing_inline(app: Flask) -> None:
    strange, own = app.test_client().get("/app"), sign_in(app, "counter").get("/app")
    assert strange.text == own.text
    assert not re.search(r"\sstyle=|\son\w+=|<style", own.text)
    scripts = re.findall(r"<script[^>]*>", own.text)
    assert all("src=" in one or 'type="application/json"' in one for one in scripts)


def test_only_the_app_may_run_wasm_and_use_the_camera(app: Flask) -> None:
    client = sign_in(app, "counter")
    page, other = client.get("/app"), client.get("/")
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self' 'wasm-unsafe-eval';" in policy
    assert "unsafe-inline" not in policy
    assert "'unsafe-eval'" not in policy
    assert "worker-src 'self'" in policy
    assert "camera=(self)" in page.headers["Permissions-Policy"]
    assert "wasm" not in other.headers["Content-Security-Policy"]
    assert "camera=()" in other.headers["Permissions-Policy"]


def test_everything_that_the_worker_keeps_is_there(app: Flask) -> None:  # H3
    client = app.test_client()
    worker = client.get("/app/sw.js")
    assert worker.headers["Service-Worker-Allowed"] == "/app"
    kept = re.search(r"const KEPT = (\{.*\});", worker.text)
    assert kept is not None
    addresses = re.findall(r'"(/[^"]*)"', kept[1])
    assert len(addresses) > 30
    assert [one for one in addresses if client.get(one, buffered=True).status_code != 200] == []
    for name, content in modules().items():
        for wanted in re.findall(rb"from '\./([\w.]+)'", content):
            assert (name, wanted.decode() in modules()) == (name, True)


def test_a_module_of_another_version_is_not_served(app: Flask) -> None:
    assert app.test_client().get("/app/code/000000000000/main.js").status_code == 404


def test_manifest_names_icons_of_the_sizes_that_it_says(app: Flask) -> None:
    client = app.test_client()
    manifest = told(client, "/app/manifest.webmanifest", {"Accept-Language": "en"})
    assert manifest["name"] == "PanHuo · Phone count"
    assert manifest["scope"] == manifest["start_url"] == "/app"
    for icon in manifest["icons"]:
        with Image.open(io.BytesIO(client.get(icon["src"]).data)) as image:
            assert f"{image.width}x{image.height}" == icon["sizes"]
    assert client.get("/app/icon-64.png").status_code == 404


def test_session_tells_who_is_signed_in_and_whether_they_count(app: Flask) -> None:
    assert told(app.test_client(), "/app/session")["user"] is None
    counter = told(sign_in(app, "counter"), "/app/session")
    assert counter["user"]["login"] == "counter"
    assert counter["may_count"] is True
    assert counter["token"]
    assert told(sign_in(app, "auditor"), "/app/session")["may_count"] is False


def test_the_address_of_the_app_can_be_photographed_from_the_desk(app: Flask) -> None:
    client = sign_in(app, "counter")
    assert 'src="/app/address.svg"' in client.get("/stocktakes").text
    assert client.get("/app/address.svg").mimetype == "image/svg+xml"


def test_every_word_that_the_app_says_is_there_and_in_english() -> None:  # A2
    text = "\n".join(content.decode() for content in modules().values())
    said = {one or start for one, start in USED.findall(text)}
    starts = tuple(one for one in said if one.endswith("_"))
    assert {one for one in said if not one.endswith("_")} - SENTENCES.keys() == set()
    unused = [one for one in SENTENCES if one not in said and not one.startswith(starts)]
    assert [one for one in unused if not MADE.match(one)] == []
    assert [one for one in app_words()["en"].values() if CHINESE.search(one)] == []


def test_no_module_has_words_of_its_own() -> None:
    allowed = {"中文"}
    found = {
        word
        for content in modules().values()
        for line in content.decode().splitlines()
        if not line.strip().startswith("//")
        for word in CHINESE.findall(line)
    }
    assert found - allowed - {"台"} == set()
