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

from analytics.grid import Bools, Floats
from analytics.recurrences import Ints, drive

TAU: Final = 20.0  # minutes in which a device follows, the usual time constant
DAY: Final = 1440
NIGHT: Final = (2 * 60, 6 * 60)  # minutes of the day in which hardly anything runs
WORK: Final = (8 * 60, 18 * 60)
SLOW: Final = 121  # minutes over which a mean is what is slow in the room's course
TURNS: Final = 2
LOW: Final = 0.2  # of the room's voices lie below what the room does: some are always in use
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
    which its nights are warmer than those of the room's others.
    """

    driven: Floats
    scatter: Floats
    standing: Floats


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
    above = temperature - baseline(levels, temperature.shape[1])
    drawn = drive(above, TAU, window(interval))
    watched, silenced = np.asarray(reference, dtype=bool), np.asarray(astray, dtype=bool)
    voices = np.unique(np.where(watched, -1 - np.arange(len(cards)), cards), return_inverse=True)[1]
    at_work = _between(WORK, temperature.shape[1])
    asked = np.where(silenced[:, np.newaxis], np.nan, drawn)
    course = _lowest(asked[watched] if watched.any() else _by_voice(asked, voices))
    driven = drawn - course
    for _ in range(TURNS):
        off = _off(driven, _scatter(driven, at_work)) | watched[:, np.newaxis]
        driven = _left(drawn, course, off)
        common, others = _shared(np.where(off & ~np.isnan(asked), driven, np.nan), voices)
        course, driven = course + common, driven - others
    scatter = _scatter(driven, at_work)
    return Own(driven, scatter, _standing(levels, voices, silenced))


def night_level(values: Floats) -> Floats:
    """Median at night of each day, (sensors, days); NaN where too little was heard."""
    days = values.shape[1] // DAY
    nights = values[:, : days * DAY].reshape(values.shape[0], days, DAY)[:, :, slice(*NIGHT)]
    levels = np.full(nights.shape[:2], np.nan)
    heard = (~np.isnan(nights)).sum(axis=2) >= LEAST_MINUTES
    for row in range(values.shape[0]):
        levels[row, heard[row]] = np.nanmedian(nights[row, heard[row]], axis=1)
    return levels


def baseline(levels: Floats, minutes: int) -> Floats:
    """Median of each night with its neighbours, drawn from night to night through every minute."""
    nights = levels.shape[1]
    padded = np.pad(levels, ((0, 0), (1, 1)), constant_values=np.nan)
    medians = _ranked(np.stack([padded[:, :-2], padded[:, 1:-1], padded[:, 2:]]), 0.5)
    drawn = np.full((levels.shape[0], minutes), np.nan)
    middles = np.arange(nights) * DAY + sum(NIGHT) / 2
    for row, of_nights in enumerate(medians):
        known = ~np.isnan(of_nights)
        if known.any():
            drawn[row] = np.interp(np.arange(minutes), middles[known], of_nights[known])
    return drawn


def _between(hours: tuple[int, int], minutes: int) -> Bools:
    minute = np.arange(minutes) % DAY
    return np.asarray((minute >= hours[0]) & (minute < hours[1]))


def _by_voice(above: Floats, voices: Ints) -> Floats:
    return np.stack([_mean(above[voices == voice]) for voice in range(voices.max() + 1)])


def _mean(rows: Floats) -> Floats:
    if rows.shape[0] == 1:
        return np.asarray(rows[0])
    heard = (~np.isnan(rows)).sum(axis=0)
    total = np.nansum(rows, axis=0)
    return np.asarray(np.where(heard > 0, total / np.maximum(heard, 1), np.nan))


def _ranked(rows: Floats, share: float) -> Floats:
    """The quantile `share` over the first axis of what is known, NaN where nothing is."""
    ordered = np.sort(rows, axis=0)  # NaN goes last
    place = share * np.maximum((~np.isnan(rows)).sum(axis=0) - 1, 0)
    lower = np.floor(place).astype(np.int64)[np.newaxis]
    upper = np.ceil(place).astype(np.int64)[np.newaxis]
    below: Floats = np.take_along_axis(ordered, lower, axis=0)[0]
    above: Floats = np.take_along_axis(ordered, upper, axis=0)[0]
    return np.asarray(below + (place - lower[0]) * (above - below))


def _lowest(rows: Floats) -> Floats:
    """The one of (voices, minutes) below which a share of LOW lie at the most."""
    ordered = np.sort(rows, axis=0)  # NaN goes last
    heard = (~np.isnan(rows)).sum(axis=0)
    place = (LOW * np.maximum(heard - 1, 0)).astype(np.int64)[np.newaxis]
    return np.asarray(np.take_along_axis(ordered, place, axis=0)[0])


def window(interval: int) -> int:
    """Minutes that a slope is taken over, odd: three readings, but no more than a use lasts."""
    return min(max(9, 3 * interval), 45) // 2 * 2 + 1


def _scatter(driven: Floats, at_work: Bools) -> Floats:
    """What (sensors, minutes) scatter by at work while off, (sensors,).

    Of what is below nothing, for no device is colder than its room: half of what scatters.
    """
    scatter = np.full(driven.shape[0], np.nan)
    for row in range(driven.shape[0]):
        low = driven[row, at_work]
        low = -low[low < 0]
        if low.size >= LEAST_MINUTES:
            scatter[row] = HALF_NORMAL * np.median(low)
    return scatter


def _off(driven: Floats, scatter: Floats) -> Bools:
    """Minutes in which a device doesn't work, and its sensor is near the room: what is far below
    would draw the others up, and is none of a device's doing.
    """
    least = np.fmax(OFF_RISE, OFF_SCATTERS * scatter)[:, np.newaxis]
    with np.errstate(invalid="ignore"):
        return np.asarray(np.abs(driven) < least)


def _left(above: Floats, course: Floats, off: Bools) -> Floats:
    """What remains of each sensor without the room's course by its own gains."""
    slow = _slow(course)
    parts = np.stack([slow, course - slow])
    left = above - course
    sample = slice(None, None, SAMPLE)
    seen_all, told = parts[:, sample], ~np.isnan(slow[sample])
    for row in range(above.shape[0]):
        rest = left[row, sample]
        known = off[row, sample] & ~np.isnan(rest) & told
        if known.sum() * SAMPLE < LEAST_OFF:
            continue
        rest, seen = rest[known], seen_all[:, known]
        middle = seen.mean(axis=1)
        seen = seen - middle[:, np.newaxis]
        beyond = np.linalg.solve(seen @ seen.T + STIFFNESS * np.eye(2), seen @ (rest - rest.mean()))
        left[row] -= beyond @ parts + (rest.mean() - beyond @ middle)
    return left


