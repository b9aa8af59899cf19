"""One gateway: measures on demand, keeps what it measured until it is committed, sends it."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from paho.mqtt.client import MQTTMessageInfo

from firmware_sim import packs, state
from firmware_sim.buffer import Buffer, Pack
from firmware_sim.clock import DAY_S, HOUR_S, on_grid, stream
from firmware_sim.days import Generator
from firmware_sim.estate import Broker, GatewayPlan
from firmware_sim.link import Link, Say
from firmware_sim.packs import Slice, Slicer
from firmware_sim.state import Kept, State

AHEAD: Final = 16  # packs made before there is room to send them, of at most a day
RESERVE: Final = 10_000  # numbers that a saved state is ahead of those used
DUPLICATES: Final = 0.01
LATE: Final = 0.01
LATE_H: Final = (1.0, 72.0)


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
        generator = Generator(options.seed, plan, options.interval)
        self.slicer, self.skew = Slicer(generator), generator.skew()
        self.buffer = Buffer(options.window, options.resend_after)
        self.link = Link(
            broker, plan, self.buffer, lasting=options.folder is not None, news=news, say=say
        )
        self._ahead = max(1, min(AHEAD, DAY_S // self.slicer.length))
        self.cursor = start
        # Without a memory no number of an earlier run may come again: count from the clock.
        self.next_seq = self._reserved = time.time_ns() // 1_000_000
        self._slices: Iterator[Slice] = iter(())
        self._slices_end = 0
        self._duplicates: list[Pack] = []
        self._fingerprint = state.fingerprint(options.seed, options.interval, plan)
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
            end = self._grid(kept.end + self.options.interval - 1)
            for piece in self.slicer.slices(self._grid(kept.start), end):
                self.buffer.add(self._pack(piece, kept.seq if same else self.next_seq))
                self.next_seq += not same  # another content must have another number

    def _grid(self, at: int) -> int:
        return on_grid(at, self.options.interval)

    def left(self, end: int) -> int:
        """Packs not yet committed, with those of the time before `end` that are not made yet."""
        with self.link.lock:
            return len(self.buffer) + self.slicer.count(self.cursor, end)

    def hungry(self, end: int) -> bool:
        """Whether there is something before `end` to measure, and room for it."""
        return self.cursor < end and self.buffer.waiting < self._ahead

    def measure(self, end: int, *, history: bool) -> None:
        """Make the next pack before `end`; in history some packs are held back, to come late."""
        if self._slices_end != end:
            self._slices, self._slices_end = self.slicer.slices(self.cursor, end), end
        piece = next(self._slices)
        if not piece.records:  # every sensor was silent
            self.cursor = piece.end
            return
        pack = self._pack(piece, self._number())
        chance = stream(self.options.seed, self.plan.id, "sending", piece.start)
        late = chance.random() < LATE and history
        twice = chance.random() < DUPLICATES and not late
        with self.link.lock:
            if late:
                self.buffer.hold(pack, pack.end + int(chance.uniform(*LATE_H) * HOUR_S))
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
        return self.link.report(self.left(end), time.time() + self.skew, online=online)

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
        payload = packs.pack(self.plan.id, piece.start + self.skew, seq, piece.records)
        return Pack(seq, piece.start, piece.end, payload, piece.readings)
