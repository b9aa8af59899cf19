"""What drivers say when they have failed to measure: values that look like readings and are none.

Those that come with the product are rows here; an installation adds its own, or says of one of
these that its sensors do measure it (`panhuo fault`, the table fault_value).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, LiteralString

from psycopg.rows import class_row

from db import Connection
from db.text import clean
from ingest import sensor_kinds


class Misreading(StrEnum):
    """Why a reading is no measurement; the portal has the words."""

    SATURATED = "saturated"  # the converter's end: brighter than it can tell
    POWER_UP = "power_up"  # the register as it is before the first conversion
    BUS_ERROR = "bus_error"  # nobody answered on the wire
    NO_FIX = "no_fix"
    OVERFLOW = "overflow"
    LONE = "lone"  # a single wild value, of no known origin
    REFUSED = "refused"  # out of the sensor's range or no number: refused on arrival


@dataclass(frozen=True, slots=True)
class FaultValue:
    """A value of a kind of sensor, in its unit, that means a fault.

    `exactness`: how far a reading may be from it, for drivers round in different ways. `lone`:
    the value may also be measured; it is a fault where the readings leap to it and back.
    `applies` False: an installation says that it is a measurement after all.
    """

    kind: str
    value: float
    exactness: float
    meaning: str
    lone: bool
    source: str
    applies: bool = True


LUX, CEL, COUNT, PLACE = "photoelectric", "temperature", "pulses", "position"
WATT, AMPERE = "power", "current"
SAT, BUS = Misreading.SATURATED.value, Misreading.BUS_ERROR.value
UP, FIX, OVER = (m.value for m in (Misreading.POWER_UP, Misreading.NO_FIX, Misreading.OVERFLOW))

FAULT_VALUES: Final = (
    #          kind  value       ±     meaning lone   source
    FaultValue(LUX, 54_612.5, 0.5, SAT, False, "BH1750, H-resolution: 65535 / 1.2"),
    FaultValue(LUX, 27_306.25, 0.5, SAT, False, "BH1750, H-resolution 2: 65535 / 1.2 / 2"),
    FaultValue(LUX, 65_535.0, 0.5, SAT, False, "16 bits, all set"),
    FaultValue(LUX, 65_536.0, 0.5, SAT, False, "TSL2561 library: 2^16 where it is saturated"),
    FaultValue(LUX, 83_865.6, 0.1, SAT, False, "OPT3001: 4095 x 20.48"),
    FaultValue(LUX, 188_006.4, 0.1, SAT, False, "MAX44009: 255 x 2^14 x 0.045"),
    FaultValue(LUX, 188_006.0, 0.5, SAT, False, "MAX44009, rounded"),
    FaultValue(CEL, 85.0, 0.01, UP, True, "DS18B20: power-on value of its scratchpad"),
    FaultValue(CEL, -127.0, 0.01, BUS, False, "DallasTemperature: DEVICE_DISCONNECTED_C"),
    FaultValue(CEL, -45.0, 0.01, BUS, True, "SHT3x: a word of zeros"),
    FaultValue(CEL, 130.0, 0.01, BUS, True, "SHT3x: a word of ones"),
    FaultValue(CEL, -46.85, 0.01, BUS, True, "SHT2x, HTU21D, Si7021: a word of zeros"),
    FaultValue(CEL, 128.87, 0.02, BUS, True, "SHT2x, HTU21D, Si7021: a word of ones"),
    FaultValue(CEL, -50.0, 0.01, BUS, True, "AHT1x, AHT2x: a word of zeros"),
    FaultValue(CEL, 150.0, 0.01, BUS, True, "AHT1x, AHT2x: a word of ones"),
    FaultValue(CEL, -40.0, 0.01, BUS, True, "HDC1080: a word of zeros"),
    FaultValue(CEL, 125.0, 0.01, BUS, True, "HDC1080: a word of ones"),
    FaultValue(CEL, -999.0, 0.01, BUS, False, "DHT libraries: time-out"),
    FaultValue(COUNT, 65_535.0, 0.0, OVER, False, "16 bits, all set"),
    FaultValue(COUNT, 4_294_967_295.0, 0.0, OVER, False, "32 bits, all set"),
    FaultValue(WATT, 6_553.5, 0.0, OVER, False, "16 bits, all set, in tenths"),
    FaultValue(WATT, 65_535.0, 0.0, OVER, False, "16 bits, all set"),
    FaultValue(WATT, -1.0, 0.0, BUS, False, "Modbus libraries: no answer"),
    FaultValue(AMPERE, 65.535, 0.0, OVER, False, "16 bits, all set, in thousandths"),
    FaultValue(AMPERE, 655.35, 0.0, OVER, False, "16 bits, all set, in hundredths"),
    FaultValue(AMPERE, -1.0, 0.0, BUS, False, "Modbus libraries: no answer"),
    FaultValue(PLACE, 0.0, 1e-6, FIX, False, "receivers without a fix: latitude and longitude 0"),
)

OWN: LiteralString = """
    SELECT kind, value, exactness, meaning, lone, source, applies
      FROM fault_value ORDER BY kind, value
"""


def fault_values(conn: Connection) -> tuple[FaultValue, ...]:
    """Every row: the installation's own, and ours where it has none of that kind and value."""
    with conn.cursor(row_factory=class_row(FaultValue)) as cursor:
        own = cursor.execute(OWN).fetchall()
    named = {(row.kind, row.value) for row in own}
    return (*(row for row in FAULT_VALUES if (row.kind, row.value) not in named), *own)


KEEP: LiteralString = """
    INSERT INTO fault_value (kind, value, exactness, meaning, lone, source, applies, made_by)
    VALUES (%(kind)s, %(value)s, %(exactness)s, %(meaning)s, %(lone)s, %(source)s, %(applies)s,
            %(by)s)
    ON CONFLICT (kind, value) DO UPDATE
       SET exactness = excluded.exactness, meaning = excluded.meaning, lone = excluded.lone,
           source = excluded.source, applies = excluded.applies, made_by = excluded.made_by,
           made_at = now()
"""


def keep(conn: Connection, row: FaultValue, by: str) -> None:
    """Say of a value that it is a fault, or that it is none; the caller audits it.

    Raises Refused 'device.no_such_kind'.
    """
    sensor_kinds.find(conn, row.kind)
    facts = {
        "kind": row.kind,
        "value": row.value,
        "exactness": row.exactness,
        "meaning": row.meaning,
        "lone": row.lone,
        "source": clean(row.source),
        "applies": row.applies,
        "by": by,
    }
    conn.execute(KEEP, facts)
