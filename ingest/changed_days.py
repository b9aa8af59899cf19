"""Days of which facts are to be made anew: something arrived of them, however late, or their
readings are to be read otherwise than before (I2, I3).

Whoever makes facts takes the days in hand first, and lets go of them once the facts are kept: what
arrives meanwhile is noted beside them, and a run that is killed is begun again by the next.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import LiteralString

from db import Connection

# In order, so that two collectors that note the same days don't lock each other.
ARRIVED: LiteralString = """
    INSERT INTO changed_day (gateway_id, day)
    SELECT DISTINCT gateway, day::date
      FROM unnest(%(gateways)s::integer[], %(firsts)s::double precision[],
                  %(lasts)s::double precision[]) AS arrived (gateway, first, last),
           generate_series((to_timestamp(first) AT TIME ZONE 'Asia/Shanghai')::date,
                           (to_timestamp(last) AT TIME ZONE 'Asia/Shanghai')::date,
                           INTERVAL '1 day') AS day
     ORDER BY 1, 2
        ON CONFLICT DO NOTHING
"""


def mark_arrived(conn: Connection, spans: Sequence[tuple[int, float, float]]) -> None:
    """Note the days of what arrived: each a gateway's id and the first and the last moment
    (seconds since 1970) of which it tells.
    """
    if not spans:
        return
    gateways, firsts, lasts = zip(*spans, strict=True)
    sent = {"gateways": list(gateways), "firsts": list(firsts), "lasts": list(lasts)}
    conn.execute(ARRIVED, sent)


READ_OTHERWISE: LiteralString = """
    INSERT INTO changed_day (gateway_id, day)
    SELECT sensor.gateway_id, day::date
      FROM binding JOIN sensor ON sensor.id = binding.sensor_id,
           generate_series((greatest(binding.since, %(since)s::timestamptz)
                            AT TIME ZONE 'Asia/Shanghai')::date,
                           (greatest(now(), binding.since, binding.until)
                            AT TIME ZONE 'Asia/Shanghai')::date,
                           INTERVAL '1 day') AS day
     WHERE binding.id = %(binding)s
     ORDER BY 1, 2
        ON CONFLICT DO NOTHING
"""


def mark_binding(conn: Connection, binding_id: int, since: datetime | None = None) -> None:
    """Note the days of a binding, all or those from `since` on: it was made, ended or proven."""
    conn.execute(READ_OTHERWISE, {"binding": binding_id, "since": since})


ALL: LiteralString = """
    INSERT INTO changed_day (gateway_id, day)
    SELECT gateway_id, day::date
      FROM (SELECT sensor.gateway_id, min(binding.since) AS since
              FROM binding JOIN sensor ON sensor.id = binding.sensor_id
             GROUP BY sensor.gateway_id) AS watched,
           generate_series((since AT TIME ZONE 'Asia/Shanghai')::date,
                           (%(now)s::timestamptz AT TIME ZONE 'Asia/Shanghai')::date,
                           INTERVAL '1 day') AS day
     ORDER BY 1, 2
        ON CONFLICT DO NOTHING
"""


def mark_all(conn: Connection, now: datetime) -> None:
    """Note every day since the first binding of each gateway."""
    conn.execute(ALL, {"now": now})


# A collector that finds a day noted notes nothing, and may store what it has after this: so whoever
# is storing is waited for. One that hangs costs this run, and not the next.
WAIT_FOR_COLLECTORS: tuple[LiteralString, ...] = (
    "SET LOCAL lock_timeout = '10s'",
    "LOCK TABLE changed_day IN SHARE ROW EXCLUSIVE MODE",
)
TAKE: LiteralString = """
    WITH noted AS (
        DELETE FROM changed_day WHERE gateway_id = ANY(%(gateways)s) AND NOT taken
        RETURNING gateway_id, day
    )
    INSERT INTO changed_day (gateway_id, day, taken)
    SELECT gateway_id, day, true FROM noted
        ON CONFLICT DO NOTHING
"""
TAKEN: LiteralString = """
    SELECT gateway_id, day FROM changed_day WHERE gateway_id = ANY(%(gateways)s) AND taken
"""
CHANGED: LiteralString = "SELECT DISTINCT gateway_id FROM changed_day"
LET_GO: LiteralString = """
    DELETE FROM changed_day
     WHERE taken
       AND (gateway_id, day) IN (SELECT * FROM unnest(%(gateways)s::integer[], %(days)s::date[]))
"""


def changed(conn: Connection) -> set[int]:
    """The gateways (ids) that have such days."""
    return {gateway for (gateway,) in conn.execute(CHANGED)}


def take(conn: Connection, gateways: Collection[int]) -> dict[int, set[date]]:
    """Take these gateways' (ids) days in hand, and those that an earlier run has left; by
    gateway. In a short transaction of its own: collectors wait for its end.
    """
    sent = {"gateways": list(gateways)}
    for statement in WAIT_FOR_COLLECTORS:
        conn.execute(statement)
    conn.execute(TAKE, sent)
    found: dict[int, set[date]] = {}
    for gateway, day in conn.execute(TAKEN, sent):
        found.setdefault(gateway, set()).add(day)
    return found


def let_go(conn: Connection, made: Mapping[int, Collection[date]]) -> None:
    """Facts are made of these gateways' (ids) days; what arrived since they were taken in hand
    stays noted.
    """
    pairs = [(gateway, day) for gateway, days in made.items() for day in days]
    sent = {"gateways": [gateway for gateway, _ in pairs], "days": [day for _, day in pairs]}
    conn.execute(LET_GO, sent)
