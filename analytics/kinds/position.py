"""Use by position: a vehicle that moves, a thing that is away from its place."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from analytics.grid import Bools, Floats, bridge, runs
from analytics.kind import BRIDGE, Kind, Seen, Signal, Test, standing

EARTH_M: Final = 6_371_000.0
MOVED_M: Final = 100.0
WITHIN: Final = 2  # minutes
CLOSE_GAP: Final = 6  # minutes
LEAST_TRIP: Final = 4  # minutes
LEAST_REACH_M: Final = 300.0
AWAY_M: Final = 75.0
LEAST_AWAY: Final = 3  # minutes
FASTEST_M_S: Final = 70.0  # nothing that is registered travels as fast


def metres(latitude: Floats, longitude: Floats) -> tuple[Floats, Floats]:
    """Degrees to metres north and east of their median, on a plane; shapes as given.

    Equirectangular: within a province it errs by less than a receiver does.
    """
    lat0, lon0 = np.nanmedian(latitude), np.nanmedian(longitude)
    north = np.radians(latitude - lat0) * EARTH_M
    east = np.radians(longitude - lon0) * EARTH_M * np.cos(np.radians(lat0))
    return north, east


def despiked(values: Floats) -> Floats:
    """Median of each value (minutes,) and its neighbours; NaN where it was not heard."""
    padded = np.pad(values, 1, mode="edge")
    windows = np.sort(sliding_window_view(padded, 3), axis=-1)
    middle = np.where(np.isnan(windows[:, 2]), values, windows[:, 1])
    return np.where(np.isnan(values), np.nan, middle)


def trips(latitude: Floats, longitude: Floats) -> Seen:
    """Use of a vehicle: moved more than 100 m in 2 minutes. Arguments (minutes,) in degrees."""
    heard = ~np.isnan(latitude)
    moving = np.zeros(heard.size, dtype=bool)
    if heard.sum() < WITHIN + 1:
        return Seen(moving, heard, able=False, detected=False)
    north, east = (despiked(axis) for axis in metres(latitude, longitude))
    gone = np.hypot(north[WITHIN:] - north[:-WITHIN], east[WITHIN:] - east[:-WITHIN])
    with np.errstate(invalid="ignore"):
        fast = np.flatnonzero(gone > MOVED_M)
    for shift in range(WITHIN + 1):
        moving[fast + shift] = True
    for start, end in runs(~moving & _between(moving)):
        if end - start < CLOSE_GAP:
            moving[start:end] = True
    for start, end in runs(moving):
        reach = np.hypot(north[start:end] - north[start], east[start:end] - east[start])
        if end - start < LEAST_TRIP or not np.nanmax(reach, initial=0.0) > LEAST_REACH_M:
            moving[start:end] = False
    return Seen(moving, heard, able=True, detected=bool(moving.any()))


def _between(flags: Bools) -> Bools:
    """True from the first to the last True."""
    at = np.flatnonzero(flags)
    inside = np.zeros(flags.size, dtype=bool)
    if at.size:
        inside[at[0] : at[-1] + 1] = True
    return inside


def away(latitude: Floats, longitude: Floats) -> Seen:
    """Use of a thing that is carried: away from where it mostly is. Arguments (minutes,)."""
    heard = ~np.isnan(latitude)
    out = np.zeros(heard.size, dtype=bool)
    if not heard.any():
        return Seen(out, heard, able=False, detected=False)
    north, east = (despiked(axis) for axis in metres(latitude, longitude))
    with np.errstate(invalid="ignore"):
        out = np.hypot(north, east) > AWAY_M
    for start, end in runs(out):
        if end - start < LEAST_AWAY:
            out[start:end] = False
    return Seen(out, heard, able=True, detected=bool(out.any()))


def _see(room: Sequence[Signal]) -> list[Seen]:
    found = []
    for one in room:
        latitude, longitude = (bridge(axis, BRIDGE) for axis in one.values)
        found.append((trips if one.vehicle else away)(latitude, longitude))
    return found


def _wild(at_s: Floats, latitudes: Floats, longitudes: Floats | None) -> Bools:
    """Which position is reached and left faster than anything travels, (n,)."""
    assert longitudes is not None
    wild = np.zeros(latitudes.size, dtype=bool)
    north = np.radians(latitudes) * EARTH_M
    east = np.radians(longitudes) * EARTH_M * np.cos(np.radians(latitudes))
    with np.errstate(divide="ignore", invalid="ignore"):
        speed = np.hypot(np.diff(north), np.diff(east)) / np.diff(at_s)
    fast = speed > FASTEST_M_S
    wild[1:-1] = fast[:-1] & fast[1:]
    return wild


KIND: Final = Kind(
    name="position",
    basis="motion",
    sure=0.8,
    see=_see,
    may_stand=standing(12 * 60),
    wild=_wild,
    test=Test.MOVING,
)
