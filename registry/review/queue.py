"""What waits on a reviewer: documents whose turn is at the reviewer's body."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from psycopg.rows import class_row

from db import Connection, scalar
from registry.org import Role, User
from registry.review.nodes import Body


@dataclass(frozen=True, slots=True)
class Waiting:
    """A document that waits, since when, at which node."""

    kind: str
    number: str
    title: str
    unit_name: str
    body: Body
    since: datetime
    address: str

    def __post_init__(self) -> None:
        """Rows carry plain text for the closed sets."""
        object.__setattr__(self, "body", Body(self.body))


# The step's own unit is the scope: only its reviewers see it in their queue (J4).
WAITING: LiteralString = """
    SELECT review.kind, review.number, review.title, unit.name AS unit_name, step.body,
           review.moved_at AS since, review.address
      FROM review_step AS step
      JOIN review ON review.id = step.review_id
      JOIN unit ON unit.id = review.unit_id
     WHERE step.waiting AND step.unit_id = %(unit)s
       AND review.prepared_by <> %(user)s
       AND NOT EXISTS (SELECT FROM review_event
                        WHERE review_id = review.id AND action = 'submit' AND actor_id = %(user)s)
     ORDER BY review.moved_at, review.id
     LIMIT %(limit)s
"""
COUNT: LiteralString = """
    SELECT count(*)
      FROM review_step AS step
      JOIN review ON review.id = step.review_id
     WHERE step.waiting AND step.unit_id = %(unit)s
       AND review.prepared_by <> %(user)s
       AND NOT EXISTS (SELECT FROM review_event
                        WHERE review_id = review.id AND action = 'submit' AND actor_id = %(user)s)
"""


def waiting(conn: Connection, user: User, limit: int = 100) -> list[Waiting]:
    """What waits on `user`, the longest waiting first; nothing for who reviews nothing."""
    if Role.REVIEWER not in user.roles:
        return []
    facts = {"unit": user.unit_id, "user": user.id, "limit": limit}
    with conn.cursor(row_factory=class_row(Waiting)) as cursor:
        return cursor.execute(WAITING, facts).fetchall()


def waiting_count(conn: Connection, user: User) -> int:
    """How many."""
    if Role.REVIEWER not in user.roles:
        return 0
    found = scalar(conn, COUNT, unit=user.unit_id, user=user.id)
    assert isinstance(found, int)
    return found
