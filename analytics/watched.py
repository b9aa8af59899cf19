"""What is known of one watched asset: its sensors, judgement, sessions, days and readings (I3).

Every caller has checked who may see the card (J4).
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, LiteralString

from psycopg.rows import class_row

from db import Connection

PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class WatchedSensor:
    """A sensor that watches an asset, or its room: what it said last, and how it is."""

    id: int
    gateway: str
    name: str
    kind: str
    is_place: bool  # its readings are positions
    state: str | None
    since: datetime | None
    last_ts: datetime | None
    last_value: float | None
    coverage: float | None
    misread: dict[str, int]  # readings of the window that are no measurement, by why
    proven: bool
    online: bool | None
    buffered: int


PIECES: Final[dict[str, LiteralString]] = {
    "from": """
    SELECT sensor.id, gateway.name AS gateway, sensor.name, sensor.kind, sensor_kind.is_place,
           sensor_health.state, sensor_health.since,
           COALESCE(latest.ts, fix.ts, sensor_health.last_ts) AS last_ts,
           COALESCE(latest.value, sensor_health.last_value) AS last_value,
           sensor_health.coverage::double precision,
           COALESCE(sensor_health.misread, '{}') AS misread,
           EXISTS (SELECT FROM sensor_proof
                    WHERE binding_id = binding.id AND ended_at IS NULL) AS proven,
           gateway_state.online, COALESCE(gateway_state.buffered, 0) AS buffered
      FROM binding
      JOIN sensor ON sensor.id = binding.sensor_id
      JOIN sensor_kind ON sensor_kind.name = sensor.kind
      JOIN gateway ON gateway.id = sensor.gateway_id
      LEFT JOIN sensor_health ON sensor_health.sensor_id = sensor.id
      LEFT JOIN gateway_state ON gateway_state.gateway_id = gateway.id
      LEFT JOIN LATERAL (
          SELECT ts, value FROM reading WHERE reading.sensor_id = sensor.id
           ORDER BY ts DESC LIMIT 1) AS latest ON NOT sensor_kind.is_place
      LEFT JOIN LATERAL (
          SELECT ts FROM position WHERE position.sensor_id = sensor.id
           ORDER BY ts DESC LIMIT 1) AS fix ON sensor_kind.is_place
     WHERE """,
    "of a card": "binding.card_id = %(card)s AND binding.until IS NULL",
    "of its rooms": """binding.card_id IS NULL AND binding.until IS NULL
       AND sensor.gateway_id IN (SELECT own.gateway_id
                                   FROM binding AS of_card
                                   JOIN sensor AS own ON own.id = of_card.sensor_id
                                  WHERE of_card.card_id = %(card)s AND of_card.until IS NULL)""",
    "by name": " ORDER BY sensor.kind, sensor.name",
}
SENSORS: LiteralString = PIECES["from"] + PIECES["of a card"] + PIECES["by name"]
ROOM_SENSORS: LiteralString = PIECES["from"] + PIECES["of its rooms"] + PIECES["by name"]


def sensors(conn: Connection, card_id: int) -> list[WatchedSensor]:
    """The sensors that watch this card now."""
    return _sensors(conn, SENSORS, card_id)


def room_sensors(conn: Connection, card_id: int) -> list[WatchedSensor]:
    """The sensors that watch the rooms of the gateways which watch this card now."""
    return _sensors(conn, ROOM_SENSORS, card_id)


def _sensors(conn: Connection, query: LiteralString, card_id: int) -> list[WatchedSensor]:
    with conn.cursor(row_factory=class_row(WatchedSensor)) as cursor:
        return cursor.execute(query, {"card": card_id}).fetchall()


@dataclass(frozen=True, slots=True)
class Judgement:
    """The newest assessment of an asset, with the rule that it was made by."""

    verdict: str
    reasons: list[str]
    rule_name: str
    rule_version: int
    rated_hours: float
    threshold: float
    upper_limit: float
    minimum_days: int
    minimum_coverage: float
    window_from: datetime
    window_to: datetime
    now_state: str
    in_use_s: int
    covered_s: int
    service_s: int
    sessions: int
    valid_days: int
    used_days: int
    available_h: float
    utilisation: float | None
    upper_bound: float | None
    coverage: float
    last_use_at: datetime | None
    made_at: datetime
    closed: list[date]
    closed_counted: bool  # it rests on those days, too


JUDGEMENT: LiteralString = """
    SELECT assessment.verdict, assessment.reasons, idle_rule.name AS rule_name,
           idle_rule.version AS rule_version, idle_rule.rated_hours, idle_rule.threshold,
           idle_rule.upper_limit, idle_rule.minimum_days, idle_rule.minimum_coverage,
           assessment.window_from, assessment.window_to, assessment.now_state,
           assessment.in_use_s, assessment.covered_s, assessment.service_s, assessment.sessions,
           assessment.valid_days, assessment.used_days, assessment.available_h,
           assessment.utilisation, assessment.upper_bound,
           assessment.coverage::double precision, assessment.last_use_at, assessment.made_at,
           assessment.closed, assessment.closed_counted
      FROM assessment JOIN idle_rule ON idle_rule.id = assessment.rule_id
     WHERE assessment.card_id = %(card)s
