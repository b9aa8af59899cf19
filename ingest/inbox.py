"""Deliveries between the thread that reads them and the one that stores them, in bounds."""

import time
from collections import deque
from threading import Condition
from typing import Final

from ingest.deliveries import Delivery

IDLE_S: Final = 0.25


class Inbox:
    """A queue that is full at so many bytes, and gives out batches worth storing."""

    def __init__(self, most_bytes: int, rows: int, messages: int, wait_s: float) -> None:
        """A batch is ready with `rows` readings or `messages`, or `wait_s` after its first."""
        self._most_bytes = most_bytes
        self._batch_rows = rows
        self._batch_messages = messages
        self._wait_s = wait_s
        self._waiting: deque[Delivery] = deque()
        self._bytes = 0
        self._rows = 0
        self._closed = False
        self._changed = Condition()

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def bytes(self) -> int:
        """Payload bytes that wait."""
        return self._bytes

    def close(self) -> None:
        """Nobody waits here any more; what is left was never acknowledged and comes again."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def put(self, delivery: Delivery) -> None:
        """Add one; blocks while the queue is full, so that the broker keeps the rest."""
        with self._changed:
            while self._bytes >= self._most_bytes and not self._closed:
                self._changed.wait()
            self._waiting.append(delivery)
            self._bytes += len(delivery.message.payload)
            self._rows += delivery.rows
            if len(self._waiting) == 1 or self._ready():
                self._changed.notify_all()

    def take(self) -> list[Delivery]:
        """The next batch, in order of arrival; empty after a short while without any."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed, IDLE_S)
            until = time.monotonic() + self._wait_s
            while self._waiting and not self._ready() and not self._closed:
                left = until - time.monotonic()
                if left <= 0:
                    break
                self._changed.wait(left)
            return [] if self._closed else self._batch()

    def _ready(self) -> bool:
        return self._rows >= self._batch_rows or len(self._waiting) >= self._batch_messages

    def _batch(self) -> list[Delivery]:
        batch: list[Delivery] = []
        rows = 0
        while self._waiting and rows < self._batch_rows and len(batch) < self._batch_messages:
            delivery = self._waiting.popleft()
            batch.append(delivery)
            rows += delivery.rows
            self._bytes -= len(delivery.message.payload)
        self._rows -= rows
        if batch:  # there is room; an empty one told to others would keep all takers awake
            self._changed.notify_all()
        return batch
