"""Counting: each scan is answered and kept once, whatever the retries (H2, H3, H4)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, LiteralString

from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from db import Connection, Refused, scalar
from registry.org import User
from registry.stocktake import kept, words
from registry.stocktake.kinds import Outcome, Standing
from registry.stocktake.locks import lock_card, lock_codes
from registry.stocktake.scan import Answer, Count, checked, cleaned, within
from registry.stocktake.words import Word

# The task is held open. The same count sent twice at once: the second waits, and finds the first.
TASK: LiteralString = """
    SELECT started_at, pg_advisory_xact_lock(hashtextextended(%(client)s::text, 0)) FROM stocktake
     WHERE id = %(stocktake)s AND unit_id = %(unit)s AND started_at IS NOT NULL
       AND closed_at IS NULL AND %(method)s = ANY(methods)
       FOR SHARE
"""
OVER: LiteralString = """
    SELECT closed_at IS NOT NULL FROM stocktake
     WHERE id = %(stocktake)s AND unit_id = %(unit)s AND %(method)s = ANY(methods)
"""
# A code is a card's own, or one that the unit has bound to a card.
CARD: LiteralString = """
    SELECT COALESCE(
        (SELECT id FROM card WHERE code = %(code)s),
        (SELECT card_id FROM unknown_code WHERE unit_id = %(unit)s AND code = %(code)s))
"""
KNOWN: LiteralString = """
     , count.id, count.outcome, count.standing, count.code, count.card_id, count.counted_by
      FROM (VALUES (%(client)s::uuid)) AS sent (client_id)
      LEFT JOIN stocktake_count AS count ON count.client_id = sent.client_id
"""
# Of the unit's own card everything, with whose it is in this task; of another's only that.
LOOK: LiteralString = """
    SELECT card.id, card.code, card.name, card.category, card.type AS card_type, card.status,
           card.custodian, card.place, card.net_value, COALESCE(section.name, '') AS section,
           expected.assignee_id, expected.card_id IS NOT NULL AS expected,
           COALESCE(assignee.name, '') AS assignee,
           (SELECT digest FROM photo WHERE card_id = card.id ORDER BY position LIMIT 1) AS photo,
           card.unit_id = %(unit)s AS own, count.id IS NOT NULL AS counted,
           COALESCE(counter.name, '') AS by, count.counted_at AS at
      FROM card
      LEFT JOIN section ON section.id = card.using_section_id
      LEFT JOIN stocktake_expected AS expected
             ON expected.stocktake_id = %(stocktake)s AND expected.card_id = card.id
      LEFT JOIN app_user AS assignee ON assignee.id = expected.assignee_id
      LEFT JOIN stocktake_count AS count ON count.stocktake_id = %(stocktake)s
            AND count.card_id = card.id AND count.standing = 'valid'
      LEFT JOIN app_user AS counter ON counter.id = count.counted_by
     WHERE card.id = %(card)s
"""


def count(conn: Connection, user: User, stocktake: int, one: Count, now: datetime) -> Answer:
    """Store one count and say what it is.

    Raises Refused 'count.task_closed' where the task doesn't run (or not for `user`, or not by
    this method), 'count.task_over' where it did (`late.note` keeps that the thing was seen),
    'count.surplus_has_card', 'count.surplus_again', 'count.code', 'count.text_long',
    'count.status', 'count.photos', 'count.photo_unknown', 'count.surplus_name',
    'count.client_id', of a surplus as `values.read`; each before anything is stored.
    """
    started = _hold(conn, user, stocktake, one)
    one = cleaned(within(one, started, now))
    facts = {"client": one.client_id, "code": one.code, "unit": user.unit_id}
    if one.surplus and one.code:
        lock_codes(conn, user.unit_id, [one.code])  # nobody binds it meanwhile
    row = conn.execute(CARD + KNOWN, facts).fetchone()
    assert row is not None
    card, *before = row
    if before[0] is not None:
        return _as_before(conn, user, stocktake, one, before)
    one = checked(conn, user, one, now)
    if one.surplus:
        _refuse_settled(conn, user, one.code, card)
        return _store(conn, user, stocktake, one, None, Outcome.SURPLUS, Standing.VALID, now)
    if card is None:
        card = kept.keep(conn, user, one.code, now)
    if card is None:
        shown = _registered(conn, user, one.code)
        return _store(conn, user, stocktake, one, None, Outcome.UNKNOWN, Standing.NOTED, now,
                      **shown)  # fmt: skip
    return _count_card(conn, user, stocktake, one, card, now)


def _hold(conn: Connection, user: User, stocktake: int, one: Count) -> datetime:
    facts = {"stocktake": stocktake, "unit": user.unit_id, "method": one.method.value}
    started = scalar(conn, TASK, **facts, client=str(one.client_id))
    if isinstance(started, datetime):
        return started
    over = scalar(conn, OVER, **facts)
    raise Refused("count.task_over" if over else "count.task_closed")


SURPLUS: LiteralString = """
    SELECT known.registered_by AS by,
           COALESCE((SELECT count.surplus ->> 'name' FROM stocktake_count AS count
             WHERE count.stocktake_id = known.stocktake_id AND count.code = known.code
               AND count.outcome = 'surplus' AND count.standing = 'valid' LIMIT 1), '') AS name
      FROM stocktake_surplus AS known
     WHERE known.unit_id = %(unit)s AND known.code = %(code)s LIMIT 1
