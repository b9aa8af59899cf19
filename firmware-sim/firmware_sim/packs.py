"""SenML packs (RFC 8428, JSON) out of the days of a gateway."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from firmware_sim.archetypes import RECORDS
from firmware_sim.clock import DAY_S, day_of, day_start
from firmware_sim.days import GatewayDay, Generator, SensorDay
from firmware_sim.words import Kind

RECORDS_A_PACK: Final = 1_000  # about 20 kB


@dataclass(frozen=True, slots=True)
class Slice:
    """The records of one pack: all that the gateway measured in [start, end), Unix seconds."""

    start: int
    end: int
    records: str  # the pack's JSON after its first record
    readings: int  # a position is one reading, of three records


class Slicer:
    """Cuts the days of one gateway into slices, whose borders never depend on where one begins."""

    def __init__(self, generator: Generator) -> None:
        self.generator = generator
        per_tick = max(1, generator.gateway.records)
        self.length = generator.interval * max(1, RECORDS_A_PACK // per_tick)  # seconds
        self._day: GatewayDay | None = None  # the day in hand: a live gateway asks every minute

    def slices(self, start: int, end: int) -> Iterator[Slice]:
        """The slices of [start, end) (multiples of the interval), one after the other."""
        while start < end:
            midnight = day_start(day_of(start))
            border = midnight + ((start - midnight) // self.length + 1) * self.length
            until = min(border, midnight + DAY_S, end)
            yield self._slice(start, until)
            start = until

    def count(self, start: int, end: int) -> int:
        """About how many slices [start, end) makes."""
        whole, rest = divmod(max(0, end - start), DAY_S)
        return whole * -(-DAY_S // self.length) - (-rest // self.length)

    def _slice(self, start: int, end: int) -> Slice:
        number = day_of(start)
        if self._day is None or self._day.day != number:
            self._day = self.generator.day(number)
        step = self.generator.interval
        rows = slice((start - self._day.start) // step, (end - self._day.start) // step)
        one = end - start == step
        blocks, readings = [], 0
        for sensor in self._day.sensors:
            values = sensor.values[rows]
            heard = ~np.isnan(values[:, 0])
            count = int(np.count_nonzero(heard))
            if count:
                readings += count
                write = _record if one else _block
                blocks.append(write(self.generator, sensor, values, heard))
        return Slice(start, end, ",".join(blocks), readings)


def pack(gateway: str, base: int, seq: int, records: str) -> bytes:
    """The whole message: `records` after a first record with base name, base time and `seq`."""
    head = f'[{{"bn":"{gateway}:","bt":{base},"n":"seq","v":{seq}}}'
    return f"{head},{records}]".encode() if records else f"{head}]".encode()


def _record(generator: Generator, sensor: SensorDay, values: np.ndarray, heard: np.ndarray) -> str:
    """A single reading, named in full beside the others of its time, as docs/wire.md shows."""
    form = _form(sensor.sensor.kind, (sensor.ahead,), sensor.sensor.name)
    return form % tuple(values.ravel().tolist())


def _block(generator: Generator, sensor: SensorDay, values: np.ndarray, heard: np.ndarray) -> str:
    """A run of one sensor's readings: its name is the base name, its unit the base unit."""
    step = generator.interval
    offsets = tuple((np.flatnonzero(heard) * step + sensor.ahead).tolist())
    numbers = values.ravel() if heard.all() else values[heard].ravel()
    form = _form(sensor.sensor.kind, offsets, "")
    units = RECORDS[sensor.sensor.kind]
    unit = f'"bu":"{units[0].unit}",' if len(units) == 1 else ""
    head = f'{{"bn":"{generator.gateway.id}:{sensor.sensor.name}",{unit}'
    return head + (form % tuple(numbers.tolist()))[1:]


@lru_cache(maxsize=8_192)
def _form(kind: Kind, offsets: tuple[int, ...], name: str) -> str:
    """Records at `offsets` (seconds) after the base time, with `%` where the values go."""
    units = RECORDS[kind]
    pieces = []
    for offset in offsets:
        for record in units:
            named = f'"n":"{name}",' if name else ""
            unit = f'"u":"{record.unit}",' if name or len(units) > 1 else ""
            time = f',"t":{offset}' if offset else ""
            pieces.append(f'{{{named}{unit}"v":%.{record.places}f{time}}}')
    return ",".join(pieces)
