"""I3: what of a receiver's fixes is use, what may be, and what nobody can tell."""

from collections.abc import Callable, Mapping
from typing import Final, LiteralString

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from analytics import AnalyticsSettings, detect, load, misreadings, run_once
from analytics import assess as assessing
from analytics.assess import Assessed
from analytics.detect import Sensor
from analytics.grid import Floats, runs
from analytics.idle import Reason, Verdict
from analytics.kind import Seen
from analytics.kinds import position
from analytics.tracks import by_minute
from db import Connection, Database
from tests.analytics.conftest import furnish
from tests.analytics.estates import NOW, SILENT, rule
from tests.firmware_sim.estates import estate

DAY: Final = 1440
WINDOW: Final = assessing.grid(NOW, 28)
WEEK: Final = 7 * DAY
HOME: Final = (20.0311, 110.3312)
A_DEGREE: Final = 111_194.9
TRIP: Final = (3 * DAY + 600, 35, 6_000.0)  # the minute it begins, minutes, metres
VERY_BAD: Final = 200.0

Legs = tuple[tuple[int, int, float], ...]


def off(minutes: int, *legs: tuple[int, int, float]) -> Floats:
    """Metres from home of a thing that drives out and back, (minutes,)."""
    found = np.zeros(minutes)
    for start, length, reach in legs:
        out = np.interp(np.arange(length), [0, length / 2, length - 1], [0, reach, 0])
        found[start : start + length] = out
    return found


def stayed(minutes: int, *spans: tuple[int, int, float]) -> Floats:
    """Metres from home of a thing that lies so far away in [start, end) each, (minutes,)."""
    found = np.zeros(minutes)
    for start, end, metres in spans:
        found[start:end] += metres
    return found


