"""What a device sends after counting is over: no count any more, but seen it was (H2, H3)."""

from datetime import datetime
from typing import LiteralString

from db import Connection
from registry.org import User
from registry.stocktake.scan import Count, cleaned, within

TASK: LiteralString = """
    SELECT started_at FROM stocktake
     WHERE id = %(stocktake)s AND unit_id = %(unit)s AND closed_at IS NOT NULL
"""
# A code is a card's own, or one that the unit has bound to a card; of another unit's nothing.
ADD: LiteralString = """
    INSERT INTO stocktake_late (client_id, stocktake_id, card_id, counted_by, counted_at,
                                received_at, place)
    SELECT %(client)s, %(stocktake)s, card.id, %(by)s, %(at)s, %(now)s, %(place)s
      FROM card
     WHERE card.unit_id = %(unit)s
       AND card.id = COALESCE(
           (SELECT id FROM card WHERE code = %(code)s),
           (SELECT card_id FROM unknown_code WHERE unit_id = %(unit)s AND code = %(code)s))
        ON CONFLICT (client_id) DO NOTHING
"""


def note(conn: Connection, user: User, stocktake: int, one: Count, now: datetime) -> None:
    """Keep that a card was seen by a count that was refused because its task is over: the card is
    found (`sightings`), though it is not counted. Once, whatever the retries.
    """
    row = conn.execute(TASK, {"stocktake": stocktake, "unit": user.unit_id}).fetchone()
    if row is None:
        return
    seen = cleaned(within(one, row[0], now))
    facts = {"client": seen.client_id, "stocktake": stocktake, "unit": user.unit_id,
             "by": user.id, "at": seen.counted_at, "now": now, "code": seen.code,
             "place": (seen.place or "")[:200]}  # fmt: skip
    conn.execute(ADD, facts)
