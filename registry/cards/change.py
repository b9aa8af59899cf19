"""One card change as it is read: its card, the values before and after, where it stands."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from psycopg.rows import class_row

from db import Connection, Refused, scalar
from registry.cards.kinds import ChangeKind
from registry.cards.values import Values
from registry.org import User


@dataclass(frozen=True, slots=True)
class Change:
    """A change: its card as it was drafted against, the values before and after.

    `before` holds every field of the card, `after` those that differ. `rows` counts an import's.
    """

    id: int
    review_id: int
    unit_id: int
    unit_name: str
    kind: ChangeKind
    card_id: int | None
    card_version: int | None
    card_code: str
    card_name: str
    present_version: int | None
    before: Values
    after: Values
    details: Values
    parts: list[Values]
    reason: str
    drafter: str
    drafted_at: datetime
    applied_at: datetime | None
    origin_card_id: int | None
    rows: int

    def __post_init__(self) -> None:
        """Rows carry plain text for the closed sets."""
        object.__setattr__(self, "kind", ChangeKind(self.kind))

    @property
    def outdated(self) -> bool:
        """Whether the card has changed since it was drafted."""
        return self.applied_at is None and self.card_version != self.present_version


CHANGE: LiteralString = """
    SELECT card_change.id, card_change.review_id, card_change.unit_id, unit.name AS unit_name,
           card_change.kind, card_change.card_id, card_change.card_version,
           COALESCE(card.code, card_change.after->>'code', '') AS card_code,
           COALESCE(card.name, card_change.after->>'name', '') AS card_name,
           card.version AS present_version, card_change.before, card_change.after,
           card_change.details, card_change.parts, card_change.reason, app_user.name AS drafter,
           card_change.drafted_at, card_change.applied_at, card_change.origin_card_id,
           (SELECT count(*) FROM card_import_row WHERE change_id = card_change.id) AS rows
      FROM card_change
      JOIN review ON review.id = card_change.review_id
      JOIN unit ON unit.id = card_change.unit_id
      JOIN app_user ON app_user.id = card_change.drafted_by
      LEFT JOIN card ON card.id = card_change.card_id
     WHERE card_change.id = %(change)s AND (review.state <> 'void' OR review.round > 0)
       AND card_change.unit_id IN (SELECT unit_id FROM visible_unit WHERE user_id = %(viewer)s)
"""


def change(conn: Connection, viewer: int, change_id: int) -> Change | None:
    """The change with this id; None where there is none or `viewer` may not see it (J4)."""
    with conn.cursor(row_factory=class_row(Change)) as cursor:
        return cursor.execute(CHANGE, {"viewer": viewer, "change": change_id}).fetchone()


def require(conn: Connection, user: User, change_id: int) -> Change:
    """As `change`; Refused 'change.not_found' where there is none for `user`."""
    found = change(conn, user.id, change_id)
    if found is None:
        raise Refused("change.not_found")
    return found


OF_REVIEW: LiteralString = "SELECT id FROM card_change WHERE review_id = %(review)s"


def of_review(conn: Connection, review: int) -> int | None:
    """The id of the change under this review. The caller asks who may see it."""
    found = scalar(conn, OF_REVIEW, review=review)
    return found if isinstance(found, int) else None
