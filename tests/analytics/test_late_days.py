"""I2, I3: facts are the same whatever order, delay and interruption readings came with."""

from datetime import date, timedelta
from typing import Final, LiteralString

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics import AnalyticsSettings, run_once
from analytics.windows import DAY, days_to_read, settled_by
from db import Connection, Database
from ingest import changed_days
from tests.analytics.conftest import BUSY, Place, arrive, furnish
from tests.analytics.estates import NOW
from tests.analytics.test_run import KEPT, kept
from tests.firmware_sim.estates import estate
from tests.fixtures.database import Copy
from tests.fixtures.examples import examples

SETTINGS: Final = AnalyticsSettings()
DESKS: Final = estate(
    ("desk", "0.4", "none", "photoelectric", "temperature"),
    ("desk", "1.0", "none", "photoelectric", "temperature"),
    ("printer", "0.5", "none", "pulses"),
)
HISTORY: Final = 12  # days
WIDTH: Final = 7  # days of a window
PACK: Final = timedelta(hours=6)


@pytest.fixture
def desks(owner: Connection) -> Place:
    """Three assets whose rules look at a week."""
    with owner.transaction():
        made = furnish(owner, DESKS)
        owner.execute("UPDATE idle_rule SET window_days = %s, minimum_days = 3", (WIDTH,))
        owner.execute("UPDATE binding SET since = %s", (NOW - timedelta(days=HISTORY),))
    return made


def made_anew(owner: Connection, database: Database) -> list[list[tuple[object, ...]]]:
    """What is kept once every day has been read again, in a place without facts."""
    for table in ("usage_session", "usage_hour", "usage_day", "assessment"):
        owner.execute(f"DELETE FROM {table}")
    changed_days.mark_all(owner, NOW)
    run_once(database, SETTINGS, NOW, everything=False)
    return kept(owner)


@pytest.mark.parametrize(("seed", "tested"), [(0, True), (1, True), (2, False), (3, False)])
def test_facts_are_those_of_a_full_recomputation_whatever_came_late_or_not_at_all(
    desks: Place, analytics_database: Database, owner: Connection, seed: int, tested: bool
) -> None:
    """Also where use that was seen proves a sensor, and what was read before by it no longer
    counts as unknown.
    """
    if not tested:
        owner.execute("DELETE FROM sensor_proof")
    random = np.random.default_rng(seed)
    begun = NOW - timedelta(days=HISTORY)
    packs = [begun + n * PACK for n in range(HISTORY * 4)]
    lost = random.random(len(packs)) < 0.08
    late = np.where(random.random(len(packs)) < 0.25, random.uniform(0, 9, len(packs)), 0.0)
    arrival = [at + PACK + timedelta(days=d) for at, d in zip(packs, late, strict=True)]
    waiting = [n for n in random.permutation(len(packs)).tolist() if not lost[n]]
    turns = sorted(begun + timedelta(days=d) for d in random.uniform(0.5, HISTORY, 9))
    for turn in [*turns, NOW]:
        here = [n for n in waiting if turn == NOW or arrival[n] <= turn]
        waiting = [n for n in waiting if n not in here]
        with owner.transaction():
            for n in here:
                arrive(owner, desks, packs[n], packs[n] + PACK, DESKS)
        run_once(analytics_database, SETTINGS, turn, everything=False)
    assert not waiting
    run_once(analytics_database, SETTINGS, NOW, everything=False)  # what was proven by the last
    assert owner.execute("SELECT count(*) FROM changed_day").fetchone() == (0,)
    found = kept(owner)
    again = made_anew(owner, analytics_database)
    for query, one, other in zip(KEPT, found, again, strict=True):
        assert one == other, query
    assert len(found[2]) >= 3 * HISTORY


def test_pack_that_comes_later_than_the_window_becomes_facts(
    desks: Place, analytics_database: Database, owner: Connection
) -> None:
    begun, late = NOW - timedelta(days=HISTORY), NOW - timedelta(days=HISTORY - 1)
    arrive(owner, desks, late, NOW, DESKS)
    run_once(analytics_database, SETTINGS, NOW, everything=False)
    used: LiteralString = """
        SELECT count(*) FILTER (WHERE in_use_s > 0) FROM usage_day
         WHERE card_id = %(card)s AND day <= %(day)s
    """
    of_first = {"card": desks.cards[BUSY], "day": late.date()}
    before = owner.execute(used, of_first).fetchone()
    arrive(owner, desks, begun, late, DESKS)
    run_once(analytics_database, SETTINGS, NOW, everything=False)
    after = owner.execute(used, of_first).fetchone()
    assert before is not None
    assert after is not None
    assert after[0] > before[0]


def test_facts_stand_when_the_readings_that_they_were_made_of_are_dropped(
    desks: Place, analytics_database: Database, owner: Connection
) -> None:
    owner.execute("SELECT set_chunk_time_interval('reading', INTERVAL '1 day')")
    arrive(owner, desks, NOW - timedelta(days=HISTORY), NOW, DESKS)
    run_once(analytics_database, SETTINGS, NOW, everything=False)
    before = kept(owner)[2]
    dropped = "SELECT drop_chunks('reading', %s)"
    assert owner.execute(dropped, (NOW - timedelta(days=WIDTH + 1),)).fetchall()
    changed_days.mark_all(owner, NOW)
    run_once(analytics_database, SETTINGS, NOW, everything=False)
    old = [row for row in before if str(row[1]) < str((NOW - timedelta(days=WIDTH)).date())]
    assert len(old) > 3
    assert kept(owner)[2] == before


def in_hand(owner: Connection, desks: Place) -> dict[int, set[date]]:
    with owner.transaction():
        return changed_days.take(owner, [desks.gateway])


def test_what_arrives_while_facts_are_made_is_made_facts_of_by_the_next_run(
    desks: Place, owner: Connection, database: Copy
) -> None:
    moment = NOW.timestamp()
    changed_days.mark_arrived(owner, [(desks.gateway, moment, moment)])
    taken = in_hand(owner, desks)
    changed_days.mark_arrived(owner, [(desks.gateway, moment, moment)])
    changed_days.let_go(owner, taken)
    assert NOW.date() in in_hand(owner, desks)[desks.gateway]


def test_days_that_a_killed_run_had_in_hand_are_taken_again(
    desks: Place, owner: Connection
) -> None:
    moment = NOW.timestamp()
    changed_days.mark_arrived(owner, [(desks.gateway, moment, moment)])
    assert in_hand(owner, desks) == in_hand(owner, desks)


DAYS = st.integers(0, 60).map(lambda n: date(2026, 2, 1) + timedelta(days=n))


@settings(max_examples=examples(60))
@given(
    changed=st.sets(DAYS, max_size=4),
    until=st.none() | DAYS,
    since=DAYS,
    yesterday=DAYS,
    width=st.integers(2, 28),
)
def test_every_window_that_holds_a_changed_day_and_settles_a_watched_one_is_read(
    changed: set[date], until: date | None, since: date, yesterday: date, width: int
) -> None:
    found = days_to_read(changed, until, since, yesterday, width)
    assert found == sorted(set(found))
    assert all(last <= yesterday for last in found)
    for n in range(120):
        last = yesterday - n * DAY
        holds = any(last - (width - 1) * DAY <= day <= last for day in changed)
        if holds and settled_by(last, width) >= since:
            assert last in found
    if until is not None and until < yesterday:
        assert yesterday in found
