"""The outbox: what is to be sent is claimed, tried, tried again later, and at last given up.

A claim is a moment (`next_at`): until then nobody else takes it. Whoever dies while sending
leaves it to be claimed again, so that everything is sent at least once.
"""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, LiteralString
from uuid import UUID

from psycopg.rows import class_row

from db import Connection, Refused, audit, scalar
from registry.notices.outcome import Outcome, Result
from registry.notices.settings import NoticeSettings
from registry.org import Permission, User

JITTER: Final = 0.2
AT_ONCE_EACH: Final = 2  # of one receiver: a slow one leaves the other workers to the rest
LONGEST_ERROR: Final = 300
SHOWN: Final = 50


class Channel(StrEnum):
    """How it is sent."""

    EMAIL = "email"
    WEBHOOK = "webhook"


class State(StrEnum):
    """What has become of it."""

    PENDING = "pending"
    SENT = "sent"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that we alone send now; `attempts` counts this try."""

    id: int
    channel: Channel
    event_id: UUID
    payload: Mapping[str, Any]
    attempts: int
    webhook_id: int | None
    url: str | None
    secret: str | None

    def __post_init__(self) -> None:
        """Rows carry plain text for the closed set."""
        object.__setattr__(self, "channel", Channel(self.channel))


# The lock lasts for this statement only; the claim itself is `next_at`.
CLAIM: LiteralString = """
    WITH due AS (
        SELECT id FROM (
            SELECT id, next_at, webhook_id, row_number() OVER (
                       PARTITION BY channel, webhook_id ORDER BY next_at, id) AS turn
              FROM delivery
             WHERE state = 'pending' AND next_at <= %(now)s
               AND (webhook_id IS NULL
                    OR (webhook_id <> ALL(%(busy)s) AND EXISTS (
                        SELECT FROM webhook WHERE id = webhook_id AND active)))) AS waiting
         WHERE turn <= %(each)s OR webhook_id IS NULL
         ORDER BY next_at, id
         LIMIT %(limit)s
    ), mine AS (
        SELECT delivery.id, webhook.url, webhook.secret
          FROM delivery JOIN due USING (id) LEFT JOIN webhook ON webhook.id = delivery.webhook_id
         WHERE state = 'pending' AND next_at <= %(now)s
           FOR UPDATE OF delivery SKIP LOCKED
    )
    UPDATE delivery SET attempts = attempts + 1, next_at = %(until)s
      FROM mine
     WHERE delivery.id = mine.id
    RETURNING delivery.id, delivery.channel, delivery.event_id, delivery.payload,
              delivery.attempts, delivery.webhook_id, mine.url, mine.secret
"""


def claim(
    conn: Connection, now: datetime, limit: int, claim_s: float, busy: Iterable[int] = ()
) -> list[Claimed]:
    """At most `limit` deliveries that are due, ours alone for `claim_s` seconds.

    None for the webhooks that are `busy` (ids) with what we have begun to send them.
    """
    until = now + timedelta(seconds=claim_s)
    asked = {"now": now, "until": until, "limit": limit, "busy": list(busy)}
    with conn.cursor(row_factory=class_row(Claimed)) as cursor:
        return cursor.execute(CLAIM, {**asked, "each": AT_ONCE_EACH}).fetchall()


SENT: LiteralString = """
    UPDATE delivery SET state = 'sent', sent_at = %(now)s, last_error = '' WHERE id = %(delivery)s
"""
LATER: LiteralString = """
    UPDATE delivery SET next_at = %(next)s, last_error = %(error)s
     WHERE id = %(delivery)s AND state = 'pending'
"""
DEAD: LiteralString = """
    UPDATE delivery SET state = 'dead', last_error = %(error)s
     WHERE id = %(delivery)s AND state = 'pending'
"""
SWITCH_OFF: LiteralString = """
    UPDATE webhook SET active = false, disabled_reason = 'gone'
     WHERE id = %(webhook)s AND active
    RETURNING id
"""
GIVE_UP: LiteralString = """
    UPDATE delivery SET state = 'dead', last_error = 'switched off'
     WHERE webhook_id = %(webhook)s AND state = 'pending'
