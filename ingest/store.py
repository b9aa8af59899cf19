"""A batch of packs put into the tables, each reading once (I2)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import LiteralString, NamedTuple, Self

from db import Connection
from ingest import arrays, changed_days, clocks, columns
from ingest.arrays import Doubles, Integers, Moments
from ingest.columns import Columns
from ingest.letters import WHOLE, Letter
from ingest.packs import Pack, Position
from ingest.relative import take_once
from ingest.status import Status
from ingest.topics import Leaf, Topic


class State(NamedTuple):
    """What a gateway said of itself, when it arrived, and how far its clock is off (s)."""

    gateway_id: int
    status: Status
    arrival: float
    clock_offset_s: float | None


class Stray(NamedTuple):
    """A refused payload that was no pack."""

    letter: Letter
    gateway: str
    topic: str
    arrival: float


@dataclass(frozen=True, slots=True)
class Batch:
    """What is stored together."""

    packs: Sequence[Pack] = ()
    states: Sequence[State] = ()
    strays: Sequence[Stray] = ()


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a batch; every record is in one of the first four."""

    readings: int = 0
    positions: int = 0
    repeated: int = 0  # were there already
    refused: int = 0  # kept as letters
    contradicted: int = 0  # of the repeated: with another value than the first
    packs: int = 0
    states: int = 0

    def __add__(self, other: Self) -> Self:
        names = [column.name for column in fields(self)]
        return type(self)(*(getattr(self, name) + getattr(other, name) for name in names))


def store_new(conn: Connection, batch: Batch) -> Stored:
    """Store a batch of which nothing is there yet, at the full speed of COPY.

    Raises psycopg's UniqueViolation where something is; then `store_missing` in a new
    transaction stores the rest. Another IntegrityError or a DataError says that the database
    refuses something.
    """
    batch, told = _told_once(conn, batch)
    rows = columns.of(batch.packs)
    if len(rows.times):
        with conn.cursor().copy(COPY_READINGS) as copy:
            copy.write(columns.binary(rows))
    return _all_but_readings(conn, batch) + Stored(
        readings=len(rows.times), repeated=rows.repeated + told, contradicted=rows.contradicted
    )


COPY_READINGS: LiteralString = """
    COPY reading (ts, sensor_id, value) FROM STDIN (FORMAT binary)
"""


def store_missing(conn: Connection, batch: Batch) -> Stored:
    """Store of a batch what is not there yet; what is stays as it is."""
    batch, told = _told_once(conn, batch)
    readings = store_missing_readings(conn, columns.of(batch.packs))
    return readings + _all_but_readings(conn, batch) + Stored(repeated=told)


def _told_once(conn: Connection, batch: Batch) -> tuple[Batch, int]:
    """The batch without what gateways without a clock have told before; how many records."""
    packs, repeated = take_once(conn, batch.packs)
    return replace(batch, packs=packs), repeated


def _all_but_readings(conn: Connection, batch: Batch) -> Stored:
    positions = [row for pack in batch.packs for row in pack.positions]
    stored = store_positions(conn, sorted(positions, key=lambda row: (row.sensor, row.ts)))
    refused = store_letters(conn, batch)
    _store_arrivals(conn, batch.packs)
    _store_states(conn, batch.states)
    return stored + Stored(refused=refused, packs=len(batch.packs), states=len(batch.states))


CONTRADICTIONS: LiteralString = """
    SELECT reading_contradictions(%(sensors)s::integer[], %(times)s::timestamptz[],
                                  %(values)s::double precision[])
"""
INSERT_MISSING: LiteralString = """
    INSERT INTO reading (ts, sensor_id, value)
    SELECT * FROM unnest(%(times)s::timestamptz[], %(sensors)s::integer[],
                         %(values)s::double precision[])
        ON CONFLICT DO NOTHING
"""


def store_missing_readings(conn: Connection, rows: Columns) -> Stored:
    """Store of sorted readings those that are not there yet, and count what contradicts."""
    if not len(rows.times):
        return Stored()
    sent = {
        "times": Moments(rows.times - columns.EPOCH_US),
        "sensors": Integers(rows.sensors),
        "values": Doubles(rows.values),
    }
    with conn.cursor() as cursor:
        arrays.teach(cursor)
        found = cursor.execute(CONTRADICTIONS, sent).fetchone()
        assert found is not None
        count = cursor.execute(INSERT_MISSING, sent).rowcount
    return Stored(
        readings=count,
        repeated=rows.repeated + len(rows.times) - count,
        contradicted=rows.contradicted + found[0],
    )


INSERT_POSITIONS: LiteralString = """
    INSERT INTO position (ts, sensor_id, latitude, longitude, accuracy_m)
    SELECT * FROM unnest(%(times)s::timestamptz[], %(sensors)s::integer[],
                         %(latitudes)s::double precision[], %(longitudes)s::double precision[],
                         %(accuracies)s::real[])
        ON CONFLICT DO NOTHING
"""


def store_positions(conn: Connection, positions: Sequence[Position]) -> Stored:
    """Store positions; those that are there already stay as they are."""
    if not positions:
        return Stored()
    sent = {
        "times": [moment(row.ts) for row in positions],
        "sensors": [row.sensor for row in positions],
        "latitudes": [row.latitude for row in positions],
        "longitudes": [row.longitude for row in positions],
        "accuracies": [row.accuracy_m for row in positions],
    }
    count = conn.execute(INSERT_POSITIONS, sent).rowcount
    return Stored(positions=count, repeated=len(positions) - count)


@dataclass(slots=True)
class _Kept:
    """A letter of this batch and how often it came."""

    letter: Letter
    gateway: str
    topic: str
    seq: int | None
    arrivals: list[float] = field(default_factory=list)


