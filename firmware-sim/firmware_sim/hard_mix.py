"""Random estates that are harder than life, in two mixes: a normal one and one under stress."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import numpy as np

from firmware_sim.clock import stream
from firmware_sim.mix import ARCHETYPES, PREFIXES, SENSORS, USES
from firmware_sim.words import Archetype, Fault, Kind, Trouble

Content = dict[str, Any]
Shares = Mapping[str, float]

OF_LIGHT: Final = {
    *(Trouble.COVERED, Trouble.FLICKER, Trouble.LAMP_GONE),
    *(Trouble.LIT, Trouble.LIT_UNATTENDED),
}
# Of a thing that only its lamp tells of, nobody could say that the lamp is gone.
ONLY_LIT: Final = {Archetype.ALWAYS_WARM: {Trouble.LAMP_GONE}}
GATEWAY_OF: Final = (4, 16)  # assets
WINDOW_DAYS: Final = 28


@dataclass(frozen=True, slots=True)
class Mix:
    """How often what happens; shares are 0 to 1, of gateways or of assets."""

    faults: Shares
    troubles: Shares
    intervals: Mapping[int, float]  # seconds
    zones: tuple[int, int]
    spilling: float  # rooms in which neighbours' lamps are seen
    spill: tuple[float, float]
    neighbours: int
    room: Shares  # RoomPlan's numbers, as most
    blinds: float
    reference: float
    clock: float
    closed: float
    late: float
    ways: Shares  # of WAYS, by name
    metered: float  # instruments with a power meter in place of light and warmth
    switched: float  # rooms with a contact in place of a counter


NORMAL: Final = Mix(
    faults={
        Fault.GAPS: 0.03, Fault.OUTAGE: 0.15, Fault.STUCK: 0.10, Fault.MISALIGNED: 0.03,
        Fault.CLOCK: 0.02, Fault.DEAD: 0.03, Fault.DRIFT: 0.02, Fault.DRIVER: 0.02,
    },
    troubles={
        Trouble.MOVED: 0.01, Trouble.COVERED: 0.01, Trouble.FLICKER: 0.005,
        Trouble.LAMP_GONE: 0.01, Trouble.SILENT: 0.01, Trouble.LIT_UNATTENDED: 0.01,
    },
    intervals={60: 0.85, 300: 0.15},
    zones=(1, 3), spilling=0.5, spill=(0.05, 0.20), neighbours=1,
    room={"unattended": 0.05, "beams_a_day": 0.4, "clouds": 0.3, "hvac_c": 0.2},
    blinds=0.3, reference=0.35, clock=0.03, closed=0.1, late=0.01,
    ways={"two_sensors": 0.08, "ramp": 0.05, "dims": 0.05, "one_pulse": 0.1,
          "poor_fix": 0.1, "lent": 0.05, "warm": 0.03, "sunny": 0.03},
    metered=0.15, switched=0.15,
)  # fmt: skip
STRESS: Final = Mix(
    faults={
        Fault.GAPS: 0.06, Fault.OUTAGE: 0.12, Fault.STUCK: 0.08, Fault.MISALIGNED: 0.04,
        Fault.CLOCK: 0.02, Fault.DEAD: 0.03, Fault.DRIFT: 0.02, Fault.DRIVER: 0.06,
    },
    troubles={
        Trouble.MOVED: 0.03, Trouble.COVERED: 0.02, Trouble.FLICKER: 0.01,
        Trouble.LAMP_GONE: 0.02, Trouble.SILENT: 0.02, Trouble.LIT_UNATTENDED: 0.03,
        Trouble.LIT: 0.01,
    },
    intervals={10: 0.03, 60: 0.60, 300: 0.20, 900: 0.12, 3_600: 0.05},
    zones=(2, 4), spilling=1.0, spill=(0.05, 0.35), neighbours=2,
    room={"unattended": 0.2, "beams_a_day": 2.0, "clouds": 0.8, "hvac_c": 0.8},
    blinds=0.7, reference=0.30, clock=0.06, closed=0.15, late=0.05,
    ways={"two_sensors": 0.2, "ramp": 0.2, "dims": 0.3, "one_pulse": 0.4, "quiet": 0.06,
          "poor_fix": 0.25, "lent": 0.1, "warm": 0.06, "sunny": 0.1},
    metered=0.20, switched=0.20,
)  # fmt: skip
MIXES: Final = {"normal": NORMAL, "stress": STRESS}


def estate(assets: int, seed: int, mix: Mix, until: date) -> Content:
    """An estate file's content: `assets` on gateways of 4 to 16, whose troubles fall into the 28
    days before `until`. The same arguments, the same content.
    """
    rng, made = stream(seed, "hard estate"), 0
    gateways: list[Content] = []
    while made < assets:
        count = min(int(rng.integers(*GATEWAY_OF)), assets - made)
        gateways.append(_gateway(rng, mix, len(gateways) + 1, made, count, until))
        made += count
    return {"gateway": gateways}


def _gateway(
    rng: np.random.Generator, mix: Mix, number: int, made: int, count: int, until: date
) -> Content:
    found: Content = {
        "id": f"gw-{number:04}",
        "password": bytes(rng.integers(0, 256, 12, dtype=np.uint8)).hex(),
        "interval": int(_drawn(rng, {str(k): v for k, v in mix.intervals.items()})),
        "late": mix.late,
        "room": _room(rng, mix),
    }
    if rng.random() < mix.reference:
        kinds = (Kind.PHOTOELECTRIC, Kind.TEMPERATURE)
        found["reference"] = [_sensor(f"{PREFIXES[kind]}-room", kind) for kind in kinds]
    if rng.random() < mix.clock:
        ahead = int(rng.choice([-8, -1, 1, 8])) * 3_600
        mended = {"until": _day(until, rng.integers(3, 20))} if rng.random() < 0.5 else {}
        found["clock"] = [{"ahead_s": ahead, **mended}]
    if rng.random() < mix.closed:
        begins, lasts = int(rng.integers(6, 26)), int(rng.integers(2, 6))
        found["closed"] = [{"since": _day(until, begins), "until": _day(until, begins - lasts)}]
    codes = [f"TY2018{made + place + 1:06}" for place in range(count)]
    found["asset"] = [
        _asset(rng, mix, codes, place, until, str(found["id"])) for place in range(count)
    ]
    return found


def _room(rng: np.random.Generator, mix: Mix) -> Content:
    """Two rooms of a mix differ; none is harder than the mix says."""
    found: Content = {
        name: round(float(most * rng.uniform(0.3, 1.0)), 3) for name, most in mix.room.items()
    }
    found |= {"zones": int(rng.integers(mix.zones[0], mix.zones[1] + 1))}
    found |= {"blinds": bool(rng.random() < mix.blinds), "neighbours": mix.neighbours}
    return found | ({"spill": list(mix.spill)} if rng.random() < mix.spilling else {})


def _asset(
    rng: np.random.Generator, mix: Mix, codes: list[str], place: int, until: date, gateway: str
) -> Content:
    archetype = Archetype(_drawn(rng, dict(ARCHETYPES)))
    kinds = _kinds(rng, mix, archetype)
    ways, lent = _ways(rng, mix, archetype, until)
    fault = _drawn(rng, {**mix.faults, Fault.NONE: 1.0 - sum(mix.faults.values())})
    lit = Kind.PHOTOELECTRIC in kinds
    unseen = ONLY_LIT.get(archetype, set()) if lit else OF_LIGHT
    if fault == Fault.MISALIGNED and not lit:
        fault = Fault.NONE.value
    found: Content = {
        "code": f"{gateway}/{codes[place]}",
        "archetype": archetype.value,
        "use": float(_drawn(rng, dict(USES))),
        "fault": fault,
        "ways": ways,
        "sensor": [_sensor(f"{PREFIXES[k]}-{place:02}-{n}", k) for n, k in enumerate(kinds)],
    }
    befallen = _troubles(rng, mix, fault, [f"{gateway}/{c}" for c in codes], place, until)
    troubles = [*lent, *(t for t in befallen if t["kind"] not in unseen)]
    return found | ({"trouble": troubles} if troubles else {})


def _kinds(rng: np.random.Generator, mix: Mix, archetype: Archetype) -> list[Kind]:
    metered, switched, second = (rng.random() for _ in range(3))
    kinds = list(SENSORS[archetype])
    if archetype is Archetype.INSTRUMENT and metered < mix.metered:
        kinds = [Kind.POWER]
    if archetype is Archetype.ROOM and switched < mix.switched:
        kinds = [Kind.PHOTOELECTRIC, Kind.CONTACT]
    if Kind.PHOTOELECTRIC in kinds and second < mix.ways["two_sensors"]:
        kinds.append(Kind.PHOTOELECTRIC)
    return kinds


def _ways(
    rng: np.random.Generator, mix: Mix, archetype: Archetype, until: date
) -> tuple[Content, list[Content]]:
    """An asset's own ways, and that it was lent."""
    hit = {name: rng.random() < share for name, share in mix.ways.items()}
    found: Content = {}
    if hit["ramp"]:
        found["lamp_ramp_min"] = round(float(rng.uniform(3.0, 12.0)), 1)
    if hit["dims"]:
        found["lamp_dims"] = 0.6
    if hit["sunny"]:
        found |= {"beams_in_use": 0.33, "beam_lx": round(float(rng.uniform(300.0, 900.0)))}
    if hit.get("quiet"):
        found |= {"quiet_min": [10.0, 20.0], "quiet_share": round(float(rng.uniform(0.3, 1)), 2)}
    if hit["one_pulse"] and archetype is Archetype.PRINTER:
        found["pulses_a_job"] = 1
    if hit["warm"] and archetype in {Archetype.DESK, Archetype.INSTRUMENT}:
        found["standing_c"] = round(float(rng.uniform(2.0, 4.0)), 1)
    moves = archetype in {Archetype.VEHICLE, Archetype.PORTABLE}
    if hit["poor_fix"] and moves:
        found["gps_sigma_m"] = round(float(np.exp(rng.uniform(np.log(5.0), np.log(200.0)))))
    if not (hit["lent"] and moves):
        return found, []
    begins = int(rng.integers(8, 28))
    span = {"since": _day(until, begins), "until": _day(until, begins - int(rng.integers(4, 12)))}
    return found, [{"kind": Trouble.LENT.value, "km": 2.0, **span}]


