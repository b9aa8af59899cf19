"""What an estate file may say of a room, of an asset's ways, and of what befalls its sensors."""

from dataclasses import dataclass
from typing import Final

from firmware_sim.tables import Table
from firmware_sim.words import Trouble

ALWAYS: Final = 0
FOREVER: Final = 1 << 40
SPAN: Final = ("since", "until")

Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Span:
    """[since, until), Unix seconds."""

    since: int = ALWAYS
    until: int = FOREVER

    def overlaps(self, start: float, end: float) -> bool:
        """Whether any of [start, end) is in it."""
        return self.since < end and start < self.until


@dataclass(frozen=True, slots=True)
class ClockSpan:
    """A gateway's clock that is wrong by `ahead_s` for a time, in whole local days."""

    ahead_s: int
    span: Span


@dataclass(frozen=True, slots=True)
class Befallen:
    """A trouble of an asset for a time."""

    kind: Trouble
    span: Span
    sensors: tuple[str, ...]  # empty: all that the trouble is of
    to: str  # of MOVED: the code of the asset that the sensors are at
    km: float  # of LENT
    value: float  # of SAYS: what the first reading from `since` on says

    def holds(self, sensor: str) -> bool:
        """Whether it is this sensor's."""
        return not self.sensors or sensor in self.sensors


@dataclass(frozen=True, slots=True)
class RoomPlan:
    """A room that is harder than the plain one; shares are 0 to 1."""

    zones: int = 1  # of the ceiling lamps, each switched by hand
    unattended: float = 0.0  # of working days on which a zone burns with nobody there
    spill: Range | None = None  # of a neighbour's lamp that a sensor sees
    neighbours: int = 2  # on each side whose lamps it sees
    beams_a_day: float = 0.0  # of sun, on days with sun
    clouds: float = 0.0  # of the daylight that a passing cloud takes
    blinds: bool = False
    hvac_c: float = 0.0  # °C by which the air conditioner cycles at a sensor


@dataclass(frozen=True, slots=True)
class Ways:
    """How one asset differs from its archetype; None: it doesn't."""

    sessions: float | None = None  # a working day, at full use
    minutes: float | None = None
    daily: Range | None = None  # a use each working day from this hour to that, and no other
    always_on: bool = False  # in use day and night
    lamp_lx: float | None = None
    lamp_off: float | None = None  # share of the sessions with the lamp left off
    lamp_dims: float | None = None  # share of the sessions in which it is turned down
    lamp_ramp_min: float = 0.0  # until the lamp is at its full light
    warmth_c: float | None = None
    tau_min: float | None = None
    standing_c: float | None = None
    pulses_a_job: int = 0  # 0: pulses come all the time, by the archetype's rate
    quiet_min: Range | None = None  # silence around switching on
    quiet_share: float = 1.0  # of the sessions that begin in such silence
    beams_in_use: float = 0.0  # share of the sessions into which the sun falls
    beam_lx: float = 700.0
    beam_min: float = 4.0
    gps_sigma_m: float = 0.0  # 0: a good receiver
    standby_w: float | None = None
    working_w: tuple[float, ...] = ()
    zone: int | None = None


def room_plan(content: object, place: str) -> RoomPlan:
    """The `[gateway.room]` table; raises EstateError."""
    table = Table(f"{place}: room", content, RoomPlan.__dataclass_fields__)
    return RoomPlan(
        zones=table.whole("zones", 1, 1, 20),
        unattended=table.number("unattended", 0.0, 0.0, 1.0),
        spill=table.range("spill", 0.0, 1.0),
        neighbours=table.whole("neighbours", 2, 0, 10),
        beams_a_day=table.number("beams_a_day", 0.0, 0.0, 20.0),
        clouds=table.number("clouds", 0.0, 0.0, 1.0),
        blinds=table.flag("blinds"),
        hvac_c=table.number("hvac_c", 0.0, 0.0, 5.0),
    )


def ways(content: object, place: str) -> Ways:
    """The `[gateway.asset.ways]` table; raises EstateError."""
    table = Table(f"{place}: ways", content, Ways.__dataclass_fields__)
    zone = table.perhaps("zone", 0, 19)
    return Ways(
        sessions=table.perhaps("sessions", 0.0, 200.0),
        minutes=table.perhaps("minutes", 1.0, 1_440.0),
        daily=table.range("daily", 0.0, 24.0),
        always_on=table.flag("always_on"),
        lamp_lx=table.perhaps("lamp_lx", 0.0, 5_000.0),
        lamp_off=table.perhaps("lamp_off", 0.0, 1.0),
        lamp_dims=table.perhaps("lamp_dims", 0.0, 1.0),
        lamp_ramp_min=table.number("lamp_ramp_min", 0.0, 0.0, 60.0),
        warmth_c=table.perhaps("warmth_c", 0.0, 40.0),
        tau_min=table.perhaps("tau_min", 1.0, 600.0),
        standing_c=table.perhaps("standing_c", 0.0, 40.0),
        pulses_a_job=table.whole("pulses_a_job", 0, 0, 1_000),
        quiet_min=table.range("quiet_min", 0.0, 240.0),
        quiet_share=table.number("quiet_share", 1.0, 0.0, 1.0),
        beams_in_use=table.number("beams_in_use", 0.0, 0.0, 1.0),
        beam_lx=table.number("beam_lx", 700.0, 0.0, 50_000.0),
        beam_min=table.number("beam_min", 4.0, 0.5, 240.0),
        gps_sigma_m=table.number("gps_sigma_m", 0.0, 0.0, 5_000.0),
        standby_w=table.perhaps("standby_w", 0.0, 1_000.0),
        working_w=table.numbers("working_w", 1.0, 100_000.0),
        zone=None if zone is None else int(zone),
    )


def span(table: Table) -> Span:
    """`since` and `until` of a table; without them it is always."""
    found = Span(table.moment("since", ALWAYS), table.moment("until", FOREVER))
    if found.since >= found.until:
        raise table.complain("until", "must be later than since")
    return found


def closed(content: object, place: str) -> Span:
    """A `[[gateway.closed]]` table: days on which nobody comes; raises EstateError."""
    return span(Table(f"{place}: closed", content, SPAN))


def clock_span(content: object, place: str) -> ClockSpan:
    """A `[[gateway.clock]]` table; raises EstateError."""
    table = Table(f"{place}: clock", content, ("ahead_s", *SPAN))
    return ClockSpan(table.whole("ahead_s", 0, -86_400, 86_400), span(table))


def befallen(content: object, place: str) -> Befallen:
    """A `[[gateway.asset.trouble]]` table; raises EstateError."""
    table = Table(f"{place}: trouble", content, ("kind", "sensors", "to", "km", "value", *SPAN))
    kind = table.word("kind", Trouble)
    to = table.text("to") if kind is Trouble.MOVED else ""
    km = table.number("km", 2.0, 0.1, 500.0)
    value = table.number("value", 0.0, -1e6, 1e6)
    return Befallen(kind, span(table), table.texts("sensors"), to, km, value)
