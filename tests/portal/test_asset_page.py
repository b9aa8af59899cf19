"""The page of a watched asset: where it is, and which of its figures are of when (I3, I4, I6)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from db import Connection, Database, scalar, single_connection
from db.roles import DatabaseRole
from portal import PortalSettings, create_app
from tests.fixtures.browser import Portal
from tests.fixtures.estate import DemoDatabase
from tests.portal.rooms import new_card
from tests.portal.test_doors import signed_in

SENSOR = """
    INSERT INTO sensor (gateway_id, name, kind, minimum, maximum)
    SELECT gateway_id, %(name)s, 'position', 0, 1 FROM sensor ORDER BY id LIMIT 1 RETURNING id
"""
BINDING = """
    INSERT INTO binding (sensor_id, card_id, since)
    SELECT %(sensor)s, id, %(since)s FROM card WHERE code = %(code)s RETURNING id
"""
FIX = """
    INSERT INTO position (ts, sensor_id, latitude, longitude, accuracy_m)
    VALUES (%s, %s, %s, %s, %s)
"""
GONE = (
    "DELETE FROM position WHERE sensor_id = %(sensor)s",
    "DELETE FROM binding WHERE sensor_id = %(sensor)s",
    "DELETE FROM sensor WHERE id = %(sensor)s",
)


@pytest.fixture(scope="module")
def app(demo_database: DemoDatabase) -> Iterator[Flask]:
    with Database(demo_database.copy.url(DatabaseRole.PORTAL)) as database:
        yield create_app(PortalSettings(), database, demo_database.data)


@pytest.fixture
def owner(demo_database: DemoDatabase) -> Iterator[Connection]:
    with single_connection(demo_database.copy.url(), autocommit=True) as conn:
        yield conn


@dataclass(frozen=True, slots=True)
class Tracker:
    """A card with a position sensor, bound 60 days ago."""

    conn: Connection
    code: str
    sensor: int
    now: datetime

    def said(self, ago: timedelta, latitude: float, longitude: float, errs: float | None) -> None:
        self.conn.execute(FIX, (self.now - ago, self.sensor, latitude, longitude, errs))

    def parked(self, hours: range, latitude: float, longitude: float) -> None:
        """A fix every half hour, so many hours ago."""
        for half in range(2 * hours.start, 2 * hours.stop):
            self.said(timedelta(minutes=30 * half), latitude, longitude, 6.0)


@pytest.fixture
def tracker(owner: Connection, demo_database: DemoDatabase) -> Iterator[Tracker]:
    portal = Portal("", demo_database.copy, demo_database.data)
    code = new_card(portal, "流动服务车", place="车库 3 号位")
    name = f"gp-{code}"
    sensor = scalar(owner, SENSOR, name=name)
    assert isinstance(sensor, int)
    since = demo_database.now - timedelta(days=60)
    assert scalar(owner, BINDING, sensor=sensor, code=code, since=since)
    yield Tracker(owner, code, sensor, demo_database.now)
    for statement in GONE:
        owner.execute(statement, {"sensor": sensor})


def page_of(app: Flask, code: str, login: str = "clerk", language: str = "zh") -> str:
    client: FlaskClient = signed_in(app, login)
    client.set_cookie("language", language)
    answer = client.get(f"/monitoring/assets/{code}")
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def test_last_position_is_shown_with_its_time_and_accuracy(app: Flask, tracker: Tracker) -> None:
    tracker.parked(range(1, 6), 20.0311, 110.3312)
    page = page_of(app, tracker.code)
    assert "20.03110, 110.33120" in page
    assert "误差约 6 米" in page
    assert "没有移动过" in page
    assert "车库 3 号位" in page


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh", ("2 次", "地点 2 → 地点 1", "至少 10 公里")),
        ("en", ("2 moves", "place 2 → place 1", "at least 10 km")),
    ],
)
def test_places_and_moves_of_the_period_are_shown(
    app: Flask, tracker: Tracker, language: str, words: tuple[str, ...]
) -> None:
    tracker.parked(range(1, 20), 20.0311, 110.3312)
    tracker.parked(range(21, 24), 20.0311, 110.3792)  # five kilometres to the east
    tracker.parked(range(25, 90), 20.0311, 110.3312)
    page = page_of(app, tracker.code, language=language)
    for word in words:
        assert word in page, word


def test_old_position_is_said_to_be_old(app: Flask, tracker: Tracker) -> None:
    tracker.parked(range(24 * 9, 24 * 10), 20.0311, 110.3312)
    assert re.search(r"已 (9|10) 天没有新定位", page_of(app, tracker.code))


def test_position_before_the_period_is_shown_as_such(app: Flask, tracker: Tracker) -> None:
    tracker.said(timedelta(days=50), 20.5, 110.5, None)
    page = page_of(app, tracker.code)
    assert "20.50000, 110.50000" in page
    assert "没有报告误差" in page
    assert "以来没有收到定位，上面是那之前的最后一次" in page
    assert "停留过的地点" not in page


def test_fixes_of_before_the_binding_are_another_assets(app: Flask, tracker: Tracker) -> None:
    tracker.said(timedelta(days=61), 21.1, 110.9, 6.0)
    page = page_of(app, tracker.code)
    assert "21.10000" not in page
    assert "位置传感器还没有报告过位置" in page


def test_receiver_that_never_found_its_place_says_so(app: Flask, tracker: Tracker) -> None:
    for hours in range(3):
        tracker.said(timedelta(hours=hours), 0.0, 0.0, None)
    page = page_of(app, tracker.code)
    assert "收到 3 次读数，都没有定到位置" in page
    assert "0.00000, 0.00000" not in page


def test_asset_without_a_position_sensor_says_so(app: Flask, demo_database: DemoDatabase) -> None:
    portal = Portal("", demo_database.copy, demo_database.data)
    page = page_of(app, new_card(portal, "阅览桌", place="二楼阅览区"))
    assert "没有位置传感器，它在哪里只有账面可查" in page
    assert "二楼阅览区" in page


OPEN = """
    SELECT card.code, suggestion.id, card.id FROM suggestion JOIN card ON card.id = card_id
      JOIN assessment ON assessment.card_id = card.id JOIN unit ON unit.id = unit_id
     WHERE suggestion.state = 'open' AND unit.name = '海口市图书馆' ORDER BY 1 LIMIT 1
