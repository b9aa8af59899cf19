"""What a gun's keys become when the computer takes them for another keyboard's.

A gun in keyboard mode sends the keys of an American keyboard; which characters they make is decided
by the computer's layout.
"""

from dataclasses import dataclass
from typing import Final

# The 47 keys from ` to /, without and with Shift, row by row.
AMERICAN: Final = (
    "`1234567890-=qwertyuiop[]\\asdfghjkl;'zxcvbnm,./",
    '~!@#$%^&*()_+QWERTYUIOP{}|ASDFGHJKL:"ZXCVBNM<>?',
)


@dataclass(frozen=True, slots=True)
class Layout:
    """What the same keys make elsewhere; `name` is for people and records."""

    name: str
    plain: str
    shifted: str

    @property
    def back(self) -> dict[str, str]:
        """The American character by the one that came; of two keys the first."""
        pairs = zip(self.plain + self.shifted, "".join(AMERICAN), strict=True)
        return dict(reversed(list(pairs)))


AZERTY: Final = (
    "²&é\"'(-è_çà)=azertyuiop^$*qsdfghjklmùwxcvbn,;:!",
    "~1234567890°+AZERTYUIOP¨£µQSDFGHJKLM%WXCVBN?./§",
)
LAYOUTS: Final = (
    Layout("azerty", *AZERTY),
    Layout("azerty_caps", *reversed(AZERTY)),  # Caps Lock there locks Shift, of figures too
    Layout(
        "qwertz",
        "^1234567890ß´qwertzuiopü+#asdfghjklöäyxcvbnm,.-",
        "°!\"§$%&/()=?`QWERTZUIOPÜ*'ASDFGHJKLÖÄYXCVBNM;:_",
    ),
    Layout(
        "dvorak",
        "`1234567890[]',.pyfgcrl/=\\aoeuidhtns-;qjkxbmwvz",
        '~!@#$%^&*(){}"<>PYFGCRL?+|AOEUIDHTNS_:QJKXBMWVZ',
    ),
)
BACK: Final = {layout.name: layout.back for layout in LAYOUTS}


def undone(text: str, name: str) -> str | None:
    """The text as the gun meant it; None where a character is on none of the layout's keys."""
    back = BACK[name]
    keys = [back.get(character) for character in text]
    return None if None in keys else "".join(key for key in keys if key)
