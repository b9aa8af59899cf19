"""I3, I4: days on which the unit is closed ask for no use, and prove none."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, LiteralString

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics import AnalyticsSettings, calendar, detect, evidence, idle, run_once
from analytics import assess as assessing
from analytics.assess import Assessed
from analytics.detect import Examined
from analytics.idle import Observed, Reason, Verdict
from bench.score.adapter import Heard, Room, judge
from db import Connection, Database, scalar
from tests.analytics.conftest import BUSY, DEAD, IDLE, LIBRARY, PRINTER, SEED, VEHICLE, Place
from tests.analytics.estates import NOW, SILENT, readings, room, rule
from tests.analytics.test_idle import DESK, UNUSED
from tests.fixtures.examples import examples

SETTINGS = AnalyticsSettings()
WINDOW = assessing.grid(NOW, 28)
DAYS = calendar.days(WINDOW.first, WINDOW.last)
ASSETS = dict(enumerate((IDLE, BUSY, DEAD, PRINTER, VEHICLE)))


@cache
def examined() -> tuple[Examined, ...]:
    (plan,) = LIBRARY.gateways
    sensors = room(SEED, plan, WINDOW, NOW, commissioned=True)
    return tuple(detect.examine(sensors, SILENT, WINDOW.passed))


@cache
def judged(card: int, closed: frozenset[date] = frozenset()) -> Assessed:
    (plan,) = LIBRARY.gateways
    own = [one for one in examined() if one.sensor.card_id == card]
    archetype = plan.assets[card].archetype.value
    return assessing.assess(card, own, rule(archetype), WINDOW, WINDOW.start, closed)


def verdict(card: int, *closed: date) -> tuple[Verdict, tuple[Reason, ...]]:
    found = judged(card, frozenset(closed)).judged
    return found.verdict, found.reasons


def number(code: str) -> int:
    return next(card for card, named in ASSETS.items() if named == code)


@settings(max_examples=examples(60), deadline=None)
@given(card=st.sampled_from(sorted(ASSETS)), closed=st.sets(st.sampled_from(DAYS)))
def test_a_closure_never_makes_an_asset_idle(card: int, closed: set[date]) -> None:
    before, (after, _reasons) = judged(card).judged.verdict, verdict(card, *closed)
    assert after is not Verdict.IDLE or before is Verdict.IDLE
    assert after is Verdict.IN_USE or before is not Verdict.IN_USE


@settings(max_examples=examples(60), deadline=None)
@given(closed=st.sets(st.sampled_from(DAYS)))
def test_hours_are_the_same_whatever_days_were_closed(closed: set[date]) -> None:
    card = number(BUSY)
    before, after = judged(card), judged(card, frozenset(closed))
    assert (after.in_use_s, after.used_days) == (before.in_use_s, before.used_days)
    assert after.coverage == before.coverage
    assert after.available_h <= before.available_h


def test_an_office_that_was_closed_all_the_time_says_nothing_of_its_assets() -> None:
    assert verdict(number(IDLE)) == (Verdict.IDLE, (Reason.LOW_USE,))
    assert verdict(number(IDLE), *DAYS) == (Verdict.INSUFFICIENT, (Reason.CLOSED,))


def test_an_asset_is_idle_by_the_days_that_are_left_where_they_are_enough() -> None:
    assert verdict(number(IDLE), *DAYS[:7])[0] is Verdict.IDLE


def test_an_asset_that_was_used_while_its_unit_was_closed_is_in_use() -> None:
    assert verdict(number(BUSY), *DAYS) == (Verdict.IN_USE, (Reason.USED_ENOUGH,))


def test_closing_the_very_days_of_use_does_not_hide_it() -> None:
    busy = number(BUSY)
    used = [day for day, spent in zip(DAYS, judged(busy).days.in_use, strict=True) if spent]
    assert verdict(busy, *used)[0] is Verdict.IN_USE


@settings(max_examples=examples(60), deadline=None)
@given(card=st.sampled_from(sorted(ASSETS)), closed=st.sets(st.sampled_from(DAYS)))
def test_utilisation_norm_and_days_are_of_the_same_days(card: int, closed: set[date]) -> None:
    found = judged(card, frozenset(closed))
    counted = found.days.valid & np.array(found.working)
    assert found.valid_days == counted.sum()
    hours = found.days.in_use[counted].sum() / 60
    assert (found.judged.utilisation or 0.0) * found.available_h == pytest.approx(hours)


def test_a_busy_asset_of_a_closed_unit_is_judged_by_the_closed_days_and_they_count() -> None:
    plain, closed = judged(number(BUSY)), judged(number(BUSY), frozenset(DAYS))
    assert closed.judged.seen.closed_counted
    assert (closed.valid_days, closed.available_h) == (plain.valid_days, plain.available_h)
    assert closed.working == plain.working


def test_a_busy_asset_is_judged_by_the_open_days_where_they_are_enough() -> None:
    closed = judged(number(BUSY), frozenset(DAYS[:7]))
    assert not closed.judged.seen.closed_counted
    assert closed.valid_days < judged(number(BUSY)).valid_days
    assert not any(closed.working[:7])


def seen(hours: float, sessions: int, valid_days: int) -> Observed:
    return replace(UNUSED, hours=hours, sessions=sessions, valid_days=valid_days)


NORM = replace(DESK, rated_hours=8.0, class_hours=1.0)


def test_what_was_used_on_closed_days_makes_idleness_no_surer() -> None:
    whole = seen(15.0, 3, 20)
    found = idle.judge_closed(seen(0.0, 0, 10), whole, NORM)
    assert found == idle.judge(whole, NORM)
    assert found.verdict is Verdict.IDLE
    assert found.utilisation == pytest.approx(15 / 160)


@settings(max_examples=examples(200), deadline=None)
@given(
    hours=st.floats(0, 40), sessions=st.integers(0, 8), days=st.integers(0, 20),
    more=st.floats(0, 40), others=st.integers(0, 8), closed=st.integers(0, 20),
)  # fmt: skip
def test_idle_is_never_surer_than_without_the_closure(
    hours: float, sessions: int, days: int, more: float, others: int, closed: int
) -> None:
    whole = seen(hours + more, sessions + others, days + closed)
    found = idle.judge_closed(seen(hours, sessions, days), whole, NORM)
    if found.verdict is Verdict.IDLE:
        open_always = idle.judge(whole, NORM)
        assert open_always.verdict is Verdict.IDLE
        assert found.upper_bound is not None
        assert open_always.upper_bound is not None
        assert found.upper_bound >= open_always.upper_bound


def test_in_use_by_a_closure_alone_says_so() -> None:
    few = seen(9.0, 3, 10)
    found = idle.judge_closed(few, replace(few, valid_days=20), NORM)
    assert (found.verdict, found.by_closure) == (Verdict.IN_USE, True)
    assert found.reasons == (Reason.USED_ENOUGH, Reason.CLOSED)
    often = seen(18.0, 6, 20)
    assert not idle.judge_closed(few, often, NORM).by_closure


def test_days_closed_before_the_sensor_was_bound_are_not_why_there_are_too_few() -> None:
    card = number(IDLE)
    own = [one for one in examined() if one.sensor.card_id == card]
    bound, desk = NOW - timedelta(days=4), rule("desk")
    before = DAYS[: DAYS.index(calendar.day_of(bound))]
    found = assessing.assess(card, own, desk, WINDOW, bound, before).judged
    assert found.reasons == (Reason.TOO_FEW_DAYS,)


def test_too_few_days_that_a_closure_does_not_explain_stay_too_few() -> None:
    few = replace(UNUSED, valid_days=4, closed_days=5)
    assert idle.judge(few, DESK).reasons == (Reason.TOO_FEW_DAYS,)
    assert idle.judge(replace(few, closed_days=6), DESK).reasons == (Reason.CLOSED,)


def test_weekends_and_holidays_of_a_closure_take_nothing_away() -> None:
    free = [day for day in DAYS if not calendar.is_working(day)]
    plain, closed = judged(number(IDLE)), judged(number(IDLE), frozenset(free))
    assert closed.judged == plain.judged
    assert closed.valid_days == plain.valid_days


def test_evidence_names_the_closed_days_and_asks_for_nothing_in_their_weeks() -> None:
    card = number(IDLE)
    found: dict[str, Any] = evidence.evidence(judged(card, frozenset(DAYS[:7])), [], None)
    closed = {one["day"] for one in found["days"] if one["closed"]}
    assert closed == {day.isoformat() for day in DAYS[:7]}
    assert not any(one["working"] for one in found["days"] if one["closed"])
    official = {one["day"] for one in found["days"] if one["official"]}
    assert official == {day.isoformat() for day in DAYS[:-1] if calendar.is_working(day)}
    assert found["closed_counted"] is False
    mondays = {day - timedelta(days=day.weekday()) for day in DAYS[:7]}
    whole = [m for m in mondays if set(calendar.days(m, m + timedelta(days=4))) <= set(DAYS[:7])]
    norms = {one["monday"]: one["norm"] for one in found["weeks"]}
    assert all(norms[monday.isoformat()] == 0 for monday in whole)


def test_the_score_hands_on_the_days_of_a_closure_and_not_the_one_on_which_it_ends() -> None:
    (plan,) = LIBRARY.gateways
    measured = readings(SEED, plan, WINDOW, NOW)
    heard = [
        Heard(sensor.kind.value, card, at, values, commissioned=True)
        for card, asset in enumerate(plan.assets)
        for sensor in asset.sensors
        for at, values in (measured[sensor.name],)
    ]
    archetypes = [asset.archetype.value for asset in plan.assets]
    begin = WINDOW.start.timestamp()
    working = [day for day in DAYS[:-1] if calendar.is_working(day)]  # today is not over
    tenth_last = calendar.midnight(working[-10]).timestamp()

    def reasons(until: float) -> tuple[str, ...]:
        closed = Room(heard, archetypes, NOW.timestamp(), closed=[(begin, until)])
        return judge(closed)[number(IDLE)].reasons

    assert "closed" not in reasons(tenth_last)
    assert "closed" in reasons(tenth_last + 1)


CLOSE: LiteralString = """
    INSERT INTO closure (unit_id, since, until, reason, made_by, made_at)
    VALUES (%(unit)s, %(since)s, %(until)s, 'renovation', 'clerk', now())
