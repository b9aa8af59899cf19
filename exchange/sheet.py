"""One sheet as it is read: its head, its cards in full, its attachments (B1, B6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import LiteralString

from psycopg.rows import class_row

from db import Connection, Refused, scalar
from exchange.kinds import Kind, Scope
from registry.cards import Status
from registry.cards.uploads import Upload
from registry.org import User


@dataclass(frozen=True, slots=True)
class Sheet:
    """A document that publishes cards, or a demand: then `demand` holds its fields (G1)."""

    id: int
    review_id: int
    number: str
    kind: Kind
    scope: Scope
    unit_id: int
    unit_name: str
    contact: str
    phone: str
    address: str
    note: str
    demand: Mapping[str, str]
    drafter: str
    drafted_at: datetime

    def __post_init__(self) -> None:
        """Rows carry plain text for the closed sets."""
        object.__setattr__(self, "kind", Kind(self.kind))
        object.__setattr__(self, "scope", Scope(self.scope))


SHEET: LiteralString = """
    SELECT sheet.id, sheet.review_id, review.number, sheet.kind, sheet.scope, sheet.unit_id,
           unit.name AS unit_name, sheet.contact, sheet.phone, sheet.address, sheet.note,
           sheet.demand, app_user.name AS drafter, sheet.drafted_at
      FROM sheet
      JOIN review ON review.id = sheet.review_id
      JOIN unit ON unit.id = sheet.unit_id
      JOIN app_user ON app_user.id = sheet.drafted_by
     WHERE sheet.id = %(sheet)s
       AND sheet.unit_id IN (SELECT unit_id FROM visible_unit WHERE user_id = %(viewer)s)
       AND (review.state <> 'draft' OR sheet.unit_id = %(own)s)
       AND (review.state <> 'void' OR review.round > 0)
"""


def sheet(conn: Connection, viewer: User, sheet_id: int) -> Sheet | None:
    """The sheet with this id; None where there is none or `viewer` may not see it (J4).

    A draft is its unit's own business.
    """
    facts = {"sheet": sheet_id, "viewer": viewer.id, "own": viewer.unit_id}
    with conn.cursor(row_factory=class_row(Sheet)) as cursor:
        return cursor.execute(SHEET, facts).fetchone()


def require(conn: Connection, viewer: User, sheet_id: int) -> Sheet:
    """As `sheet`; Refused 'sheet.not_found' where there is none for `viewer`."""
    found = sheet(conn, viewer, sheet_id)
    if found is None:
        raise Refused("sheet.not_found")
    return found


OF_REVIEW: LiteralString = "SELECT id FROM sheet WHERE review_id = %(review)s"


def of_review(conn: Connection, review: int) -> int | None:
    """The id of the sheet under this review. The caller asks who may see it."""
    found = scalar(conn, OF_REVIEW, review=review)
    return found if isinstance(found, int) else None


@dataclass(frozen=True, slots=True)
class SheetCard:
    """A card of a sheet as it is now; `changed`: it has changed since the sheet was saved. Yuan."""

    card_id: int
    code: str
    name: str
    category: str
    category_name: str
    type: str
    brand: str
    model: str
    status: Status
    shareable: bool
    quantity: Decimal
    measure: str
    original_value: Decimal
    net_value: Decimal
    place: str
    section: str
    photos: int
    photo: str | None
    changed: bool

    def __post_init__(self) -> None:
        """Rows carry plain text for the closed set."""
        object.__setattr__(self, "status", Status(self.status))


def amounts(cards: Sequence[SheetCard]) -> list[tuple[Decimal, str]]:
    """How much there is of each unit of measure, in the order of the cards: pieces and square
    metres make no sum.
    """
    found: dict[str, Decimal] = {}
    for one in cards:
        found[one.measure] = found.get(one.measure, Decimal(0)) + one.quantity
    return [(quantity, measure) for measure, quantity in found.items()]


CARDS: LiteralString = """
    SELECT card.id AS card_id, card.code, card.name, card.category,
           category.name AS category_name, card.type, card.brand, card.model, card.status,
           card.shareable, card.quantity, card.measure, card.original_value, card.net_value,
           card.place, COALESCE(section.name, '') AS section,
           (SELECT count(*) FROM photo WHERE card_id = card.id) AS photos,
           (SELECT digest FROM photo WHERE card_id = card.id ORDER BY position LIMIT 1) AS photo,
           card.version <> sheet_card.card_version AS changed
      FROM sheet_card
      JOIN card ON card.id = sheet_card.card_id
      JOIN category ON category.code = card.category
      LEFT JOIN section ON section.id = card.using_section_id
     WHERE sheet_card.sheet_id = %(sheet)s
     ORDER BY sheet_card.position
"""


def cards_of(conn: Connection, sheet_id: int) -> list[SheetCard]:
    """The sheet's cards in its order. The caller has checked who may see the sheet."""
    with conn.cursor(row_factory=class_row(SheetCard)) as cursor:
        return cursor.execute(CARDS, {"sheet": sheet_id}).fetchall()


ATTACHMENTS: LiteralString = """
    SELECT digest, 'attachment' AS kind, name, media, bytes, NULL::integer AS width,
           NULL::integer AS height
      FROM sheet_attachment WHERE sheet_id = %(sheet)s ORDER BY position
"""


def attachments_of(conn: Connection, sheet_id: int) -> list[Upload]:
    """The sheet's attachments in order. The caller has checked who may see the sheet."""
    with conn.cursor(row_factory=class_row(Upload)) as cursor:
        return cursor.execute(ATTACHMENTS, {"sheet": sheet_id}).fetchall()
