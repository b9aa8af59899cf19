"""The store-and-forward buffer of one gateway: it forgets a pack only when it is committed."""

from collections import OrderedDict, deque
from dataclasses import dataclass
from hashlib import sha256
from math import inf
from typing import Final

LONGEST_WAIT_S: Final = 960.0
# Until the first `committed` of a connection perhaps nobody listens yet: try with a few packs.
FIRST_PACKS: Final = 4
FIRST_WAIT_S: Final = 5.0
LONGEST_FIRST_WAIT_S: Final = 30.0
PATIENCE: Final = 4.0  # a pack may take so many times as long as those before it took


@dataclass(frozen=True, slots=True)
class Pack:
    """A message as it goes on the wire; `start` and `end` say what it was measured in."""

    seq: int
    start: int
    end: int
    payload: bytes
    readings: int


@dataclass(slots=True)
class _Flight:
    pack: Pack
    at: float
    tries: int


class Buffer:
    """Packs from `add` or `hold` until `commit`; the caller locks, and passes the time in.

    Every `now` is in seconds of any clock that never goes back.
    """

    def __init__(self, window: int = 64, resend_after: float = 120.0) -> None:
        self.window = window
        self.resend_after = resend_after
        self._kept: dict[int, Pack] = {}
        self._ready: deque[int] = deque()
        self._held: dict[int, int] = {}  # seq → the history must have come so far first
        self._flying: OrderedDict[int, _Flight] = OrderedDict()
        self._heard = False  # something was committed since the connection was made
        self._latency = 0.0  # smoothed, of packs that were sent once
        self._silence = 0.0  # seconds to leave between packs that are sent again
        self._quiet_until = 0.0

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def waiting(self) -> int:
        """Packs that could be sent if the window had room."""
        return len(self._ready)

    @property
    def packs(self) -> tuple[Pack, ...]:
        """Everything that is not committed yet, by seq."""
        return tuple(self._kept[seq] for seq in sorted(self._kept))

    def add(self, pack: Pack) -> None:
        """Keep `pack`, to be sent in its turn."""
        self._kept[pack.seq] = pack
        self._ready.append(pack.seq)

    def hold(self, pack: Pack, until: int) -> None:
        """Keep `pack`, to be sent late: not before `release` is called with `until` or later."""
        self._kept[pack.seq] = pack
        self._held[pack.seq] = until

    def release(self, reached: int) -> None:
        """Let go the held packs whose time (simulated) has come."""
        for seq in [seq for seq, until in self._held.items() if until <= reached]:
            del self._held[seq]
            self._ready.append(seq)

    def take(self, now: float) -> Pack | None:
        """The next pack to send, now in flight; None when there is none or the window is full."""
        window = self.window if self._heard else min(FIRST_PACKS, self.window)
        while self._ready and len(self._flying) < window:
            seq = self._ready.popleft()
            if seq in self._kept:
                self._flying[seq] = _Flight(self._kept[seq], now, 1)
                return self._kept[seq]
        return None

    def overdue(self, now: float) -> Pack | None:
        """A pack to send again because nobody committed it; one at a time, with back-off."""
        if now < self._quiet_until:
            return None
        first, longest = self._waits()
        for flight in self._flying.values():
            if now - flight.at >= min(longest, first * 2 ** (flight.tries - 1)):
                flight.at, flight.tries = now, flight.tries + 1
                self._quiet_until = now + self._silence
                self._silence = min(longest, max(1.0, 2 * self._silence))
                return flight.pack
        return None

    def _waits(self) -> tuple[float, float]:
        """Seconds before a pack is sent again: the first time, and at the most."""
        if not self._heard:
            return min(self.resend_after, FIRST_WAIT_S), LONGEST_FIRST_WAIT_S
        return max(self.resend_after, PATIENCE * self._latency), LONGEST_WAIT_S

    def commit(self, seq: int, now: float) -> Pack | None:
        """Forget exactly the pack `seq`; None when it isn't here (said twice, or not ours)."""
        flight = self._flying.pop(seq, None)
        if flight is not None and flight.tries == 1:
            self._latency += 0.2 * (now - flight.at - self._latency)
        if flight is not None and not self._heard:
            self._again(before=flight.at)
        self._held.pop(seq, None)
        self._heard = self._heard or flight is not None
        self._silence = self._quiet_until = 0.0
        return self._kept.pop(seq, None)

    def seq_of(self, digest: str) -> int | None:
        """The number of the pack with this SHA-256 (hex); None when it isn't here."""
        return next(
            (seq for seq, pack in self._kept.items() if sha256(pack.payload).hexdigest() == digest),
            None,
        )

    def reconnected(self) -> None:
        """Everything that was in flight is to be sent again, oldest first, before the rest."""
        self._heard = False
        self._silence = self._quiet_until = 0.0
        self._again(before=inf)

    def _again(self, before: float) -> None:
        """What was last sent before that time was said to nobody."""
        lost = sorted(seq for seq, flight in self._flying.items() if flight.at < before)
        for seq in lost:
            del self._flying[seq]
        self._ready.extendleft(reversed(lost))
