"""JSON from outside, read within bounds: it may be deep, or unfold to far more than its bytes."""

import json
from collections.abc import Callable
from typing import Final

DEEPEST: Final = 20
MOST_VALUES: Final = 500_000  # each takes about a hundred bytes, whatever it took in the text


class Unreadable(ValueError):
    """It is no JSON, or none of the kind that anybody has a use for."""


def parse(
    content: bytes,
    parse_int: Callable[[str], object] | None = None,
    parse_float: Callable[[str], object] | None = None,
) -> object:
    """The value. Raises `Unreadable`: no JSON, NaN or Infinity, nested too deeply, too much."""
    if content.count(b",") + content.count(b"[") + content.count(b"{") > MOST_VALUES:
        raise Unreadable("too many values")
    try:
        value = json.loads(
            content, parse_int=parse_int, parse_float=parse_float, parse_constant=_no_figure
        )
    except (ValueError, RecursionError) as error:
        raise Unreadable(str(error)[:200]) from error
    _bounded(value, DEEPEST)
    return value


def _no_figure(text: str) -> None:
    """NaN and Infinity are no JSON."""
    raise ValueError(text)


def _bounded(value: object, levels: int) -> None:
    if not isinstance(value, list | dict):
        return
    if levels == 0:
        raise Unreadable("nested too deeply")
    for one in value.values() if isinstance(value, dict) else value:
        _bounded(one, levels - 1)
