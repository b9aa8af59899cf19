"""What every answer bears, whoever asks how: no bare error, no cookie that travels in the clear."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from db import Database
from portal import PortalSettings, create_app
from portal.security import HEADERS

NOWHERE = "postgresql://panhuo_portal:x@127.0.0.1:1/panhuo"
HTTPS = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}
HSTS = "Strict-Transport-Security"


@pytest.fixture(scope="module")
def apps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Flask]]:
    """Behind a proxy on this machine, behind nothing, and at an address of HTTPS."""
    folder, behind = tmp_path_factory.mktemp("guard"), PortalSettings(trusted_proxies="127.0.0.1")
    with Database(NOWHERE) as database, pytest.MonkeyPatch.context() as patch:
        made = {
            "proxy": create_app(behind, database, folder),
            "bare": create_app(PortalSettings(), database, folder),
        }
        patch.setenv("PANHUO_PORTAL_URL", "https://panhuo.example")
        made["address"] = create_app(PortalSettings(), database, folder)
        yield made


@pytest.fixture
def client(apps: dict[str, Flask]) -> FlaskClient:
    return apps["proxy"].test_client()


@pytest.fixture
def bare(apps: dict[str, Flask]) -> FlaskClient:
    return apps["bare"].test_client()


@pytest.fixture
def by_address(apps: dict[str, Flask]) -> FlaskClient:
    return apps["address"].test_client()


def session_cookie(answer: TestResponse) -> str:
    [cookie] = answer.headers.getlist("Set-Cookie")
    return cookie


@pytest.mark.parametrize("header", ["HTTP_HOST", "HTTP_X_FORWARDED_HOST"])
@pytest.mark.parametrize(
    "host", ["a..b", ".", "a b", "<x>", "a" * 64, "[::1", "a:99999", "a:x", "ü", "a\x1bb"]
)
def test_senseless_host_is_refused_with_every_header(
    client: FlaskClient, host: str, header: str
) -> None:
    answer = client.get("/login", environ_overrides={header: host})
    assert answer.status_code == 400
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS


@pytest.mark.parametrize(
    "host", ["localhost:8000", "127.0.0.1", "[::1]:8000", "xn--fiqs8s.example"]
)
def test_sensible_host_is_answered(client: FlaskClient, host: str) -> None:
    assert client.get("/login", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("path", ["/login", "/static/css/tokens.css", "/nowhere", "/healthz"])
def test_by_https_browsers_are_told_to_stay_there(
    client: FlaskClient, by_address: FlaskClient, path: str
) -> None:
    answers = (client.get(path, headers=HTTPS, buffered=True), by_address.get(path, buffered=True))
    assert [answer.headers[HSTS] for answer in answers] == ["max-age=31536000"] * 2
    assert HSTS not in client.get(path, buffered=True).headers


@pytest.mark.parametrize("method", ["TRACE", "PROPFIND", "BREW"])
def test_unknown_method_is_refused_with_every_header(client: FlaskClient, method: str) -> None:
    answer = client.open("/login", method=method)
    assert answer.status_code == 405
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS


def test_by_https_the_sessions_cookie_is_bound_to_it_and_to_the_host(
    client: FlaskClient, by_address: FlaskClient
) -> None:
    for answer in (client.get("/login", headers=HTTPS), by_address.get("/login")):
        cookie = session_cookie(answer)
        assert cookie.startswith("__Host-panhuo=")
        assert {"Secure", "HttpOnly", "Path=/"} <= set(cookie.split("; "))
        assert "Domain" not in cookie


def test_by_plain_http_on_this_machine_the_cookie_works_without(bare: FlaskClient) -> None:
    cookie = session_cookie(bare.get("/login", headers=HTTPS))  # nobody's word
    assert cookie.startswith("panhuo=")
    assert "Secure" not in cookie


def test_by_https_a_cookie_that_was_set_in_the_clear_is_no_session(client: FlaskClient) -> None:
    name, _is, value = session_cookie(client.get("/login")).partition(";")[0].partition("=")
    client.set_cookie(name, value)
    answer = client.get("/login", headers=HTTPS)
    assert session_cookie(answer).startswith("__Host-panhuo=")  # a fresh one


def test_language_is_kept_in_a_secure_cookie_by_https(client: FlaskClient) -> None:
    page = client.get("/login", headers=HTTPS, base_url="https://localhost")
    token = page.text.partition('name="csrf_token" value="')[2].partition('"')[0]
    answer = client.post(
        "/language", data={"language": "en", "csrf_token": token}, base_url="https://localhost",
        headers={**HTTPS, "Referer": "https://localhost/login"},
    )  # fmt: skip
    assert (answer.status_code, "Secure" in session_cookie(answer)) == (303, True)
