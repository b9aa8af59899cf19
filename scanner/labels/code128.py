"""Code 128 (ISO/IEC 15417): the bars of a text, in code sets B and C."""

import re
from collections.abc import Iterator
from itertools import accumulate
from typing import Final

# Bar, space, bar, space, bar, space of the values 0 to 105, then the stop with its last bar.
_WIDTHS: Final = (
    "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 "
    "122132 122231 113222 123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 "
    "321221 312212 322112 322211 212123 212321 232121 111323 131123 131321 112313 132113 132311 "
    "211313 231113 231311 112133 112331 132131 113123 113321 133121 313121 211331 231131 213113 "
    "213311 213131 311123 311321 331121 312113 312311 332111 314111 221411 431111 111224 111422 "
    "121124 121421 141122 141221 112214 112412 122114 122411 142112 142211 241211 221114 413111 "
    "241112 134111 111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 214121 "
    "412121 111143 111341 131141 114113 114311 411113 411311 113141 114131 311141 411131 211412 "
    "211214 211232 2331112"
)
PATTERNS: Final = tuple(_WIDTHS.split())
TO_C, TO_B, START_B, START_C, STOP = 99, 100, 104, 105, 106
QUIET: Final = 10  # modules of nothing at either side
# Figures that are worth code set C: four at an end, six between letters; always an even number.
FIGURES: Final = re.compile(r"^(?:[0-9]{2}){2,}|(?:[0-9]{2}){2,}$|(?:[0-9]{2}){3,}")


def values(text: str) -> list[int]:
    """The symbol's values from start to stop, checksum included. ValueError beyond ASCII 32-126."""
    if not text or not all(" " <= character <= "~" for character in text):
        raise ValueError(f"not for Code 128 B: {text!r}")
    found = list(_set_by_set(text))
    check = sum(value * max(at, 1) for at, value in enumerate(found)) % 103
    return [*found, check, STOP]


def _set_by_set(text: str) -> Iterator[int]:
    now, at = 0, 0
    for part in FIGURES.finditer(text):
        start = part.start()
        if start > at:
            yield from _in_b(text[at:start], now)
            now = START_B
        yield TO_C if now else START_C
        yield from (int(text[n : n + 2]) for n in range(start, part.end(), 2))
        now, at = START_C, part.end()
    if at < len(text):
        yield from _in_b(text[at:], now)


def _in_b(text: str, now: int) -> Iterator[int]:
    if now != START_B:
        yield TO_B if now else START_B
    yield from (ord(character) - 32 for character in text)


def bars(text: str) -> tuple[list[tuple[int, int]], int]:
    """([(where, how wide)] of the bars, the width of all), in modules without the quiet zones."""
    widths = [int(w) for value in values(text) for w in PATTERNS[value]]
    starts = [0, *accumulate(widths)]
    return list(zip(starts[:-1:2], widths[::2], strict=True)), starts[-1]
