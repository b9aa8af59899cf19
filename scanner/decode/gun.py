"""What a gun typed, read as codes of cards: whatever keyboards and input methods did to it (H2)."""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from typing import Final

from db.text import keyed
from registry.cards.named import HOST, whole
from scanner.decode.layouts import LAYOUTS, undone
from scanner.decode.within import ADDRESS, CODE, fits, in_address, in_words, label, legible
from scanner.settings import ScannerSettings

LONGEST: Final = 16_000  # a gun's memory may come in one go
AIM: Final = re.compile(r"^\][A-Za-z][0-9A-Za-z]")  # the symbology, where a gun is set to tell it
BREAKS: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200b-\u200f\ufeff]+")


class Why(StrEnum):
    """How a reading came from what was typed."""

    AS_READ = "as_read"
    CLEANED = "cleaned"  # without prefix, suffix, control characters, wide forms
    ADDRESS = "address"  # out of a QR's address, or that address itself
    WORDS = "words"  # a text that holds codes among other words
    APART = "apart"  # codes that ran together
    TWICE = "twice"  # the same code read twice in one go
    LAYOUT = "layout"  # typed on a computer with another keyboard layout


@dataclass(frozen=True, slots=True)
class Reading:
    """What the text may mean: codes in the order in which they were read.

    `doubtful`: the text makes sense without this reading too, so that a person has to confirm it.
    `layout` names the keyboard layout that was undone. `within`: what may be codes inside of one of
    `codes`, which is a whole address or text; they are meant where they are known.
    """

    codes: tuple[str, ...]
    why: Why
    layout: str = ""
    doubtful: bool = False
    within: tuple[tuple[str, tuple[str, ...]], ...] = ()


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
    text = keyed(raw[:LONGEST])
    plain = [_named(one, raw) for one in _of_text(text, gun)]
    undone_ones = [
        (_is_sure(one, gun), replace(one, why=Why.LAYOUT, layout=layout.name))
        for layout in LAYOUTS
        for one in _of_keys(text, layout.name, gun)
    ]
    likely = [one for sure, one in undone_ones if sure]
    others = [one for sure, one in undone_ones if not sure]
    among = [] if plain else _among_words(raw, gun)
    found = _once([*plain, *likely, *among, *others])
    return [replace(one, doubtful=one.layout != found[0].layout) for one in found]


def _is_sure(one: Reading, gun: Gun) -> bool:
    """Whether no accident of keys looks like it: an address, or codes as they are here."""
    return one.why is Why.ADDRESS or all(fits(code, gun.shapes) for code in one.codes)


def seen(text: str, gun: Gun = ANY_GUN) -> list[Reading]:
    """What a camera's text may mean: no keyboard stood between."""
    return _of_text(keyed(text[:LONGEST]), gun) or _among_words(text, gun)


def in_symbol(text: str, gun: Gun = ANY_GUN) -> tuple[str, ...]:
    """The codes in what a camera read, whatever is known. Nothing where there is none."""
    found = seen(text, gun)
    return found[0].codes if found else ()


def chosen(found: Collection[Reading], known: Callable[[str], bool]) -> Reading | None:
    """The first certain reading of which every code is known, else the first; None of none. Of what
    it may hold `within`, what is known takes the place of the whole.
    """
    is_known = cache(known)
    for one in found:
        read = _looked_into(one, is_known)
        if not one.doubtful and all(is_known(code) for code in read.codes):
            return read
    first = next(iter(found), None)
    return first and _looked_into(first, is_known)


def _looked_into(one: Reading, known: Callable[[str], bool]) -> Reading:
    """Of an address the likeliest code that is known, of a text all of them."""
    if not one.within:
        return one
    most = None if one.why is Why.WORDS else 1
    inside = {
        text: [code for code in codes if known(code)][:most]
        for text, codes in one.within
        if not known(text)  # which somebody has bound to a card
    }
    codes = dict.fromkeys(each for code in one.codes for each in inside.get(code) or [code])
    return replace(one, codes=tuple(codes), within=())


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
    return [_together([found[0] for found in each])]


def _together(found: list[Reading], alone: Why = Why.TWICE) -> Reading:
    """Several as one reading; `alone`: how it came about where all say the same."""
    codes = tuple(dict.fromkeys(code for one in found for code in one.codes))
    within = tuple(dict.fromkeys(each for one in found for each in one.within))
    return Reading(codes, Why.APART if len(codes) > 1 else alone, within=within)


def _among_words(text: str, gun: Gun) -> list[Reading]:
    """A text that is no code, as itself, where something in it looks like one."""
    plain = itself(text, gun)
    codes = in_words(plain, gun.shapes)
    return [Reading((plain,), Why.WORDS, within=((plain, codes),))] if codes else []


def itself(text: str, gun: Gun = ANY_GUN) -> str:
    """A text that holds no code, as one that nobody knows."""
    return _bare(whole(legible(text[:LONGEST])), gun)


def _bare(part: str, gun: Gun) -> str:
    """Without what the gun sends around a code. Caps Lock may have turned its case."""
    bare = AIM.sub("", part)
    if gun.prefix and bare.casefold().startswith(gun.prefix.casefold()):
        bare = bare[len(gun.prefix) :]
    if gun.suffix and bare.casefold().endswith(gun.suffix.casefold()):
        bare = bare[: -len(gun.suffix)]
    return AIM.sub("", bare)


def _of_part(part: str, gun: Gun) -> Iterator[Reading]:
    starts = [found.start() for found in ADDRESS.finditer(part)]
    if not starts:
        yield from _of_word(part, gun, Why.CLEANED)
        return
    glued = [_of_word(part[: starts[0]], gun, Why.CLEANED)] if starts[0] else []
    addresses = [part[start:end] for start, end in zip(starts, [*starts[1:], None], strict=True)]
    words = [*glued, *(_of_address(address, gun) for address in addresses)]
    firsts = [next(iter(word), None) for word in words]
    read = [one for one in firsts if one is not None]
    if len(read) == len(firsts):
        yield _together(read, Why.ADDRESS)


def _of_address(address: str, gun: Gun) -> Iterator[Reading]:
    """The code of a card's own address; any other stands whole, unless what it holds is known."""
    ours = list(_of_word(label(address), gun, Why.ADDRESS))
    if ours:
        yield from ours
    elif HOST.match(address):
        text = whole(address)
        yield Reading((text,), Why.ADDRESS, within=((text, in_address(text, gun.shapes)),))


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
