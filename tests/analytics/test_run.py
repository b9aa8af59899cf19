"""I3 and I4 on a real database: readings become facts, verdicts and suggestions."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString

import pytest
from structlog.testing import capture_logs

from analytics import AnalyticsSettings, bind, detect, installing, run_once, suggestions
from analytics.assess import grid
from analytics.detect import Examined, Sensor
from db import Connection, Database, audit, scalar, single_connection
from db.roles import DatabaseRole
from ingest import changed_days, devices
from tests.analytics.conftest import BUSY, DEAD, IDLE, PRINTER, VEHICLE, Place, arrive, furnish
from tests.analytics.estates import NOW
from tests.fixtures.database import Copy

SETTINGS = AnalyticsSettings()

VERDICTS: LiteralString = (
    "SELECT card.code, assessment.verdict FROM assessment JOIN card ON card.id = card_id"
)
OPEN: LiteralString = (
    "SELECT card.code FROM suggestion JOIN card ON card.id = card_id WHERE state = 'open'"
)
# Everything that is kept but the times of keeping it.
KEPT: tuple[LiteralString, ...] = (
    "SELECT * FROM usage_session ORDER BY card_id, started_at",
    "SELECT * FROM usage_hour ORDER BY card_id, hour",
    "SELECT * FROM usage_day ORDER BY card_id, day",
    (
        "SELECT card_id, verdict, reasons, in_use_s, covered_s, service_s, sessions, valid_days,"
        " utilisation, upper_bound, last_use_at FROM assessment ORDER BY card_id"
    ),
    "SELECT sensor_id, state, last_ts, last_value, coverage FROM sensor_health ORDER BY sensor_id",
    "SELECT binding_id, how, proven_at, ended_at FROM sensor_proof ORDER BY binding_id, how",
)


def kept(conn: Connection) -> list[list[tuple[object, ...]]]:
    return [conn.execute(query).fetchall() for query in KEPT]


def verdicts(conn: Connection) -> dict[str, str]:
    return dict(conn.execute(VERDICTS).fetchall())


def suggested(conn: Connection) -> set[str]:
    return {code for (code,) in conn.execute(OPEN)}


MISREAD: LiteralString = """
    UPDATE reading SET value = %(value)s
     WHERE (sensor_id, ts) IN (SELECT sensor_id, ts FROM reading WHERE sensor_id = %(sensor)s
                                ORDER BY ts OFFSET 100 LIMIT %(count)s)
"""
LETTER: LiteralString = """
    INSERT INTO dead_letter
           (digest, first_at, last_at, gateway, topic, place, reason, detail, content)
    SELECT sha256(convert_to(%(name)s::text || n, 'UTF8')), %(at)s, %(at)s, %(gateway)s, '', 0,
           %(reason)s, %(name)s::text || ' -127.0 Cel', ''
      FROM generate_series(1, %(count)s::integer) AS n