"""


def sent(conn: Connection, one: Claimed, now: datetime) -> None:
    """The receiver has it."""
    conn.execute(SENT, {"delivery": one.id, "now": now})


def failed(
    conn: Connection, one: Claimed, outcome: Outcome, now: datetime, settings: NoticeSettings
) -> None:
    """Try again later; give it up where another try is pointless, or it was the last.

    A receiver that asks for time gets it, up to the longest wait: it can't put us off for ever.
    """
    facts = {"delivery": one.id, "error": outcome.error[:LONGEST_ERROR]}
    if outcome.result is Result.GIVE_UP or one.attempts >= settings.notifier_attempts:
        conn.execute(DEAD, facts)
        return
    longest = timedelta(seconds=settings.notifier_longest_wait_s)
    waits = max(wait(one.attempts, settings), min(outcome.wait, longest))
    conn.execute(LATER, {**facts, "next": now + waits})


def gone(conn: Connection, one: Claimed) -> None:
    """The receiver said 410: it wants no more. The webhook is off until somebody switches it on."""
    conn.execute(DEAD, {"delivery": one.id, "error": "HTTP 410"})
    assert one.webhook_id is not None
    give_up(conn, one.webhook_id)
    if scalar(conn, SWITCH_OFF, webhook=one.webhook_id) is not None:
        subject = f"webhook:{one.webhook_id}"
        audit.record(conn, "system:notifier", "webhook.switched_off", subject, reason="gone")


def give_up(conn: Connection, webhook: int) -> None:
    """What waits for a webhook that is off is dead; it may be sent again by hand."""
    conn.execute(GIVE_UP, {"webhook": webhook})


def wait(attempts: int, settings: NoticeSettings) -> timedelta:
    """How long to wait after so many failures: twice as long each time, not all at one moment."""
    doublings: int = 1 << min(attempts - 1, 30)
    base = min(settings.notifier_first_wait_s * doublings, settings.notifier_longest_wait_s)
    return timedelta(seconds=base * random.uniform(1 - JITTER, 1 + JITTER))  # noqa: S311  # no secret


COUNT_OF: LiteralString = "SELECT count(*) FROM delivery WHERE webhook_id = %(webhook)s"


def count_of(conn: Connection, webhook: int) -> int:
    """How many posts of a webhook are noted, sent or not. The caller answers for whose it is."""
    found = scalar(conn, COUNT_OF, webhook=webhook)
    assert isinstance(found, int)
    return found


FORGET: LiteralString = "DELETE FROM delivery WHERE state = 'sent' AND sent_at < %(before)s"


def forget(conn: Connection, before: datetime) -> int:
    """Remove what was sent before; how many. What is dead stays for people to see."""
    return conn.execute(FORGET, {"before": before}).rowcount


@dataclass(frozen=True, slots=True)
class Delivery:
    """One line of a unit's deliveries."""

    id: int
    channel: Channel
    target: str
    event: str
    state: State
    attempts: int
    next_at: datetime
    last_error: str
    created_at: datetime
    sent_at: datetime | None
    possible: bool  # to send it again

    def __post_init__(self) -> None:
        """Rows carry plain text for the closed sets."""
        object.__setattr__(self, "channel", Channel(self.channel))
        object.__setattr__(self, "state", State(self.state))


# Of an e-mail no more than the reader's name: what it says is not the administrator's business.
RECENT: LiteralString = """
    SELECT delivery.id, delivery.channel,
           COALESCE(webhook.name, delivery.payload ->> 'name') AS target,
           delivery.payload ->> 'event' AS event, delivery.state, delivery.attempts,
           delivery.next_at, delivery.last_error, delivery.created_at, delivery.sent_at,
           delivery.state = 'dead' AND (webhook.id IS NULL OR webhook.active) AS possible
      FROM delivery LEFT JOIN webhook ON webhook.id = delivery.webhook_id
     WHERE delivery.unit_id = %(unit)s
     ORDER BY delivery.id DESC
     LIMIT %(limit)s
"""


def recent(conn: Connection, actor: User, limit: int = SHOWN) -> list[Delivery]:
    """The newest deliveries of the unit that `actor` administers."""
    if not actor.may(Permission.ADMINISTER):
        return []
    with conn.cursor(row_factory=class_row(Delivery)) as cursor:
        return cursor.execute(RECENT, {"unit": actor.unit_id, "limit": limit}).fetchall()


RESEND: LiteralString = """
    UPDATE delivery SET state = 'pending', attempts = 0, next_at = %(now)s
     WHERE id = %(delivery)s AND unit_id = %(unit)s AND state = 'dead'
       AND (webhook_id IS NULL
            OR EXISTS (SELECT FROM webhook WHERE id = webhook_id AND active))
    RETURNING id
"""


def resend(conn: Connection, actor: User, delivery: int, now: datetime, request: str = "") -> None:
    """Try a dead one again from the beginning. Refused 'delivery.not_dead' where it can't be."""
    asked = {"delivery": delivery, "unit": actor.unit_id, "now": now}
    if not actor.may(Permission.ADMINISTER) or scalar(conn, RESEND, **asked) is None:
        raise Refused("delivery.not_dead")
    audit.record(conn, actor.login, "delivery.resent", f"delivery:{delivery}", request)
