"""Codes that nobody knows, put into the bin of the unit where they were read (H2)."""

from datetime import datetime
from typing import LiteralString

from db import Connection, scalar
from registry.org import User
from registry.stocktake.locks import lock_codes

# Whoever binds the code at this moment is waited for; then it is a card's.
KEEP: LiteralString = """
    INSERT INTO unknown_code (unit_id, code, first_at, last_at, last_by)
    VALUES (%(unit)s, %(code)s, %(now)s, %(now)s, %(by)s)
    ON CONFLICT (unit_id, code) DO UPDATE
       SET times = unknown_code.times + 1, last_at = greatest(unknown_code.last_at, %(now)s),
           last_by = %(by)s, set_aside = false
    RETURNING card_id
"""


def keep(conn: Connection, user: User, code: str, now: datetime) -> int | None:
    """Put a code into the bin of the user's unit; one that comes again is counted. The card to
    which somebody has bound it in this very moment.
    """
    facts = {"unit": user.unit_id, "code": code, "by": user.id, "now": now}
    lock_codes(conn, user.unit_id, [code])
    found = scalar(conn, KEEP, **facts)
    return found if isinstance(found, int) else None
