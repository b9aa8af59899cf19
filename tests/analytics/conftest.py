"""An organisation whose assets are watched by a simulated gateway."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, LiteralString

import pytest

from analytics import AnalyticsSettings, bind, run_once
from analytics.assess import grid
from analytics.grid import Floats
from bench.score.adapter import NORMS
from db import Connection, Database, scalar, single_connection
from db.roles import DatabaseRole
from db.server import Server
from firmware_sim import telling
from firmware_sim.estate import Estate
from ingest import changed_days, devices, proof
from ingest.device_events import Device
from tests.analytics.estates import NOW, readings
from tests.analytics.rooms import MINUTES, ceiling, measured, sun
from tests.firmware_sim.estates import estate
from tests.fixtures.database import Copy, _copied

SEED = 5
LIBRARY = estate(
    ("desk", "0.0", "none", "photoelectric", "temperature"),
    ("desk", "1.0", "none", "photoelectric", "temperature"),
    ("desk", "0.0", "dead", "photoelectric", "temperature"),
    ("printer", "0.03", "none", "pulses", "temperature"),
    ("vehicle", "0.0", "none", "position", "temperature"),
)
ONE_DESK = estate(("desk", "0.0", "none", "photoelectric"))
IDLE, BUSY, DEAD, PRINTER, VEHICLE = (f"SIM-000{n}" for n in range(5))

UNIT: LiteralString = """
    INSERT INTO unit (code, name, kind, division) VALUES (%(code)s, %(code)s, 'unit', '460100')
    RETURNING id
"""
USER: LiteralString = """
    INSERT INTO app_user (login, name, type, unit_id, password_hash)
    VALUES (%(login)s, %(login)s, %(type)s, %(unit)s, 'x') RETURNING id
"""
CARD: LiteralString = """
    INSERT INTO card (unit_id, code, name, category, type, quantity, measure, original_value,
           status)
    VALUES (%(unit)s, %(code)s, %(name)s, %(category)s, %(type)s, 1, '台', %(value)s, 'in_use')
    RETURNING id
"""
RULE: LiteralString = """
    INSERT INTO idle_rule (category, version, name, hours_a_day, class_hours, session_gap_s,
           session_least_s, made_by)
    VALUES (%(category)s, 1, %(name)s, %(rated)s, %(usual)s, %(gap)s, %(least)s, 'test')
"""
GATEWAY: LiteralString = """
    INSERT INTO gateway (name, unit_id, password_hash, registered_at)
    VALUES (%(name)s, %(unit)s, 'x', now() - INTERVAL '60 days') RETURNING id
"""
SENSOR: LiteralString = """
    INSERT INTO sensor (gateway_id, name, kind, minimum, maximum)
    VALUES (%(gateway)s, %(name)s, %(kind)s, -1000, 200000) RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Place:
    """What was made: ids by code, by sensor name and by login."""

    unit: int
    gateway: int
    cards: dict[str, int]
    sensors: dict[str, int]
    users: dict[str, int]


def _key(conn: Connection, query: LiteralString, **facts: object) -> int:
    key = scalar(conn, query, **facts)
    assert isinstance(key, int)
    return key


def commissioned(conn: Connection, sensor: int, at: datetime, **seen: float) -> None:
    """The sensor passes its test, as it is bound now, by what was `seen`."""
    binding = proof.binding_of(conn, sensor)
    proof.prove(conn, binding, how=proof.How.COMMISSIONING, by="clerk", at=at, **seen)


def furnish(conn: Connection, plan: Estate = LIBRARY, now: datetime = NOW) -> Place:
    """A unit with the plan's assets as cards, its sensors bound over the days judged at `now`."""
    conn.execute("INSERT INTO division VALUES ('460100', '海口市', 'prefecture', NULL)")
    unit, other = (_key(conn, UNIT, code=code) for code in ("library", "hospital"))
    users = {
        "clerk": _key(conn, USER, login="clerk", type="003", unit=unit),
        "stranger": _key(conn, USER, login="stranger", type="003", unit=other),
    }
    conn.execute("DELETE FROM idle_rule")  # the archetypes have rules of their own
    categories = {}
    for number, (archetype, (rated, usual, gap, least)) in enumerate(NORMS.items(), start=1):
        code = categories[archetype] = f"A0{number}000000"
        conn.execute("INSERT INTO category VALUES (%s, %s, NULL)", (code, archetype))
        facts = {"category": code, "name": archetype, "rated": rated, "usual": usual}
        conn.execute(RULE, facts | {"gap": gap, "least": least})
    (gateway_plan,) = plan.gateways
    gateway = _key(conn, GATEWAY, name=gateway_plan.id, unit=unit)
    since = grid(now, 28).start
    cards, sensors = {}, {}
    for number, asset in enumerate(gateway_plan.assets):
        code, kind = f"SIM-{number:04}", asset.archetype.value
        type_ = "vehicle" if kind == "vehicle" else "general_equipment"
        cards[code] = _key(
            conn, CARD, unit=unit, code=code, name=f"{kind} {number}",
            category=categories[kind], type=type_, value=1000 * (number + 1),
        )  # fmt: skip
        for sensor in asset.sensors:
            key = sensors[sensor.name] = _key(
                conn, SENSOR, gateway=gateway, name=sensor.name, kind=sensor.kind.value
            )
            bind(conn, key, cards[code], since)
            levels = telling.test_levels(SEED, gateway_plan, asset, sensor)
            seen = {"on": levels[1], "rose": levels[1] - levels[0]} if levels else {}
            commissioned(conn, key, since, **seen)
    return Place(unit, gateway, cards, sensors, users)


