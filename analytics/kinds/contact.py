"""Use by a contact, 1 closed and 0 open: a switch, a relay, a door (I7)."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

import numpy as np

from analytics import rhythm
from analytics.kind import Kind, Seen, Signal

HALF: Final = 0.5  # a reading, or a minute's mean, from which on it is closed
LEAST_USED: Final = 3  # minutes that prove it: one or two may be chatter


def _see(room: Sequence[Signal], used_at: float) -> list[Seen]:
    return [_seen(one, used_at) for one in room]


def _seen(one: Signal, used_at: float) -> Seen:
    stood = rhythm.stood(one.values)
    heard = ~np.isnan(stood)
    with np.errstate(invalid="ignore"):
        use = heard & ((stood >= HALF) == (used_at >= HALF))
    changed = bool(use.any()) and bool((heard & ~use).any())
    able = one.proven or changed or not use.any()  # one that is used always may as well be stuck
    detected = changed and int(use.sum()) >= LEAST_USED
    return Seen(use & able, heard, able=able and bool(heard.any()), detected=detected)


def row(name: str, used_at: float) -> Kind:
    """The row of a contact that says `used_at`, 1 or 0, while its asset is used."""
    see: Callable[[Sequence[Signal]], list[Seen]] = partial(_see, used_at=used_at)
    return Kind(
        name=name,
        basis=name,
        sure=0.8,
        see=see,
        decides=True,
        supports=True,
        scatter=lambda _level: HALF,
        falls=used_at < HALF,
    )


KIND: Final = row("contact", used_at=1.0)
