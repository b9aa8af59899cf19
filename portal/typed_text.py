"""What somebody had typed in a form that can't be taken any more: shown, to be copied."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from flask import request, url_for

from exchange import demand_fields, sheet_form
from portal.language import language
from registry.cards import change_rules
from registry.cards.field import Field, Form
from registry.cards.fields import FIELDS
from registry.cards.showing import YES_NO
from registry.words import Label

MOST: Final = 80
LONGEST: Final = 2_000
SECRET_ROOMS: Final = frozenset({"login", "account"})  # passwords and codes alone
SECRET: Final = re.compile(r"password|secret|token|csrf|^present$|^again$", re.IGNORECASE)
# What forms bear along, and nobody types.
BORNE: Final = frozenset({
    "active", "all", "asks_files", "attachments", "back", "client", "count", "digest", "find",
    "format", "from", "list", "newest", "next", "of", "photos", "query", "seen", "sheet", "sort",
    "square", "tab", "task", "then", "view", "what",
})  # fmt: skip
PART: Final = re.compile(r"part-(\d{1,2})-(\w+)")
LABELS: Final = {
    "reason": Label("说明", "Reason"),
    "opinion": Label("审核意见", "Opinion"),
    "explanation": Label("说明", "Explanation"),
    "name": Label("名称", "Name"),
    "cards": Label("资产", "Assets"),
}
_DETAILS: Final = tuple(one for rule in change_rules.RULES.values() for one in rule.details)
KNOWN: Final[dict[str, Field]] = {
    one.name: one for one in (*_DETAILS, *demand_fields.FIELDS, *sheet_form.HEAD, *FIELDS)
}


@dataclass(frozen=True, slots=True)
class Text:
    """A field as its form called it, and what was typed there."""

    label: str
    text: str


def typed() -> list[Text]:
    """What this request's form brings, without secrets; none where another site sent it."""
    elsewhere = request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin"
    if request.method != "POST" or elsewhere or request.blueprint in SECRET_ROOMS:
        return []
    found = [
        Text(_label(name), _words(name, text)[:LONGEST])
        for name, values in request.form.lists()
        if name not in BORNE and not SECRET.search(name)
        if (text := "\n".join(values).strip())
    ]
    return found[:MOST]


def _label(name: str) -> str:
    if part := PART.fullmatch(name):
        return f"{part[1]} · {_label(part[2])}"
    label = KNOWN[name].label if name in KNOWN else LABELS.get(name)
    return label.of(language()) if label else name[:64]


def _words(name: str, text: str) -> str:
    """A choice as its form showed it, anything else as it was typed."""
    if name not in KNOWN:
        return text
    choices = YES_NO if KNOWN[name].form is Form.YES_NO else dict(KNOWN[name].choices)
    return choices[text].of(language()) if text in choices else text


def signing_in() -> str:
    """Where to sign in: it leads back to the page that had the form."""
    came = urlsplit(request.referrer or "")
    target = f"{came.path}?{came.query}" if came.query else came.path
    return url_for("login.form", next=target) if target else url_for("login.form")
