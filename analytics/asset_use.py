"""One asset's use: what each of its sensors saw, weighed by the others, and put together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from analytics import kinds
from analytics.detect import LAG, Examined
from analytics.grid import Bools, runs

DOUBTED_FROM: Final = 180  # minutes of lamp light in the window
BORNE_OUT: Final = 0.25  # of them that warmth must have seen, too
SHOWS_IN: Final = 60  # minutes of use that are felt for certain: three times what a device takes


@dataclass(frozen=True, slots=True)
class Use:
    """One asset's use: (minutes,) each, and by which kinds it was seen."""

    use: Bools
    perhaps: Bools  # another's use, or this asset's: nobody can tell
    covered: Bools
    by_basis: dict[str, Bools]
    able: bool
    proven: bool
    agree: bool


def combine(examined: Sequence[Examined], minutes: int) -> Use:
    """Put together what an asset's sensors saw.

    In use is what any of them saw; but where a sensor of a kind that decides is heard (pulses),
    that is believed, for it measures the asset itself. Heard is when one listened whose silence
    means something: it is able to tell, and proven. What a sensor saw since it was found at fault
    counts for nothing (`Cleaned.until`); what it saw before stays.
    """
    use = np.zeros(minutes, dtype=bool)
    covered = np.zeros(minutes, dtype=bool)
    by_basis: dict[str, Bools] = {}
    weighed = weigh(examined)
    trusted = list(undisputed(weighed).values())
    perhaps = np.zeros(minutes, dtype=bool)
    decided = np.zeros(minutes, dtype=bool)
    for one in trusted:
        if one.kind.decides and one.proven:
            decided |= one.seen.heard
    for one in trusted:
        seen = one.seen.use if one.kind.decides else one.seen.use & ~decided
        basis = one.kind.basis
        use |= seen
        if one.seen.perhaps is not None:
            perhaps |= one.seen.perhaps & ~decided
        by_basis[basis] = by_basis.get(basis, np.zeros(minutes, dtype=bool)) | one.seen.use
        stood = one.seen.use.size if one.proven else one.sensor.doubted
        covered[:stood] |= one.seen.heard[:stood]
    for one in examined:
        if one.sensor.undated is not None:
            perhaps |= one.sensor.undated & ~covered
    proven = any(one.proven for one in trusted)
    able, agreed = bool(trusted), agree(list(weighed.values()))
    return Use(use, perhaps & ~use, covered | use, by_basis, able, proven, agreed)


def weigh(examined: Sequence[Examined]) -> dict[int, Examined]:
    """By place those of an asset's sensors that can tell, each with what it saw before it was found
    at fault, and without what the others say was another's.
    """
    believed = {
        place: _believed(one)
        for place, one in enumerate(examined)
        if one.cleaned.until and one.seen.able
    }
    beside = list(believed.values())
    return {place: _weighed(one, beside) for place, one in believed.items()}


def undisputed(weighed: Mapping[int, Examined]) -> dict[int, Examined]:
    """The same, use only perhaps one for as long as proven warmth that should have felt it felt
    nothing.
    """
    beside = list(weighed.values())
    return {place: _undisputed(one, beside) for place, one in weighed.items()}


def _believed(one: Examined) -> Examined:
    """The sensor with what it saw before it was found at fault."""
    until = one.cleaned.until
    if until >= one.seen.use.size:
        return one
    before = np.arange(one.seen.use.size) < until
    perhaps, weak = (
        None if light is None else light & before for light in (one.seen.perhaps, one.seen.weak)
    )
    seen = replace(
        one.seen,
        use=one.seen.use & before,
        heard=one.seen.heard & before,
        perhaps=perhaps,
        weak=weak,
    )
    return replace(one, seen=seen)


def _weighed(one: Examined, beside: Sequence[Examined]) -> Examined:
    """The sensor without what was another's by the proven warmth (or the like) of its asset, which
    felt nothing: what is likelier another's anyway, and what is only perhaps a use.

    What feels nothing may have fallen off, so that the second takes one that felt a use these days.
    """
    weak, perhaps = (
        np.zeros(one.seen.use.size, dtype=bool) if light is None else light
        for light in (one.seen.weak, one.seen.perhaps)
    )
    quiet, while_it_reacts = np.zeros((2, weak.size), dtype=bool)
    for witness in _witnesses(beside):
        quiet |= _quiet(witness)
        if witness.seen.detected:
            while_it_reacts |= _quiet(witness)
    use = one.seen.use.copy()
    for start, end in runs(use & weak):
        if quiet[start:end].mean() > 1 - BORNE_OUT:
            use[start:end] = False
    perhaps = perhaps & ~(weak & quiet) & ~while_it_reacts
    return replace(one, seen=replace(one.seen, use=use, perhaps=perhaps))


def _undisputed(one: Examined, beside: Sequence[Examined]) -> Examined:
    if not one.kind.needs_support:
        return one
    disputed = np.zeros(one.seen.use.size, dtype=bool)
    for witness in _witnesses(beside):
        for start, end in runs(one.seen.use & _quiet(witness)):
            disputed[start:end] |= end - start >= SHOWS_IN
    perhaps = disputed if one.seen.perhaps is None else one.seen.perhaps | disputed
    return replace(one, seen=replace(one.seen, use=one.seen.use & ~disputed, perhaps=perhaps))


def _witnesses(examined: Sequence[Examined]) -> list[Examined]:
    """Those whose silence speaks against what another one saw."""
    return [one for one in examined if one.kind.supports and one.proven]


def _quiet(witness: Examined) -> Bools:
    """Where it felt nothing, (minutes,): what may be another's use was another's there."""
    felt = witness.seen.use
    if witness.seen.perhaps is not None:
        felt = felt | witness.seen.perhaps
    near = felt.copy()
    for start, end in runs(felt):
        near[max(0, start - LAG) : end + LAG] = True
    return witness.seen.heard & ~near


def agree(trusted: Sequence[Examined]) -> bool:
    """Whether warmth bears out the light: a lamp that burns for hours beside a cold device is
    not the device's own.
    """
    lamps = [one for one in trusted if one.kind.needs_support and one.seen.detected]
    warmths = [one for one in trusted if one.kind.supports and one.proven]
    for lamp in lamps:
        for warmth_seen in warmths:
            both_heard = lamp.seen.use & warmth_seen.seen.heard
            borne_out = both_heard & warmth_seen.seen.use
            if both_heard.sum() > DOUBTED_FROM and borne_out.sum() < BORNE_OUT * both_heard.sum():
                return False
    return True


def confidence(bases: Sequence[str]) -> float:
    """How sure a session is that these kinds saw (0 to 1): independent witnesses add up."""
    doubt = 1.0
    for basis in bases:
        row = kinds.of_basis(basis)
        doubt *= 1.0 - (row.sure if row else 0.0)
    return round(1.0 - doubt, 2)
