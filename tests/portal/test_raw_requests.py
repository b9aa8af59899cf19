"""What the portal says to what no browser sends, byte by byte."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPResponse

import pytest

from tests.portal.test_serve import NOWHERE, Served, limited, served

HOST = b"Host: localhost\r\n"
HUGE = b"9" * 5000
AWAITED = b"Expect: 100-continue\r\n"
CHUNKED = b"0\r\n\r\n"
# Heads whose body ends elsewhere for a proxy that reads the other length, or none.
TWO_LENGTHS = (
    b"POST /login HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
    b"POST /login HTTP/1.1\r\n" + HOST + b"transfer-encoding: chunked\r\nContent-Length: 9\r\n",
    b"POST /login HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\nTransfer-Encoding: ,\r\n",
    b"POST /login HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n",
    b"POST /login HTTP/1.0\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n",
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came: status, headers in lower case, body."""

    status: int
    headers: dict[str, str]
    body: str


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("raw")
    with served(NOWHERE, folder, *limited(2, 100), PANHUO_PORTAL_WORKERS="1") as made:
        yield made


def said(portal: Served, request: bytes) -> Answer:
    """The first answer to these bytes."""
    with socket.create_connection(("127.0.0.1", portal.port), timeout=60) as connection:
        connection.sendall(request)
        with connection.makefile("rb") as file:
            status = int(file.readline().split()[1])
            lines = iter(lambda: file.readline().decode("latin-1").strip(), "")
            headers = {name.lower(): value for name, _is, value in
                       (line.partition(": ") for line in lines)}  # fmt: skip
            return Answer(status, headers, file.read(int(headers["content-length"])).decode())


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"rubbish\r\n\r\n", 400),
        (b"GET\r\n\r\n", 400),
        (b"get /login HTTP/1.1\r\n" + HOST + b"\r\n", 400),
        (b"GET http://[/ HTTP/1.1\r\n" + HOST + b"\r\n", 400),
        (b"GET /login HTTP/1.1\r\n" + HOST + b"no colon\r\n\r\n", 400),
        (b"GET /login HTTP/1.1\r\n" + HOST + b"X: a\rb\r\n\r\n", 400),
        (b"GET /login HTTP/1.1\r\nHost: a..b\r\n\r\n", 400),
        (b"GET /login HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET /login HTTP/1.1\r\nHost: \x1b[31m\r\n\r\n", 400),
        (b"POST /login HTTP/1.1\r\n" + HOST + b"Content-Length: x\r\n\r\n", 400),
        (b"POST /login HTTP/1.1\r\n" + HOST + b"Content-Length: " + HUGE + b"\r\n\r\n", 400),
        (b"POST /login HTTP/1.1\r\n" + HOST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (b"POST /login HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        (b"POST /login HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n1" + HUGE, 400),
        (b"POST /login HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + HUGE, 400),
        (b"POST /login HTTP/1.1\r\n" + HOST + b"Content-Length: 99999999\r\n\r\n", 413),
        (b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 40_000 + b"\r\n\r\n", 431),
        (b"POST /login HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: gzip\r\n\r\n", 501),
        (b"GET /login HTTP/1.1\r\n", 408),
        (b"POST /login HTTP/1.1\r\n" + HOST + b"Content-Length: 9\r\n\r\n", 408),
        (b"TRACE /login HTTP/1.1\r\n" + HOST + b"\r\n", 405),
        (b"GET /%ff%00%0a%1b HTTP/1.1\r\n" + HOST + b"\r\n", 400),
        (b"GET /login?%ff%00=%zz HTTP/1.1\r\n" + HOST + b"Cookie: \xff=;;=\r\n\r\n", 200),
        (b"GET /login HTTP/1.1\r\n" + HOST + b"Accept-Language: \xff;q=x,,\r\nRange: x=-\r\n\r\n", 200),
        (b"GET /login HTTP/1.0\r\n\r\n", 200),
        (b"GET /login HTTP/1.1\r\n" + HOST + AWAITED + b"\r\n", 200),
        (b"GET /login HTTP/1.1\r\n" + HOST + AWAITED + b"Content-Length: 0\r\n\r\n", 200),
        (b"POST /login HTTP/1.1\r\n" + HOST + AWAITED + b"Content-Length: 99999999\r\n\r\n", 413),
        *((start + b"\r\n" + CHUNKED, 400) for start in TWO_LENGTHS),
    ],
)  # fmt: skip
def test_odd_request_is_answered_in_kind_and_says_nothing_of_the_server(
    raw: Served, request_: bytes, status: int
) -> None:
    answer = said(raw, request_)
    assert answer.status == status
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "server" not in answer.headers
    assert "waitress" not in answer.body


@pytest.mark.parametrize("start", TWO_LENGTHS)
def test_nothing_behind_a_request_of_two_lengths_is_answered(raw: Served, start: bytes) -> None:
    hidden = b"GET /login HTTP/1.1\r\n" + HOST + b"\r\n"
    with socket.create_connection(("127.0.0.1", raw.port), timeout=60) as connection:
        connection.sendall(start + b"\r\n" + CHUNKED + hidden)
        with connection.makefile("rb") as file:
            answers = file.read()  # to the end: the connection is closed
    assert answers.startswith(b"HTTP/1.0 400" if b"HTTP/1.0" in start else b"HTTP/1.1 400")
    assert answers.count(b"HTTP/1.") == 1


def test_a_request_that_awaits_leave_for_no_body_takes_nothing_from_the_next(raw: Served) -> None:
    """Headers of the second would have become the first one's."""
    first = b"GET /nowhere HTTP/1.1\r\n" + HOST + AWAITED + b"\r\n"
    with socket.create_connection(("127.0.0.1", raw.port), timeout=60) as connection:
        connection.sendall(first)
        answer = HTTPResponse(connection, method="GET")
        answer.begin()
        answer.read()
        assert answer.status == 404
        connection.sendall(b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n")
        answer = HTTPResponse(connection, method="GET")
        answer.begin()
        assert answer.status == 200


def test_what_a_request_says_of_its_forwarder_is_in_no_page_of_anybody(raw: Served) -> None:
    forged = (
        "SCRIPT_NAME: /evil", "Script-Name: /evil", "PATH_INFO: /evil", "REMOTE_ADDR: 6.6.6.6",
        "REMOTE_USER: evil", "X_Forwarded_Prefix: /evil", "X-Forwarded-Prefix: /evil",
        "X_Forwarded_Host: evil", "X-Forwarded-Host: evil", "X-Forwarded-Host: evil.example",
        "X-Forwarded-Proto: https", "X-Forwarded-For: 6.6.6.6", "Forwarded: for=6.6.6.6;host=evil",
        "X-Real-IP: 6.6.6.6", "X-Original-URL: /evil", "X-HTTP-Method-Override: POST",
    )  # fmt: skip
    request = "GET /login HTTP/1.1\r\nHost: localhost\r\n" + "".join(f"{one}\r\n" for one in forged)
    for asked in (request, request, "GET /login HTTP/1.1\r\nHost: localhost\r\n"):
        answer = said(raw, asked.encode() + b"\r\n")
        assert (answer.status, "evil" in answer.body) == (200, False)
        assert "__Host-" not in answer.headers["set-cookie"]
        assert "strict-transport-security" not in answer.headers


def test_requests_behind_each_other_are_not_collected(raw: Served) -> None:
    many = b"GET /static/vendor/charts.js HTTP/1.1\r\n" + HOST + b"\r\n"
    before = raw.open_files()
    with socket.create_connection(("127.0.0.1", raw.port), timeout=60) as connection:
        connection.sendall(many * 100)
        ended = connection.recv(1000, socket.MSG_WAITALL)
        assert len(ended) in {0, 1000}
        assert raw.open_files() < before + 20


def test_a_url_writes_no_control_characters_into_the_log(raw: Served) -> None:
    said(raw, b"GET /%0a2026-01-01%20forged HTTP/1.1\r\n" + HOST + b"\r\n")
    said(raw, b"GET /%1b[31mpainted%C2%9B%E2%80%AE HTTP/1.1\r\n" + HOST + b"\r\n")
    log = (raw.data / "portal.log").read_text()
    assert "forged" in log
    assert r"\x1b[31mpainted\x9b\u202e" in log
    assert not set(log) & set("\x1b\x9b\u202e")
    assert not [line for line in log.splitlines() if line.startswith("2026-01-01")]
