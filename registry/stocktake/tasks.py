"""Stocktakes: planned, started (which freezes what is expected), handed out, closed (H1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, LiteralString

from db import Connection, Refused, audit, scalar
from db.text import clean
from registry import notices, review
from registry.cards.field import DEADLINE
from registry.notices import Event
from registry.org import Permission, User, preparers_of
from registry.review import DocumentKind
from registry.review.engine import ZONE
from registry.stocktake.kinds import Method, Stage
from registry.stocktake.task import Stocktake, require

SCOPE: Final = "ordinary"
LONGEST_NAME: Final = 60
LONGEST_NOTE: Final = 500


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked of a task; no sections or categories: all of them."""

    name: str
    methods: Sequence[Method]
    due_on: date
    sections: Sequence[int] = ()
    categories: Sequence[str] = ()
    note: str = ""


ADD: LiteralString = """
    INSERT INTO stocktake (review_id, unit_id, name, methods, sections, categories, due_on, note,
                           created_by, created_at)
    VALUES (%(review)s, %(unit)s, %(name)s, %(methods)s, %(sections)s, %(categories)s, %(due)s,
            %(note)s, %(by)s, %(now)s)
    RETURNING id
"""
OWN_SECTIONS: LiteralString = """
    SELECT count(*) FROM section WHERE unit_id = %(unit)s AND id = ANY(%(sections)s)
"""
KNOWN_CATEGORIES: LiteralString = "SELECT count(*) FROM category WHERE code = ANY(%(categories)s)"


def plan(conn: Connection, actor: User, asked: Plan, now: datetime, request: str) -> int:
    """Plan a task of the actor's unit; its id.

    Raises Refused 'stocktake.name', 'stocktake.no_method', 'stocktake.due_past',
    'stocktake.section_unknown', 'stocktake.category_unknown', 'stocktake.note_long'.
    """
    name, note = clean(asked.name), clean(asked.note, lines=True)
    _check(conn, actor, asked, name, note, now)
    review_id, number = review.begin(conn, DocumentKind.STOCKTAKE, SCOPE, name, actor, now)
    facts = {
        "review": review_id,
        "unit": actor.unit_id,
        "name": name,
        "methods": [one.value for one in asked.methods],
        "sections": list(asked.sections),
        "categories": list(asked.categories),
        "due": asked.due_on,
        "note": note,
        "by": actor.id,
        "now": now,
    }
    key = scalar(conn, ADD, **facts)
    assert isinstance(key, int)
    review.describe(conn, review_id, name, SCOPE, address(key))
    audit.record(conn, actor.login, "stocktake.planned", f"stocktake:{number}", request, name=name)
    return key


def address(key: int) -> str:
    """Where its page is."""
    return f"/stocktakes/{key}"


def _check(conn: Connection, actor: User, asked: Plan, name: str, note: str, now: datetime) -> None:
    if not name or len(name) > LONGEST_NAME:
        raise Refused("stocktake.name", field="name", most=LONGEST_NAME)
    if not asked.methods:
        raise Refused("stocktake.no_method", field="methods")
    _check_due(asked.due_on, now)
    if len(note) > LONGEST_NOTE:
        raise Refused("stocktake.note_long", field="note", most=LONGEST_NOTE)
    wanted = set(asked.sections)
    facts = {"unit": actor.unit_id, "sections": list(wanted)}
    if scalar(conn, OWN_SECTIONS, **facts) != len(wanted):
        raise Refused("stocktake.section_unknown", field="sections")
    kinds = list(set(asked.categories))
    if scalar(conn, KNOWN_CATEGORIES, categories=kinds) != len(kinds):
        raise Refused("stocktake.category_unknown", field="categories")


def _check_due(due_on: date, now: datetime) -> None:
    today = now.astimezone(ZONE).date()
    if due_on < today:
        raise Refused("stocktake.due_past", field="due_on")
    if due_on > DEADLINE.latest(today):
        raise Refused("stocktake.due_far", field="due_on", most=DEADLINE.latest(today).isoformat())


