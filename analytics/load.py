"""Readings out of the database as arrays: one row a sensor, its columns as binary arrays."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, LiteralString

import numpy as np
from numpy.typing import NDArray
from psycopg import Cursor, adapters
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.pq import Format

from analytics.grid import Floats
from analytics.places import Fixes
from db import Connection

EPOCH_S: Final = datetime(2000, 1, 1, tzinfo=UTC).timestamp()  # PostgreSQL's
HEADER: Final = 20  # bytes: dimensions, flags, element type, length, lower bound

# Unix seconds and value; of a position latitude, longitude and accuracy; each (n,)
Rows = tuple[Floats, Floats, Floats, Floats]


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
    SELECT sensor_id, array_agg(ts), array_agg(value), NULL, NULL
      FROM reading
     WHERE sensor_id = ANY(%(sensors)s) AND ts >= %(since)s AND ts < %(before)s
     GROUP BY sensor_id
"""
POSITIONS: LiteralString = """
    SELECT sensor_id, array_agg(ts), array_agg(latitude), array_agg(longitude),
           array_agg(COALESCE(accuracy_m::double precision, 'NaN'))
      FROM position
     WHERE sensor_id = ANY(%(sensors)s) AND ts >= %(since)s AND ts < %(before)s
     GROUP BY sensor_id
"""


def readings(
    conn: Connection, sensors: Sequence[int], since: datetime, before: datetime
) -> dict[int, Rows]:
    """Readings of these sensors in [since, before), by sensor; the other values are 0."""
    return _fetched(conn, READINGS, sensors, since, before)


def positions(
    conn: Connection, sensors: Sequence[int], since: datetime, before: datetime
) -> dict[int, Rows]:
    """Positions of these sensors in [since, before), by sensor: latitude, longitude, and the metres
    that each may err by, NaN where it wasn't said.
    """
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
        for sensor, at, *sent in _whole(cursor).execute(query, facts):
            moments = _moments(at)
            first, second, third = (
                np.zeros(moments.size) if one is None else _elements(one, ">f8") for one in sent
            )
            found[sensor] = (moments, first, second, third)
    return found


def _whole(cursor: Cursor[Any]) -> Cursor[Any]:
    """The cursor, which hands arrays over as they were sent."""
    for name in ("timestamptz", "float8"):
        cursor.adapters.register_loader(adapters.types[name].array_oid, _Whole)
    return cursor


def _moments(sent: bytes) -> Floats:
    return _elements(sent, ">i8").astype(np.float64) / 1e6 + EPOCH_S


# The fixes of every sensor that has watched the asset, while it did.
FIXES: LiteralString = """
    SELECT array_agg(ts ORDER BY ts), array_agg(latitude ORDER BY ts),
           array_agg(longitude ORDER BY ts),
           array_agg(COALESCE(accuracy_m::double precision, 'NaN') ORDER BY ts)
      FROM binding JOIN position ON position.sensor_id = binding.sensor_id
     WHERE binding.card_id = %(card)s AND ts >= %(since)s AND ts < %(before)s
       AND ts >= binding.since AND (binding.until IS NULL OR ts < binding.until)
     GROUP BY binding.id
"""
# Of each, what it said last: more than one, for the newest may be no measurement.
NEWEST_FIXES: LiteralString = """
    SELECT array_agg(ts ORDER BY ts), array_agg(latitude ORDER BY ts),
           array_agg(longitude ORDER BY ts),
           array_agg(COALESCE(accuracy_m::double precision, 'NaN') ORDER BY ts)
      FROM binding CROSS JOIN LATERAL (
               SELECT ts, latitude, longitude, accuracy_m
                 FROM position
                WHERE position.sensor_id = binding.sensor_id AND ts >= binding.since
                  AND (binding.until IS NULL OR ts < binding.until)
                ORDER BY ts DESC
                LIMIT %(limit)s) AS newest
     WHERE binding.card_id = %(card)s
     GROUP BY binding.id
"""


def fixes(conn: Connection, card_id: int, since: datetime, before: datetime) -> list[Fixes]:
    """What sensors said in [since, before) of where the asset is: each's, while it watched it."""
    return _fixes(conn, FIXES, {"card": card_id, "since": since, "before": before})


def newest_fixes(conn: Connection, card_id: int, limit: int = 500) -> list[Fixes]:
    """The newest fixes of each sensor that has watched the asset, however old they are."""
    return _fixes(conn, NEWEST_FIXES, {"card": card_id, "limit": limit})


def _fixes(conn: Connection, query: LiteralString, facts: Mapping[str, object]) -> list[Fixes]:
    with conn.cursor(binary=True) as cursor:
        return [
            Fixes(_moments(at), *(_elements(column, ">f8") for column in columns))
            for at, *columns in _whole(cursor).execute(query, facts)
        ]
