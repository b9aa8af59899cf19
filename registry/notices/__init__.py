"""Placeholder of the contract, until the room is written."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from db import Connection


class Event(StrEnum):
    REVIEW_WAITING = "review.waiting"
    REVIEW_RETURNED = "review.returned"
    REVIEW_APPROVED = "review.approved"
    REVIEW_REVOKED = "review.revoked"
    REVIEW_RECALLED = "review.recalled"


def tell(
    conn: Connection, users: Iterable[int], event: Event, address: str, now: datetime, **facts: str
) -> None:
    pass


def settle(conn: Connection, event: Event, address: str, now: datetime) -> None:
    pass
