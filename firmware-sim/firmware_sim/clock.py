"""Days, working days and random streams, all by the calendar of Hainan (UTC+8, no summer time)."""

from datetime import date, timedelta
from hashlib import blake2b
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

DAY_S: Final = 86_400
HOUR_S: Final = 3_600
ZONE_S: Final = 8 * HOUR_S
EPOCH: Final = date(1970, 1, 1)
OPENS_S: Final = 8 * HOUR_S  # office hours: 08:00 to 18:00
CLOSES_S: Final = 18 * HOUR_S

# A simplification of the State Council's yearly notice: the statutory days that fall on the same
# dates every year, with no moved working weekends and no lunar festivals: (month, first, last day).
HOLIDAYS: Final = ((1, 1, 3), (5, 1, 5), (10, 1, 7))


def day_of(at: int) -> int:
    """The local day (days since 1970-01-01) that holds `at` (Unix seconds)."""
    return (at + ZONE_S) // DAY_S


def day_start(day: int) -> int:
    """Unix seconds of local midnight at the beginning of `day`."""
    return day * DAY_S - ZONE_S


def on_grid(at: int, interval: int) -> int:
    """`at` cut to a multiple of `interval` seconds from local midnight."""
    midnight = day_start(day_of(at))
    return midnight + (at - midnight) // interval * interval


def is_working(day: int) -> bool:
    """Whether offices work on `day`: no weekend and none of HOLIDAYS."""
    when = EPOCH + timedelta(days=day)
    if when.weekday() >= 5:
        return False
    return not any(
        when.month == month and first <= when.day <= last for month, first, last in HOLIDAYS
    )


def working_days(start: int, end: int) -> float:
    """Working days in [start, end) (Unix seconds), in parts by the office hours that it covers."""
    covered = 0
    for day in range(day_of(start), day_of(end) + 1):
        if is_working(day):
            opens, closes = day_start(day) + OPENS_S, day_start(day) + CLOSES_S
            covered += max(0, min(end, closes) - max(start, opens))
    return covered / (CLOSES_S - OPENS_S)


def stream(seed: int, *names: str | int) -> np.random.Generator:
    """A random stream that depends on its names only, never on what was drawn elsewhere."""
    text = "\x1f".join(map(str, (seed, *names)))
    digest = blake2b(text.encode(), digest_size=16).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest, "big")))