"""
JUDGED = "UPDATE assessment SET utilisation = %s, verdict = %s WHERE card_id = %s"


@pytest.fixture
def moved_on(owner: Connection) -> Iterator[tuple[str, int]]:
    """(code, suggestion): raised on evidence that today's figures no longer bear out."""
    found = owner.execute(OPEN).fetchone()
    assert found is not None
    code, key, card = found
    before = owner.execute(
        "SELECT utilisation, verdict FROM assessment WHERE card_id = %s", (card,)
    ).fetchone()
    assert before is not None
    owner.execute(JUDGED, (0.314, "insufficient", card))
    yield code, key
    owner.execute(JUDGED, (*before, card))


@pytest.mark.parametrize(
    ("language", "frozen", "today"),
    [("zh", "提出时固化的证据", "利用率 31.4%，判断为“证据不足”"), ("en", "frozen", "31.4%")],
)
def test_banner_tells_frozen_evidence_from_todays_figures_with_dates(
    app: Flask, owner: Connection, moved_on: tuple[str, int], language: str, frozen: str, today: str
) -> None:
    code, key = moved_on
    facts = owner.execute(
        "SELECT raised_at AT TIME ZONE 'Asia/Shanghai', evidence #>> '{window,from}', "
        "made_at AT TIME ZONE 'Asia/Shanghai' FROM suggestion JOIN assessment USING (card_id) "
        "WHERE id = %s", (key,),
    ).fetchone()  # fmt: skip
    assert facts is not None
    raised, since, made = facts
    page = page_of(app, code, language=language)
    for word in (f"{raised:%Y-%m-%d %H:%M}", since[:10], f"{made:%Y-%m-%d %H:%M}", frozen, today):
        assert word in page, word


def test_suggestion_shows_todays_judgement_beside_its_evidence(
    app: Flask, moved_on: tuple[str, int]
) -> None:
    page = signed_in(app, "clerk").get(f"/suggestions?pick={moved_on[1]}").text
    assert "计算：利用率 31.4%，判断为“证据不足”" in page
    assert "证据已固化" in page