SECTIONS_WITH_CARDS: LiteralString = """
    SELECT id, name FROM section
     WHERE unit_id = %(unit)s
       AND EXISTS (SELECT FROM card WHERE card.unit_id = %(unit)s AND status <> 'disposed'
                      AND using_section_id = section.id)
     ORDER BY name
"""
CLASSES_WITH_CARDS: LiteralString = """
    SELECT code, name FROM category
     WHERE code IN (SELECT left(card.category, 3) || '000000' FROM card
                     WHERE card.unit_id = %(unit)s AND status <> 'disposed')
     ORDER BY code
"""


def countable(conn: Connection, unit: int) -> tuple[list[tuple[int, str]], list[tuple[str, str]]]:
    """(id, name) of the sections and (code, name) of the classes of which a unit has cards."""
    facts = {"unit": unit}
    sections = conn.execute(SECTIONS_WITH_CARDS, facts).fetchall()
    return sections, conn.execute(CLASSES_WITH_CARDS, facts).fetchall()


LOCK: LiteralString = "SELECT id FROM stocktake WHERE id = %(stocktake)s FOR UPDATE"


def held(conn: Connection, actor: User, key: int) -> Stocktake:
    """A task that the actor may see, as it stands now; until the transaction ends it stays so.

    Raises Refused 'stocktake.not_found'.
    """
    require(conn, actor, key)
    conn.execute(LOCK, {"stocktake": key})
    return require(conn, actor, key)


def own(conn: Connection, actor: User, key: int, *stages: Stage) -> Stocktake:
    """A task of the actor's unit, held, that stands at one of these stages.

    Raises Refused 'stocktake.not_found', 'stocktake.not_yours', 'stocktake.not_now'.
    """
    found = held(conn, actor, key)
    if found.unit_id != actor.unit_id:
        raise Refused("stocktake.not_yours", name=found.name)
    if stages and found.stage not in stages:
        raise Refused("stocktake.not_now", name=found.name, stage=found.stage.label)
    return found


def remove(conn: Connection, actor: User, key: int, now: datetime, request: str) -> None:
    """Give up a plan that was never started; `restore` can undo it for a while. Raises as `own`."""
    found = own(conn, actor, key, Stage.PLANNED)
    review.put_away(conn, review.lock(conn, found.review_id), now)
    audit.record(conn, actor.login, "stocktake.removed", f"stocktake:{found.number}", request,
                 name=found.name)  # fmt: skip


REVIEW_OF: LiteralString = "SELECT review_id FROM stocktake WHERE id = %(stocktake)s"


def restore(conn: Connection, actor: User, key: int, now: datetime, request: str) -> None:
    """A plan that was removed stands again. Raises Refused 'undo.changed', 'review.not_yours'."""
    found = scalar(conn, REVIEW_OF, stocktake=key)
    if not isinstance(found, int):
        raise Refused("undo.changed")
    standing = review.bring_back(conn, actor, found, now)
    subject = f"stocktake:{standing.number}"
    audit.record(conn, actor.login, "stocktake.restored", subject, request)


# A card's custodian counts it, where the unit has just one active person of that name who counts.
FREEZE: LiteralString = """
    WITH RECURSIVE wanted (code) AS (
        SELECT code FROM category WHERE code = ANY(%(categories)s)
         UNION
        SELECT category.code FROM category JOIN wanted ON category.parent = wanted.code
    ), counter AS (
        SELECT app_user.name, min(app_user.id) AS id
          FROM app_user
         WHERE app_user.unit_id = %(unit)s AND app_user.active
           AND EXISTS (SELECT FROM user_role WHERE user_id = app_user.id
                          AND role IN ('stocktaker', 'preparer'))
         GROUP BY app_user.name HAVING count(*) = 1
    )
    INSERT INTO stocktake_expected (stocktake_id, card_id, card_version, code, name, category,
           card_type, section_id, custodian, place, status, quantity, value, assignee_id)
    SELECT %(stocktake)s, card.id, card.version, card.code, card.name, card.category, card.type,
           card.using_section_id, card.custodian, card.place, card.status, card.quantity,
           card.original_value, counter.id
      FROM card LEFT JOIN counter ON counter.name = card.custodian
     WHERE card.unit_id = %(unit)s AND card.status <> 'disposed'
       AND (%(sections)s::integer[] = '{}' OR card.using_section_id = ANY(%(sections)s))
       AND (%(categories)s::text[] = '{}' OR card.category IN (SELECT code FROM wanted))
"""
START: LiteralString = "UPDATE stocktake SET started_at = %(now)s WHERE id = %(stocktake)s"


