"""Readings out of the database as arrays, by binary COPY."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final, LiteralString

import numpy as np
from numpy.typing import NDArray

from analytics.grid import Floats
from db import Connection

EPOCH_S: Final = datetime(2000, 1, 1, tzinfo=UTC).timestamp()  # PostgreSQL's
HEADER: Final = 19  # bytes: signature, flags, length of the extension
TRAILER: Final = 2

# A row of binary COPY: the number of fields, then each with its length; all big-endian.
ROW: Final = np.dtype(
    [
        ("fields", ">i2"),
        ("sensor_length", ">i4"),
        ("sensor", ">i4"),
        ("at_length", ">i4"),
        ("at", ">i8"),
        ("first_length", ">i4"),
        ("first", ">f8"),
        ("second_length", ">i4"),
        ("second", ">f8"),
    ]
)

READINGS: LiteralString = """
    COPY (SELECT sensor_id, ts, value, 0::double precision
            FROM reading
           WHERE sensor_id = ANY(%(sensors)s) AND ts >= %(since)s AND ts < %(before)s)
      TO STDOUT (FORMAT binary)
"""
POSITIONS: LiteralString = """
    COPY (SELECT sensor_id, ts, latitude, longitude
            FROM position
           WHERE sensor_id = ANY(%(sensors)s) AND ts >= %(since)s AND ts < %(before)s)
      TO STDOUT (FORMAT binary)
"""

Rows = tuple[Floats, Floats, Floats]  # Unix seconds, first value, second value; each (n,)


def readings(
    conn: Connection, sensors: Sequence[int], since: datetime, before: datetime
) -> dict[int, Rows]:
    """Readings of these sensors in [since, before), by sensor; the second value is 0."""
    return _copied(conn, READINGS, sensors, since, before)


def positions(
    conn: Connection, sensors: Sequence[int], since: datetime, before: datetime
) -> dict[int, Rows]:
    """Positions of these sensors in [since, before), by sensor: latitude and longitude."""
    return _copied(conn, POSITIONS, sensors, since, before)


def _copied(
    conn: Connection,
    query: LiteralString,
    sensors: Sequence[int],
    since: datetime,
    before: datetime,
) -> dict[int, Rows]:
    if not sensors:
        return {}
    facts = {"sensors": list(sensors), "since": since, "before": before}
    with conn.cursor() as cursor, cursor.copy(query, facts) as copy:
        content = b"".join(bytes(block) for block in copy)
    table: NDArray[Any] = np.frombuffer(content[HEADER : len(content) - TRAILER], dtype=ROW)
    order = np.argsort(table["sensor"], kind="stable")
    sorted_table = table[order]
    keys = sorted_table["sensor"].astype(np.int64)
    borders = np.flatnonzero(np.diff(keys)) + 1
    groups = np.split(sorted_table, borders)
    return {
        int(group["sensor"][0]): (
            group["at"].astype(np.float64) / 1e6 + EPOCH_S,
            group["first"].astype(np.float64),
            group["second"].astype(np.float64),
        )
        for group in groups
        if group.size
    }