def fixes(
    metres: Floats, scatter: float = 4.0, every: int = 1, said: float = np.nan, seed: int = 3
) -> Floats:
    """A receiver's grid (3, minutes): metres to the north of home, scattered, a fix so often."""
    noise = np.random.default_rng(seed).normal(0.0, scatter, (2, metres.size))
    latitude = HOME[0] + (metres + noise[0]) / A_DEGREE
    longitude = HOME[1] + noise[1] / (A_DEGREE * np.cos(np.radians(HOME[0])))
    grid = np.stack((latitude, longitude, np.full(metres.size, said)))
    grid[:, np.arange(metres.size) % every != every // 2] = np.nan
    return grid


def hops(metres: float, takes: int, rest: int, first: int = 480) -> Floats:
    """Metres from home of what drives from 8 to 18 o'clock to a place so far off and, later, back,
    with a rest of so many minutes at both, from the day's minute `first` on; over the window.
    """
    round_trip = 2 * (takes + rest)
    corners = [0, takes, takes + rest, 2 * takes + rest, round_trip]
    once = np.interp(np.arange(round_trip), corners, [0, metres, metres, 0, 0])
    found = month()
    for day in range(28):
        for start in range(day * DAY + first, day * DAY + 1080 - round_trip, round_trip):
            found[start : start + round_trip] += once
    return found


def wander(scatter: float, minutes: int = WINDOW.minutes) -> Floats:
    """Errors (2, minutes) that hold on for an hour: autoregressive."""
    kept = np.exp(-1 / 60)
    noise = np.random.default_rng(5).normal(0.0, scatter * np.sqrt(1 - kept**2), (2, minutes))
    for minute in range(1, minutes):
        noise[:, minute] += kept * noise[:, minute - 1]
    return noise


def wandering(metres: Floats, scatter: float) -> Floats:
    """A receiver's grid whose errors hold on for an hour."""
    grid = fixes(metres, 0.0)
    north, east = wander(scatter, metres.size)
    grid[0] += north / A_DEGREE
    grid[1] += east / (A_DEGREE * np.cos(np.radians(HOME[0])))
    return grid


def daily(minutes: int, metres: float, first: int = 600, times: int = 1) -> Floats:
    """Metres from home of a thing that is away so often each day for so long, an hour apart."""
    starts = [day * DAY + first + 60 * n for day in range(28) for n in range(times)]
    return month(*((start, start + minutes, metres) for start in starts))


def out_and_back(minutes: int, metres: float, times: int) -> Floats:
    """Metres from home of a vehicle that drives out and back so often each day, over the window."""
    starts = [day * DAY + 420 + n * 55 for day in range(28) for n in range(times)]
    return month() + off(WINDOW.minutes, *((start, minutes, metres) for start in starts))


def judged(values: Floats, *, vehicle: bool) -> Assessed:
    """The verdict over a receiver that passed its test and was heard for all of the window."""
    sensor = Sensor(1, 1, "position", values, proven=True, vehicle=vehicle)
    examined = detect.examine([sensor], SILENT, WINDOW.passed)
    norm = rule("vehicle" if vehicle else "portable")
    return assessing.assess(1, examined, norm, WINDOW, WINDOW.start)


def month(*spans: tuple[int, int, float]) -> Floats:
    """Metres from home over the window's minutes that are over; NaN in those to come."""
    found = stayed(WINDOW.minutes, *spans)
    found[WINDOW.passed :] = np.nan
    return found


def possible(seen: Seen) -> Floats:
    """Minutes of use, and of what may be one, (2,)."""
    perhaps = 0 if seen.perhaps is None else seen.perhaps.sum()
    return np.array([seen.use.sum(), perhaps])


@pytest.mark.parametrize("every", [1, 5, 15])
def test_trip_is_seen_at_every_rhythm_up_to_a_quarter_of_an_hour(every: int) -> None:
    seen = position.trips(*fixes(off(WEEK, TRIP), every=every))
    ((start, end),) = runs(seen.use)
    assert (start, end) == (
        pytest.approx(TRIP[0], abs=every),
        pytest.approx(TRIP[0] + TRIP[1], abs=every),
    )
    assert seen.able
    assert seen.heard[every : WEEK - every].all()


def test_trip_between_two_hourly_fixes_is_not_called_unused() -> None:
    seen = position.trips(*fixes(off(WEEK, TRIP), every=60))
    assert not seen.able


def test_thing_carried_for_a_day_is_in_use_at_hourly_fixes_and_may_be_more() -> None:
    seen = position.away(*fixes(stayed(WEEK, (3 * DAY + 480, 3 * DAY + 1020, 400.0)), every=60))
    assert possible(seen)[0] == pytest.approx(540, abs=60)
    assert seen.perhaps is not None
    assert (seen.use | seen.perhaps)[60 : WEEK - 60].all()


@pytest.mark.parametrize("every", [1, 5, 15])
@pytest.mark.parametrize("see", [position.trips, position.away])
def test_fix_that_lies_five_kilometres_off_once_is_no_trip(
    every: int, see: Callable[..., Seen]
) -> None:
    grid = fixes(np.zeros(WEEK), every=every)
    at = np.flatnonzero(~np.isnan(grid[0]))[500 % (WEEK // every)]
    grid[0, at] += 5_000 / A_DEGREE
    seen = see(*grid)
    assert possible(seen)[0] == 0
    assert possible(seen)[1] < 2 * every


def test_uses_shorter_than_the_rhythm_may_be_uses() -> None:
    seen = position.trips(*fixes(off(WEEK, (600, 14, 2_000.0), (960, 14, 2_000.0)), every=15))
    assert possible(seen)[0] == 0
    assert possible(seen)[1] >= 28


@pytest.mark.parametrize("said", [VERY_BAD, np.nan, 5.0])
@pytest.mark.parametrize("vehicle", [True, False])
def test_scatter_of_200_metres_is_no_use_whatever_the_receiver_says(
    said: float, vehicle: bool
) -> None:
    found = judged(fixes(month(), VERY_BAD, said=said), vehicle=vehicle)
    assert found.in_use_s == 0
    assert found.judged.verdict is Verdict.NOT_DETERMINABLE


@pytest.mark.parametrize("said", [1.5 * VERY_BAD, np.nan, 5.0])
def test_trip_of_six_kilometres_is_seen_through_a_scatter_of_200_metres(said: float) -> None:
    seen = position.trips(*fixes(off(WEEK, TRIP), VERY_BAD, said=said))
    ((start, end),) = runs(seen.use)
    assert start == pytest.approx(TRIP[0], abs=5)
    assert end == pytest.approx(TRIP[0] + TRIP[1], abs=5)


def test_receiver_that_shows_long_trips_only_never_shows_a_vehicle_unused() -> None:
    driven = off(WINDOW.minutes, (10 * DAY + 600, 35, 6_000.0))
    driven[WINDOW.passed :] = np.nan
    found = judged(fixes(driven, VERY_BAD), vehicle=True)
    assert found.judged.verdict is Verdict.NOT_DETERMINABLE
    assert found.judged.reasons == (Reason.PERHAPS_USED,)


def test_walk_of_100_metres_is_not_seen_through_200_and_not_called_unused() -> None:
    seen = position.away(*fixes(stayed(WEEK, (600, 720, 100.0)), VERY_BAD))
    assert not seen.use.any()
    assert not seen.able


def test_hour_a_hundred_metres_off_is_seen_through_a_scatter_of_30() -> None:
    seen = position.away(*fixes(stayed(WEEK, (3_000, 3_060, 120.0)), 30.0))
    assert seen.use.sum() == pytest.approx(60, abs=10)


def test_position_by_the_nearest_mast_is_unknown_and_no_use() -> None:
    grid = fixes(stayed(WEEK, (3_000, 3_300, 900.0)), said=6.0)
    grid[2, 3_000:3_300] = 1_500.0
    for seen in (position.away(*grid), position.trips(*grid)):
        assert not seen.use.any()
        assert not seen.heard[3_001:3_299].any()
        assert seen.heard[:3_000].all()


def test_way_that_the_fixes_may_only_seem_to_go_may_be_a_use() -> None:
    grid = fixes(stayed(WEEK, (3_000, 3_300, 150.0)), said=80.0)
    seen = position.away(*grid)
    assert not seen.use.any()
    assert possible(seen)[1] == pytest.approx(300, abs=5)


def test_vehicle_that_drives_all_day_hides_no_scatter() -> None:
    legs = tuple((day * DAY + 360 + n * 60, 60, 9_000.0) for day in range(7) for n in range(16))
    seen = position.trips(*fixes(off(WEEK, *legs)))
    assert seen.use.sum() == pytest.approx(7 * 16 * 60, rel=0.03)


def test_cart_that_goes_to_and_fro_within_minutes_is_in_use() -> None:
    metres = np.zeros(WEEK)
    shuttle = 250.0 * np.arange(120)
    metres[3_000:3_120] = np.abs((shuttle + 400.0) % 800.0 - 400.0)
    assert position.trips(*fixes(metres)).use.sum() == pytest.approx(120, abs=6)


def test_way_to_and_fro_that_is_too_short_for_a_trip_may_be_one() -> None:
    seen = position.trips(*fixes(off(WEEK, (3_000, 8, 280.0))))
    assert possible(seen) == pytest.approx([0, 8], abs=3)


def test_thing_that_was_lent_and_lies_there_is_unused() -> None:
    found = judged(fixes(month((17 * DAY + 600, WINDOW.minutes, 2_000.0))), vehicle=False)
    assert found.judged.verdict is Verdict.IDLE
    assert found.in_use_s <= 2 * 3600


@pytest.mark.parametrize("scatter", [4.0, 30.0])
def test_thing_that_was_lent_for_two_days_was_not_used_for_them(scatter: float) -> None:
    grid = fixes(stayed(2 * WEEK, (7_800, 7_800 + 2 * DAY, 2_000.0)), scatter)
    assert position.away(*grid).use.sum() <= 150


def test_thing_that_is_used_where_it_was_lent_is_in_use() -> None:
    uses = tuple((day * DAY + 540, day * DAY + 720, 300.0) for day in range(17, 28))
    found = judged(fixes(month((16 * DAY, WINDOW.minutes, 2_000.0), *uses)), vehicle=False)
    assert found.judged.verdict is Verdict.IN_USE
    assert found.in_use_s == pytest.approx(11 * 3 * 3600 - 2.5 * 3600, abs=2 * 3600)


@pytest.mark.parametrize("hours", [2, 9, 16])
def test_absence_that_is_shorter_than_a_night_is_a_use(hours: int) -> None:
    start = 3 * DAY + 960
    seen = position.away(*fixes(stayed(WEEK, (start, start + hours * 60, 400.0))))
    assert runs(seen.use).tolist() == [[start, start + hours * 60]]


def test_thing_taken_home_yesterday_lives_where_it_was_before() -> None:
    seen = position.away(*fixes(stayed(WEEK, (WEEK - 12 * 60, WEEK, 2_000.0))))
    assert seen.use.sum() == pytest.approx(12 * 60, abs=5)


@pytest.mark.parametrize(
    ("metres", "takes", "rest", "every"),
    [
        (1_500.0, 10, 35, 15),
        (1_500.0, 14, 46, 15),
        (1_500.0, 18, 42, 20),
        (1_500.0, 5, 25, 5),
        (1_000.0, 3, 17, 1),
        (1_000.0, 2, 18, 1),
        (1_000.0, 3, 27, 1),
    ],
)
def test_vehicle_that_hops_from_stop_to_stop_is_never_called_idle(
    metres: float, takes: int, rest: int, every: int
) -> None:
    as_fixes_come = 480 + every // 2  # no fix but those at both ends of a hop
    driven = hops(metres, takes, rest, as_fixes_come)
    found = judged(fixes(driven, every=every), vehicle=True)
    assert found.judged.verdict is not Verdict.IDLE


@pytest.mark.parametrize(("minutes", "metres"), [(14, 320.0), (18, 280.0), (18, 320.0)])
def test_turn_that_looks_like_a_stop_may_be_part_of_a_use(minutes: int, metres: float) -> None:
    found = judged(fixes(out_and_back(minutes, metres, 12)), vehicle=True)
    assert found.judged.verdict is not Verdict.IDLE


def test_stop_shorter_than_two_fixes_tell_may_be_use_and_may_be_none() -> None:
    driven = hops(1_500.0, 10, 35)
    seen = position.trips(*fixes(driven, every=15))
    true = 28 * 13 * 10
    assert possible(seen)[0] < 2 * true
    assert possible(seen).sum() > true


@pytest.mark.parametrize(("metres", "said"), [(900.0, 1_500.0), (300.0, 120.0), (300.0, 150.0)])
def test_absence_that_vague_fixes_show_may_be_a_use(metres: float, said: float) -> None:
    grid = fixes(daily(120, metres), said=6.0)
    grid[2, grid[0] - HOME[0] > metres / 2 / A_DEGREE] = said
    found = judged(grid, vehicle=False)
    assert found.in_use_s == 0
    assert found.judged.verdict is not Verdict.IDLE


def test_trips_that_vague_fixes_show_may_be_uses() -> None:
    driven = out_and_back(14, 800.0, 11)
    grid = fixes(driven, said=6.0)
    grid[2, driven > 0] = 300.0
    assert judged(grid, vehicle=True).judged.verdict is not Verdict.IDLE


def test_vehicle_that_is_elsewhere_after_each_gap_may_have_been_used_in_them() -> None:
    takes, rest = 14, 58
    driven = hops(3_000.0, takes, rest)
    grid = fixes(driven)
    grid[:, (driven > 0) & (driven < 3_000.0)] = np.nan
    assert judged(grid, vehicle=True).judged.verdict is not Verdict.IDLE


@pytest.mark.parametrize(("scatter", "metres"), [(50.0, 130.0), (60.0, 160.0), (40.0, 100.0)])
def test_absence_that_a_wandering_receiver_hides_is_not_called_unused(
    scatter: float, metres: float
) -> None:
    found = judged(wandering(daily(120, metres), scatter), vehicle=False)
    assert found.judged.verdict is not Verdict.IDLE


def test_absence_that_scatter_hides_at_a_slow_rhythm_is_not_called_unused() -> None:
    found = judged(fixes(daily(120, 100.0), 50.0, every=15), vehicle=False)
    assert found.judged.verdict is not Verdict.IDLE


@pytest.mark.parametrize("holds_on", [True, False])
def test_short_trips_that_scatter_hides_are_not_called_unused(holds_on: bool) -> None:
    driven = out_and_back(14, 320.0, 12)
    grid = wandering(driven, 50.0) if holds_on else fixes(driven, 50.0)
    assert judged(grid, vehicle=True).judged.verdict is not Verdict.IDLE


@pytest.mark.parametrize("hours", [30, 54])
def test_stay_elsewhere_from_which_it_returns_may_be_a_use(hours: int) -> None:
    tuesdays = [day for day in range(28) if (WINDOW.first.weekday() + day) % 7 == 1]
    spans = tuple((d * DAY + 480, d * DAY + 480 + hours * 60, 2_000.0) for d in tuesdays)
    found = judged(fixes(month(*spans)), vehicle=False)
    assert found.judged.verdict is Verdict.NOT_DETERMINABLE


def test_parked_vehicle_whose_fixes_come_every_three_hours_is_not_in_use() -> None:
    found = judged(fixes(month(), VERY_BAD, every=180), vehicle=True)
    assert found.in_use_s == 0
    assert found.judged.verdict is not Verdict.IDLE


@pytest.mark.parametrize("every", [10, 15, 60])
def test_tracker_that_reports_seldom_while_it_is_parked_tells_all_the_same(every: int) -> None:
    driven = out_and_back(54, 6_000.0, 3)
    grid = fixes(driven)
    grid[:, (driven == 0) & (np.arange(driven.size) % every > 0)] = np.nan
    found = judged(grid, vehicle=True)
    assert found.judged.verdict is Verdict.IN_USE
    assert found.coverage > 0.9
    assert found.in_use_s == pytest.approx(28 * 3 * 54 * 60, rel=0.05)


def test_silence_of_a_tracker_that_reports_every_minute_is_unknown() -> None:
    grid = fixes(np.zeros(WEEK))
    grid[:, 3_000:3_060] = np.nan
    assert not position.trips(*grid).heard[3_010:3_050].any()


def on_grid(accuracy: float) -> Floats:
    """A grid of a receiver at rest: a fix every 30 s and, three hours a day, one by a mast 900 m
    off beside each, said to err by 1.5 km.
    """
    start = WINDOW.start.timestamp()
    by_satellite = start + np.arange(0.0, WINDOW.passed * 60.0, 30.0)
    by_mast = by_satellite[(by_satellite - start) % 86_400 // 3_600 < 3] + 10.0
    at = np.concatenate((by_satellite, by_mast))
    vague = np.repeat([False, True], [by_satellite.size, by_mast.size])
    noise = np.random.default_rng(3).normal(0.0, 4.0, (2, at.size)) / A_DEGREE
    columns = [
        HOME[0] + noise[0] + vague * 900.0 / A_DEGREE,
        HOME[1] + noise[1],
        np.where(vague, 1_500.0, accuracy),
    ]
    at, columns = misreadings.in_order(at, columns, start)
    return misreadings.on_grid("position", at, columns, start, WINDOW.minutes)[0]


@pytest.mark.parametrize("accuracy", [np.nan, 6.0])
def test_vague_fix_doesnt_count_beside_a_good_one_of_the_same_minute(accuracy: float) -> None:
    found = judged(on_grid(accuracy), vehicle=False)
    assert found.in_use_s == 0
    assert found.judged.verdict is Verdict.IDLE


def test_minute_errs_by_the_most_that_was_said_of_its_fixes() -> None:
    at = np.array([0.0, 20.0, 40.0, 70.0])
    said = np.array([5.0, 30.0, np.nan, np.nan])
    grid = by_minute(at, [np.zeros(4), np.zeros(4), said], 0.0, 3)
    np.testing.assert_array_equal(grid[2], [30.0, np.nan, np.nan])
    np.testing.assert_array_equal(np.isnan(grid[0]), [False, False, True])


WAYS: Final = st.lists(
    st.tuples(st.integers(30, 2 * DAY), st.integers(2, 300), st.floats(20.0, 4_000.0)), max_size=4
)
SAID: Final = st.dictionaries(st.integers(0, 49), st.floats(0.0, 3_000.0), max_size=50)


def with_errors(grid: Floats, more: Mapping[int, float]) -> Floats:
    """The grid, its fixes said to err by so much more; by spans of an hour."""
    found = grid.copy()
    for hour, metres in more.items():
        span = slice(hour * 60, hour * 60 + 60)
        found[2, span] = np.nan_to_num(found[2, span]) + metres
    return found


@settings(max_examples=60, deadline=None)
@given(WAYS, st.sampled_from([1, 5, 15]), st.sampled_from([4.0, 40.0, 200.0]), SAID)
@example([(600, 60, 900.0)], 1, 4.0, dict.fromkeys(range(12, 50), 500.0))
def test_error_radius_never_creates_use(
    ways: list[tuple[int, int, float]], every: int, scatter: float, more: dict[int, float]
) -> None:
    metres = stayed(50 * 60, *((start, start + length, reach) for start, length, reach in ways))
    grid = fixes(metres, scatter, every, said=5.0)
    for see in (position.trips, position.away):
        before, after = see(*grid), see(*with_errors(grid, more))
        assert not (after.use & ~before.use).any()


@settings(max_examples=40, deadline=None)
@given(WAYS, st.sampled_from([1, 15]), st.floats(-0.05, 0.05), st.floats(-60.0, 60.0))
def test_where_on_earth_it_is_changes_nothing(
    ways: list[tuple[int, int, float]], every: int, north: float, east: float
) -> None:
    metres = stayed(50 * 60, *((start, start + length, reach) for start, length, reach in ways))
    grid = fixes(np.round(metres, 1), 0.0, every)
    moved = grid + np.array([[north], [east], [0.0]])
    for see in (position.trips, position.away):
        one, other = see(*grid), see(*moved)
        np.testing.assert_array_equal(one.use, other.use)
        np.testing.assert_array_equal(one.heard, other.heard)


def test_nothing_heard_tells_nothing() -> None:
    seen = position.trips(*np.full((3, DAY), np.nan))
    assert not seen.able
    assert not seen.heard.any()


# A gateway that says how far its fixes may err, and one that doesn't.
PLAN: Final = estate(
    ("portable", "0.0", "none", "position"), ("portable", "0.0", "none", "position")
)
POSITIONS: LiteralString = (
    "COPY position (ts, sensor_id, latitude, longitude, accuracy_m) FROM STDIN"
)
IN_USE: LiteralString = "SELECT in_use_s FROM assessment ORDER BY card_id"


def stored(conn: Connection, sensor: int, grid: Floats) -> None:
    """Put a receiver's fixes into the database; those without accuracy as NULL."""
    with conn.cursor().copy(POSITIONS) as copy:
        for minute in np.flatnonzero(~np.isnan(grid[0])).tolist():
            latitude, longitude, accuracy = grid[:, minute].tolist()
            said = None if np.isnan(accuracy) else accuracy
            copy.write_row((WINDOW.at(minute), sensor, latitude, longitude, said))


def test_run_reads_how_far_a_fix_may_err(analytics_database: Database, owner: Connection) -> None:
    made = furnish(owner, PLAN)
    metres = month(*((day * DAY + 600, day * DAY + 780, 900.0) for day in range(28)))
    for sensor, said in zip(made.sensors.values(), (1_500.0, np.nan), strict=True):
        stored(owner, sensor, fixes(metres, every=5, said=said))
    run_once(analytics_database, AnalyticsSettings(), NOW)
    said_vague, said_nothing = (used for (used,) in owner.execute(IN_USE))
    assert said_vague == 0
    assert said_nothing == pytest.approx(27 * 3 * 3600, rel=0.02)


def test_positions_are_loaded_with_their_accuracy(owner: Connection) -> None:
    made = furnish(owner, PLAN)
    first, second = made.sensors.values()
    grid = fixes(np.zeros(10), said=6.5)
    stored(owner, first, grid)
    stored(owner, second, fixes(np.zeros(10)))
    found = load.positions(owner, [first, second], WINDOW.start, NOW)
    np.testing.assert_allclose(found[first][1:], grid)
    assert np.isnan(found[second][3]).all()
