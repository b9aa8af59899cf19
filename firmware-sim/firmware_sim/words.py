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
    POWER = "power"
    CURRENT = "current"
    CONTACT = "contact"


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
    DRIVER = "driver"


class Trouble(StrEnum):
    """What befalls an asset's sensors from a day on; how, is in `troubles.py`."""

    COVERED = "covered"
    FLICKER = "flicker"
    LAMP_GONE = "lamp_gone"
    LIT = "lit"
    LIT_UNATTENDED = "lit_unattended"
    MOVED = "moved"
    SILENT = "silent"
    LENT = "lent"
    SAYS = "says"  # a single reading of a constant, as drivers say it
