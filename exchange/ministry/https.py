"""The road over HTTPS: documents are posted, what comes down is fetched."""

import base64
import time
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote, urlsplit

import urllib3
from urllib3.exceptions import HTTPError

from exchange.ministry.canonical import digest
from exchange.ministry.documents import LARGEST, LARGEST_STATEMENT
from exchange.ministry.settings import MinistrySettings
from exchange.ministry.signing import KeyRing
from exchange.ministry.transport import Arrival, Fate, Unreachable

DOCUMENTS: Final = "/v1/documents"
RECEIPTS: Final = "/v1/receipts"
STATEMENT: Final = "/v1/statement"
AFTER: Final = "Panhuo-After"
AT_ONCE: Final = 50
JSON: Final = {"Content-Type": "application/json"}


def asked(method: str, path: str, at: int) -> bytes:
    """What is signed of a request without a body; the aggregator refuses an old one."""
    return f"{method}\n{path}\n{at}".encode()


class Https:
    """As docs/ministry-exchange.md says."""

    def __init__(self, settings: MinistrySettings) -> None:
        """Connects to nothing yet."""
        self._base = settings.ministry_url.rstrip("/")
        self._prefix = urlsplit(self._base).path
        self._province = settings.ministry_province
        self._ring: KeyRing = settings.ring
        self._within_s = settings.ministry_timeout_s
        ca = str(settings.ministry_ca) if settings.ministry_ca else None
        self._pool = urllib3.PoolManager(
            maxsize=settings.ministry_workers + 1, cert_reqs="CERT_REQUIRED", ca_certs=ca
        )

    def send(self, name: str, body: bytes) -> bytes:
        """Post it; the signed receipt is the answer."""
        return self._request("POST", DOCUMENTS, body, LARGEST)[0]

    def arrivals(self) -> Iterator[Arrival]:
        """Page by page, one document a line."""
        after = "0"
        while after:
            path = f"{DOCUMENTS}?after={quote(after, safe='')}&limit={AT_ONCE}"
            lines, headers = self._request("GET", path, None, AT_ONCE * 2 * LARGEST)
            for line in lines.splitlines():
                if line.strip():
                    yield Arrival(digest(line), line)
            before, after = after, headers.get(AFTER, "")
            if after == before:
                raise Unreachable("the same page again")

    def answer(self, arrival: Arrival, fate: Fate, receipt: bytes | None) -> None:
        """Post our receipt; what waits, or whose sender is not proven, is not answered."""
        if receipt is not None:
            self._request("POST", RECEIPTS, receipt, LARGEST)

    def statement(self) -> bytes:
        """Fetch it."""
        return self._request("GET", STATEMENT, None, LARGEST_STATEMENT)[0]

    def _request(self, method: str, path: str, body: bytes | None, most: int) -> tuple[bytes, Any]:
        headers = {"User-Agent": "panhuo-exchange/1", **(JSON if body else self._proof(path))}
        ends = time.monotonic() + self._within_s
        try:
            response = self._pool.request(
                method,
                self._base + path,
                body=body,
                headers=headers,
                redirect=False,
                retries=False,
                timeout=urllib3.Timeout(total=self._within_s),
                preload_content=False,
            )
            try:
                content = _read(response, most, ends)
            finally:
                response.release_conn()
        except (HTTPError, OSError, ValueError) as error:
            raise Unreachable(f"{type(error).__name__}: {error}"[:300]) from error
        if not 200 <= response.status < 300:
            raise Unreachable(f"HTTP {response.status}")
        return content, response.headers

    def _proof(self, path: str) -> dict[str, str]:
        at = int(time.time())
        signature = self._ring.own.sign(asked("GET", self._prefix + path, at))
        words = (f"sender={self._province}", f"key={self._ring.own.id}", f"time={at}",
                 f"signature={base64.b64encode(signature).decode()}")  # fmt: skip
        return {"Authorization": "Panhuo " + ",".join(words)}


def _read(response: urllib3.BaseHTTPResponse, most: int, ends: float) -> bytes:
    """The whole body; Unreachable where it is too long, or trickles."""
    parts: list[bytes] = []
    while part := response.read1(1 << 16):
        parts.append(part)
        if sum(map(len, parts)) > most:
            response.close()
            raise Unreachable("the answer is too long")
        if time.monotonic() > ends:
            response.close()
            raise Unreachable("the answer takes too long")
    return b"".join(parts)
