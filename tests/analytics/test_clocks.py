"""I2, I4: readings stamped by a wrong clock are put right by what is known of it, or are unknown."""

from datetime import datetime, timedelta
from typing import Any, Final, LiteralString

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from analytics import AnalyticsSettings, run_once
from analytics.assess import grid
from analytics.clock_records import histories
from analytics.clocks import FURTHEST_S, NEAR_S, RIGHT, WRONG_S, Packs, Stretch, history
from bench.score import adapter, worlds
from bench.score.adapter import Heard, Room
from db import Connection, Database, scalar
from firmware_sim.estate import GatewayPlan
from ingest.clocks import SAME_S
from tests.analytics.conftest import BUSY, DEAD, IDLE, LIBRARY, SEED, Place
from tests.analytics.estates import NOW
from tests.fixtures.examples import examples

HOUR: Final = 3_600.0
DAY: Final = 24 * HOUR
H8: Final = 8 * HOUR
START: Final = grid(NOW, 28).start


def stretch(since_h: float, last_h: float, offset_s: float) -> Stretch:
    """Seen from and to so many hours after the window's start."""
    start = START.timestamp()
    return Stretch(start + since_h * HOUR, start + last_h * HOUR, offset_s)


def measured_h(*seen: Stretch, stamped_h: float) -> float:
    """When what is stamped at such an hour was measured, in hours; NaN: unknown."""
    start = START.timestamp()
    found = history(seen).measured_at(np.array([start + stamped_h * HOUR]), NOW.timestamp())
    return round(float(found[0] - start) / HOUR, 6)


def test_clock_that_was_always_seen_right_changes_no_stamp() -> None:
    stamps = np.arange(5.0)
    assert RIGHT.measured_at(stamps, 9.0) is stamps
    near = history([stretch(0, 9, 20.0), stretch(9.1, 99, -NEAR_S)])
    assert near.measured_at(stamps, 9.0) is stamps


@pytest.mark.parametrize("offset", [-H8, H8, -HOUR, HOUR, -400.0, 400.0])
def test_known_offset_is_taken_from_the_stamp(offset: float) -> None:
    seen = stretch(0, 100, offset)
    assert measured_h(seen, stamped_h=50 + offset / HOUR) == 50
    assert measured_h(seen, stamped_h=150 + offset / HOUR) == 150  # it goes on as it was seen


def test_slow_clock_that_was_set_right_leaves_only_the_time_between_two_statuses_unknown() -> None:
    seen = (stretch(0, 100, -H8), stretch(100.5, 200, 0.0))
    assert measured_h(*seen, stamped_h=91.9) == 99.9
    assert np.isnan(measured_h(*seen, stamped_h=92.2))
    assert np.isnan(measured_h(*seen, stamped_h=95))  # no clock ever showed that hour
    assert np.isnan(measured_h(*seen, stamped_h=100.4))
    assert measured_h(*seen, stamped_h=100.6) == 100.6


def test_fast_clock_that_was_set_back_leaves_what_was_stamped_twice_unknown() -> None:
    seen = (stretch(0, 100, H8), stretch(100.5, 200, 0.0))
    assert measured_h(*seen, stamped_h=99.9) == 91.9
    assert np.isnan(
        measured_h(*seen, stamped_h=100.1)
    )  # at 92.1, or at 100.1 if it was set by then
    assert np.isnan(measured_h(*seen, stamped_h=100.6))  # at 92.6 or at 100.6
    assert np.isnan(measured_h(*seen, stamped_h=108.4))
    assert measured_h(*seen, stamped_h=108.6) == 108.6


def test_clock_that_is_set_by_minutes_leaves_nothing_unknown() -> None:
    seen = (stretch(0, 100, 200.0), stretch(130, 200, 400.0))
    for hour in np.arange(95.0, 140.0, 0.01):
        found = measured_h(*seen, stamped_h=float(hour))
        assert -400.1 <= (found - hour) * HOUR <= 0


