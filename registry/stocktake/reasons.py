"""Why a difference could not be drafted, as it is kept beside it: codes and facts as JSON (H4)."""

from collections.abc import Iterable, Mapping
from typing import Any

from db import Refused
from registry.words import Label


def kept(refusals: Iterable[Refused]) -> list[dict[str, Any]]:
    """Refusals as JSON; of their facts words in both languages, anything else as text."""
    return [
        {"code": one.code, "facts": {name: _kept(value) for name, value in one.facts.items()}}
        for one in refusals
    ]


def _kept(value: object) -> object:
    return {"zh": value.zh, "en": value.en} if isinstance(value, Label) else str(value)


def read(stored: Iterable[Mapping[str, Any]]) -> tuple[Refused, ...]:
    """The refusals that `kept` wrote."""
    return tuple(
        Refused(one["code"], **{name: _read(value) for name, value in one["facts"].items()})
        for one in stored
    )


def _read(value: object) -> object:
    return Label(value["zh"], value["en"]) if isinstance(value, dict) else value
