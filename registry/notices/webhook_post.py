"""Posts to webhooks: signed, to the address that was checked, to nowhere that it leads on to."""

import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import Any, Final

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from db import Refused
from registry.notices import addresses
from registry.notices.addresses import Address, Target
from registry.notices.outcome import Outcome, Result
from registry.notices.settings import NoticeSettings

SIGNATURE: Final = "Panhuo-Signature"
GONE: Final = 410
UNANSWERED: Final = (NewConnectionError, ConnectTimeoutError)
MOST_ADDRESSES: Final = 4  # of a host that are tried
LONGEST_ASKED_S: Final = 10**7  # more than any wait; a larger number is no moment


def body_of(payload: Mapping[str, Any]) -> bytes:
    """The payload as it is posted."""
    return json.dumps(payload, ensure_ascii=False, sort_keys=True).encode()


def signature(secret: str, body: bytes, now: datetime) -> str:
    """`t=<unix>,v1=<hex>`: HMAC-SHA256 of "t.body"; an old post can't pass for a new one."""
    at = int(now.timestamp())
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def post(
    url: str, secret: str, payload: Mapping[str, Any], settings: NoticeSettings, now: datetime
) -> Outcome:
    """Post it once."""
    body = body_of(payload)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "panhuo-webhook/1",
        "Panhuo-Event": str(payload["event"]),
        "Panhuo-Delivery": str(payload["id"]),
        SIGNATURE: signature(secret, body, now),
    }
    try:
        target = addresses.target(url)
    except Refused as refused:
        return Outcome(Result.GIVE_UP, str(refused))
    found = addresses.resolve(target)
    if not found:
        return Outcome(Result.LATER, f"{target.host}: no such host")
    inside = [one for one in found if not addresses.allowed(one, settings.networks)]
    if inside:
        return Outcome(Result.LATER, f"{target.host}: {inside[0]} is a private address")
    return deliver(target, found, body, headers, settings.notifier_timeout_s, now)


def deliver(
    target: Target,
    found: Sequence[Address],
    body: bytes,
    headers: dict[str, str],
    within_s: float,
    now: datetime,
) -> Outcome:
    """Post it to the first of the host's addresses that answers, all within `within_s`."""
    began = time.monotonic()
    outcome = Outcome(Result.LATER)
    for address in found[:MOST_ADDRESSES]:
        left_s = within_s - (time.monotonic() - began)
        if left_s <= 0:
            break
        try:
            status, retry_after = _answer(target, address, body, headers, left_s)
            return _answered(status, asked_wait(retry_after, now))
        except UNANSWERED as error:  # nothing was sent yet, another address may answer
            outcome = _lost(error, began, within_s)
        except (HTTPError, HTTPException, OSError, ValueError) as error:  # ValueError: certificates
            return _lost(error, began, within_s)
    return outcome


def _lost(error: Exception, began: float, within_s: float) -> Outcome:
    late = time.monotonic() - began >= within_s
    said = f"no answer within {within_s:g} s" if late else f"{type(error).__name__}: {error}"
    return Outcome(Result.LATER, said)


def _answer(
    target: Target, address: Address, body: bytes, headers: dict[str, str], within_s: float
) -> tuple[int, str]:
    """The answer's status and Retry-After.

    Connected to `address` itself: asked again, the name may lead inside.
    """
    conn = _connection(target, address, within_s)
    # The socket's own time-out starts anew with each byte: an answer that trickles would never end.
    cut = threading.Timer(within_s, _hang_up, (conn,))
    cut.daemon = True
    cut.start()
    try:
        sent = {**headers, "Host": target.host_header}
        conn.request("POST", target.path, body, sent, preload_content=False)
        answer = conn.getresponse()
        return answer.status, answer.headers.get("Retry-After", "")  # what else it says is not read
    finally:
        cut.cancel()
        conn.close()


def _connection(target: Target, address: Address, within_s: float) -> HTTPConnection:
    if not target.secure:
        return HTTPConnection(str(address), target.port, timeout=within_s)
    return HTTPSConnection(
        str(address),
        target.port,
        timeout=within_s,
        cert_reqs="CERT_REQUIRED",
        server_hostname=target.host,
        assert_hostname=target.host,
    )


def _hang_up(conn: HTTPConnection) -> None:
    with suppress(OSError):
        if conn.sock is not None:
            conn.sock.shutdown(socket.SHUT_RDWR)


def asked_wait(retry_after: str, now: datetime) -> timedelta:
    """How long a Retry-After (RFC 9110: seconds, or a date) asks to wait; what is neither, not."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:9]), LONGEST_ASKED_S))
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return timedelta(0)
    # A date without a zone is in UTC there, as "-0000" says.
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(timedelta(0), until - now)


def _answered(status: int, wait: timedelta) -> Outcome:
    if 200 <= status < 300:
        return Outcome(Result.SENT)
    return Outcome(Result.GONE if status == GONE else Result.LATER, f"HTTP {status}", wait)