@cache
def _measured(plan: Estate, now: datetime) -> dict[str, tuple[Any, ...]]:
    (gateway_plan,) = plan.gateways
    return readings(SEED, gateway_plan, grid(now, 28), now)


@cache
def _rows(
    plan: Estate, now: datetime, name: str, sensor: int, since: datetime, before: datetime
) -> str:
    """COPY's text of what one sensor measured in [since, before)."""
    at, values = _measured(plan, now)[name]
    within = (at >= since.timestamp()) & (at < before.timestamp())
    lines = []
    for moment, row in zip(at[within].tolist(), values[within].tolist(), strict=True):
        stamp = datetime.fromtimestamp(moment, UTC).isoformat()
        lines.append("\t".join([stamp, str(sensor), *map(repr, row)]) + "\n")
    return "".join(lines)


def arrive(
    conn: Connection,
    place: Place,
    since: datetime,
    before: datetime,
    plan: Estate = LIBRARY,
    now: datetime = NOW,
) -> int:
    """Store what the sensors measured in [since, before), as the collector would; how many."""
    (gateway_plan,) = plan.gateways
    kinds = {s.name: s.kind.value for a in gateway_plan.assets for s in a.sensors}
    stored = 0
    for name, kind in kinds.items():
        table = "position" if kind == "position" else "reading"
        rows = _rows(plan, now, name, place.sensors[name], since, before)
        with conn.cursor().copy(f"COPY {table} FROM STDIN") as copy:
            copy.write(rows)
        stored += rows.count("\n")
    conn.execute(
        "INSERT INTO pack (received_at, gateway_id, seq, records, refused, first_ts, last_ts)"
        " VALUES (%s, %s, 1, %s, 0, %s, %s)",
        (before, place.gateway, stored, since, before),
    )
    span = (place.gateway, since.timestamp(), before.timestamp() - 1)
    changed_days.mark_arrived(conn, [span])
    return stored


@pytest.fixture
def place(database: Copy) -> Place:
    """The library with 28 days of readings, in a database of the test's own."""
    with single_connection(database.url()) as conn:
        made = furnish(conn)
        arrive(conn, made, NOW - timedelta(days=30), NOW)
        conn.commit()
    return made


@pytest.fixture
def analytics_database(database: Copy) -> Iterator[Database]:
    """The database as the role of analytics reaches it."""
    with Database(database.url(DatabaseRole.ANALYTICS)) as opened:
        yield opened


@pytest.fixture
def owner(database: Copy) -> Iterator[Connection]:
    """The owner's connection to the same database, each statement its own transaction."""
    with single_connection(database.url(), autocommit=True) as conn:
        yield conn


def store_by_minute(conn: Connection, sensor: int, lux: Floats, every: int) -> None:
    """What a sensor said of (minutes,) until NOW."""
    start = grid(NOW, 28).start
    with conn.cursor().copy("COPY reading FROM STDIN") as copy:
        for minute in range(0, MINUTES, every):
            at = start + timedelta(minutes=minute)
            if at < NOW:
                copy.write_row((at, sensor, float(lux[minute])))


@pytest.fixture
def desk(database: Copy) -> Iterator[tuple[Connection, Place, Device]]:
    """A desk that nobody uses, under a ceiling lamp; a second sensor there watches nothing yet."""
    lit = ceiling(5)
    with single_connection(database.url(), autocommit=True) as conn:
        with conn.transaction():
            place = furnish(conn, ONE_DESK)
            node = devices.register_sensor(conn, place.gateway, "room", "photoelectric")
            devices.register_sensor(conn, place.gateway, "pulses", "pulses")
            store_by_minute(
                conn, place.sensors["s0-0"], measured(0.2 * sun(9) + 120.0 * lit, 1), every=5
            )
            store_by_minute(conn, node, measured(0.4 * sun(9) + 90.0 * lit, 2), every=5)
            conn.execute(
                "INSERT INTO pack (received_at, gateway_id, seq, records, refused, first_ts,"
                " last_ts) VALUES (%s, %s, 1, 1, 0, %s, %s)", (NOW, place.gateway, NOW, NOW),
            )  # fmt: skip
        place.sensors["room"] = node
        yield conn, place, devices.find_sensor(conn, "gw-0001", "room")


@pytest.fixture(scope="module")
def shared(postgres: Server) -> Iterator[tuple[Copy, Place]]:
    """One judged library for all tests of a module that roll back what they did."""
    for database in _copied(postgres):
        with single_connection(database.url()) as conn:
            made = furnish(conn)
            arrive(conn, made, NOW - timedelta(days=30), NOW)
            conn.commit()
        with Database(database.url(DatabaseRole.ANALYTICS)) as opened:
            run_once(opened, AnalyticsSettings(), NOW)
        yield database, made


@pytest.fixture
def judged(shared: tuple[Copy, Place]) -> Place:
    """The judged library's ids."""
    return shared[1]


@pytest.fixture
def reader(shared: tuple[Copy, Place]) -> Iterator[Connection]:
    """The portal's connection to the judged library, rolled back after the test."""
    with single_connection(shared[0].url(DatabaseRole.PORTAL)) as conn:
        yield conn
        conn.rollback()
