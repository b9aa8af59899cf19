"""A webhook's receiver, as docs/webhooks.md tells people to write one: a real HTTP server."""

import hashlib
import hmac
import json
import select
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


@dataclass(slots=True)
class Receiver:
    """What it answers, one status after the other, the last one from then on; what it was sent.

    `most`: after so many it lets whoever posts wait, until there may be more.
    """

    answers: list[int]
    port: int = 0
    delay_s: float = 0.0
    retry_after: str = ""
    most: int | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)
    got: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?from=panhuo"

    def take(self, headers: dict[str, str], body: bytes) -> int | None:
        """The answer's status; none where it has taken its most."""
        with self.lock:
            if self.most is not None and len(self.got) >= self.most:
                return None
            status = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            self.got.append((status, headers, body))
            return status

    def accepted(self) -> list[dict[str, Any]]:
        """What it has answered with 2xx."""
        return [json.loads(body) for status, _, body in self.got if 200 <= status < 300]


def verify(secret: str, header: str, body: bytes, now: float) -> bool:
    """As docs/webhooks.md shows it."""
    parts = dict(part.split("=", 1) for part in header.split(","))
    expected = hmac.new(
        secret.encode(), parts["t"].encode() + b"." + body, hashlib.sha256
    ).hexdigest()
    return hmac.compare_digest(expected, parts["v1"]) and abs(now - int(parts["t"])) < 300


def _left(connection: socket.socket) -> bool:
    """Whether whoever posted has gone."""
    ready, _, _ = select.select([connection], [], [], 0)
    try:
        return bool(ready) and not connection.recv(1, socket.MSG_PEEK)
    except OSError:
        return True


@contextmanager
def receiving(
    *answers: int, delay_s: float = 0.0, retry_after: str = "", certificate: Path | None = None
) -> Iterator[Receiver]:
    """It runs for as long as the block."""
    receiver = Receiver(list(answers), delay_s=delay_s, retry_after=retry_after)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            time.sleep(receiver.delay_s)
            while (status := receiver.take(dict(self.headers), body)) is None:
                if _left(self.connection):
                    return
                time.sleep(0.02)
            try:
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", "/elsewhere")
                if receiver.retry_after:
                    self.send_header("Retry-After", receiver.retry_after)
                self.send_header("Content-Length", "0")
                self.end_headers()
            except OSError:
                pass  # whoever posted was killed

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.handle_error = lambda *_: None  # type: ignore[method-assign]  # who leaves at the handshake
    receiver.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.most = None
        server.shutdown()
        thread.join()
        server.server_close()
