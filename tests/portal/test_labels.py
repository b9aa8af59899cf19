"""Labels from the register to the sheet, and back by what they bear (H5)."""

import io
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from pyzbar import pyzbar
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from db import Database, single_connection
from db.roles import DatabaseRole
from portal import PortalSettings, create_app
from scanner.commands import UNDO
from scanner.decode import in_symbol
from scanner.labels import FORMATS, Format
from tests.fixtures.browser import Portal, Visit
from tests.fixtures.estate import DemoDatabase
from tests.portal.pages import stands_everywhere
from tests.portal.test_doors import TOKEN, signed_in


@pytest.fixture(scope="module")
def app(demo_database: DemoDatabase) -> Iterator[Flask]:
    with Database(demo_database.copy.url(DatabaseRole.PORTAL)) as database:
        yield create_app(PortalSettings(), database, demo_database.data)


@pytest.fixture(scope="module")
def clerk(app: Flask) -> FlaskClient:
    return signed_in(app, "clerk")


def library_codes(demo: DemoDatabase | Portal, count: int = 5) -> list[str]:
    database = demo.copy if isinstance(demo, DemoDatabase) else demo.database
    with single_connection(database.url()) as conn:
        rows = conn.execute(
            "SELECT card.code FROM card JOIN unit ON unit.id = unit_id "
            "WHERE unit.name = '海口市图书馆' ORDER BY 1 LIMIT %s",
            (count,),
        ).fetchall()
    return [code for (code,) in rows]


def post(
    client: FlaskClient, path: str, codes: list[str] | None = None, **form: str
) -> TestResponse:
    """Send a form as a browser does: with its token."""
    found = TOKEN.search(client.get("/labels").text)
    assert found is not None
    sent = [("csrf_token", found[1]), *form.items(), *(("code", code) for code in codes or [])]
    return client.post(path, data=MultiDict(sent), buffered=True)


def scanned(content: bytes) -> list[set[str]]:
    """The codes that each page of a PDF is read as."""
    with pypdfium2.PdfDocument(content) as document:
        images = [page.render(scale=300 / 72).to_pil() for page in document]
    return [
        {in_symbol(found.data.decode())[0] for found in pyzbar.decode(image)} for image in images
    ]


def test_what_was_marked_is_printed_scans_back_and_is_recorded(
    clerk: FlaskClient, demo_database: DemoDatabase
) -> None:
    codes = library_codes(demo_database)
    answer = post(clerk, "/labels/print", codes, format="a4-3x7", start="20")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert ".pdf" in answer.headers["Content-Disposition"]
    assert scanned(answer.data) == [set(codes[:2]), set(codes[2:])]
    with single_connection(demo_database.copy.url()) as conn:
        row = conn.execute(
            "SELECT actor, facts::jsonb FROM audit_entry WHERE action = 'label.printed' "
            "ORDER BY id DESC LIMIT 1"
        ).fetchone()
    assert row is not None
    facts = row[1]
    assert (row[0], facts["cards"], facts["format"]) == ("clerk", 5, "a4-3x7")
    assert (facts["codes"], facts["pages"]) == (codes, 2)


def test_filters_choose_and_are_recorded(clerk: FlaskClient, demo_database: DemoDatabase) -> None:
    code = library_codes(demo_database, 1)[0]
    answer = post(clerk, f"/labels/print?q={code}", format="roll-50x30")
    assert scanned(answer.data) == [{code}]


def test_another_units_cards_are_not_printed(app: Flask, demo_database: DemoDatabase) -> None:
    codes, stranger = library_codes(demo_database), signed_in(app, "clerk2")
    answer = post(stranger, "/labels/print", codes)
    assert answer.status_code == 422
    assert "没有要打印的卡片" in answer.text
    assert stranger.get(f"/labels/preview.png?code={codes[0]}").status_code == 404
    assert signed_in(app, "reviewer").get("/labels").status_code == 403


