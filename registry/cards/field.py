"""One fact of a card or of a change, described as data: forms, tables and files read this."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from registry.cards.kinds import CardType, ChangeKind, Group
from registry.words import Label


class Form(StrEnum):
    """How a value is written and checked."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    CODE = "code"  # of a card
    CATEGORY = "category"
    SECTION = "section"  # of the card's unit, by name
    CHOICE = "choice"
    YES_NO = "yes_no"
    DATE = "date"
    MONEY = "money"  # yuan, two decimals
    QUANTITY = "quantity"  # two decimals, above 0
    WHOLE = "whole"  # a number from 0 on

    @property
    def numeric(self) -> bool:
        """Whether its values stand right-aligned."""
        return self in {Form.MONEY, Form.QUANTITY, Form.WHOLE}


class Whose(StrEnum):
    """Whose fact of a card it is: whether it goes along to another unit (D2), who sees it (J4)."""

    THING = "thing"  # the asset's own, worth included: it goes along
    HOLDER = "holder"  # the unit's that holds it: the next one says its own
    PRIVATE = "private"  # as `HOLDER`, and no other unit's business: people, books, suppliers


Choices = tuple[tuple[str, Label], ...]


def named(members: Iterable[StrEnum]) -> Choices:
    """The choices of a closed set whose members have a label."""
    return tuple((member.value, member.label) for member in members)  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Field:
    """A fact: what it is called, which card types have it, who may change it, what is allowed.

    `types` None: every card type. `changed_by`: the kinds of change that may set it; a preparer
    drafts every one of them (A4). `longest` in characters; `most` in the value's own unit.
    """

    name: str
    label: Label
    group: Group
    form: Form = Form.TEXT
    required: bool = False
    types: frozenset[CardType] | None = None
    changed_by: frozenset[ChangeKind] = frozenset()
    choices: Choices = ()
    suggestions: tuple[str, ...] = ()
    measure: Label | None = None
    hint: Label | None = None
    longest: int = 100
    most: Decimal = Decimal(10) ** 12
    past: bool = False  # a date that can't lie ahead
    exported: bool = True
    derived: bool = False

    def of(self, card_type: CardType) -> bool:
        """Whether cards of this type have it."""
        return self.types is None or card_type in self.types


@dataclass(frozen=True, slots=True, kw_only=True)
class CardField(Field):
    """A field of a card; each says whose fact it is."""

    whose: Whose
