"""Of which events somebody wants e-mails: of all, until they say otherwise."""

from collections.abc import Iterable
from typing import LiteralString

from db import Connection
from registry.notices.event import Event

REFUSED: LiteralString = """
    SELECT event FROM notice_preference WHERE user_id = %(user)s AND NOT email
"""


def preferences(conn: Connection, user: int) -> frozenset[Event]:
    """The events of which `user` (an id) is sent e-mails."""
    refused = {event for (event,) in conn.execute(REFUSED, {"user": user})}
    return frozenset(event for event in Event if event.value not in refused)


FORGET: LiteralString = "DELETE FROM notice_preference WHERE user_id = %(user)s"
CHOOSE: LiteralString = """
    INSERT INTO notice_preference (user_id, event, email)
    SELECT %(user)s, event, false FROM unnest(%(refused)s::text[]) AS refused (event)
"""


def set_preferences(conn: Connection, user: int, events: Iterable[Event]) -> None:
    """From now on `user` is sent e-mails of `events` and of no others. The caller audits."""
    wanted = frozenset(events)
    refused = [event.value for event in Event if event not in wanted]
    conn.execute(FORGET, {"user": user})
    conn.execute(CHOOSE, {"user": user, "refused": refused})
