"""What a page draws that leads somewhere: links, forms, and what its scripts ask for."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

# Our pages quote every value, and escape what would end it.
TAG: Final = re.compile(r"<([a-z]+)\b((?:[^>\"]|\"[^\"]*\")*)>")
VALUE: Final = re.compile(r"([\w-]+)=\"([^\"]*)\"")
LEADS: Final = {"a": "href", "img": "src", "iframe": "src", "source": "src"}
SCRIPT: Final = "script"  # a door that a script goes through: by GET, or it sends


@dataclass(frozen=True, slots=True)
class Door:
    """One way out of a page: its method, the address as drawn, and what bears it."""

    method: str
    address: str
    by: str


def doors(page: str) -> Iterator[Door]:
    """Every way out of a page, in the order drawn."""
    form = Door("GET", "", "form")
    for tag, written in TAG.findall(page):
        given = {name: html.unescape(value) for name, value in VALUE.findall(written)}
        if LEADS.get(tag) in given:
            yield Door("GET", given[LEADS[tag]], tag)
        if tag == "form":
            form = Door(given.get("method", "get").upper(), given.get("action", ""), tag)
            if form.method != "DIALOG":  # closes a dialog, sends nothing
                yield form
        if "formaction" in given:
            yield Door(given.get("formmethod", form.method).upper(), given["formaction"], tag)
        yield from _of_scripts(given)


def _of_scripts(given: dict[str, str]) -> Iterator[Door]:
    if "hx-get" in given:
        yield Door("GET", given["hx-get"], "hx-get")
    if "hx-post" in given:
        yield Door("POST", given["hx-post"], "hx-post")
    for name, value in given.items():
        if name.startswith("data-") and re.match(r"/\w", value):
            yield Door("GET", value, SCRIPT)


@dataclass(frozen=True, slots=True)
class Button:
    """What sends a form: by which method, where to, what with it, and how it looks."""

    method: str
    address: str
    sent: dict[str, str]
    classes: frozenset[str]


@dataclass
class _Form:
    method: str = "GET"
    address: str = ""
    sent: dict[str, str] = field(default_factory=dict)


class _Buttons(HTMLParser):
    """Reads a page for its buttons; each stands within its form, after the hidden fields."""

    def __init__(self) -> None:
        super().__init__()
        self.form, self.found = _Form(), list[Button]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.form = _Form(given.get("method", "get").upper(), given.get("action", ""))
        elif tag == "input" and given.get("type") == "hidden":
            self.form.sent[given.get("name", "")] = given.get("value", "")
        elif tag == "button" and given.get("type", "submit") == "submit" and "hidden" not in given:
            own = {given["name"]: given.get("value", "")} if "name" in given else {}
            self.found.append(Button(
                given.get("formmethod", self.form.method).upper(),
                given.get("formaction", self.form.address),
                {**self.form.sent, **own},
                frozenset(given.get("class", "").split()),
            ))  # fmt: skip

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = _Form()


def buttons(page: str) -> list[Button]:
    """Every button of a page that sends something, in the order drawn."""
    reader = _Buttons()
    reader.feed(page)
    return [one for one in reader.found if one.method == "POST"]
