"""The kinds of sensors as rows: how each speaks on the wire, and what it is called (I7).

How the readings of a kind are judged is a file of `analytics/kinds/` (docs/sensor-kinds.md).
"""

from dataclasses import asdict, dataclass
from typing import Final, LiteralString

from psycopg import errors
from psycopg.rows import class_row

from db import Connection, Refused

PLACE: Final = ""  # the unit of a position, which has several: lat, lon, m


@dataclass(frozen=True, slots=True)
class SensorKind:
    """A kind of sensor. Values in its `unit`; `use_label`: what use is called that it saw."""

    name: str
    unit: str  # RFC 8428; PLACE: a position
    minimum: float
    maximum: float
    label: str
    label_en: str
    use_label: str
    use_label_en: str
    shown_unit: str
    shown_unit_en: str

    @property
    def is_place(self) -> bool:
        """Whether it says where it is: its readings are positions."""
        return self.unit == PLACE


ALL: LiteralString = """
    SELECT name, unit, minimum, maximum, label, label_en, use_label, use_label_en, shown_unit,
           shown_unit_en
      FROM sensor_kind ORDER BY name
"""


def sensor_kinds(conn: Connection) -> dict[str, SensorKind]:
    """Every kind, by name."""
    with conn.cursor(row_factory=class_row(SensorKind)) as cursor:
        return {kind.name: kind for kind in cursor.execute(ALL)}


def find(conn: Connection, name: str) -> SensorKind:
    """The kind of this name; Refused 'device.no_such_kind'."""
    known = sensor_kinds(conn)
    if name not in known:
        raise Refused("device.no_such_kind", kind=name, kinds=", ".join(known))
    return known[name]


ADD: LiteralString = """
    INSERT INTO sensor_kind (name, unit, minimum, maximum, label, label_en, use_label,
           use_label_en, shown_unit, shown_unit_en)
    VALUES (%(name)s, %(unit)s, %(minimum)s, %(maximum)s, %(label)s, %(label_en)s, %(use_label)s,
           %(use_label_en)s, %(shown_unit)s, %(shown_unit_en)s)
"""


def add(conn: Connection, kind: SensorKind) -> None:
    """Let sensors be of this kind; the caller audits it.

    Raises Refused 'device.name_taken', or 'device.kind_unusable' for a name, a unit or a range
    that none can have.
    """
    try:
        with conn.transaction():
            conn.execute(ADD, asdict(kind))
    except errors.UniqueViolation as error:
        raise Refused("device.name_taken", name=kind.name) from error
    except errors.CheckViolation as error:
        raise Refused("device.kind_unusable", kind=kind.name) from error
