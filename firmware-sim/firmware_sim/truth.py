"""The ground truth of an estate: what was really used, for scoring what others conclude."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from firmware_sim import faults, telling
from firmware_sim.archetypes import HABITS
from firmware_sim.clock import DAY_S, HOUR_S, day_of, day_start, working_days
from firmware_sim.estate import Asset, Estate, GatewayPlan
from firmware_sim.use import is_closed, sessions
from firmware_sim.words import Fault, Trouble

IDLE_BELOW: Final = 0.10  # of the rated hours
# What a sensor may have and still say all that it should: misread single readings are no more.
HARMLESS: Final = {Fault.NONE, Fault.DRIVER}
# With any of these, in the window or still at its end, nobody may call the asset idle, for its
# sensors don't see it, or not this one.
NEVER_IDLE: Final = {Fault.STUCK, Fault.DEAD, Fault.CLOCK}
NOT_IDLE_WHILE: Final = {
    *(Trouble.COVERED, Trouble.FLICKER, Trouble.LAMP_GONE, Trouble.MOVED, Trouble.SILENT),
    "gateway_clock",
}


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
            asset.code: _asset(seed, gateway, asset, window)
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


def _asset(seed: int, plan: GatewayPlan, asset: Asset, window: Window) -> dict[str, Any]:
    used = list(_sessions(seed, plan.id, asset, window))
    hours = sum(until - since for since, until in used) / HOUR_S
    rated, days = HABITS[asset.archetype].rated_h, window.days - _closed_days(asset, window)
    share = hours / (rated * days) if days > 0 else None
    return {
        "gateway": plan.id,
        "archetype": asset.archetype.value,
        "use": asset.use,
        "fault": asset.fault.value,
        "dead": asset.fault is Fault.DEAD,
        "sensors": [f"{plan.id}:{sensor.name}" for sensor in asset.sensors],
        "sessions": used,
        "hours_used": round(hours, 3),
        "working_days": round(days, 3),
        "rated_hours": rated,
        "utilisation": None if share is None else round(share, 4),
        "idle": share is not None and share < IDLE_BELOW,
        **_watching(seed, plan, asset, window, share),
    }


def _watching(
    seed: int, plan: GatewayPlan, asset: Asset, window: Window, share: float | None
) -> dict[str, Any]:
    """What is wrong when, what the sensors can tell, and what nobody may conclude."""
    wrong = _wrong(seed, plan, asset, window)
    telling_ = [s.name for s in asset.sensors if telling.tells(seed, plan, asset, s)]
    # That the lamp of a thing which nobody uses is gone can't be seen, and changes nothing.
    unseen = {Trouble.LAMP_GONE} if not share else set()
    never = any(
        one["kind"] in NEVER_IDLE
        or (one["kind"] in NOT_IDLE_WHILE - unseen and one["until"] == window.end)
        for one in wrong
    )
    used_enough = share is None or share >= IDLE_BELOW
    harmless = all(one["kind"] in HARMLESS for one in wrong) and asset.ways.quiet_min is None
    return {
        "faults": wrong,
        "telling": telling_,
        "determinable": bool(telling_) and not asset.ways.always_on,
        "healthy": harmless,
        "hours_follow": telling.hours_follow(plan, asset),
        "never_idle": never,
        "must_not": ["idle"] if never or used_enough else [],
    }


def _wrong(seed: int, plan: GatewayPlan, asset: Asset, window: Window) -> list[dict[str, Any]]:
    """Faults, troubles and the gateway's clock, each from when to when within the window."""
    start, end = window.start, window.end
    found: list[tuple[str, int, int]] = [
        (asset.fault.value, *span) for span in faults.spans(seed, plan.id, asset, start, end)
    ]
    found += [(t.kind.value, t.span.since, t.span.until) for t in asset.troubles]
    found += [("gateway_clock", c.span.since, c.span.until) for c in plan.clock]
    return [
        {"kind": kind, "since": max(since, start), "until": min(until, end)}
        for kind, since, until in found
        if since < end and until > start
    ]


def _closed_days(asset: Asset, window: Window) -> float:
    """Working days of the window on which the office was closed, in parts."""
    days = range(day_of(window.start), day_of(window.end) + 1)
    return sum(
        working_days(max(window.start, day_start(day)), min(window.end, day_start(day) + DAY_S))
        for day in days
        if is_closed(asset, day)
    )


def _sessions(seed: int, gateway: str, asset: Asset, window: Window) -> Iterator[tuple[int, int]]:
    for day in range(day_of(window.start), day_of(window.end) + 1):
        for session in sessions(seed, gateway, asset, day):
            if session.start < window.end and session.end > window.start:
                yield max(session.start, window.start), min(session.end, window.end)


def _iso(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
