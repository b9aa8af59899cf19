"""I2: what the simulator measured is in the product's tables, each reading once."""

import time
from dataclasses import replace
from typing import LiteralString

import pytest

from db import single_connection
from db.roles import DatabaseRole
from firmware_sim.estate import Estate, parse
from firmware_sim.gateway import Options
from firmware_sim.play import Window
from tests.firmware_sim.estates import DAY, gateway_lines
from tests.firmware_sim.plays import Played, expected
from tests.fixtures.broker import GATEWAYS, Broker, password
from tests.fixtures.database import Copy
from tests.ingest.parts import Site, collecting, make_site

pytestmark = pytest.mark.broker

NAMES = ("pe-01", "tc-01", "gp-01", "pc-01")
ASSETS = (
    ("desk", "1.0", "none", "photoelectric", "temperature"),
    ("vehicle", "1.0", "clock", "position", "pulses"),
)
STORED: LiteralString = """
    SELECT sensor_id, '', extract(epoch FROM ts)::float8, value FROM reading
     UNION ALL
    SELECT sensor_id, 'lat', extract(epoch FROM ts)::float8, latitude FROM position
     UNION ALL
    SELECT sensor_id, 'lon', extract(epoch FROM ts)::float8, longitude FROM position
"""
REFUSED: LiteralString = "SELECT reason, detail, convert_from(content, 'UTF8') FROM dead_letter"


@pytest.fixture
def site(database: Copy) -> Site:
    with single_connection(database.url()) as conn:
        made = make_site(conn)
        conn.commit()
        return made


def site_estate(port: int) -> Estate:
    """The estate whose sensors are those of the site."""
    lines = ["[broker]", 'host = "127.0.0.1"', f"port = {port}"]
    for gateway in GATEWAYS:
        lines += gateway_lines(gateway, ASSETS)
    text = "\n".join(lines)
    for number, name in enumerate(NAMES):
        text = text.replace(f'"s{number // 2}-{number % 2}"', f'"{name}"')
    estate = parse(text)
    plans = tuple(replace(plan, password=password(plan.id)) for plan in estate.gateways)
    return replace(estate, gateways=plans)


def test_every_reading_is_stored_once_and_none_is_refused(
    broker: Broker, database: Copy, site: Site
) -> None:
    estate = site_estate(broker.port)
    end = int(time.time()) // 60 * 60
    window = Window(end - 5 * DAY, end, None, float(end))
    with collecting(broker.settings(), database.url(DatabaseRole.COLLECTOR)):
        played = Played(estate, window, Options())
        played.thread.join(180)
        played.end()
    assert played.progress is not None
    assert played.progress.left == 0
    with single_connection(database.url()) as conn:
        assert conn.execute(REFUSED).fetchall() == []
        stored = conn.execute(STORED).fetchall()
    wanted = sorted(
        (site.sensor(r.name), r.unit if r.unit in {"lat", "lon"} else "", r.time, r.value)
        for r in expected(estate, window.start, window.end)
        if r.unit != "m"
    )
    assert sorted(stored) == wanted
