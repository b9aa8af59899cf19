"""What symbols may say and which codes are meant, the same for guns, pictures and phones: read from
`symbols.json` by the tests of each.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True, slots=True)
class Example:
    """A text, the codes of cards that are known, and the codes that the text means then."""

    what: str
    text: str
    cards: list[str]
    codes: list[str]


EXAMPLES: Final = [
    Example(**one) for one in json.loads(Path(__file__).with_suffix(".json").read_text())
]
NAMES: Final = [f"{number}: {one.what}" for number, one in enumerate(EXAMPLES)]
