"""Posts to webhooks: signed, to the address that was checked, to nowhere that it leads on to."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import urllib3
from urllib3.exceptions import HTTPError

from db import Refused
from registry.notices import addresses
from registry.notices.addresses import Address, Target
from registry.notices.outcome import Outcome, Result
from registry.notices.settings import NoticeSettings

SIGNATURE: Final = "Panhuo-Signature"
GONE: Final = 410


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
    try:
        return _answered(_status(target, found[0], body, headers, settings.notifier_timeout_s))
    except (HTTPError, OSError) as error:
        return Outcome(Result.LATER, f"{type(error).__name__}: {error}")


def _status(
    target: Target, address: Address, body: bytes, headers: dict[str, str], within_s: float
) -> int:
    """The answer's status. Connected to `address` itself: asked again, the name may lead inside."""
    timeout = urllib3.Timeout(total=within_s)
    pool: urllib3.HTTPConnectionPool
    if target.secure:
        pool = urllib3.HTTPSConnectionPool(
            str(address),
            target.port,
            timeout=timeout,
            maxsize=1,
            server_hostname=target.host,
            assert_hostname=target.host,
        )
    else:
        pool = urllib3.HTTPConnectionPool(str(address), target.port, timeout=timeout, maxsize=1)
    with pool:
        answer = pool.urlopen(
            "POST",
            target.path,
            body=body,
            headers={**headers, "Host": target.host_header},
            retries=False,
            redirect=False,
            preload_content=False,
        )
        try:
            return answer.status
        finally:
            answer.close()  # what it says is not read: it may never end


def _answered(status: int) -> Outcome:
    if 200 <= status < 300:
        return Outcome(Result.SENT)
    return Outcome(Result.GONE if status == GONE else Result.LATER, f"HTTP {status}")