"""
SAID: LiteralString = """
    SELECT verdict, reasons, made_at FROM assessment WHERE card_id = %(card)s
"""
ABOVE: LiteralString = """
    INSERT INTO unit (code, name, kind, division)
    VALUES ('bureau', 'bureau', 'department', '460100') RETURNING id
"""


def close(
    conn: Connection, unit: object, first: date = WINDOW.first, last: date = WINDOW.last
) -> None:
    conn.execute(CLOSE, {"unit": unit, "since": first, "until": last})


def said(conn: Connection, place: Place, code: str) -> tuple[str, list[str], datetime]:
    row = conn.execute(SAID, {"card": place.cards[code]}).fetchone()
    assert row is not None
    return row


def later(minutes: int) -> datetime:
    return NOW + timedelta(minutes=minutes)


def test_a_closure_sets_suggestions_aside_and_its_end_opens_them_again(
    place: Place, analytics_database: Database, owner: Connection
) -> None:
    state: LiteralString = "SELECT state FROM suggestion WHERE card_id = %(card)s"
    card = place.cards[IDLE]
    run_once(analytics_database, SETTINGS, NOW)
    assert scalar(owner, state, card=card) == "open"
    close(owner, place.unit)
    run_once(analytics_database, SETTINGS, later(1))
    assert said(owner, place, IDLE)[:2] == ("insufficient", ["closed"])
    assert scalar(owner, state, card=card) == "waiting"
    owner.execute("DELETE FROM closure")
    run_once(analytics_database, SETTINGS, later(2))
    assert scalar(owner, state, card=card) == "open"


def test_a_closure_of_the_body_above_holds_for_the_unit_and_a_neighbours_does_not(
    place: Place, analytics_database: Database, owner: Connection
) -> None:
    neighbour = scalar(owner, "SELECT id FROM unit WHERE code = 'hospital'")
    close(owner, neighbour)
    run_once(analytics_database, SETTINGS, NOW)
    assert said(owner, place, IDLE)[0] == "idle"
    above = scalar(owner, ABOVE)
    owner.execute("UPDATE unit SET parent_id = %s WHERE id = %s", (above, place.unit))
    close(owner, above)
    run_once(analytics_database, SETTINGS, later(1))
    assert said(owner, place, IDLE)[:2] == ("insufficient", ["closed"])


def test_closures_of_unit_and_body_above_may_cross(
    place: Place, analytics_database: Database, owner: Connection
) -> None:
    above = scalar(owner, ABOVE)
    owner.execute("UPDATE unit SET parent_id = %s WHERE id = %s", (above, place.unit))
    close(owner, above, WINDOW.first, DAYS[15])
    close(owner, place.unit, DAYS[10], WINDOW.last + timedelta(days=60))
    run_once(analytics_database, SETTINGS, NOW)
    assert said(owner, place, IDLE)[:2] == ("insufficient", ["closed"])
    closed = scalar(owner, "SELECT closed FROM assessment LIMIT 1")
    assert closed == DAYS


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM closure",
        "UPDATE closure SET until = until - 1",
        (
            "UPDATE unit SET parent_id = (SELECT id FROM unit WHERE code = 'hospital')"
            " WHERE code = 'library'"
        ),
    ],
)
def test_a_changed_calendar_is_judged_again_though_nothing_arrived(
    place: Place, analytics_database: Database, owner: Connection, change: LiteralString
) -> None:
    close(owner, place.unit, DAYS[3], DAYS[9])
    close(owner, scalar(owner, "SELECT id FROM unit WHERE code = 'hospital'"), DAYS[12], DAYS[13])
    run_once(analytics_database, SETTINGS, later(30))
    quiet = run_once(analytics_database, SETTINGS, later(60), everything=False)
    assert (quiet.assets, quiet.unchanged) == (0, 5)
    owner.execute(change)
    report = run_once(analytics_database, SETTINGS, later(90), everything=False)
    assert (report.assets, report.unchanged) == (5, 0)
    again = run_once(analytics_database, SETTINGS, later(120), everything=False)
    assert (again.assets, again.unchanged) == (0, 5)


def test_a_closure_outside_of_the_window_judges_nothing_again(
    place: Place, analytics_database: Database, owner: Connection
) -> None:
    run_once(analytics_database, SETTINGS, later(30))
    close(owner, place.unit, WINDOW.first - timedelta(days=40), WINDOW.first - timedelta(days=1))
    close(owner, place.unit, WINDOW.last + timedelta(days=1), WINDOW.last + timedelta(days=9))
    report = run_once(analytics_database, SETTINGS, later(60), everything=False)
    assert (report.assets, report.unchanged) == (0, 5)


TRANSFER: LiteralString = """
    UPDATE card SET unit_id = (SELECT id FROM unit WHERE code = 'hospital') WHERE unit_id = %(unit)s
