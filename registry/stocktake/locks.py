"""What counting holds, by everybody in one order (H3): tasks, ids of devices, codes that are no
card's own, cards; of each kind the smallest first. So no two wait for one another.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import LiteralString
from uuid import UUID

from db import Connection
from registry.cards.named import whole
from registry.org import User


@dataclass(frozen=True, slots=True)
class Wanted:
    """One count that a batch is about to make: in which task, by which id, of which code."""

    stocktake: int
    client_id: UUID
    code: str


# Rows are locked, and the functions called, in the order in which they are sorted.
TASKS: LiteralString = """
    SELECT id FROM stocktake WHERE id = ANY(%(tasks)s) AND unit_id = %(unit)s ORDER BY id FOR SHARE
"""
CLIENTS: LiteralString = """
    SELECT pg_advisory_xact_lock(hashtextextended(client, 0))
      FROM (SELECT DISTINCT client FROM unnest(%(clients)s::text[]) AS sent (client)
             ORDER BY client) AS sent
"""
# Two of these texts that share a hash wait without need, no more.
CODES: LiteralString = """
    SELECT pg_advisory_xact_lock(hashtextextended(%(unit)s::text || ' ' || code, 1))
      FROM (SELECT DISTINCT code COLLATE "C" AS code FROM unnest(%(codes)s::text[]) AS sent (code)
             WHERE NOT EXISTS (SELECT FROM card WHERE card.code = sent.code)
             ORDER BY 1) AS sent
"""
CARDS: LiteralString = """
    SELECT pg_advisory_xact_lock(stocktake, card)
      FROM (SELECT DISTINCT (sent.stocktake %% 2147483648)::integer AS stocktake,
                   (COALESCE(card.id, bound.card_id) %% 2147483648)::integer AS card
              FROM unnest(%(tasks)s::bigint[], %(codes)s::text[]) AS sent (stocktake, code)
              LEFT JOIN card ON card.code = sent.code
              LEFT JOIN unknown_code AS bound ON bound.unit_id = %(unit)s AND bound.code = sent.code
             WHERE COALESCE(card.id, bound.card_id) IS NOT NULL
             ORDER BY 1, 2) AS wanted
"""


def hold(conn: Connection, user: User, wanted: Sequence[Wanted]) -> None:
    """All that these counts will want, before the first of them is made: in whatever order they
    were sent, two batches that hold each other's cards come one after the other.
    """
    asked = {"unit": user.unit_id, "tasks": [one.stocktake for one in wanted]}
    own = {key for (key,) in conn.execute(TASKS, asked)}
    coming = [one for one in wanted if one.stocktake in own]
    conn.execute(CLIENTS, {"clients": [str(one.client_id) for one in coming]})
    coded = [(one.stocktake, code) for one in coming if (code := whole(one.code))]
    codes = [code for _task, code in coded]
    lock_codes(conn, user.unit_id, codes)
    conn.execute(CARDS, {**asked, "tasks": [task for task, _code in coded], "codes": codes})


def lock_codes(conn: Connection, unit: int, codes: Sequence[str]) -> None:
    """Of those who read these codes in a unit, or say what they mean, one after the other."""
    conn.execute(CODES, {"unit": unit, "codes": list(codes)})


CARD: LiteralString = "SELECT pg_advisory_xact_lock(%(stocktake)s::integer, %(card)s::integer)"


def lock_card(conn: Connection, stocktake: int, card: int) -> None:
    """Of those who count a card at once, one after the other."""
    conn.execute(CARD, {"stocktake": stocktake % 2**31, "card": card % 2**31})
