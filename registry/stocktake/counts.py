"""Counts as they are read: of a task, of a card for its time line, of who counts (H2, H4)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, LiteralString
from uuid import UUID

from psycopg.rows import class_row

from db import Connection, Refused, scalar
from registry.org import User
from registry.stocktake.kinds import Method, Outcome, Standing

PAGE: Final = 50
SURPLUSES: LiteralString = """
    SELECT code FROM stocktake_surplus WHERE unit_id = %(unit)s AND code = ANY(%(codes)s)
"""
ON_CARD: Final = 20


@dataclass(frozen=True, slots=True)
class Seen:
    """One count of a task; `name` '' where the code is on no card of the unit's. `clock_wrong`, by
    how much at least (`clock_off`, 0: not known): `counted_at` is our moment, not the device's.
    Whose its card is: `section`, `booked_custodian`, and to count in this task `assignee`.
    """

    id: int
    client_id: UUID
    code: str
    name: str
    section: str
    booked_custodian: str
    assignee: str
    outcome: Outcome
    method: Method
    standing: Standing
    counted_by: str
    device: str
    counted_at: datetime
    condition: str
    status: str
    place: str | None
    custodian: str | None
    note: str
    photos: list[str]
    doubtful: bool
    clock_wrong: bool
    clock_off: timedelta

    def __post_init__(self) -> None:
        """Rows carry plain text for the closed sets."""
        object.__setattr__(self, "outcome", Outcome(self.outcome))
        object.__setattr__(self, "method", Method(self.method))
        object.__setattr__(self, "standing", Standing(self.standing))


# A card of another unit is told as its code and nothing more: `card_id` is kept only of our own.
OF_TASK: LiteralString = """
    SELECT count.id, count.client_id, count.code,
           COALESCE(card.name, count.surplus->>'name', '') AS name,
           COALESCE(section.name, '') AS section, COALESCE(card.custodian, '') AS booked_custodian,
           COALESCE(assignee.name, '') AS assignee, count.outcome, count.method,
           count.standing, app_user.name AS counted_by, COALESCE(device.name, '') AS device,
           count.counted_at, count.condition, count.status, count.place, count.custodian,
           count.note, count.photos, count.doubtful, count.clock_wrong, count.clock_off
      FROM stocktake_count AS count
      JOIN app_user ON app_user.id = count.counted_by
      LEFT JOIN card ON card.id = count.card_id
      LEFT JOIN section ON section.id = card.using_section_id
      LEFT JOIN stocktake_expected AS expected
             ON expected.stocktake_id = count.stocktake_id AND expected.card_id = count.card_id
      LEFT JOIN app_user AS assignee ON assignee.id = expected.assignee_id
      LEFT JOIN scan_device AS device ON device.id = count.device_id
     WHERE count.stocktake_id = %(stocktake)s
       AND (%(outcome)s = '' OR count.outcome = %(outcome)s)
       AND (NOT %(doubtful)s OR (count.doubtful AND count.standing IN ('valid', 'agrees')))
       AND (%(after)s::bigint IS NULL OR count.id < %(after)s)
       AND (%(by)s::integer IS NULL OR count.counted_by = %(by)s)
     ORDER BY count.id DESC LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Query:
    """Which counts of a task: of an answer, only doubtful ones, of a person, before an id."""

    stocktake: int
    outcome: str = ""
    doubtful: bool = False
    by: int | None = None
    after: int | None = None


def page(conn: Connection, query: Query, size: int = PAGE) -> tuple[list[Seen], bool]:
    """(a page of counts, newest first, whether there are more). The caller has checked who asks."""
    facts = {
        "stocktake": query.stocktake,
        "outcome": query.outcome,
        "doubtful": query.doubtful,
        "by": query.by,
        "after": query.after,
        "limit": size + 1,
    }
    with conn.cursor(row_factory=class_row(Seen)) as cursor:
        rows = cursor.execute(OF_TASK, facts).fetchall()
    return rows[:size], len(rows) > size


@dataclass(frozen=True, slots=True)
class OfCard:
    """A count of a card that stands or stood, in which task; its clock as in `Seen`."""

    stocktake_id: int
    stocktake: str
    counted_by: str
    counted_at: datetime
    method: Method
    condition: str
    place: str
    clock_wrong: bool
    clock_off: timedelta

    def __post_init__(self) -> None:
        """Rows carry plain text for the closed set."""
        object.__setattr__(self, "method", Method(self.method))


