"""Keep what was assessed: sessions, hours, days, health, the newest judgement. Idempotent."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import LiteralString

from psycopg.types.json import Jsonb

from analytics.assess import DAY as MINUTES_A_DAY
from analytics.assess import Assessed, Grid
from analytics.detect import Examined
from db import Connection

# What stands already and is the same is not written again: live data changes the newest few rows.
HOURS: LiteralString = """
    INSERT INTO usage_hour AS kept (card_id, hour, in_use_s, covered_s, starts)
    SELECT %(card)s, * FROM unnest(%(hours)s::timestamptz[], %(in_use)s::integer[],
                                   %(covered)s::integer[], %(starts)s::integer[])
    ON CONFLICT (card_id, hour) DO UPDATE
       SET in_use_s = excluded.in_use_s, covered_s = excluded.covered_s, starts = excluded.starts
     WHERE (kept.in_use_s, kept.covered_s, kept.starts)
        IS DISTINCT FROM (excluded.in_use_s, excluded.covered_s, excluded.starts)
       AND (kept.hour IS DISTINCT FROM %(shared)s OR kept.covered_s <= excluded.covered_s)
"""
DAYS: LiteralString = """
    INSERT INTO usage_day AS kept
           (card_id, day, in_use_s, covered_s, service_s, sessions, working, valid)
    SELECT %(card)s, * FROM unnest(%(days)s::date[], %(in_use)s::integer[],
        %(covered)s::integer[], %(service)s::integer[], %(sessions)s::integer[],
        %(working)s::boolean[], %(valid)s::boolean[])
    ON CONFLICT (card_id, day) DO UPDATE
       SET in_use_s = excluded.in_use_s, covered_s = excluded.covered_s,
           service_s = excluded.service_s, sessions = excluded.sessions,
           working = excluded.working, valid = excluded.valid
     WHERE (kept.in_use_s, kept.covered_s, kept.service_s, kept.sessions, kept.working, kept.valid)
        IS DISTINCT FROM (excluded.in_use_s, excluded.covered_s, excluded.service_s,
                          excluded.sessions, excluded.working, excluded.valid)
       AND (kept.day IS DISTINCT FROM %(shared)s OR kept.covered_s <= excluded.covered_s)
"""
FORGET_SESSIONS: LiteralString = """
    DELETE FROM usage_session
     WHERE card_id = %(card)s AND started_at >= %(since)s AND started_at <> ALL(%(starts)s)
"""
SESSIONS: LiteralString = """
    INSERT INTO usage_session AS kept (card_id, started_at, ended_at, basis, confidence)
    SELECT %(card)s, * FROM unnest(%(starts)s::timestamptz[], %(ends)s::timestamptz[],
                                   %(bases)s::text[], %(confidences)s::real[])
    ON CONFLICT (card_id, started_at) DO UPDATE
       SET ended_at = excluded.ended_at, basis = excluded.basis, confidence = excluded.confidence
     WHERE (kept.ended_at, kept.basis, kept.confidence)
        IS DISTINCT FROM (excluded.ended_at, excluded.basis, excluded.confidence)
