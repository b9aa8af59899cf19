"""Which readings are no measurement: what drivers say when they fail, and single wild values.

Nothing is proven by such a reading, neither use nor that there was none: its time is unknown. What
tells a leap from a change is that a thing has inertia: nothing warms, travels or is carried off and
is back within one reading. So a leap starts from rest, lasts one reading, and ends where it began.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics import kinds
from analytics.grid import MINUTE_S, Bools, Floats
from analytics.kinds.warmth import AT_REST, LEAP_C
from ingest.fault_values import FAULT_VALUES, FaultValue, Misreading

Codes = NDArray[np.int8]
ORDER: Final = tuple(Misreading)

Minutes = NDArray[np.int64]
Misread = dict[Misreading, Minutes]  # the minutes of the grid of each kind of misreading


def by_kind(codes: Codes, minutes: Minutes) -> Misread:
    """The minutes (n,) of the misread among readings, by why they are: `codes` (n,)."""
    return {
        kind: minutes[codes == place]
        for place, kind in enumerate(ORDER, start=1)
        if (codes == place).any()
    }


def mark(
    kind: str,
    at_s: Floats,
    values: Floats,
    longitudes: Floats | None = None,
    known: Sequence[FaultValue] = FAULT_VALUES,
) -> Codes:
    """Of each reading of one sensor why it is no measurement, (n,): 0, or 1 + its place in ORDER.

    `at_s`, `values` (n,): Unix seconds, rising, and values in the kind's unit, of a position
    the latitude beside its `longitudes`. `known`: the values that mean a fault.
    """
    codes = np.zeros(values.size, dtype=np.int8)
    if not values.size:
        return codes
    least, most = float(values.min()), float(values.max())
    rows = (row for row in known if row.kind == kind and row.applies)
    for row in rows:
        if row.value + row.exactness < least or row.value - row.exactness > most:
            continue
        said = np.abs(values - row.value) <= row.exactness
        if longitudes is not None:
            said &= np.abs(longitudes - row.value) <= row.exactness
        if row.lone and said.any():
            said = leaps(values, said)
        codes[said & (codes == 0)] = 1 + ORDER.index(Misreading(row.meaning))
    if not codes.any():
        wild = _wild(kind, at_s, values, longitudes)
        codes[wild] = 1 + ORDER.index(Misreading.LONE)
        return codes
    good = np.flatnonzero(codes == 0)
    wild = _wild(kind, at_s[good], values[good], None if longitudes is None else longitudes[good])
    codes[good[wild]] = 1 + ORDER.index(Misreading.LONE)
    return codes


def in_order(
    at_s: Floats, columns: Sequence[Floats], since_s: float
) -> tuple[Floats, list[Floats]]:
    """Readings from `since_s` on by time; those whose time is unknown, NaN, are none. (n,) each."""
    from analytics.minute_passes import rises  # noqa: PLC0415 — see analytics/compiled.py

    if rises(np.ascontiguousarray(at_s)):
        kept = slice(int(np.searchsorted(at_s, since_s)), None)
        return at_s[kept], [column[kept] for column in columns]
    order = np.argsort(at_s, kind="stable")  # NaN goes last
    chosen = order[at_s[order] >= since_s]
    return at_s[chosen], [column[chosen] for column in columns]


def on_grid(
    kind: str,
    at_s: Floats,
    columns: Sequence[Floats],
    start_s: float,
    minutes: int,
    known: Sequence[FaultValue] = FAULT_VALUES,
) -> tuple[Floats, Misread]:
    """One sensor's readings on the grid from `start_s` on, and what of them is no measurement.

    `at_s` (n,) Unix seconds, rising; `columns`: its values (n,), of a position latitude, longitude
    and accuracy. Returns (minutes,), of a position (3, minutes), and minutes by why.
    """
    first = columns[0]
    codes = mark(kind, at_s, first, columns[1] if len(columns) > 1 else None, known)
    misread: Misread = {}
    if codes.any():
        misread = by_kind(codes, np.floor((at_s - start_s) / MINUTE_S).astype(np.int64))
        good = codes == 0
        at_s, columns = at_s[good], [column[good] for column in columns]
    return kinds.find(kind).to_grid(at_s, columns, start_s, minutes), misread


def fault_value(kind: str, value: float, longitude: float | None = None) -> FaultValue | None:
    """The row that one value by itself, of a position with its longitude, is that of."""
    said = (value,) if longitude is None else (value, longitude)
    rows = (row for row in FAULT_VALUES if row.kind == kind)
    return next((r for r in rows if all(abs(one - r.value) <= r.exactness for one in said)), None)


def leaps(values: Floats, said: Bools) -> Bools:
    """Of the runs of one known value, `said` (n,), those that the readings leap to from rest, and
    back from. A thing that comes to that value step by step measures it.
    """
    found = np.zeros(values.size, dtype=bool)
    others = np.flatnonzero(~said)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], said, [False])).astype(np.int8)))
    for start, end in edges.reshape(-1, 2):
        place = int(np.searchsorted(others, start))
        before, after = others[max(0, place - 2) : place][::-1], others[place : place + 2]
        level = values[start]
        sides = [values[side] for side in (before, after) if side.size]
        leap = min((abs(level - side[0]) for side in sides), default=0.0)
        still = all(side.size < 2 or abs(side[1] - side[0]) <= AT_REST * leap for side in sides)
        back = len(sides) < 2 or abs(sides[0][0] - sides[1][0]) <= AT_REST * leap
        found[start:end] = leap > LEAP_C and still and back
    return found


def _wild(kind: str, at_s: Floats, values: Floats, longitudes: Floats | None) -> Bools:
    """Which of the readings is wild for its kind, and alone in that, (n,)."""
    if values.size < 3:
        return np.zeros(values.size, dtype=bool)
    return kinds.find(kind).wild(at_s, values, longitudes)
