"""Use by warmth: a working device is warmer than its room, and follows at its own pace."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from analytics import rhythm
from analytics.grid import Bools, Floats, between, carry, draw, middle, runs
from analytics.kind import BRIDGE, CARRY, Kind, Seen, Signal, standing

LEAST_RISE: Final = 1.5  # °C above the room, of a use that is worth the name
LEAST_SCATTERS: Final = 4.0  # that such a rise stands out by, for silence to mean something
OFTEN: Final = 3  # rises that prove a sensor, and show the use of what is always warm
LEAST_MINUTES: Final = 10  # of a rise in one piece: what is shorter is a door or a draught
# °C by which its nights may be warmer than the others'. Sensors are off by half a degree: three
# of these. What stands warmer is on at night, and may be so by day.
ALWAYS_WARM: Final = 1.25
LEAP_C: Final = 1.5  # °C, from rest and back; also at the least so many scatters:
LEAP_SCATTERS: Final = 8.0
LEAP_WITHIN_S: Final = 900.0  # over a longer time a thing may well have warmed and cooled again
AT_REST: Final = 0.25  # of the leap: by so much may the readings on its sides differ


def see(
    temperature: Floats,
    cards: Sequence[int] = (),
    reference: Sequence[bool] = (),
    astray: Sequence[bool] = (),
    interval: int = 1,
) -> list[Seen]:
    """What each temperature sensor of one room saw.

    `temperature`: (sensors, minutes) in °C from local midnight on, NaN not heard. `cards`: the
    asset that each watches (each its own where not said); `reference`: which watch the room. A room
    of fewer than three assets and no sensor of its own can't tell by warmth: cooling and sun move
    its air as much as a device.
    """
    # Whoever only asks what kinds there are, the portal above all, needs no compiler in memory.
    from analytics import air  # noqa: PLC0415

    count, minutes = temperature.shape
    cards = list(cards) or list(range(count))
    reference, astray = list(reference) or [False] * count, list(astray) or [False] * count
    asked = [n for n in range(count) if not astray[n]]
    compared = len({cards[n] for n in asked if not reference[n]})
    watched = any(reference[n] for n in asked)
    if minutes < air.DAY or (compared < air.LEAST_COMPARED and not watched):
        return [_unable(row) for row in temperature]
    own = air.own(temperature, cards, reference, astray, interval)
    weight = 1.0 / air.window(interval)  # minutes whose slopes overlap are one witness
    # An asset may warm the room's own sensor as it does its own. Where nobody else tells, swings of
    # the room are not known to be the air's, and what shows no use of its own may be their cause.
    swings = len(_rises(own.swings, own.swings > LEAST_RISE)) >= OFTEN
    hides = compared < air.LEAST_COMPARED and swings
    return [
        _unable(temperature[n]) if reference[n]
        else _seen(temperature[n], own.driven[n], float(own.scatter[n]), float(own.standing[n]),
                   weight, hides=hides)
        for n in range(count)
    ]  # fmt: skip


def _rises(driven: Floats, risen: Bools) -> list[Floats]:
    """What is `driven` in each stretch of (minutes,) `risen` that is long enough to be a rise."""
    return [driven[a:b] for a, b in runs(risen) if b - a >= LEAST_MINUTES]


def _seen(
    temperature: Floats,
    driven: Floats,
    scatter: float,
    standing: float,
    weight: float,
    *,
    hides: bool,
) -> Seen:
    """`hides`: the room's course may hide its use."""
    from analytics.recurrences import warm_path  # noqa: PLC0415 — as above

    heard: Bools = ~np.isnan(temperature)
    if np.isnan(scatter):
        return _unable(temperature)
    with np.errstate(invalid="ignore"):
        risen = heard & (driven > max(LEAST_RISE, LEAST_SCATTERS * scatter))
    shown = _rises(driven, risen)
    told = len(shown) >= OFTEN
    if standing >= ALWAYS_WARM and not told:
        return _unable(temperature)
    if not shown:
        able = scatter * LEAST_SCATTERS <= LEAST_RISE and not hides
        nothing = np.zeros(heard.size, dtype=bool)
        return Seen(nothing, heard, able=able, detected=False, perhaps=risen)
    usual = middle(np.concatenate(shown))
    use = heard & (warm_path(driven, usual, scatter, weight) == 1)
    # Uses of a few minutes hardly show: what rises for less than the path believes may be one.
    detected = told and bool(use.any())
    return Seen(use, heard, able=told or not hides, detected=detected, perhaps=risen & ~use)


def _unable(row: Floats) -> Seen:
    heard: Bools = ~np.isnan(row)
    return Seen(np.zeros(row.size, dtype=bool), heard, able=False, detected=False)


def _see(room: Sequence[Signal]) -> list[Seen]:
    carried = [carry(one.values, one.misread, CARRY) for one in room]
    interval = _interval(carried)
    longest = max(BRIDGE, interval + interval // 2)
    found = see(
        np.stack([draw(row, longest) for row in carried]),
        [one.card for one in room],
        [one.reference for one in room],
        [one.astray for one in room],
        interval,
    )
    return [  # misread minutes were carried over, not heard
        replace(seen, heard=seen.heard & between(one.values, longest))
        if one.misread.any()
        else seen
        for seen, one in zip(found, room, strict=True)
    ]


def _interval(room: Sequence[Floats]) -> int:
    """Minutes between two readings in (minutes,) of most sensors that were heard."""
    usual = [rhythm.usual(row) for row in room if not np.isnan(row).all()]
    return int(np.median(usual)) if usual else 1


def _wild(at_s: Floats, values: Floats, _longitudes: Floats | None) -> Bools:
    """Which temperature no warming and cooling explains, (n,): one reading, or several that say
    the same to the last digit, for a thing on its way does not.
    """
    from analytics.minute_passes import leaps_back  # noqa: PLC0415 — as above

    at_s, values = np.ascontiguousarray(at_s), np.ascontiguousarray(values)
    if np.abs(np.diff(values)).max() <= LEAP_C:
        return np.zeros(values.size, dtype=bool)
    leaps = leaps_back(at_s, values, AT_REST, LEAP_WITHIN_S)
    wild: Bools = leaps > LEAP_C
    if wild.any():
        scatter = middle(np.abs(np.diff(values))) * 1.4826
        wild &= leaps > LEAP_SCATTERS * scatter
    return wild


def _scatter(_level: float) -> float:
    return LEAST_RISE


KIND: Final = Kind(
    name="temperature",
    basis="warmth",
    sure=0.6,
    see=_see,
    supports=True,
    of_rooms=True,
    may_stand=standing(12 * 60),
    drift_a_day=0.15,
    drift_in_all=2.5,
    with_its_room=True,
    wild=_wild,
    test_minutes=90,  # a thing cools slowly
    scatter=_scatter,
    fallen=0.3,  # and far more slowly than a lamp goes dark
)