def start(conn: Connection, actor: User, key: int, now: datetime, request: str) -> int:
    """Freeze the cards that are expected (H1); how many.

    Raises as `own`, or Refused 'stocktake.nothing_expected'.
    """
    found = own(conn, actor, key, Stage.PLANNED)
    facts = {
        "stocktake": key,
        "unit": found.unit_id,
        "sections": list(found.sections),
        "categories": list(found.categories),
    }
    cards = conn.execute(FREEZE, facts).rowcount
    if not cards:
        raise Refused("stocktake.nothing_expected", name=found.name)
    conn.execute(START, {"stocktake": key, "now": now})
    _tell_assignees(conn, found, now)
    audit.record(conn, actor.login, "stocktake.started", f"stocktake:{found.number}", request,
                 cards=cards)  # fmt: skip
    return cards


ASSIGNEES: LiteralString = """
    SELECT DISTINCT expected.assignee_id
      FROM stocktake_expected AS expected
     WHERE expected.stocktake_id = %(stocktake)s AND expected.assignee_id IS NOT NULL
       AND NOT EXISTS (SELECT FROM stocktake_count
                        WHERE stocktake_count.stocktake_id = expected.stocktake_id
                          AND stocktake_count.card_id = expected.card_id
                          AND stocktake_count.standing = 'valid')
"""


def _tell_assignees(conn: Connection, found: Stocktake, now: datetime) -> None:
    told = [key for (key,) in conn.execute(ASSIGNEES, {"stocktake": found.id})]
    facts = {"title": found.name, "number": found.number}
    notices.tell(conn, told, Event.COUNT_ASSIGNED, f"/stocktakes/{found.id}", now, **facts)


# What is counted stays with whoever counted it; what is theirs already is not given to them again.
HAND_OVER: LiteralString = """
    UPDATE stocktake_expected AS expected SET assignee_id = %(to)s
     WHERE expected.stocktake_id = %(stocktake)s
       AND expected.assignee_id IS DISTINCT FROM %(to)s
       AND (NOT %(by_section)s OR expected.section_id IS NOT DISTINCT FROM %(section)s::integer)
       AND (NOT %(by_person)s OR expected.assignee_id IS NOT DISTINCT FROM %(from)s::integer)
       AND NOT EXISTS (SELECT FROM stocktake_count
                        WHERE stocktake_count.stocktake_id = expected.stocktake_id
                          AND stocktake_count.card_id = expected.card_id
                          AND stocktake_count.standing = 'valid')
"""
NOTE: LiteralString = """
    INSERT INTO stocktake_handover (stocktake_id, section_id, from_id, to_id, cards, by_id, at)
    VALUES (%(stocktake)s, %(section)s, %(from)s, %(to)s, %(cards)s, %(by)s, %(now)s)
"""
COUNTER: LiteralString = """
    SELECT name FROM app_user
     WHERE id = %(user)s AND unit_id = %(unit)s AND active
       AND EXISTS (SELECT FROM user_role WHERE user_id = app_user.id
                      AND role IN ('stocktaker', 'preparer'))
"""
ANY: Final = "any"


@dataclass(frozen=True, slots=True)
class Part:
    """Cards of a task: of a section (its id, None: without one, `ANY`: all) and of a person."""

    section: int | str | None = ANY
    person: int | str | None = ANY


