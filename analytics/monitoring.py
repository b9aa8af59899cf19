"""What the monitoring pages show: watched assets, and everything about one of them (I3, I6)."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final, LiteralString

from psycopg.rows import class_row

from analytics.watched import (
    Day,
    HeatCell,
    Judgement,
    Point,
    Session,
    WatchedSensor,
    days,
    heat,
    judgement,
    readings,
    room_sensors,
    sensors,
    sessions,
)
from db import Connection, scalar
from db.keyset import Way, by_key
from db.like import holding
from db.text import folded

__all__ = [
    "Alarm",
    "Day",
    "HeatCell",
    "Judgement",
    "Page",
    "Point",
    "Query",
    "Session",
    "Sort",
    "Watched",
    "WatchedSensor",
    "Week",
    "alarm_count",
    "alarms",
    "days",
    "heat",
    "judgement",
    "page",
    "readings",
    "room_sensors",
    "sensors",
    "sessions",
    "weekly",
]

PAGE: Final = 50


class Sort(StrEnum):
    """The orders of the list; ties are broken by code."""

    CODE = "code"
    UTILISATION = "utilisation"  # the least used first
    COVERAGE = "coverage"  # the least heard first
    VALUE = "value"  # the dearest first


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked of the list; empty means all. `after` is a row's key from which on,
    or `back` from it.

    `viewer` is an app_user's id; only what they may see is found (J4).
    """

    viewer: int
    text: str = ""
    verdict: str = ""
    state: str = ""
    section: int | None = None
    unit: int | None = None
    sort: Sort = Sort.CODE
    after: tuple[float, str] | None = None
    back: bool = False
    size: int = PAGE


@dataclass(frozen=True, slots=True)
class Watched:
    """One watched asset in the list. Hours are of the window, values in yuan, shares 0 to 1."""

    code: str
    name: str
    type: str
    category: str
    status: str
    unit_name: str
    section: str
    place: str
    net_value: Decimal
    photo: str | None
    verdict: str | None
    reasons: list[str]
    now_state: str
    hours: float
    available_h: float
    sessions: int
    utilisation: float | None
    upper_bound: float | None
    coverage: float
    last_use_at: datetime | None
    sort_key: float


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the list: its rows, whether more stand the way it is read, and how many there
    are in all.
    """

    rows: list[Watched]
    more: bool
    total: int
    by_verdict: dict[str, int]
    by_state: dict[str, int]


PIECES: Final[dict[str, LiteralString]] = {
    "found": """
    WITH found AS (
        SELECT card.id, card.code, card.name, card.type, card.category, card.status,
               unit.name AS unit_name, COALESCE(section.name, '') AS section, card.place,
               card.net_value,
               assessment.verdict, COALESCE(assessment.reasons, '{}') AS reasons,
               COALESCE(assessment.now_state, 'not_known') AS now_state,
               COALESCE(assessment.in_use_s, 0) / 3600.0::double precision AS hours,
               COALESCE(assessment.available_h, 0) AS available_h,
               COALESCE(assessment.sessions, 0) AS sessions, assessment.utilisation,
               assessment.upper_bound,
               COALESCE(assessment.coverage, 0)::double precision AS coverage,
               assessment.last_use_at,
               CASE %(sort)s
                 WHEN 'utilisation' THEN COALESCE(assessment.utilisation, 1e9)
                 WHEN 'coverage' THEN COALESCE(assessment.coverage, 1e9)
                 WHEN 'value' THEN -card.net_value
                 ELSE 0
               END::double precision AS sort_key
          FROM card
          JOIN unit ON unit.id = card.unit_id
          LEFT JOIN section ON section.id = card.using_section_id
          LEFT JOIN assessment ON assessment.card_id = card.id
         WHERE card.unit_id IN (SELECT unit_id FROM visible_unit WHERE user_id = %(viewer)s)
           AND EXISTS (SELECT FROM binding
                        WHERE binding.card_id = card.id AND binding.until IS NULL)
           AND (%(text)s = '' OR card.search LIKE %(text)s)
           AND (%(verdict)s = '' OR COALESCE(assessment.verdict, 'insufficient') = %(verdict)s)
           AND (%(state)s = '' OR COALESCE(assessment.now_state, 'not_known') = %(state)s)
           AND (%(section)s::integer IS NULL OR card.using_section_id = %(section)s::integer)
           AND (%(unit)s::integer IS NULL OR card.unit_id = %(unit)s::integer)
    )
    SELECT found.code, found.name, found.type, found.category, found.status, found.unit_name,
           found.section, found.place, found.net_value,
           (SELECT digest FROM photo WHERE photo.card_id = found.id ORDER BY position LIMIT 1)
             AS photo,
           found.verdict, found.reasons, found.now_state, found.hours, found.available_h,
           found.sessions, found.utilisation, found.upper_bound, found.coverage,
           found.last_use_at, found.sort_key
      FROM found
     WHERE """,
    "limited": " LIMIT %(limit)s",
}
ORDER: Final = by_key(
    ("found.sort_key", "found.code"), ("%(after_key)s::double precision", "%(after_code)s::text")
)


def _list(way: Way) -> LiteralString:
    return PIECES["found"] + way.if_any + " ORDER BY " + way.by + PIECES["limited"]


# The list's one order by number: what sorts descending is negated, unknown goes last.
LIST: LiteralString = _list(ORDER.forward)
LIST_BACK: LiteralString = _list(ORDER.back)

COUNTS: LiteralString = """
    SELECT COALESCE(assessment.verdict, 'insufficient'),
           COALESCE(assessment.now_state, 'not_known'), count(*)
      FROM card
      LEFT JOIN assessment ON assessment.card_id = card.id
     WHERE card.unit_id IN (SELECT unit_id FROM visible_unit WHERE user_id = %(viewer)s)
       AND EXISTS (SELECT FROM binding WHERE binding.card_id = card.id AND binding.until IS NULL)
       AND (%(text)s = '' OR card.search LIKE %(text)s)
       AND (%(section)s::integer IS NULL OR card.using_section_id = %(section)s::integer)
       AND (%(unit)s::integer IS NULL OR card.unit_id = %(unit)s::integer)
     GROUP BY 1, 2
