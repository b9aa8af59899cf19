"""What each archetype does on a working day, and how its sensors see it."""

from dataclasses import dataclass
from typing import Final

from firmware_sim.words import Archetype, Kind

Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Habit:
    """One archetype at full use (multiplier 1)."""

    archetype: Archetype
    sessions: float  # a working day
    minutes: float  # mean length of a session
    rated_h: float  # rated hours of use a working day: the norm that `idle` is judged by
    lamp_lx: Range  # step that its own lamp makes at its sensor
    lamp_off: float  # share of sessions with the lamp left off
    warmth_c: Range  # rise above the room while in use
    tau_min: float  # time constant of that rise
    standing_c: Range  # rise above the room at all times
    pulses: float  # a minute, in use
    lamp_dims: float = 0.1  # share of sessions in which the lamp is turned down


# analytics.md's archetypes; where it gives no number (room, portable, always_warm) a plausible one.
# Rated hours: desk 4; printer 0.5; instrument 3.2 (800 h over 250 working days, the norm of special
# instruments); room, portable and always_warm 4; vehicle 2.
HABITS: Final = {
    habit.archetype: habit
    for habit in (
        #     archetype            n/day min rated lamp lx    off   warmth °C   τ  standing   pulses
        Habit(Archetype.DESK,        4.0, 75, 4.0, (60, 300), 0.10, (3.0, 8.0), 20, (0.0, 0.0), 3),
        Habit(Archetype.PRINTER,    16.0,  4, 0.5, (60, 200), 0.03, (3.0, 8.0), 12, (0.5, 2.0), 12),
        Habit(Archetype.INSTRUMENT, 0.7, 300, 3.2, (80, 300), 0.05, (4.0, 8.0), 20, (0.0, 0.5), 4),
        Habit(Archetype.ALWAYS_WARM, 5., 40,  4.0, (60, 250), 0.03, (0.1, 0.4), 20, (9., 18.0), 5),
        Habit(Archetype.ROOM,        3.0, 70, 4.0, (90, 300), 0.05, (0.8, 2.0), 30, (0.0, 0.0), 2),
        Habit(Archetype.VEHICLE,     1.5, 35, 2.0, (60, 150), 0.30, (4.0, 8.0), 15, (0.0, 0.0), 6),
        Habit(Archetype.PORTABLE,    2.0, 60, 4.0, (60, 250), 0.05, (3.0, 8.0), 20, (0.0, 0.0), 3),
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Record:
    """One SenML record of a reading: its unit and decimal places on the wire."""

    unit: str
    places: int


# The records that one reading of a kind is made of, in the order of the columns of its values.
RECORDS: Final[dict[Kind, tuple[Record, ...]]] = {
    Kind.PHOTOELECTRIC: (Record("lx", 1),),
    Kind.PULSES: (Record("count", 0),),
    Kind.TEMPERATURE: (Record("Cel", 2),),
    Kind.POSITION: (Record("lat", 6), Record("lon", 6), Record("m", 1)),
    Kind.POWER: (Record("W", 1),),
    Kind.CURRENT: (Record("A", 3),),
    Kind.CONTACT: (Record("/", 0),),
}
