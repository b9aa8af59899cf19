"""What is written on a label: a card's facts, or a command for guns."""

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from registry.cards.register import Row
from scanner.commands import Command
from scanner.labels import qr


class Written(Protocol):
    """What a label shows, whatever it is for."""

    @property
    def code(self) -> str:
        """What Code 128 holds, and stands below it for people."""

    @property
    def name(self) -> str:
        """The largest line."""

    def square(self, portal_url: str) -> str:
        """What the QR holds."""

    def rows(self) -> list[str]:
        """What stands under the name, in Chinese whoever prints: the label is for all."""

    def tight(self) -> list[str]:
        """The same in fewer rows, where the label is low."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Of a card."""

    code: str
    name: str
    unit: str
    section: str
    place: str
    acquired_on: date | None

    @classmethod
    def of(cls, row: Row) -> "Facts":
        """Of a card as the register lists it."""
        return cls(row.code, row.name, row.unit_name, row.section, row.place, row.acquired_on)

    def square(self, portal_url: str) -> str:
        """The card's short address: any phone opens it."""
        return qr.address(portal_url, self.code)

    def rows(self) -> list[str]:
        """Unit, section, place and date, as far as they are known."""
        said = (("部门", self.section), ("地点", self.place), ("取得", self._acquired()))
        return [self.unit, *(f"{what} {text}" for what, text in said if text)]

    def tight(self) -> list[str]:
        """Section and place in one row."""
        rows = self.rows()
        if len(rows) <= 3:
            return rows
        return [
            self.unit,
            " · ".join(part for part in (self.section, self.place) if part),
            rows[-1],
        ]

    def _acquired(self) -> str:
        return f"{self.acquired_on:%Y-%m-%d}" if self.acquired_on else ""


@dataclass(frozen=True, slots=True)
class Order:
    """Of a command: both symbols hold its text, which no phone takes for an address."""

    command: Command

    @property
    def code(self) -> str:
        """Its text."""
        return self.command.text

    @property
    def name(self) -> str:
        """What it does."""
        return self.command.name

    def square(self, portal_url: str) -> str:
        """The same text, wherever the portal is."""
        return self.command.text

    def rows(self) -> list[str]:
        """How it is used."""
        return list(self.command.says)

    def tight(self) -> list[str]:
        """The same."""
        return self.rows()
