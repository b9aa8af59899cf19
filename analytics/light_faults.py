"""What a room's light sensors say of each other: covered, moved, always lit, two of one signal.

A sensor that sees nothing looks like an asset that nobody uses. But the sky and the ceiling's lamps
shine on all sensors of a room, each time in the same proportions: one that no longer sees what its
neighbours see is no witness any more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from analytics.grid import Bools, Floats, median, runs
from analytics.health import Alarm, Health
from analytics.light_signals import SAME_SIZE, View, moved, same_signals, shared_steps
from analytics.minute_passes import counts
from analytics.recurrences import Ints

DAY: Final = 1440  # minutes
HEARD_SHARE: Final = 0.25  # of a day, to say anything of it

# Covered. A noise floor and a flicker of a converter stay below these; a sensor that is open to its
# room follows it, if only by a small share.
ROOM_SWINGS_LX: Final = 60.0
DARK_LX: Final = 12.0
FOLLOWS: Final = 0.05  # of the room's swing
COVERED_DAYS: Final = 2
ALONE_LX: Final = 5.0  # of a sensor that is the only one of its room
ALONE_DAYS: Final = 7

# Always lit: never dark for so many days, by a light that the others don't see.
LIT_LX: Final = 20.0
LIT_OVER_ROOM: Final = 3.0
LIT_DAYS: Final = 3
LIT_SHARE: Final = 0.9  # of that time: a lamp that is on for longer may well never be out
DARKEST: Final = 0.02  # of a day's minutes; a switched lamp is out for longer
BRIGHTEST: Final = 0.997  # and is seen, though it burn for a few minutes only


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong now, if anything, and the minutes (minutes,) of which the sensor knows nothing,
    now or earlier, for it was covered or its asset's lamp never out.
    """

    alarm: Alarm | None
    blind: Bools
    able: bool = True  # whether its asset's lamp would show now, whatever is wrong


def faults(view: View) -> list[Fault]:
    """What is wrong with each sensor."""
    count, minutes = view.light.shape
    days = minutes // DAY
    if days <= COVERED_DAYS:  # too few to tell
        return [Fault(None, np.zeros(minutes, dtype=bool))] * count
    of_days = _Days.of(view.light[:, : days * DAY].reshape(-1, days, DAY), view.interval)
    same, away = same_signals(view), moved(view, shared_steps(view))
    return [_fault(view, of_days, n, same.get(n), away[n]) for n in range(count)]


def _fault(
    view: View, of_days: "_Days", sensor: int, same: int | None, away: Alarm | None
) -> Fault:
    others = view.others(sensor)
    spoken = others[~np.isnan(of_days.swing[others]).all(axis=1)]
    covered = _covered(of_days, view, sensor, spoken)
    lit = _always_lit(of_days, view, sensor, spoken)
    blind = np.zeros(view.light.shape[1], dtype=bool)
    for days in (covered, lit):
        for since, until in days:
            blind[since * DAY : until * DAY] = True
    last = of_days.bright.shape[1]
    alarm = (
        _now(Health.COVERED, covered, last)
        or _now(Health.ALWAYS_LIT, lit, last)
        or (Alarm(Health.SAME_SIGNAL, same) if same is not None else None)
        or away
    )
    return Fault(alarm, blind, able=_may_show(of_days, view, sensor, alone=not spoken.size))


def _may_show(of_days: "_Days", view: View, sensor: int, *, alone: bool) -> bool:
    """Whether silence means anything where no other sensor tells: not where it has never been dark
    these days, for its asset's lamp may be what burns, nor where it is alone and saw nothing for a
    week though it had seen light before.
    """
    bright, darkest = of_days.bright[sensor], of_days.darkest[sensor]
    known = ~np.isnan(bright)
    last = bright.size
    never_dark = _stretches(darkest > LIT_LX, known, LIT_DAYS)
    if any(until == last for _since, until in never_dark) and not view.on[sensor].any():
        return False
    nothing = _stretches(bright < ALONE_LX, known, ALONE_DAYS) if alone else []
    return not any(until == last and since > 0 for since, until in nothing)


def _now(health: Health, stretches: Sequence[tuple[int, int]], last: int) -> Alarm | None:
    """The alarm of a stretch of days that lasts until now."""
    since = next((since for since, until in stretches if until == last), None)
    return None if since is None else Alarm(health, since * DAY)


@dataclass(frozen=True, slots=True)
class _Days:
    """(sensors, days) each, NaN where too little was heard."""

    darkest: Floats
    bright: Floats
    swing: Floats

    @staticmethod
    def of(by_day: Floats, interval: Ints) -> "_Days":
        """Of (sensors, days, minutes), a reading in `interval` (sensors,) minutes."""
        enough = HEARD_SHARE * DAY / interval[:, np.newaxis]
        ordered = np.sort(by_day, axis=2)  # NaN goes last
        heard = counts(~np.isnan(by_day).ravel(), DAY).reshape(by_day.shape[:2])

        def level(share: float) -> Floats:
            index = (share * np.maximum(heard - 1, 0)).astype(np.int64)
            values = np.take_along_axis(ordered, index[:, :, np.newaxis], axis=2)[:, :, 0]
            return np.where(heard >= enough, values, np.nan)

        return _Days(level(DARKEST), level(BRIGHTEST), level(0.95) - level(0.05))


def _stretches(holds: Bools, known: Bools, least: int) -> list[tuple[int, int]]:
    """The days [since, until) on which something `holds` (days,) on all `known` ones, at least so
    many; one that holds to the newest known day lasts until now.
    """
    at = np.flatnonzero(known)
    found = []
    for first, end in runs(holds[at]):
        if end - first >= least:
            until = int(at[end]) if end < at.size else holds.size
            found.append((int(at[first]), until))
    return found


def _covered(of_days: "_Days", view: View, sensor: int, others: Ints) -> list[tuple[int, int]]:
    """The days on which it saw nothing of what the others saw. One that never saw its room may hang
    in a dark corner, or in a housing with its lamp; where it is known to react and saw nothing at
    all, it is covered.
    """
    if not others.size:
        return []
    swing, bright = of_days.swing[sensor], of_days.bright[sensor]
    room = median(of_days.swing[others], axis=0)
    lit = ~np.isnan(swing) & (np.nan_to_num(room) >= ROOM_SWINGS_LX)
    blind = (swing < FOLLOWS * room) & (bright < DARK_LX)
    followed = bool((lit & (swing >= FOLLOWS * room)).any())
    if not followed and ((lit & ~blind).any() or not view.proven[sensor]):
        return []
    return _stretches(blind, lit, COVERED_DAYS)


def _always_lit(of_days: "_Days", view: View, sensor: int, others: Ints) -> list[tuple[int, int]]:
    """The days on which a light that the others don't see was never out, and whose own nobody
    knows. One that was seen to go on and out again was a long use.
    """
    if not others.size:
        return []
    darkest, around = of_days.darkest[sensor], of_days.darkest[others]
    room, most = np.nan_to_num(median(around, axis=0)), np.nan_to_num(around).max(axis=0)
    known = ~np.isnan(darkest)
    lit = known & (darkest > LIT_LX) & (darkest > LIT_OVER_ROOM * room)
    lit &= darkest * SAME_SIZE > most  # else it is a neighbour's that is seen from here
    found = []
    for since, until in _stretches(lit, known, LIT_DAYS):
        on = view.on[sensor, since * DAY : until * DAY]
        burns_on = until == darkest.size and on.sum() > LIT_SHARE * on.size
        if burns_on or not on.any():
            found.append((since, until))
    return found
