"""The kinds of sensors: one file each, which holds one row, KIND."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from analytics.kind import Kind, Seen, Signal


@cache
def known() -> Mapping[str, Kind]:
    """Every kind that can be judged, by name."""
    modules = (import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__))
    rows: list[Kind] = [module.KIND for module in modules]
    return {row.name: row for row in sorted(rows, key=lambda row: row.name)}


def find(name: str) -> Kind:
    """The kind of this name; of one that has no file, a row by which nothing can be judged."""
    return known().get(name) or Kind(name, name, 0.0, _unable)


def of_basis(basis: str) -> Kind | None:
    """The kind that a session's basis names."""
    return next((row for row in known().values() if row.basis == basis), None)


def _unable(room: Sequence[Signal]) -> list[Seen]:
    return [Seen(~one.heard & one.heard, one.heard, able=False, detected=False) for one in room]
