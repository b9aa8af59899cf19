"""The forms that a page draws, with their fields: what can be told again of one that wasn't taken."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

CONTROLS: Final = {"input", "select", "textarea"}
NO_TEXT: Final = {"submit", "button", "reset", "image", "file"}


@dataclass
class Form:
    """A form by POST: where its buttons send it, and by name what its fields are called beside them
    ('': nothing that the page says `for` them).
    """

    actions: set[str] = field(default_factory=set)
    fields: dict[str, str] = field(default_factory=dict)


class _Forms(HTMLParser):
    """Reads the forms of a page, with fields that stand elsewhere and name their form."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: dict[str, Form] = {}
        self.labels: dict[str, str] = {}
        self.within, self.labelled = "", ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.within = given.get("id") or f"form {len(self.forms)}"
            if given.get("method", "get").lower() == "post":
                self.forms.setdefault(self.within, Form()).actions.add(given.get("action", ""))
        elif tag == "label":
            self.labelled = given.get("for", "")
        form = self.forms.get(given.get("form") or self.within)
        if form is not None and "formaction" in given:
            form.actions.add(given["formaction"])
        named = given.get("name") if tag in CONTROLS and given.get("type") not in NO_TEXT else ""
        if form is not None and named:
            form.fields.setdefault(named, given.get("id", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.within = ""
        elif tag == "label":
            self.labelled = ""

    def handle_data(self, data: str) -> None:
        if self.labelled:
            self.labels[self.labelled] = self.labels.get(self.labelled, "") + data


def forms(page: str) -> list[Form]:
    """The forms of a page that are sent by POST."""
    reader = _Forms()
    reader.feed(page)
    for form in reader.forms.values():
        for name, key in form.fields.items():
            form.fields[name] = reader.labels.get(key, "").strip().rstrip("*").strip()
    return list(reader.forms.values())
