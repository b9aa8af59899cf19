"""Where nobody may decide: what waits on one person alone, on nobody, or would once submitted.

A node's reviewers are looked for whenever they are asked for, so that whoever becomes one finds
what waits (C1). That nobody is left is said to those who administer the unit, and on the document.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, LiteralString

from psycopg.rows import class_row

from db import Connection, Refused, scalar
from registry import notices
from registry.notices import Event
from registry.org import Role, administrators_of, people_followers
from registry.org.people_followers import Seat
from registry.review import chain
from registry.review.machine import Standing, Step
from registry.review.nodes import Body

MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Held:
    """A document that waits since `moved_at` for the unit `decides` at the node `body`."""

    kind: str
    number: str
    title: str
    unit_name: str
    body: Body
    decides: str
    moved_at: datetime

    def __post_init__(self) -> None:
        """Rows carry plain text for the closed sets."""
        object.__setattr__(self, "body", Body(self.body))


PIECES: Final[dict[str, LiteralString]] = {
    "waiting": """
    SELECT review.kind, review.number, review.title, unit.name AS unit_name, step.body,
           decides.name AS decides, review.moved_at
      FROM review_step AS step
      JOIN review ON review.id = step.review_id
      JOIN unit ON unit.id = review.unit_id
      JOIN unit AS decides ON decides.id = step.unit_id
     WHERE step.waiting
       AND NOT EXISTS (
               SELECT FROM app_user AS other
                 JOIN user_role ON user_role.user_id = other.id AND user_role.role = 'reviewer'
                WHERE other.unit_id = step.unit_id AND other.active
                  AND other.id <> ALL(review.edited_by || review.prepared_by)
                  AND other.id IS DISTINCT FROM %(but)s::integer)
       AND """,
    "of_one": """
           step.unit_id = %(unit)s AND %(but)s <> ALL(review.edited_by || review.prepared_by)
     ORDER BY review.moved_at, review.id LIMIT %(limit)s
    """,
    "of_units": """
           (%(units)s::integer[] IS NULL OR step.unit_id = ANY(%(units)s))
     ORDER BY review.moved_at, review.id LIMIT %(limit)s
    """,
}
ON_ONE: LiteralString = PIECES["waiting"] + PIECES["of_one"]
ON_NOBODY: LiteralString = PIECES["waiting"] + PIECES["of_units"]


def on_one(conn: Connection, person: int, seat: Seat, most: int = MOST) -> list[Held]:
    """What waits on a person (their id) alone where they sit, the longest waiting first."""
    if not seat.active or Role.REVIEWER not in seat.roles:
        return []
    facts = {"but": person, "unit": seat.unit_id, "limit": most}
    with conn.cursor(row_factory=class_row(Held)) as cursor:
        return cursor.execute(ON_ONE, facts).fetchall()


def on_nobody(conn: Connection, units: list[int] | None, most: int = MOST) -> list[Held]:
    """What waits at a node of one of `units` (ids; None: of any) where nobody may decide."""
    facts = {"but": None, "units": units, "limit": most}
    with conn.cursor(row_factory=class_row(Held)) as cursor:
        return cursor.execute(ON_NOBODY, facts).fetchall()


def vacant(conn: Connection, standing: Standing) -> list[Step]:
    """The nodes that are still to decide on a document under review, and where nobody may."""
    if standing.position is None:
        return []
    left = [step for step in standing.chain if step.position >= standing.position]
    return [step for step in left if not chain.reviewers(conn, step, standing.authors)]


def foreseen(
    conn: Connection, kind: str, scope: str, unit: int, authors: frozenset[int]
) -> Refused | None:
    """What submitting a document by `authors` (ids) would be refused with as things stand.

    The rule of the submission itself, asked when the form is opened: 'review.no_chain' or
    'review.nobody'; None where it could be submitted.
    """
    try:
        chain.require_reviewers(conn, chain.chain_of(conn, kind, scope, unit), authors)
    except Refused as refused:
        return refused
    return None


NOW: LiteralString = "SELECT now()"
UNIT_NAME: LiteralString = "SELECT name FROM unit WHERE id = %(unit)s"
WAITING_AT: LiteralString = """
    SELECT count(*) FROM review_step AS step JOIN review ON review.id = step.review_id
     WHERE step.waiting AND step.unit_id = %(unit)s
       AND %(user)s <> ALL(review.edited_by || review.prepared_by)
"""


class Reviewers:
    """Tells who administers a unit that nobody decides there any more, and who decides there now
    what they find.
    """

    def moved(self, conn: Connection, user: int, before: Seat | None, after: Seat) -> None:
        """Somebody came, went, or got other rights."""
        had, has = _decides_at(before), _decides_at(after)
        if had == has:
            return
        now = scalar(conn, NOW)
        assert isinstance(now, datetime)
        if had is not None:
            _tell_administrators(conn, had, now)
        if has is not None:
            _tell_reviewer(conn, user, has, now)


def _decides_at(seat: Seat | None) -> int | None:
    sits = seat is not None and seat.active and Role.REVIEWER in seat.roles
    return seat.unit_id if seat and sits else None


def _tell_administrators(conn: Connection, unit: int, now: datetime) -> None:
    number = len(on_nobody(conn, [unit]))
    if number:
        told, name = administrators_of(conn, unit), str(scalar(conn, UNIT_NAME, unit=unit))
        facts = {"title": name, "number": str(number)}
        address = f"/admin/reviews?unit={unit}"
        notices.tell(conn, told, Event.REVIEW_NOBODY, address, now, **facts)


def _tell_reviewer(conn: Connection, user: int, unit: int, now: datetime) -> None:
    number = scalar(conn, WAITING_AT, unit=unit, user=user)
    if number:
        facts = {"number": str(number)}
        notices.tell(conn, [user], Event.REVIEW_INHERITED, "/inbox", now, **facts)


people_followers.follow(Reviewers())
