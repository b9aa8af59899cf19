"""The topics of the wire."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

ROOT: Final = "panhuo/v1"


class Leaf(StrEnum):
    """The last word of a topic: what its payload is."""

    READINGS = "readings"
    STATUS = "status"
    COMMITTED = "committed"
    REFUSED = "refused"
    COMMANDS = "commands"


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic taken apart: whose, and what."""

    gateway: str
    leaf: Leaf

    def __str__(self) -> str:
        return f"{ROOT}/{self.gateway}/{self.leaf}"


def parse(text: str) -> Topic | None:
    """`panhuo/v1/gw-0001/readings` taken apart; None for a topic that is not ours."""
    parts = text.split("/")
    if len(parts) != 4 or "/".join(parts[:2]) != ROOT or not parts[2]:
        return None
    try:
        return Topic(parts[2], Leaf(parts[3]))
    except ValueError:
        return None


def everyones(leaf: Leaf) -> str:
    """The filter for `leaf` of all gateways."""
    return f"{ROOT}/+/{leaf}"


def shared(group: str, leaf: Leaf) -> str:
    """The same, its messages shared out among the members of `group`."""
    return f"$share/{group}/{everyones(leaf)}" if group else everyones(leaf)
