"""Keys of a USB gun as Linux tells them, and the characters that they make.

Input devices tell key by key (linux/input.h): no layout, no input method, no focus in between.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from scanner.decode.layouts import AMERICAN

EVENT: Final = struct.Struct("llHHi")  # seconds, microseconds, type, code, value
KEY: Final = 1
PRESSED: Final = 1
ENTERS: Final = (28, 96)  # Enter, and that of the number pad
SHIFTS: Final = (42, 54)
PLACES: Final = (41, *range(2, 14), *range(16, 28), 43, *range(30, 41), *range(44, 54))
PAD: Final = dict(zip((*range(71, 74), *range(75, 78), *range(79, 83)), "7894561230", strict=True))
PLAIN: Final = {**dict(zip(PLACES, AMERICAN[0], strict=True)), **PAD, 57: " ", 74: "-"}
SHIFTED: Final = {**PLAIN, **dict(zip(PLACES, AMERICAN[1], strict=True))}


@dataclass(slots=True)
class Keys:
    """Keys that were pressed since the last Enter."""

    kept: str = ""
    shift: bool = False

    def press(self, code: int, value: int) -> str | None:
        """One key went down (value 1) or up (0); the text where it was Enter's going down."""
        if code in SHIFTS:
            self.shift = value != 0
        elif value == PRESSED and code in ENTERS:
            text, self.kept = self.kept, ""
            return text
        elif value == PRESSED:
            self.kept += (SHIFTED if self.shift else PLAIN).get(code, "")
        return None


def texts(keys: Keys, events: bytes) -> Iterator[str]:
    """What was typed, one text for each Enter; `events` are whole events."""
    for _seconds, _micros, kind, code, value in EVENT.iter_unpack(events):
        text = keys.press(code, value) if kind == KEY else None
        if text:
            yield text
