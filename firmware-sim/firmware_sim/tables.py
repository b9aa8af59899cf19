"""Tables of the estate file, read so that every complaint names its place, field and rule."""

import math
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final, TypeVar

from firmware_sim.clock import day_start

RESERVED: Final = "seq"  # the record that counts a gateway's packs
EPOCH: Final = date(1970, 1, 1)

Word = TypeVar("Word", bound=StrEnum)


class EstateError(Exception):
    """The estate file is wrong; the message names the gateway, asset, sensor, field and rule."""


class Table:
    """A table of the file that knows its own place, so that every complaint can name it."""

    def __init__(self, place: str, content: object, known: Iterable[str]) -> None:
        if not isinstance(content, Mapping):
            raise EstateError(f"{place}: must be a table")
        self.place, self.content = place, content
        for key in content:
            if key not in known:
                raise EstateError(f"{place}: {key}: unknown field; known are {', '.join(known)}")

    def complain(self, field: str, rule: str) -> EstateError:
        shown = f", not {self.content[field]!r}" if field in self.content else ""
        return EstateError(f"{self.place}: {field}: {rule}{shown}")

    def text(self, field: str, default: str | None = None) -> str:
        value = self.content.get(field, default)
        if not isinstance(value, str) or not value.strip():
            raise self.complain(field, "must be a text and not empty")
        return value

    def name(self, field: str, pattern: re.Pattern[str]) -> str:
        value = self.text(field)
        if not pattern.fullmatch(value) or value == RESERVED:
            raise self.complain(field, f"must match {pattern.pattern} and not be {RESERVED!r}")
        return value

    def word(self, field: str, words: type[Word], default: str | None = None) -> Word:
        value = self.content.get(field, default)
        if value not in list(words):
            raise self.complain(field, f"must be one of {', '.join(words)}")
        return words(value)

    def number(self, field: str, default: float, least: float, most: float) -> float:
        value = self.content.get(field, default)
        good = isinstance(value, int | float) and not isinstance(value, bool)
        if not good or not math.isfinite(value) or not least <= value <= most:
            raise self.complain(field, f"must be a number from {least:g} to {most:g}")
        return float(value)

    def whole(self, field: str, default: int, least: int, most: int) -> int:
        value = self.number(field, default, least, most)
        if value != int(value):
            raise self.complain(field, "must be a whole number")
        return int(value)

    def tables(self, field: str) -> list[Any]:
        value = self.content.get(field, [])
        if not isinstance(value, list):
            raise self.complain(field, f"must be a list of tables ([[{field}]])")
        return value

    def perhaps(self, field: str, least: float, most: float) -> float | None:
        """A number that may be left out: None, as the archetype has it."""
        return self.number(field, least, least, most) if field in self.content else None

    def numbers(self, field: str, least: float, most: float) -> tuple[float, ...]:
        """A list of numbers; empty where it is left out."""
        value = self.content.get(field, [])
        good = isinstance(value, list) and all(
            isinstance(v, int | float) and not isinstance(v, bool) and least <= v <= most
            for v in value
        )
        if not good:
            raise self.complain(field, f"must be a list of numbers from {least:g} to {most:g}")
        return tuple(map(float, value))

    def range(self, field: str, least: float, most: float) -> tuple[float, float] | None:
        """Two numbers, the smaller one first; None where it is left out."""
        found = self.numbers(field, least, most)
        if field not in self.content:
            return None
        if len(found) != 2 or found[0] > found[1]:
            raise self.complain(field, "must be two numbers, the smaller one first")
        return found[0], found[1]

    def flag(self, field: str) -> bool:
        value = self.content.get(field, False)
        if not isinstance(value, bool):
            raise self.complain(field, "must be true or false")
        return value

    def moment(self, field: str, default: int) -> int:
        """A local date or time (UTC+8) as Unix seconds."""
        value = self.content.get(field)
        if field not in self.content:
            return default
        if not isinstance(value, date) or getattr(value, "tzinfo", None) is not None:
            raise self.complain(field, "must be a date or a local time")
        midnight = day_start((date(value.year, value.month, value.day) - EPOCH).days)
        if not isinstance(value, datetime):
            return midnight
        return midnight + value.hour * 3_600 + value.minute * 60 + value.second

    def texts(self, field: str) -> tuple[str, ...]:
        value = self.content.get(field, [])
        if not isinstance(value, list) or not all(isinstance(v, str) and v for v in value):
            raise self.complain(field, "must be a list of texts")
        return tuple(value)
