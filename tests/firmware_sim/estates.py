"""Estates for the tests, and a reader of SenML that knows nothing of the simulator's writer."""

import json
from typing import Any, NamedTuple

from firmware_sim.estate import Estate, parse

UNTIL = 1_795_000_020 // 60 * 60  # a Wednesday afternoon in Haikou
DAY = 86_400


class Reading(NamedTuple):
    """A resolved record."""

    name: str
    unit: str
    time: float
    value: float


def estate(*assets: tuple[str, ...], port: int = 1, gateway: str = "gw-0001") -> Estate:
    """An estate of one gateway; an asset is (archetype, use, fault, kind, kind…)."""
    return parse(text(*assets, port=port, gateway=gateway))


def text(*assets: tuple[str, ...], port: int = 1, gateway: str = "gw-0001") -> str:
    lines = ["[broker]", 'host = "127.0.0.1"', f"port = {port}"]
    return "\n".join(lines + gateway_lines(gateway, assets)) + "\n"


def gateway_lines(gateway: str, assets: tuple[tuple[str, ...], ...]) -> list[str]:
    lines = ["[[gateway]]", f'id = "{gateway}"', 'password = "secret"']
    for number, (archetype, use, fault, *kinds) in enumerate(assets):
        lines += ["[[gateway.asset]]", f'code = "{gateway}/{number}"', f'archetype = "{archetype}"']
        lines += [f"use = {use}", f'fault = "{fault}"']
        for place, kind in enumerate(kinds):
            lines += ["[[gateway.asset.sensor]]", f'name = "s{number}-{place}"', f'kind = "{kind}"']
    return lines


def resolve(payload: bytes) -> list[Reading]:
    """The records of a pack as RFC 8428, 4.6 resolves them: base fields hold until the next."""
    base: dict[str, Any] = {"bn": "", "bt": 0.0, "bu": ""}
    found = []
    for record in json.loads(payload.decode("utf-8")):
        assert set(record) <= {"bn", "bt", "bu", "n", "u", "v", "t"}
        base |= {key: record[key] for key in base.keys() & record.keys()}
        name, unit = base["bn"] + record.get("n", ""), record.get("u", base["bu"])
        time = base["bt"] + record.get("t", 0)
        found.append(Reading(name, "" if name.endswith(":seq") else unit, time, record["v"]))
    return found
