"""One room's sensors: how each is, and what it saw."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from analytics import kinds, misreadings
from analytics.grid import MINUTE_S, Bools, Floats, runs
from analytics.health import CAN_NOT_BE_BELIEVED, COUNTS, Alarm, Health
from analytics.hygiene import (
    DAY,
    Cleaned,
    clean,
    faulty_since,
    mark_clock_off,
    mark_drifting,
)
from analytics.kind import Kind, Seen, Signal
from analytics.misreadings import Minutes
from ingest.fault_values import FAULT_VALUES, FaultValue, Misreading

# The lamp is gone: uses by warmth without it.
WORKS_FOR: Final = 20  # minutes
LAG: Final = 20  # minutes by which warmth may follow the lamp
LEAST_LIT: Final = 0.1  # of a use
DARK_DAYS: Final = 3
BY_CHANCE: Final = 0.005


@dataclass(frozen=True, slots=True)
class Sensor:
    """One sensor's grid: `values` (minutes,), or (3, minutes): latitude, longitude, and the metres
    that each fix may err by, NaN where it wasn't said.
    """

    id: int
    card_id: int
    kind: str
    values: Floats
    proven: bool  # a proof stands: a commissioning test, or use seen earlier (I10)
    vehicle: bool = False
    ahead: float = 0.0  # minutes by which its newest stamp is later than now
    catching_up: bool = False  # what it measured is still on the way: silence says nothing yet
    # The minute before which use seen proves nothing, for an alarm came later and ended its proof:
    # until then that stood.
    doubted: int = 0
    # The minutes of misreadings that were left out of `values`; None: nobody looked for any yet.
    misread: Mapping[Misreading, Minutes] | None = None
    clock_refused: bool = False  # what its gateway sent lately was refused for its times
    clock_since: int | None = None  # the minute since which its gateway's clock is wrong
    clock_known: bool = True  # by how much: that is undone in `values`
    clock_hides: bool = False  # what it says now can't be put in its time
    clock_told: bool = False  # statuses told of its clock, right or wrong
    # (minutes,) in which it may have seen use at a moment that nobody knows; None: in none.
    undated: Bools | None = None
    on: float | None = None  # what it said while its asset worked, when it was proven
    rose: float | None = None  # by how much at once when that was switched on
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


def examine(
    room: Sequence[Sensor],
    silent_after: int,
    passed: int,
    known: Sequence[FaultValue] = FAULT_VALUES,
) -> list[Examined]:
    """Judge and read all sensors of one room (gateway) together; in the order given.

    `passed`: minutes of the grid that are over; `silent_after`: minutes, see `hygiene.clean`;
    `known`: values that mean a fault, for sensors of which nobody looked for any.
    """
    read = [_without_misreadings(sensor, known) for sensor in room]
    each = [_cleaned(sensor, silent_after, passed) for sensor in read]
    drifting = mark_drifting([sensor.kind for sensor in room], each)
    cleaned = [
        mark_clock_off(
            one, sensor.clock_since, set_right=sensor.clock_known, hides=sensor.clock_hides
        )
        for one, sensor in zip(drifting, room, strict=True)
    ]
    signals = [_signal(sensor, one) for sensor, one in zip(read, cleaned, strict=True)]
    seen: dict[int, Seen] = {}
    for kind in dict.fromkeys(sensor.kind for sensor in read):
        own = [index for index, sensor in enumerate(read) if sensor.kind == kind]
        found = kinds.find(kind).see([signals[index] for index in own])
        seen.update(zip(own, found, strict=True))
    examined = [
        Examined(sensor, _alarmed(cleaned[i], seen[i].alarm), seen[i])
        for i, sensor in enumerate(read)
    ]
    return [_without_lamp(one, examined) for one in examined]


def _alarmed(cleaned: Cleaned, alarm: Alarm | None) -> Cleaned:
    """What is wrong with a sensor by itself comes before what its room says of it; that spoils what
    follows it all the same.
    """
    if alarm is None:
        return cleaned
    if cleaned.health in COUNTS:
        return replace(cleaned, health=alarm.health, since=alarm.since)
    return replace(cleaned, spoilt_from=alarm.since)


def _without_lamp(one: Examined, room: Sequence[Examined]) -> Examined:
    """The sensor, with an alarm where its asset has worked again and again without its lamp."""
    if not (one.kind.needs_support and one.proven and one.cleaned.counts):
        return one
    lit = one.seen.use.copy()
    if one.seen.perhaps is not None:
        lit |= one.seen.perhaps
    for other in room:
        if other.sensor.card_id != one.sensor.card_id or not other.kind.supports:
            continue
        if not (other.proven and other.seen.detected and other.cleaned.counts):
            continue
        since = _dark_since(other.seen.use & one.seen.heard, lit)
        if since is not None:
            alarm = Alarm(Health.LAMP_GONE, since)
            return replace(one, cleaned=_alarmed(one.cleaned, alarm))
    return one


def _dark_since(works: Bools, lit: Bools) -> int | None:
    """The minute since which an asset `works` (minutes,) without being `lit` (minutes,): so often,
    on several days, that by how it was lit before it can't be chance. None where it doesn't.
    """
    spans = [(a, b) for a, b in runs(works) if b - a >= WORKS_FOR]
    with_lamp = [bool(lit[max(0, a - LAG) : b].mean() >= LEAST_LIT) for a, b in spans]
    newest = with_lamp[::-1].index(True) if any(with_lamp) else len(spans)
    dark = spans[len(spans) - newest :]
    earlier = len(spans) - newest
    usual = (sum(with_lamp) + 1) / (earlier + 2)  # Laplace's rule of succession
    days = {a // DAY for a, _ in dark}
    if len(days) < DARK_DAYS or (1 - usual) ** len(dark) > BY_CHANCE:
        return None
    return int(dark[0][0])


def _signal(sensor: Sensor, cleaned: Cleaned) -> Signal:
    values = cleaned.values
    if sensor.values.ndim > 1:
        values = np.where(np.isnan(values), np.nan, sensor.values)
    misread = _misread_minutes(sensor, values.shape[-1])
    return Signal(
        values,
        misread,
        vehicle=sensor.vehicle,
        proven=sensor.proven,
        on=sensor.on,
        rose=sensor.rose,
        card=sensor.card_id,
        reference=sensor.reference,
        astray=cleaned.health is Health.CLOCK_OFF and not cleaned.set_right,
    )


def _without_misreadings(sensor: Sensor, known: Sequence[FaultValue]) -> Sensor:
    """The sensor, its misreadings taken out of its values and noted beside them."""
    if sensor.misread is not None:
        return sensor
    position = sensor.values.ndim > 1
    first = sensor.values[0] if position else sensor.values
    spoken = np.flatnonzero(~np.isnan(first))
    longitudes = np.asarray(sensor.values[1][spoken]) if position else None
    at_s = (spoken * MINUTE_S).astype(np.float64)
    said = np.asarray(first[spoken], dtype=np.float64)
    codes = misreadings.mark(sensor.kind, at_s, said, longitudes, known)
    if not codes.any():
        return replace(sensor, misread={})
    values = sensor.values.copy()
    values[..., spoken[codes > 0]] = np.nan
    return replace(sensor, values=values, misread=misreadings.by_kind(codes, spoken))


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
    for kind, at in (sensor.misread or {}).items():
        if kind is not Misreading.REFUSED:  # known by its arrival alone
            found[at[(at >= 0) & (at < minutes)]] = True
    return found
