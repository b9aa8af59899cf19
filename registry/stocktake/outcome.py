"""What follows from a stocktake: its review, and one step to drafted card changes (H4)."""

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final, LiteralString

from psycopg.types.json import Jsonb

from db import Connection, Refused, audit, scalar
from registry import review
from registry.cards.known import known
from registry.org import User
from registry.review import Action, Standing, State
from registry.stocktake import differences, explaining, reasons, tasks
from registry.stocktake.differences import Difference
from registry.stocktake.drafts import By, Step, step_of
from registry.stocktake.kinds import DifferenceKind, Stage

# What was tried before the approval was taken back is nothing that was done.
FORGET: LiteralString = """
    DELETE FROM stocktake_drafted USING stocktake_difference
     WHERE stocktake_difference.id = difference_id AND stocktake_id = %(stocktake)s
"""
FORGET_WHY: LiteralString = """
    UPDATE stocktake_difference SET refusals = '[]' WHERE stocktake_id = %(stocktake)s
"""
# What the review itself refuses (approved already, recalled) it tells better: who was quicker.
STAGES_OF: Final = {
    Action.SUBMIT: (Stage.COUNTED,),
    Action.APPROVE: (Stage.COUNTED, Stage.IN_REVIEW, Stage.DONE),
}


def act(
    conn: Connection,
    actor: User,
    stocktake: int,
    action: Action,
    seen: int,
    opinion: str,
    now: datetime,
    request: str,
) -> Standing:
    """Submit, recall, approve, return or revoke the report; its task is held, as by all that
    opens or closes counting or drafts from it.

    Raises as `review.act`, 'stocktake.not_found', 'stocktake.not_now' (submitted or approved
    while it is counted), 'stocktake.not_explained' (submitted; how many),
    'stocktake.drafted_already' (revoked after changes were drafted).
    """
    found = tasks.held(conn, actor, stocktake)
    if found.stage not in STAGES_OF.get(action, Stage):
        raise Refused("stocktake.not_now", name=found.name, stage=found.stage.label)
    if action is Action.SUBMIT:
        differences.conclude(conn, stocktake)  # with what phones have sent since it was closed
        unexplained = len(differences.unexplained(conn, stocktake))
        if unexplained:
            raise Refused("stocktake.not_explained", count=unexplained)
    if action is Action.REVOKE:
        if differences.drafted(conn, stocktake).changes:
            raise Refused("stocktake.drafted_already", name=found.name)
        conn.execute(FORGET, {"stocktake": stocktake})
        conn.execute(FORGET_WHY, {"stocktake": stocktake})
    after = review.act(conn, actor, found.review_id, action, seen, opinion, now)
    review.note(conn, after, action, actor, request)
    return after


@dataclass(frozen=True, slots=True)
class Drafted:
    """What one slice made: ids of the changes, and why something was not drafted, by difference.

    `last`: after which the next slice begins; None: there is nothing after it.
    """

    changes: list[int]
    refused: dict[int, tuple[Refused, ...]]
    last: int | None = None


AT_ONCE: Final = 50  # cards of one transaction: what it holds, others wait for
# A card's differences have its id, a surplus one of its own. What is told is asked one by one.
NEXT: LiteralString = """
    SELECT subject
      FROM (SELECT COALESCE(difference.card_id, -difference.id) AS subject, difference
              FROM stocktake_difference AS difference
             WHERE difference.stocktake_id = %(stocktake)s AND difference.kind <> 'missing'
               AND (%(after)s::bigint IS NULL
                    OR COALESCE(difference.card_id, -difference.id) > %(after)s)
             ORDER BY subject OFFSET 0) AS listed
     WHERE stocktake_left(difference) <> '{}'
     GROUP BY subject ORDER BY subject LIMIT %(limit)s
"""
# Before anything else, in one order: whoever approves a change holds its card, then the audit.
HOLD: LiteralString = """
    SELECT id FROM card WHERE id = ANY(%(cards)s) ORDER BY id FOR KEY SHARE
"""


def draft_changes(
    conn: Connection,
    actor: User,
    stocktake: int,
    now: datetime,
    request: str,
    after: int | None = None,
) -> Drafted:
    """Draft card changes for what differs, of an approved stocktake; done again: for the rest.

    Of so many cards as one transaction may hold (`AT_ONCE`), the next ones `after` those of the
    slice before; whoever stops between two slices has done what is done.

    A card's differences make one change where one kind of change can tell them all. Where none
    can (a status and a custodian), one is drafted, and the rest waits until it is decided: of two
    drafts of a card the second would be outdated (A5). What can't be drafted keeps why beside it.
    What its card says already needs no change. Losses are none of them: they are drafted one by one
    (`draft_loss`).
    Raises as `tasks.own`.
    """
    found = tasks.own(conn, actor, stocktake, Stage.DONE)
    facts = {"stocktake": stocktake, "after": after, "limit": AT_ONCE + 1}
    subjects = [subject for (subject,) in conn.execute(NEXT, facts)]
    following = len(subjects) > AT_ONCE
    subjects = subjects[:AT_ONCE]
    conn.execute(HOLD, {"cards": subjects})
    by = By(conn, actor, now, known(conn, actor.unit_id, now))
    made: list[int] = []
    refused: dict[int, tuple[Refused, ...]] = {}
    for members in _by_card(differences.undrafted(conn, stocktake, subjects)):
        done = _step(by, stocktake, members)
        if done.change is not None:
            made.append(done.change)
        for one in members:
            why = done.refusals.get(one.id, ())
            _note(conn, one, done, why)
            if why:
                refused[one.id] = why
    for note in by.noted:
        note()
    audit.record(conn, actor.login, "stocktake.changes_drafted", f"stocktake:{found.number}",
                 request, changes=len(made), refused=len(refused))  # fmt: skip
    return Drafted(made, refused, subjects[-1] if following else None)