"""


def _registered(conn: Connection, user: User, code: str) -> dict[str, str]:
    """By whom a code was registered as a surplus, and of which name; empty where it wasn't."""
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(SURPLUS, {"unit": user.unit_id, "code": code}).fetchone() or {}


def _refuse_settled(conn: Connection, user: User, code: str, card: int | None) -> None:
    """A code is a card's, or a surplus's, of which there is one: not both (H2)."""
    if card is not None:
        raise Refused("count.surplus_has_card", field="code", code=code)
    registered = _registered(conn, user, code) if code else {}
    if registered:
        raise Refused("count.surplus_again", field="code", code=code, by=registered["by"])


def _as_before(
    conn: Connection, user: User, stocktake: int, one: Count, before: Sequence[Any]
) -> Answer:
    """The answer that this count had when it came first."""
    key, outcome, standing, code, card, counted_by = before
    if counted_by != user.id:
        raise Refused("count.client_id", field="client_id")
    if card is not None:
        shown = _shown(look(conn, user, stocktake, card))
    else:
        shown = _registered(conn, user, code) if outcome == Outcome.UNKNOWN else {}
    return Answer(
        key, one.client_id, Outcome(outcome), Standing(standing), code, card, repeated=True, **shown
    )


def known(conn: Connection, user: User, code: str) -> bool:
    """Whether some card has this code, or the user's unit has bound it to one."""
    return scalar(conn, CARD, code=code, unit=user.unit_id) is not None


def look(conn: Connection, user: User, stocktake: int, card: int) -> dict[str, Any]:
    """What a task knows of a card: of the user's unit's own all, of another's only that."""
    facts = {"stocktake": stocktake, "card": card, "unit": user.unit_id}
    with conn.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(LOOK, facts).fetchone()
    assert found is not None
    return found


SHOWN: Final = (
    "name", "section", "custodian", "place", "status", "assignee", "photo", "card_type", "category",
    "net_value",
)  # fmt: skip


def _shown(looked: Mapping[str, Any]) -> dict[str, Any]:
    """What may be told: nothing of another unit's card."""
    return {name: looked[name] for name in SHOWN} if looked and looked["own"] else {}


def _count_card(
    conn: Connection, user: User, stocktake: int, one: Count, card: int, now: datetime
) -> Answer:
    lock_card(conn, stocktake, card)
    looked = look(conn, user, stocktake, card)
    shown = _shown(looked)
    mine = looked["expected"] and looked["assignee_id"] in {user.id, None}
    if not looked["own"] or (not mine and not one.here):
        kept = card if looked["own"] else None
        return _store(conn, user, stocktake, one, kept, Outcome.ELSEWHERE, Standing.NOTED, now,
                      **shown)  # fmt: skip
    if looked["counted"]:
        shown |= {"by": looked["by"], "at": looked["at"]}
    outcome = Outcome.AGAIN if looked["counted"] else Outcome.FOUND
    before = words.of_card(conn, stocktake, card) if looked["counted"] else []
    worth = words.judged([*before, Word(NEW, user.id, _told(one), at=one.counted_at)])
    words.settle(conn, before, worth)
    return _store(conn, user, stocktake, one, card, outcome, worth[NEW], now, **shown)


NEW: Final = 0  # the id of a count that is not stored yet


def _told(one: Count) -> words.Told:
    condition = one.condition.value if one.condition else ""
    return words.told({
        "condition": condition, "status": one.status, "place": one.place,
        "custodian": one.custodian, "note": one.note, "photos": one.photos,
        "doubtful": one.doubtful,
    })  # fmt: skip


ADD: LiteralString = """
    INSERT INTO stocktake_count (client_id, stocktake_id, card_id, code, raw, outcome, method,
           counted_by, device_id, counted_at, received_at, condition, status, place, custodian,
           note, photos, surplus, standing, doubtful, clock_wrong, clock_off)
    VALUES (%(client)s, %(stocktake)s, %(card)s, %(code)s, %(raw)s, %(outcome)s, %(method)s,
            %(by)s, %(device)s, %(at)s, %(now)s, %(condition)s, %(status)s, %(place)s,
            %(custodian)s, %(note)s, %(photos)s, %(surplus)s, %(standing)s, %(doubtful)s,
            %(clock_wrong)s, %(clock_off)s)
    RETURNING id
"""


def _store(
    conn: Connection,
    user: User,
    stocktake: int,
    one: Count,
    card: int | None,
    outcome: Outcome,
    standing: Standing,
    now: datetime,
    **shown: Any,
) -> Answer:
    facts = {
        "client": one.client_id,
        "stocktake": stocktake,
        "card": card,
        "code": one.code,
        "raw": one.raw[:200],
        "outcome": outcome.value,
        "method": one.method.value,
        "by": user.id,
        "device": one.device,
        "at": one.counted_at,
        "now": now,
        "condition": one.condition.value if one.condition else "",
        "status": one.status,
        "place": one.place,
        "custodian": one.custodian,
        "note": one.note,
        "photos": list(one.photos),
        "surplus": Jsonb(dict(one.surplus)),
        "standing": standing.value,
        "doubtful": one.doubtful,
        "clock_wrong": bool(one.clock_off),
        "clock_off": one.clock_off,
    }
    key = scalar(conn, ADD, **facts)
    assert isinstance(key, int)
    return Answer(key, one.client_id, outcome, standing, one.code, card, **shown)
