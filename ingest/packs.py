"""A gateway's pack judged record by record against the sensors that are registered (I1, I2)."""

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from ingest import letters, senml
from ingest.devices import SEQUENCE, Registered, Sensor
from ingest.letters import Letter
from ingest.reasons import Reason
from ingest.senml import Record, Resolved

AHEAD_S: Final = 86_400.0  # the wire: a time more than a day ahead is refused
# Clocks that were never set begin in 1900, 1970, 1980 or 2000: nothing of ours was measured then.
NO_CLOCK_BEFORE: Final = 1_577_836_800.0  # 2020, seconds since 1970
LARGEST_SEQ: Final = float(2**53)  # beyond it a JSON number no longer counts by ones


@dataclass(frozen=True, slots=True)
class Position:
    """Where something was: degrees, and the accuracy in metres if told. `ts`: seconds."""

    place: int
    sensor: int
    ts: float
    latitude: float
    longitude: float
    accuracy_m: float | None


@dataclass(slots=True)
class Pack:
    """A pack judged. Readings are columns of one length: sensor, time (seconds), value, place."""

    gateway: str
    gateway_id: int | None
    arrival: float
    payload: bytes
    records: int = 0
    seq: int | None = None
    sensors: list[int] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    positions: list[Position] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    useless: Reason | None = None  # nothing of it can ever be stored: its gateway is to be told
    stranger: bool = False  # it names what is not registered; perhaps it is by now
    relative: bool = False  # times in it count back from its arrival


class Claim(NamedTuple):
    """What a record says, and what its sensor may say."""

    unit: str | None
    value: float | None
    time: float
    units: Sequence[str]
    minimum: float
    maximum: float
    earliest: float
    latest: float


# The first that holds is why a record is refused.
FAULTS: Final[tuple[tuple[Reason, Callable[[Claim], bool]], ...]] = (
    (Reason.WRONG_UNIT, lambda said: said.unit not in said.units),
    (Reason.NOT_A_NUMBER, lambda said: said.value is None or math.isnan(said.value)),
    (Reason.OUT_OF_RANGE, lambda said: not said.minimum <= (said.value or 0.0) <= said.maximum),
    (Reason.CLOCK_UNSET, lambda said: said.time < NO_CLOCK_BEFORE),
    (Reason.TOO_EARLY, lambda said: said.time < said.earliest),
    (Reason.AHEAD, lambda said: not said.time <= said.latest),
)

OF_TIME: Final = (Reason.CLOCK_UNSET, Reason.TOO_EARLY, Reason.AHEAD)  # seconds after 1970 tell why

POSITION_RANGES: Final = {"lat": (-90.0, 90.0), "lon": (-180.0, 180.0), "m": (0.0, 1e7)}


def judge(
    gateway: str, payload: bytes, arrival: float, kept_s: float, registered: Registered
) -> Pack:
    """Judge what `gateway` sent at `arrival` (seconds since 1970).

    A record older than `kept_s` seconds is refused. Never raises: what can't be understood is
    among the letters.
    """
    known = registered.gateways.get(gateway)
    pack = Pack(gateway, known.id if known else None, arrival, payload, stranger=known is None)
    try:
        records, faults = senml.read(payload)
    except senml.Unreadable as bad:
        pack.letters.append(letters.of_payload(gateway, bad.reason, bad.detail, payload))
        pack.seq, pack.useless = senml.number_in(payload), bad.reason
        return pack
    pack.records = len(records)
    if known is None:
        reason = Reason.UNKNOWN_GATEWAY
        pack.letters.append(letters.of_payload(gateway, reason, gateway, payload))
        return pack
    judging = _Judging(pack, payload, registered, arrival - kept_s)
    for fault in faults:
        judging.refuse(*fault)
    for record, sensor in _take_good(pack, records, known.sensors, judging.earliest):
        judging.look_closer(record, sensor)
    judging.pair_positions()
    if len(payload) <= senml.LONGEST:
        return pack
    # Read for its number alone, so that the gateway may forget it.
    return _useless(pack, Reason.TOO_LONG, f"{len(payload)} bytes")


def _useless(pack: Pack, reason: Reason, detail: str) -> Pack:
    """The pack of which nothing but its number counts, kept whole."""
    kept = letters.of_payload(pack.gateway, reason, detail, pack.payload)
    return replace(
        pack, sensors=[], times=[], values=[], places=[], positions=[], letters=[kept],
        useless=reason,
    )  # fmt: skip


def refuse_retained(pack: Pack) -> Pack:
    """A pack that the broker had kept and says again to whoever comes.

    Where its times are its own it is stored once. Where they count back from arrival nobody knows
    what they count from: each connection would make another reading of it.
    """
    if not pack.relative:
        return pack
    return _useless(pack, Reason.RETAINED, "sent with the retain flag, without times of its own")


