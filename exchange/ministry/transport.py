"""How documents travel, whatever the road: https.py and folder.py are the two that offices have."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from db import PanhuoError


class Unreachable(PanhuoError):
    """The aggregator, or the folder, can't be reached now; it may be later."""


class Fate(StrEnum):
    """What became of a document that has come."""

    TAKEN = "taken"
    REFUSED = "refused"
    WAITS = "waits"  # it will be looked at again


@dataclass(frozen=True, slots=True)
class Arrival:
    """A document that has come, as it was. `name`: by which the road knows it."""

    name: str
    body: bytes


class Transport(Protocol):
    """A road. Everything raises `Unreachable`, and may be done twice without harm."""

    def send(self, name: str, body: bytes) -> bytes | None:
        """Bring a document up; its receipt, or None where the receipt comes down later."""

    def arrivals(self) -> Iterator[Arrival]:
        """What has come down and is not yet answered."""

    def answer(self, arrival: Arrival, fate: Fate, receipt: bytes | None) -> None:
        """Say that it needn't come again; `receipt` is None where there is nothing to say."""

    def statement(self) -> bytes | None:
        """What the aggregator has; None where its statements come down by themselves."""