def test_clock_found_wrong_by_its_first_status_tells_nothing_of_before() -> None:
    seen = stretch(50, 100, H8)
    assert np.isnan(measured_h(seen, stamped_h=40))
    assert np.isnan(measured_h(seen, stamped_h=49.9 + 8))
    assert measured_h(seen, stamped_h=50.1 + 8) == 50.1


def test_clock_found_right_by_its_first_status_is_taken_to_have_been_right() -> None:
    assert measured_h(stretch(50, 100, 360.0), stamped_h=40) == 39.9


@pytest.mark.parametrize(
    ("offset", "wrong"),
    [(-H8, True), (H8, True), (-WRONG_S - 1, True), (WRONG_S + 1, True), (-600.0, False)],
)
def test_wrong_clock_is_wrong_since_it_was_first_seen_to_be(offset: float, wrong: bool) -> None:
    seen = stretch(-50, -9, 0.0), stretch(-8, 9, offset), stretch(10, 99, 1.2 * offset)
    assert history(seen).wrong_minute(START) == (-8 * 60 if wrong else None)
    assert history([*seen, stretch(100, 101, 3.0)]).wrong_since is None


def test_late_status_makes_no_clock_slow() -> None:
    late = stretch(50, 50, -2 * HOUR)
    assert history([late]) == RIGHT
    assert history([stretch(0, 49, 0.0), late]).wrong_since is None
    assert history([late, stretch(51, 60, 0.0)]).wrong_since is None
    among = history([stretch(0, 49, 1.0), late, stretch(51, 60, 2.0), stretch(61, 61, -HOUR)])
    assert among.stretches == (stretch(0, 60, 1.0),)
    slow = history([stretch(0, 49, -H8), stretch(50, 50, -9 * HOUR), stretch(51, 60, -H8)])
    assert slow.stretches == (stretch(0, 60, -H8),)
    assert history([stretch(50, 50.1, -2 * HOUR)]).wrong_since is not None  # seen again


def test_clock_that_one_status_tells_to_be_right_is_right() -> None:
    fast, once = stretch(0, 100, H8), stretch(100.5, 100.5, 0.0)
    assert history([fast, once]).wrong_since is None
    assert measured_h(fast, once, stamped_h=300) == 300


def test_clock_that_is_slow_every_evening_is_followed() -> None:
    slow = [stretch(24 * day + 12, 24 * day + 13, -HOUR) for day in range(9)]
    right = [stretch(24 * day + 13, 24 * day + 36, 0.0) for day in range(9)]
    seen = [stretch(-5, 12, 0.0), *(one for day in zip(slow, right, strict=True) for one in day)]
    for day in range(1, 9):
        assert np.isnan(measured_h(*seen, stamped_h=24 * day + 11.5))  # shown twice
        assert measured_h(*seen, stamped_h=24 * day + 10.5) == 24 * day + 10.5
        assert measured_h(*seen, stamped_h=24 * day + 13.5) == 24 * day + 13.5


def test_no_reading_is_of_the_future_by_a_clock_that_is_slow_now() -> None:
    now = round((NOW - START).total_seconds() / HOUR, 6)
    seen = stretch(-99, now - 0.5, 0.0), stretch(now - 0.3, now - 0.1, -20 * DAY)
    for hour in (0.0, 300.0, now - 1):
        assert measured_h(*seen, stamped_h=hour) == hour
    assert np.isnan(measured_h(*seen, stamped_h=now - 480.2))  # then, or a moment ago
    assert measured_h(*seen, stamped_h=now + 2) == now + 2  # ahead, as it was said


def sent(first_h: float, last_h: float, *, by_arrival: bool, furthest_s: float = 0.0) -> Packs:
    """Packs whose stamps are of these hours, after the last status."""
    start = START.timestamp()
    first, last = start + first_h * HOUR, start + last_h * HOUR
    return Packs(by_arrival, True, first, last, last - furthest_s, furthest_s)


