"""I10 on a real database: a sensor once seen to react stays proven until there is a reason not to."""

from datetime import datetime, timedelta
from typing import LiteralString

import pytest

from analytics import AnalyticsSettings, bind, run_once
from db import Connection, Database, Refused, audit, scalar, single_connection
from db.roles import DatabaseRole
from ingest import proof
from tests.analytics.conftest import Place, arrive, furnish
from tests.analytics.estates import NOW
from tests.firmware_sim.estates import estate
from tests.fixtures.database import Copy

SETTINGS = AnalyticsSettings()
USED = estate(("desk", "1.0", "none", "photoelectric"), ("desk", "1.0", "none", "photoelectric"))
UNUSED = estate(("desk", "0.0", "none", "photoelectric"), ("desk", "0.0", "none", "photoelectric"))
DESK, OTHER = "SIM-0000", "SIM-0001"
LATER = NOW + timedelta(days=30)  # the window of use has passed

PROOFS: LiteralString = """
    SELECT how, proven_by, end_reason
      FROM sensor_proof JOIN binding ON binding.id = binding_id JOIN card ON card.id = card_id
     WHERE card.code = %s ORDER BY sensor_proof.id
"""
VERDICT: LiteralString = """
    SELECT verdict, reasons FROM assessment JOIN card ON card.id = card_id WHERE card.code = %s
"""

USED_BEFORE: LiteralString = """
    SELECT sum(in_use_s) FROM usage_day JOIN card ON card.id = card_id
     WHERE card.code = %(code)s AND day BETWEEN %(since)s AND %(until)s
"""
SPANS: LiteralString = """
    SELECT state FROM sensor_health_span AS span
     WHERE sensor_id = %s
       AND (until IS NULL OR until = (SELECT min(since) FROM sensor_health_span
                                       WHERE sensor_id = span.sensor_id AND since > span.since))
     ORDER BY since
"""


def used_before(owner: Connection) -> float:
    """Seconds for which the desk was used, by the days that every window of the test holds."""
    days = {"since": NOW.date() - timedelta(days=20), "until": NOW.date() - timedelta(days=2)}
    return float(str(scalar(owner, USED_BEFORE, code=DESK, **days)))


@pytest.fixture
def used(owner: Connection) -> Place:
    """Two desks that nobody tested, in use until NOW."""
    with owner.transaction():
        place = furnish(owner, USED)
        owner.execute("DELETE FROM sensor_proof")
        arrive(owner, place, NOW - timedelta(days=30), NOW, USED)
    return place


def unused_until(owner: Connection, place: Place, since: datetime, until: datetime) -> None:
    with owner.transaction():
        arrive(owner, place, since, until, UNUSED, now=until)


def proofs(owner: Connection, code: str = DESK) -> list[tuple[object, ...]]:
    return owner.execute(PROOFS, (code,)).fetchall()


def passed(conn: Connection, binding: int) -> bool:
    how = proof.How.COMMISSIONING
    return proof.prove(conn, binding, how=how, by="clerk", at=NOW, levels=[3, 180])


def test_asset_unused_for_longer_than_the_window_keeps_the_proof_of_its_use(
    used: Place, analytics_database: Database, owner: Connection
) -> None:
    run_once(analytics_database, SETTINGS, NOW)
    assert proofs(owner) == [("use", "system:analytics", None)]
    unused_until(owner, used, NOW, LATER)
    run_once(analytics_database, SETTINGS, LATER)
    assert owner.execute(VERDICT, (DESK,)).fetchone() == ("idle", ["low_use"])
    assert proofs(owner) == [("use", "system:analytics", None)]
    noted = "SELECT count(*) FROM audit_entry WHERE action = 'sensor.proven'"
    assert scalar(owner, noted) == 2


def test_sensor_that_is_moved_has_to_prove_itself_again(
    used: Place, analytics_database: Database, owner: Connection
) -> None:
    run_once(analytics_database, SETTINGS, NOW)
    sensor = used.sensors["s0-0"]
    bind(owner, used.sensors["s1-0"], used.cards[DESK], NOW)
    bind(owner, sensor, used.cards[OTHER], NOW)
    assert proofs(owner) == [("use", "system:analytics", "moved")]
    unused_until(owner, used, NOW, LATER)
    run_once(analytics_database, SETTINGS, LATER)
    verdict = owner.execute(VERDICT, (OTHER,)).fetchone()
    assert verdict is not None
    assert verdict[0] == "insufficient"
    assert "not_proven" in verdict[1]