"""
HEALTH: LiteralString = "SELECT state, misread FROM sensor_health WHERE sensor_id = %s"


def test_misreadings_are_counted_with_those_refused_on_arrival_and_the_readings_stay(
    place: Place, analytics_database: Database, owner: Connection
) -> None:
    gateway = scalar(owner, "SELECT name FROM gateway")
    lux, warmth = place.sensors["s1-0"], place.sensors["s1-1"]
    run_once(analytics_database, SETTINGS, NOW)
    hours = kept(owner)[1]
    owner.execute(MISREAD, {"value": 54_612.5, "sensor": lux, "count": 3})
    refused = {"gateway": gateway, "name": f"{gateway}:s1-1", "at": NOW, "reason": "out_of_range"}
    owner.execute(LETTER, refused | {"at": NOW - timedelta(hours=30), "count": 2})
    run_once(analytics_database, SETTINGS, NOW)
    assert owner.execute(HEALTH, (lux,)).fetchone() == ("ok", {"saturated": 3})
    assert owner.execute(HEALTH, (warmth,)).fetchone() == ("ok", {"refused": 2})
    assert verdicts(owner)[BUSY] == "in_use"
    stored = scalar(owner, "SELECT count(*) FROM reading WHERE value = 54612.5")
    assert stored == 3
    changed = [row for row, before in zip(kept(owner)[1], hours, strict=True) if row != before]
    assert len(changed) <= 1
    owner.execute(
        "INSERT INTO fault_value VALUES ('photoelectric', 54612.5, 0.5, 'saturated',"
        " false, 'ours', false, now(), 'clerk')"
    )
    run_once(analytics_database, SETTINGS, NOW)
    assert owner.execute(HEALTH, (lux,)).fetchone() == ("ok", {})
    owner.execute(LETTER, refused | {"name": f"{gateway}:s1-1 ", "count": 120})
    run_once(analytics_database, SETTINGS, NOW)
    assert verdicts(owner)[BUSY] == "in_use"  # a hundred of one minute are one moment's


def test_silence_of_a_gateway_whose_times_are_refused_is_its_clocks(
    bare: Place, analytics_database: Database, owner: Connection
) -> None:
    arrive(owner, bare, NOW - timedelta(days=30), NOW - timedelta(days=3))
    run_once(analytics_database, SETTINGS, NOW)
    assert owner.execute(HEALTH, (bare.sensors["s1-0"],)).fetchone() == ("silent", {})
    name = scalar(owner, "SELECT name FROM gateway")
    refused = {"gateway": name, "name": f"{name}:s1-0", "reason": "clock_unset", "count": 1}
    owner.execute(LETTER, refused | {"at": datetime.now(UTC)})
    run_once(analytics_database, SETTINGS, NOW)
    assert owner.execute(HEALTH, (bare.sensors["s1-0"],)).fetchone() == ("clock_off", {})


@pytest.fixture
def bare(owner: Connection) -> Place:
    """The library before its first reading."""
    with owner.transaction():
        return furnish(owner)


def test_unused_assets_are_suggested_and_dead_sensors_are_alarms(
    place: Place, analytics_database: Database, owner: Connection
) -> None:
    report = run_once(analytics_database, SETTINGS, NOW)
    assert report.assets == 5
    found = verdicts(owner)
    assert found[DEAD] == "device_alarm"
    assert found[BUSY] == "in_use"
    assert {found[code] for code in (IDLE, PRINTER, VEHICLE)} == {"idle"}
    assert suggested(owner) == {IDLE, PRINTER, VEHICLE}
    evidence = owner.execute(
        "SELECT evidence FROM suggestion WHERE card_id = %s", (place.cards[PRINTER],)
    ).fetchone()
    assert evidence is not None
    assert evidence[0]["rule"] == {
        "name": "printer", "version": 1, "rated_hours": 0.5, "threshold": 0.1,
        "upper_limit": 0.2, "minimum_days": 10, "minimum_coverage": 0.75,
    }  # fmt: skip
    assert evidence[0]["coverage"] > 0.9
    assert evidence[0]["utilisation"] < 0.1
    assert len(evidence[0]["days"]) == 27
    assert sum(week["hours"] for week in evidence[0]["weeks"]) == pytest.approx(
        evidence[0]["in_use_h"], abs=0.05
    )


def test_second_run_over_the_same_readings_changes_nothing(
    place: Place, analytics_database: Database, owner: Connection
) -> None:
    run_once(analytics_database, SETTINGS, NOW)
    before = kept(owner)
    report = run_once(analytics_database, SETTINGS, NOW)
    assert kept(owner) == before
    assert (report.raised, report.withdrawn) == (0, 0)


def test_late_readings_correct_the_past(
    bare: Place, analytics_database: Database, owner: Connection, database: Copy
) -> None:
    """Days that come late leave the same facts as if they had come in time."""
    gap = (NOW - timedelta(days=12), NOW - timedelta(days=9))
    with owner.transaction():
        arrive(owner, bare, NOW - timedelta(days=30), gap[0])
        arrive(owner, bare, gap[1], NOW)
    run_once(analytics_database, SETTINGS, NOW)
    before = kept(owner)
    with owner.transaction():
        arrive(owner, bare, *gap)
    run_once(analytics_database, SETTINGS, NOW)
    late = kept(owner)
    assert late != before
    with single_connection(database.url()) as conn:
        for table in ("usage_session", "usage_hour", "usage_day", "sensor_health", "assessment"):
            conn.execute(f"DELETE FROM {table}")
        conn.commit()
    run_once(analytics_database, SETTINGS, NOW)
    assert kept(owner) == late


def test_half_a_history_is_insufficient_and_no_alarm_while_more_is_on_the_way(
    bare: Place, analytics_database: Database, owner: Connection
) -> None:
    with owner.transaction():
        arrive(owner, bare, NOW - timedelta(days=30), NOW - timedelta(days=14))
        owner.execute(
            "INSERT INTO gateway_state (gateway_id, online, buffered, received_at)"
            " VALUES (%s, true, 4000, %s)",
            (bare.gateway, NOW),
        )
    run_once(analytics_database, SETTINGS, NOW)
    found = verdicts(owner)
    assert {found[code] for code in (IDLE, VEHICLE)} == {"insufficient"}
    assert [code for code in found if found[code] == "device_alarm"] == [DEAD]
    assert suggested(owner) == set()


def test_gateway_that_fell_silent_is_an_alarm_and_sets_its_suggestions_aside(
    place: Place, analytics_database: Database, owner: Connection
) -> None:
    run_once(analytics_database, SETTINGS, NOW)
    assert suggested(owner)
    report = run_once(analytics_database, SETTINGS, NOW + timedelta(days=2))
    assert set(verdicts(owner).values()) == {"device_alarm"}
    assert suggested(owner) == set()
    assert (report.waiting, report.withdrawn) == (3, 0)
    reasons = owner.execute("SELECT DISTINCT reason, state FROM suggestion").fetchall()
    assert reasons == [("sensor_silent", "waiting")]


def test_asset_without_readings_or_rule_does_not_stop_the_run(
    bare: Place, analytics_database: Database, owner: Connection
) -> None:
    owner.execute(
        "DELETE FROM idle_rule WHERE category = (SELECT category FROM card WHERE code = %s)",
        (VEHICLE,),
    )
    report = run_once(analytics_database, SETTINGS, NOW)
    assert (report.assets, report.without_rule) == (4, 1)
    assert set(verdicts(owner).values()) == {"device_alarm"}


@pytest.mark.usefixtures("bare")
def test_gateway_that_is_being_installed_is_no_alarm_yet(
    analytics_database: Database, owner: Connection
) -> None:
    owner.execute("UPDATE gateway SET registered_at = now()")
    assert run_once(analytics_database, SETTINGS, NOW).assets == 0
    owner.execute("UPDATE gateway SET registered_at = now() - INTERVAL '25 hours'")
    assert run_once(analytics_database, SETTINGS, NOW).assets == 5
    assert set(verdicts(owner).values()) == {"device_alarm"}


def test_empty_estate_is_judged_in_peace(analytics_database: Database) -> None:
    assert run_once(analytics_database, SETTINGS, NOW).assets == 0


@pytest.mark.parametrize(
    ("later", "unchanged"), [(timedelta(minutes=5), 5), (timedelta(days=1, minutes=1), 0)]
)
def test_gateway_without_news_is_passed_over_until_the_day_is_over(
    place: Place, analytics_database: Database, later: timedelta, unchanged: int
) -> None:
    made = NOW + timedelta(minutes=20)
    run_once(analytics_database, SETTINGS, made)
    report = run_once(analytics_database, SETTINGS, made + later, everything=False)
    assert report.unchanged == unchanged


WAITS: LiteralString = """
    SELECT EXISTS (SELECT FROM pg_locks
                    WHERE relation = 'changed_day'::regclass AND NOT granted)
