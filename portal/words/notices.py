"""Refusals about notices, mail and webhooks."""

from typing import Final

from registry.words import Label

WORDS: Final[dict[str, Label]] = {}
