"""What a gateway says of itself (its status, or its last will)."""

import math
from dataclasses import dataclass
from typing import Final

import msgspec

from db import text
from ingest.letters import clean

LATEST_SENT: Final = 4e9  # seconds since 1970, the year 2096: later is no clock's time


class _Said(msgspec.Struct):
    online: bool
    firmware: str = ""
    sent: float | None = None
    buffered: int | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """A gateway's state. `sent`: by its own clock, seconds since 1970; `buffered`: packs.

    A last will knows neither: None leaves what was known before.
    """

    online: bool
    firmware: str
    sent: float | None
    buffered: int | None


def read(payload: bytes) -> Status:
    """The status in `payload`; ValueError, with what is wrong, where there is none."""
    try:
        said = msgspec.json.decode(payload, type=_Said)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise ValueError(str(error)) from error
    sent = said.sent
    if sent is not None and not (math.isfinite(sent) and 0 < sent < LATEST_SENT):
        sent = None
    buffered = None if said.buffered is None else min(max(said.buffered, 0), 2**62)
    return Status(said.online, clean(text.clean(said.firmware)), sent, buffered)
