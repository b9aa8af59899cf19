"""Webhooks of a unit: which address is posted which events. Its administrators manage them."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, LiteralString
from uuid import uuid4

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from db import Connection, Refused, audit, scalar
from db.text import clean
from registry.notices import addresses, deliveries
from registry.notices.event import Event
from registry.notices.settings import NoticeSettings
from registry.org import Permission, User

MOST: Final = 20  # of one unit
LONGEST_NAME: Final = 60
TEST: Final = "webhook.test"  # the event of a test, which nobody subscribes to


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where a unit's events are posted; its secret is not read again."""

    id: int
    name: str
    url: str
    events: Sequence[Event]
    active: bool
    disabled_reason: str
    created_by: str
    created_at: datetime
    waiting: int

    def __post_init__(self) -> None:
        """Rows carry plain text for the closed set."""
        object.__setattr__(self, "events", tuple(Event(event) for event in self.events))


HOOKS: LiteralString = """
    SELECT webhook.id, webhook.name, webhook.url, webhook.events, webhook.active,
           webhook.disabled_reason, app_user.name AS created_by, webhook.created_at,
           (SELECT count(*) FROM delivery
             WHERE webhook_id = webhook.id AND state = 'pending') AS waiting
      FROM webhook JOIN app_user ON app_user.id = webhook.created_by
     WHERE webhook.unit_id = %(unit)s
     ORDER BY webhook.id
"""


def hooks(conn: Connection, actor: User) -> list[Webhook]:
    """The webhooks of the unit that `actor` administers."""
    _administers(actor)
    with conn.cursor(row_factory=class_row(Webhook)) as cursor:
        return cursor.execute(HOOKS, {"unit": actor.unit_id}).fetchall()


def require(conn: Connection, actor: User, webhook: int) -> Webhook:
    """One of them; Refused 'webhook.not_found', also where it is another unit's."""
    for one in hooks(conn, actor):
        if one.id == webhook:
            return one
    raise Refused("webhook.not_found")


def _administers(actor: User) -> None:
    if not actor.may(Permission.ADMINISTER):
        raise Refused("webhook.not_found")


def _checked(name: str, url: str, events: Iterable[Event]) -> dict[str, object]:
    name, url, wanted = clean(name), clean(url), set(events)
    chosen = [event for event in Event if event in wanted]
    if not name or len(name) > LONGEST_NAME:
        raise Refused("webhook.name_missing", field="name", most=LONGEST_NAME)
    addresses.check(url, NoticeSettings().networks)
    if not chosen:
        raise Refused("webhook.events_missing", field="events")
    return {"name": name, "url": url, "events": [event.value for event in chosen]}


LOCK_UNIT: LiteralString = "SELECT id FROM unit WHERE id = %(unit)s FOR UPDATE"
COUNT: LiteralString = "SELECT count(*) FROM webhook WHERE unit_id = %(unit)s"
ADD: LiteralString = """
    INSERT INTO webhook (unit_id, name, url, secret, events, created_by, created_at)
    VALUES (%(unit)s, %(name)s, %(url)s, %(secret)s, %(events)s, %(actor)s, %(now)s)
    RETURNING id
"""


def add(
    conn: Connection,
    actor: User,
    name: str,
    url: str,
    events: Iterable[Event],
    now: datetime,
    request: str = "",
) -> tuple[int, str]:
    """(id, secret) of a new webhook of the actor's unit. The secret is told this once.

    Raises Refused 'webhook.name_missing', 'webhook.url_malformed', 'webhook.url_private',
    'webhook.events_missing' or 'webhook.too_many'.
    """
    _administers(actor)
    facts, secret = _checked(name, url, events), secrets.token_urlsafe(32)
    conn.execute(LOCK_UNIT, {"unit": actor.unit_id})
    there = scalar(conn, COUNT, unit=actor.unit_id)
    assert isinstance(there, int)
    if there >= MOST:
        raise Refused("webhook.too_many", most=MOST)
    who = {"unit": actor.unit_id, "actor": actor.id, "now": now}
    key = scalar(conn, ADD, **facts, **who, secret=secret)
    assert isinstance(key, int)
    audit.record(conn, actor.login, "webhook.added", f"webhook:{key}", request, **facts)
    return key, secret


