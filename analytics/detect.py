"""One room's sensors to each asset's use: what every sensor saw, put together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from analytics import light, motion, warmth
from analytics.grid import Bools, Floats, bridge
from analytics.hygiene import CAN_NOT_BE_BELIEVED, Cleaned, Health, clean, mark_drifting
from analytics.light import Seen

BRIDGE: Final = 5  # minutes between two readings that still count as heard
BASIS: Final = {
    "photoelectric": "lamp",
    "temperature": "warmth",
    "pulses": "pulses",
    "position": "motion",
}
DOUBTED_FROM: Final = 180  # minutes of lamp light in the window
BORNE_OUT: Final = 0.25  # of them that warmth must have seen, too
SURE: Final = {"lamp": 0.75, "pulses": 0.8, "motion": 0.8, "warmth": 0.6}


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


@dataclass(frozen=True, slots=True)
class Examined:
    """A sensor after hygiene and detection."""

    sensor: Sensor
    cleaned: Cleaned
    seen: Seen

    @property
    def proven(self) -> bool:
        """Whether it is known to react to use: a proof stands, or it has reacted here."""
        return self.sensor.proven or self.reacted_at is not None

    @property
    def reacted_at(self) -> int | None:
        """The newest minute of use seen that proves it; None where none does."""
        if not self.seen.detected or self.cleaned.health in CAN_NOT_BE_BELIEVED:
            return None
        used = np.flatnonzero(self.seen.use[self.sensor.doubted :])
        return self.sensor.doubted + int(used[-1]) if used.size else None


@dataclass(frozen=True, slots=True)
class Use:
    """One asset's use: (minutes,) each, and by which kinds it was seen."""

    use: Bools
    covered: Bools
    by_basis: dict[str, Bools]
    able: bool
    proven: bool
    agree: bool


def examine(room: Sequence[Sensor], silent_after: int, passed: int) -> list[Examined]:
    """Judge and read all sensors of one room (gateway) together; in the order given.

    `passed`: minutes of the grid that are over; `silent_after`: minutes, see `hygiene.clean`.
    """
    each = [_cleaned(sensor, silent_after, passed) for sensor in room]
    cleaned = mark_drifting([sensor.kind for sensor in room], each)
    seen: dict[int, Seen] = {}
    for kind, see in (("photoelectric", light.see), ("temperature", warmth.see)):
        rows = [index for index, sensor in enumerate(room) if sensor.kind == kind]
        if rows:
            values = np.stack([bridge(cleaned[index].values, BRIDGE) for index in rows])
            seen.update(zip(rows, see(values), strict=True))
    for index, sensor in enumerate(room):
        if sensor.kind == "pulses":
            seen[index] = motion.pulses(cleaned[index].values)
        elif sensor.kind == "position":
            seen[index] = _moved(sensor, cleaned[index])
    return [Examined(sensor, cleaned[i], seen[i]) for i, sensor in enumerate(room)]


def _cleaned(sensor: Sensor, silent_after: int, passed: int) -> Cleaned:
    values = sensor.values if sensor.kind != "position" else sensor.values[0]
    patience = passed if sensor.catching_up else silent_after
    return clean(sensor.kind, values, patience, passed, sensor.ahead)


def _moved(sensor: Sensor, cleaned: Cleaned) -> Seen:
    lost = np.isnan(cleaned.values)
    latitude, longitude = (bridge(np.where(lost, np.nan, axis), BRIDGE) for axis in sensor.values)
    return (motion.trips if sensor.vehicle else motion.away)(latitude, longitude)


def combine(examined: Sequence[Examined], minutes: int) -> Use:
    """Put together what an asset's sensors saw.

    In use is what any of them saw; but where pulses are counted, these decide, for they come from
    the asset itself. Heard is when one listened whose silence means something: it is able to
    tell, and proven. A sensor that has been found at fault counts for nothing.
    """
    use = np.zeros(minutes, dtype=bool)
    covered = np.zeros(minutes, dtype=bool)
    by_basis: dict[str, Bools] = {}
    trusted = [one for one in examined if one.cleaned.health is Health.OK and one.seen.able]
    counted = np.zeros(minutes, dtype=bool)
    for one in trusted:
        if one.sensor.kind == "pulses" and one.proven:
            counted |= one.seen.heard
    for one in trusted:
        seen = one.seen.use if one.sensor.kind == "pulses" else one.seen.use & ~counted
        basis = BASIS[one.sensor.kind]
        use |= seen
        by_basis[basis] = by_basis.get(basis, np.zeros(minutes, dtype=bool)) | one.seen.use
        if one.proven:
            covered |= one.seen.heard
    proven = any(one.proven for one in trusted)
    return Use(use, covered | use, by_basis, bool(trusted), proven, agree(trusted))


def agree(trusted: Sequence[Examined]) -> bool:
    """Whether warmth bears out the light: a lamp that burns for hours beside a cold device is
    not the device's own.
    """
    lamps = [one for one in trusted if one.sensor.kind == "photoelectric" and one.seen.detected]
    warmths = [one for one in trusted if one.sensor.kind == "temperature" and one.proven]
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
        doubt *= 1.0 - SURE[basis]
    return round(1.0 - doubt, 2)
