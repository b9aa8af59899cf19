"""What analytics does with suggestions: raises, sets aside, takes up again, withdraws (I4).

Only evidence against it, use seen, takes a suggestion back, or the books, where they no longer say
that the asset is in use. A gap of a few days, an alarm that began later, a sensor that was moved
don't speak for use: it waits, its evidence frozen as it was.
"""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, LiteralString

from psycopg.types.json import Jsonb

from db import Connection, audit, scalar

ACTOR: Final = "system:analytics"
NOT_WATCHED: Final = "not_watched"  # no sensor is bound to the asset any more
NOT_IN_USE: Final = "not_in_use_by_books"  # idle, to be disposed of, or gone


class Stand(StrEnum):
    """What stands of a card's suggestions."""

    OPEN = "open"
    WAITING = "waiting"  # for its evidence to be whole
    QUIET = "quiet"  # a person has dismissed one lately


STANDING: LiteralString = """
    SELECT card_id, CASE WHEN state IN ('open', 'waiting') THEN state ELSE 'quiet' END
      FROM suggestion
     WHERE card_id = ANY(%(cards)s)
       AND (state IN ('open', 'waiting') OR quiet_until > %(now)s)
     ORDER BY state IN ('open', 'waiting')
"""


def standing(conn: Connection, cards: Collection[int], now: datetime) -> dict[int, Stand]:
    """What stands of these cards' (ids) suggestions, by card."""
    rows = conn.execute(STANDING, {"cards": list(cards), "now": now})
    return {card: Stand(state) for card, state in rows}


RESUME: LiteralString = """
    UPDATE suggestion SET state = 'open', waiting_since = NULL, reason = ''
     WHERE card_id = %(card)s AND state = 'waiting'
       AND EXISTS (SELECT FROM card WHERE id = %(card)s AND status IN ('in_use', 'leased', 'lent'))
    RETURNING id
"""
RAISE: LiteralString = """
    INSERT INTO suggestion (card_id, rule_id, raised_at, evidence)
    SELECT %(card)s, %(rule)s, %(now)s, %(evidence)s
     WHERE NOT EXISTS (
               SELECT FROM suggestion
                WHERE card_id = %(card)s
                  AND (state IN ('open', 'waiting') OR quiet_until > %(now)s))
       AND EXISTS (SELECT FROM card WHERE id = %(card)s AND status IN ('in_use', 'leased', 'lent'))
    ON CONFLICT (card_id) WHERE state IN ('open', 'waiting') DO NOTHING
    RETURNING id
"""


def resume(conn: Connection, card_id: int) -> int | None:
    """Open a card's waiting suggestion again, as it was raised; its id.

    None where none waits or the books say idle already.
    """
    return _noted(conn, "suggestion.resumed", card_id, scalar(conn, RESUME, card=card_id))


def propose(
    conn: Connection, card_id: int, rule_id: int, evidence: dict[str, Any], now: datetime
) -> int | None:
    """Raise a suggestion with its evidence frozen; its id.

    None where one stands, a person has dismissed one lately, or the books say idle already.
    """
    facts = {"card": card_id, "rule": rule_id, "now": now, "evidence": Jsonb(evidence)}
    return _noted(conn, "suggestion.raised", card_id, scalar(conn, RAISE, **facts))


WAIT: LiteralString = """
    UPDATE suggestion
       SET state = 'waiting', reason = %(reason)s, waiting_since = COALESCE(waiting_since, %(now)s)
     WHERE card_id = %(card)s
       AND (state = 'open' OR (state = 'waiting' AND reason <> %(reason)s))
    RETURNING id
"""
WITHDRAW: LiteralString = """
    UPDATE suggestion
       SET state = 'withdrawn', closed_at = %(now)s, reason = %(reason)s, waiting_since = NULL
     WHERE card_id = %(card)s AND state IN ('open', 'waiting')
    RETURNING id
"""


def wait(conn: Connection, card_id: int, reason: str, now: datetime) -> int | None:
    """Set a card's suggestion aside until its evidence is whole; its id where that is news.

    `reason` is a code of analytics' reasons, here and in `withdraw`.
    """
    found = scalar(conn, WAIT, card=card_id, reason=reason, now=now)
    return _noted(conn, "suggestion.waiting", card_id, found, reason=reason)


def withdraw(conn: Connection, card_id: int, reason: str, now: datetime) -> int | None:
    """Take back a card's suggestion, open or waiting; its id or None."""
    found = scalar(conn, WITHDRAW, card=card_id, reason=reason, now=now)
    return _noted(conn, "suggestion.withdrawn", card_id, found, reason=reason)


SETTLED_BY_BOOKS: LiteralString = """
    SELECT card_id FROM suggestion JOIN card ON card.id = card_id
     WHERE suggestion.state IN ('open', 'waiting')
       AND card.status NOT IN ('in_use', 'leased', 'lent')
     ORDER BY card_id
"""


def withdraw_settled(conn: Connection, now: datetime) -> int:
    """Take back the suggestions of cards that the books no longer call in use; how many.

    No verdict would: disposed ones are not judged, whatever watches them.
    """
    cards = conn.execute(SETTLED_BY_BOOKS).fetchall()
    return sum(withdraw(conn, card, NOT_IN_USE, now) is not None for (card,) in cards)


UNWATCHED: LiteralString = """
    SELECT card_id FROM suggestion
     WHERE (state = 'open' OR (state = 'waiting' AND reason <> %(reason)s))
       AND NOT EXISTS (SELECT FROM binding
                        WHERE binding.card_id = suggestion.card_id AND binding.until IS NULL)
     ORDER BY card_id
"""


def wait_unwatched(conn: Connection, now: datetime) -> int:
    """Set aside the suggestions of assets that no sensor watches any more; how many."""
    cards = conn.execute(UNWATCHED, {"reason": NOT_WATCHED}).fetchall()
    return sum(wait(conn, card, NOT_WATCHED, now) is not None for (card,) in cards)


def _noted(conn: Connection, action: str, card_id: int, key: object, **facts: str) -> int | None:
    if key is None:
        return None
    assert isinstance(key, int)
    audit.record(conn, ACTOR, action, f"suggestion:{key}", "", card=card_id, **facts)
    return key
