"""Words that belong to a closed set of data, in both languages (A2)."""

from typing import NamedTuple


class Label(NamedTuple):
    """What a value is called."""

    zh: str
    en: str

    def of(self, language: str) -> str:
        """The word in `language`; Chinese for any that we don't have."""
        return self.en if language.startswith("en") else self.zh
