"""A webhook's receiver, as docs/webhooks.md tells people to write one: a real HTTP server."""

import hashlib
import hmac
import json
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
    """What it answers, one status after the other, the last one from then on; what it was sent."""

    answers: list[int]
    port: int = 0
    delay_s: float = 0.0
    got: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?from=panhuo"

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


@contextmanager
def receiving(
    *answers: int, delay_s: float = 0.0, certificate: Path | None = None
) -> Iterator[Receiver]:
    """It runs for as long as the block."""
    receiver = Receiver(list(answers), delay_s=delay_s)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            time.sleep(receiver.delay_s)
            status = receiver.answers.pop(0) if len(receiver.answers) > 1 else receiver.answers[0]
            receiver.got.append((status, dict(self.headers), body))
            try:
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", "/elsewhere")
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
        server.shutdown()
        thread.join()
        server.server_close()
