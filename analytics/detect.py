"""One room's sensors to each asset's use: what every sensor saw, put together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from analytics import kinds, misreadings
from analytics.grid import MINUTE_S, Bools, Floats
from analytics.hygiene import (
    CAN_NOT_BE_BELIEVED,
    COUNTS,
    Cleaned,
    Health,
    clean,
    faulty_since,
    mark_drifting,
)
from analytics.kind import Kind, Seen, Signal
from analytics.misreadings import Minutes
from ingest.fault_values import FAULT_VALUES, FaultValue, Misreading

DOUBTED_FROM: Final = 180  # minutes of lamp light in the window
BORNE_OUT: Final = 0.25  # of them that warmth must have seen, too


@dataclass(frozen=True, slots=True)
class Sensor:
    """One sensor's grid: `values` (minutes,), or (2, minutes) latitude and longitude."""

    id: int
    card_id: int
    kind: str
    values: Floats
    proven: bool  # a proof stands: a commissioning test, or use seen earlier (I10)
    vehicle: bool = False
    ahead: float = 0.0  # minutes by which its newest stamp is later than now
    catching_up: bool = False  # what it measured is still on the way: silence says nothing yet
    doubted: int = 0  # the minute before which use seen proves nothing: an alarm came later
    misread: Mapping[Misreading, Minutes] = field(default_factory=dict)  # left out of `values`
    clock_refused: bool = False  # what its gateway sent lately was refused for its times
    on: float | None = None  # what it said while its asset worked, when it was proven
    reference: bool = False  # it watches the room and no asset


@dataclass(frozen=True, slots=True)
class Examined:
    """A sensor after hygiene and detection."""

    sensor: Sensor
    cleaned: Cleaned
    seen: Seen

    @property
    def kind(self) -> Kind:
        """What its sensor is."""
        return kinds.find(self.sensor.kind)

    @property
    def proven(self) -> bool:
        """Whether it is known to react to use: a proof stands, or it has reacted here."""
        return self.sensor.proven or self.reacted_at is not None

    @property
    def reacted_at(self) -> int | None:
        """The newest minute of use seen that proves it; None where none does."""
        health = self.cleaned.health
        if not self.seen.detected or health in CAN_NOT_BE_BELIEVED or health is Health.FAULTY:
            return None
        used = np.flatnonzero(self.seen.use[self.sensor.doubted :])
        return self.sensor.doubted + int(used[-1]) if used.size else None


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


def examine(
    room: Sequence[Sensor],
    silent_after: int,
    passed: int,
    known: Sequence[FaultValue] = FAULT_VALUES,
) -> list[Examined]:
    """Judge and read all sensors of one room (gateway) together; in the order given.

    `passed`: minutes of the grid that are over; `silent_after`: minutes, see `hygiene.clean`;
    `known`: values that mean a fault.
    """
    read = [_without_misreadings(sensor, known) for sensor in room]
    each = [_cleaned(sensor, silent_after, passed) for sensor in read]
    cleaned = mark_drifting([sensor.kind for sensor in room], each)
    signals = [_signal(sensor, one) for sensor, one in zip(read, cleaned, strict=True)]
    seen: dict[int, Seen] = {}
    for kind in dict.fromkeys(sensor.kind for sensor in read):
        own = [index for index, sensor in enumerate(read) if sensor.kind == kind]
        found = kinds.find(kind).see([signals[index] for index in own])
        seen.update(zip(own, found, strict=True))
    return [Examined(sensor, cleaned[i], seen[i]) for i, sensor in enumerate(read)]


def _signal(sensor: Sensor, cleaned: Cleaned) -> Signal:
    values = cleaned.values
    if sensor.values.ndim > 1:
        values = np.where(np.isnan(values), np.nan, sensor.values)
    misread = _misread_minutes(sensor, values.shape[-1])
    return Signal(
        values, misread, sensor.vehicle, sensor.proven, sensor.on, sensor.card_id, sensor.reference
    )


def _without_misreadings(sensor: Sensor, known: Sequence[FaultValue]) -> Sensor:
    """The sensor, its misreadings taken out of its values and noted beside them."""
    position = sensor.values.ndim > 1
    first = sensor.values[0] if position else sensor.values
    spoken = np.flatnonzero(~np.isnan(first))
    longitudes = np.asarray(sensor.values[1][spoken]) if position else None
    at_s = (spoken * MINUTE_S).astype(np.float64)
    said = np.asarray(first[spoken], dtype=np.float64)
    codes = misreadings.mark(sensor.kind, at_s, said, longitudes, known)
    if not codes.any():
        return sensor
    values = sensor.values.copy()
    values[..., spoken[codes > 0]] = np.nan
    found = misreadings.by_kind(codes, spoken)
    return replace(sensor, values=values, misread=misreadings.joined(sensor.misread, found))


def _cleaned(sensor: Sensor, silent_after: int, passed: int) -> Cleaned:
    values = sensor.values[0] if sensor.values.ndim > 1 else sensor.values
    patience = passed if sensor.catching_up else silent_after
    refused = sensor.clock_refused
    found = clean(sensor.kind, values, patience, passed, sensor.ahead, clock_refused=refused)
    if not sensor.misread:
        return found
    heard = ~np.isnan(values)
    since = faulty_since(np.concatenate(list(sensor.misread.values())), heard, passed)
    counts = {kind: int(minutes.size) for kind, minutes in sensor.misread.items()}
    if since is None:
        return replace(found, misread=counts)
    return replace(found, misread=counts, health=Health.FAULTY, since=since)


def _misread_minutes(sensor: Sensor, minutes: int) -> Bools:
    found = np.zeros(minutes, dtype=bool)
    for kind, at in sensor.misread.items():
        if kind is not Misreading.REFUSED:  # known by its arrival alone
            found[at[(at >= 0) & (at < minutes)]] = True
    return found


def combine(examined: Sequence[Examined], minutes: int) -> Use:
    """Put together what an asset's sensors saw.

    In use is what any of them saw; but where a sensor of a kind that decides is heard (pulses),
    that is believed, for it measures the asset itself. Heard is when one listened whose silence
    means something: it is able to tell, and proven. A sensor that has been found at fault counts
    for nothing, but for one that only misreads now and then: what it misread is left out already.
    """
    use = np.zeros(minutes, dtype=bool)
    covered = np.zeros(minutes, dtype=bool)
    by_basis: dict[str, Bools] = {}
    trusted = [one for one in examined if one.cleaned.health in COUNTS and one.seen.able]
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
        if one.proven:
            covered |= one.seen.heard
    proven = any(one.proven for one in trusted)
    return Use(use, perhaps & ~use, covered | use, by_basis, bool(trusted), proven, agree(trusted))


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
