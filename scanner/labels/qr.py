"""The QR of a card: its short address, as modules."""

from collections.abc import Iterator
from enum import StrEnum
from itertools import groupby
from typing import Final

from qrcode import QRCode, util
from qrcode.constants import ERROR_CORRECT_M, ERROR_CORRECT_Q

from db import Refused

QUIET: Final = 4  # modules of nothing around it (ISO/IEC 18004)
# Trying all eight takes five times as long. Over addresses like ours this one costs least by the
# standard's own measure, and readers read any.
MASK: Final = 2


class Level(StrEnum):
    """How much may be damaged: 15 % of the words, or 25 %."""

    M = "M"
    Q = "Q"


LEVELS: Final = {Level.M: ERROR_CORRECT_M, Level.Q: ERROR_CORRECT_Q}
# Bytes that versions 1 to 10 hold.
HOLDS: Final = {
    Level.M: (14, 26, 42, 62, 84, 106, 122, 152, 180, 213),
    Level.Q: (11, 20, 32, 46, 60, 74, 86, 108, 130, 151),
}
Run = tuple[int, int, int]  # column, row, how many


def address(portal_url: str, code: str) -> str:
    """What the QR holds: any phone opens it. `portal_url` is where people reach the portal."""
    return f"{portal_url.rstrip('/')}/c/{code}"


def version(text: str, level: Level) -> int:
    """The smallest that holds the text. Raises Refused 'label.address_long'."""
    size, most = len(text.encode()), HOLDS[level][-1]
    if size > most:
        raise Refused("label.address_long", address=text, most=most)
    return next(n for n, holds in enumerate(HOLDS[level], start=1) if holds >= size)


def side(number: int) -> int:
    """Modules along a side of a version, without the quiet zone."""
    return 17 + 4 * number


def runs(text: str, level: Level) -> list[Run]:
    """The dark modules, those that touch in a row taken together."""
    drawn = QRCode(version(text, level), LEVELS[level], box_size=1, border=0, mask_pattern=MASK)
    drawn.add_data(util.QRData(text.encode(), mode=util.MODE_8BIT_BYTE), optimize=0)
    drawn.make(fit=False)
    return [run for y, row in enumerate(drawn.get_matrix()) for run in _dark(row, y)]


def _dark(row: list[bool], y: int) -> Iterator[Run]:
    x = 0
    for dark, group in groupby(row):
        wide = len(list(group))
        if dark:
            yield x, y, wide
        x += wide
