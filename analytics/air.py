"""The air of one room: what its warmth sensors have in common, and what each adds of its own.

A sensor near an asset follows the room, with a gain of its own for what is slow (weather, the sun
on its wall) and one for what is fast (the cycles of an air conditioner), and is warmer by what its
asset gives off. The gains are fitted on minutes in which the asset is off, which again is known
from what is left: so both are found by turns.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from analytics.air_minutes import (
    above,
    below_nothing,
    by_voice,
    lowest,
    mean_around,
    share_out,
    without_room,
)
from analytics.grid import Bools, Floats, median, middle
from analytics.recurrences import Ints, drive

TAU: Final = 20.0  # minutes in which a device follows, the usual time constant
DAY: Final = 1440
NIGHT: Final = (2 * 60, 6 * 60)  # minutes of the day in which hardly anything runs
WORK: Final = (8 * 60, 18 * 60)
SLOW: Final = 121  # minutes over which a mean is what is slow in the room's course
TURNS: Final = 2
LOW: Final = 0.2  # of the room's voices lie below what the room does: some are always in use
LEAST_COMPARED: Final = 3  # voices of a room: with fewer, its air can't be told from a device
LEAST_OFF: Final = 6 * 60  # minutes known to be off, to fit gains on
SAMPLE: Final = 5  # minutes from one to the next that gains are fitted on
STIFFNESS: Final = 6.0  # samples·°C² that speak for a gain of one before anything was measured
OFF_RISE: Final = 1.0  # °C, and so many scatters: below, a device is taken to be off
OFF_SCATTERS: Final = 3.0
LEAST_MINUTES: Final = 60  # of a night, and of what a scatter is taken from
EACH_NIGHT: Final = 0.2  # quantile of the nights: so much warmer it is on nearly all of them
HALF_NORMAL: Final = 1.4826  # median of |x| to σ


@dataclass(frozen=True, slots=True)
class Own:
    """What each sensor adds to its room: `driven` (sensors, minutes) °C, the rise to which it is
    driven; `scatter` (sensors,) °C, of it while off at working hours; `standing` (sensors,) °C by
    which its nights are warmer than those of the room's others; `swings` (minutes,) °C, what the
    room itself does within less than two hours.
    """

    driven: Floats
    scatter: Floats
    standing: Floats
    swings: Floats


def own(
    temperature: Floats,
    cards: Sequence[int],
    reference: Sequence[bool],
    astray: Sequence[bool],
    interval: int,
) -> Own:
    """What each sensor of one room adds, by `temperature` (sensors, minutes) °C from a local
    midnight on, NaN not heard.

    `cards`: the asset that each watches, one voice each; `reference`: which watch the room;
    `astray`: which are not asked what the room does, for what they say is of another hour.
    `interval`: minutes between readings.
    """
    levels = night_level(temperature)
    drawn = drive(_above(temperature, levels), TAU, window(interval))
    watched, silenced = np.asarray(reference, dtype=bool), np.asarray(astray, dtype=bool)
    voices = np.unique(np.where(watched, -1 - np.arange(len(cards)), cards), return_inverse=True)[1]
    at_work = _between(WORK, temperature.shape[1])
    course = _course(drawn, voices, watched, silenced)
    driven = drawn - course
    for _ in range(TURNS):
        off = np.where(watched, np.inf, _off(_scatter(driven, at_work)))
        left = without_room(
            drawn, course, mean_around(course, SLOW), driven, off, SAMPLE, LEAST_OFF // SAMPLE,
            STIFFNESS,
        )  # fmt: skip
        share_out(left, driven, off, ~silenced, voices, course)
        driven = left
    scatter = _scatter(driven, at_work)
    swings = course - mean_around(course, SLOW)
    return Own(driven, scatter, _standing(levels, voices, silenced), swings)


def night_level(values: Floats) -> Floats:
    """Median at night of each day, (sensors, days); NaN where too little was heard."""
    days = values.shape[1] // DAY
    nights = values[:, : days * DAY].reshape(values.shape[0], days, DAY)[:, :, slice(*NIGHT)]
    heard = (~np.isnan(nights)).sum(axis=2) >= LEAST_MINUTES
    return np.where(heard, median(nights, axis=2), np.nan)


def _above(values: Floats, levels: Floats) -> Floats:
    """(sensors, minutes) above the median of each night with its neighbours, drawn from night to
    night through every minute; `levels` (sensors, nights).
    """
    padded = np.pad(levels, ((0, 0), (1, 1)), constant_values=np.nan)
    medians = median(np.stack([padded[:, :-2], padded[:, 1:-1], padded[:, 2:]]), axis=0)
    middles = np.arange(levels.shape[1]) * DAY + sum(NIGHT) // 2
    return above(np.ascontiguousarray(values), middles, medians)


def _between(hours: tuple[int, int], minutes: int) -> Bools:
    minute = np.arange(minutes) % DAY
    return np.asarray((minute >= hours[0]) & (minute < hours[1]))


def _course(drawn: Floats, voices: Ints, watched: Bools, silenced: Bools) -> Floats:
    """What the room does at first, (minutes,): what voices of assets that are off say, below which
    a share of LOW lie at the most, or its own sensors.

    The lower of both, where there are assets enough to ask: a sensor of the room may have been put
    up where an asset warms it, and would hide that one's use; where it is not heard, they say.
    """
    asked = np.where(silenced[:, np.newaxis], np.nan, drawn) if silenced.any() else drawn
    count = int(voices.max()) + 1
    if not watched.any():
        return lowest(asked if count == voices.size else by_voice(asked, voices, count), LOW)
    own, assets = lowest(asked[watched], LOW), asked[~watched]
    heard = ~np.isnan(assets).all(axis=1)
    if np.unique(voices[~watched][heard]).size < LEAST_COMPARED:
        return own
    return np.fmin(own, lowest(by_voice(assets, voices[~watched], count), LOW))


def window(interval: int) -> int:
    """Minutes that a slope is taken over, odd: three readings, but no more than a use lasts."""
    return min(max(9, 3 * interval), 45) // 2 * 2 + 1


def _scatter(driven: Floats, at_work: Bools) -> Floats:
    """What (sensors, minutes) scatter by at work while off, (sensors,).

    Of what is below nothing, for no device is colder than its room: half of what scatters.
    """
    scatter = np.full(driven.shape[0], np.nan)
    for row in range(driven.shape[0]):
        low, count = below_nothing(driven[row], at_work)
        if count >= LEAST_MINUTES:
            scatter[row] = HALF_NORMAL * middle(low[:count])
    return scatter


def _off(scatter: Floats) -> Floats:
    """Within how many °C of its room (sensors,) a device is taken not to work: what is far below
    would draw the others up, and is none of a device's doing.
    """
    return np.asarray(np.fmax(OFF_RISE, OFF_SCATTERS * scatter))


def _standing(levels: Floats, voices: Ints, astray: Bools) -> Floats:
    """By how much each sensor's nights are warmer than the others' middle; 0 where not known.

    Nearly every night, for a sensor may drift, and a device be left on.
    """
    standing = np.zeros(levels.shape[0])
    for row in range(levels.shape[0]):
        others = levels[(voices != voices[row]) & ~astray]
        known = ~np.isnan(levels[row]) & (~np.isnan(others)).any(axis=0)
        if known.any():
            around = median(others[:, known], axis=0)
            standing[row] = np.quantile(levels[row, known] - around, EACH_NIGHT)
    return standing