"""


def page(conn: Connection, query: Query) -> Page:
    """One page of the watched assets. Counts ignore the verdict and state that are picked."""
    after_key, after_code = query.after or (None, None)
    facts = {
        "viewer": query.viewer,
        "text": holding(folded(query.text)),
        "verdict": query.verdict,
        "state": query.state,
        "section": query.section,
        "unit": query.unit,
        "sort": query.sort.value,
        "after_key": after_key,
        "after_code": after_code,
        "limit": query.size + 1,
    }
    with conn.cursor(row_factory=class_row(Watched)) as cursor:
        found = cursor.execute(LIST_BACK if query.back else LIST, facts).fetchall()
    rows, more = ORDER.way(query.back).page(found, query.size)
    by_verdict: dict[str, int] = {}
    by_state: dict[str, int] = {}
    total = 0
    for verdict, state, count in conn.execute(COUNTS, facts):
        by_verdict[verdict] = by_verdict.get(verdict, 0) + count
        by_state[state] = by_state.get(state, 0) + count
        if query.verdict in {"", verdict} and query.state in {"", state}:
            total += count
    return Page(rows, more, total, by_verdict, by_state)


WEEKLY: LiteralString = """
    SELECT card.code, date_trunc('week', usage_day.day)::date, sum(usage_day.in_use_s)::integer,
           sum(usage_day.covered_s)::bigint, sum(usage_day.service_s)::bigint
      FROM usage_day JOIN card ON card.id = usage_day.card_id
     WHERE card.code = ANY(%(codes)s) AND usage_day.day >= %(first)s
       AND card.unit_id IN (SELECT unit_id FROM visible_unit WHERE user_id = %(viewer)s)
     GROUP BY 1, 2
     ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Week:
    """One week of an asset, from Monday: hours in use, and the share that was heard."""

    monday: date
    hours: float
    covered_share: float


def weekly(conn: Connection, viewer: int, codes: list[str], first: date) -> dict[str, list[Week]]:
    """Weeks by asset code, for sparklines; assets without facts are left out."""
    found: dict[str, list[Week]] = {}
    facts = {"codes": codes, "first": first, "viewer": viewer}
    for code, monday, used, covered, service in conn.execute(WEEKLY, facts):
        share = covered / service if service else 0.0
        found.setdefault(code, []).append(Week(monday, used / 3600, share))
    return found


# That of a sensor of a room is for those who may see its gateway.
ALARMS: LiteralString = """
    SELECT card.code, COALESCE(card.name, NULLIF(gateway.place, ''), gateway.name) AS name,
           gateway.name || ':' || sensor.name AS sensor, sensor.kind,
           sensor_health.state, sensor_health.since, sensor_health.last_ts, sensor_health.misread
      FROM sensor_health
      JOIN sensor ON sensor.id = sensor_health.sensor_id
      JOIN gateway ON gateway.id = sensor.gateway_id
      JOIN binding ON binding.sensor_id = sensor.id AND binding.until IS NULL
      LEFT JOIN card ON card.id = binding.card_id
     WHERE sensor_health.state <> 'ok'
       AND COALESCE(card.unit_id, gateway.unit_id)
           IN (SELECT unit_id FROM visible_unit WHERE user_id = %(viewer)s)
     ORDER BY sensor_health.since DESC, sensor.id
     LIMIT %(limit)s
"""
ALARM_COUNT: LiteralString = """
    SELECT count(*)
      FROM sensor_health
      JOIN binding ON binding.sensor_id = sensor_health.sensor_id AND binding.until IS NULL
      JOIN sensor ON sensor.id = sensor_health.sensor_id
      JOIN gateway ON gateway.id = sensor.gateway_id
      LEFT JOIN card ON card.id = binding.card_id
     WHERE sensor_health.state <> 'ok'
       AND COALESCE(card.unit_id, gateway.unit_id)
           IN (SELECT unit_id FROM visible_unit WHERE user_id = %(viewer)s)
"""


@dataclass(frozen=True, slots=True)
class Alarm:
    """A sensor that can't be trusted, and the asset, or the room, that it watches (I4)."""

    code: str | None  # None: a room
    name: str  # of a room: where its gateway stands
    sensor: str
    kind: str
    state: str
    since: datetime
    last_ts: datetime | None
    misread: dict[str, int]  # readings of the window that are no measurement, by why


def alarms(conn: Connection, viewer: int, limit: int = PAGE) -> list[Alarm]:
    """Device alarms that `viewer` may see, the newest first."""
    with conn.cursor(row_factory=class_row(Alarm)) as cursor:
        return cursor.execute(ALARMS, {"viewer": viewer, "limit": limit}).fetchall()


def alarm_count(conn: Connection, viewer: int) -> int:
    """How many device alarms `viewer` may see."""
    count = scalar(conn, ALARM_COUNT, viewer=viewer)
    assert isinstance(count, int)
    return count
