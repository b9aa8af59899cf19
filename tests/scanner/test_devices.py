"""Guns at serial ports and input devices, and scans that wait for the portal (H2, H3)."""

import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from db import Refused
from scanner.decode import serial
from scanner.decode.keys import ENTERS, EVENT, KEY, PLAIN, SHIFTED, SHIFTS
from scanner.sending import Answer, Door, RefusedScan, Scan, Spool, send_all

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


class Gun:
    """A gun at a pseudo terminal."""

    def __init__(self) -> None:
        self.ours, self.theirs = os.openpty()
        self.device = Path(os.ttyname(self.theirs))

    def send(self, *parts: bytes) -> None:
        for part in parts:
            os.write(self.ours, part)

    def unplug(self) -> None:
        """What has not been read is lost with the cable."""
        os.close(self.ours)


@pytest.fixture
def gun() -> Iterator[Gun]:
    made = Gun()
    yield made
    os.close(made.theirs)


@pytest.fixture
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever else this machine does meanwhile is no pause of the gun's."""
    monkeypatch.setattr(serial, "GAP_S", 60.0)


def read(gun: Gun, *sent: bytes, codes: int) -> list[str]:
    """What is read of these, so many codes, until the gun is unplugged."""
    with serial.opened(gun.device) as texts:
        gun.send(*sent)
        found = [next(texts) for _code in range(codes)]
        gun.unplug()
        return found + list(texts)


@pytest.mark.usefixtures("no_pause")
@pytest.mark.parametrize("ending", [b"\r", b"\n", b"\r\n", b"\x03"])
def test_a_serial_gun_ends_each_code_with_some_enter(gun: Gun, ending: bytes) -> None:
    sent = (b"TY20260", b"00001" + ending + b"ZC2024000317" + ending)
    assert read(gun, *sent, codes=2) == ["TY2026000001", "ZC2024000317"]


def test_a_gun_without_any_ending_is_read_by_its_pause(gun: Gun) -> None:
    with serial.opened(gun.device) as texts:
        for code in ("TY2026000001", "ZC2024000317"):
            gun.send(code.encode())
            assert next(texts) == code  # though nothing more comes
        gun.unplug()
        assert list(texts) == []


@pytest.mark.usefixtures("no_pause")
def test_chinese_comes_as_utf8_or_gb18030(gun: Gun) -> None:
    sent = (b"https://h/c/A-1\r", "资产".encode() + b"\r", "资产".encode("gb18030") + b"\r")
    assert read(gun, *sent, codes=3) == ["https://h/c/A-1", "资产", "资产"]


def pressed(text: str) -> bytes:
    """The events of keys that make a text, and Enter."""
    plain = {c: k for k, c in reversed(list(PLAIN.items()))}
    shifted = {c: k for k, c in reversed(list(SHIFTED.items())) if PLAIN[k] != c}
    events = b""
    for character in text:
        key = plain.get(character) or shifted[character]
        around = [(SHIFTS[0], 1), (SHIFTS[0], 0)] if character not in plain else []
        for code, value in (*around[:1], (key, 1), (key, 0), *around[1:]):
            events += EVENT.pack(1, 0, KEY, code, value) + EVENT.pack(1, 0, 0, 0, 0)
    return events + EVENT.pack(1, 0, KEY, ENTERS[0], 1) + EVENT.pack(1, 0, KEY, ENTERS[0], 0)


def test_a_usb_gun_is_read_key_by_key_whatever_the_layout(tmp_path: Path) -> None:
    device = tmp_path / "event7"
    os.mkfifo(device)
    sent = ["TY2026000001", "http://127.0.0.1:8000/c/TY-2026-B", 'zc_~{}"<>?']
    events = b"".join(pressed(text) for text in sent)

    def write() -> None:
        with device.open("wb") as file:
            file.write(events[:50])  # an event may come in two pieces
            file.flush()
            time.sleep(0.1)
            file.write(events[50:])

    thread = threading.Thread(target=write)
    thread.start()
    with serial.opened(device) as texts:
        assert list(texts) == sent
    thread.join()


def test_a_device_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused, serial.opened(tmp_path / "ttyACM9"):
        pass
    assert refused.value.code == "scan.device"


def test_what_waits_survives_a_crash_even_amid_a_line(tmp_path: Path) -> None:
    path = tmp_path / "spool/scans.jsonl"
    spool = Spool(path)
    scans = [Scan.made(7, f"TY202600000{n}", NOW) for n in range(3)]
    for scan in scans:
        spool.add(scan)
    spool.answered([scans[0].client_id])
    with path.open("a") as file:
        file.write('{"client_id": "half')
    assert Spool(path).waiting() == scans[1:]


LOGIN_PAGE = b"<!doctype html><title>WiFi</title>"


def taken(body: bytes) -> bytes:
    """What the portal says to these scans."""
    scans = json.loads(body)["scans"]
    return json.dumps({"answers": [{"outcome": "found"} for _ in scans]}).encode()


@contextmanager
def network(*answers: tuple[int, str, bytes | None]) -> Iterator[str]:
    """The address of a network that answers so (status, Location, body), one after the other;
    None: it is the portal that is reached.
    """
    left = list(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["Content-Length"]))
            status, location, said = left.pop(0)
            body = taken(sent) if said is None else said
            self.send_response(status)
            if location:
                self.send_header("Location", location)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_said: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_networks_log_in_page_in_the_portals_place_costs_no_scan(tmp_path: Path) -> None:
    spool, said = Spool(tmp_path / "scans.jsonl"), list[str]()
    stop, fresh = threading.Event(), threading.Event()
    spool.add(Scan.made(7, "TY2026000001", NOW))

    def told(_scan: Scan, _answer: Answer) -> None:
        said.append("told")
        stop.set()

    captive = (200, "", LOGIN_PAGE), (302, "http://login.example/", b""), (200, "", b"[]")
    with network(captive[0], (200, "", None)) as address:
        send_all(spool, Door(address, "phd_x"), told, lambda: said.append("away"), stop, fresh)
    assert said == ["away", "told"]
    assert spool.waiting() == []
    with network(*captive[1:]) as address:
        for _ in captive[1:]:
            assert Door(address, "phd_x").post([Scan.made(1, "A-123", NOW)], NOW) is None


def test_a_portal_that_moved_to_another_address_is_told_and_not_waited_for() -> None:
    with network((301, "/elsewhere", b"")) as address, pytest.raises(Refused, match="not_taken"):
        Door(address, "phd_x").post([Scan.made(1, "A-123", NOW)], NOW)


def test_without_a_portal_nothing_is_lost_and_nothing_is_said() -> None:
    assert Door("http://127.0.0.1:1", "phd_x").post([Scan.made(1, "A-123", NOW)], NOW) is None


def test_what_was_refused_is_kept_with_its_reason_until_it_is_sent_again(tmp_path: Path) -> None:
    path = tmp_path / "scans.jsonl"
    spool = Spool(path)
    scans = [Scan.made(7, f"TY202600000{n}", NOW) for n in range(3)]
    for scan in scans:
        spool.add(scan)
    spool.refuse([RefusedScan(scans[1], "任务没有进行")])
    fresh = Spool(path)
    assert fresh.waiting() == [scans[0], scans[2]]
    assert fresh.refused() == [RefusedScan(scans[1], "任务没有进行")]
    assert (fresh.again(8, 9), fresh.again(7, 9)) == (0, 1)
    sent = Spool(path)
    assert sent.refused() == []
    again = sent.waiting()[-1]
    assert (again.client_id, again.at, again.stocktake) == (scans[1].client_id, scans[1].at, 9)
