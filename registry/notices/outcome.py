"""What came of one try to send something."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Result(StrEnum):
    """What to do next."""

    SENT = "sent"
    LATER = "later"
    GIVE_UP = "give_up"  # another try would end the same way
    GONE = "gone"  # the receiver wants no more, ever


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result, what went wrong, for the administrator; how long the receiver asks to wait."""

    result: Result
    error: str = ""
    wait: timedelta = timedelta(0)
