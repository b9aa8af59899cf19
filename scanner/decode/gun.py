"""What a gun typed, read as codes of cards: whatever keyboards and input methods did to it (H2)."""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final
from urllib.parse import unquote

from scanner.decode.layouts import LAYOUTS, undone
from scanner.settings import ScannerSettings

LONGEST: Final = 16_000  # a gun's memory may come in one go
CODE: Final = re.compile(r"[A-Z0-9-]{4,32}")
ADDRESS: Final = re.compile(r"https?://", re.IGNORECASE)
OF_CARD: Final = re.compile(r"/(?:c|cards)/([^/?#]*)", re.IGNORECASE)
AIM: Final = re.compile(r"^\][A-Za-z][0-9A-Za-z]")  # the symbology, where a gun is set to tell it
# What Chinese input methods make of the keys, beyond the wide forms that NFKC knows.
IME: Final = str.maketrans("。、—–―−‐‑·￥“”‘’《》【】", "./------`$\"\"''<>[]")
BREAKS: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200b-\u200f\ufeff]+")


class Why(StrEnum):
    """How a reading came from what was typed."""

    AS_READ = "as_read"
    CLEANED = "cleaned"  # without prefix, suffix, control characters, wide forms
    ADDRESS = "address"  # out of a QR's address
    APART = "apart"  # codes that ran together
    TWICE = "twice"  # the same code read twice in one go
    LAYOUT = "layout"  # typed on a computer with another keyboard layout


@dataclass(frozen=True, slots=True)
class Reading:
    """What the text may mean: codes in the order in which they were read.

    `doubtful`: the text makes sense without this reading too, so that a person has to confirm it.
    `layout` names the keyboard layout that was undone.
    """

    codes: tuple[str, ...]
    why: Why
    layout: str = ""
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Gun:
    """How the guns are set: what they send around a code, and what codes look like here."""

    prefix: str = ""
    suffix: str = ""
    shapes: tuple[str, ...] = ("[A-Z]{2}[0-9]{10}",)

    @classmethod
    def of(cls, settings: ScannerSettings) -> "Gun":
        """As the settings say."""
        shapes = tuple(settings.code_shapes.split())
        return cls(settings.gun_prefix, settings.gun_suffix, shapes)


ANY_GUN: Final = Gun()


def readings(raw: str, gun: Gun = ANY_GUN) -> list[Reading]:
    """What `raw` may mean, the likeliest first; nothing where it holds no code at all."""
    text = unicodedata.normalize("NFKC", raw[:LONGEST]).translate(IME)
    plain = [_named(one, raw) for one in _of_text(text, gun)]
    others = [
        replace(one, why=Why.LAYOUT, layout=layout.name)
        for layout in LAYOUTS
        for one in _of_keys(text, layout.name, gun)
    ]
    found = _once([*plain, *others])
    return [replace(one, doubtful=one.layout != found[0].layout) for one in found]


def in_symbol(text: str, gun: Gun = ANY_GUN) -> tuple[str, ...]:
    """The codes in what a camera read: no keyboard stood between. Nothing where there is none."""
    clean = unicodedata.normalize("NFKC", text[:LONGEST]).translate(IME)
    found = _of_text(clean, gun)
    return found[0].codes if found else ()


def chosen(found: Collection[Reading], known: Callable[[str], bool]) -> Reading | None:
    """The first certain reading of which every code is known, else the first; None of none."""
    for one in found:
        if not one.doubtful and all(known(code) for code in one.codes):
            return one
    return next(iter(found), None)


def _named(one: Reading, raw: str) -> Reading:
    as_read = one.codes == (raw.rstrip("\r\n").upper(),)
    return replace(one, why=Why.AS_READ) if as_read and one.why is Why.CLEANED else one


def _of_keys(text: str, layout: str, gun: Gun) -> list[Reading]:
    parts = [undone(part, layout) for part in BREAKS.split(text)]
    if None in parts:
        return []
    return _of_text(" ".join(part for part in parts if part), gun)


def _of_text(text: str, gun: Gun) -> list[Reading]:
    """The readings of a text in American keys; several parts are several codes."""
    parts = [bare for part in BREAKS.split(text) if (bare := _bare(part, gun))]
    each = [list(_of_part(part, gun)) for part in parts]
    if not each or not all(each):
        return []
    if len(each) == 1:
        return each[0]
    codes = tuple(dict.fromkeys(code for found in each for code in found[0].codes))
    return [Reading(codes, Why.APART if len(codes) > 1 else Why.TWICE)]


def _bare(part: str, gun: Gun) -> str:
    """Without what the gun sends around a code. Caps Lock may have turned its case."""
    bare = AIM.sub("", part)
    if gun.prefix and bare.casefold().startswith(gun.prefix.casefold()):
        bare = bare[len(gun.prefix) :]
    if gun.suffix and bare.casefold().endswith(gun.suffix.casefold()):
        bare = bare[: -len(gun.suffix)]
    return AIM.sub("", bare)


def _of_part(part: str, gun: Gun) -> Iterator[Reading]:
    addresses = ADDRESS.split(part)
    if len(addresses) == 1:
        yield from _of_word(part, gun, Why.CLEANED)
        return
    glued = [_of_word(addresses[0], gun, Why.CLEANED)] if addresses[0] else []
    words = [*glued, *(_of_address(address, gun) for address in addresses[1:])]
    firsts = [next(iter(word), None) for word in words]
    codes = tuple(dict.fromkeys(c for one in firsts if one is not None for c in one.codes))
    if codes and None not in firsts:
        yield Reading(codes, Why.ADDRESS if len(codes) == 1 else Why.APART)


def _of_address(address: str, gun: Gun) -> Iterator[Reading]:
    """The code that an address leads to: after /c/ or /cards/, else the last that can be one."""
    path, _mark, query = address.partition("#")[0].partition("?")
    after = OF_CARD.search(path)
    words = [after[1]] if after else path.split("/")[1:][::-1]
    words += [pair.partition("=")[2] for pair in query.split("&")]
    for word in words:
        found = list(_of_word(unquote(word), gun, Why.ADDRESS))
        if found:
            yield from found
            return


def _of_word(word: str, gun: Gun, why: Why) -> Iterator[Reading]:
    """A code, or several that ran together."""
    if not word.isascii():  # upper() makes ASCII of letters that are none
        return
    code = word.upper()
    if CODE.fullmatch(code):
        yield Reading((code,), why)
    apart = _apart(code, gun)
    if apart:
        yield Reading(apart, Why.APART if len(apart) > 1 else Why.TWICE)


def _apart(text: str, gun: Gun) -> tuple[str, ...]:
    """The codes of known shapes that make up the text; the one that it repeats; else nothing."""
    for shape in gun.shapes:
        if re.fullmatch(f"(?:{shape}){{2,}}", text):
            return tuple(dict.fromkeys(one[0] for one in re.finditer(shape, text)))
    for times in (2, 3):
        size, rest = divmod(len(text), times)
        if not rest and text == text[:size] * times and CODE.fullmatch(text[:size]):
            return (text[:size],)
    return ()


def _once(found: list[Reading]) -> list[Reading]:
    """Of those that mean the same, the first."""
    first: dict[tuple[str, ...], Reading] = {}
    for one in found:
        first.setdefault(one.codes, one)
    return list(first.values())