"""
LAST_HEARD: LiteralString = "SELECT last_ts FROM sensor_health WHERE sensor_id = %(sensor)s"


def test_pack_whose_day_is_noted_already_is_waited_for_while_it_is_stored(
    place: Place, analytics_database: Database, owner: Connection, database: Copy
) -> None:
    made, sensor = NOW + timedelta(minutes=20), place.sensors["s1-0"]
    at = made - timedelta(minutes=1)
    span = (place.gateway, at.timestamp(), at.timestamp())
    run_once(analytics_database, SETTINGS, NOW)
    changed_days.mark_arrived(owner, [span])
    with (
        ThreadPoolExecutor() as pool,
        single_connection(database.url(DatabaseRole.COLLECTOR)) as collector,
    ):
        collector.execute("INSERT INTO reading VALUES (%s, %s, 3)", (at, sensor))
        changed_days.mark_arrived(collector, [span])  # notes nothing: it is noted
        run = pool.submit(run_once, analytics_database, SETTINGS, made, everything=False)
        while not scalar(owner, WAITS):
            assert not run.done()
        collector.commit()
        assert run.result().assets == 5
    assert scalar(owner, LAST_HEARD, sensor=sensor) == at


def test_new_pack_has_its_gateway_judged_again(
    place: Place, analytics_database: Database, owner: Connection
) -> None:
    made = NOW + timedelta(minutes=1)
    run_once(analytics_database, SETTINGS, made)
    arrived = (made + timedelta(minutes=2)).timestamp()
    changed_days.mark_arrived(owner, [(place.gateway, arrived, arrived)])
    later = made + timedelta(minutes=5)
    report = run_once(analytics_database, SETTINGS, later, everything=False)
    assert (report.assets, report.unchanged) == (5, 0)


SECOND_GATEWAY: LiteralString = """
    INSERT INTO gateway (name, unit_id, password_hash, registered_at)
    VALUES ('other', %(unit)s, 'x', now() - INTERVAL '60 days') RETURNING id
