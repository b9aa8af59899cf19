"""A form as a page draws it: its fields, what they say, and what each offers."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

Attributes = dict[str, str | None]


@dataclass(slots=True)
class Drawn:
    """A field: its name, kind and value; `offers` what may be chosen, without a script's help."""

    name: str
    kind: str
    value: str = ""
    offers: list[str] = field(default_factory=list)
    facts: Attributes = field(default_factory=dict)


@dataclass(slots=True)
class Form:
    """Where it leads, '' to its own page, and its fields in the order drawn."""

    action: str
    fields: list[Drawn] = field(default_factory=list)

    def __getitem__(self, name: str) -> Drawn:
        return next(one for one in self.fields if one.name == name)

    def values(self) -> list[tuple[str, str]]:
        """What it sends as it is drawn."""
        return [(one.name, one.value) for one in self.fields if one.kind != "unticked"]

    def choices(self) -> Iterator[Drawn]:
        """The fields that offer something to choose from."""
        return (one for one in self.fields if one.offers)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.form: Form | None = None
        self.select: Drawn | None = None
        self.text: Drawn | None = None
        self.lists: dict[str, list[str]] = {}
        self.list = ""
        self.shut: list[bool] = []  # of templates and fieldsets around: whether fields count not
        self.option: Attributes | None = None  # one whose value is its text

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = dict(attrs)
        name = facts.get("name") or ""
        if tag == "form" and facts.get("method") == "post":
            self.form = Form(facts.get("action") or "")
            self.forms.append(self.form)
        elif tag == "template" or (tag == "fieldset" and "disabled" in facts):
            self.shut.append(True)
        elif tag == "fieldset":
            self.shut.append(False)
        elif tag == "datalist":
            self.list = facts.get("id") or ""
        elif tag == "option":
            self._option(facts)
        elif self.form and name and not any(self.shut) and "disabled" not in facts:
            self._field(tag, name, facts)

    def _option(self, facts: Attributes) -> None:
        value = facts.get("value")
        if value is None and "value" not in facts:
            self.option = facts
        if self.select and "first" not in self.select.facts:
            self.select.facts["first"] = self.select.value = value or ""  # as browsers do
        if self.select and value and "disabled" not in facts:
            self.select.offers.append(value)
            if "selected" in facts:
                self.select.value = value
        elif self.list and value:
            self.lists.setdefault(self.list, []).append(value)

    def _field(self, tag: str, name: str, facts: Attributes) -> None:
        assert self.form is not None
        kind = facts.get("type") or "text"
        if tag == "select":
            self.select = Drawn(name, tag, facts=facts)
            self.form.fields.append(self.select)
        elif tag == "textarea":
            self.text = Drawn(name, tag, facts=facts)
            self.form.fields.append(self.text)
        elif tag == "input" and kind == "radio":
            known = [one for one in self.form.fields if one.name == name]
            one = known[0] if known else Drawn(name, kind, facts=facts)
            if not known:
                self.form.fields.append(one)
            one.offers.append(facts.get("value") or "")
            one.value = (facts.get("value") or "") if "checked" in facts else one.value
        elif tag == "input" and kind not in {"file", "submit"}:
            unticked = kind == "checkbox" and "checked" not in facts
            value = facts.get("value") or ""
            self.form.fields.append(
                Drawn(name, "unticked" if unticked else kind, value, facts=facts)
            )

    def handle_data(self, data: str) -> None:
        if self.text:
            self.text.value += data
        if self.option is not None:
            self._option({**self.option, "value": data})
            self.option = None

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = None
        elif tag == "select":
            self.select = None
        elif tag == "textarea":
            self.text = None
        elif tag == "datalist":
            self.list = ""
        elif tag in {"template", "fieldset"}:
            self.shut.pop()


def forms(page: str) -> list[Form]:
    """The forms of a page that send something, each with what its lists offer."""
    reader = _Reader()
    reader.feed(page)
    for form in reader.forms:
        for one in form.fields:
            one.offers += reader.lists.get(one.facts.get("list") or "", [])
    return reader.forms
