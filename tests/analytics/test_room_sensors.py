"""I1, I4: a sensor that watches its room tells the room's lamps from an asset's own."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final, LiteralString

import numpy as np
import pytest

from analytics import AnalyticsSettings, installing, monitoring, run_once
from analytics.assess import assess, grid
from analytics.detect import Sensor, examine
from analytics.grid import Floats
from db import Connection, Database, Refused, scalar
from ingest import devices, proof
from ingest.device_events import Device
from tests.analytics.conftest import Place
from tests.analytics.estates import NOW, rule
from tests.analytics.rooms import MINUTES, ceiling, measured, office, sun, uses

SETTINGS: Final = AnalyticsSettings()
LATER: Final = NOW + timedelta(minutes=5)

VERDICT: LiteralString = "SELECT verdict, reasons FROM assessment"
HEALTH: LiteralString = """
    SELECT sensor.name, sensor_health.state, examined_at
      FROM sensor_health JOIN sensor ON sensor.id = sensor_id
     ORDER BY 1
"""


def test_a_sensor_of_the_room_takes_its_lamps_from_the_asset_and_goes_back_to_a_card(
    desk: tuple[Connection, Place, Device], analytics_database: Database
) -> None:
    conn, place, node = desk
    run_once(analytics_database, SETTINGS, NOW)
    assert conn.execute(VERDICT).fetchone() == ("not_determinable", ["perhaps_used"])
    assert conn.execute(HEALTH).fetchall() == [("s0-0", "ok", NOW)]
    installing.put_up(conn, "clerk", node, NOW, since=grid(NOW, 28).start)
    assert run_once(analytics_database, SETTINGS, NOW, everything=False).assets == 1
    assert conn.execute(VERDICT).fetchone() == ("idle", ["low_use"])
    assert conn.execute(HEALTH).fetchall() == [("room", "ok", NOW), ("s0-0", "ok", NOW)]
    for refusal, act in (
        ("binding.of_room", lambda: installing.bind(conn, "clerk", node, "SIM-0000", LATER)),
        ("binding.of_room", lambda: installing.put_up(conn, "clerk", node, LATER)),
        ("proof.not_bound", lambda: proof.binding_of(conn, place.sensors["room"])),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code == refusal
    shown = monitoring.room_sensors(conn, place.cards["SIM-0000"])
    assert [(one.name, one.state) for one in shown] == [("room", "ok")]
    installing.move(conn, "clerk", node, "SIM-0000", LATER)
    assert monitoring.room_sensors(conn, place.cards["SIM-0000"]) == []
    assert [one.name for one in monitoring.sensors(conn, place.cards["SIM-0000"])] == [
        "room", "s0-0",
    ]  # fmt: skip
    kinds = "SELECT array_agg(kind ORDER BY id) FROM device_event WHERE sensor_id = %(node)s"
    assert scalar(conn, kinds, node=node.sensor_id) == ["put_up", "taken_down", "bound"]


def test_a_gateway_that_watches_its_room_alone_keeps_its_health_and_raises_alarms_in_scope(
    desk: tuple[Connection, Place, Device], analytics_database: Database
) -> None:
    conn, place, node = desk
    installing.unbind(conn, "clerk", Device(1, "gw-0001", place.sensors["s0-0"], "s0-0"), NOW)
    installing.put_up(conn, "clerk", node, NOW - timedelta(days=3))
    run_once(analytics_database, SETTINGS, NOW + timedelta(days=2))
    assert conn.execute(VERDICT).fetchone() is None
    silent = ("room", "silent", NOW + timedelta(days=2))
    assert conn.execute(HEALTH).fetchall() == [silent]
    (alarm,) = monitoring.alarms(conn, place.users["clerk"])
    assert (alarm.code, alarm.name, alarm.sensor) == (None, "gw-0001", "gw-0001:room")
    assert monitoring.alarm_count(conn, place.users["clerk"]) == 1
    assert monitoring.alarms(conn, place.users["stranger"]) == []
    run_once(analytics_database, SETTINGS, NOW + timedelta(days=2, hours=1), everything=False)
    assert conn.execute(HEALTH).fetchall() == [silent]  # nothing came: it is passed over


def test_only_what_tells_of_a_room_is_put_up_in_one(
    desk: tuple[Connection, Place, Device],
) -> None:
    conn, place, node = desk
    counter = devices.find_sensor(conn, "gw-0001", "pulses")
    with pytest.raises(Refused) as refused:
        installing.put_up(conn, "clerk", counter, NOW)
    assert refused.value.code == "binding.no_use_in_room"
    lamp = devices.find_sensor(conn, "gw-0001", "s0-0")
    with pytest.raises(Refused) as refused:
        installing.put_up(conn, "clerk", lamp, NOW)
    assert refused.value.code == "binding.bound_elsewhere"
    installing.turn_to_room(conn, "clerk", lamp, NOW)
    ended = "SELECT end_reason FROM sensor_proof"
    assert scalar(conn, ended) == "moved"
    fresh = installing.replace(conn, "clerk", lamp, "s0-1", "photoelectric", LATER)
    assert installing.watches_room(conn, fresh)
    with pytest.raises(Refused) as refused:
        installing.replace(conn, "clerk", fresh, "s0-2", "pulses", LATER)
    assert refused.value.code == "binding.no_use_in_room"
    assert place.sensors["room"] == node.sensor_id


def told(rows: Sequence[Floats], kind: str, rose: float | None = None) -> str:
    """The verdict on the first of one room's proven sensors; the last watches the room."""
    window = grid(NOW, 28)
    sensors = [
        Sensor(
            n, n, kind, np.where(np.arange(MINUTES) < window.passed, row, np.nan),
            proven=n < len(rows) - 1, rose=rose if n == 0 else None,
            reference=n == len(rows) - 1, misread={},
        )
        for n, row in enumerate(rows)
    ]  # fmt: skip
    examined = examine(sensors, 1440, window.passed)
    return assess(0, examined[:1], rule("desk"), window, window.start).judged.verdict.value