CHANGE: LiteralString = """
    UPDATE webhook SET name = %(name)s, url = %(url)s, events = %(events)s WHERE id = %(webhook)s
"""


def change(
    conn: Connection,
    actor: User,
    webhook: int,
    name: str,
    url: str,
    events: Iterable[Event],
    request: str = "",
) -> None:
    """Call it otherwise, post elsewhere or other events; its secret stays. Refused as `add`."""
    require(conn, actor, webhook)
    facts = _checked(name, url, events)
    conn.execute(CHANGE, {**facts, "webhook": webhook})
    audit.record(conn, actor.login, "webhook.changed", f"webhook:{webhook}", request, **facts)


RENEW: LiteralString = "UPDATE webhook SET secret = %(secret)s WHERE id = %(webhook)s"


def renew_secret(conn: Connection, actor: User, webhook: int, request: str = "") -> str:
    """A new secret, told this once; from now on posts are signed with it."""
    require(conn, actor, webhook)
    secret = secrets.token_urlsafe(32)
    conn.execute(RENEW, {"webhook": webhook, "secret": secret})
    audit.record(conn, actor.login, "webhook.secret_renewed", f"webhook:{webhook}", request)
    return secret


SWITCH: LiteralString = """
    UPDATE webhook SET active = %(active)s, disabled_reason = %(reason)s WHERE id = %(webhook)s
"""


def switch(conn: Connection, actor: User, webhook: int, active: bool, request: str = "") -> None:
    """Switch it on, or off: what waits for it is given up then, and may be sent again by hand."""
    if require(conn, actor, webhook).active == active:
        return
    reason = "" if active else "by_hand"
    conn.execute(SWITCH, {"webhook": webhook, "active": active, "reason": reason})
    if not active:
        deliveries.give_up(conn, webhook)
    verb = "webhook.switched_on" if active else "webhook.switched_off"
    audit.record(conn, actor.login, verb, f"webhook:{webhook}", request)


REMOVE: LiteralString = "DELETE FROM webhook WHERE id = %(webhook)s"


def remove(conn: Connection, actor: User, webhook: int, request: str = "") -> Webhook:
    """Remove it with its deliveries; what it was."""
    one = require(conn, actor, webhook)
    conn.execute(REMOVE, {"webhook": webhook})
    audit.record(conn, actor.login, "webhook.removed", f"webhook:{webhook}", request, url=one.url)
    return one


QUEUE_TEST: LiteralString = """
    INSERT INTO delivery (channel, unit_id, webhook_id, event_id, payload, next_at, created_at)
    SELECT 'webhook', unit.id, %(webhook)s, %(event_id)s,
           %(payload)s::jsonb || jsonb_build_object('unit', unit.code), %(now)s, %(now)s
      FROM unit WHERE unit.id = %(unit)s
"""


def try_out(conn: Connection, actor: User, webhook: int, now: datetime, request: str = "") -> None:
    """Queue a post by which the receiver can be tried. Refused 'webhook.off'."""
    if not require(conn, actor, webhook).active:
        raise Refused("webhook.off")
    event_id = uuid4()
    payload = {
        "id": str(event_id),
        "event": TEST,
        "at": now.isoformat(),
        "address": "/admin/webhooks",
        "url": NoticeSettings().portal_url.rstrip("/") + "/admin/webhooks",
        "facts": {"actor": actor.name},
    }
    queued = {"webhook": webhook, "unit": actor.unit_id, "event_id": event_id, "now": now}
    conn.execute(QUEUE_TEST, {**queued, "payload": Jsonb(payload)})
    audit.record(conn, actor.login, "webhook.tested", f"webhook:{webhook}", request)
