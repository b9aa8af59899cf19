"""What somebody had typed in a form that can't be taken any more: shown, to be copied."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from flask import request, url_for

from portal import field_words

MOST: Final = 80
LONGEST: Final = 2_000
SIGN_IN: Final = "login"  # passwords and codes alone
SECRET: Final = re.compile(r"password|secret|token|csrf|^present$|^again$", re.IGNORECASE)
# A second factor's code; elsewhere a code is an asset's.
SECRET_OF: Final = {"account": frozenset({"code"})}
# What forms bear along, and nobody types.
BORNE: Final = frozenset({
    "active", "all", "asks_files", "attachments", "back", "client", "confirmed", "count", "digest",
    "document", "missing",
    "find", "forget", "from", "list", "newest", "next", "of", "photos", "query", "seen", "sheet",
    "sort", "square", "submission", "tab", "task", "then", "undecided", "view", "what",
})  # fmt: skip
PART: Final = re.compile(r"part-(\d{1,2})-(\w+)")


@dataclass(frozen=True, slots=True)
class Text:
    """A field as its form called it, and what was typed there."""

    label: str
    text: str


def typed() -> list[Text]:
    """What this request's form brings, without secrets; none where another site sent it."""
    elsewhere = request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin"
    if request.method != "POST" or elsewhere or request.blueprint == SIGN_IN:
        return []
    endpoint = request.endpoint or ""
    found = [
        Text(label(endpoint, name), _text(endpoint, name, values)[:LONGEST])
        for name, values in request.form.lists()
        if said(endpoint, name) and any(one.strip() for one in values)
    ]
    return found[:MOST]


def _text(endpoint: str, name: str, values: Sequence[str]) -> str:
    part = PART.fullmatch(name)
    name = part[2] if part else name
    return "\n".join(field_words.choice_of(endpoint, name, one) for one in values).strip()


def said(endpoint: str, name: str) -> bool:
    """Whether a field of the form that is sent to `endpoint` is somebody's to see again."""
    secret = SECRET_OF.get(endpoint.partition(".")[0], frozenset())
    return name not in BORNE and name not in secret and not SECRET.search(name)


def label(endpoint: str, name: str) -> str:
    """What the form called it; its plain name, shortened, where no form of ours has it."""
    if part := PART.fullmatch(name):
        return f"{part[1]} · {label(endpoint, part[2])}"
    return field_words.label_of(endpoint, name) or name[:64]


def signing_in() -> str:
    """Where to sign in: it leads back to the page that had the form."""
    came = urlsplit(request.referrer or "")
    target = f"{came.path}?{came.query}" if came.query else came.path
    return url_for("login.form", next=target) if target else url_for("login.form")
