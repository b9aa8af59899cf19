"""When an asset is really used: the ground truth that the sensors then see."""

from typing import Final, NamedTuple

import numpy as np

from firmware_sim.clock import DAY_S, HOUR_S, day_start, is_working, stream
from firmware_sim.estate import Asset
from firmware_sim.habits import habit
from firmware_sim.words import Trouble

SPREAD: Final = 0.45  # sigma of the log-normal length of a session
HOLIDAY_SHARE: Final = 0.03  # of the sessions of a working day
LATEST_S: Final = 21 * HOUR_S  # nothing runs past 21:00
APART_S: Final = 120
# Starts by the hour from 08:00 to 18:00, with the long noon break of the south.
HOURLY: Final = (1.2, 1.5, 1.4, 1.1, 0.35, 0.3, 0.9, 1.4, 1.3, 0.8)


class Session(NamedTuple):
    """A time of use, [start, end) in Unix seconds, and whether the lamp was on."""

    start: int
    end: int
    lit: bool
    dim: float  # share of the lamp's full step; 1 unless it was dimmed


def sessions(seed: int, gateway: str, asset: Asset, day: int) -> list[Session]:
    """The uses of `asset` on local `day`, in order and apart; never past 21:00."""
    midnight = day_start(day)
    if is_closed(asset, day):
        return []
    if asset.ways.always_on:
        return [Session(midnight, midnight + DAY_S, lit=True, dim=1.0)]
    if asset.ways.daily is not None:
        start, end = (midnight + int(hour * HOUR_S) for hour in asset.ways.daily)
        return [Session(start, end, lit=True, dim=1.0)] if is_working(day) else []
    lent = [t.span for t in asset.troubles if t.kind is Trouble.LENT]
    found = _drawn(seed, gateway, asset, day)
    return [s for s in found if not any(span.overlaps(s.start, s.end) for span in lent)]


def is_closed(asset: Asset, day: int) -> bool:
    """Whether the office of `asset` is closed on local `day`: nobody comes."""
    noon = day_start(day) + DAY_S // 2
    return any(span.since <= noon < span.until for span in asset.closed)


def _drawn(seed: int, gateway: str, asset: Asset, day: int) -> list[Session]:
    own = habit(asset)
    rng = stream(seed, gateway, asset.code, "use", day)
    mean = own.sessions * asset.use * (1.0 if is_working(day) else HOLIDAY_SHARE)
    count = int(rng.poisson(mean))
    weights = np.array(HOURLY) / sum(HOURLY)
    hours = rng.choice(len(HOURLY), size=count, p=weights) + 8 + rng.random(count)
    # The mean of a log-normal is median · exp(σ²/2).
    lengths = rng.lognormal(np.log(own.minutes * 60) - SPREAD**2 / 2, SPREAD, count)
    lit = rng.random(count) >= own.lamp_off
    dims = np.where(rng.random(count) < own.lamp_dims, rng.uniform(0.5, 0.9, count), 1.0)
    found: list[Session] = []
    free = 0
    for hour, length, on, dim in zip(np.sort(hours), lengths, lit, dims, strict=True):
        start = max(int(hour * HOUR_S), free)
        end = min(start + max(60, int(length)), LATEST_S)
        if end - start >= 60:
            midnight = day_start(day)
            found.append(Session(midnight + start, midnight + end, bool(on), float(dim)))
            free = end + APART_S
    return found
