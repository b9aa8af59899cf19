"""The queue between the thread that receives and those that store."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from ingest.inbox import Inbox


def test_takers_without_work_sleep_and_do_not_wake_each_other() -> None:
    inbox = Inbox(1_000_000, 1_000, 100, 0.05)
    over = threading.Event()

    def takes() -> int:
        took = 0
        while not over.is_set():
            assert inbox.take() == []
            took += 1
        return took

    with ThreadPoolExecutor(3) as takers:
        counted = [takers.submit(takes) for _taker in range(3)]
        began = time.monotonic()
        over.wait(1.0)
        over.set()
        took = time.monotonic() - began
    # Each wakes four times a second by itself; woken by each other it was thousands of times.
    assert max(one.result() for one in counted) < 20 * max(1.0, took)


def test_closing_wakes_all_takers() -> None:
    inbox = Inbox(1_000_000, 1_000, 100, 60.0)
    with ThreadPoolExecutor(2) as takers:
        waiting = [takers.submit(inbox.take) for _taker in range(2)]
        inbox.close()
        assert [one.result(timeout=60) for one in waiting] == [[], []]