def test_times_that_count_back_from_arrival_are_no_clocks() -> None:
    seen, packs = [stretch(0, 100, H8)], [sent(0, 50, by_arrival=True)]
    at = np.array([START.timestamp() + 40 * HOUR])
    assert history(seen, packs).measured_at(at, NOW.timestamp()) == at
    assert history(seen, packs).wrong_since is None
    packs += [sent(45, 90, by_arrival=False)]
    known = history(seen, packs)
    assert known.measured_at(at, NOW.timestamp()) == at
    assert np.isnan(known.measured_at(at + 6 * HOUR, NOW.timestamp()))  # either
    assert known.measured_at(at + 12 * HOUR, NOW.timestamp()) == at + 4 * HOUR
    assert known.wrong_since is not None


def test_slow_clock_whose_packs_say_that_it_was_set_is_slow_no_longer() -> None:
    seen = [stretch(0, 100, -H8)]
    at = START.timestamp() + np.array([80.0, 120.0]) * HOUR
    still = history(seen, [sent(101, 200, by_arrival=False, furthest_s=-H8)])
    assert still.measured_at(at, NOW.timestamp()).tolist() == (at + H8).tolist()
    found = history(seen, [sent(101, 200, by_arrival=False)]).measured_at(at, NOW.timestamp())
    assert found[0] == at[0] + H8
    assert np.isnan(found[1])


def test_fast_clock_is_believed_at_once() -> None:
    assert history([stretch(50, 50, 2 * HOUR)]).wrong_since is not None


SETTINGS_OF = st.tuples(st.integers(1, 200), st.integers(-20 * 3_600, 20 * 3_600))


@settings(max_examples=examples(60))
@example([(87, -3_910)], 3_910, 380)  # a reading in the very second of the last right status
@given(
    st.lists(SETTINGS_OF, min_size=1, max_size=5), st.integers(30, 3 * 3_600), st.integers(0, 3_600)
)
def test_no_reading_is_put_where_it_was_not_measured(
    set_after: list[tuple[int, int]], every_s: int, first_s: int
) -> None:
    """A clock that is set now and then, right at first; statuses at an interval, each at once."""
    true = np.arange(0, 300 * HOUR, 600.0)
    # Each setting holds for so long that two statuses tell of it, far enough apart to be believed.
    changes = np.cumsum([0] + [2 * every_s + hours * HOUR for hours, _ in set_after])
    offsets = np.array([0] + [offset for _, offset in set_after], dtype=np.float64)

    def offset(at: np.ndarray) -> np.ndarray:
        return np.asarray(offsets[np.searchsorted(changes, at, side="right") - 1])

    told = np.arange(first_s, 300 * HOUR, every_s)
    seen: list[Stretch] = []
    for at, off in zip(told.tolist(), offset(told).tolist(), strict=True):
        if seen and abs(seen[-1].offset_s - off) <= SAME_S:
            seen[-1] = Stretch(seen[-1].since, at, seen[-1].offset_s)
        else:
            seen.append(Stretch(at, at, off))
    known = history(seen)
    found = known.measured_at(true + offset(true), 300 * HOUR)
    # What it was set to after its last status, or between two and back, nobody was told.
    sure = ~np.isnan(found) & (true >= first_s) & (true < told[-1])
    assert np.abs(found - true)[sure].max(initial=0.0) <= 2 * NEAR_S + SAME_S


@pytest.fixture(scope="module")
def unused_and_busy() -> tuple[GatewayPlan, Room]:
    """The library's gateway in the score's own terms, its clock right."""
    (plan,) = LIBRARY.gateways
    start, until = int(START.timestamp()), int(NOW.timestamp())
    passing = {(a.code, s.name) for a in plan.assets for s in a.sensors}
    return plan, worlds.room(SEED, plan, start, until, passing)


OFFSETS = st.integers(int(NEAR_S) + 1, int(FURTHEST_S)).flatmap(
    lambda seconds: st.sampled_from((-float(seconds), float(seconds)))
)


