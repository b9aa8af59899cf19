"""From minutes in use to sessions: short gaps closed, short bursts dropped (I3)."""

import numpy as np
from numpy.typing import NDArray

from analytics.grid import Bools, runs


def sessions(use: Bools, close_gap: int, least: int) -> NDArray[np.int64]:
    """Sessions in (minutes,) of use, as rows (start, end), end excluded; shape (sessions, 2).

    Gaps shorter than `close_gap` minutes are closed; then what is shorter than `least` is dropped.
    """
    found = runs(use)
    if found.shape[0] == 0:
        return found
    apart = found[1:, 0] - found[:-1, 1] >= max(close_gap, 1)
    first = np.concatenate(([True], apart))
    last = np.concatenate((apart, [True]))
    joined: NDArray[np.int64] = np.stack((found[first, 0], found[last, 1]), axis=1)
    long_enough: NDArray[np.bool_] = joined[:, 1] - joined[:, 0] >= max(least, 1)
    return np.asarray(joined[long_enough])


def in_sessions(found: NDArray[np.int64], minutes: int) -> Bools:
    """The minutes (minutes,) that the sessions hold."""
    inside = np.zeros(minutes, dtype=bool)
    for start, end in found.tolist():
        inside[start:end] = True
    return inside
