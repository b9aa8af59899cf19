"""I3: each minute's state with its reason, and that they are those of the facts."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import LiteralString

import numpy as np
import pytest
from click.testing import CliRunner

from analytics import AnalyticsSettings, calendar, run_once
from analytics.assess import grid, read
from analytics.detect import Sensor, examine
from analytics.health import Health
from analytics.look import look
from analytics.minutes import REASON_WORDS, REASONS, STATE_WORDS, Minutes, Reason, State, minutes
from db import Connection, Database, Refused
from db.roles import DatabaseRole
from ingest.device_events import Device
from ingest.fault_values import Misreading
from ops.cli import main
from ops.words_of_minutes import HEALTH_WORDS
from tests.analytics.conftest import Place
from tests.analytics.estates import NOW, rule
from tests.analytics.rooms import MINUTES, measured, office, sun, uses
from tests.fixtures.database import Copy

WINDOW = grid(NOW, 28)
DAY = 1440


def lamp(number: int, seed: int = 1) -> Sensor:
    """A sensor at a lamp of 150 lx, heard until now, tested."""
    lux = measured(0.1 * sun(3) + 150.0 * uses(seed), seed)
    lux[WINDOW.passed :] = np.nan
    return Sensor(number, 1, "photoelectric", lux, proven=True, rose=150.0, misread={})


def told(*sensors: Sensor, begun: int = 0) -> Minutes:
    """The minutes of one asset by its sensors, checked against its facts."""
    examined = examine(sensors, DAY, WINDOW.passed)
    found = minutes(1, examined, rule("desk"), WINDOW, begun)
    since = WINDOW.at(begun)
    kept = read(1, examined, rule("desk"), WINDOW, since)
    in_use = found.of(State.IN_USE).reshape(-1, 60).sum(axis=1)
    assert in_use.tolist() == kept.hours.in_use.tolist()
    covered = found.covered.reshape(-1, 60).sum(axis=1)
    assert covered.tolist() == kept.hours.covered.tolist()
    counted = found.of(State.IN_USE) | found.of(State.NOT_IN_USE)
    assert not (counted & ~found.covered).any()
    assert (found.covered & ~counted <= found.among(Reason.PERHAPS)).all()
    assert sum(span.end - span.start for span in found.spans(0, MINUTES)) == MINUTES
    return found


def _as_it_is(one: Sensor) -> Sensor:
    return one


def _with_gaps(one: Sensor) -> Sensor:
    gaps = np.random.default_rng(one.id).random(MINUTES) < 0.02
    return replace(
        one, values=np.where(np.convolve(gaps, np.ones(9), "same") > 0, np.nan, one.values)
    )


def _every_five_minutes(one: Sensor) -> Sensor:
    return replace(one, values=np.where(np.arange(MINUTES) % 5 == 2, one.values, np.nan))


def _stuck(one: Sensor) -> Sensor:
    stands = np.arange(MINUTES) > 20 * DAY
    return replace(one, values=np.where(stands & ~np.isnan(one.values), 333.0, one.values))


def _misread(one: Sensor) -> Sensor:
    at = np.arange(5 * DAY + 600, 5 * DAY + 640)
    values = one.values.copy()
    values[at] = np.nan
    return replace(one, values=values, misread={Misreading.SATURATED: at})


def _undated(one: Sensor) -> Sensor:
    lost = np.arange(MINUTES) // 60 == 200
    return replace(one, undated=lost, values=np.where(lost, np.nan, one.values))


def _not_proven(one: Sensor) -> Sensor:
    values = np.where(np.isnan(one.values), np.nan, 3.0 + 0.1 * (np.arange(MINUTES) % 7))
    return replace(one, values=values, proven=False, rose=None)


def _perhaps(one: Sensor) -> Sensor:
    lux = measured(45.0 * uses(11), 3)
    return replace(one, values=np.where(np.isnan(one.values), np.nan, lux), rose=None)


@pytest.mark.parametrize(
    ("change", "reasons"),
    [
        (_as_it_is, (Reason.SEEN, Reason.QUIET, Reason.NOT_OVER, Reason.BRIDGED)),
        (_with_gaps, (Reason.SILENT,)), (_every_five_minutes, (Reason.QUIET,)),
        (_stuck, (Reason.AT_FAULT,)), (_misread, (Reason.NO_MEASUREMENT,)),
        (_undated, (Reason.CLOCK_UNKNOWN,)), (_not_proven, (Reason.NOT_PROVEN,)),
        (_perhaps, (Reason.PERHAPS,)),
    ],
)  # fmt: skip
def test_each_minute_has_its_reason_and_agrees_with_the_facts(
    change: Callable[[Sensor], Sensor], reasons: Sequence[Reason]
) -> None:
    found = told(change(lamp(7)))
    for reason in reasons:
        at = found.among(reason)
        assert at.any()
        on_nobody = reason in {Reason.SILENT, Reason.NOT_OVER, Reason.BRIDGED}
        assert found.by[0][at].any() != on_nobody


def test_of_two_sensors_the_one_that_says_it_is_named() -> None:
    found = told(lamp(0, seed=1), _stuck(lamp(1, seed=2)), _with_gaps(lamp(2, seed=3)))
    later = np.arange(MINUTES) > 21 * DAY
    assert not found.by[1][found.among(Reason.SEEN) & later].any()
    assert found.by[:, found.among(Reason.QUIET)].any(axis=0).all()


def test_before_anything_watched_it_no_minute_is_told() -> None:
    one = lamp(3)
    values = np.where(np.arange(MINUTES) < 10 * DAY, np.nan, one.values)
    found = told(replace(one, values=values), begun=10 * DAY)
    first, *_ = found.spans(0, MINUTES)
    assert (first.end, first.reason, first.by) == (10 * DAY, Reason.NOT_WATCHED_YET, ())


@pytest.mark.parametrize("seed", range(2))
def test_rooms_with_faults_at_random_agree_with_their_facts(seed: int) -> None:
    rng = np.random.default_rng(seed)
    changes = rng.permutation(
        np.array([_as_it_is, _with_gaps, _stuck, _misread, _undated, _every_five_minutes])
    )
    lux, _used = office()
    lux[:, WINDOW.passed :] = np.nan
    told(*(
        change(replace(lamp(n), values=row, card_id=1 + n // 2, proven=bool(rng.random() < 0.6)))
        for n, (row, change) in enumerate(zip(lux, changes, strict=False))
    ))  # fmt: skip


def test_every_reason_state_and_fault_has_its_words() -> None:
    assert set(REASON_WORDS) == set(REASONS)
    assert set(STATE_WORDS) == set(State)
    assert set(HEALTH_WORDS) == set(Health)


KEPT: LiteralString = "SELECT sum(in_use_s) / 60, sum(covered_s) / 60 FROM usage_hour"


def test_what_is_looked_at_is_what_a_run_keeps_and_keeps_nothing_itself(
    desk: tuple[Connection, Place, Device], analytics_database: Database
) -> None:
    conn, _place, _node = desk
    today, settings = calendar.day_of(NOW), AnalyticsSettings()
    before = look(analytics_database, settings, "SIM-0000", today - timedelta(days=1), NOW)
    assert conn.execute(KEPT).fetchone() == (None, None)
    run_once(analytics_database, settings, NOW)
    last = look(analytics_database, settings, "SIM-0000", today, NOW)
    seen = [(one.minutes(), one.window.minute_after(calendar.midnight(one.days[0])))
            for one in (before, last)]  # fmt: skip
    in_use = sum(int(found.of(State.IN_USE)[since:].sum()) for found, since in seen)
    covered = sum(int(found.covered[since:].sum()) for found, since in seen)
    assert conn.execute(KEPT).fetchone() == (in_use, covered)
    assert before.minutes().among(Reason.PERHAPS).any()  # the ceiling's lamp
    unruled = "INSERT INTO category VALUES ('A99000000', 'books', NULL)"
    moved = "UPDATE card SET category = 'A99000000'"
    ended = "UPDATE binding SET until = since + INTERVAL '1 hour'"
    for change, code, refusal in (
        ("SELECT 1", "SIM-0001", "card.no_such_card"),
        (f"{unruled}; {moved}", "SIM-0000", "analytics.no_rule"),
        (ended, "SIM-0000", "analytics.not_watched"),
    ):
        conn.execute(change)
        with pytest.raises(Refused) as refused:
            look(analytics_database, settings, code, today, NOW)
        assert refused.value.code == refusal


def test_command_prints_minutes_as_lines_in_the_readers_language(
    desk: tuple[Connection, Place, Device], database: Copy
) -> None:
    assert desk  # its readings are of a day long past
    url = database.url(DatabaseRole.ANALYTICS)
    words = ["analytics", "minutes", "sim-0000"]
    for tongue, told in (("zh_CN.UTF-8", "不能判定  无数据"), ("C", "not determinable  no data")):
        environment = {"PANHUO_DATABASE_URL": url, "LC_ALL": tongue}
        said = CliRunner().invoke(main, words, env=environment)
        moment = r"\d{4}-\d\d-\d\d \d\d:\d\d"
        assert re.fullmatch(rf"{moment}  {moment}  {told}\n", said.output), said.output
        before = CliRunner().invoke(main, [*words, "--from", "2036-01-01"], env=environment)
        assert (before.exit_code, "--from" in before.stderr) == (1, True)
