"""The pages of a list, whichever it is: where the first, the one before and the next begin."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar
from urllib.parse import urlencode

from flask import abort, redirect, request

Row = TypeVar("Row")
BACK: Final = "back"


def moment_key(at: datetime, key: int) -> str:
    """`<moment>~<id>`, as `asked.moment_and_key` reads it."""
    return f"{at.isoformat()}~{key}"


@dataclass(frozen=True, slots=True)
class Pager:
    """Addresses of pages; None where there is none."""

    first: str | None = None
    previous: str | None = None
    following: str | None = None

    def __bool__(self) -> bool:
        """Whether there is any page but this one."""
        return any((self.first, self.previous, self.following))


def back(after: object, name: str = BACK) -> bool:
    """Whether the page is read back from the key `after`: with no key it is the first page."""
    return after is not None and name in request.args


def again(base: str = "", **changes: object) -> str:
    """This page's address, or `base` with what this one asks; some of it changed, None: without."""
    return _asking(base or request.path, _kept(changes), changes)


def filtered(base: str, changes: Mapping[str, object]) -> str:
    """As `again`, of a list's filters: what is empty filters nothing, and isn't said."""
    kept = [(name, value) for name, value in _kept(changes) if value]
    return _asking(base, kept, changes)


def _kept(changes: Mapping[str, object]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in request.args.items(multi=True) if name not in changes]


def _asking(base: str, kept: list[tuple[str, str]], changes: Mapping[str, object]) -> str:
    asked = [*kept, *((name, value) for name, value in changes.items() if value is not None)]
    return f"{base}?{urlencode(asked)}" if asked else base


def pager(
    rows: Sequence[Row],
    more: bool,
    key: Callable[[Row], object],
    link: Callable[..., str] = again,
    *,
    paged: bool,
    name: str = "after",
    way: str = BACK,
) -> Pager:
    """The pages around `rows`. `more`: whether more stand the way it was read; `paged`: whether it
    began at a key, that `name` bears in the address as `way` bears that it was read back from it.

    Read back to the very beginning, the answer is the first page itself, which is full.
    """
    turned = paged and back(paged, way)
    if turned and not more:
        abort(redirect(link(**{name: None, way: None})))
    if not rows:
        return Pager(first=link(**{name: None, way: None}) if paged else None)
    return Pager(
        first=link(**{name: None, way: None}) if paged else None,
        previous=link(**{name: key(rows[0]), way: 1}) if paged else None,
        following=link(**{name: key(rows[-1]), way: None}) if more or turned else None,
    )