def test_too_many_are_refused_in_words(clerk: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.views.labels.MOST", 3)
    answer = post(clerk, "/labels/print")
    assert answer.status_code == 422
    assert "一次最多打印 3 张" in answer.text


@pytest.mark.parametrize("form", [{"format": "x", "start": "x"}, {"start": "0"}, {"start": "99"}])
def test_a_senseless_sheet_or_place_is_the_usual_one(
    clerk: FlaskClient, demo_database: DemoDatabase, form: dict[str, str]
) -> None:
    codes = library_codes(demo_database, 1)
    assert scanned(post(clerk, "/labels/print", codes, **form).data) == [set(codes)]


@pytest.mark.parametrize("key", FORMATS)
def test_the_preview_reads_back(clerk: FlaskClient, demo_database: DemoDatabase, key: str) -> None:
    code = library_codes(demo_database, 1)[0]
    answer = clerk.get(f"/labels/preview.png?code={code}&format={key}")
    image = Image.open(io.BytesIO(answer.data))
    assert {one.type for one in pyzbar.decode(image)} == {"QRCODE", "CODE128"}


def test_the_short_address_leads_to_the_card_for_whoever_may_see_it(
    app: Flask, clerk: FlaskClient, demo_database: DemoDatabase
) -> None:
    code = library_codes(demo_database, 1)[0]
    assert clerk.get(f"/c/{code.lower()}").headers["Location"] == f"/cards/{code}"
    assert signed_in(app, "clerk2").get(f"/c/{code}").status_code == 404
    assert clerk.get("/c/NO-SUCH-CODE").status_code == 404
    stranger = app.test_client().get(f"/c/{code}")
    assert stranger.headers["Location"].endswith(f"/login?next=%2Fc%2F{code}")


def read(content: bytes, form: Format) -> list[set[tuple[str, str]]]:
    """What each place of the first page of a PDF bears, row by row: (kind of symbol, its text)."""
    dots = 300 / 25.4
    with pypdfium2.PdfDocument(content) as document:
        image = document[0].render(scale=300 / 72).to_pil()
    corners = [form.place(number) for number in range(form.places)]
    labels = [
        image.crop((x * dots, y * dots, (x + form.width) * dots, (y + form.height) * dots))
        for x, y in corners
    ]
    return [{(one.type, one.data.decode()) for one in pyzbar.decode(label)} for label in labels]


@pytest.mark.parametrize(("key", "start"), [("a4-2x7", 9), ("roll-60x40", 1)])
def test_the_undo_code_is_printed_on_all_that_is_left_of_a_sheet_and_scans_back(
    app: Flask, key: str, start: int
) -> None:
    client, form = signed_in(app, "counter"), FORMATS[key]
    answer = client.get(f"/scan/commands.pdf?format={key}&start={start}", buffered=True)
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    found = read(answer.data, form)
    assert found[: start - 1] == [set()] * (start - 1)
    left = form.places - start + 1
    assert found[start - 1 :] == [{("QRCODE", UNDO.text), ("CODE128", UNDO.text)}] * left
    with pypdfium2.PdfDocument(answer.data) as document:
        assert len(document) == 1
        assert document[0].get_textpage().get_text_range().count(UNDO.name) == left


def test_labels_and_the_gun_page_lead_to_the_command_codes(app: Flask, clerk: FlaskClient) -> None:
    link = 'href="/scan/commands"'
    assert link in clerk.get("/labels").text
    assert link in clerk.get("/scan", follow_redirects=True).text
    assert link in signed_in(app, "counter").get("/scan", follow_redirects=True).text
    assert clerk.get("/scan/commands/none.png").status_code == 404
    assert signed_in(app, "reviewer").get("/scan/commands").status_code == 403


def test_without_a_font_the_command_codes_say_how_to_mend_it(
    clerk: FlaskClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PANHUO_LABEL_FONT", str(tmp_path / "none.ttf"))
    answer = clerk.get("/scan/commands.pdf")
    assert answer.status_code == 422
    assert "none.ttf" in answer.text
    assert clerk.get("/scan/commands/undo.png").status_code == 404


@pytest.mark.browser
@pytest.mark.parametrize(
    "path", ["/labels?q=台", "/scan/commands", "/scan/commands?format=roll-60x40"]
)
def test_page_is_english_accessible_and_fits(look: Visit, path: str) -> None:
    stands_everywhere(look(path))


@pytest.mark.browser
def test_from_marked_cards_to_the_file(visit: Visit, portal: Portal) -> None:
    page = visit("/cards")
    boxes = page.locator("tbody input[type=checkbox]")
    boxes.nth(0).check()
    boxes.nth(2).check()
    codes = {boxes.nth(n).get_attribute("value") for n in (0, 2)}
    page.click("text=打印标签")
    page.wait_for_selector("text=在资产卡片中勾选了 2 项")
    page.select_option("#format", "a4-4x10")
    page.wait_for_selector(".p-places.is-4")
    page.wait_for_load_state("load")
    assert page.locator(".p-label img").evaluate("i => i.naturalWidth") == 630
    page.click(".p-places label:nth-child(40)")
    with page.expect_download() as download:
        page.click("text=下载 PDF")
    content = download.value.path().read_bytes()
    assert [len(found) for found in scanned(content)] == [1, 1]
    assert set.union(*scanned(content)) == codes
