"""I4: only use seen takes a suggestion back; whatever else leaves a gap makes it wait."""

from datetime import datetime, timedelta
from typing import LiteralString

import pytest

from analytics import AnalyticsSettings, run_once, suggestions
from db import Connection, Database, Refused
from tests.analytics.conftest import Place, arrive, furnish
from tests.analytics.estates import NOW
from tests.analytics.test_proof import DESK, LATER, OTHER, UNUSED, USED, unused_until

SETTINGS = AnalyticsSettings()
SUGGESTIONS: LiteralString = """
    SELECT state, reason, waiting_since, raised_at
      FROM suggestion JOIN card ON card.id = card_id WHERE card.code = %s ORDER BY suggestion.id
"""
EVIDENCE: LiteralString = "SELECT id, evidence FROM suggestion ORDER BY id"


@pytest.fixture
def idle(owner: Connection, analytics_database: Database) -> Place:
    """Two desks that nobody has used for four weeks, suggested at NOW."""
    with owner.transaction():
        place = furnish(owner, UNUSED)
        arrive(owner, place, NOW - timedelta(days=30), NOW, UNUSED)
    run_once(analytics_database, SETTINGS, NOW)
    assert of_desk(owner) == [("open", "", None, NOW)]
    return place


def of_desk(owner: Connection) -> list[tuple[object, ...]]:
    return owner.execute(SUGGESTIONS, (DESK,)).fetchall()


def test_asset_unused_for_weeks_more_keeps_its_suggestion_open(
    idle: Place, analytics_database: Database, owner: Connection
) -> None:
    """The window in which it was last used, if ever, has passed twice over."""
    unused_until(owner, idle, NOW, LATER)
    report = run_once(analytics_database, SETTINGS, LATER)
    assert (report.raised, report.waiting, report.withdrawn) == (0, 0, 0)
    assert of_desk(owner) == [("open", "", None, NOW)]


def test_alarm_makes_it_wait_and_the_evidence_made_whole_opens_it_as_it_was(
    idle: Place, analytics_database: Database, owner: Connection
) -> None:
    frozen = owner.execute(EVIDENCE).fetchall()
    silent = NOW + timedelta(days=2)
    report = run_once(analytics_database, SETTINGS, silent)
    assert (report.waiting, report.resumed, report.withdrawn) == (2, 0, 0)
    assert of_desk(owner) == [("waiting", "sensor_silent", silent, NOW)]
    again = silent + timedelta(hours=1)
    assert run_once(analytics_database, SETTINGS, again).waiting == 0
    assert of_desk(owner) == [("waiting", "sensor_silent", silent, NOW)]
    unused_until(owner, idle, NOW, again)
    report = run_once(analytics_database, SETTINGS, again)
    assert (report.raised, report.resumed) == (0, 2)
    assert of_desk(owner) == [("open", "", None, NOW)]
    assert owner.execute(EVIDENCE).fetchall() == frozen


def test_gap_in_what_was_heard_makes_it_wait(
    idle: Place, analytics_database: Database, owner: Connection
) -> None:
    """Nothing for ten days of the window, then again: no alarm, and too little heard."""
    back: datetime = NOW + timedelta(days=10)
    with owner.transaction():
        until = back + timedelta(hours=3)
        arrive(owner, idle, back, until, UNUSED, now=until)
    report = run_once(analytics_database, SETTINGS, until)
    assert report.verdicts == {"insufficient": 2}
    assert of_desk(owner) == [("waiting", "too_little_heard", until, NOW)]


def test_use_seen_withdraws_it_open_or_waiting(
    idle: Place, analytics_database: Database, owner: Connection
) -> None:
    run_once(analytics_database, SETTINGS, NOW + timedelta(days=2))  # it waits
    with owner.transaction():
        arrive(owner, idle, NOW, LATER, USED, now=LATER)
    report = run_once(analytics_database, SETTINGS, LATER)
    assert report.withdrawn == 2
    ((state, reason, waiting_since, _raised),) = of_desk(owner)
    assert (state, reason, waiting_since) == ("withdrawn", "used_enough", None)


def test_sensor_taken_away_makes_it_wait(
    idle: Place, analytics_database: Database, owner: Connection
) -> None:
    owner.execute("UPDATE binding SET until = %s WHERE card_id = %s", (NOW, idle.cards[DESK]))
    run_once(analytics_database, SETTINGS, NOW)
    assert of_desk(owner) == [("waiting", "not_watched", NOW, NOW)]


def test_waiting_suggestion_can_be_dismissed_but_not_accepted_and_is_not_raised_twice(
    idle: Place, analytics_database: Database, owner: Connection
) -> None:
    silent = NOW + timedelta(days=2)
    run_once(analytics_database, SETTINGS, silent)
    clerk = idle.users["clerk"]
    found = suggestions.standing_of(owner, clerk, DESK)
    assert found is not None
    assert (found.state, found.reason, found.waiting_since) == ("waiting", "sensor_silent", silent)
    with pytest.raises(Refused) as refused:
        suggestions.require_open(owner, clerk, found.id, DESK)
    assert refused.value.code == "suggestion.waits"
    suggestions.dismiss(owner, clerk, "clerk", found.id, "kept for the flood season", silent)
    until = silent + timedelta(hours=1)
    unused_until(owner, idle, NOW, until)
    report = run_once(analytics_database, SETTINGS, until)
    assert (report.raised, report.resumed) == (0, 1)  # the other desk's
    assert of_desk(owner) == [("dismissed", "kept for the flood season", None, NOW)]


def test_suggestion_that_waits_is_not_opened_again_for_a_card_that_the_books_call_idle(
    idle: Place, analytics_database: Database, owner: Connection
) -> None:
    silent = NOW + timedelta(days=2)
    run_once(analytics_database, SETTINGS, silent)
    booked(owner, idle, "idle")
    until = silent + timedelta(hours=1)
    unused_until(owner, idle, NOW, until)
    report = run_once(analytics_database, SETTINGS, until)
    assert (report.resumed, report.withdrawn) == (1, 1)  # the other desk's is open again
    assert of_desk(owner) == [("withdrawn", "not_in_use_by_books", None, NOW)]


@pytest.mark.parametrize("waits", [False, True])
def test_what_stands_on_a_disposed_card_is_taken_back_though_its_sensor_is_still_bound(
    idle: Place, analytics_database: Database, owner: Connection, waits: bool
) -> None:
    at = NOW
    if waits:
        at = NOW + timedelta(days=2)
        run_once(analytics_database, SETTINGS, at)
    for code in (DESK, OTHER):
        booked(owner, idle, "disposed", code)
    assert run_once(analytics_database, SETTINGS, at).withdrawn == 2
    assert of_desk(owner) == [("withdrawn", "not_in_use_by_books", None, NOW)]
    assert run_once(analytics_database, SETTINGS, at).withdrawn == 0


def booked(owner: Connection, place: Place, status: str, code: str = DESK) -> None:
    owner.execute("UPDATE card SET status = %s WHERE id = %s", (status, place.cards[code]))