def _take_good(
    pack: Pack, records: Sequence[Record | None], sensors: dict[str, Sensor], earliest: float
) -> list[tuple[Resolved, Sensor | None]]:
    """Put every plainly good reading into the pack; the rest, with their sensors.

    This loop sees every reading of the product: it does no more than it must.
    """
    rest: list[tuple[Resolved, Sensor | None]] = []
    latest, number = pack.arrival + AHEAD_S, f"{pack.gateway}:{SEQUENCE}"
    find = sensors.get
    add_sensor, add_time = pack.sensors.append, pack.times.append
    add_value, add_place = pack.values.append, pack.places.append
    relative: list[int] = []
    for record in senml.resolve(records, pack.arrival, relative):
        place, name, unit, value, time = record
        sensor = find(name)
        if (
            sensor is not None
            and value is not None
            and unit == sensor.unit
            and sensor.minimum <= value <= sensor.maximum
            and earliest <= time <= latest
        ):
            add_sensor(sensor.id)
            add_time(time)
            add_value(value)
            add_place(place)
        else:
            rest.append((Resolved(*record), sensor))
    numbers = {record.place for record, _ in rest if record.name == number}  # no time counts there
    pack.relative = not numbers.issuperset(relative)
    return rest


class _Judging:
    """One pack's judgement: what needs a closer look than a plainly good reading."""

    def __init__(self, pack: Pack, payload: bytes, registered: Registered, earliest: float) -> None:
        self.earliest = earliest
        self._pack = pack
        self._payload = payload
        self._registered = registered
        self._pieces: list[bytes] = []
        self._digest = b""
        self._parts: dict[tuple[int, float], dict[str, Resolved]] = {}

    def refuse(self, place: int, reason: Reason, detail: str) -> None:
        """Keep a record with the reason; the payload is taken apart once, and only for this."""
        if not self._pieces:
            self._pieces = senml.pieces(self._payload)
            self._digest = hashlib.sha256(self._payload).digest()
        content = self._pieces[place]
        key = (self._pack.gateway, self._digest, place)
        kept = letters.of_record(*key, reason=reason, detail=detail, content=content)
        self._pack.letters.append(kept)

    def look_closer(self, record: Resolved, sensor: Sensor | None) -> None:
        """Answer the pack's number, part of a position, or what is bad and why."""
        if record.name == f"{self._pack.gateway}:{SEQUENCE}":
            self._take_number(record)
        elif sensor is None:
            self._refuse_name(record)
        elif sensor.unit == "":
            self._take_part(record, sensor)
        else:
            self._refuse_claim(record, (sensor.unit,), sensor.minimum, sensor.maximum)

    def _take_number(self, record: Resolved) -> None:
        number = record.value
        if number is not None and 0 <= number <= LARGEST_SEQ and number == int(number):
            self._pack.seq = int(number)
        else:
            self.refuse(record.place, Reason.NOT_A_NUMBER, f"{record.name} {number}")

    def _refuse_name(self, record: Resolved) -> None:
        owner = self._registered.owner(record.name)
        if owner is None:
            self._pack.stranger = True
            self.refuse(record.place, Reason.UNKNOWN_SENSOR, record.name)
        else:
            self.refuse(record.place, Reason.OTHER_GATEWAY, record.name)  # I1

    def _refuse_claim(
        self, record: Resolved, units: Sequence[str], minimum: float, maximum: float
    ) -> bool:
        """Refuse the record if anything is wrong with it; whether there was."""
        latest = self._pack.arrival + AHEAD_S
        said = Claim(*record[2:], units, minimum, maximum, self.earliest, latest)
        for reason, holds in FAULTS:
            if holds(said):
                said_at = f" at {said.time:.0f}" if reason in OF_TIME else ""
                detail = f"{record.name} {said.value} {said.unit}{said_at}"
                self.refuse(record.place, reason, detail)
                return True
        return False

    def _take_part(self, record: Resolved, sensor: Sensor) -> None:
        limits = POSITION_RANGES.get(record.unit or "", (-math.inf, math.inf))
        if not self._refuse_claim(record, tuple(POSITION_RANGES), *limits):
            parts = self._parts.setdefault((sensor.id, record.time), {})
            parts.setdefault(record.unit or "", record)  # the first stands, as in the database

    def pair_positions(self) -> None:
        """Latitude and longitude of one name and time are a position; neither is one alone."""
        for (sensor, time), parts in self._parts.items():
            latitude, longitude = parts.get("lat"), parts.get("lon")
            if latitude is None or longitude is None:
                for record in parts.values():
                    self.refuse(record.place, Reason.INCOMPLETE_POSITION, record.name)
                continue
            assert latitude.value is not None
            assert longitude.value is not None
            accuracy = parts["m"].value if "m" in parts else None
            self._pack.positions.append(
                Position(latitude.place, sensor, time, latitude.value, longitude.value, accuracy)
            )
