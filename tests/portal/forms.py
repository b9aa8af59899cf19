"""A form as a page draws it, with all that it would send."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

Sent = dict[str, list[str]]
UNSENT = frozenset({"submit", "button", "reset", "image", "file"})


@dataclass(slots=True)
class Form:
    """Where it leads ('' is the page itself), and what it says before anybody has typed."""

    action: str
    says: Sent = field(default_factory=dict)

    def filled(self, **typed: str | list[str]) -> Sent:
        """With these fields said otherwise."""
        return self.says | {
            name: said if isinstance(said, list) else [said] for name, said in typed.items()
        }


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._open: Form | None = None
        self._field = ""  # of the select or textarea that is read
        self._first = ""  # option of a select of which none is chosen

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = Form(given.get("action", ""))
            self.forms.append(self._open)
        elif self._open is None or "disabled" in given:
            return
        elif tag == "input" and given.get("name"):
            self._input(given)
        elif tag in {"select", "textarea"}:
            self._field, self._first = given.get("name", ""), ""
            if tag == "textarea":
                self._say(self._field, "")
        elif tag == "option":
            self._option(given)

    def _input(self, given: dict[str, str]) -> None:
        kind = given.get("type", "text")
        if kind in UNSENT or (kind in {"checkbox", "radio"} and "checked" not in given):
            return
        self._say(given["name"], given.get("value", "on" if kind == "checkbox" else ""))

    def _option(self, given: dict[str, str]) -> None:
        said = self._open.says if self._open else {}
        if "selected" in given:
            said[self._field] = [given.get("value", "")]
        else:
            said.setdefault(self._field, [given.get("value", "")])

    def _say(self, name: str, value: str) -> None:
        if self._open is not None and name:
            self._open.says.setdefault(name, []).append(value)

    def handle_data(self, data: str) -> None:
        if self.lasttag == "textarea" and self._field and self._open is not None:
            self._open.says[self._field] = [data.removeprefix("\n")]

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag in {"select", "textarea"}:
            self._field = ""


def forms(page: str) -> Iterator[Form]:
    """Every form of a page, in the order drawn."""
    reader = _Reader()
    reader.feed(page)
    yield from reader.forms


def form_with(page: str, name: str) -> Form:
    """The one form of a page that has a field of this name."""
    (found,) = (one for one in forms(page) if name in one.says)
    return found


def refusals(page: str) -> list[str]:
    """What a page says beside its fields, and above them."""
    found = re.findall(r'class="(?:ph-err|p-wrong)".*?</(?:p|div)>', page, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]*>?", " ", "<" + one).split()) for one in found]
