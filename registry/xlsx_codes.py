"""Number formats of a spreadsheet that show a whole number as a code: 000317 out of 317."""

import re
from dataclasses import dataclass
from typing import Final

OTHER: Final = frozenset(".,%/@?") | frozenset("eEyYmMdDhHsSgGaAnNbB")  # amounts, dates, text
TOKEN: Final = re.compile(r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|[_*].|\[[^\]]*\]|(?P<plain>.)',
                          re.DOTALL)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CodeFormat:
    """A number format that shows a whole number as a code: 000000, "ZC-"0000, 000-0000.

    `tokens`: '0' and '#' for figures, anything else is written as it stands.
    """

    tokens: tuple[tuple[str, bool], ...]  # (text, whether it stands for a figure)

    @staticmethod
    def of(text: str) -> "CodeFormat | None":
        """The format of this code; None where it shows an amount, a date or a text."""
        tokens: list[tuple[str, bool]] = []
        for match in TOKEN.finditer(text):
            plain = match["plain"]
            if plain == ";":
                break
            if plain is not None and plain in OTHER:
                return None
            literal = match["quoted"] or match["escaped"] or plain
            if literal:
                tokens.append((literal, plain is not None and plain in "0#"))
        figures = [n for n, (_text, figure) in enumerate(tokens) if figure]
        if not figures:
            return None
        before = "".join(text for text, _figure in tokens[: figures[0]])
        parted = figures[-1] - figures[0] + 1 > len(figures)
        padded = sum(tokens[n][0] == "0" for n in figures) > 1
        coded = padded or parted or any(one.isalnum() for one in before)
        return CodeFormat(tuple(tokens)) if coded else None

    def shown(self, value: str) -> str | None:
        """How this number is shown; None where it is no whole one within 15 figures."""
        try:
            number = float(value)
        except ValueError:
            return None
        if not number.is_integer() or not 0 <= number < 1e15:
            return None
        left = list(str(int(number)))
        first = next(n for n, (_text, figure) in enumerate(self.tokens) if figure)
        found: list[str] = []
        for n in range(len(self.tokens) - 1, -1, -1):
            text, figure = self.tokens[n]
            if not figure:
                found.append(text)
            elif n == first:
                found.append("".join(left) or ("0" if text == "0" else ""))
            else:
                found.append(left.pop() if left else ("0" if text == "0" else ""))
        return "".join(reversed(found))
