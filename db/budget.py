"""What is expensive is done for few at once: at most so much of it in this process, others wait."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from db.errors import Busy


class Budget:
    """At most `most` (pixels, processes, hashes) at once; who waits longer than `wait_s` is Busy.

    Whoever waits holds a thread: where `waiting` do so, the next one is Busy at once.
    Whoever came first is served first, so that a large share isn't put off by small ones for ever.
    """

    def __init__(self, most: int, wait_s: float, waiting: int | None = None) -> None:
        """Nothing is taken yet. `waiting` None: any number waits."""
        self.most = most
        self._waiting = waiting
        self.wait_s = wait_s
        self._free = most
        self._changed = threading.Condition()
        self._queue: deque[object] = deque()

    @property
    def queued(self) -> int:
        """How many wait now."""
        return len(self._queue)

    @contextmanager
    def take(self, amount: int = 1, reserved: int = 0) -> Iterator[None]:
        """Hold `amount` of it, all of it where it is more. Raises `Busy`.

        `reserved`: so many more may wait for this caller's sake.
        """
        amount = min(amount, self.most)
        self._wait(amount, reserved)
        try:
            yield
        finally:
            with self._changed:
                self._free += amount
                self._changed.notify_all()

    def _wait(self, amount: int, reserved: int) -> None:
        me = object()
        with self._changed:
            full = self._waiting is not None and self.queued >= self._waiting + reserved
            if full and self._free < amount:
                raise Busy(0)
            self._queue.append(me)
            try:
                ready = lambda: self._queue[0] is me and self._free >= amount  # noqa: E731
                if not self._changed.wait_for(ready, self.wait_s):
                    raise Busy(self.wait_s)
                self._free -= amount
            finally:
                self._queue.remove(me)
                self._changed.notify_all()
