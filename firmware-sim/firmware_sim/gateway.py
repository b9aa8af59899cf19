"""One gateway: measures on demand, keeps what it measured until it is committed, sends it."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from paho.mqtt.client import MQTTMessageInfo

from firmware_sim import delivery, packs, state
from firmware_sim.buffer import Buffer, Pack
from firmware_sim.clock import DAY_S, day_of, on_grid
from firmware_sim.days import Generator
from firmware_sim.estate import Broker, GatewayPlan
from firmware_sim.link import Link, Say
from firmware_sim.packs import Slice, Slicer
from firmware_sim.state import Kept, State

AHEAD: Final = 16  # packs made before there is room to send them, of at most a day
RESERVE: Final = 10_000  # numbers that a saved state is ahead of those used


@dataclass(frozen=True, slots=True)
class Options:
    """How gateways are played."""

    seed: int = 7
    interval: int = 60  # seconds
    window: int = 64  # packs in flight, a gateway
    resend_after: float = 120.0  # seconds
    folder: Path | None = None  # where states are kept; None: nowhere


class Gateway:
    """A gateway that has measured everything before `cursor` (Unix seconds)."""

    def __init__(
        self,
        broker: Broker,
        plan: GatewayPlan,
        options: Options,
        start: int,
        *,
        news: threading.Event,
        say: Say,
    ) -> None:
        self.plan, self.options = plan, options
        self.interval = plan.interval or options.interval
        generator = Generator(options.seed, plan, self.interval)
        self.slicer, self.generator = Slicer(generator), generator
        self.buffer = Buffer(options.window, options.resend_after)
        self.link = Link(
            broker, plan, self.buffer, lasting=options.folder is not None, news=news, say=say
        )
        self._ahead = max(1, min(AHEAD, DAY_S // self.slicer.length))
        self.cursor = self._grid(start)
        # Without a memory no number of an earlier run may come again: count from the clock.
        self.next_seq = self._reserved = time.time_ns() // 1_000_000
        self._slices: Iterator[Slice] = iter(())
        self._slices_end = 0
        self._duplicates: list[Pack] = []
        self._fingerprint = state.fingerprint(options.seed, self.interval, plan)
        self._remember(start)
        self.save()

    def _remember(self, start: int) -> None:
        folder = self.options.folder
        found = state.load(folder, self.plan.id) if folder is not None else None
        if found is None:
            return
        self.next_seq, self.cursor = found.next_seq, max(start, self._grid(found.cursor))
        same = found.fingerprint == self._fingerprint
        for kept in sorted(found.kept, key=lambda kept: kept.start):
            end = self._grid(kept.end + self.interval - 1)
            for piece in self.slicer.slices(self._grid(kept.start), end):
                self.buffer.add(self._pack(piece, kept.seq if same else self.next_seq))
                self.next_seq += not same  # another content must have another number

    def _grid(self, at: int) -> int:
        return on_grid(at, self.interval)

    def left(self, end: int) -> int:
        """Packs not yet committed, with those of the time before `end` that are not made yet."""
        with self.link.lock:
            return len(self.buffer) + self.slicer.count(self.cursor, self._grid(end))

    def hungry(self, end: int) -> bool:
        """Whether there is something before `end` to measure, and room for it."""
        return not self.past(end) and self.buffer.waiting < self._ahead

    def past(self, end: int) -> bool:
        """Whether everything before `end` was measured, by this gateway's own interval."""
        return self.cursor >= self._grid(end)

    def measure(self, end: int, *, history: bool) -> None:
        """Make the next pack before `end`; in history some packs are held back, to come late."""
        end = self._grid(end)
        if self._slices_end != end:
            self._slices, self._slices_end = self.slicer.slices(self.cursor, end), end
        piece = next(self._slices)
        if not piece.records:  # every sensor was silent
            self.cursor = piece.end
            return
        pack = self._pack(piece, self._number())
        sending = delivery.of(self.options.seed, self.plan, piece.start)
        late = sending.late_s > 0 and history
        twice = sending.twice and not late
        with self.link.lock:
            if late:
                self.buffer.hold(pack, pack.end + sending.late_s)
            else:
                self.buffer.add(pack)
            self.cursor = piece.end
        if twice:
            self._duplicates.append(pack)

    def send(self, reached: int) -> None:
        """Send what may be sent; held packs go once the history has `reached` their time."""
        with self.link.lock:
            self.buffer.release(reached)
        if self.link.pump():
            for pack in self._duplicates:
                self.link.repeat(pack)
            self._duplicates.clear()

    def report(self, end: int, *, online: bool = True) -> MQTTMessageInfo | None:
        """Publish the status; what is not measured yet before `end` counts as buffered."""
        now = time.time()
        ahead = self.generator.ahead_on(day_of(int(now)))
        return self.link.report(self.left(end), now + ahead, online=online)

    def save(self, *, ahead: int = RESERVE) -> None:
        """Put the state on disk, if there is a folder for it."""
        if self.options.folder is None:
            return
        with self.link.lock:
            kept = tuple(Kept(pack.seq, pack.start, pack.end) for pack in self.buffer.packs)
            self._reserved = self.next_seq + ahead
            now = State(self._fingerprint, self._reserved, self.cursor, kept)
        state.save(self.options.folder, self.plan.id, now)

    def _number(self) -> int:
        if self.options.folder is not None and self.next_seq >= self._reserved:
            self.save()  # before the number is used
        self.next_seq += 1
        return self.next_seq - 1

    def _pack(self, piece: Slice, seq: int) -> Pack:
        ahead = self.generator.ahead_on(day_of(piece.start))
        payload = packs.pack(self.plan.id, piece.start + ahead, seq, piece.records)
        return Pack(seq, piece.start, piece.end, payload, piece.readings)
