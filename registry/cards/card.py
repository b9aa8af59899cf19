"""Cards as they are read: everything of one, counts of all, always within the viewer's scope."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, LiteralString

from psycopg.rows import class_row

from db import Connection
from registry.cards.fields import fields_of
from registry.cards.kinds import CardType, Group, Status
from registry.cards.named import code_of
from registry.cards.values import Values, canonical


@dataclass(frozen=True, slots=True)
class Card:
    """One asset's record (A3): basic, financial, use and characteristic facts. Money in yuan."""

    id: int
    unit_id: int
    unit_name: str
    version: int
    code: str
    name: str
    category: str
    category_name: str
    type: CardType
    quantity: Decimal
    measure: str
    acquisition_way: str
    acquired_on: date | None
    brand: str
    model: str
    serial_number: str
    maker: str
    supplier: str
    original_value: Decimal
    accumulated_depreciation: Decimal
    net_value: Decimal
    fiscal_funds: Decimal
    other_funds: Decimal
    value_type: str
    ledger_account: str
    voucher_number: str
    status: Status
    shareable: bool
    using_section: str
    custodian: str
    managing_section: str
    place: str
    purpose: str
    characteristic: dict[str, Any]
    updated_at: datetime

    def __post_init__(self) -> None:
        """Rows carry plain text for the closed sets."""
        object.__setattr__(self, "type", CardType(self.type))
        object.__setattr__(self, "status", Status(self.status))


READ: LiteralString = """
    SELECT card.id, card.unit_id, unit.name AS unit_name, card.version, card.code, card.name,
           card.category, category.name AS category_name, card.type, card.quantity, card.measure,
           card.acquisition_way, card.acquired_on, card.brand, card.model, card.serial_number,
           card.maker, card.supplier, card.original_value, card.accumulated_depreciation,
           card.net_value, card.fiscal_funds, card.other_funds, card.value_type,
           card.ledger_account, card.voucher_number, card.status, card.shareable,
           COALESCE(using_section.name, '') AS using_section, card.custodian,
           COALESCE(managing_section.name, '') AS managing_section, card.place, card.purpose,
           card.characteristic, card.updated_at
      FROM card
      JOIN unit ON unit.id = card.unit_id
      JOIN category ON category.code = card.category
      LEFT JOIN section AS using_section ON using_section.id = card.using_section_id
      LEFT JOIN section AS managing_section ON managing_section.id = card.managing_section_id
"""
VISIBLE: LiteralString = """
     WHERE card.code = %(code)s
       AND card.unit_id IN (SELECT unit_id FROM visible_unit WHERE user_id = %(viewer)s)
"""
BY_ID: LiteralString = " WHERE card.id = %(card)s"


def card(conn: Connection, viewer: int, code: str) -> Card | None:
    """The card with this code, however it was typed; None where there is none or `viewer` may not
    see it (J4).
    """
    with conn.cursor(row_factory=class_row(Card)) as cursor:
        facts = {"viewer": viewer, "code": code_of(code)}
        return cursor.execute(READ + VISIBLE, facts).fetchone()


def held(conn: Connection, card_id: int) -> Card:
    """The card with this id, which is there. The caller answers for who may see it."""
    with conn.cursor(row_factory=class_row(Card)) as cursor:
        found = cursor.execute(READ + BY_ID, {"card": card_id}).fetchone()
    assert found is not None
    return found


def values_of(one: Card) -> Values:
    """Every value of a card as canonical text, by field name."""
    return {
        field.name: canonical(
            one.characteristic.get(field.name)
            if field.group is Group.CHARACTERISTIC
            else getattr(one, field.name)
        )
        for field in fields_of(one.type)
    }


@dataclass(frozen=True, slots=True)
class StatusCount:
    """How many cards have a status, and what they cost, in yuan."""

    status: Status
    cards: int
    original_value: Decimal


COUNT_BY_STATUS: LiteralString = """
    SELECT status, sum(cards)::bigint, sum(original_value)
      FROM card_count
     WHERE unit_id IN (SELECT unit_id FROM visible_unit WHERE user_id = %(viewer)s)
     GROUP BY status
"""


def count_by_status(conn: Connection, viewer: int) -> list[StatusCount]:
    """Cards that `viewer` may see, by status in the order of `Status`; none are left out."""
    found = {
        Status(status): StatusCount(Status(status), cards, value)
        for status, cards, value in conn.execute(COUNT_BY_STATUS, {"viewer": viewer})
    }
    return [found.get(status, StatusCount(status, 0, Decimal(0))) for status in Status]
