"""How far each gateway's clock is off, kept as stretches of time (I2)."""

from collections.abc import Iterable
from typing import Final, LiteralString

from db import Connection

# Statuses are some seconds on their way. What differs by less is the same offset.
SAME_S: Final = 60.0

# Kept after the gateway's state, whose row two collectors that heard the same status take in turn:
# a new stretch is begun once. What arrived before the newest of them was heard says nothing new.
EXTEND_OR_BEGIN: LiteralString = """
    WITH newest AS (
        SELECT since, last_seen, offset_s
          FROM gateway_clock
         WHERE gateway_id = %(gateway)s
         ORDER BY since DESC
         LIMIT 1
    ), extended AS (
        UPDATE gateway_clock AS known
           SET last_seen = greatest(known.last_seen, to_timestamp(%(arrival)s))
          FROM newest
         WHERE known.gateway_id = %(gateway)s AND known.since = newest.since
           AND abs(newest.offset_s - %(offset)s) <= %(same)s
        RETURNING known.since
    )
    INSERT INTO gateway_clock (gateway_id, since, last_seen, offset_s)
    SELECT %(gateway)s, to_timestamp(%(arrival)s), to_timestamp(%(arrival)s), %(offset)s
     WHERE NOT EXISTS (SELECT FROM extended)
       AND NOT EXISTS (SELECT FROM newest WHERE last_seen >= to_timestamp(%(arrival)s))
"""


def store_offsets(conn: Connection, heard: Iterable[tuple[int, float, float]]) -> None:
    """Keep what statuses told of clocks.

    `heard`: for each a gateway's id, the arrival (seconds since 1970), and its clock minus ours at
    that moment (s). One row a stretch in which the offset stays the same to SAME_S.
    """
    rows = [
        {"gateway": gateway, "arrival": arrival, "offset": offset, "same": SAME_S}
        for gateway, arrival, offset in sorted(heard)
    ]
    if rows:
        conn.cursor().executemany(EXTEND_OR_BEGIN, rows)
