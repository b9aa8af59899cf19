"""Two languages: Chinese sentences are the ids, a gettext catalogue holds the English."""

from collections.abc import Callable
from functools import cache
from typing import Final

from babel.support import NullTranslations, Translations
from flask import Flask, g, has_request_context, request

from portal.catalogue import FOLDER, MO, PO, compile_catalogue
from portal.edge import settings
from registry.words import Label

LANGUAGES: Final = ("zh", "en")
COOKIE: Final = "language"
TAGS: Final = {"zh": "zh-CN", "en": "en"}


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


def in_each(say: Callable[[], str]) -> Label:
    """What `say` says, in each language: for what is kept, and read later in either."""
    own = language()
    said = {}
    try:
        for code in LANGUAGES:
            g.language = code
            said[code] = say()
    finally:
        g.language = own
    return Label(**said)


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
    # Chinese has one form, and gettext without a catalogue would take the English rule.
    words = one if language() == "zh" else translations("en").ngettext(one, many, num)
    return words % {"num": num, **facts}


def N_(message: str) -> str:  # noqa: N802  # gettext's own name
    """Marks a sentence that is translated later, when it is known who reads."""
    return message


def install(app: Flask) -> None:
    """Give templates `_` and `ngettext`."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(gettext, ngettext, newstyle=False)  # type: ignore[attr-defined]
    app.jinja_env.globals.update(_=gettext, ngettext=ngettext)
