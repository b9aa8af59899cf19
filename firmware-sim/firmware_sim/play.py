"""Plays an estate: the history at full speed, oldest first, then the present as it comes."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Final

from firmware_sim import state
from firmware_sim.clock import HOUR_S, on_grid
from firmware_sim.estate import Estate
from firmware_sim.gateway import Gateway, Options
from firmware_sim.link import Say

IDLE_S: Final = 0.1
SAVE_S: Final = 2.0
REPORT_HISTORY_S: Final = 3.0
REPORT_LIVE_S: Final = 60.0
FAREWELL_S: Final = 1.5  # for the last status to be heard
LINGER_S: Final = 0.7  # and for the connections to close
BURST: Final = 16  # packs made between two looks at the connections
LEAD_S: Final = 12 * HOUR_S  # that a gateway's history may be before another's
STALLED_S: Final = 30.0  # without anything committed: nobody waits for such a gateway
FOREVER: Final = 1 << 62


@dataclass(frozen=True, slots=True)
class Window:
    """What is played: history in [start, end), Unix seconds, and then how time goes on."""

    start: int
    end: int
    speed: float | None  # simulated seconds a second after `end`; None: stop there
    now: float  # the simulated time when the play begins


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a play is."""

    committed: int  # packs
    left: int  # packs; those of history that are not made yet are counted
    readings: int  # committed
    connected: int  # gateways
    gateways: int
    present: bool  # the history is made; what is left may still be on its way


Show = Callable[[Progress], None]


def play(
    estate: Estate,
    options: Options,
    window: Window,
    stop: threading.Event,
    *,
    show: Show,
    say: Say,
) -> Progress:
    """Play until everything is committed, or with a speed until `stop`; raises StateError."""
    news = threading.Event()
    with state.holding(options.folder):
        gateways = [
            Gateway(estate.broker, plan, options, window.start, news=news, say=say)
            for plan in estate.gateways
        ]
        for gateway in gateways:
            gateway.link.start()
        try:
            return _Loop(gateways, window, options.interval, show).run(stop, news)
        finally:
            _farewell(gateways)


class _Loop:
    """The rounds of a play: measure, send, and now and then say how it stands."""

    def __init__(
        self, gateways: Sequence[Gateway], window: Window, interval: int, show: Show
    ) -> None:
        self.gateways, self.window, self.interval, self.show = gateways, window, interval, show
        self.began = time.monotonic()
        self.end = window.end
        self._reported = {gateway.plan.id: (-REPORT_LIVE_S, 0) for gateway in gateways}
        self._saved = self.began

    def run(self, stop: threading.Event, news: threading.Event) -> Progress:
        while not stop.is_set():
            news.clear()
            self.end = self._reach()
            busy = self._measure()
            for gateway in self.gateways:
                gateway.send(FOREVER if gateway.past(self.window.end) else gateway.cursor)
            self._report()
            self._save()
            progress = self.progress()
            self.show(progress)
            if self.window.speed is None and progress.left == 0:
                break
            if not busy:
                news.wait(IDLE_S)
        return self.progress()

    def progress(self) -> Progress:
        links = [gateway.link for gateway in self.gateways]
        return Progress(
            committed=sum(link.committed for link in links),
            left=sum(gateway.left(self.end) for gateway in self.gateways),
            readings=sum(link.committed_readings for link in links),
            connected=sum(link.connected for link in links),
            gateways=len(links),
            present=all(gateway.past(self.window.end) for gateway in self.gateways),
        )

    def _reach(self) -> int:
        """How far there is anything to measure: the end of history, or the simulated present."""
        if self.window.speed is None:
            return self.window.end
        passed = (time.monotonic() - self.began) * self.window.speed
        present = int(self.window.now + passed)
        # What is due at this very moment is measured already.
        return max(self.window.end, on_grid(present, self.interval) + self.interval)

    def _measure(self) -> bool:
        """Make some packs, always of the gateway that is furthest behind; False if none."""
        pace = self._pace()
        for made in range(BURST):
            hungry = [
                gateway
                for gateway in self.gateways
                if gateway.hungry(self.end)
                and (gateway.cursor < pace or gateway.past(self.window.end))
            ]
            if not hungry:
                return made > 0
            behind = min(hungry, key=lambda gateway: gateway.cursor)
            history = not behind.past(self.window.end)
            behind.measure(self.window.end if history else self.end, history=history)
        return True

    def _pace(self) -> float:
        """How far any gateway may be: a little before the last of those that get on at all."""
        recent = time.monotonic() - STALLED_S
        cursors = [
            gateway.cursor
            for gateway in self.gateways
            if not gateway.past(self.window.end) and gateway.link.committed_at > recent
        ]
        return min(cursors) + LEAD_S if cursors else inf

    def _report(self) -> None:
        now = time.monotonic()
        for gateway in self.gateways:
            at, connections = self._reported[gateway.plan.id]
            caught_up = gateway.past(self.window.end)
            every = REPORT_LIVE_S if caught_up and at > self.began else REPORT_HISTORY_S
            again = gateway.link.connections != connections
            if gateway.link.connected and (again or now - at >= every):
                seen = gateway.link.connections
                gateway.report(self.end)
                self._reported[gateway.plan.id] = (now, seen)

    def _save(self) -> None:
        now = time.monotonic()
        if now - self._saved >= SAVE_S:
            for gateway in self.gateways:
                gateway.save()
            self._saved = now


def _farewell(gateways: Sequence[Gateway]) -> None:
    """Say that the gateways go, close the connections, keep the states; within 3 seconds."""
    deadline = time.monotonic() + FAREWELL_S
    told = [gateway.report(gateway.cursor, online=False) for gateway in gateways]
    for gateway, status in zip(gateways, told, strict=True):
        gateway.link.settle(status, deadline)
    closing = [gateway.link.close() for gateway in gateways]
    for thread in closing:
        thread.join(max(0.0, deadline + LINGER_S - time.monotonic()))
    for gateway in gateways:
        gateway.save(ahead=0)
