"""Plays of small estates, and what should come of them."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from firmware_sim.days import Generator
from firmware_sim.estate import Estate, parse
from firmware_sim.gateway import Options
from firmware_sim.packs import Slicer, pack
from firmware_sim.play import Progress, Window, play
from firmware_sim.state import StateError
from tests.firmware_sim.conftest import Collector
from tests.firmware_sim.estates import DAY, UNTIL, Reading, gateway_lines, resolve, text

ASSETS = (
    ("desk", "1.0", "none", "photoelectric", "temperature"),
    ("vehicle", "1.0", "none", "position"),
)


def two_gateways(port: int) -> Estate:
    lines = ["[broker]", 'host = "127.0.0.1"', f"port = {port}"]
    lines += gateway_lines("gw-0001", ASSETS) + gateway_lines("gw-0002", ASSETS[:1])
    return parse("\n".join(lines))


class Played:
    """A play in a thread."""

    def __init__(self, estate: Estate, window: Window, options: Options) -> None:
        self.stop = threading.Event()
        self.said: list[str] = []
        self.progress: Progress | None = None
        self.error: StateError | None = None
        self.window = window
        self.thread = threading.Thread(target=self._run, args=(estate, options))
        self.thread.start()

    def _run(self, estate: Estate, options: Options) -> None:
        try:
            self.progress = play(
                estate, options, self.window, self.stop, show=self._show, say=self.said.append
            )
        except StateError as error:
            self.error = error

    def _show(self, progress: Progress) -> None:
        self.progress = progress

    def end(self) -> None:
        self.stop.set()
        self.thread.join(60)
        assert not self.thread.is_alive()


@contextmanager
def playing(
    estate: Estate, days: float = 2, speed: float | None = None, options: Options | None = None
) -> Iterator[Played]:
    window = Window(UNTIL - int(days * DAY), UNTIL, speed, float(UNTIL))
    played = Played(estate, window, options or Options(resend_after=1.0))
    try:
        yield played
    finally:
        played.end()


def expected(estate: Estate, start: int, end: int) -> set[Reading]:
    """Every reading of [start, end), made without any play."""
    found: set[Reading] = set()
    for plan in estate.gateways:
        generator = Generator(7, plan, 60)
        for piece in Slicer(generator).slices(start, end):
            message = pack(plan.id, piece.start + generator.skew(), 1, piece.records)
            found |= set(resolve(message)[1:])
    return found


def slowly(seconds: float) -> Callable[[str, int], bool]:
    """A collector that takes its time over every pack."""

    def willing(gateway: str, seq: int) -> bool:
        time.sleep(seconds)
        return True

    return willing


def heard(collector: Collector, but: Callable[[str, int], bool] | None = None) -> set[Reading]:
    with collector.lock:
        packs = list(collector.packs)
    return {
        reading
        for gateway, seq, payload in packs
        if but is None or not but(gateway, seq)
        for reading in resolve(payload)[1:]
    }


def command(*arguments: str | Path | int) -> list[str]:
    return [sys.executable, "-c", "from firmware_sim.cli import main; main()", *map(str, arguments)]


def write_estate(folder: Path, port: int) -> Path:
    file = folder / "estate.toml"
    file.write_text(text(*ASSETS, port=port), encoding="utf-8")
    return file
