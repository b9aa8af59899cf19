"""At most so much at once: the first is served first, and who waits too long is told so."""

import threading

import pytest

from db import Budget, Busy


def test_never_is_more_taken_than_there_is() -> None:
    budget, lock, taken, most = Budget(10, 30), threading.Lock(), 0, 0

    def work(amount: int) -> None:
        nonlocal taken, most
        for _ in range(50):
            with budget.take(amount):
                with lock:
                    taken += amount
                    most = max(most, taken)
                with lock:
                    taken -= amount

    threads = [threading.Thread(target=work, args=(amount,)) for amount in (1, 3, 4, 6, 10, 7)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert (taken, most <= 10) == (0, True)
    with budget.take(10):  # all of it has come back
        pass


def test_more_than_all_of_it_is_all_of_it() -> None:
    budget = Budget(10, 0)
    with budget.take(1_000), pytest.raises(Busy), budget.take():
        pass


def test_who_waits_too_long_is_told_so_and_leaves_the_queue() -> None:
    budget = Budget(2, 0.01)
    with budget.take(2):
        with pytest.raises(Busy) as busy, budget.take():
            pass
        assert busy.value.retry_after_s >= 1
    with budget.take(2):
        pass


def test_a_large_share_is_not_put_off_by_small_ones_that_came_later() -> None:
    budget, order = Budget(2, 30), []

    def work(name: str, amount: int) -> None:
        with budget.take(amount):
            order.append(name)

    with budget.take(1):
        large = threading.Thread(target=work, args=("large", 2))
        large.start()
        while not budget.queued:
            pass
        small = threading.Thread(target=work, args=("small", 1))
        small.start()
        while budget.queued < 2:
            pass
    large.join()
    small.join()
    assert order == ["large", "small"]


def test_where_enough_wait_the_next_one_is_busy_at_once() -> None:
    budget = Budget(1, 30, waiting=0)
    with budget.take(), pytest.raises(Busy) as busy, budget.take():
        pass
    assert busy.value.retry_after_s == 1
    with budget.take():
        pass
