"""The closed sets of words that an estate is written in."""

from enum import StrEnum


class Archetype(StrEnum):
    """How an asset is used; its habits are in `archetypes.py`."""

    DESK = "desk"
    PRINTER = "printer"
    INSTRUMENT = "instrument"
    ALWAYS_WARM = "always_warm"
    ROOM = "room"
    VEHICLE = "vehicle"
    PORTABLE = "portable"


class Kind(StrEnum):
    """What a sensor measures."""

    PHOTOELECTRIC = "photoelectric"
    PULSES = "pulses"
    TEMPERATURE = "temperature"
    POSITION = "position"


class Fault(StrEnum):
    """What is wrong with the sensors of an asset; how, is in `faults.py`."""

    NONE = "none"
    GAPS = "gaps"
    OUTAGE = "outage"
    STUCK = "stuck"
    MISALIGNED = "misaligned"
    CLOCK = "clock"
    DEAD = "dead"
    DRIFT = "drift"
