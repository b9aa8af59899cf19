"""A random estate with the mix of archetypes, use and faults that a whole province might have."""

import json
from collections.abc import Sequence
from typing import Final

import numpy as np

from firmware_sim.clock import stream
from firmware_sim.words import Archetype, Fault, Kind

Weighed = Sequence[tuple[str, float]]

ARCHETYPES: Final = (
    (Archetype.DESK, 0.34),
    (Archetype.PRINTER, 0.14),
    (Archetype.INSTRUMENT, 0.16),
    (Archetype.ALWAYS_WARM, 0.08),
    (Archetype.ROOM, 0.10),
    (Archetype.VEHICLE, 0.10),
    (Archetype.PORTABLE, 0.08),
)
# The shares of outage, stuck, misaligned, clock and dead are those of docs/analytics.md's trial.
FAULTS: Final = (
    (Fault.NONE, 0.61),
    (Fault.GAPS, 0.03),
    (Fault.OUTAGE, 0.15),
    (Fault.STUCK, 0.10),
    (Fault.MISALIGNED, 0.03),
    (Fault.CLOCK, 0.03),
    (Fault.DEAD, 0.03),
    (Fault.DRIFT, 0.02),
)
USES: Final = (
    ("1.0", 0.3),
    ("0.5", 0.15),
    ("0.3", 0.15),
    ("0.1", 0.1),
    ("0.03", 0.1),
    ("0.0", 0.2),
)
SENSORS: Final = {
    Archetype.DESK: (Kind.PHOTOELECTRIC, Kind.TEMPERATURE),
    Archetype.PRINTER: (Kind.PULSES, Kind.TEMPERATURE),
    Archetype.INSTRUMENT: (Kind.PHOTOELECTRIC, Kind.TEMPERATURE),
    Archetype.ALWAYS_WARM: (Kind.PHOTOELECTRIC, Kind.TEMPERATURE),
    Archetype.ROOM: (Kind.PHOTOELECTRIC, Kind.PULSES),
    Archetype.VEHICLE: (Kind.POSITION, Kind.TEMPERATURE),
    Archetype.PORTABLE: (Kind.POSITION, Kind.PHOTOELECTRIC),
}
PREFIXES: Final = {
    Kind.PHOTOELECTRIC: "pe",
    Kind.PULSES: "pc",
    Kind.TEMPERATURE: "tc",
    Kind.POSITION: "gp",
    Kind.POWER: "pw",
    Kind.CURRENT: "ac",
    Kind.CONTACT: "ct",
}


def random_estate(assets: int, gateways: int, seed: int, host: str, port: int) -> str:
    """An estate file of `assets` spread evenly over `gateways`; the same seed, the same text."""
    rng = stream(seed, "estate")
    lines = ["[broker]", f"host = {json.dumps(host)}", f"port = {port}"]
    for number in range(gateways):
        name = f"gw-{number + 1:04}"
        password = bytes(rng.integers(0, 256, 12, dtype=np.uint8)).hex()
        lines += ["", "[[gateway]]", f'id = "{name}"', f'password = "{password}"']
        for place, asset in enumerate(range(number, assets, gateways), start=1):
            lines += _asset(rng, f"TY2018{asset + 1:06}", place)
    return "\n".join(lines) + "\n"


def _asset(rng: np.random.Generator, code: str, place: int) -> list[str]:
    archetype = Archetype(_draw(rng, ARCHETYPES))
    lines = [
        "",
        "  [[gateway.asset]]",
        f'  code = "{code}"',
        f'  archetype = "{archetype}"',
        f"  use = {_draw(rng, USES)}",
        f'  fault = "{_draw(rng, FAULTS)}"',
    ]
    for kind in SENSORS[archetype]:
        lines += [
            "    [[gateway.asset.sensor]]",
            f'    name = "{PREFIXES[kind]}-{place:02}"',
            f'    kind = "{kind}"',
        ]
    return lines


def _draw(rng: np.random.Generator, weighed: Weighed) -> str:
    words, weights = zip(*weighed, strict=True)
    return str(rng.choice(words, p=np.array(weights) / sum(weights)))