@settings(max_examples=examples(4))
@given(offset_s=OFFSETS)
def test_readings_stamped_by_a_known_offset_are_judged_as_if_stamped_rightly(
    unused_and_busy: tuple[GatewayPlan, Room], offset_s: float
) -> None:
    _, right = unused_and_busy
    skew = right.clock_offset_s
    before = START.timestamp() - 2 * DAY
    shifted = [
        Heard(o.kind, o.card, o.at - skew + offset_s, o.values, o.commissioned, o.on)
        for o in right.heard
    ]
    room = Room(shifted, right.archetypes, right.now, offset_s, ((before, offset_s),))
    found, as_right = adapter.judge(room), adapter.judge(right)
    assert [(v.hours, v.covered_h) for v in found] == [(v.hours, v.covered_h) for v in as_right]
    verdicts = {v.verdict for v in found}
    if abs(offset_s) > WRONG_S:
        assert verdicts == {"device_alarm"}
    else:
        assert [v.verdict for v in found] == [v.verdict for v in as_right]


SETTINGS = AnalyticsSettings()
STAMP: tuple[LiteralString, ...] = (
    """CREATE TEMP TABLE stamped AS
       SELECT CASE WHEN ts < %(until)s::timestamptz THEN ts + %(off)s::interval ELSE ts END AS ts,
              sensor_id, value
         FROM reading""",
    "DELETE FROM reading",
    """INSERT INTO reading (ts, sensor_id, value)
       SELECT ts, sensor_id, value FROM stamped ON CONFLICT DO NOTHING""",
    "DROP TABLE stamped",
    """CREATE TEMP TABLE stamped AS
       SELECT CASE WHEN ts < %(until)s::timestamptz THEN ts + %(off)s::interval ELSE ts END AS ts,
              sensor_id, latitude, longitude, accuracy_m
         FROM position""",
    "DELETE FROM position",
    """INSERT INTO position (ts, sensor_id, latitude, longitude, accuracy_m)
       SELECT ts, sensor_id, latitude, longitude, accuracy_m FROM stamped ON CONFLICT DO NOTHING""",
    "DROP TABLE stamped",
    "UPDATE pack SET first_ts = first_ts + %(off)s::interval",
    "UPDATE pack SET last_ts = last_ts + %(off)s::interval WHERE last_ts <= %(until)s",
)
SEE: LiteralString = """
    INSERT INTO gateway_clock (gateway_id, since, last_seen, offset_s)
    VALUES (%(gateway)s, %(since)s, %(last)s, %(offset)s)
"""
HOURS: LiteralString = """
    SELECT code, hour, in_use_s, covered_s FROM usage_hour JOIN card ON card.id = card_id
     WHERE code = ANY(%(codes)s) AND hour < %(now)s ORDER BY code, hour
"""
VERDICTS: LiteralString = "SELECT code, verdict FROM assessment JOIN card ON card.id = card_id"
HEALTH: LiteralString = "SELECT state, since FROM sensor_health WHERE sensor_id = %(sensor)s"
WAITING: LiteralString = "SELECT DISTINCT state, reason FROM suggestion"
TOLD: Final = {"codes": [IDLE, BUSY], "now": NOW}


def restamp(owner: Connection, offset_s: float, until: datetime) -> None:
    """What was measured before `until` bears the stamps of a clock that was off by so much."""
    with owner.transaction():
        for statement in STAMP:
            owner.execute(statement, {"off": timedelta(seconds=offset_s), "until": until})


def stamp(owner: Connection, place: Place, offset_s: float, until: datetime) -> None:
    """The same, and statuses told of it."""
    restamp(owner, offset_s, until)
    see(owner, place, START - timedelta(days=40), until - timedelta(minutes=5), offset_s)


def see(owner: Connection, place: Place, since: datetime, last: datetime, offset_s: float) -> None:
    facts = {"gateway": place.gateway, "since": since, "last": last, "offset": offset_s}
    owner.execute(SEE, facts)


