"""Pages beside 500 sockets whose clients are slow, against the same pages without them.

python -m bench.slow [--sockets 500] [--rounds 7]; the last line is JSON.
"""

import argparse
import json
import socket
import statistics
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bench.portal import Browser, console, p95, portal, stage

CARDS: Final = 10_000
VISITS: Final = 20  # of each page in a round, which ends before the deadlines do
PATHS: Final = ("/login", "/cards", "/cards?sort=value", "/squares/transfer", "/")
BIG: Final = "/static/vendor/zxing_reader.wasm"
LITTLE: Final = 4096  # bytes that a client that does not read lets come
ADDRESSES: Final = 20  # of this machine, from which the slow ones come: no one has too many


class Kind(StrEnum):
    """How a client is slow, and what it has sent when it begins to be."""

    HEAD = "GET /login HTTP/1.1\r\nHost: localhost\r\n"
    BODY = "POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\nlogin="
    CHUNKS = "POST /login HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nlo"
    TAKES_NOTHING = f"GET {BIG} HTTP/1.1\r\nHost: localhost\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Slow:
    """A socket; `drips`: a byte comes now and then."""

    socket: socket.socket
    kind: Kind
    drips: bool

    def is_open(self) -> bool:
        """Whether the server still keeps it; of one that takes nothing this can't be seen."""
        try:
            while self.socket.recv(1000, socket.MSG_DONTWAIT):
                pass  # a 408
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def drip(self) -> None:
        """Send one more byte."""
        with suppress(OSError):
            self.socket.send(b"x")


def connect(port: int, kind: Kind, address: str = "127.0.0.1", *, drips: bool = False) -> Slow:
    """A slow client that comes from `address`."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, LITTLE)
    made.bind((address, 0))
    made.connect(("127.0.0.1", port))
    made.sendall(kind.value.encode())
    return Slow(made, kind, drips)


@contextmanager
def held(port: int, count: int, every_s: float = 1.0) -> Iterator[list[Slow]]:
    """So many slow clients of each kind in turn, half of those that send dripping."""
    with ExitStack() as cleanup:
        slow = []
        for number in range(count):
            kind = list(Kind)[number % len(Kind)]
            drips = kind is not Kind.TAKES_NOTHING and number // len(Kind) % 2 == 0
            one = connect(port, kind, f"127.0.1.{1 + number % ADDRESSES}", drips=drips)
            cleanup.callback(one.socket.close)
            slow.append(one)
        over = threading.Event()

        def drip() -> None:
            while not over.wait(every_s):
                for one in slow:
                    if one.drips:
                        one.drip()

        dripping = threading.Thread(target=drip)
        dripping.start()
        cleanup.callback(dripping.join)
        cleanup.callback(over.set)
        yield slow


def times(browser: Browser) -> list[float]:
    """How long each visit took until the page was there, in ms."""
    found = []
    for path in PATHS * VISITS:
        began = time.perf_counter()
        status, _ms, _text = browser.get(path)
        assert status in {200, 302}, (path, status)
        found.append((time.perf_counter() - began) * 1000)
    return found


def main() -> None:
    """Measure turn about, and print a line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sockets", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=7)
    asked = parser.parse_args()
    without, beside, left = [], [], Counter[bool]()
    with stage(CARDS) as (running, data, province), portal(running, data) as port:
        browser = Browser(port)
        browser.sign_in(province.logins["province"])
        times(browser)
        for number in range(asked.rounds):
            without.append(p95(times(browser)))
            with held(port, asked.sockets) as slow:
                beside.append(p95(times(browser)))
                left.update(one.is_open() for one in slow)
            console.print(f"round {number + 1}: {without[-1]:.1f} ms, beside {beside[-1]:.1f} ms")
    alone, crowded = statistics.median(without), statistics.median(beside)
    result = {
        "sockets": asked.sockets,
        "open_at_the_end": left[True] // asked.rounds,
        "p95_ms": round(alone, 1),
        "p95_beside_ms": round(crowded, 1),
        "ratio": round(crowded / alone, 2),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