"""


def keep(
    conn: Connection, assessed: Assessed, closed: Mapping[date, Collection[int]], now: datetime
) -> None:
    """Replace the window's facts of one asset; what lies before the window stays.

    `closed` are its closed days, each with the units (ids) by whose calendar.

    So does what other sensors measured before those of now watched it: a card keeps its history
    when a sensor is replaced. Of the hour and the day of the change the better covered part stays.
    """
    _keep_hours(conn, assessed)
    _keep_days(conn, assessed)
    _keep_sessions(conn, assessed)
    _keep_assessment(conn, assessed, closed, now)


def _keep_hours(conn: Connection, assessed: Assessed) -> None:
    first, over = assessed.begun // 60, -(-assessed.grid.passed // 60)
    facts = {
        "card": assessed.card_id,
        "shared": assessed.grid.at(60 * first) if assessed.begun else None,
        "hours": [assessed.grid.at(60 * n) for n in range(first, over)],
        "in_use": (assessed.hours.in_use[first:over] * 60).tolist(),
        "covered": (assessed.hours.covered[first:over] * 60).tolist(),
        "starts": assessed.hours.starts[first:over].tolist(),
    }
    conn.execute(HOURS, facts)


def _keep_days(conn: Connection, assessed: Assessed) -> None:
    days, first = assessed.days, assessed.begun // MINUTES_A_DAY
    dates = [assessed.grid.first + timedelta(days=n) for n in range(first, assessed.grid.days)]
    facts = {
        "card": assessed.card_id,
        "shared": dates[0] if assessed.begun else None,
        "days": dates,
        "in_use": (days.in_use[first:] * 60).tolist(),
        "covered": (days.covered[first:] * 60).tolist(),
        "service": (days.service[first:] * 60).tolist(),
        "sessions": days.sessions[first:].tolist(),
        "working": assessed.working[first:],
        "valid": days.valid[first:].tolist(),
    }
    conn.execute(DAYS, facts)


def _keep_sessions(conn: Connection, assessed: Assessed) -> None:
    # One that begins with the window began before it: the session kept earlier tells it whole.
    kept = [s for s in assessed.sessions if s.started_at > assessed.grid.start]
    facts = {
        "card": assessed.card_id,
        "since": assessed.grid.at(max(1, assessed.begun)),
        "starts": [session.started_at for session in kept],
        "ends": [session.ended_at for session in kept],
        "bases": [session.basis for session in kept],
        "confidences": [session.confidence for session in kept],
    }
    conn.execute(FORGET_SESSIONS, facts)
    conn.execute(SESSIONS, facts)


ASSESSMENT: LiteralString = """
    INSERT INTO assessment (card_id, verdict, reasons, rule_id, window_from, window_to, now_state,
           in_use_s, covered_s, service_s, sessions, valid_days, used_days, available_h,
           utilisation, upper_bound, coverage, last_use_at, made_at, closed, closed_by,
           closed_counted)
    VALUES (%(card)s, %(verdict)s, %(reasons)s, %(rule)s, %(from)s, %(to)s, %(now_state)s,
           %(in_use)s, %(covered)s, %(service)s, %(sessions)s, %(valid_days)s, %(used_days)s,
           %(available)s, %(utilisation)s, %(upper_bound)s, %(coverage)s, %(last_use)s, %(now)s,
           %(closed)s, %(closed_by)s, %(closed_counted)s)
    ON CONFLICT (card_id) DO UPDATE
       SET verdict = excluded.verdict, reasons = excluded.reasons, rule_id = excluded.rule_id,
           window_from = excluded.window_from, window_to = excluded.window_to,
           now_state = excluded.now_state, in_use_s = excluded.in_use_s,
           covered_s = excluded.covered_s, service_s = excluded.service_s,
           sessions = excluded.sessions, valid_days = excluded.valid_days,
           used_days = excluded.used_days, available_h = excluded.available_h,
           utilisation = excluded.utilisation, upper_bound = excluded.upper_bound,
           coverage = excluded.coverage, made_at = excluded.made_at,
           closed = excluded.closed, closed_by = excluded.closed_by,
           closed_counted = excluded.closed_counted,
           last_use_at = COALESCE(excluded.last_use_at, assessment.last_use_at)
"""


def _keep_assessment(
    conn: Connection, assessed: Assessed, closed: Mapping[date, Collection[int]], now: datetime
) -> None:
    facts = {
        "card": assessed.card_id,
        "verdict": assessed.judged.verdict.value,
        "reasons": [reason.value for reason in assessed.judged.reasons],
        "rule": assessed.rule.id,
        "from": assessed.grid.start,
        "to": assessed.grid.at(assessed.grid.passed),
        "now_state": assessed.now_state,
        "in_use": assessed.in_use_s,
        "covered": assessed.covered_s,
        "service": assessed.service_s,
        "sessions": assessed.session_count,
        "valid_days": assessed.valid_days,
        "used_days": assessed.used_days,
        "available": assessed.available_h,
        "utilisation": assessed.judged.utilisation,
        "upper_bound": assessed.judged.upper_bound,
        "coverage": min(1.0, assessed.coverage),
        "last_use": assessed.last_use_at,
        "now": now,
        "closed": sorted(closed),
        "closed_by": sorted({unit for units in closed.values() for unit in units}),
        "closed_counted": assessed.judged.seen.closed_counted,
    }
    conn.execute(ASSESSMENT, facts)


HEALTH: LiteralString = """
    INSERT INTO sensor_health AS kept
           (sensor_id, state, since, last_ts, last_value, coverage, misread, examined_at)
    VALUES (%(sensor)s, %(state)s, %(since)s, %(last_ts)s, %(last_value)s, %(coverage)s,
            %(misread)s, %(now)s)
    ON CONFLICT (sensor_id) DO UPDATE
       SET since = CASE WHEN kept.state = excluded.state THEN kept.since ELSE excluded.since END,
           state = excluded.state, last_ts = COALESCE(excluded.last_ts, kept.last_ts),
           last_value = COALESCE(excluded.last_value, kept.last_value),
           coverage = excluded.coverage, misread = excluded.misread,
           examined_at = excluded.examined_at
"""


def keep_health(
    conn: Connection,
    examined: Sequence[Examined],
    latest: dict[int, tuple[datetime, float]],
    window: Grid,
    now: datetime,
) -> None:
    """Keep how the sensors are; `latest` is what each measured last."""
    with conn.cursor() as cursor:
        cursor.executemany(
            HEALTH,
            [
                {
                    "sensor": one.sensor.id,
                    "state": one.cleaned.health.value,
                    "since": min(now, window.at(one.cleaned.since)),
                    "last_ts": latest.get(one.sensor.id, (None, None))[0],
                    "last_value": latest.get(one.sensor.id, (None, None))[1],
                    "coverage": min(1.0, one.cleaned.coverage),
                    "misread": Jsonb({k.value: n for k, n in one.cleaned.misread.items()}),
                    "now": now,
                }
                for one in examined
            ],
        )
