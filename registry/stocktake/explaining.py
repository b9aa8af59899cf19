"""Differences explained by who runs the task: many at once, but what is lost one by one (H4)."""

from datetime import datetime
from typing import Final, LiteralString

from db import Connection, Refused, audit
from db.text import clean
from registry.cards.kinds import CardType
from registry.org import User
from registry.review.engine import ZONE
from registry.stocktake import tasks
from registry.stocktake.differences import Difference, by_id
from registry.stocktake.kinds import NEVER_LOST, Cause, DifferenceKind, Stage
from registry.stocktake.task import Stocktake

LONGEST_EXPLANATION: Final = 300
EXPLAINED_AT: Final = (Stage.RUNNING, Stage.COUNTED)
# What is said of many at once is said of none to be lost (H4).
EXPLAIN: LiteralString = """
    WITH before AS (
        SELECT difference.id, difference.explanation, difference.cause
          FROM stocktake_difference AS difference
         WHERE difference.stocktake_id = %(stocktake)s AND difference.id = ANY(%(differences)s)
           AND stocktake_stands(difference)
         ORDER BY difference.id FOR UPDATE
    )
    UPDATE stocktake_difference AS difference
       SET explanation = %(text)s, explained_by = %(by)s, explained_at = %(now)s,
           cause = CASE WHEN difference.kind = 'missing' THEN %(cause)s ELSE '' END
      FROM before WHERE before.id = difference.id
    RETURNING before.id, before.explanation, before.cause, difference.cause
"""


def explain(
    conn: Connection,
    actor: User,
    stocktake: int,
    which: list[int],
    text: str,
    now: datetime,
    request: str,
) -> int:
    """Say why they differ; how many. What had been said of them otherwise is in the audit. None of
    them is said to be lost: that is said one by one (`explain_missing`).

    Raises as `tasks.own`, or Refused 'difference.explanation_missing', '…_long'.
    """
    found, said = tasks.own(conn, actor, stocktake, *EXPLAINED_AT), _explanation(text)
    return _explain(conn, actor, found, which, (said, Cause.SEARCHED), now, request)


def explain_missing(
    conn: Connection,
    actor: User,
    stocktake: int,
    difference: int,
    cause: str,
    text: str,
    now: datetime,
    request: str,
) -> None:
    """Say what became of one card that nobody has seen: only what is said to be lost here is
    written off (H4).

    Raises as `explain`, or Refused 'difference.no_such_difference', 'difference.cause',
    'difference.never_lost', 'difference.found_elsewhere'.
    """
    found, said = tasks.own(conn, actor, stocktake, *EXPLAINED_AT), _explanation(text)
    one = by_id(conn, stocktake, difference)
    if cause not in set(Cause) or one.kind is not DifferenceKind.MISSING:
        raise Refused("difference.cause", field="cause")
    if cause == Cause.LOST:
        refuse_loss(one, field="cause")
    _explain(conn, actor, found, [difference], (said, Cause(cause)), now, request)


def refuse_loss(one: Difference, **facts: str) -> None:
    """Raise why this card can't be written off as lost, if it can't: 'difference.never_lost' of
    buildings and land, with the other ways; 'difference.found_elsewhere' of what was seen.
    """
    if one.card_type in NEVER_LOST:
        kind = CardType(one.card_type)
        raise Refused("difference.never_lost", kind=kind.label, ways=NEVER_LOST[kind], **facts)
    if one.sighting is not None:
        seen = one.sighting
        on = seen.at.astimezone(ZONE).date().isoformat()
        raise Refused("difference.found_elsewhere", by=seen.by, on=on, **facts)


def _explanation(text: str) -> str:
    said = clean(text, lines=True)
    if not said:
        raise Refused("difference.explanation_missing", field="explanation")
    if len(said) > LONGEST_EXPLANATION:
        raise Refused("difference.explanation_long", field="explanation", most=LONGEST_EXPLANATION)
    return said


def _explain(
    conn: Connection,
    actor: User,
    found: Stocktake,
    which: list[int],
    said: tuple[str, Cause],
    now: datetime,
    request: str,
) -> int:
    text, cause = said
    facts = {"stocktake": found.id, "differences": which, "text": text, "cause": cause.value,
             "by": actor.id, "now": now}  # fmt: skip
    done = conn.execute(EXPLAIN, facts).fetchall()
    replaced = {key: [before, text] for key, before, *_ in sorted(done) if before not in {"", text}}
    # What is said to be lost may be written off (H4): so who says so of which, and who no more.
    causes = {
        key: [before, after]
        for key, _text, before, after in sorted(done)
        if before != after and Cause.LOST in {before, after}
    }
    audit.record(conn, actor.login, "stocktake.explained", f"stocktake:{found.number}", request,
                 differences=len(done), explanation=text, replaced=replaced,
                 causes=causes)  # fmt: skip
    return len(done)


CONFIRM: LiteralString = """
    UPDATE stocktake_difference SET confirmed_at = %(now)s WHERE id = %(difference)s
"""


def confirm(
    conn: Connection, actor: User, stocktake: int, difference: int, now: datetime, request: str
) -> None:
    """The count still holds, though its card was changed after it: it is drafted as any other.

    Raises as `tasks.own`, or Refused 'difference.no_such_difference', 'difference.not_older'.
    """
    found = tasks.own(conn, actor, stocktake, *EXPLAINED_AT, Stage.DONE)
    one = by_id(conn, stocktake, difference)
    if one.newer is None:
        raise Refused("difference.not_older", name=one.name)
    conn.execute(CONFIRM, {"difference": difference, "now": now})
    facts = {"difference": difference, "card": one.code, "change": one.newer.number}
    audit.record(
        conn,
        actor.login,
        "stocktake.count_confirmed",
        f"stocktake:{found.number}",
        request,
        **facts,
    )