@pytest.mark.parametrize("offset_s", [-H8, H8, -HOUR, HOUR])
def test_wrong_clock_is_an_alarm_and_the_hours_stay_true(
    place: Place, analytics_database: Database, owner: Connection, offset_s: float
) -> None:
    run_once(analytics_database, SETTINGS, NOW)
    right = owner.execute(HOURS, TOLD).fetchall()
    stamp(owner, place, offset_s, NOW)
    run_once(analytics_database, SETTINGS, NOW)
    assert set(verdicts(owner).values()) == {"device_alarm"}
    assert owner.execute(HEALTH, {"sensor": place.sensors["s0-0"]}).fetchone() == (
        "clock_off",
        START - timedelta(days=40),
    )
    assert owner.execute(WAITING).fetchall() == [("waiting", "sensor_clock_off")]
    assert owner.execute(HOURS, TOLD).fetchall() == right


def test_clock_that_was_set_right_later_spoils_nothing(
    place: Place, analytics_database: Database, owner: Connection
) -> None:
    run_once(analytics_database, SETTINGS, NOW)
    hours, as_right = owner.execute(HOURS, TOLD).fetchall(), verdicts(owner)
    mended = NOW - timedelta(days=10)
    stamp(owner, place, -H8, mended)
    see(owner, place, mended, NOW, 0.4)
    run_once(analytics_database, SETTINGS, NOW)
    assert verdicts(owner) == as_right
    found = owner.execute(HOURS, TOLD).fetchall()
    between_two_statuses = {mended - timedelta(hours=1), mended}
    assert differing(hours, found).keys() <= between_two_statuses


def test_hours_that_a_fast_clock_and_the_right_one_both_named_are_unknown(
    place: Place, analytics_database: Database, owner: Connection
) -> None:
    run_once(analytics_database, SETTINGS, NOW)
    hours = owner.execute(HOURS, TOLD).fetchall()
    mended = NOW - timedelta(days=10)
    stamp(owner, place, H8, mended)
    see(owner, place, mended, NOW, 0.0)
    run_once(analytics_database, SETTINGS, NOW)
    found = owner.execute(HOURS, TOLD).fetchall()
    named_twice = [mended + timedelta(hours=n) for n in range(-8, 8)]
    # Up to five minutes without a reading are taken as heard.
    assert max(covered for _, hour, _, covered in found if hour in named_twice) <= 300
    changed = differing(hours, found)
    elsewhere = sum(abs(seconds) for hour, seconds in changed.items() if hour not in named_twice)
    assert elsewhere <= NEAR_S
    assert verdicts(owner)[BUSY] == "in_use"


def verdicts(owner: Connection) -> dict[str, str]:
    return dict(owner.execute(VERDICTS).fetchall())


def differing(first: list[tuple[Any, ...]], second: list[tuple[Any, ...]]) -> dict[datetime, float]:
    """The hours in which two lists of the same hours differ, and by how much use (s)."""
    return {
        one[1]: other[2] - one[2] for one, other in zip(first, second, strict=True) if one != other
    }


def test_clock_in_utc_that_no_status_told_of_is_found_by_the_sun(
    place: Place, analytics_database: Database, owner: Connection
) -> None:
    restamp(owner, -H8, NOW)
    run_once(analytics_database, SETTINGS, NOW)
    assert set(verdicts(owner).values()) == {"device_alarm"}
    found = owner.execute(HEALTH, {"sensor": place.sensors["s0-0"]}).fetchone()
    assert found == ("clock_off", grid(NOW, 1).start)


def test_sensor_that_is_stuck_behind_a_wrong_clock_says_so(
    place: Place, analytics_database: Database, owner: Connection
) -> None:
    stamp(owner, place, -HOUR, NOW)
    run_once(analytics_database, SETTINGS, NOW)
    found = scalar(
        owner,
        "SELECT state FROM sensor_health JOIN binding USING (sensor_id) WHERE card_id = %(card)s"
        " ORDER BY sensor_id LIMIT 1",
        card=place.cards[DEAD],
    )
    assert found == "stuck"


ALL_HOURS: LiteralString = "SELECT sum(in_use_s), sum(covered_s) FROM usage_hour"
NEWEST: LiteralString = "SELECT max(last_ts) FROM sensor_health"
STATES: LiteralString = "SELECT DISTINCT state FROM sensor_health"