"""


def test_quiet_days_of_a_closed_unit_stay_closed_when_the_card_leaves_it(
    place: Place, analytics_database: Database, owner: Connection
) -> None:
    close(owner, place.unit)
    run_once(analytics_database, SETTINGS, NOW)
    owner.execute(TRANSFER, {"unit": place.unit})
    for minutes in (15, 30):  # nor does the judgement after that forget it
        run_once(analytics_database, SETTINGS, later(minutes))
        assert said(owner, place, IDLE)[:2] == ("insufficient", ["closed"])
    quiet = run_once(analytics_database, SETTINGS, later(45), everything=False)
    assert quiet.assets == 0
    owner.execute("DELETE FROM closure")  # it was entered by mistake
    run_once(analytics_database, SETTINGS, later(60), everything=False)
    assert said(owner, place, IDLE)[0] == "idle"


def test_days_that_the_body_above_closed_stay_closed_when_the_unit_leaves_it(
    place: Place, analytics_database: Database, owner: Connection
) -> None:
    above = scalar(owner, ABOVE)
    owner.execute("UPDATE unit SET parent_id = %s WHERE id = %s", (above, place.unit))
    close(owner, above, WINDOW.first, WINDOW.last + timedelta(days=9))
    run_once(analytics_database, SETTINGS, NOW)
    owner.execute("UPDATE unit SET parent_id = NULL WHERE id = %s", (place.unit,))
    run_once(analytics_database, SETTINGS, later(1))
    assert said(owner, place, IDLE)[:2] == ("insufficient", ["closed"])
    run_once(analytics_database, SETTINGS, NOW + timedelta(days=1))
    closed = scalar(owner, "SELECT closed FROM assessment LIMIT 1")
    assert closed == DAYS[1:]  # not the day since, on which the unit was open


MOST_USED: LiteralString = """
    SELECT day FROM usage_day
     WHERE card_id = %(card)s AND working AND valid
     ORDER BY in_use_s DESC, day OFFSET 10
