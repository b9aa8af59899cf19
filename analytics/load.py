"""Readings out of the database as arrays: one row a sensor, its columns as binary arrays."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final, LiteralString

import numpy as np
from numpy.typing import NDArray
from psycopg import adapters
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.pq import Format

from analytics.grid import Floats
from db import Connection

EPOCH_S: Final = datetime(2000, 1, 1, tzinfo=UTC).timestamp()  # PostgreSQL's
HEADER: Final = 20  # bytes: dimensions, flags, element type, length, lower bound

Rows = tuple[Floats, Floats, Floats]  # Unix seconds, first value, second value; each (n,)


class _Whole(Loader):
    """Hands an array over as the server sent it, without making an object of each element."""

    format = Format.BINARY

    def load(self, data: Buffer) -> bytes:
        return bytes(data)


def _elements(sent: bytes, kind: str) -> NDArray[Any]:
    """The elements (n,) of a one-dimensional array without NULLs, as PostgreSQL sends it."""
    cells = np.frombuffer(sent, dtype=[("length", ">i4"), ("value", kind)], offset=HEADER)
    return cells["value"].astype(kind[1:])


READINGS: LiteralString = """
    SELECT sensor_id, array_agg(ts), array_agg(value), NULL
      FROM reading
     WHERE sensor_id = ANY(%(sensors)s) AND ts >= %(since)s AND ts < %(before)s
     GROUP BY sensor_id
"""
POSITIONS: LiteralString = """
    SELECT sensor_id, array_agg(ts), array_agg(latitude), array_agg(longitude)
      FROM position
     WHERE sensor_id = ANY(%(sensors)s) AND ts >= %(since)s AND ts < %(before)s
     GROUP BY sensor_id
"""


def readings(
    conn: Connection, sensors: Sequence[int], since: datetime, before: datetime
) -> dict[int, Rows]:
    """Readings of these sensors in [since, before), by sensor; the second value is 0."""
    return _fetched(conn, READINGS, sensors, since, before)


def positions(
    conn: Connection, sensors: Sequence[int], since: datetime, before: datetime
) -> dict[int, Rows]:
    """Positions of these sensors in [since, before), by sensor: latitude and longitude."""
    return _fetched(conn, POSITIONS, sensors, since, before)


def _fetched(
    conn: Connection,
    query: LiteralString,
    sensors: Sequence[int],
    since: datetime,
    before: datetime,
) -> dict[int, Rows]:
    if not sensors:
        return {}
    facts = {"sensors": list(sensors), "since": since, "before": before}
    found: dict[int, Rows] = {}
    with conn.cursor(binary=True) as cursor:
        for name in ("timestamptz", "float8"):
            cursor.adapters.register_loader(adapters.types[name].array_oid, _Whole)
        for sensor, at, first, second in cursor.execute(query, facts):
            moments = _elements(at, ">i8").astype(np.float64) / 1e6 + EPOCH_S
            values = _elements(first, ">f8")
            others = np.zeros(values.size) if second is None else _elements(second, ">f8")
            found[sensor] = (moments, values, others)
    return found
