"""Which sheet of labels is asked for, and where on it the first one goes (H5)."""

from typing import Final

from flask import request

from portal import asked, asked_values
from scanner.labels import FORMATS, Format

USUAL: Final = "a4-3x8"


def form() -> Format:
    """The sheet that is asked for, else the usual one."""
    key = request.values.get("format", USUAL)
    if key not in FORMATS:
        asked_values.not_understood("format", key)
    return FORMATS.get(key, FORMATS[USUAL])


def start(sheet: Format) -> int:
    """The place of the first label, from 1."""
    place = request.values.get("start", "1")
    found = asked.bounded(place, asked.LARGEST_NUMBER)
    if found is None and place:
        asked_values.not_understood("start", place)
    return found if found and found <= sheet.places else 1
