"""What came of one try to send something."""

from dataclasses import dataclass
from enum import StrEnum


class Result(StrEnum):
    """What to do next."""

    SENT = "sent"
    LATER = "later"
    GIVE_UP = "give_up"  # another try would end the same way
    GONE = "gone"  # the receiver wants no more, ever


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result, and what went wrong, for the administrator."""

    result: Result
    error: str = ""
