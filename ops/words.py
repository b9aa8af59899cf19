"""Refusals in words on the command line: the portal's own, in English or Chinese by LANG."""

import os

from db import Refused
from portal.words import words_for


def language() -> str:
    """'zh' where the terminal speaks Chinese, else 'en'."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return "zh" if value.startswith("zh") else "en"
    return "en"


def refusal(refused: Refused) -> str:
    """The sentence of a refusal."""
    return words_for(refused, language())
