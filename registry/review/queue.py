"""What waits on a reviewer: documents whose turn is at the reviewer's body."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, LiteralString

from psycopg.rows import class_row

from db import Connection, keyset
from db.keyset import Way, by_key
from registry.org import Role, User
from registry.review.nodes import Body


@dataclass(frozen=True, slots=True)
class Waiting:
    """A document that waits, since when, at which node."""

    review_id: int
    kind: str
    number: str
    title: str
    unit_name: str
    body: Body
    moved_at: datetime
    address: str
    version: int

    @property
    def since(self) -> datetime:
        """It waits since it moved here."""
        return self.moved_at

    @property
    def place(self) -> str:
        """Where it stands in the order of what waits."""
        return f"{self.moved_at.isoformat()}~{self.review_id}"

    def __post_init__(self) -> None:
        """Rows carry plain text for the closed sets."""
        object.__setattr__(self, "body", Body(self.body))


# The step's own unit is the scope: only its reviewers see it in their queue (J4).
LONGEST: Final = by_key(
    ("review.moved_at", "review.id"), ("%(at)s::timestamptz", "%(key)s::bigint")
)
PIECES: Final[dict[str, LiteralString]] = {
    "waiting": """
    SELECT review.id AS review_id, review.kind, review.number, review.title,
           unit.name AS unit_name, step.body, review.moved_at, review.address,
           review.version
      FROM review_step AS step
      JOIN review ON review.id = step.review_id
      JOIN unit ON unit.id = review.unit_id
     WHERE step.waiting AND step.unit_id = %(unit)s
       AND %(user)s <> ALL(review.edited_by || review.prepared_by)
       AND """,
    "limited": " LIMIT %(limit)s",
}


def _waiting(way: Way) -> LiteralString:
    return PIECES["waiting"] + way.if_any + " ORDER BY " + way.by + PIECES["limited"]


WAITING: LiteralString = _waiting(LONGEST.forward)
WAITING_BACK: LiteralString = _waiting(LONGEST.back)
COUNT: LiteralString = """
    SELECT review.kind, count(*)
      FROM review_step AS step
      JOIN review ON review.id = step.review_id
     WHERE step.waiting AND step.unit_id = %(unit)s
       AND %(user)s <> ALL(review.edited_by || review.prepared_by)
     GROUP BY review.kind
"""


def waiting(conn: Connection, user: User, limit: int = 100) -> list[Waiting]:
    """What waits on `user`, the longest waiting first; nothing for who reviews nothing."""
    return _read(conn, user, WAITING, (None, None), limit)


def beside(
    conn: Connection, user: User, after: tuple[datetime, int], own: int
) -> tuple[Waiting | None, Waiting | None]:
    """What waits on `user` before and after a place (moved_at, review's id) in that order, but for
    the document whose review is `own`.
    """
    return keyset.beside(
        lambda back: _read(conn, user, WAITING_BACK if back else WAITING, after, 2),
        lambda row: row.review_id == own,
    )


def _read(
    conn: Connection,
    user: User,
    text: LiteralString,
    after: tuple[datetime, int] | tuple[None, None],
    limit: int,
) -> list[Waiting]:
    if Role.REVIEWER not in user.roles:
        return []
    at, key = after
    facts = {"unit": user.unit_id, "user": user.id, "at": at, "key": key, "limit": limit}
    with conn.cursor(row_factory=class_row(Waiting)) as cursor:
        return cursor.execute(text, facts).fetchall()


def waiting_by_kind(conn: Connection, user: User) -> dict[str, int]:
    """How many of each kind; kinds of which none waits are left out."""
    if Role.REVIEWER not in user.roles:
        return {}
    facts = {"unit": user.unit_id, "user": user.id}
    found: dict[str, int] = dict(conn.execute(COUNT, facts).fetchall())
    return found


def waiting_count(conn: Connection, user: User) -> int:
    """How many."""
    return sum(waiting_by_kind(conn, user).values())


RETURNED: LiteralString = """
    SELECT review.id AS review_id, review.kind, review.number, review.title,
           unit.name AS unit_name, last.body, review.moved_at, review.address,
           review.version
      FROM review
      JOIN unit ON unit.id = review.unit_id
      CROSS JOIN LATERAL (SELECT body FROM review_event
                           WHERE review_id = review.id AND action = 'return'
                           ORDER BY id DESC LIMIT 1) AS last
     WHERE review.tab = 'draft' AND review.state = 'returned' AND review.unit_id = %(unit)s
     ORDER BY review.moved_at DESC, review.id DESC
     LIMIT %(limit)s
"""


def returned(conn: Connection, user: User, limit: int = 100) -> list[Waiting]:
    """What came back to the preparers of the user's unit, `body` being who returned it."""
    if Role.PREPARER not in user.roles:
        return []
    with conn.cursor(row_factory=class_row(Waiting)) as cursor:
        return cursor.execute(RETURNED, {"unit": user.unit_id, "limit": limit}).fetchall()
