"""Text into a line: smaller down to a limit, then cut."""

from collections.abc import Callable
from typing import Final

CUT: Final = "…"
NEVER_FIRST: Final = "，。、；：！？）》】”’…%),.;:!?"  # these begin no line
Width = Callable[[str], float]  # of a text, in ems


def fitted(text: str, room: float, size: float, least: float, width: Width) -> tuple[str, float]:
    """(what is written, its size) so that it is no wider than `room`; sizes in millimetres."""
    ems = width(text)
    if ems * size <= room:
        return text, size
    if ems * least <= room:
        return text, room / ems
    return cut(text, room / least, width), least


def cut(text: str, ems: float, width: Width) -> str:
    """As much of the text as `ems` hold, with … for the rest; where not even that fits, nothing."""
    room = ems - width(CUT)
    kept = ""
    for character in text:
        room -= width(character)
        if room < 0:
            break
        kept += character
    return kept.rstrip() + CUT if width(CUT) <= ems else ""


def lines(
    text: str, room: float, size: float, least: float, width: Width
) -> tuple[list[str], float]:
    """(one line or two, their size): one if it fits at `size`, else two, as `fitted`."""
    if width(text) * size <= room:
        return [text], size
    for tried in (size, (size + least) / 2, least):
        first = broken(text, room / tried, width)
        rest = text[len(first) :].strip()
        if first and width(rest) * tried <= room:
            return [first.strip(), rest], tried
    return [first.strip(), cut(rest, room / least, width)], least


def broken(text: str, ems: float, width: Width) -> str:
    """The start of the text that fits, ended where a line may end."""
    at = 0
    while at < len(text) and width(text[: at + 1]) <= ems:
        at += 1
    kept = text[:at]
    if at == len(text):
        return kept
    if text[at] in NEVER_FIRST:
        return kept[:-1]
    inside = text[at].isascii() and kept[-1:].isascii()  # of a Latin word or a number
    space = kept.rfind(" ") + 1
    return kept[:space] if inside and space > at / 2 else kept
