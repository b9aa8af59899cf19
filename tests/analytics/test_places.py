"""I3: where an asset was. What only seems to move adds up to nothing, and what is none is no place."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from analytics.grid import Floats
from analytics.places import Fixes, whereabouts
from analytics.tracks import EARTH_M
from tests.analytics.estates import NOW

HOME = (20.0311, 110.3312)
START = NOW.timestamp()


def fixes(minutes: Floats, north: Floats, east: Floats, accuracy: float | Floats = 6.0) -> Fixes:
    """Fixes so many metres from home, `minutes` after the start."""
    latitude = HOME[0] + np.degrees(north / EARTH_M)
    longitude = HOME[1] + np.degrees(east / (EARTH_M * np.cos(np.radians(HOME[0]))))
    errs = np.broadcast_to(np.asarray(accuracy, dtype=float), minutes.shape)
    return Fixes(START + minutes * 60, latitude, longitude, errs)


def drive(*legs: tuple[int, float]) -> Fixes:
    """A fix a minute: (minutes, metres to the east that it comes to) leg by leg, from home."""
    east, at = [0.0], 0.0
    for minutes, goal in legs:
        east += [at + (goal - at) * n / minutes for n in range(1, minutes + 1)]
        at = goal
    return fixes(np.arange(float(len(east))), np.zeros(len(east)), np.array(east))


def test_parked_thing_has_not_moved_however_its_fixes_scatter() -> None:
    scatter = np.random.default_rng(7).normal(0.0, 12.0, (2, 4000))
    found = whereabouts([fixes(np.arange(4000.0), *scatter)])
    assert (found.metres, found.moves, len(found.places)) == (0.0, (), 1)
    assert found.places[0].spent == timedelta(minutes=3999)
    assert found.here is not None
    assert found.places[0].latitude == pytest.approx(HOME[0], abs=1e-5)


def test_drive_is_told_by_places_moves_and_length() -> None:
    found = whereabouts([drive((300, 0.0), (10, 6000.0), (60, 6000.0), (10, 0.0), (30, 0.0))])
    assert [(one.visits, one.spent >= timedelta(minutes=60)) for one in found.places] == [
        (2, True),
        (1, True),
    ]
    assert [(move.origin, move.goal) for move in found.moves] == [(1, 0), (0, 1)]
    assert [move.metres for move in found.moves] == pytest.approx([6000, 6000], rel=0.05)
    assert found.metres == pytest.approx(12_000, rel=0.05)
    assert found.moves[0].left_at > found.moves[1].came_at


def test_places_are_numbered_by_the_time_altogether() -> None:
    half_days = [
        (100, 0.0),
        (10, 5000.0),
        (80, 5000.0),
        (10, 0.0),
        (5, 0.0),
        (10, 5000.0),
        (80, 5000.0),
    ]
    found = whereabouts([drive(*half_days)])
    assert [one.visits for one in found.places] == [2, 1]
    assert found.places[0].longitude > found.places[1].longitude


def test_trip_without_a_stop_is_out_and_back() -> None:
    found = whereabouts([drive((60, 0.0), (10, 5000.0), (10, 0.0), (60, 0.0))])
    assert [(one.origin, one.goal) for one in found.moves] == [(0, 0)]
    # The fix at the turn alone might be wild: what is told is the least.
    assert 8_900 < found.moves[0].metres <= 10_000


def test_thing_on_its_way_stands_nowhere() -> None:
    found = whereabouts([drive((60, 0.0), (9, 9000.0))])
    assert found.here is None
    assert found.last is not None
    assert found.metres == pytest.approx(9000, rel=0.05)


def test_tracker_that_sleeps_for_hours_is_still_where_it_was() -> None:
    minutes = np.arange(0.0, 10 * 1440, 360)
    found = whereabouts([fixes(minutes, np.zeros(minutes.size), np.zeros(minutes.size))])
    assert len(found.places) == 1
    assert found.metres == 0.0


def test_receiver_without_a_fix_is_not_in_the_gulf_of_guinea() -> None:
    one = drive((60, 0.0))
    one.latitude[20:25] = one.longitude[20:25] = 0.0
    found = whereabouts([one])
    assert (found.misread, found.metres, len(found.places)) == (5, 0.0, 1)


def test_nothing_but_failed_fixes_is_nowhere() -> None:
    nothing = Fixes(START + np.arange(5.0), np.zeros(5), np.zeros(5), np.full(5, np.nan))
    found = whereabouts([nothing])
    assert (found.last, found.misread, found.places) == (None, 5, ())


def test_single_wild_fix_is_no_move() -> None:
    one = drive((120, 0.0))
    one.latitude[60] += 0.01  # a kilometre off for a minute: slow enough for a vehicle
    found = whereabouts([one])
    assert (found.metres, found.moves) == (0.0, ())


def test_vague_fix_is_said_and_tells_no_move() -> None:
    minutes = np.arange(121.0)
    errs, east = np.full(121, 5.0), np.zeros(121)
    errs[-1], east[-1] = 1500.0, 900.0
    found = whereabouts([fixes(minutes, np.zeros(121), east, errs)])
    assert (found.vague, found.metres, found.moves) == (1, 0.0, ())
    assert found.last is not None
    assert found.last.accuracy_m == 1500.0


def test_fixes_of_two_sensors_are_one_way() -> None:
    whole = drive((60, 0.0), (10, 6000.0), (60, 6000.0))
    columns = (whole.at_s, whole.latitude, whole.longitude, whole.accuracy_m)
    parts = [Fixes(*(column[part] for column in columns)) for part in (slice(90, None), slice(90))]
    assert whereabouts(parts) == whereabouts([whole])


def test_accuracy_that_was_not_said_is_not_invented() -> None:
    one = drive((30, 0.0))
    found = whereabouts([Fixes(one.at_s, one.latitude, one.longitude, np.full(31, np.nan))])
    assert found.last is not None
    assert found.last.accuracy_m is None
    assert found.last.at == datetime.fromtimestamp(START + 1800, UTC)
