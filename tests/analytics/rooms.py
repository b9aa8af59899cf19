"""The light of small rooms, by the minute, without a word of the simulator's."""

from typing import Any, Final

import numpy as np

from analytics.grid import Bools, Floats

DAY: Final = 1440
DAYS: Final = 28
MINUTES: Final = DAYS * DAY
OF_DAY: Final = np.arange(MINUTES) % DAY
WEEKDAY: Final = np.arange(MINUTES) // DAY % 7 < 5


def uses(seed: int, a_day: float = 4.0, length: float = 75.0) -> Bools:
    """Uses between eight and eighteen, on five days of seven."""
    rng, use = np.random.default_rng(seed), np.zeros(MINUTES, dtype=bool)
    for day in range(DAYS):
        if day % 7 < 5:
            for start in rng.uniform(8 * 60, 17 * 60, rng.poisson(a_day)):
                begin = day * DAY + int(start)
                use[begin : begin + int(rng.lognormal(np.log(length), 0.4))] = True
    return use


def sun(seed: int) -> Floats:
    """Daylight under clouds that come and go within minutes."""
    rng = np.random.default_rng(seed)
    clear = np.maximum(0.0, np.sin((OF_DAY / 60 - 6.3) / 11.6 * np.pi)) * 700.0
    clear[(OF_DAY < 6.3 * 60) | (OF_DAY > 17.9 * 60)] = 0.0
    clouds = np.repeat(rng.uniform(0.3, 1.0, MINUTES // 20), 20)
    return np.asarray(clear * clouds)


def ceiling(seed: int) -> Bools:
    """A room's lamps, put on in the morning and out in the evening."""
    rng = np.random.default_rng(seed)
    on = np.repeat(rng.normal(8 * 60 + 10, 12, DAYS), DAY)
    off = np.repeat(rng.normal(17 * 60 + 50, 20, DAYS), DAY)
    return np.asarray(WEEKDAY & (on <= OF_DAY) & (off > OF_DAY))


def measured(values: Any, seed: int) -> Floats:
    rng = np.random.default_rng(seed)
    noisy: Floats = values * rng.normal(1.0, 0.008, MINUTES) + rng.normal(0.4, 0.3, MINUTES)
    return np.asarray(np.round(np.maximum(noisy, 0.0), 1))


def hours(on: Bools) -> float:
    return float(on.sum()) / 60


def overlap(seen: Bools, true: Bools) -> float:
    return float((seen & true).sum() / max(1, (seen | true).sum()))


def office() -> tuple[Floats, list[Bools]]:
    """Lux (5, minutes) and uses of five desks under one sky and one ceiling; the third is never used. Each sees a fifth of its
    neighbours' lamps.
    """
    lamps = [uses(n) if n != 2 else np.zeros(MINUTES, dtype=bool) for n in range(5)]
    heights, under, window = (
        (150, 110, 180, 90, 240),
        (60, 95, 40, 80, 55),
        (0.5, 0.2, 0.4, 0.1, 0.3),
    )
    rows = []
    for n in range(5):
        lit = window[n] * sun(7) + under[n] * ceiling(8) + heights[n] * lamps[n]
        for beside in (n - 1, n + 1):
            if 0 <= beside < len(lamps):
                lit = lit + 0.2 * heights[beside] * lamps[beside]
        rows.append(measured(lit, 100 + n))
    return np.stack(rows), lamps
