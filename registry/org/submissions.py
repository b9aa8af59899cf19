"""What came of a form that makes something: one thing, however often it is sent (J3).

The key is drawn with the form and is its sender's own: the same one from somebody else is another.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, LiteralString

from psycopg.rows import class_row

from db import Connection, Database
from registry.org.users import User

KEPT: Final = timedelta(days=30)  # longer than anybody leaves a form open


@dataclass(frozen=True, slots=True)
class Submission:
    """When the form was sent that made something, the digest of what it said, and the page of
    what came of it: '' where nothing has, because it was refused.
    """

    at: datetime
    digest: str
    address: str


# Who sends the same key at the same moment waits at its row, and then reads what came of it.
CLAIM: LiteralString = """
    INSERT INTO submission (user_id, key, at) VALUES (%(user)s, %(key)s, %(now)s)
    ON CONFLICT (user_id, key) DO UPDATE SET key = EXCLUDED.key
    RETURNING at, COALESCE(digest, '') AS digest,
              CASE WHEN gone THEN '' ELSE COALESCE(address, '') END AS address
"""


def claim(conn: Connection, sender: User, key: str, now: datetime) -> Submission:
    """Hold the key until this transaction ends; what came of it before."""
    with conn.cursor(row_factory=class_row(Submission)) as cursor:
        found = cursor.execute(CLAIM, {"user": sender.id, "key": key, "now": now}).fetchone()
    assert found is not None
    return found


SETTLE: LiteralString = """
    UPDATE submission SET at = %(at)s, digest = %(digest)s, address = %(address)s, gone = false
     WHERE user_id = %(user)s AND key = %(key)s
"""


def settle(conn: Connection, sender: User, key: str, came: Submission) -> None:
    """Keep what came of a key, in the transaction that made it."""
    facts = {"at": came.at, "digest": came.digest, "address": came.address}
    conn.execute(SETTLE, {**facts, "user": sender.id, "key": key})


GONE: LiteralString = """
    UPDATE submission SET gone = %(gone)s WHERE user_id = %(user)s AND address = %(address)s
"""


def forget(conn: Connection, sender: int, address: str) -> None:
    """What `sender` (an id) had made is deleted: the form that made it may make it again."""
    conn.execute(GONE, {"user": sender, "address": address, "gone": True})


def remember(conn: Connection, sender: int, address: str) -> None:
    """That was undone: the form that made it is answered with it again."""
    conn.execute(GONE, {"user": sender, "address": address, "gone": False})


PURGE: LiteralString = "DELETE FROM submission WHERE at < %(before)s"


def purge(database: Database, now: datetime) -> None:
    """Remove what is too old for any form to come back; a job of the schedule."""
    with database.transaction("purge submissions") as conn:
        conn.execute(PURGE, {"before": now - KEPT})
