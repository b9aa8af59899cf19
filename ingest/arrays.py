"""numpy columns as PostgreSQL arrays in binary, thirty times faster than as lists."""

import struct
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from psycopg import Cursor
from psycopg.abc import Buffer
from psycopg.adapt import Dumper
from psycopg.pq import Format

HEADER: Final = struct.Struct(">iiIii")  # dimensions, has nulls, element's type, length, from


@dataclass(frozen=True, slots=True)
class Integers:
    """An `integer[]`."""

    values: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Doubles:
    """A `double precision[]`."""

    values: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Moments:
    """A `timestamptz[]`: microseconds since 2000, as PostgreSQL counts them."""

    values: NDArray[np.int64]


class _ArrayDumper(Dumper):
    format = Format.BINARY
    element: int
    value: str

    def dump(self, obj: Any) -> Buffer:
        rows = np.empty(len(obj.values), np.dtype([("length", ">i4"), ("value", self.value)]))
        rows["length"] = rows.dtype["value"].itemsize
        rows["value"] = obj.values
        return HEADER.pack(1, 0, self.element, len(rows), 1) + rows.tobytes()


class _IntegersDumper(_ArrayDumper):
    oid, element, value = 1007, 23, ">i4"


class _DoublesDumper(_ArrayDumper):
    oid, element, value = 1022, 701, ">f8"


class _MomentsDumper(_ArrayDumper):
    oid, element, value = 1185, 1184, ">i8"


def teach(cursor: Cursor[Any]) -> None:
    """Let `cursor` take these arrays as parameters."""
    cursor.adapters.register_dumper(Integers, _IntegersDumper)
    cursor.adapters.register_dumper(Doubles, _DoublesDumper)
    cursor.adapters.register_dumper(Moments, _MomentsDumper)
