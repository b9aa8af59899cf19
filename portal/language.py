"""Two languages: Chinese sentences are the ids, a gettext catalogue holds the English.

`python -m portal.language collect` finds the sentences, `compile` makes what is read at run time.
"""

import io
import sys
from functools import cache
from pathlib import Path
from typing import Final

from babel.messages import Catalog, extract, mofile, pofile
from babel.support import NullTranslations, Translations
from flask import Flask, g, has_request_context, request

from portal.edge import settings

HERE: Final = Path(__file__).parent
FOLDER: Final = HERE / "translations"
PO: Final = FOLDER / "en/LC_MESSAGES/messages.po"
MO: Final = PO.with_suffix(".mo")
LANGUAGES: Final = ("zh", "en")
COOKIE: Final = "language"
TAGS: Final = {"zh": "zh-CN", "en": "en"}
KEYWORDS: Final = {"_": None, "gettext": None, "ngettext": (1, 2), "N_": None}


def language() -> str:
    """The language of this request: the reader's choice, else the browser's, else ours."""
    if not has_request_context():
        return "zh"
    if "language" not in g:
        chosen = request.cookies.get(COOKIE, "")
        g.language = chosen if chosen in LANGUAGES else _accepted()
    return str(g.language)


def _accepted() -> str:
    if not request.accept_languages:
        return settings().default_language
    best = request.accept_languages.best_match(["zh-CN", "zh", "en"])
    return best[:2] if best else settings().default_language


@cache
def translations(code: str) -> NullTranslations:
    """The catalogue of a language; compiled first where nobody has."""
    if code == "zh":
        return NullTranslations()
    if not MO.exists() or MO.stat().st_mtime < PO.stat().st_mtime:
        compile_catalogue()
    return Translations.load(str(FOLDER), [code])


def gettext(message: str, **facts: object) -> str:
    """The sentence in the reader's language, with its facts."""
    words = translations(language()).gettext(message)
    return words % facts if facts else words


def ngettext(one: str, many: str, num: int, **facts: object) -> str:
    """The sentence for `num` of something."""
    words = translations(language()).ngettext(one, many, num)
    return words % {"num": num, **facts}


def N_(message: str) -> str:  # noqa: N802  # gettext's own name
    """Marks a sentence that is translated later, when it is known who reads."""
    return message


def install(app: Flask) -> None:
    """Give templates `_` and `ngettext`."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(gettext, ngettext, newstyle=False)  # type: ignore[attr-defined]
    app.jinja_env.globals.update(_=gettext, ngettext=ngettext)


def collect() -> Catalog:
    """Every sentence of the code and the templates, the translations kept."""
    with PO.open("rb") as file:
        old = pofile.read_po(file, locale="en")
    found = Catalog(locale="en", project="panhuo", version="", charset="utf-8")
    methods = (("**.py", "python"), ("templates/**.html", "jinja2"))
    options = {"templates/**.html": {"silent": "false", "encoding": "utf-8"}}
    rows = extract.extract_from_dir(HERE, methods, options, keywords=KEYWORDS)
    for name, _line, message, comments, context in sorted(rows, key=lambda row: row[0]):
        found.add(message, locations=[(name, 0)], auto_comments=comments, context=context)
    for entry in found:
        if entry.id and (known := old.get(entry.id)):
            entry.string = known.string
    return found


def write_collected() -> None:
    """Bring messages.po up to date."""
    out = io.BytesIO()
    pofile.write_po(out, collect(), omit_header=False, sort_output=True, include_lineno=False)
    lines = out.getvalue().decode().splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(('"POT-Creation', '"PO-Revision'))]
    PO.write_text("".join(kept))


def compile_catalogue() -> None:
    """messages.po to messages.mo, replaced in one step."""
    with PO.open("rb") as file:
        catalogue = pofile.read_po(file, locale="en")
    fresh = MO.with_suffix(".new")
    with fresh.open("wb") as file:
        mofile.write_mo(file, catalogue)
    fresh.replace(MO)


if __name__ == "__main__":
    {"collect": write_collected, "compile": compile_catalogue}[sys.argv[1]]()
