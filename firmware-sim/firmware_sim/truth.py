"""The ground truth of an estate: what was really used, for scoring what others conclude."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from firmware_sim.archetypes import HABITS
from firmware_sim.clock import HOUR_S, day_of, working_days
from firmware_sim.estate import Asset, Estate
from firmware_sim.use import sessions
from firmware_sim.words import Fault

IDLE_BELOW: Final = 0.10  # of the rated hours


class Window(NamedTuple):
    """The time that is judged, Unix seconds, and the working days in it."""

    start: int
    end: int
    days: float


def truth(estate: Estate, seed: int, start: int, end: int) -> dict[str, Any]:
    """The truth of [start, end) (Unix seconds): `window`, and `assets` by code.

    Hours and sessions are cut at the window's ends; `utilisation` is hours used over rated hours
    (archetypes.HABITS) times working days, None when the window holds no working time.
    """
    window = Window(start, end, working_days(start, end))
    return {
        "window": {
            "start": start,
            "end": end,
            "from": _iso(start),
            "until": _iso(end),
            "seed": seed,
            "working_days": round(window.days, 3),
        },
        "assets": {
            asset.code: _asset(seed, gateway.id, asset, window)
            for gateway in estate.gateways
            for asset in gateway.assets
        },
    }


def text(content: dict[str, Any]) -> str:
    """The truth as JSON, a line for each asset."""
    assets = content["assets"].items()
    lines = ",\n".join(f"{_json(code)}: {_json(asset)}" for code, asset in assets)
    return f'{{"window": {_json(content["window"])},\n"assets": {{\n{lines}\n}}}}\n'


def write(path: Path, content: dict[str, Any]) -> None:
    """Put the truth into the file at `path`, whole or not at all; raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(text(content), encoding="utf-8")
    fresh.replace(path)


def _asset(seed: int, gateway: str, asset: Asset, window: Window) -> dict[str, Any]:
    used = list(_sessions(seed, gateway, asset, window))
    hours = sum(until - since for since, until in used) / HOUR_S
    rated = HABITS[asset.archetype].rated_h
    share = hours / (rated * window.days) if window.days else None
    return {
        "gateway": gateway,
        "archetype": asset.archetype.value,
        "use": asset.use,
        "fault": asset.fault.value,
        "dead": asset.fault is Fault.DEAD,
        "sensors": [f"{gateway}:{sensor.name}" for sensor in asset.sensors],
        "sessions": used,
        "hours_used": round(hours, 3),
        "working_days": round(window.days, 3),
        "rated_hours": rated,
        "utilisation": None if share is None else round(share, 4),
        "idle": share is not None and share < IDLE_BELOW,
    }


def _sessions(seed: int, gateway: str, asset: Asset, window: Window) -> Iterator[tuple[int, int]]:
    for day in range(day_of(window.start), day_of(window.end) + 1):
        for session in sessions(seed, gateway, asset, day):
            if session.start < window.end and session.end > window.start:
                yield max(session.start, window.start), min(session.end, window.end)


def _iso(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
