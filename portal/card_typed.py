"""A card that somebody types or scans into a field, as its code (J3)."""

from collections.abc import Collection
from typing import Final

from flask import request

from db import Connection
from portal import scan_read
from registry.cards import Status, named
from scanner.decode import Why, readings

LONGEST: Final = 200  # a gun types the whole address of a label
LONGEST_SEARCH: Final = 64


def code(
    conn: Connection, units: list[int], text: str, among: Collection[Status] = named.STANDING
) -> str:
    """The code of the card of `units` that `text` names. Raises as `named.card`."""
    return named.card(conn, units, text, _read(text), among)


def searched(text: str) -> str:
    """What to search for: of a label's address, which a gun typed, the code."""
    text = text[:LONGEST].strip()
    first = next(iter(readings(text, scan_read.gun())), None)
    is_address = first is not None and first.why is Why.ADDRESS and len(first.codes) == 1
    return (first.codes[0] if first and is_address else text)[:LONGEST_SEARCH]


def words(name: str = "q") -> str:
    """What the address asks to search for."""
    return searched(request.args.get(name, ""))


def _read(text: str) -> list[str]:
    """Codes that a gun may have meant, where they are one and certain."""
    found = readings(text[:LONGEST], scan_read.gun())
    return [one.codes[0] for one in found if len(one.codes) == 1 and not one.doubtful]
