"""Scans on their way to the portal: in a file until they are answered, each counted once; what is
refused stays in another, with the reason (H2, H3).
"""

import json
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit
from uuid import uuid4

import urllib3
from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError

from db import Refused

SCANS: Final = "/api/v1/scans"
TOGETHER: Final = 50
TIMEOUT_S: Final = 10.0
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 30.0
Kept = TypeVar("Kept")


@dataclass(frozen=True, slots=True)
class Scan:
    """One reading, as the API takes it; `client_id` is made once, so that it counts once."""

    client_id: str
    stocktake: int
    raw: str
    at: str
    method: str = "gun"

    @classmethod
    def made(cls, stocktake: int, raw: str, now: datetime) -> "Scan":
        """A reading of this moment."""
        return cls(str(uuid4()), stocktake, raw, now.isoformat())


@dataclass(frozen=True, slots=True)
class RefusedScan:
    """A scan that the portal did not take, and its words why."""

    scan: Scan
    why: str

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> "RefusedScan":
        """As a line of the file holds it."""
        scan = {name: value for name, value in facts.items() if name != "why"}
        return cls(Scan(**scan), str(facts["why"]))

    @property
    def facts(self) -> Mapping[str, Any]:
        """The scan, and `why`."""
        return {**asdict(self.scan), "why": self.why}


class Spool:
    """Scans that wait, in a file, and those that were refused, in another: each line a scan."""

    def __init__(self, path: Path) -> None:
        """Reads what was left; a line that was cut off by a crash is no scan yet."""
        self._path, self.refused_path = path, path.with_suffix(".refused.jsonl")
        self._lock = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._waiting = {scan.client_id: scan for scan in _left(path, lambda one: Scan(**one))}
        self._refused = {
            one.scan.client_id: one for one in _left(self.refused_path, RefusedScan.of)
        }
        self._rewrite()

    def _rewrite(self) -> None:
        _write(self._path, (asdict(scan) for scan in self._waiting.values()))

    def _rewrite_refused(self) -> None:
        _write(self.refused_path, (one.facts for one in self._refused.values()))

    def add(self, scan: Scan) -> None:
        """Keep it; when this returns, it is on the disk."""
        with self._lock, self._path.open("a") as file:
            self._waiting[scan.client_id] = scan
            file.write(_line(asdict(scan)))
            file.flush()
            os.fsync(file.fileno())

    def waiting(self) -> list[Scan]:
        """The first that wait, the oldest first."""
        with self._lock:
            return list(self._waiting.values())[:TOGETHER]

    def answered(self, ids: list[str]) -> None:
        """Forget them."""
        with self._lock:
            for one in ids:
                self._waiting.pop(one, None)
            self._rewrite()

    def refused(self) -> list[RefusedScan]:
        """What the portal did not take, in the order in which it said so."""
        with self._lock:
            return list(self._refused.values())

    def refuse(self, scans: Sequence[RefusedScan]) -> None:
        """Keep them apart: they aren't sent again by themselves."""
        if not scans:
            return
        with self._lock:
            for one in scans:
                self._refused.pop(one.scan.client_id, None)
                self._refused[one.scan.client_id] = one
            self._rewrite_refused()  # before they wait no more: a crash between loses nothing
            for one in scans:
                self._waiting.pop(one.scan.client_id, None)
            self._rewrite()

    def again(self, stocktake: int, to: int) -> int:
        """What was refused of a task waits again, for the same or another; how many."""
        with self._lock:
            chosen = [one.scan for one in self._refused.values() if one.scan.stocktake == stocktake]
            for scan in chosen:
                self._waiting[scan.client_id] = replace(scan, stocktake=to)
            self._rewrite()
            for scan in chosen:
                del self._refused[scan.client_id]
            self._rewrite_refused()
        return len(chosen)


def _write(path: Path, lines: Iterable[Mapping[str, Any]]) -> None:
    fresh = path.with_suffix(".new")
    with fresh.open("w") as file:
        file.writelines(_line(facts) for facts in lines)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def _line(facts: Mapping[str, Any]) -> str:
    return json.dumps(facts, ensure_ascii=False) + "\n"


def _left(path: Path, of: Callable[[dict[str, Any]], Kept]) -> Iterator[Kept]:
    for line in path.read_text().splitlines() if path.exists() else ():
        try:
            yield of(json.loads(line))
        except (ValueError, TypeError, KeyError):
            continue


Answer = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Door:
    """Where scans are sent, and with whose token."""

    portal_url: str
    token: str

    def post(self, scans: list[Scan], now: datetime) -> list[Answer] | None:
        """An answer a scan; None where the portal can't be reached now, or a network's own page
        answers in its place.

        Raises Refused 'scan.token', 'scan.not_taken' for what trying again doesn't mend.
        """
        body = {"device_now": now.isoformat(), "scans": [asdict(scan) for scan in scans]}
        try:
            answer = urllib3.request(
                "POST", self.portal_url.rstrip("/") + SCANS, json=body,
                headers={"Authorization": f"Bearer {self.token}"}, timeout=TIMEOUT_S, retries=False,
            )  # fmt: skip
        except HTTPError:
            return None
        if answer.status in {401, 403}:
            raise Refused("scan.token", status=answer.status)
        if answer.status in {408, 429} or answer.status >= 500:
            return None
        if answer.status == 200:
            return _answers(answer, len(scans))
        if 300 <= answer.status < 400 and not self._is_ours(answer.headers.get("Location", "")):
            return None
        raise Refused("scan.not_taken", status=answer.status)

    def _is_ours(self, address: str) -> bool:
        """Whether a redirection stays with the portal: then its address is set wrong."""
        return urlsplit(address).hostname in {None, urlsplit(self.portal_url).hostname}


def _answers(answer: BaseHTTPResponse, number: int) -> list[Answer] | None:
    """The portal's; None where it is somebody else who says 200, like a WiFi's log-in page."""
    try:
        found = answer.json()["answers"]
    except (ValueError, KeyError, TypeError):
        return None
    return found if isinstance(found, list) and len(found) == number else None


def send_all(spool: Spool, door: Door, told: Callable[[Scan, Answer], None],
             away: Callable[[], None], stop: threading.Event,
             fresh: threading.Event) -> None:  # fmt: skip
    """Send what waits, and what comes, until `stop`; `fresh` is set when something has come.

    `told` hears each answer, `away` once when the portal is out of reach. What is refused is kept
    apart. Raises as `Door.post`.
    """
    wait = FIRST_WAIT_S
    while True:
        fresh.clear()
        scans = spool.waiting()
        answers = door.post(scans, datetime.now(UTC)) if scans else []
        if answers is None:
            if wait == FIRST_WAIT_S:
                away()
            if stop.wait(wait):
                return
            wait = min(wait * 2, LONGEST_WAIT_S)
            continue
        wait = FIRST_WAIT_S
        pairs = list(zip(scans, answers, strict=True))
        for scan, answer in pairs:
            told(scan, answer)
        spool.refuse([
            RefusedScan(scan, answer["refusal"]["detail"])
            for scan, answer in pairs if "refusal" in answer
        ])  # fmt: skip
        spool.answered([scan.client_id for scan, answer in pairs if "refusal" not in answer])
        if not spool.waiting():
            if stop.is_set():
                return
            fresh.wait(FIRST_WAIT_S)
