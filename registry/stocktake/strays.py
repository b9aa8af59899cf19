"""A thing that was seen where it is somebody else's to count: they are told, once (H2)."""

from datetime import datetime
from typing import LiteralString
from urllib.parse import urlencode
from uuid import UUID

from db import Connection, Refused, scalar
from registry import notices
from registry.notices import Event
from registry.org import User

STRAY: LiteralString = """
    SELECT count.id, card.code, card.name, expected.assignee_id, count.stocktake_id
      FROM stocktake_count AS count
      JOIN stocktake ON stocktake.id = count.stocktake_id
      JOIN card ON card.id = count.card_id AND card.unit_id = stocktake.unit_id
      JOIN stocktake_expected AS expected
        ON expected.stocktake_id = count.stocktake_id AND expected.card_id = count.card_id
     WHERE count.client_id = %(client)s AND count.counted_by = %(user)s
       AND count.outcome = 'elsewhere' AND count.standing = 'noted'
       AND expected.assignee_id IS NOT NULL
"""
# Of two retries at once the second waits, and finds that it is done.
TOLD: LiteralString = """
    UPDATE stocktake_count SET told_to = %(assignee)s
     WHERE id = %(count)s AND told_to IS DISTINCT FROM %(assignee)s
    RETURNING id
"""


def tell_whose(conn: Connection, user: User, client: UUID, now: datetime) -> str:
    """Tell whoever is to count the card that `user` has seen it; the card's code.

    Whoever was told of this very count is not told again, whatever the retries.
    Raises Refused 'count.nobody_to_tell' where the count is none of that kind.
    """
    row = conn.execute(STRAY, {"client": client, "user": user.id}).fetchone()
    if row is None:
        raise Refused("count.nobody_to_tell")
    count, code, name, assignee, stocktake = row
    if scalar(conn, TOLD, count=count, assignee=assignee) is not None:
        told = {"title": f"{name} {code}", "actor": user.name}
        notices.tell(conn, [assignee], Event.COUNT_SEEN, _address(stocktake, code), now, **told)
    return str(code)


def _address(stocktake: int, code: str) -> str:
    """The card in the task: a second thing that is seen doesn't take the first one's notice."""
    return f"/stocktakes/{stocktake}?{urlencode({'tab': 'cards', 'q': code})}"
