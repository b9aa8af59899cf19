"""J4 and I6: the pages' models show a viewer their own unit's assets, page by page."""

from datetime import date, timedelta

import pytest

from analytics import monitoring, progress, suggestions
from analytics.monitoring import Query, Sort, Watched
from db import Connection, Refused
from tests.analytics.conftest import BUSY, DEAD, IDLE, Place
from tests.analytics.estates import NOW
from tests.fixtures.paging import both_ways


def test_stranger_sees_nothing_of_another_unit(judged: Place, reader: Connection) -> None:
    stranger = judged.users["stranger"]
    page = monitoring.page(reader, Query(stranger))
    assert (page.rows, page.more, page.total, page.by_verdict) == ([], False, 0, {})
    assert suggestions.page(reader, stranger) == ([], False)
    assert all(count == 0 for count, _ in suggestions.counts(reader, stranger).values())
    assert suggestions.standing_of(reader, stranger, IDLE) is None
    assert monitoring.alarms(reader, stranger) == []
    assert monitoring.alarm_count(reader, stranger) == 0
    assert monitoring.weekly(reader, stranger, [IDLE, BUSY], date(2026, 1, 1)) == {}
    assert progress.progress(reader, stranger).gateways == 0


def test_own_clerk_sees_every_watched_asset_and_its_verdict(
    judged: Place, reader: Connection
) -> None:
    page = monitoring.page(reader, Query(judged.users["clerk"]))
    assert [row.code for row in page.rows] == sorted(judged.cards)
    assert page.total == 5
    assert page.by_verdict == {"idle": 3, "in_use": 1, "device_alarm": 1}
    assert sum(page.by_state.values()) == 5


@pytest.mark.parametrize("sort", Sort)
def test_pages_hold_every_row_once_in_order(judged: Place, reader: Connection, sort: Sort) -> None:
    clerk = judged.users["clerk"]

    def read(after: tuple[float, str] | None, back: bool) -> tuple[list[Watched], bool]:
        page = monitoring.page(reader, Query(clerk, sort=sort, after=after, back=back, size=2))
        return page.rows, page.more

    rows = both_ways(read, lambda row: (row.sort_key, row.code))
    seen = [(row.sort_key, row.code) for row in rows]
    assert seen == sorted(seen)
    assert {code for _, code in seen} == set(judged.cards)


@pytest.mark.parametrize(
    ("text", "found"),
    [("SIM-0001", 1), ("desk", 3), ("%", 0), ("_", 0), ("\\", 0), ("nothing", 0), ("  ", 5)],
)
def test_search_takes_signs_for_letters(
    judged: Place, reader: Connection, text: str, found: int
) -> None:
    page = monitoring.page(reader, Query(judged.users["clerk"], text=text))
    assert len(page.rows) == page.total == found


def test_filter_by_verdict_counts_only_these(judged: Place, reader: Connection) -> None:
    page = monitoring.page(reader, Query(judged.users["clerk"], verdict="device_alarm"))
    assert [row.code for row in page.rows] == [DEAD]
    assert page.total == 1
    assert page.by_verdict["idle"] == 3


def test_asset_page_adds_up(judged: Place, reader: Connection) -> None:
    card = judged.cards[BUSY]
    found = monitoring.judgement(reader, card)
    assert found is not None
    since, before = found.window_from, found.window_to
    sessions = monitoring.sessions(reader, card, since, before, 1000)
    seconds = sum((s.ended_at - s.started_at).total_seconds() for s in sessions)
    assert seconds == found.in_use_s
    assert sum(cell.in_use_s for cell in monitoring.heat(reader, card, since, before)) == seconds
    days = monitoring.days(reader, card, date(2026, 1, 1), date(2026, 12, 31))
    assert sum(day.in_use_s for day in days) == seconds
    assert [s.started_at for s in sessions] == sorted(
        (s.started_at for s in sessions), reverse=True
    )
    older = monitoring.sessions(reader, card, since, sessions[0].started_at, 1)
    assert older == [sessions[1]]


def test_chart_of_readings_is_drawn_together(judged: Place, reader: Connection) -> None:
    light = next(
        s for s in monitoring.sensors(reader, judged.cards[BUSY]) if s.kind == "photoelectric"
    )
    assert light.state == "ok"
    assert light.last_ts is not None
    assert light.last_ts < NOW
    points = monitoring.readings(reader, light.id, NOW - timedelta(days=7), NOW, 100)
    assert 90 <= len(points) <= 102
    assert all(p.least <= p.mean <= p.most for p in points)
    assert monitoring.readings(reader, light.id, NOW, NOW + timedelta(days=1)) == []


def test_alarm_names_the_dead_sensors(judged: Place, reader: Connection) -> None:
    alarms = monitoring.alarms(reader, judged.users["clerk"])
    assert {alarm.code for alarm in alarms} == {DEAD}
    assert monitoring.alarm_count(reader, judged.users["clerk"]) == len(alarms)


def test_dearest_suggestion_comes_first_and_pages_go_on(judged: Place, reader: Connection) -> None:
    clerk = judged.users["clerk"]
    first, more = suggestions.page(reader, clerk, size=2)
    assert more
    assert first[0].net_value > first[1].net_value
    rest, more = suggestions.page(reader, clerk, after=(first[1].net_value, first[1].id), size=2)
    assert not more
    assert [s.code for s in rest] == [IDLE]
    begun = (rest[0].net_value, rest[0].id)
    assert suggestions.page(reader, clerk, after=begun, size=2, back=True) == (first, False)


@pytest.mark.parametrize(
    ("login", "reason", "code"),
    [
        ("clerk", "   ", "suggestion.reason_missing"),
        ("clerk", "x" * 501, "suggestion.reason_long"),
        ("stranger", "mine", "suggestion.not_found"),
    ],
)
def test_dismissal_is_refused(
    judged: Place, reader: Connection, login: str, reason: str, code: str
) -> None:
    found = suggestions.standing_of(reader, judged.users["clerk"], IDLE)
    assert found is not None
    with pytest.raises(Refused) as refused:
        suggestions.dismiss(reader, judged.users[login], login, found.id, reason, NOW)
    assert refused.value.code == code


def test_second_click_on_dismiss_is_refused(judged: Place, reader: Connection) -> None:
    clerk = judged.users["clerk"]
    found = suggestions.standing_of(reader, clerk, IDLE)
    assert found is not None
    suggestions.dismiss(reader, clerk, "clerk", found.id, "kept", NOW)
    with pytest.raises(Refused) as refused:
        suggestions.dismiss(reader, clerk, "clerk", found.id, "kept", NOW)
    assert refused.value.code == "suggestion.closed_already"
