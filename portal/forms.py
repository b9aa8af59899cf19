"""Every form of the portal: browsers put nothing back into it by its place in the page."""

import re
from typing import Final

from jinja2.ext import Extension

FORM: Final = re.compile(r"<form\b(?![^>]*\bautocomplete=)")


class NoRestoring(Extension):
    """Writes `autocomplete="off"` into every form of every template.

    On Back and on reloading, a browser fills in fields by their order. Where the server has drawn
    other rows meanwhile, that ticks another asset. What was typed comes back by `form-state.js`,
    field by field; a sign-in's own fields say themselves what browsers may remember.
    """

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """The template's source, as it is compiled."""
        return FORM.sub('<form autocomplete="off"', source)
