"""Which sheet of labels is asked for, and where on it the first one goes (H5)."""

from typing import Final

from flask import request

from portal import asked
from scanner.labels import FORMATS, Format

USUAL: Final = "a4-3x8"


def form() -> Format:
    """The sheet that is asked for, else the usual one."""
    return FORMATS.get(request.values.get("format", ""), FORMATS[USUAL])


def start(sheet: Format) -> int:
    """The place of the first label, from 1."""
    found = asked.bounded(request.values.get("start", "1"), asked.LARGEST_NUMBER)
    return found if found and found <= sheet.places else 1
