"""Addresses and forms that no person types: answered, never with 500."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from db import Database, Refused, scalar, single_connection
from db.roles import DatabaseRole
from ops.demo import PASSWORD
from portal import PortalSettings, create_app
from portal.views.login import inside
from portal.words import words_for
from registry.cards import uploads
from tests.fixtures.estate import DemoDatabase
from tests.portal.test_doors import TOKEN, an_asset, post, signed_in

HUGE = "9" * 30
DELIST = re.compile(r'action="/transfer/listings/(\d+)/delist')


@pytest.fixture(scope="module")
def app(demo_database: DemoDatabase) -> Iterator[Flask]:
    with Database(demo_database.copy.url(DatabaseRole.PORTAL)) as database:
        yield create_app(PortalSettings(), database, demo_database.data)


@pytest.fixture(scope="module")
def clerk(app: Flask) -> FlaskClient:
    client = app.test_client()
    assert post(client, "/login", login="clerk", password=PASSWORD).status_code == 303
    return client


@pytest.mark.parametrize(
    "path",
    [
        "/monitoring?q=%00",
        "/monitoring?after=1~%00",
        "/monitoring/assets/%00",
        "/suggestions?tab=%00",
        "/login?next=%00",
    ],
)
def test_nul_in_an_address_is_a_bad_request(clerk: FlaskClient, path: str) -> None:
    assert clerk.get(path).status_code == 400


@pytest.mark.parametrize("field", ["login", "password", "next"])
def test_nul_in_a_form_is_a_bad_request(app: Flask, field: str) -> None:
    form = {"login": "clerk", "password": "x", field: "a\0b"}
    assert post(app.test_client(), "/login", **form).status_code == 400


@pytest.mark.parametrize(
    "path",
    [
        f"/monitoring?section={HUGE}",
        "/monitoring?section=2147483648",
        "/monitoring?section=-5",
        "/monitoring?section=²",
        "/monitoring?after=inf~A",
        "/monitoring?after=1e400~A&sort=value",
        "/monitoring?q=%25_%5C",
        "/monitoring?q=%ED%A0%80",
        f"/suggestions?pick={HUGE}",
        "/suggestions?pick=9223372036854775807",
        "/suggestions?after=NaN~1",
        "/suggestions?after=sNaN~1",
        "/suggestions?after=1e999999~1",
        "/suggestions?after=1e9999999~1",
        "/labels?least=9e999999亿",
        "/stocktakes?after=99999999999999999999~1",
        "/stocktakes?after=９~1",
        "/stocktakes?sort=due&after=2026-W10-1~1",
        "/cards?sort=acquired&after=1~2026-W10-1",
        "/cards?sort=updated&after=1~2026-W10-1T00:00:00%2B08:00",
        "/cards?sort=value&after=1~1e9999999",
        "/cards?sort=value&after=1~９",
        "/squares/transfer?after=1~2026-W10-1T00:00:00%2B08:00",
        "/squares/transfer?sort=ending&after=1~2026-W10-1",
        "/transfer/listings?sort=value&after=1e9999999~1",
        "/transfer/sheets?sort=cards&after=1_0~1",
        "/changes?after=2026-01-01T00:00:00%2B23:59~1",
        "/inbox?tab=all&after=2026-11-01T00:00:00%2B23:59~1",
        f"/transfer/sheets/picks?sheet={HUGE * 200}",
        f"/suggestions?after=1~{HUGE}",
    ],
)
def test_value_without_sense_counts_as_none(clerk: FlaskClient, path: str) -> None:
    assert clerk.get(path).status_code == 200


AS_OUR_OWN = (
    *("endpoint=x", "_method=POST", "_anchor=x", "_external=1&_scheme=evil", "name=x", "base=x"),
    *("changes=x", "code=x", "listing_id=1"),
)


@pytest.mark.parametrize(
    ("login", "path"),
    [
        ("clerk", "/cards"), ("clerk", "/changes"), ("clerk", "/transfer/sheets"),
        ("clerk", "/transfer/listings"), ("clerk", "/transfer/query"), ("clerk", "/monitoring"),
        ("clerk", "/changes/new?card=柜"), ("clerk", "/changes/new?kind=status&card={code}"),
        ("clerk", "/cards/{code}"), ("auditor", "/audit"), ("admin", "/admin/users"),
    ],
)  # fmt: skip
def test_what_an_address_asks_is_never_taken_for_what_our_own_links_say(
    app: Flask, demo_database: DemoDatabase, login: str, path: str
) -> None:
    typed = path.format(code=an_asset(demo_database, "海口市图书馆").lower())
    client, sign = signed_in(app, login), "&" if "?" in typed else "?"
    usual = client.get(typed, follow_redirects=True)
    for query in AS_OUR_OWN:
        answer = client.get(f"{typed}{sign}{query}", follow_redirects=True)
        assert (query, answer.status_code) == (query, usual.status_code)
        assert "evil://" not in answer.text
        assert DELIST.findall(answer.text) == DELIST.findall(usual.text)


@pytest.mark.parametrize(
    "query",
    [
        "from=0001-01-01&to=0001-01-02",
        "from=9999-12-30&to=9999-12-31",
        "from=0001-01-01T00:00:00%2B14:00&to=0001-01-02",
    ],
)
def test_readings_of_impossible_years_are_refused(
    clerk: FlaskClient, demo_database: DemoDatabase, query: str
) -> None:
    code = an_asset(demo_database, "海口市图书馆")
    assert clerk.get(f"/monitoring/assets/{code}/readings.json?{query}").status_code == 400


@pytest.mark.parametrize("key", [HUGE, "9223372036854775807", "0"])
def test_suggestion_that_is_not_there_can_not_be_closed(clerk: FlaskClient, key: str) -> None:
    assert post(clerk, f"/suggestions/{key}/dismiss", reason="x").status_code == 404


@pytest.mark.parametrize("target", ["/\r\nX: 1", "/\t/evil.example", "/\n/evil.example", "/a\x7f"])
def test_control_characters_never_get_into_a_redirect(app: Flask, target: str) -> None:
    with app.test_request_context():
        assert inside(target) == "/"


@pytest.mark.parametrize(
    ("sent", "came", "again"),
    [
        ("/changes/batch/submit", "/changes?tab=draft", "/changes?tab=draft"),  # no page of its own
        ("/changes/batch/submit", "", "/"),
        ("/stocktakes/new", "/stocktakes", "/stocktakes/new"),
    ],
)
def test_another_language_on_a_page_that_answers_a_form_leads_to_one_that_can_be_opened(
    clerk: FlaskClient, sent: str, came: str, again: str
) -> None:
    found = TOKEN.search(clerk.get("/").text)
    assert found is not None
    headers = {"Referer": f"http://localhost{came}"} if came else {}
    answer = clerk.post(sent, data={"csrf_token": found[1]}, headers=headers)
    assert answer.status_code == 422
    assert f'name="next" value="{again}"' in answer.text


@pytest.mark.parametrize("query", ["", "?small"])
def test_photo_that_the_browser_has_is_not_sent_again(
    clerk: FlaskClient, demo_database: DemoDatabase, query: str
) -> None:
    with single_connection(demo_database.copy.url()) as conn:
        digest = scalar(
            conn,
            "SELECT digest FROM photo JOIN card ON card.id = card_id "
            "JOIN unit ON unit.id = unit_id WHERE unit.name = '海口市图书馆' LIMIT 1",
        )
    first = clerk.get(f"/photos/{digest}{query}")
    assert (first.status_code, first.mimetype) == (200, "image/jpeg")
    again = clerk.get(f"/photos/{digest}{query}", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_refused_token_has_a_request_id_to_tell(app: Flask) -> None:
    answer = app.test_client().post("/login", data={"login": "clerk", "password": "x"})
    assert answer.status_code == 400
    assert len(answer.headers["X-Request-Id"]) == 12
    assert answer.headers["X-Request-Id"] in answer.text


def test_nul_in_the_second_value_of_a_name_is_a_bad_request(clerk: FlaskClient) -> None:
    assert clerk.get("/monitoring?q=a&q=%00").status_code == 400


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_marks_that_nobody_sees_get_through_no_form_but_a_password_is_as_typed(
    app: Flask, kind: str
) -> None:
    text = "\u202e公司\u200b\u2066\ufeff甲\n乙\x07"
    data = {"name": text, "note": text, "password": text, "raw": text}
    with app.test_request_context("/", method="POST", data=data, content_type=kind) as context:
        form = context.request.form
        assert (form["name"], form["note"]) == ("公司甲\n乙", "公司甲\n乙")
        assert form["password"] == text
        assert form["raw"] == text


def test_address_is_read_as_a_form_is(app: Flask) -> None:
    asked = "/?q=%E2%80%AE%E5%85%AC%E5%8F%B8%E2%80%8B&q=%EF%BB%BFb&password=%E2%80%8B&page=2"
    with app.test_request_context(asked) as context:
        args = context.request.args
        assert args.getlist("q") == ["公司", "b"]
        assert (args["password"], args["page"]) == ("\u200b", "2")


@pytest.mark.parametrize("page", ["/cards", "/squares/transfer", "/squares/share"])
@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("least=abc", "不是金额，没有按它筛选"),
        ("most=-1", "不是金额，没有按它筛选"),
        ("least=9e999999亿", "不是金额，没有按它筛选"),
        ("least=sNaN万", "不是金额，没有按它筛选"),
        ("most=1万亿", "不是金额，没有按它筛选"),
        ("most=万", "不是金额，没有按它筛选"),
        ("least=5000&most=1000", "上限小于下限"),
        ("least=1,000", "1,000"),
        ("least=１０００", "1,000"),
        ("least=1.5万", "15,000"),
        ("most=¥20,000 元", "20,000"),
    ],
)
def test_a_filter_of_values_is_read_or_said_to_be_unreadable(
    clerk: FlaskClient, page: str, asked: str, said: str
) -> None:
    assert said in clerk.get(f"{page}?{asked}").text


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("from=soon", "不是日期，没有按它筛选"),
        ("to=2026-02-30", "不是日期，没有按它筛选"),
        ("from=2026-03-18&to=2026-03-17", "截止日期早于起始日期"),
        ("from=2026年3月18日", "2026-03-18"),
        ("from=20260318", "2026-03-18"),
    ],
)
def test_a_filter_of_days_is_read_or_said_to_be_unreadable(
    clerk: FlaskClient, asked: str, said: str
) -> None:
    assert said in clerk.get(f"/cards?{asked}").text


def test_a_square_is_filtered_by_what_people_call_a_category(clerk: FlaskClient) -> None:
    by_code, by_name = (
        re.findall(
            r"/squares/transfer/(\d+)", clerk.get(f"/squares/transfer?category={typed}").text
        )
        for typed in ("A02010105", "电脑")
    )
    assert by_name == by_code != []


def test_a_request_that_is_too_large_is_called_so_with_its_size_and_the_limit(
    clerk: FlaskClient,
) -> None:
    form = "multipart/form-data; boundary=x"
    answer = clerk.post("/cards/import", data=b"x" * 21_000_000, content_type=form)
    assert answer.status_code == 413
    assert "21.0 MB" in answer.text
    assert "20 MB" in answer.text


def test_an_attachment_that_is_too_large_is_named_with_its_size_and_the_limit() -> None:
    with pytest.raises(Refused) as refused:
        uploads.document("合同.pdf", b"%PDF-" + b"0" * 20_100_000)
    said = words_for(refused.value, "zh")
    assert all(word in said for word in ("合同.pdf", "20.1 MB", "20 MB"))