"""


def judgement(conn: Connection, card_id: int) -> Judgement | None:
    """The newest judgement; None before the first."""
    with conn.cursor(row_factory=class_row(Judgement)) as cursor:
        return cursor.execute(JUDGEMENT, {"card": card_id}).fetchone()


@dataclass(frozen=True, slots=True)
class Session:
    """One stretch of use, on what ground, and how sure."""

    started_at: datetime
    ended_at: datetime
    basis: str
    confidence: float


SESSIONS: LiteralString = """
    SELECT started_at, ended_at, basis, confidence::double precision
      FROM usage_session
     WHERE card_id = %(card)s AND started_at < %(before)s AND started_at >= %(since)s
     ORDER BY started_at DESC
     LIMIT %(limit)s
"""


def sessions(
    conn: Connection, card_id: int, since: datetime, before: datetime, limit: int = PAGE
) -> list[Session]:
    """Sessions that began in [since, before), the newest first."""
    facts = {"card": card_id, "since": since, "before": before, "limit": limit}
    with conn.cursor(row_factory=class_row(Session)) as cursor:
        return cursor.execute(SESSIONS, facts).fetchall()


@dataclass(frozen=True, slots=True)
class Day:
    """One day's facts in Asia/Shanghai, seconds."""

    day: date
    in_use_s: int
    covered_s: int
    service_s: int
    sessions: int
    working: bool
    valid: bool


DAYS: LiteralString = """
    SELECT day, in_use_s, covered_s, service_s, sessions, working, valid
      FROM usage_day
     WHERE card_id = %(card)s AND day >= %(first)s AND day <= %(last)s
     ORDER BY day
"""


def days(conn: Connection, card_id: int, first: date, last: date) -> list[Day]:
    """The days from `first` to `last`, both included, that have facts."""
    facts = {"card": card_id, "first": first, "last": last}
    with conn.cursor(row_factory=class_row(Day)) as cursor:
        return cursor.execute(DAYS, facts).fetchall()


@dataclass(frozen=True, slots=True)
class HeatCell:
    """Use in one hour of one weekday (ISO: Monday is 1), summed over the window."""

    weekday: int
    hour: int
    in_use_s: int
    covered_share: float


HEAT: LiteralString = """
    SELECT extract(isodow FROM hour AT TIME ZONE 'Asia/Shanghai')::integer AS weekday,
           extract(hour FROM hour AT TIME ZONE 'Asia/Shanghai')::integer AS hour,
           sum(in_use_s)::integer AS in_use_s,
           (sum(covered_s) / (3600.0 * count(*)))::double precision AS covered_share
      FROM usage_hour
     WHERE card_id = %(card)s AND hour >= %(since)s AND hour < %(before)s
     GROUP BY 1, 2
     ORDER BY 1, 2
"""


def heat(conn: Connection, card_id: int, since: datetime, before: datetime) -> list[HeatCell]:
    """Hour by weekday in Asia/Shanghai over [since, before)."""
    facts = {"card": card_id, "since": since, "before": before}
    with conn.cursor(row_factory=class_row(HeatCell)) as cursor:
        return cursor.execute(HEAT, facts).fetchall()


@dataclass(frozen=True, slots=True)
class Point:
    """What a sensor said in one stretch of time: least, mean and most."""

    at: datetime
    least: float
    mean: float
    most: float


READINGS: LiteralString = """
    SELECT time_bucket(make_interval(secs => %(step)s), ts) AS at,
           min(value) AS least, avg(value) AS mean, max(value) AS most
      FROM reading
     WHERE sensor_id = %(sensor)s AND ts >= %(since)s AND ts < %(before)s
     GROUP BY 1
     ORDER BY 1
"""


def readings(
    conn: Connection, sensor_id: int, since: datetime, before: datetime, points: int = 720
) -> list[Point]:
    """A sensor's readings in [since, before), drawn together to about so many points."""
    step = max(60.0, (before - since).total_seconds() / points)
    facts = {"sensor": sensor_id, "since": since, "before": before, "step": step}
    with conn.cursor(row_factory=class_row(Point)) as cursor:
        return cursor.execute(READINGS, facts).fetchall()
