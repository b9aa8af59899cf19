"""The form of a change: what was typed in it, with the files that came along."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from flask import current_app, request

from db import Connection, Refused
from portal import asked_files, edge
from registry.cards import drafting, uploads
from registry.cards.drafting import Typed
from registry.cards.uploads import File

PART: Final = re.compile(r"part-(\d{1,2})-(\w+)")
DIGEST: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Brought:
    """Files that came with a form, by its field; refusals of those that are no good."""

    files: dict[str, list[File]] = field(default_factory=dict)
    refusals: dict[str, Refused] = field(default_factory=dict)


READ: Final[Mapping[str, Callable[[str, bytes], File]]] = {
    "photos": uploads.photo,
    "attachments": uploads.document,
}


def brought(names: Iterable[str] = READ) -> Brought:
    """Files that the request brings, decoded: before any transaction begins. Raises `Busy`."""
    found = Brought()
    for name in names:
        for called, content in asked_files.files(f"{name}_files"):
            try:
                found.files.setdefault(name, []).append(READ[name](called, content))
            except Refused as refused:
                found.refusals[name] = refused
    return found


def typed(conn: Connection, files: Brought) -> Typed:
    """What the form says; the files that it brought are kept."""
    photos, attachments = digests_of(conn, "photos", files), digests_of(conn, "attachments", files)
    form = request.form
    return Typed(
        values={name: form[name] for name in form if not PART.fullmatch(name)},
        parts=_parts(),
        photos=photos if "asks_files" in form else None,
        attachments=attachments if "asks_files" in form else None,
        reason=form.get("reason", ""),
    )


def _parts() -> list[dict[str, str]]:
    """A split's rows in the order of their numbers."""
    found: dict[int, dict[str, str]] = {}
    for name, value in request.form.items():
        if match := PART.fullmatch(name):
            found.setdefault(int(match[1]), {})[match[2]] = value
    return [found[number] for number in sorted(found)]


def digests_of(conn: Connection, name: str, files: Brought) -> tuple[str, ...]:
    """Digests of those that the form has already, and of those that it brings, which are kept."""
    digests = [text for text in request.form.getlist(name) if DIGEST.fullmatch(text)]
    folder = current_app.extensions["panhuo.data"]
    digests += [
        uploads.keep(conn, folder, edge.viewer(), one, edge.now()).digest
        for one in files.files.get(name, ())
    ]
    return tuple(dict.fromkeys(digests))


def with_files(before: dict[str, str], one: Typed | None) -> tuple[list[str], list[str]]:
    """(photos, attachments) that the form shows: as typed, else as the card has them."""

    def shown(typed_ones: tuple[str, ...] | None, name: str) -> list[str]:
        if typed_ones is not None:
            return list(typed_ones)
        return list(digests(before.get(name, "")))

    return (
        shown(one.photos if one else None, drafting.PHOTOS),
        shown(one.attachments if one else None, drafting.ATTACHMENTS),
    )


def digests(joined: str) -> tuple[str, ...]:
    """The digests of a joined value."""
    return tuple(digest for digest in joined.split(",") if digest)