UPSERT_LETTER: LiteralString = """
    INSERT INTO dead_letter
           (digest, first_at, last_at, times, gateway, topic, seq, place, reason, detail, content)
    VALUES (%(digest)s, %(first)s, %(last)s, %(times)s, %(gateway)s, %(topic)s, %(seq)s,
            %(place)s, %(reason)s, %(detail)s, %(content)s)
        ON CONFLICT (digest) DO UPDATE
       SET times = dead_letter.times + excluded.times,
           last_at = greatest(dead_letter.last_at, excluded.last_at)
"""


def store_letters(conn: Connection, batch: Batch) -> int:
    """Keep what was refused; how many came. What came before is counted, not kept again."""
    kept: dict[bytes, _Kept] = {}
    for pack in batch.packs:
        topic = str(Topic(pack.gateway, Leaf.READINGS))
        for letter in pack.letters:
            fresh = _Kept(letter, pack.gateway, topic, pack.seq)
            kept.setdefault(letter.digest, fresh).arrivals.append(pack.arrival)
    for letter, gateway, topic, arrival in batch.strays:
        fresh = _Kept(letter, gateway, topic, None)
        kept.setdefault(letter.digest, fresh).arrivals.append(arrival)
    if not kept:
        return 0
    in_order = sorted(kept)  # two collectors that keep the same letters don't lock each other
    conn.cursor().executemany(UPSERT_LETTER, [_letter_row(kept[digest]) for digest in in_order])
    return sum(len(row.arrivals) for row in kept.values())


def _letter_row(row: _Kept) -> dict[str, object]:
    letter = row.letter
    return {
        "digest": letter.digest,
        "first": moment(min(row.arrivals)),
        "last": moment(max(row.arrivals)),
        "times": len(row.arrivals),
        "gateway": row.gateway,
        "topic": row.topic,
        "seq": row.seq,
        "place": None if letter.place == WHOLE else letter.place,
        "reason": letter.reason.value,
        "detail": letter.detail,
        "content": letter.content,
    }


INSERT_ARRIVALS: LiteralString = """
    INSERT INTO pack
           (received_at, gateway_id, seq, records, refused, first_ts, last_ts, by_arrival)
    SELECT to_timestamp(received), gateway, seq, records, refused,
           to_timestamp(first), to_timestamp(last), by_arrival
      FROM unnest(%(received)s::double precision[], %(gateways)s::integer[], %(seqs)s::bigint[],
                  %(records)s::integer[], %(refused)s::integer[],
                  %(firsts)s::double precision[], %(lasts)s::double precision[],
                  %(by_arrival)s::boolean[])
           AS arrived (received, gateway, seq, records, refused, first, last, by_arrival)
"""


def _store_arrivals(conn: Connection, packs: Sequence[Pack]) -> None:
    known = [pack for pack in packs if pack.gateway_id is not None]
    if not known:
        return
    spans = [_span(pack) for pack in known]
    sent = {
        "received": [pack.arrival for pack in known],
        "gateways": [pack.gateway_id for pack in known],
        "seqs": [pack.seq for pack in known],
        "records": [pack.records for pack in known],
        "refused": [len(pack.letters) for pack in known],
        "firsts": [span and span[0] for span in spans],
        "lasts": [span and span[1] for span in spans],
        "by_arrival": [pack.relative for pack in known],
    }
    conn.execute(INSERT_ARRIVALS, sent)
    told = zip(known, spans, strict=True)
    changed_days.mark_arrived(
        conn, [(pack.gateway_id, *span) for pack, span in told if pack.gateway_id and span]
    )


def _span(pack: Pack) -> tuple[float, float] | None:
    """The first and the last time in a pack that was stored; None of an empty one."""
    times = pack.times
    if pack.positions:
        times = [*times, *(row.ts for row in pack.positions)]
    return (min(times), max(times)) if times else None


UPSERT_STATE: LiteralString = """
    INSERT INTO gateway_state AS known
           (gateway_id, online, firmware, buffered, sent_at, received_at, clock_offset_s)
    VALUES (%(gateway)s, %(online)s, %(firmware)s, coalesce(%(buffered)s, 0), %(sent)s,
            %(received)s, %(offset)s)
        ON CONFLICT (gateway_id) DO UPDATE
       SET online = excluded.online,
           firmware = CASE excluded.firmware WHEN '' THEN known.firmware ELSE excluded.firmware END,
           buffered = coalesce(%(buffered)s, known.buffered),
           sent_at = coalesce(excluded.sent_at, known.sent_at),
           received_at = excluded.received_at,
           clock_offset_s = coalesce(excluded.clock_offset_s, known.clock_offset_s)
     WHERE known.received_at <= excluded.received_at
"""


def _store_states(conn: Connection, states: Sequence[State]) -> None:
    """Keep each gateway's newest state.

    Newest is what arrived last: a last will was written when the gateway signed in, so the
    time that it names is older than that of the states before it.
    """
    newest = {state.gateway_id: state for state in states}
    rows = [
        {
            "gateway": state.gateway_id,
            "online": state.status.online,
            "firmware": state.status.firmware,
            "buffered": state.status.buffered,
            "sent": None if state.status.sent is None else moment(state.status.sent),
            "received": moment(state.arrival),
            "offset": state.clock_offset_s,
        }
        for _, state in sorted(newest.items())
    ]
    if rows:
        conn.cursor().executemany(UPSERT_STATE, rows)
    offsets = ((state.gateway_id, state.arrival, state.clock_offset_s) for state in states)
    clocks.store_offsets(conn, ((g, at, off) for g, at, off in offsets if off is not None))


def moment(seconds: float) -> datetime:
    """Seconds since 1970 as an aware datetime."""
    return datetime.fromtimestamp(seconds, UTC)
