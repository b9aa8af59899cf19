"""A SenML pack (RFC 8428, JSON) read and resolved, whatever is wrong with single records."""

import json
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import msgspec

from ingest.reasons import Reason

VERSION: Final = 10  # RFC 8428, 4.1
RELATIVE: Final = float(2**28)  # RFC 8428, 4.5.3: times below count from now
LONGEST: Final = 256 * 1024  # bytes a message, as the wire says


class Record(msgspec.Struct, gc=False):
    """One record as sent; `vs`, `vb`, `vd`, `s` are values that none of our sensors has."""

    n: str = ""
    u: str | None = None
    v: float | None = None
    t: float = 0.0
    bn: str | None = None
    bt: float | None = None
    bu: str | None = None
    bv: float | None = None
    bver: int | None = None
    vs: object = None
    vb: object = None
    vd: object = None
    s: object = None

    def says_nothing(self) -> bool:
        """True for a record that only sets base fields."""
        return not self.n and self.u is None and self.v is None and not self.has_other_value()

    def has_other_value(self) -> bool:
        """True where its value is text, a boolean, data or a sum."""
        return not (self.vs is None and self.vb is None and self.vd is None and self.s is None)


class Fault(NamedTuple):
    """A record that can't be read."""

    place: int
    reason: Reason
    detail: str


class Resolved(NamedTuple):
    """A record as RFC 8428, 4.6 resolves it: it stands alone. `time`: seconds since 1970."""

    place: int
    name: str
    unit: str | None
    value: float | None
    time: float


Plain = tuple[int, str, str | None, float | None, float]  # a Resolved, at half its cost


class Unreadable(Exception):
    """The payload as a whole is no pack that we can take."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


_pack = msgspec.json.Decoder(list[Record])
_pieces = msgspec.json.Decoder(list[msgspec.Raw])
# msgspec can't say what is wrong with text that holds half of a surrogate pair.
BAD_TYPE: Final = (msgspec.ValidationError, UnicodeEncodeError)
BASES: Final[dict[str, type]] = {"bn": str, "bt": float, "bu": str, "bv": float, "bver": int}


def read(payload: bytes) -> tuple[Sequence[Record | None], list[Fault]]:
    """The records of a pack in order, None where one can't be read, and what is wrong with those.

    Raises `Unreadable` where the whole payload is no pack.
    """
    try:
        records: Sequence[Record | None] = _pack.decode(payload)
        faults: list[Fault] = []
        if b'_"' in payload:  # perhaps the name of a field that must be understood
            records, faults = _one_by_one(payload)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        records, faults = _one_by_one(payload)
    if not records:
        raise Unreadable(Reason.NOT_A_PACK, "no records")
    for record in records:
        if record is not None and record.bver is not None and record.bver > VERSION:
            raise Unreadable(Reason.NEWER_VERSION, f"bver {record.bver}")
    return records, faults


def _number(text: str) -> int | float:
    return int(text) if len(text) < 20 else float(text)


def _one_by_one(payload: bytes) -> tuple[list[Record | None], list[Fault]]:
    """The same by a reader that also takes NaN and numbers of any size, so that one bad
    record doesn't take its neighbours with it.
    """
    try:
        items = json.loads(payload, parse_int=_number)
    except (ValueError, RecursionError) as error:
        raise Unreadable(Reason.NOT_A_PACK, str(error)) from error
    if not isinstance(items, list):
        raise Unreadable(Reason.NOT_A_PACK, f"a {type(items).__name__}, not an array")
    records: list[Record | None] = []
    faults: list[Fault] = []
    broken = ""
    for place, item in enumerate(items):
        record, fault = _record(place, item)
        if broken and record and not record.says_nothing():
            record, fault = None, Fault(place, Reason.UNREADABLE_BASE, broken)
        if fault is not None:
            faults.append(fault)
            record, unread = _bases(item)
            broken = broken or unread
        records.append(record)
    return records, faults


def _record(place: int, item: object) -> tuple[Record | None, Fault | None]:
    if not isinstance(item, dict):
        return None, Fault(place, Reason.MALFORMED, f"a {type(item).__name__}, not an object")
    strange = [name for name in item if name.endswith("_")]
    if strange:
        return None, Fault(place, Reason.UNKNOWN_FIELD, ", ".join(strange))
    try:
        return msgspec.convert(item, Record), None
    except BAD_TYPE as error:
        value = item.get("v", 0)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        reason = Reason.MALFORMED if number else Reason.NOT_A_NUMBER
        return None, Fault(place, reason, str(error))


def _bases(item: object) -> tuple[Record | None, str]:
    """What an unreadable record still says for those after it, and the field that it doesn't."""
    if not isinstance(item, dict):
        return None, ""
    kept: dict[str, object] = {}
    broken = ""
    for name, kind in BASES.items():
        if name in item:
            try:
                kept[name] = msgspec.convert(item[name], kind)
            except BAD_TYPE:
                broken = broken or name
    return (msgspec.convert(kept, Record) if kept else None), broken


def pieces(payload: bytes) -> list[bytes]:
    """Each record of a readable pack as it was sent, for keeping."""
    try:
        return [bytes(piece) for piece in _pieces.decode(payload)]
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        items = json.loads(payload, parse_int=_number)
        return [json.dumps(item).encode() for item in items]


def counts_from_arrival(records: Sequence[Record | None]) -> bool:
    """Whether a pack's times are relative: a gateway has a clock or it hasn't, so the first time
    that it tells says it of all.
    """
    first = next((record for record in records if record is not None), None)
    return first is not None and (first.bt or 0.0) + first.t < RELATIVE


def resolve(records: Sequence[Record | None], arrival: float) -> Iterator[Plain]:
    """Each readable record, resolved (RFC 8428, 4.6): the fields of a `Resolved`.

    `arrival` (seconds since 1970) is what relative times count from. Base fields hold until
    the next one; a record that only sets them yields nothing.
    """
    name_before, time_before, unit_before = "", 0.0, None
    value_before: float | None = None
    for place, record in enumerate(records):
        if record is None:
            continue
        if record.bn is not None:
            name_before = record.bn
        if record.bt is not None:
            time_before = record.bt
        if record.bu is not None:
            unit_before = record.bu
        if record.bv is not None:
            value_before = record.bv
        value = record.v
        if value is None and record.says_nothing():
            continue
        if value_before is not None and not record.has_other_value():
            value = value_before + (value or 0.0)
        time = time_before + record.t
        if time < RELATIVE:
            time += arrival
        yield place, name_before + record.n, record.u or unit_before, value, time
