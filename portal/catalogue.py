"""The English catalogue: where it is, and how what is read at run time is made of it."""

from pathlib import Path
from typing import Final

from babel.messages import mofile, pofile

FOLDER: Final = Path(__file__).parent / "translations"
PO: Final = FOLDER / "en/LC_MESSAGES/messages.po"
MO: Final = PO.with_suffix(".mo")


def compile_catalogue() -> None:
    """messages.po to messages.mo, replaced in one step."""
    with PO.open("rb") as file:
        catalogue = pofile.read_po(file, locale="en")
    fresh = MO.with_suffix(".new")
    with fresh.open("wb") as file:
        mofile.write_mo(file, catalogue)
    fresh.replace(MO)
