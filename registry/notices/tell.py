"""Telling people: notices in their inbox and, in the same transaction, what leaves the house."""

from collections.abc import Iterable
from datetime import datetime
from typing import LiteralString, Protocol
from uuid import UUID, uuid4

from psycopg.types.json import Jsonb

from db import Connection
from registry.notices.event import Event, said
from registry.notices.settings import NoticeSettings
from registry.words import Label


class Reason(Protocol):
    """A member of a closed set of reasons, whoever it belongs to."""

    @property
    def value(self) -> str:
        """By which it is stored, and put into each reader's words."""
        ...

    @property
    def label(self) -> Label:
        """In words."""
        ...


# One statement, in the order of ids: two that tell the same people wait, and don't deadlock.
NOTE: LiteralString = """
    INSERT INTO notice (user_id, event, address, facts, at)
    SELECT id, %(event)s, %(address)s, %(facts)s, %(now)s
      FROM app_user WHERE id = ANY(%(users)s) AND active
     ORDER BY id
    ON CONFLICT (user_id, event, address) WHERE settled_at IS NULL
    DO UPDATE SET facts = excluded.facts, at = excluded.at, read_at = NULL
    RETURNING id
"""


def tell(
    conn: Connection,
    users: Iterable[int],
    event: Event,
    address: str,
    now: datetime,
    because: Reason | None = None,
    /,
    **facts: str,
) -> None:
    """Tell each of `users` (ids) that is active: once, however often they are named.

    `because`: kept as the fact `reason`, its key; facts are what people wrote.

    Who was told the same of `address` and hasn't settled it finds that notice renewed. E-mails
    and webhooks are queued in the caller's transaction: told and sent, or neither.
    """
    if because:
        facts["reason"] = because.value
    told = {"event": event.value, "address": address, "facts": Jsonb(facts), "now": now}
    rows = conn.execute(NOTE, {**told, "users": sorted(set(users))}).fetchall()
    notices = [key for (key,) in rows]
    if not notices:
        return
    settings, event_id = NoticeSettings(), uuid4()
    link = settings.portal_url.rstrip("/") + address
    if settings.smtp_host:
        _queue_mails(conn, notices, event, event_id, link, now, because, facts)
    _queue_posts(conn, notices, event, event_id, address, link, now, facts)


QUEUE_MAILS: LiteralString = """
    INSERT INTO delivery (channel, unit_id, notice_id, event_id, payload, next_at, created_at)
    SELECT 'email', app_user.unit_id, notice.id, %(event_id)s,
           %(payload)s::jsonb || jsonb_build_object('to', app_user.email, 'name', app_user.name),
           %(now)s, %(now)s
      FROM notice JOIN app_user ON app_user.id = notice.user_id
     WHERE notice.id = ANY(%(notices)s) AND app_user.email <> ''
       AND NOT EXISTS (SELECT FROM notice_preference AS preference
                        WHERE preference.user_id = app_user.id
                          AND preference.event = notice.event AND NOT preference.email)
"""


def _queue_mails(
    conn: Connection,
    notices: list[int],
    event: Event,
    event_id: UUID,
    link: str,
    now: datetime,
    because: Reason | None,
    facts: dict[str, str],
) -> None:
    payload = {
        "event": event.value,
        "subject": said(event, facts, "zh"),
        "said": [said(event, facts, "zh"), said(event, facts, "en")],
        "actor": facts.get("actor", ""),
        "opinion": facts.get("opinion", ""),
        "reason": list(because.label) if because else ["", ""],
        "link": link,
    }
    queued = {"notices": notices, "event_id": event_id, "payload": Jsonb(payload), "now": now}
    conn.execute(QUEUE_MAILS, queued)


# J4: a unit's hooks hear what the unit's own people are told, and nothing of others.
QUEUE_POSTS: LiteralString = """
    INSERT INTO delivery (channel, unit_id, webhook_id, event_id, payload, next_at, created_at)
    SELECT 'webhook', webhook.unit_id, webhook.id, %(event_id)s,
           %(payload)s::jsonb || jsonb_build_object('unit', unit.code), %(now)s, %(now)s
      FROM webhook JOIN unit ON unit.id = webhook.unit_id
     WHERE webhook.active AND %(event)s = ANY(webhook.events)
       AND webhook.unit_id IN (
           SELECT app_user.unit_id FROM notice JOIN app_user ON app_user.id = notice.user_id
            WHERE notice.id = ANY(%(notices)s))
     ORDER BY webhook.id
"""


def _queue_posts(
    conn: Connection,
    notices: list[int],
    event: Event,
    event_id: UUID,
    address: str,
    link: str,
    now: datetime,
    facts: dict[str, str],
) -> None:
    payload = {
        "id": str(event_id),
        "event": event.value,
        "at": now.isoformat(),
        "address": address,
        "url": link,
        "facts": facts,
    }
    queued = {"event_id": event_id, "event": event.value, "payload": Jsonb(payload)}
    conn.execute(QUEUE_POSTS, {**queued, "notices": notices, "now": now})


SETTLE: LiteralString = """
    UPDATE notice SET settled_at = %(now)s
     WHERE event = %(event)s AND address = %(address)s AND settled_at IS NULL
    RETURNING id
"""
# What nobody has begun to send yet; `attempts` counts a try when it begins.
TAKE_BACK: LiteralString = """
    DELETE FROM delivery
     WHERE notice_id = ANY(%(notices)s) AND channel = 'email' AND state = 'pending'
       AND attempts = 0
"""


def settle(conn: Connection, event: Event, address: str, now: datetime) -> None:
    """It waits on nobody any more; an e-mail that hasn't left would only mislead."""
    rows = conn.execute(SETTLE, {"event": event.value, "address": address, "now": now}).fetchall()
    if rows:
        conn.execute(TAKE_BACK, {"notices": [key for (key,) in rows]})
