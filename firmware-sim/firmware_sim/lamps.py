"""How bright an asset's own lamp is, from its uses and from what befell it."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from firmware_sim.circumstances import Befallen
from firmware_sim.clock import CLOSES_S, OPENS_S, Array, Flags, day_start, is_working
from firmware_sim.estate import Asset
from firmware_sim.use import Session, is_closed
from firmware_sim.words import Trouble

COLD: Final = 0.6  # of its full light a lamp that warms up begins with


def level(asset: Asset, day: int, times: Array, sessions: Sequence[Session]) -> Array:
    """Light of the asset's lamp at `times` on local `day`: 0 off, 1 full."""
    found = np.zeros(times.size)
    for session in sessions:
        if session.lit:
            found += _session(times, session, asset.ways.lamp_ramp_min * 60.0)
    for trouble in asset.troubles:
        if trouble.kind in BEFALLEN:
            found = BEFALLEN[trouble.kind](asset, day, times, found, trouble)
    return found


def _session(times: Array, session: Session, ramp_s: float) -> Array:
    """Full at first, or when it is warm; turned down a third into a dimmed session."""
    found = np.where((times >= session.start) & (times < session.end), 1.0, 0.0)
    if session.dim < 1.0:
        found[times >= session.start + (session.end - session.start) / 3] *= session.dim
    if ramp_s:
        warm = np.exp(-np.maximum(times - session.start, 0.0) / ramp_s)
        found *= 1.0 - (1.0 - COLD) * warm
    return found


def _within(times: Array, trouble: Befallen) -> Flags:
    return np.asarray((times >= trouble.span.since) & (times < trouble.span.until))


def _gone(asset: Asset, day: int, times: Array, found: Array, trouble: Befallen) -> Array:
    return np.where(_within(times, trouble), 0.0, found)


def _lit(asset: Asset, day: int, times: Array, found: Array, trouble: Befallen) -> Array:
    return np.where(_within(times, trouble), 1.0, found)


def _unattended(asset: Asset, day: int, times: Array, found: Array, trouble: Befallen) -> Array:
    """Somebody puts it on in the morning and out in the evening, whoever is there."""
    if not is_working(day) or is_closed(asset, day):
        return found
    since = times - day_start(day)
    open_ = (since >= OPENS_S) & (since < CLOSES_S)
    return np.where(_within(times, trouble) & open_, 1.0, found)


BEFALLEN: Final = {
    Trouble.LAMP_GONE: _gone,
    Trouble.LIT: _lit,
    Trouble.LIT_UNATTENDED: _unattended,
}
