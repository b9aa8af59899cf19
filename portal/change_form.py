"""The form of a change: what was typed in it, with the files that came along."""

import re
from collections.abc import Callable
from typing import Final

from flask import current_app, request

from db import Connection, Refused
from portal import asked_files, edge
from registry.cards import drafting, uploads
from registry.cards.drafting import Typed
from registry.cards.uploads import Upload

PART: Final = re.compile(r"part-(\d{1,2})-(\w+)")
DIGEST: Final = re.compile(r"[0-9a-f]{64}")


def typed(conn: Connection) -> tuple[Typed, dict[str, Refused]]:
    """What the form says, and refusals of files that came with it; what is good of them is kept."""
    refusals: dict[str, Refused] = {}
    photos = files(conn, "photos", uploads.take_photo, refusals)
    attachments = files(conn, "attachments", uploads.take_attachment, refusals)
    form = request.form
    one = Typed(
        values={name: form[name] for name in form if not PART.fullmatch(name)},
        parts=_parts(),
        photos=photos if "asks_files" in form else None,
        attachments=attachments if "asks_files" in form else None,
        reason=form.get("reason", ""),
    )
    return one, refusals


def _parts() -> list[dict[str, str]]:
    """A split's rows in the order of their numbers."""
    found: dict[int, dict[str, str]] = {}
    for name, value in request.form.items():
        if match := PART.fullmatch(name):
            found.setdefault(int(match[1]), {})[match[2]] = value
    return [found[number] for number in sorted(found)]


Take = Callable[..., Upload]


def files(conn: Connection, name: str, take: Take, refusals: dict[str, Refused]) -> tuple[str, ...]:
    """Digests of those that the form has already, and of those that it brings."""
    digests = [text for text in request.form.getlist(name) if DIGEST.fullmatch(text)]
    folder = current_app.extensions["panhuo.data"]
    for called, content in asked_files.files(f"{name}_files"):
        try:
            digests.append(take(conn, folder, edge.viewer(), called, content, edge.now()).digest)
        except Refused as refused:
            refusals[name] = refused
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
