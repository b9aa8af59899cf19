"""Refusals about reviews."""

from typing import Final

from registry.words import Label

WORDS: Final[dict[str, Label]] = {}
