"""Text from outside as it is kept: what nobody sees in it is taken out, at every door."""

import re
import unicodedata
from typing import Final

UNSEEN: Final = frozenset({"Cc", "Cf", "Cs"})  # controls, bidi and zero-width marks, surrogates
# What Chinese input methods make of the keys, beyond the wide forms that NFKC knows.
IME: Final = str.maketrans("。、—–―−‐‑·￥“”‘’《》【】", "./------`$\"\"''<>[]")
# What no text may hold, by Unicode: neither now nor in any later version.
LAST_TWO: Final = "".join(chr(plane << 16 | low) for plane in range(17) for low in (0xFFFE, 0xFFFF))
NONCHARACTER: Final = re.compile(f"[\ufdd0-\ufdef{LAST_TWO}]")


def clean(text: str, *, lines: bool = False) -> str:
    """Text as it is kept: NFC, no control characters, no blanks around it.

    A character that is newer than this Python's table stays: rare ones stand in people's names.
    """
    kept = "".join(
        c if c == "\n" and lines else " " if c in "\r\n\t\u00a0\u3000" else c
        for c in unicodedata.normalize("NFC", text.replace("\r\n", "\n"))
        if c in "\n\r\t" or unicodedata.category(c) not in UNSEEN
    )
    return NONCHARACTER.sub("", kept).strip()


def seen(text: str) -> str:
    """`text` without what nobody sees, and otherwise as it was typed: blanks and lines stay.

    A NUL stays too: no person types one, and the door refuses it.
    """
    kept = "".join(c for c in text if c in "\0\n\r\t" or unicodedata.category(c) not in UNSEEN)
    return NONCHARACTER.sub("", kept)


def keyed(text: str) -> str:
    """The text as an American keyboard writes it: wide forms narrow, no signs of input methods."""
    return unicodedata.normalize("NFKC", text).translate(IME)


def folded(text: str) -> str:
    """As searches compare: wide forms narrow, small letters. Columns named `search` hold it so."""
    return clean(unicodedata.normalize("NFKC", text)).lower()
