"""How sensors are, kept as it is now and as spans of time (I4)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import LiteralString

from psycopg.types.json import Jsonb

from analytics.assess import Grid
from analytics.detect import Examined
from db import Connection

HEALTH: LiteralString = """
    INSERT INTO sensor_health AS kept
           (sensor_id, state, since, last_ts, last_value, coverage, misread, examined_at)
    VALUES (%(sensor)s, %(state)s, %(since)s, %(last_ts)s, %(last_value)s, %(coverage)s,
            %(misread)s, %(now)s)
    ON CONFLICT (sensor_id) DO UPDATE
       SET since = CASE WHEN kept.state = excluded.state THEN kept.since
                        WHEN excluded.state = 'ok' THEN %(now)s  -- it was not, until then
                        ELSE excluded.since END,
           state = excluded.state, last_ts = COALESCE(excluded.last_ts, kept.last_ts),
           last_value = COALESCE(excluded.last_value, kept.last_value),
           coverage = CASE WHEN %(whole)s THEN excluded.coverage ELSE kept.coverage END,
           misread = CASE WHEN %(whole)s THEN excluded.misread ELSE kept.misread END,
           examined_at = excluded.examined_at
"""
# A state found to hold since some time back takes that time from the one before.
FORGET_SPANS: LiteralString = """
    DELETE FROM sensor_health_span AS span
     USING sensor_health AS now
     WHERE span.sensor_id = now.sensor_id AND span.sensor_id = ANY(%(sensors)s)
       AND span.since >= now.since
       AND (span.since <> now.since OR span.state <> now.state)
"""
END_SPANS: LiteralString = """
    UPDATE sensor_health_span AS span
       SET until = now.since
      FROM sensor_health AS now
     WHERE span.sensor_id = now.sensor_id AND span.sensor_id = ANY(%(sensors)s)
       AND (span.until IS NULL OR span.until > now.since) AND span.since < now.since
"""
BEGIN_SPANS: LiteralString = """
    INSERT INTO sensor_health_span (sensor_id, since, state)
    SELECT sensor_id, since, state FROM sensor_health WHERE sensor_id = ANY(%(sensors)s)
        ON CONFLICT (sensor_id, since) DO UPDATE SET until = NULL, state = excluded.state
"""


def keep(
    conn: Connection,
    examined: Sequence[Examined],
    latest: Mapping[int, tuple[datetime, float]],
    window: Grid,
    now: datetime,
    *,
    whole: bool,
) -> None:
    """Keep how the sensors are; `latest` is what each measured last.

    `whole`: the window is that of a judgement. Otherwise how much was heard, and misread, stays as
    the last of those has told.
    """
    rows = [
        {
            "sensor": one.sensor.id,
            "state": one.cleaned.health.value,
            "since": min(now, window.at(one.cleaned.since)),
            "last_ts": latest.get(one.sensor.id, (None, None))[0],
            "last_value": latest.get(one.sensor.id, (None, None))[1],
            "coverage": min(1.0, one.cleaned.coverage),
            "misread": Jsonb({k.value: n for k, n in one.cleaned.misread.items()}),
            "now": now,
            "whole": whole,
        }
        for one in examined
    ]
    if not rows:
        return
    conn.cursor().executemany(HEALTH, rows)
    sent = {"sensors": [one.sensor.id for one in examined]}
    for statement in (FORGET_SPANS, END_SPANS, BEGIN_SPANS):
        conn.execute(statement, sent)
