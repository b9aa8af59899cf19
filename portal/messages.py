"""Collect the portal's sentences for translation, and compile what was translated.

python -m portal.messages collect|compile
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from babel.messages import Catalog, extract, pofile

from portal.catalogue import PO, compile_catalogue

HERE: Final = Path(__file__).parent
KEYWORDS: Final = {"_": None, "gettext": None, "ngettext": (1, 2), "N_": None}
METHODS: Final = (("**.py", "python"), ("templates/**.html", "jinja2"))
OPTIONS: Final = {"templates/**.html": {"silent": "false", "encoding": "utf-8"}}

Message = str | tuple[str, ...]


def sentences() -> Iterator[tuple[str, Message]]:
    """Every sentence of the code and the templates, with the file that it stands in."""
    found = extract.extract_from_dir(HERE, METHODS, OPTIONS, keywords=KEYWORDS)
    for name, _line, message, _comments, _context in found:
        yield name, message


def collect() -> Catalog:
    """A catalogue of today's sentences, the translations that stand kept."""
    with PO.open("rb") as file:
        old = pofile.read_po(file, locale="en")
    fresh = Catalog(
        locale="en", charset="utf-8", fuzzy=False, header_comment="# English of the portal."
    )
    for name, message in sorted(sentences(), key=str):
        fresh.add(message, locations=[(name, 0)])
    for entry in fresh:
        if entry.id and (known := old.get(entry.id)):
            entry.string = known.string
    return fresh


def write(catalogue: Catalog) -> None:
    """Write messages.po: sorted, without dates or line numbers that would only make noise."""
    with PO.open("wb") as file:
        pofile.write_po(file, catalogue, omit_header=True, sort_output=True, include_lineno=False)
    head = (
        'msgid ""\nmsgstr ""\n"Language: en\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
    )
    PO.write_text(head + PO.read_text(encoding="utf-8"), encoding="utf-8")


def write_collected() -> None:
    """Bring messages.po up to date."""
    write(collect())


if __name__ == "__main__":
    {"collect": write_collected, "compile": compile_catalogue}[sys.argv[1]]()