def _troubles(
    rng: np.random.Generator, mix: Mix, fault: str, codes: list[str], place: int, until: date
) -> list[Content]:
    """At most one, and none beside a fault; it lasts to the end, or a week."""
    none = 1.0 - sum(mix.troubles.values())
    kind = _drawn(rng, {**mix.troubles, "": none})
    begins, for_long = int(rng.integers(5, 29)), rng.random() < 0.7
    others = [code for n, code in enumerate(codes) if n != place]
    to = str(rng.choice(others)) if others else ""
    if not kind or fault != Fault.NONE or (kind == Trouble.MOVED and not others):
        return []
    found: Content = {"kind": kind, "since": _day(until, begins)}
    if kind == Trouble.SILENT:
        found["since"] = _day(until, 3 + begins % 4)
    elif not for_long:
        found["until"] = _day(until, max(0, begins - 7))
    return [found | ({"to": to} if kind == Trouble.MOVED else {})]


def _sensor(name: str, kind: Kind) -> Content:
    return {"name": name, "kind": kind.value}


def _day(until: date, before: int | np.signedinteger[Any]) -> date:
    return until - timedelta(days=int(before))


def _drawn(rng: np.random.Generator, shares: Mapping[str, float]) -> str:
    weights = np.array(list(shares.values()))
    return str(rng.choice([str(word) for word in shares], p=weights / weights.sum()))
