"""Off, standby, working: what an asset draws at each, learnt from its own readings. Pure.

A load leaves clusters in the density of log(value): its levels. Which of them are rest can't be
read off any single number, for one thing's standby is more than another's work. So only what is
rest for certain is called that; what may be either is unclear, and nobody may call it heard.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics import clusters, rhythm
from analytics.clusters import LASTING, LEAST_READINGS, SAME, Level, Scale, resolution
from analytics.grid import Floats
from analytics.kind import Kind, Seen, Signal

TWICE: Final = 2.0  # times the rest: so much more is another state
FAR: Final = 5.0  # times: work is so far above a standby that is seen by day only
ALMOST: Final = 4.0  # times nothing: a meter's noise may say as much
AS_TESTED: Final = 0.5  # of what it drew when it was tested
OVERSHOOT: Final = 1.5  # times what follows: switching on
LONGEST_INRUSH: Final = 2  # readings
FLUCTUATION: Final = 0.02  # of any load, as the mains' voltage fluctuates
STUCK_AFTER: Final = 6 * 60  # minutes
FLICKER: Final = 2.0  # steps of a meter
MANY_TIMES: Final = 50  # that a level flickered
LEAST_SHARE: Final = 0.25  # of what it draws before: a reading that is more has changed
CALM: Final = 60.0  # times as long as usual
ITS_WAY: Final = 3  # times: what stands still as often is no fault


class State(IntEnum):
    """What a reading is."""

    REST = 0  # off, or standby
    WORKING = 1
    UNCLEAR = 2


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the asset from elsewhere: levels when it was proven, whether it is."""

    proven: bool = False
    on: float | None = None


@dataclass(frozen=True, slots=True)
class Learnt:
    """An asset's levels, rising, with the state of each, and whether what they show means anything.

    `sure`: whether its working level is told from a standby for certain.
    """

    levels: tuple[Level, ...]
    states: tuple[State, ...]
    able: bool
    sure: bool

    def read(self, values: Floats) -> NDArray[np.int64]:
        """The State of each of (n,) values."""
        borders = [level.least for level in self.levels[1:]]
        of_level = np.array([int(state) for state in self.states], dtype=np.int64)
        return of_level[np.searchsorted(borders, values, side="right")]

    @property
    def work(self) -> float | None:
        """The lowest level at which it works; None where it was not seen at work."""
        return next(
            (
                level.value
                for level, state in zip(self.levels, self.states, strict=True)
                if state is State.WORKING and level.readings >= LEAST_READINGS
            ),
            None,
        )


def settled(values: Floats) -> Floats:
    """(n,) readings without the overshoot of switching on: a load that starts draws, for a reading
    or two, many times what it draws then. Each such reading says what follows it.
    """
    flat = values.copy()
    for length in range(1, LONGEST_INRUSH + 1):
        if flat.size < length + 2:
            break
        before, after = flat[: -length - 1], flat[length + 1 :]
        tops = np.stack([flat[1 + k : flat.size - length + k] for k in range(length)])
        starts = (tops.min(axis=0) > OVERSHOOT * after) & (after > OVERSHOOT * before)
        for at in np.flatnonzero(starts & (after > 0)):
            flat[at + 1 : at + 1 + length] = flat[at + length + 1]
    return flat


def learn(minutes: NDArray[np.int64], values: Floats, scale: Scale, known: Known) -> Learnt | None:
    """The levels of (n,) readings at these minutes of the grid; None: too few."""
    if values.size < LEAST_READINGS:
        return None
    scale = scale.measured(resolution(values))
    found = clusters.levels(minutes, values, scale)
    states = (
        _of_lowest(found, scale, known),
        *(_of_other(level, found, scale, known) for level in found[1:]),
    )
    working = [n for n, state in enumerate(states) if state is State.WORKING]
    return Learnt(
        tuple(found),
        states,
        able=states[0] is State.REST or (known.on is not None and len(working) == len(found)),
        sure=known.proven or any(n and _surely_works(found[n], found[0], scale) for n in working),
    )


def _surely_works(level: Level, lowest: Level, scale: Scale) -> bool:
    """A steady small load that is switched from nothing may be a standby."""
    small = level.value <= scale.standby and level.steady
    return not (small and lowest.value <= ALMOST * scale.nothing)


