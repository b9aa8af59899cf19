"""A SenML pack (RFC 8428, JSON) read and resolved, whatever is wrong with single records."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import msgspec

from ingest.reasons import Reason

VERSION: Final = 10  # RFC 8428, 4.1
ROUNDING_S: Final = 0.001  # by which a base and its offset may miss the moment that they mean
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
    payload = text_of(payload)
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


def text_of(payload: bytes) -> bytes:
    """The payload up to its first NUL: where a C string ends. What a sender's buffer holds behind
    that is older than the message. JSON itself has no NUL; UTF-16 has, and is left as it is.
    """
    text, nul, _ = payload.partition(b"\0")
    return text if nul and text.rstrip().endswith(b"]") else payload


# A record is short: what is sought in it is bounded, so that no payload keeps the reader for long.
_NUMBER: Final = re.compile(
    rb"""\{[^{}]{0,200}?"n"\s{0,9}:\s{0,9}"(?:[^"{}]{0,99}:)?seq"
         [^{}]{0,200}?"v"\s{0,9}:\s{0,9}(\d{1,16})(?:\.0{0,9})?\s{0,9}[,}]
      |  \{[^{}]{0,200}?"v"\s{0,9}:\s{0,9}(\d{1,16})(?:\.0{0,9})?\s{0,9},
         [^{}]{0,200}?"n"\s{0,9}:\s{0,9}"(?:[^"{}]{0,99}:)?seq"\s{0,9}[,}]""",
    re.VERBOSE,
)


def number_in(payload: bytes) -> int | None:
    """The pack's number in a payload that can't be read as a whole, so that it can be answered."""
    found = _NUMBER.search(payload)
    return int(found[1] or found[2]) if found else None


def _number(text: str) -> int | float:
    return int(text) if len(text) < 20 else float(text)


def _one_by_one(payload: bytes) -> tuple[list[Record | None], list[Fault]]:
    """The same by a reader that also takes NaN and numbers of any size, so that one bad
    record doesn't take its neighbours with it.
    """
    try:
        items = json.loads(payload, parse_int=_number)
    except (ValueError, RecursionError) as error:
        detail = _looks_like(payload) or str(error)
        raise Unreadable(Reason.NOT_A_PACK, detail) from error
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


# What is no text, by its first bytes; the letter then says more than where JSON broke off.
FORMATS: Final = (
    (b"\x1f\x8b", "gzip, not JSON"),
    (b"\x78\x01", "zlib, not JSON"),
    (b"\x78\x9c", "zlib, not JSON"),
    (b"\x78\xda", "zlib, not JSON"),
    (b"<", "XML, not JSON"),
)


def _looks_like(payload: bytes) -> str:
    return next((name for start, name in FORMATS if payload.startswith(start)), "")


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
    payload = text_of(payload)
    try:
        return [bytes(piece) for piece in _pieces.decode(payload)]
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        items = json.loads(payload, parse_int=_number)
        return [json.dumps(item).encode() for item in items]


def resolve(
    records: Sequence[Record | None], arrival: float, relative: list[int] | None = None
) -> Iterator[Plain]:
    """Each readable record, resolved (RFC 8428, 4.6): the fields of a `Resolved`.

    `arrival` (seconds since 1970) is what relative times count back from; the places of those that
    have one are added to `relative`. A small time ahead of arrival, which the RFC would put into
    the future, is no time of anything measured but of a clock that counts from its start: it stays
    as it is, seconds after 1970. Base fields hold until the next one; a record that only sets them
    yields nothing.
    """
    counted_back = [] if relative is None else relative
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
        if time <= ROUNDING_S:
            time = arrival + min(time, 0.0)
            counted_back.append(place)
        yield place, name_before + record.n, record.u or unit_before, value, time