def test_wrong_status_of_a_gateway_without_a_clock_changes_nothing(
    place: Place, analytics_database: Database, owner: Connection
) -> None:
    run_once(analytics_database, SETTINGS, NOW)
    hours, as_right = owner.execute(HOURS, TOLD).fetchall(), verdicts(owner)
    owner.execute("UPDATE pack SET by_arrival = true")
    see(owner, place, NOW - timedelta(days=60), NOW - timedelta(minutes=2), -3 * DAY)
    run_once(analytics_database, SETTINGS, NOW)
    assert owner.execute(HOURS, TOLD).fetchall() == hours
    assert verdicts(owner) == as_right


def test_clock_that_turns_slow_by_weeks_leaves_the_past_as_it_was(
    place: Place, analytics_database: Database, owner: Connection
) -> None:
    run_once(analytics_database, SETTINGS, NOW)
    hours = owner.execute(ALL_HOURS).fetchone()
    see(owner, place, NOW - timedelta(days=60), NOW - timedelta(minutes=30), 0.0)
    see(owner, place, NOW - timedelta(minutes=20), NOW - timedelta(minutes=2), -20 * DAY)
    run_once(analytics_database, SETTINGS, NOW)
    found = owner.execute(ALL_HOURS).fetchone()
    assert hours is not None
    assert found is not None
    assert found[1] >= 0.99 * hours[1]
    newest = scalar(owner, NEWEST)
    assert isinstance(newest, datetime)
    assert newest <= NOW + timedelta(seconds=WRONG_S)


def test_clock_that_is_slow_by_more_than_the_window_is_an_alarm_of_the_clock(
    place: Place, analytics_database: Database, owner: Connection
) -> None:
    stamp(owner, place, -40 * DAY, NOW)
    run_once(analytics_database, SETTINGS, NOW)
    assert owner.execute(STATES).fetchall() == [("clock_off",)]


def test_clock_that_was_set_right_without_a_status_is_an_alarm_and_invents_nothing(
    place: Place, analytics_database: Database, owner: Connection
) -> None:
    run_once(analytics_database, SETTINGS, NOW)
    hours = owner.execute(HOURS, TOLD).fetchall()
    mended = NOW - timedelta(days=10)
    stamp(owner, place, -H8, mended)
    run_once(analytics_database, SETTINGS, NOW)
    assert set(verdicts(owner).values()) == {"device_alarm"}
    found = owner.execute(HOURS, TOLD).fetchall()
    before = mended - timedelta(hours=1)
    heard = [[row[3] for row in rows if row[1] < before] for rows in (hours, found)]
    assert heard[0] == heard[1]
    assert sum(covered for _, hour, _, covered in found if hour > mended) == 0


FLAPS: LiteralString = """
    INSERT INTO gateway_clock (gateway_id, since, last_seen, offset_s)
    SELECT %(gateway)s, at, at, CASE WHEN n %% 2 = 0 THEN 0 ELSE %(by)s END
      FROM (SELECT n, %(now)s::timestamptz - n * INTERVAL '5 minutes' AS at
              FROM generate_series(1, 105000) AS n) AS told
"""


def test_year_of_a_clock_that_flaps_is_read_at_once(
    place: Place, analytics_database: Database, owner: Connection
) -> None:
    owner.execute(FLAPS, {"gateway": place.gateway, "by": 600.0, "now": NOW})
    with analytics_database.transaction("read clocks") as conn:
        conn.execute("SET LOCAL statement_timeout = '10s'")
        known = histories(conn, [place.gateway], START, NOW)[place.gateway]
    stretches = known.stretches
    earliest = START.timestamp() - FURTHEST_S
    assert stretches[0].since <= earliest < stretches[1].since
    stamps = np.arange(START.timestamp(), NOW.timestamp(), 60.0)
    assert known.measured_at(stamps, NOW.timestamp()).size == stamps.size
