"""Readings as columns: sorted, each once, and in the bytes of a binary COPY."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ingest.packs import Pack

EPOCH_US: Final = 946_684_800_000_000  # PostgreSQL counts microseconds from 2000
HEADER: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER: Final = b"\xff\xff"
# One row of a binary COPY: three fields, each with its length before it, all big-endian.
ROW: Final = np.dtype(
    [
        ("fields", ">i2"),
        ("ts_length", ">i4"),
        ("ts", ">i8"),
        ("sensor_length", ">i4"),
        ("sensor", ">i4"),
        ("value_length", ">i4"),
        ("value", ">f8"),
    ]
)


@dataclass(frozen=True, slots=True)
class Columns:
    """Readings in the index's order, each (sensor, time) once. `times`: µs since 1970."""

    sensors: NDArray[np.int32]
    times: NDArray[np.int64]
    values: NDArray[np.float64]
    repeated: int = 0
    contradicted: int = 0


def of(packs: Sequence[Pack]) -> Columns:
    """The packs' readings sorted; of one (sensor, time) the first that came."""
    sensors = np.array(_joined(pack.sensors for pack in packs), np.int32)
    seconds = np.array(_joined(pack.times for pack in packs), np.float64)
    values = np.array(_joined(pack.values for pack in packs), np.float64)
    times = np.rint(seconds * 1e6).astype(np.int64)
    order = np.lexsort((times, sensors))  # stable: what came first stays first
    sensors, times, values = sensors[order], times[order], values[order]
    first = np.ones(len(sensors), np.bool_)
    first[1:] = (sensors[1:] != sensors[:-1]) | (times[1:] != times[:-1])
    repeated = int(len(first) - first.sum())
    if not repeated:
        return Columns(sensors, times, values)
    stands = np.maximum.accumulate(np.where(first, np.arange(len(first)), 0))
    contradicted = int((values != values[stands]).sum())
    return Columns(sensors[first], times[first], values[first], repeated, contradicted)


def _joined(parts: Iterable[list[Any]]) -> list[Any]:
    return list(chain.from_iterable(parts))


def binary(rows: Columns) -> bytes:
    """The readings as a binary COPY sends them."""
    buffer = np.empty(len(rows.times), ROW)
    buffer["fields"] = 3
    buffer["ts_length"], buffer["ts"] = 8, rows.times - EPOCH_US
    buffer["sensor_length"], buffer["sensor"] = 4, rows.sensors
    buffer["value_length"], buffer["value"] = 8, rows.values
    return HEADER + buffer.tobytes() + TRAILER
