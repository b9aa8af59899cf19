"""The documents before and after one, in the list that its reader came from, as that asked.

The address of a document bears the list (`in`), what was asked of it, and where in its order the
document stood (`at`): who decides one goes on to the next, though the decided one has moved away.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol, TypeVar
from urllib.parse import urlencode

from flask import request

from db import Connection
from portal import asked, edge, sorting
from registry import review

KEPT: Final = ("tab", "kind", "mine", "q", "scope", "state", "unit", "stocktake", *sorting.NAMES)
INBOX: Final = "inbox"
LONGEST: Final = 64


class Placed(Protocol):
    """A document of a list: `place` says where it stands in the list's order, `<key>~<id>`."""

    @property
    def place(self) -> str: ...


Row = TypeVar("Row", bound=Placed)


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Addresses; None at either end of the list."""

    before: str | None
    after: str | None


def came_from() -> str:
    """The list that this page was opened from; '' where it was no list."""
    return request.args.get("in", "")


def at() -> tuple[datetime, int] | None:
    """Where in its list this page's document stood, where that has the order of the last move."""
    return asked.moment_and_key("at")


def kept() -> dict[str, str]:
    """What this page's address bears of the list, for the pages that follow from it."""
    if not came_from():
        return {}
    return {
        name: request.args[name][:LONGEST] for name in ("in", "at", *KEPT) if request.args.get(name)
    }


def _asked(*names: str) -> dict[str, str]:
    return {name: request.args[name][:LONGEST] for name in names if request.args.get(name)}


def opened_from(name: str, row: Placed, **asked_too: str) -> dict[str, str]:
    """What a row of the list `name` gives its document's address; `asked_too`: said by default."""
    return {**_asked(*KEPT), **asked_too, "in": name, "at": row.place}


def beside(
    found: tuple[Row | None, Row | None], address: Callable[[Row, dict[str, str]], str]
) -> Neighbours:
    """Their addresses: `address` of a row, and of what it shall bear."""

    def to(row: Row | None) -> str | None:
        if row is None:
            return None
        return address(row, kept() | {"at": row.place})

    before, after = found
    return Neighbours(to(before), to(after))


def in_inbox(conn: Connection, own: int) -> Neighbours | None:
    """Among what waits on the reader, of every kind; `own`: the review's id of this page's."""
    place = at()
    if place is None:
        return None
    return beside(
        review.beside(conn, edge.viewer(), place, own), lambda row, _kept: from_inbox(row)
    )


def from_inbox(row: review.Waiting) -> str:
    """Where a document is opened from the list of what waits."""
    bears = {"in": INBOX, "at": row.place}
    return f"{row.address}?{urlencode(bears)}"
