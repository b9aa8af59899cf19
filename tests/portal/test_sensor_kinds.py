"""I7: pages name every kind of sensor by its row: label, unit, what use is called; also new ones."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import expect

from db import Connection, Database, scalar, single_connection
from db.roles import DatabaseRole
from portal import PortalSettings, create_app
from tests.fixtures.browser import Visit
from tests.fixtures.estate import DemoDatabase
from tests.portal.test_asset_page import page_of
from tests.portal.test_doors import signed_in

KIND = """
    INSERT INTO sensor_kind (name, unit, minimum, maximum, label, label_en, use_label, use_label_en,
           shown_unit, shown_unit_en)
    VALUES ('vibration', 'm/s2', 0, 200, '振动', 'Vibration', '振动：运转', 'vibration: running',
            '米/秒²', 'm/s²')
"""
SENSOR = """
    INSERT INTO sensor (gateway_id, name, kind, minimum, maximum)
    SELECT gateway_id, %(name)s, %(kind)s, -10, 10000 FROM sensor ORDER BY id LIMIT 1 RETURNING id
"""
BINDING = """
    INSERT INTO binding (sensor_id, card_id, since)
    SELECT %(sensor)s, id, %(since)s FROM card WHERE code = %(code)s RETURNING id
"""
JUDGED = """
    SELECT card.code FROM assessment JOIN card ON card.id = card_id
     WHERE unit_id = (SELECT unit_id FROM app_user WHERE login = 'clerk') ORDER BY 1 LIMIT 1
"""
READING = "INSERT INTO reading (ts, sensor_id, value) VALUES (%s, %s, %s)"
SESSION = """
    INSERT INTO usage_session (card_id, started_at, ended_at, basis, confidence)
    SELECT id, %(start)s, %(end)s, 'contact,power', 0.98 FROM card WHERE code = %(code)s
"""
GONE = (
    "DELETE FROM reading WHERE sensor_id = ANY(%(sensors)s)",
    "DELETE FROM binding WHERE sensor_id = ANY(%(sensors)s)",
    "DELETE FROM sensor WHERE id = ANY(%(sensors)s)",
    "DELETE FROM usage_session WHERE basis = 'contact,power'",
    "DELETE FROM sensor_kind WHERE name = 'vibration'",
)
SAID = {"power": 1834.5, "current": 0.254, "contact": 1.0, "vibration": 3.25}


@dataclass(frozen=True, slots=True)
class Instrument:
    """A judged card with a sensor of each kind more, which spoke every minute for an hour."""

    code: str
    now: datetime


@pytest.fixture
def owner(demo_database: DemoDatabase) -> Iterator[Connection]:
    with single_connection(demo_database.copy.url(), autocommit=True) as conn:
        yield conn


@pytest.fixture(scope="module")
def app(demo_database: DemoDatabase) -> Iterator[Flask]:
    with Database(demo_database.copy.url(DatabaseRole.PORTAL)) as database:
        yield create_app(PortalSettings(), database, demo_database.data)


@pytest.fixture
def instrument(owner: Connection, demo_database: DemoDatabase) -> Iterator[Instrument]:
    code, now, sensors = str(scalar(owner, JUDGED)), demo_database.now, []
    owner.execute(KIND)
    for kind, value in SAID.items():
        sensor = scalar(owner, SENSOR, name=f"{kind}-{code}", kind=kind)
        assert isinstance(sensor, int)
        sensors.append(sensor)
        scalar(owner, BINDING, sensor=sensor, code=code, since=now - timedelta(days=60))
        for minutes in range(60):
            owner.execute(READING, (now - timedelta(minutes=minutes + 1), sensor, value))
    start = now - timedelta(minutes=60)
    owner.execute(SESSION, {"code": code, "start": start, "end": now})
    yield Instrument(code, now)
    for statement in GONE:
        owner.execute(statement, {"sensors": sensors})


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "zh",
            (
                *("功率", "1834.5 W", "电流", "0.254 A", "触点", "接通", "振动", "3.25 米/秒²"),
                *("触点接通", "功率：带载工作"),
            ),
        ),
        (
            "en",
            (
                *("Power", "1834.5 W", "Current", "0.254 A", "Contact", "· on", "Vibration"),
                *("3.25 m/s²", "contact closed", "power: working load"),
            ),
        ),
    ],
)
def test_asset_page_names_each_kind_with_its_unit(
    app: Flask, instrument: Instrument, language: str, words: tuple[str, ...]
) -> None:
    page = page_of(app, instrument.code, language=language)
    assert [word for word in words if word not in page] == []


def test_chart_gets_each_lines_unit(app: Flask, instrument: Instrument) -> None:
    client = signed_in(app, "clerk")
    client.set_cookie("language", "zh")
    range_ = {
        "from": (instrument.now - timedelta(days=1)).isoformat(),
        "to": instrument.now.isoformat(),
    }
    answer = client.get(f"/monitoring/assets/{instrument.code}/readings.json", query_string=range_)
    lines: list[dict[str, Any]] = answer.get_json()["lines"]
    said = {(line["unit"], line["points"][0][2]) for line in lines}
    assert said >= {("", 1.0), ("A", 0.254), ("W", 1834.5), ("米/秒²", 3.25)}


@pytest.mark.browser
def test_chart_draws_lines_of_four_units(visit: Visit, instrument: Instrument) -> None:
    page = visit(f"/monitoring/assets/{instrument.code}", width=1280)
    chart = page.locator("[data-chart=readings]")
    expect(chart.locator("canvas")).to_be_visible()
    expect(chart).not_to_have_attribute("aria-busy", "true")
    expect(chart).not_to_have_class("is-empty")
