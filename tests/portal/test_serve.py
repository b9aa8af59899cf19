"""The portal as it is really served: `panhuo run portal`, its processes, and clients of all kinds."""

import gzip
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import pytest

from bench.slow import Kind, Slow, connect, held
from db.roles import DatabaseRole
from portal.connections import LOOK_S
from tests.fixtures.database import Copy
from tests.fixtures.patience import busy
from tests.fixtures.ports import own_port

RUN = ("-m", "ops", "run", "portal")
NOWHERE = "postgresql://panhuo_portal:x@127.0.0.1:1/panhuo"

HALF = (
    b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\nExpect: 100-continue\r\n\r\n"
)


@dataclass(frozen=True, slots=True)
class Served:
    """A running portal process."""

    process: subprocess.Popen[bytes]
    address: str
    port: int
    data: Path

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body; refusals are answers too."""
        asked = urllib.request.Request(self.address + path, headers=headers)
        try:
            with urllib.request.urlopen(asked, timeout=60) as answer:
                return answer.status, dict(answer.headers), answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, dict(error.headers), error.read()

    def workers(self) -> list[int]:
        """The ids of its worker processes."""
        kept = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in kept.split()]

    def open_files(self) -> int:
        """How many files and sockets its processes have open."""
        return sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in self.workers())

    def answers(self) -> bool:
        """Whether it lives."""
        try:
            return self.get("/healthz")[0] == 200
        except OSError:
            return False


def wait_until(true: Callable[[], bool], seconds: float = 60) -> None:
    """Wait for something, and fail where it doesn't come."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)


@contextmanager
def served(url: str, data: Path, *command: str, **environment: str) -> Iterator[Served]:
    """`panhuo run portal`, or what `command` says instead, on a free port."""
    port = own_port(15_000)
    full = {
        **os.environ,
        "PANHUO_DATABASE_URL": url,
        "PANHUO_DATA": str(data),
        "PANHUO_PORTAL_PORT": str(port),
        **environment,
    }
    with (data / "portal.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, *(command or RUN)], env=full, stdout=log, stderr=log
        )
        try:
            made = Served(process, f"http://127.0.0.1:{port}", port, data)
            wait_until(made.answers)
            yield made
        finally:
            process.terminate()
            process.wait(timeout=60)


@pytest.fixture
def portal_process(database: Copy, tmp_path: Path) -> Iterator[Served]:
    with served(database.url(DatabaseRole.PORTAL), tmp_path) as made:
        yield made


def test_served_portal_is_ready_compressed_and_guarded(portal_process: Served) -> None:
    status, _headers, body = portal_process.get("/readyz")
    assert (status, json.loads(body)) == (200, {"ready": True})
    status, headers, body = portal_process.get("/login", **{"Accept-Encoding": "gzip"})
    assert status == 200
    assert headers["Content-Encoding"] == "gzip"
    assert b"csrf_token" in gzip.decompress(body)
    status, headers, _body = portal_process.get("/static/css/tokens.css?0")
    assert (status, headers["X-Content-Type-Options"]) == (200, "nosniff")
    assert "max-age=31536000" in headers["Cache-Control"]


@pytest.mark.kills
def test_killed_worker_is_replaced(portal_process: Served) -> None:
    wait_until(lambda: len(portal_process.workers()) == 2)
    victim = portal_process.workers()[0]
    os.kill(victim, signal.SIGKILL)
    wait_until(
        lambda: len(portal_process.workers()) == 2 and victim not in portal_process.workers()
    )
    assert portal_process.get("/readyz")[0] == 200


@pytest.mark.kills
def test_sigterm_ends_it_within_5_s_answers_what_is_half_sent_and_leaves_nobody(
    portal_process: Served,
) -> None:
    wait_until(lambda: len(portal_process.workers()) == 2)
    workers = portal_process.workers()
    with socket.create_connection(("127.0.0.1", portal_process.port), timeout=60) as half:
        half.sendall(HALF)
        assert half.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        portal_process.process.terminate()
        half.sendall(b"login=")
        assert half.recv(12) == b"HTTP/1.1 400"  # without its token
    assert portal_process.process.wait(timeout=busy(5)) == 0
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))


def test_portal_starts_and_answers_in_words_without_a_database(tmp_path: Path) -> None:
    with served(NOWHERE, tmp_path) as made:
        status, _headers, body = made.get("/readyz")
        assert (status, json.loads(body)["lacks"]) == (503, "database")
        assert made.get("/login")[0] == 200


WITH_LIMITS = """
import db, portal
from ops import logs
from portal.settings import Limits

logs.configure("portal")
seconds, of_address = SECONDS, OF_ADDRESS
limits = Limits(seconds, seconds, seconds, seconds, rate=10**9, of_address=of_address)
portal.serve(portal.PortalSettings(), db.DatabaseSettings(), limits)
"""
PAGES = ("/login", "/healthz", "/static/css/tokens.css", "/nowhere")


def limited(seconds: int, of_address: int) -> tuple[str, str]:
    """The command of a portal that waits so long, for so many connections of an address."""
    program = WITH_LIMITS.replace("SECONDS", str(seconds)).replace("OF_ADDRESS", str(of_address))
    return "-c", program


def test_500_slow_clients_hold_nobody_up_and_are_ended(database: Copy, tmp_path: Path) -> None:
    with served(database.url(DatabaseRole.PORTAL), tmp_path, *limited(6, 600)) as made:
        assert made.get("/readyz")[0] == 200
        before = made.open_files()
        with held(made.port, 500, 0.5) as slow:
            assert made.get("/login")[0] == 200
            senders = [one for one in slow if one.kind is not Kind.TAKES_NOTHING]
            assert sum(one.is_open() for one in senders) > 250  # of 375, the first may be over
            answers = [made.get(path)[0] for path in PAGES * 5]
            assert answers == [200, 200, 200, 404] * 5
            wait_until(lambda: made.open_files() < before + 20)
            wait_until(lambda: not any(one.is_open() for one in senders))  # they are told, too
            assert made.get("/readyz")[0] == 200


def test_an_address_has_so_many_connections_and_its_next_one_ends_the_oldest(
    tmp_path: Path,
) -> None:
    # Not where `served` asks from: its last connection may still be there, and counts.
    here, elsewhere = "127.0.1.1", "127.0.1.2"
    one_process = {"PANHUO_PORTAL_WORKERS": "1"}
    with served(NOWHERE, tmp_path, *limited(600, 5), **one_process) as made, ExitStack() as end:

        def slow(count: int, address: str) -> list[Slow]:
            came = [connect(made.port, Kind.HEAD, address) for _one in range(count)]
            for one in came:
                end.callback(one.socket.close)
            return came

        others, oldest = slow(5, elsewhere), slow(5, here)
        time.sleep(3 * LOOK_S)  # it has been seen what these wait for
        assert made.answers()
        newest = slow(15, here)
        asked = HTTPConnection("127.0.0.1", made.port, timeout=60, source_address=(here, 0))
        end.callback(asked.close)
        asked.request("GET", "/login")
        assert asked.getresponse().status == 200
        wait_until(lambda: open_of(newest) <= 4)  # the page was one of five
        assert (open_of(oldest), open_of(newest), open_of(others)) == (0, 4, 5)


def open_of(slow: list[Slow]) -> int:
    """How many of them the server still keeps."""
    return sum(one.is_open() for one in slow)