OF_CARD: LiteralString = """
    SELECT stocktake.id AS stocktake_id, stocktake.name AS stocktake, app_user.name AS counted_by,
           count.counted_at, count.method, told.condition,
           COALESCE(told.place, expected.place, '') AS place, count.clock_wrong, count.clock_off
      FROM stocktake_count AS count
      JOIN stocktake ON stocktake.id = count.stocktake_id
      JOIN app_user ON app_user.id = count.counted_by
      LEFT JOIN stocktake_expected AS expected
             ON expected.stocktake_id = count.stocktake_id AND expected.card_id = count.card_id
     CROSS JOIN LATERAL stocktake_told(count.stocktake_id, count.card_id) AS told
     WHERE count.card_id = %(card)s AND count.standing = 'valid'
       AND stocktake.unit_id IN (SELECT unit_id FROM visible_unit WHERE user_id = %(viewer)s)
     ORDER BY count.counted_at DESC, count.id DESC LIMIT %(most)s
"""


def of_card(conn: Connection, viewer: User, card: int) -> list[OfCard]:
    """The counts of a card that `viewer` may know of, the last counted first (A7)."""
    with conn.cursor(row_factory=class_row(OfCard)) as cursor:
        facts = {"card": card, "viewer": viewer.id, "most": ON_CARD}
        return cursor.execute(OF_CARD, facts).fetchall()


@dataclass(frozen=True, slots=True)
class Figures:
    """What somebody counts in a task: of how many, how many are counted, and what was odd."""

    expected: int
    counted: int
    elsewhere: int
    unknown: int

    @property
    def left(self) -> int:
        """How many are still to be counted."""
        return self.expected - self.counted


FIGURES: LiteralString = """
    SELECT mine.expected, mine.counted, odd.elsewhere, odd.unknown
      FROM (SELECT count(*) AS expected, count(count.id) AS counted
              FROM stocktake_expected AS expected
              LEFT JOIN stocktake_count AS count ON count.stocktake_id = expected.stocktake_id
                    AND count.card_id = expected.card_id AND count.standing = 'valid'
             WHERE expected.stocktake_id = %(stocktake)s
               AND (expected.assignee_id = %(user)s OR expected.assignee_id IS NULL)) AS mine,
           (SELECT count(DISTINCT code) FILTER (WHERE outcome = 'elsewhere') AS elsewhere,
                   count(DISTINCT code) FILTER (WHERE outcome = 'unknown' AND NOT EXISTS (
                       SELECT FROM stocktake_surplus AS known
                        WHERE known.unit_id = %(unit)s AND known.code = count.code)) AS unknown
              FROM stocktake_count AS count
             WHERE stocktake_id = %(stocktake)s AND counted_by = %(user)s
               AND standing = 'noted') AS odd
"""


def figures(conn: Connection, stocktake: int, user: User) -> Figures:
    """How far `user` is in a task."""
    with conn.cursor(row_factory=class_row(Figures)) as cursor:
        found = cursor.execute(
            FIGURES, {"stocktake": stocktake, "user": user.id, "unit": user.unit_id}
        ).fetchone()
    assert found is not None
    return found


SENT: LiteralString = """
    SELECT stocktake_id FROM stocktake_count
     WHERE client_id = %(client)s AND counted_by = %(user)s
"""


def task_of(conn: Connection, user: User, client: UUID) -> int:
    """The task of one of the user's counts. Raises Refused 'count.nothing_to_undo'."""
    found = scalar(conn, SENT, client=client, user=user.id)
    if not isinstance(found, int):
        raise Refused("count.nothing_to_undo")
    return found


@dataclass(frozen=True, slots=True)
class Stands:
    """Whose count of a card stands, and when it was counted."""

    by: str
    at: datetime


STANDS: LiteralString = """
    SELECT app_user.name AS by, stands.counted_at AS at
      FROM stocktake_count AS mine
      JOIN stocktake_count AS stands ON stands.stocktake_id = mine.stocktake_id
           AND stands.card_id = mine.card_id AND stands.standing = 'valid'
      JOIN app_user ON app_user.id = stands.counted_by
     WHERE mine.client_id = %(client)s AND mine.counted_by = %(user)s
"""


def stands(conn: Connection, user: User, client: UUID) -> Stands | None:
    """Whose count stands of the card of one of the user's own counts, undone or not."""
    with conn.cursor(row_factory=class_row(Stands)) as cursor:
        return cursor.execute(STANDS, {"client": client, "user": user.id}).fetchone()


def surpluses(conn: Connection, user: User, codes: list[str]) -> set[str]:
    """Those of the codes that the user's unit has registered as surpluses."""
    facts = {"unit": user.unit_id, "codes": codes}
    return {code for (code,) in conn.execute(SURPLUSES, facts)}