def _of_lowest(levels: Sequence[Level], scale: Scale, known: Known) -> State:
    lowest = levels[0].value
    alone = all(level.readings < LEAST_READINGS for level in levels[1:])
    if lowest <= scale.nothing:
        return State.REST
    if known.on is not None:
        if known.on >= TWICE * lowest:
            return State.REST
        return State.WORKING if known.on <= OVERSHOOT * lowest else State.UNCLEAR
    if lowest > scale.standby:
        return State.UNCLEAR  # never off: work, or the standby of something large
    if alone:
        return State.REST if known.proven else State.UNCLEAR
    return State.REST if _above(levels, lowest) else State.UNCLEAR


def _above(levels: Sequence[Level], value: float) -> bool:
    """Whether there is work so far above this value that this is its rest: twice, if it lasts."""
    return any(
        (level.value >= FAR * value and level.readings >= LEAST_READINGS)
        or (level.value >= TWICE * value and level.lasts)
        for level in levels
    )


def _of_other(level: Level, levels: Sequence[Level], scale: Scale, known: Known) -> State:
    """A level that isn't the lowest: a standby above off, or work."""
    if level.value <= scale.nothing:
        return State.REST
    if level.value > scale.standby or not level.steady:
        return State.WORKING
    return _of_small(level, levels, scale, known)


def _of_small(level: Level, levels: Sequence[Level], scale: Scale, known: Known) -> State:
    """A steady one that is no more than a standby may be."""
    tested = 0.0 if known.on is None else known.on / level.value
    if 0.0 < tested <= 1 / AS_TESTED:
        return State.WORKING
    if not (level.nightly or level.all_day):
        return State.WORKING  # a standby stays for longer than its asset is used
    if tested >= FAR or any(one.value >= FAR * level.value and one.lasts for one in levels):
        return State.REST
    if tested or _above(levels, level.value):
        return State.REST if level.nightly else State.UNCLEAR
    return State.UNCLEAR if levels[0].value <= ALMOST * scale.nothing else State.WORKING


def row(name: str, scale: Scale, sure: float, least_change: float) -> Kind:
    """The row of a kind that measures how much its asset draws, in the unit of `scale`.

    `least_change`: by how much a reading must differ to have changed, however little was drawn.
    """
    return Kind(
        name=name,
        basis=name,
        sure=sure,
        see=lambda room: [see(one, scale) for one in room],
        decides=True,
        supports=True,
        may_stand=partial(may_stand, scale=scale),
        scatter=lambda level: max(least_change, LEAST_SHARE * level),
        overshoots=True,
    )


def see(one: Signal, scale: Scale) -> Seen:
    """What a sensor of this scale saw of its asset's use."""
    minutes = np.flatnonzero(~np.isnan(one.values))
    said = np.maximum(one.values[minutes], 0.0)
    known = Known(one.proven, one.on)
    learnt = learn(minutes, said, scale, known)
    nothing = np.zeros(one.values.size, dtype=bool)
    if learnt is None or not learnt.able:
        return Seen(nothing, rhythm.heard(one.values), able=False, detected=False)
    states = np.full(one.values.size, np.nan)
    states[minutes] = learnt.read(said)
    stood = rhythm.stood(states)
    use = stood == State.WORKING
    worked = int((learnt.read(settled(said)) == State.WORKING).sum())
    return Seen(
        use,
        use | (stood == State.REST),
        able=True,
        detected=learnt.sure and worked >= LASTING,
        on=learnt.work,
    )


def may_stand(values: Floats, at: NDArray[np.int64], said: Floats, scale: Scale) -> Floats:
    """For how many minutes each of (n,) values may stay the same to the last digit.

    Nothing may, for ever; and so may what is so small that the meter's own steps hide the mains'
    fluctuation. But what has always flickered doesn't stop by itself. `at`, `said`: (m,) the
    minutes and values of all that it said.
    """
    step = resolution(said)
    hidden = values * FLUCTUATION < (step or 2 * scale.nothing)
    limit = np.where((values <= scale.nothing) | hidden, np.inf, STUCK_AFTER)
    starts = np.concatenate(([0], np.flatnonzero(np.diff(said)) + 1))
    lengths = np.diff(np.append(starts, said.size)) * rhythm.usual_of(at)
    for value in np.unique(values[np.isinf(limit)]):
        near = lengths[np.abs(said[starts] - value) <= FLICKER * step + SAME]
        limit[values == value] = _calm(near)
    return limit


def _calm(lengths: NDArray[np.int64]) -> float:
    """For how long a value may stand that stood for so many minutes each time (n,)."""
    if lengths.size < MANY_TIMES:
        return np.inf
    longest = max(STUCK_AFTER, CALM * float(np.median(lengths)))
    return np.inf if (lengths >= longest).sum() > ITS_WAY else longest
