"""Commands for whoever holds a gun: codes that the gun page obeys instead of counting them (H2)."""

from dataclasses import dataclass
from typing import Final

from scanner.decode.layouts import AMERICAN, LAYOUTS


@dataclass(frozen=True, slots=True)
class Command:
    """`text`: what its symbols hold, and what the page obeys. `name` and `says` are on the label,
    in Chinese whoever prints: it hangs on a wall for all.
    """

    key: str
    text: str
    name: str
    says: tuple[str, ...]


UNDO: Final = Command(
    "undo", "PANHUO-UNDO", "撤销上一件", ("盘点命令码", "扫一下，撤销刚才扫的一件")
)
COMMANDS: Final = (UNDO,)


def heard(command: Command) -> list[str]:
    """The letters of its text as they come in, whatever the computer takes the gun for; without
    what stands between them, which each keyboard layout puts elsewhere.
    """
    texts = [command.text]
    for layout in LAYOUTS:
        made = dict(zip("".join(AMERICAN), layout.plain + layout.shifted, strict=True))
        texts.append("".join(made[character] for character in command.text))
    return list(dict.fromkeys(_letters(text) for text in texts))


def _letters(text: str) -> str:
    return "".join(one for one in text if one.isascii() and one.isalpha()).upper()