@pytest.mark.parametrize(("rose", "share"), [(180.0, 0.6), (180.0, 1.5), (None, 1.0)])
def test_a_busy_asset_is_not_idle_where_its_lamp_lights_the_rooms_sensor(
    rose: float | None, share: float
) -> None:
    use = uses(6)
    desk = measured(0.2 * sun(9) + 120.0 * ceiling(5) + 180.0 * use, 1)
    room = measured(0.4 * sun(9) + 90.0 * ceiling(5) + share * 180.0 * use, 2)
    assert told([desk, room], "photoelectric", rose) == ("in_use" if rose else "not_determinable")


@pytest.mark.parametrize("assets", [1, 3])
def test_a_busy_asset_is_not_idle_where_it_warms_the_rooms_sensor(assets: int) -> None:
    rng = np.random.default_rng(4)
    # A device follows what it gives off with a lag of 20 minutes.
    lag = np.exp(-np.arange(200) / 20.0) / 20.0
    warmths = [5.0 * np.convolve(uses(n + 1), lag)[:MINUTES] for n in range(assets)]
    rows = [24.0 + warmth + rng.normal(0.0, 0.05, MINUTES) for warmth in (*warmths, warmths[0])]
    assert told(rows, "temperature") != "idle"


def test_a_rooms_sensor_that_fell_silent_leaves_the_room_to_the_assets() -> None:
    lux, used = office()
    dead = np.where(np.arange(MINUTES) < 1440, lux[0], np.nan)
    alone = examine([_lamp(n, row) for n, row in enumerate(lux)], MINUTES, MINUTES)
    beside = examine(
        [*(_lamp(n, row) for n, row in enumerate(lux)), replace(_lamp(9, dead), reference=True)],
        MINUTES, MINUTES,
    )  # fmt: skip
    for one, other, true in zip(alone, beside, used, strict=False):
        assert other.seen.use.sum() == pytest.approx(one.seen.use.sum(), rel=0.05, abs=60)
        assert true.any() or not other.seen.use.any()


def _lamp(number: int, lux: Floats) -> Sensor:
    return Sensor(number, number, "photoelectric", lux, proven=True, misread={})