"""
STRICTER: LiteralString = """
    UPDATE idle_rule SET threshold = 1.5 * utilisation
      FROM assessment WHERE rule_id = idle_rule.id AND card_id = %(card)s
"""
TOLD: LiteralString = "SELECT state, reason FROM suggestion WHERE card_id = %(card)s"


def test_a_suggestion_waits_where_its_asset_is_in_use_by_a_closure_alone(
    place: Place, analytics_database: Database, owner: Connection
) -> None:
    card = {"card": place.cards[PRINTER]}
    run_once(analytics_database, SETTINGS, NOW)
    owner.execute(STRICTER, card)
    run_once(analytics_database, SETTINGS, later(1))
    assert owner.execute(TOLD, card).fetchone() == ("open", "")
    for (day,) in owner.execute(MOST_USED, card).fetchall():
        close(owner, place.unit, day, day)
    run_once(analytics_database, SETTINGS, later(2))
    assert said(owner, place, PRINTER)[:2] == ("in_use", ["used_enough", "closed"])
    assert owner.execute(TOLD, card).fetchone() == ("waiting", "closed")
    owner.execute("DELETE FROM closure")
    run_once(analytics_database, SETTINGS, later(3))
    assert owner.execute(TOLD, card).fetchone() == ("open", "")


def test_the_newest_judgement_says_whether_it_rests_on_closed_days(
    place: Place, analytics_database: Database, owner: Connection
) -> None:
    counted: LiteralString = "SELECT closed_counted FROM assessment WHERE card_id = %(card)s"
    close(owner, place.unit)
    run_once(analytics_database, SETTINGS, NOW)
    assert scalar(owner, counted, card=place.cards[BUSY]) is True
    assert scalar(owner, counted, card=place.cards[IDLE]) is False
    used: LiteralString = "SELECT bool_or(working) FROM usage_day WHERE card_id = %(card)s"
    assert scalar(owner, used, card=place.cards[BUSY]) is True
    assert scalar(owner, used, card=place.cards[IDLE]) is False