def draft_loss(
    conn: Connection, actor: User, stocktake: int, difference: int, now: datetime, request: str
) -> int:
    """Draft the loss of one card that was said to be lost (H4); the change's id.

    Raises as `tasks.own`, 'difference.no_such_difference', 'difference.no_loss' where nobody has
    said that it is lost, or it is drafted; as `explaining.refuse_loss`; and what the card refuses.
    """
    found = tasks.own(conn, actor, stocktake, Stage.DONE)
    one = differences.by_id(conn, stocktake, difference)
    if one.kind is not DifferenceKind.MISSING or not one.left:
        raise Refused("difference.no_loss", name=one.name)
    explaining.refuse_loss(one)
    conn.execute(HOLD, {"cards": [one.card_id]})
    by = By(conn, actor, now, known(conn, actor.unit_id, now))
    done = step_of(by, [one])
    if done.change is None:
        raise next(iter(done.refusals[one.id]))
    _note(conn, one, done, ())
    for note in by.noted:
        note()
    audit.record(conn, actor.login, "stocktake.changes_drafted", f"stocktake:{found.number}",
                 request, changes=1, refused=0)  # fmt: skip
    return done.change


CHANGES: LiteralString = """
    SELECT DISTINCT card_change.id, review.version, review.state
      FROM stocktake_difference AS difference
      JOIN stocktake_drafted AS drafted ON drafted.difference_id = difference.id
      JOIN card_change ON card_change.id = drafted.change_id
      JOIN review ON review.id = card_change.review_id
     WHERE difference.stocktake_id = %(stocktake)s
     ORDER BY card_change.id
"""


def changes_of(conn: Connection, stocktake: int) -> list[tuple[int, int, State]]:
    """(id, version, state) of every card change that was drafted from a stocktake, in the order
    they were drafted. The caller has checked who may see it.
    """
    rows = conn.execute(CHANGES, {"stocktake": stocktake})
    return [(key, version, State(state)) for key, version, state in rows]


def _by_card(open_ones: list[Difference]) -> list[list[Difference]]:
    """Those of a card together, in the order of their ids; a surplus by itself."""

    def card(one: Difference) -> int:
        return one.card_id or -one.id

    return [list(members) for _card, members in groupby(sorted(open_ones, key=card), key=card)]


DRAFTED_AS: LiteralString = """
    SELECT stocktake.name, count(*)
      FROM stocktake_drafted AS drafted
      JOIN stocktake_difference AS difference ON difference.id = drafted.difference_id
      JOIN stocktake ON stocktake.id = difference.stocktake_id
     WHERE drafted.change_id = %(change)s
     GROUP BY stocktake.id, stocktake.name
"""


def drafted_as(conn: Connection, change: int) -> list[tuple[str, int]]:
    """(a task's name, how many of its differences) that this change (its id) was drafted from."""
    return conn.execute(DRAFTED_AS, {"change": change}).fetchall()


UNDECIDED: LiteralString = """
    SELECT review.number
      FROM stocktake_difference AS difference
      JOIN stocktake_drafted AS drafted ON drafted.difference_id = difference.id
      JOIN card_change ON card_change.id = drafted.change_id
      JOIN review ON review.id = card_change.review_id
     WHERE difference.stocktake_id = %(stocktake)s AND difference.card_id = %(card)s
       AND review.state NOT IN ('approved', 'void')
     LIMIT 1
"""


def _step(by: By, stocktake: int, members: list[Difference]) -> Step:
    """The next step of a card; where the one before is not decided, all of it waits."""
    number = scalar(by.conn, UNDECIDED, stocktake=stocktake, card=members[0].card_id)
    if number is not None:
        why = (Refused("difference.waits", number=number),)
        return Step(None, {}, dict.fromkeys((one.id for one in members), why))
    noted = len(by.noted)
    try:
        with by.conn.transaction():
            return step_of(by, members)
    except Refused as why:
        del by.noted[noted:]
        return Step(None, {}, dict.fromkeys((one.id for one in members), (why,)))


TELL: LiteralString = """
    INSERT INTO stocktake_drafted (difference_id, change_id, fields)
    VALUES (%(difference)s, %(change)s, %(fields)s)
    ON CONFLICT (difference_id, change_id) DO UPDATE
       SET fields = stocktake_drafted.fields || excluded.fields
"""
WHY: LiteralString = """
    UPDATE stocktake_difference SET refusals = %(why)s
     WHERE id = %(difference)s AND refusals <> %(why)s
"""


def _note(conn: Connection, one: Difference, done: Step, why: tuple[Refused, ...]) -> None:
    for change, told in ((done.change, done.told), (None, done.settled)):
        if one.id in told:
            facts = {"difference": one.id, "change": change, "fields": told[one.id]}
            conn.execute(TELL, facts)
    conn.execute(WHY, {"difference": one.id, "why": Jsonb(reasons.kept(why))})