def test_alarm_that_doubts_what_a_sensor_says_ends_its_proof_for_good(
    used: Place, analytics_database: Database, owner: Connection
) -> None:
    """Use seen before the alarm, still in the window, proves nothing once the alarm is over; but
    what it said before stays, and how it was is kept.
    """
    run_once(analytics_database, SETTINGS, NOW - timedelta(days=1))
    before = used_before(owner)
    assert before > timedelta(hours=40).total_seconds()
    owner.execute(
        "UPDATE reading SET value = 55 WHERE sensor_id = %s AND ts > %s",
        (used.sensors["s0-0"], NOW - timedelta(days=1)),
    )
    run_once(analytics_database, SETTINGS, NOW)
    assert owner.execute(VERDICT, (DESK,)).fetchone() == ("device_alarm", ["sensor_stuck"])
    until = NOW + timedelta(days=2)
    unused_until(owner, used, NOW, until)
    run_once(analytics_database, SETTINGS, until)
    health = "SELECT state FROM sensor_health WHERE sensor_id = %(sensor)s"
    assert scalar(owner, health, sensor=used.sensors["s0-0"]) == "ok"
    assert proofs(owner) == [("use", "system:analytics", "alarmed")]
    assert used_before(owner) == before
    states = [state for (state,) in owner.execute(SPANS, (used.sensors["s0-0"],))]
    assert states[-2:] == ["stuck", "ok"]


def test_what_stands_for_half_a_night_is_no_alarm_within_the_day_and_ends_no_proof(
    used: Place, analytics_database: Database, owner: Connection
) -> None:
    """Of two days that is a quarter, of the window it is nothing."""
    sensor, noon = used.sensors["s0-0"], NOW - timedelta(hours=14)
    owner.execute(
        "UPDATE reading SET value = 55 WHERE sensor_id = %s AND ts > %s AND ts < %s",
        (sensor, noon - timedelta(hours=12), noon),
    )
    assert passed(owner, proof.binding_of(owner, sensor))
    for hour in range(2):
        run_once(analytics_database, SETTINGS, NOW + timedelta(hours=hour))
    assert {end for _, _, end in proofs(owner)} == {None}


def test_test_passed_after_it_was_mended_outlasts_the_alarms_days_in_the_window(
    used: Place, analytics_database: Database, owner: Connection
) -> None:
    sensor, mended = used.sensors["s0-0"], NOW + timedelta(hours=3)
    run_once(analytics_database, SETTINGS, NOW)
    owner.execute(
        "UPDATE reading SET value = 55 WHERE sensor_id = %s AND ts > %s",
        (sensor, NOW - timedelta(days=12)),
    )
    run_once(analytics_database, SETTINGS, NOW)
    assert proofs(owner) == [("use", "system:analytics", "alarmed")]
    assert passed(owner, proof.binding_of(owner, sensor))
    unused_until(owner, used, NOW, mended)
    run_once(analytics_database, SETTINGS, mended)
    assert owner.execute(VERDICT, (DESK,)).fetchone() == ("device_alarm", ["sensor_stuck"])
    assert proofs(owner)[1:] == [("commissioning", "clerk", None)]


def test_silence_of_the_network_leaves_the_proof(
    used: Place, analytics_database: Database, owner: Connection
) -> None:
    run_once(analytics_database, SETTINGS, NOW)
    run_once(analytics_database, SETTINGS, LATER)
    assert owner.execute(VERDICT, (DESK,)).fetchone() == ("device_alarm", ["sensor_silent"])
    assert proofs(owner) == [("use", "system:analytics", None)]


def test_a_test_passed_is_proof_of_the_binding_it_was_made_in_and_of_no_other(
    used: Place, owner: Connection, database: Copy
) -> None:
    sensor = used.sensors["s0-0"]
    binding = proof.binding_of(owner, sensor)
    owner.execute("UPDATE binding SET until = %s WHERE id = %s", (NOW, binding))
    with single_connection(database.url(DatabaseRole.PORTAL)) as conn:
        assert not passed(conn, binding)
        with pytest.raises(Refused) as refused:
            proof.binding_of(conn, sensor)
        assert refused.value.code == "proof.not_bound"
        bind(conn, sensor, used.cards[OTHER], NOW)
        assert passed(conn, proof.binding_of(conn, sensor))
        conn.commit()
    assert proofs(owner) == []
    assert proofs(owner, OTHER) == [("commissioning", "clerk", None)]
    with owner.transaction():
        assert not audit.verify(audit.entries(owner), audit.head(owner)).breaks
