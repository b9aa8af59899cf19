"""Codes within longer texts: an address on any system's label, words around a code (H2, H5).

Only a card's own address says for certain which part of it is a code. What else may be one is a
guess: it is meant where it is a card's code, and otherwise the text stands whole, as unknown.
`portal/static/js/app/codes.js` reads the same on phones: `tests/scanner/symbols.json` holds both.
"""

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import unquote

from registry.cards.named import HOST

CODE: Final = re.compile(r"[A-Z0-9-]{4,32}")
ADDRESS: Final = re.compile(r"(?<!=)https?://", re.IGNORECASE)  # behind = it is a part of another
OF_CARD: Final = re.compile(r"/(?:c|cards)/([^/?#]*)", re.IGNORECASE)
PARTS: Final = re.compile(r"[/?&=#;]")
BETWEEN: Final = re.compile(r"[^A-Za-z0-9-]+")
# Pairs of bytes of GB 2312, each taken for a letter of Latin-1.
TAKEN_FOR_LATIN: Final = re.compile(r"(?:[\x00-\x7f]|[\xa1-\xfe]{2})*")
FEWEST_LETTERS: Final = 4  # of which that may be said: French has two accents in a row
FIGURE: Final = re.compile(r"[0-9]")


def label(address: str) -> str:
    """What stands where a card's address has its code; '' where it is none's address."""
    path = address.partition("#")[0].partition("?")[0]
    found = OF_CARD.search(path)
    return unquote(found[1]) if found else ""


def in_address(address: str, shapes: Iterable[str]) -> tuple[str, ...]:
    """What may be a card's code in another system's address, the likeliest first: what looks like
    a code here; else what has a figure in it. Of each the last, where ids stand.
    """
    host = HOST.match(address)
    words = [unquote(one) for one in PARTS.split(address[host.end() :] if host else address)]
    found = [one.upper() for one in reversed(words) if one.isascii()]
    codes = dict.fromkeys(one for one in found if CODE.fullmatch(one) and FIGURE.search(one))
    fitting = [one for one in codes if fits(one, shapes)]
    return tuple(fitting or codes)


def in_words(text: str, shapes: Iterable[str]) -> tuple[str, ...]:
    """What looks like a code here among other words, signs and Chinese characters."""
    words = (word.upper() for word in BETWEEN.split(text))
    return tuple(dict.fromkeys(one for one in words if CODE.fullmatch(one) and fits(one, shapes)))


def legible(text: str) -> str:
    """Chinese in GBK that a reader has taken for Latin-1, as it was meant; any other as it is."""
    letters = sum(not one.isascii() for one in text)
    if letters < FEWEST_LETTERS or not TAKEN_FOR_LATIN.fullmatch(text):
        return text
    try:
        return text.encode("latin-1").decode("gb18030")
    except UnicodeDecodeError:
        return text


def fits(code: str, shapes: Iterable[str]) -> bool:
    """Whether it looks like a code here."""
    return any(re.fullmatch(shape, code) for shape in shapes)