def _slow(course: Floats) -> Floats:
    """The mean of (minutes,) over the time around each."""
    half = SLOW // 2
    heard = np.pad((~np.isnan(course)).astype(np.float64), (half + 1, half))
    values = np.pad(np.nan_to_num(course), (half + 1, half))
    totals, counts = np.cumsum(values), np.cumsum(heard)
    count = counts[SLOW:] - counts[:-SLOW]
    mean = (totals[SLOW:] - totals[:-SLOW]) / np.maximum(count, 1.0)
    return np.where(np.isnan(course), np.nan, mean)


def _shared(left: Floats, voices: Ints) -> tuple[Floats, Floats]:
    """What voices that are off (left: NaN elsewhere) have in common: (minutes,) of all, and
    (sensors, minutes) of the others of each; nothing where there are none.
    """
    by_voice = _by_voice(left, voices)
    spoken = ~np.isnan(by_voice)
    total, count = np.nansum(by_voice, axis=0), spoken.sum(axis=0)
    others = (total - np.nan_to_num(by_voice)) / np.maximum(count - spoken, 1)
    common: Floats = total / np.maximum(count, 1)
    shared: Floats = others[voices]
    return common, shared


def _standing(levels: Floats, voices: Ints, astray: Bools) -> Floats:
    """By how much each sensor's nights are warmer than the others' middle; 0 where not known.

    Nearly every night, for a sensor may drift, and a device be left on.
    """
    standing = np.zeros(levels.shape[0])
    for row in range(levels.shape[0]):
        others = levels[(voices != voices[row]) & ~astray]
        known = ~np.isnan(levels[row]) & (~np.isnan(others)).any(axis=0)
        if known.any():
            around = _ranked(others[:, known], 0.5)
            standing[row] = np.quantile(levels[row, known] - around, EACH_NIGHT)
    return standing