def hand_over(
    conn: Connection, actor: User, key: int, part: Part, to: int, now: datetime, request: str
) -> int:
    """Give what is still to be counted of `part` to somebody of the unit; how many cards (H1).

    The unit's preparers hand out anything, whoever counts hands on what is theirs.
    Raises as `own`, or Refused 'stocktake.no_counter', 'stocktake.part_not_yours',
    'stocktake.nothing_to_hand_over' (or all of it is theirs already).
    """
    found = own(conn, actor, key, Stage.RUNNING)
    if not actor.may(Permission.STOCKTAKE_RUN) and part.person != actor.id:
        raise Refused("stocktake.part_not_yours")
    name = scalar(conn, COUNTER, user=to, unit=found.unit_id)
    if name is None:
        raise Refused("stocktake.no_counter", field="to")
    facts = {
        "stocktake": key,
        "by_section": part.section != ANY,
        "section": None if part.section == ANY else part.section,
        "by_person": part.person != ANY,
        "from": None if part.person == ANY else part.person,
        "to": to,
    }
    cards = conn.execute(HAND_OVER, facts).rowcount
    if not cards:
        raise Refused("stocktake.nothing_to_hand_over", field="to", name=str(name))
    conn.execute(NOTE, {**facts, "cards": cards, "by": actor.id, "now": now})
    told = {"title": found.name, "number": found.number, "actor": actor.name}
    if to != actor.id:
        notices.tell(conn, [to], Event.COUNT_ASSIGNED, address(key), now, **told)
    audit.record(conn, actor.login, "stocktake.handed_over", f"stocktake:{found.number}", request,
                 to=str(name), cards=cards)  # fmt: skip
    return cards


COUNTERS: LiteralString = """
    SELECT app_user.id, app_user.name, COALESCE(section.name, '')
      FROM app_user LEFT JOIN section ON section.id = app_user.section_id
     WHERE app_user.unit_id = %(unit)s AND app_user.active
       AND EXISTS (SELECT FROM user_role WHERE user_id = app_user.id
                      AND role IN ('stocktaker', 'preparer'))
     ORDER BY app_user.name, app_user.id
"""


def counters(conn: Connection, unit: int) -> list[tuple[int, str, str]]:
    """(id, name, section) of who may count in a unit."""
    return conn.execute(COUNTERS, {"unit": unit}).fetchall()


DUE: LiteralString = "UPDATE stocktake SET due_on = %(due)s WHERE id = %(stocktake)s"


def set_due(
    conn: Connection, actor: User, key: int, due_on: date, now: datetime, request: str
) -> None:
    """Give a running task another due date; who still counts is told of one that comes nearer.

    Raises as `own`, or Refused 'stocktake.due_past', 'stocktake.due_far', 'stocktake.due_same'.
    """
    found = own(conn, actor, key, Stage.RUNNING)
    _check_due(due_on, now)
    if due_on == found.due_on:
        raise Refused("stocktake.due_same", field="due_on")
    conn.execute(DUE, {"stocktake": key, "due": due_on})
    if due_on < found.due_on:
        facts = {"title": found.name, "number": found.number, "deadline": due_on.isoformat()}
        told = [one for one in _reminded(conn, key, found.unit_id) if one != actor.id]
        notices.tell(conn, told, Event.COUNT_DUE_SOONER, address(key), now, **facts)
    audit.record(conn, actor.login, "stocktake.due_changed", f"stocktake:{found.number}", request,
                 due_on=[found.due_on.isoformat(), due_on.isoformat()])  # fmt: skip


REMIND: LiteralString = """
    UPDATE stocktake SET reminded_at = %(now)s
     WHERE started_at IS NOT NULL AND closed_at IS NULL
       AND due_on <= (%(now)s AT TIME ZONE 'Asia/Shanghai')::date + 1
       AND (reminded_at IS NULL OR reminded_at < %(now)s - interval '20 hours')
    RETURNING id, name, unit_id
"""


def remind(conn: Connection, now: datetime) -> int:
    """Remind, once a day, those whose count is due tomorrow, today or late; how many tasks."""
    rows = conn.execute(REMIND, {"now": now}).fetchall()
    for key, name, unit in rows:
        told = _reminded(conn, key, unit)
        notices.tell(conn, told, Event.COUNT_DUE, address(key), now, title=name)
    return len(rows)


def _reminded(conn: Connection, key: int, unit: int) -> list[int]:
    """Who still has something to count, and who runs it."""
    late = [one for (one,) in conn.execute(ASSIGNEES, {"stocktake": key})]
    return sorted({*late, *preparers_of(conn, unit)})
