"""One fact of a card or of a change, described as data: forms, tables and files read this."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

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
    PHONE = "phone"  # one or several telephone numbers

    @property
    def numeric(self) -> bool:
        """Whether its values stand right-aligned."""
        return self in {Form.MONEY, Form.QUANTITY, Form.WHOLE}


class Whose(StrEnum):
    """Whose fact of a card it is: whether it goes along to another unit (D2), who sees it (J4)."""

    THING = "thing"  # the asset's own, worth included: it goes along
    HOLDER = "holder"  # the unit's that holds it: the next one says its own
    PRIVATE = "private"  # as `HOLDER`, and no other unit's business: people, books, suppliers


@dataclass(frozen=True, slots=True)
class Days:
    """Which days a date may be: from `since` on, and `ahead` days after today at most."""

    since: date = date(1000, 1, 1)  # relics are old
    ahead: int = 100 * 366

    def latest(self, today: date) -> date:
        """The last day that it may be."""
        return today + timedelta(self.ahead)


FOUNDED: Final = date(1949, 10, 1)  # no unit of the state did anything before
EVER: Final = Days()
PAST: Final = Days(ahead=0)
NOTED: Final = Days(FOUNDED, 0)  # what a unit has done
SOON: Final = Days(FOUNDED, 31)  # what it does, or is about to do
PLANNED: Final = Days(FOUNDED, 366)
DEADLINE: Final = Days(FOUNDED, 2 * 366)  # until which an office asks others to be done
LASTING: Final = Days(FOUNDED, 50 * 366)  # what a supplier promised

Choices = tuple[tuple[str, Label], ...]
YES_OR_NO: Final[Choices] = (("true", Label("是", "Yes")), ("false", Label("否", "No")))


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
    days: Days = EVER  # of a date
    exported: bool = True
    derived: bool = False

    def of(self, card_type: CardType) -> bool:
        """Whether cards of this type have it."""
        return self.types is None or card_type in self.types


@dataclass(frozen=True, slots=True, kw_only=True)
class CardField(Field):
    """A field of a card; each says whose fact it is."""

    whose: Whose
