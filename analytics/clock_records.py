"""What is stored of gateways' clocks, as their histories (I2)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import LiteralString

from analytics.clocks import FURTHEST_S, History, Packs, Stretch, history
from db import Connection

# What was seen since then, and the newest that began before: it may have held when that began.
STRETCHES: LiteralString = """
    SELECT gateway.id, extract(epoch FROM seen.since)::double precision,
           extract(epoch FROM seen.last_seen)::double precision, seen.offset_s
      FROM unnest(%(gateways)s::integer[]) AS gateway (id)
      JOIN gateway_clock AS seen
        ON seen.gateway_id = gateway.id
       AND seen.since >= COALESCE((SELECT max(since) FROM gateway_clock
                                    WHERE gateway_id = gateway.id AND since <= %(since)s),
                                  '-infinity')
     ORDER BY gateway.id, seen.since
"""
PACKS: LiteralString = """
    SELECT gateway_id, by_arrival, untold, extract(epoch FROM min(first_ts))::double precision,
           extract(epoch FROM max(last_ts))::double precision,
           extract(epoch FROM max(received_at))::double precision,
           extract(epoch FROM max(last_ts - received_at))::double precision
      FROM (SELECT gateway_id, by_arrival, first_ts, last_ts, received_at,
                   received_at > told.until AS untold,
                   row_number() OVER (PARTITION BY gateway_id ORDER BY received_at)
                   - row_number() OVER (PARTITION BY gateway_id, by_arrival ORDER BY received_at)
                     AS turn
              FROM pack
              JOIN (SELECT gateway_id, max(last_seen) AS until
                      FROM gateway_clock
                     WHERE gateway_id = ANY(%(gateways)s)
                     GROUP BY gateway_id) AS told USING (gateway_id)
             WHERE received_at >= %(since)s AND received_at <= %(now)s
               AND first_ts IS NOT NULL) AS sent
     GROUP BY gateway_id, by_arrival, untold, turn
     ORDER BY gateway_id, max(received_at)
"""


def histories(
    conn: Connection, gateways: Sequence[int], since: datetime, now: datetime
) -> dict[int, History]:
    """The history of these gateways' clocks by gateway, as far as stamps after `since` need it."""
    found: dict[int, list[Stretch]] = {}
    sent = {
        "gateways": list(gateways),
        "since": since - timedelta(seconds=FURTHEST_S),
        "now": now,
    }
    for gateway, *seen in conn.execute(STRETCHES, sent):
        found.setdefault(gateway, []).append(Stretch(*seen))
    known = {gateway: history(stretches) for gateway, stretches in found.items()}
    off = [gateway for gateway, one in known.items() if not one.always_near]
    packs: dict[int, list[Packs]] = {}
    if off:
        for gateway, *run in conn.execute(PACKS, sent | {"gateways": off}):
            packs.setdefault(gateway, []).append(Packs(*run))
    return {
        gateway: replace(one, packs=tuple(packs.get(gateway, ()))) for gateway, one in known.items()
    }