"""
NEVER_HEARD: LiteralString = """
    INSERT INTO sensor (gateway_id, name, kind, minimum, maximum)
    VALUES (%(gateway)s, 'never-heard', 'temperature', -50, 100) RETURNING id
"""


@pytest.fixture
def on_two_gateways(place: Place, owner: Connection) -> None:
    """The unused desk has one sensor more, never heard, on a gateway that is judged first."""
    with owner.transaction():
        other = scalar(owner, SECOND_GATEWAY, unit=place.unit)
        owner.execute("UPDATE sensor SET gateway_id = %s", (other,))
        sensor = scalar(owner, NEVER_HEARD, gateway=place.gateway)
        assert isinstance(sensor, int)
        bind(owner, sensor, place.cards[IDLE], NOW - timedelta(days=28))


@pytest.mark.usefixtures("on_two_gateways")
def test_asset_with_sensors_on_two_gateways_is_judged_by_all_of_them(
    analytics_database: Database, owner: Connection
) -> None:
    report = run_once(analytics_database, SETTINGS, NOW)
    assert report.assets == 5
    assert verdicts(owner)[IDLE] == "device_alarm"
    assert suggested(owner) == {PRINTER, VEHICLE}
    assert (report.raised, report.withdrawn) == (2, 0)
    again = run_once(analytics_database, SETTINGS, NOW + timedelta(minutes=1), everything=False)
    assert again.assets + again.unchanged == 5


def test_gateway_whose_judgement_breaks_off_stops_no_other(
    place: Place,
    analytics_database: Database,
    owner: Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = scalar(owner, SECOND_GATEWAY, unit=place.unit)
    moved = [place.sensors[name] for name in ("s1-0", "s1-1")]  # the busy desk's
    owner.execute("UPDATE sensor SET gateway_id = %s WHERE id = ANY(%s)", (other, moved))
    run_once(analytics_database, SETTINGS, NOW)
    owner.execute("DELETE FROM assessment")
    owner.execute("UPDATE card SET status = 'disposed' WHERE code = %s", (PRINTER,))

    def broken(sensors: Sequence[Sensor], *rest: Any) -> list[Examined]:
        if any(one.kind == "position" for one in sensors):
            raise ZeroDivisionError("an odd sensor")
        return detect.examine(sensors, *rest)

    monkeypatch.setattr("analytics.rooms.examine", broken)
    with capture_logs() as logged:
        report = run_once(analytics_database, SETTINGS, NOW)
    assert verdicts(owner) == {BUSY: "in_use"}
    assert suggested(owner) == {IDLE, VEHICLE}  # as the run before left them
    assert (report.assets, report.failed, report.withdrawn) == (1, 3, 1)
    assert "3 assets FAILED" in str(report)
    (failure,) = (line for line in logged if line["log_level"] == "error")
    own = scalar(owner, "SELECT name FROM gateway WHERE id = %(id)s", id=place.gateway)
    assert failure["gateways"] == [own]


def test_nearest_categories_newest_rule_holds(
    place: Place, analytics_database: Database, owner: Connection
) -> None:
    owner.execute("INSERT INTO category VALUES ('A01010000', 'reading desk', 'A01000000')")
    owner.execute("UPDATE card SET category = 'A01010000' WHERE code = %s", (IDLE,))
    owner.execute(
        "INSERT INTO idle_rule (category, version, name, hours_a_day, minimum_days, made_by)"
        " VALUES ('A01000000', 2, 'stricter', 4, 25, 'test')"
    )
    run_once(analytics_database, SETTINGS, NOW)
    row = owner.execute(
        "SELECT verdict, reasons, idle_rule.name FROM assessment"
        " JOIN idle_rule ON idle_rule.id = rule_id WHERE card_id = %s",
        (place.cards[IDLE],),
    ).fetchone()
    assert row == ("insufficient", ["too_few_days"], "stricter")


def test_readings_before_a_sensor_was_bound_are_not_this_assets(
    place: Place, analytics_database: Database, owner: Connection
) -> None:
    since: datetime = NOW - timedelta(days=3)
    owner.execute("UPDATE binding SET since = %s WHERE card_id = %s", (since, place.cards[BUSY]))
    run_once(analytics_database, SETTINGS, NOW)
    assert verdicts(owner)[BUSY] == "insufficient"
    first = owner.execute(
        "SELECT min(started_at) FROM usage_session WHERE card_id = %s", (place.cards[BUSY],)
    ).fetchone()
    assert first is not None
    assert first[0] >= since


def test_card_keeps_what_the_sensors_measured_that_were_replaced(
    place: Place, analytics_database: Database, owner: Connection
) -> None:  # I10
    card = place.cards[BUSY]
    facts: tuple[LiteralString, ...] = (
        "SELECT started_at, ended_at FROM usage_session WHERE card_id = %s AND started_at < %s",
        "SELECT day, in_use_s, covered_s, valid FROM usage_day WHERE card_id = %s AND day < %s",
        "SELECT hour, in_use_s, covered_s FROM usage_hour WHERE card_id = %s AND hour < %s",
    )
    midnight = grid(NOW, 1).start

    def of_card() -> list[list[tuple[object, ...]]]:
        return [sorted(owner.execute(query, (card, midnight)).fetchall()) for query in facts]

    run_once(analytics_database, SETTINGS, NOW)
    before = of_card()
    watching: LiteralString = "SELECT sensor_id FROM binding WHERE card_id = %s AND until IS NULL"
    with owner.transaction():
        for (sensor,) in owner.execute(watching, (card,)).fetchall():
            name = scalar(owner, "SELECT name FROM sensor WHERE id = %(id)s", id=sensor)
            old = devices.find_sensor(owner, "gw-0001", str(name))
            installing.replace(
                owner, "clerk", old, str(name), devices.kind_of(owner, old).name, NOW
            )
    run_once(analytics_database, SETTINGS, NOW + timedelta(hours=2))
    after = of_card()
    assert [len(rows) for rows in before] != [0, 0, 0]
    assert after == before
    assert verdicts(owner)[BUSY] == "device_alarm"


def test_dismissed_suggestion_is_audited_and_stays_quiet(
    place: Place, analytics_database: Database, owner: Connection
) -> None:
    clerk = place.users["clerk"]
    run_once(analytics_database, SETTINGS, NOW)
    found = suggestions.standing_of(owner, clerk, IDLE)
    assert found is not None
    suggestions.dismiss(owner, clerk, "clerk", found.id, " kept for the flood season ", NOW)
    run_once(analytics_database, SETTINGS, NOW + timedelta(minutes=10))
    assert suggestions.standing_of(owner, clerk, IDLE) is None
    closed = suggestions.one(owner, clerk, found.id)
    assert closed is not None
    assert (closed.state, closed.reason) == ("dismissed", "kept for the flood season")
    row = owner.execute(
        "SELECT actor FROM audit_entry WHERE action = 'suggestion.dismissed' AND subject = %s",
        (f"suggestion:{found.id}",),
    ).fetchall()
    assert row == [("clerk",)]
    with owner.transaction():
        assert not audit.verify(audit.entries(owner), audit.head(owner)).breaks
