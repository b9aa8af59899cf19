"""Reviews as they are stored: begun, acted upon by one person at a time, with their history."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString
from zoneinfo import ZoneInfo

from psycopg.rows import class_row, dict_row

from db import Connection, Refused, audit, scalar
from db.text import clean
from registry import notices
from registry.notices import Event
from registry.org import User
from registry.review import chain, machine
from registry.review.documents import DocumentKind
from registry.review.machine import Action, Standing, State, Step
from registry.review.nodes import Body
from registry.words import Label

ZONE = ZoneInfo("Asia/Shanghai")

NEXT_NUMBER: LiteralString = """
    INSERT INTO document_number (prefix, year, last) VALUES (%(prefix)s, %(year)s, 1)
    ON CONFLICT (prefix, year) DO UPDATE SET last = document_number.last + 1
    RETURNING last
"""
BEGIN: LiteralString = """
    INSERT INTO review (kind, scope, number, title, unit_id, prepared_by, moved_at)
    VALUES (%(kind)s, %(scope)s, %(number)s, %(title)s, %(unit)s, %(preparer)s, %(now)s)
    RETURNING id
"""


def begin(
    conn: Connection, kind: DocumentKind, scope: str, title: str, preparer: User, now: datetime
) -> tuple[int, str]:
    """(id, number) of the review of a new draft of the preparer's unit."""
    year = now.astimezone(ZONE).year
    last = scalar(conn, NEXT_NUMBER, prefix=kind.prefix, year=year)
    number = f"{kind.prefix}-{year}-{last:06}"
    facts = {
        "kind": kind.value,
        "scope": scope,
        "number": number,
        "title": title,
        "unit": preparer.unit_id,
        "preparer": preparer.id,
        "now": now,
    }
    key = scalar(conn, BEGIN, **facts)
    assert isinstance(key, int)
    return key, number


DESCRIBE: LiteralString = """
    UPDATE review SET title = %(title)s, scope = %(scope)s, address = %(address)s
     WHERE id = %(review)s
"""


def describe(conn: Connection, review: int, title: str, scope: str, address: str) -> None:
    """Say what the document is called now, which chain it takes, and where its page is."""
    facts = {"review": review, "title": title, "scope": scope, "address": address}
    conn.execute(DESCRIBE, facts)


STANDING: LiteralString = """
    SELECT review.id, review.kind, review.scope, review.number, review.title, review.address,
           review.unit_id, review.prepared_by, review.state, review.round, review.position,
           review.version, review.moved_at, review.edited_by
      FROM review
     WHERE review.id = %(review)s
"""
LOCK: LiteralString = "SELECT id FROM review WHERE id = %(review)s FOR UPDATE"
STEPS: LiteralString = """
    SELECT position, body, unit_id FROM review_step WHERE review_id = %(review)s ORDER BY position
"""


def standing(conn: Connection, review: int) -> Standing:
    """Where the document stands. The caller has checked who may see it."""
    with conn.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(STANDING, {"review": review}).fetchone()
    if row is None:
        raise Refused("review.no_such_review")
    steps = tuple(
        Step(position, Body(body), unit)
        for position, body, unit in conn.execute(STEPS, {"review": review})
    )
    authors = frozenset({row["prepared_by"], *row.pop("edited_by")})
    return Standing(**{**row, "state": State(row["state"])}, chain=steps, authors=authors)


def preview(conn: Connection, one: Standing) -> tuple[Step, ...]:
    """The chain that a draft would take now; () where there is none."""
    try:
        return chain.chain_of(conn, one.kind, one.scope, one.unit_id)
    except Refused:
        return ()


def lock(conn: Connection, review: int) -> Standing:
    """As `standing`, and until the transaction ends nobody else acts on it."""
    conn.execute(LOCK, {"review": review})
    return standing(conn, review)


def own_draft(conn: Connection, actor: User, review: int, seen: int) -> Standing:
    """A draft of the actor's unit, held, in the version `seen` that they saw.

    Raises Refused 'review.not_yours', 'review.not_now' or 'review.edited'.
    """
    found = lock(conn, review)
    if found.unit_id != actor.unit_id:
        raise Refused("review.not_yours", number=found.number)
    if not found.editable:
        raise Refused("review.not_now", number=found.number, state=found.state.label)
    if found.version != seen:
        raise Refused("review.edited", number=found.number)
    return found


LAST_EVENT: LiteralString = """
    SELECT app_user.name, review_event.action, review_event.at
      FROM review_event JOIN app_user ON app_user.id = review_event.actor_id
     WHERE review_event.review_id = %(review)s
     ORDER BY review_event.id DESC LIMIT 1
"""


def act(
    conn: Connection,
    actor: User,
    review: int,
    action: Action,
    seen: int,
    opinion: str,
    now: datetime,
) -> Standing:
    """Do `action`; `seen` is the version that the actor saw. The new standing.

    Of two who act at once one does, the other is told who was quicker: Refused 'review.moved'.
    Raises as `machine.check`, 'review.reason_missing', 'review.opinion_long',
    'review.no_chain' or 'review.nobody'. The caller audits, last.
    """
    before = lock(conn, review)
    if before.version != seen:
        raise _moved(conn, before)
    opinion = checked_opinion(action, opinion)
    machine.check(before, action, actor)
    steps: tuple[Step, ...] = ()
    if action is Action.SUBMIT:
        steps = chain.chain_of(conn, before.kind, before.scope, before.unit_id)
        chain.require_reviewers(conn, steps, before.authors | {actor.id})
    after = machine.move(before, action, actor, steps)
    _store(conn, before, after, action, actor, opinion, now)
    _tell(conn, before, after, action, actor, opinion, now)
    return after


def _moved(conn: Connection, before: Standing) -> Refused:
    row = conn.execute(LAST_EVENT, {"review": before.id}).fetchone()
    if row is None:
        return Refused("review.edited", number=before.number)
    name, action, at = row
    return Refused("review.moved", number=before.number, actor=name,
                   action=Action(action).label, at=at)  # fmt: skip


def checked_opinion(action: Action, opinion: str) -> str:
    """An opinion as it is kept.

    Raises Refused 'review.reason_missing' or 'review.opinion_long', of field `opinion`.
    """
    opinion = clean(opinion, lines=True)
    if action is Action.RETURN and not opinion:  # C2
        raise Refused("review.reason_missing", field="opinion")
    if len(opinion) > machine.LONGEST_OPINION:
        raise Refused("review.opinion_long", field="opinion", most=machine.LONGEST_OPINION)
    return opinion


MOVE: LiteralString = """
    UPDATE review
       SET state = %(state)s, round = %(round)s, position = %(position)s,
           version = %(version)s, moved_at = %(now)s, edited_by = %(editors)s
     WHERE id = %(review)s
"""
FORGET_STEPS: LiteralString = "DELETE FROM review_step WHERE review_id = %(review)s"
ADD_STEP: LiteralString = """
    INSERT INTO review_step (review_id, position, body, unit_id)
    VALUES (%(review)s, %(position)s, %(body)s, %(unit)s)
"""
TURN: LiteralString = """
    UPDATE review_step SET waiting = position IS NOT DISTINCT FROM %(position)s
     WHERE review_id = %(review)s
"""
ADD_EVENT: LiteralString = """
    INSERT INTO review_event (review_id, round, at, actor_id, action, position, body, opinion)
    VALUES (%(review)s, %(round)s, %(now)s, %(actor)s, %(action)s, %(position)s, %(body)s,
            %(opinion)s)
"""


def _store(
    conn: Connection,
    before: Standing,
    after: Standing,
    action: Action,
    actor: User,
    opinion: str,
    now: datetime,
) -> None:
    review: dict[str, object] = {"review": after.id}
    if action is Action.SUBMIT:
        conn.execute(FORGET_STEPS, review)
        for step in after.chain:
            turn = {"position": step.position, "body": step.body.value, "unit": step.unit_id}
            conn.execute(ADD_STEP, review | turn)
    moved = {
        "state": after.state.value,
        "round": after.round,
        "position": after.position,
        "version": after.version,
        "now": now,
        "editors": sorted(after.authors - {after.prepared_by}),
    }
    conn.execute(MOVE, review | moved)
    conn.execute(TURN, review | {"position": after.position})
    node = acting_node(before, action)
    done = {
        "round": after.round,
        "now": now,
        "actor": actor.id,
        "action": action.value,
        "position": node.position if node else None,
        "body": node.body.value if node else None,
        "opinion": opinion,
    }
    conn.execute(ADD_EVENT, review | done)


def acting_node(before: Standing, action: Action) -> Step | None:
    """The node that acts; None where it is the preparer."""
    if action in {Action.APPROVE, Action.RETURN}:
        return before.at_node
    return before.before_node if action is Action.REVOKE else None


def _tell(
    conn: Connection,
    before: Standing,
    after: Standing,
    action: Action,
    actor: User,
    opinion: str,
    now: datetime,
) -> None:
    """Tell those whom it concerns (J2)."""
    facts = {
        "number": after.number,
        "title": after.title,
        "actor": actor.name,
        "opinion": opinion,
    }
    notices.settle(conn, Event.REVIEW_WAITING, after.address, now)
    authors = sorted(after.authors - {actor.id})
    if action is Action.RECALL and before.at_node:
        taken_from = chain.reviewers(conn, before.at_node, before.authors)
        notices.tell(conn, taken_from, Event.REVIEW_RECALLED, after.address, now, **facts)
    if action is Action.REVOKE:
        lost = chain.reviewers(conn, before.at_node, before.authors) if before.at_node else []
        told = [*authors, *lost]
        notices.tell(conn, told, Event.REVIEW_REVOKED, after.address, now, **facts)
    if action is Action.RETURN:
        notices.tell(conn, authors, Event.REVIEW_RETURNED, after.address, now, **facts)
    if after.state is State.APPROVED:
        notices.tell(conn, authors, Event.REVIEW_APPROVED, after.address, now, **facts)
    if after.at_node:
        turn = [key for key in chain.reviewers(conn, after.at_node, after.authors)
                if key != actor.id]  # fmt: skip
        notices.tell(conn, turn, Event.REVIEW_WAITING, after.address, now, **facts)


def note(conn: Connection, after: Standing, action: Action, actor: User, request: str) -> None:
    """The audit's entry of an action (J1): the last thing in its transaction."""
    subject = f"{after.kind}:{after.number}"
    verb = PAST[action]
    audit.record(
        conn, actor.login, f"{after.kind}.{verb}", subject, request,
        state=after.state.value, version=after.version,
    )  # fmt: skip


PAST = {
    Action.SUBMIT: "submitted",
    Action.RECALL: "recalled",
    Action.APPROVE: "approved",
    Action.RETURN: "returned",
    Action.REVOKE: "revoked",
    Action.VOID: "made_void",
}

TOUCH: LiteralString = """
    UPDATE review
       SET version = version + 1,
           edited_by = CASE WHEN %(editor)s = ANY(edited_by || prepared_by) THEN edited_by
                            ELSE edited_by || %(editor)s::integer END
     WHERE id = %(review)s
    RETURNING version
"""


def touch(conn: Connection, review: int, editor: User) -> int:
    """Note that `editor` edited the draft: one of its authors from now on (C1), and who saw it as
    it was must look again. The new version; the caller audits.
    """
    version = scalar(conn, TOUCH, review=review, editor=editor.id)
    assert isinstance(version, int)
    return version


@dataclass(frozen=True, slots=True)
class Done:
    """One line of the history (B5): who did what when, at which node, with which opinion."""

    round: int
    at: datetime
    actor: str
    unit: str
    action: Action
    position: int | None
    body: Body | None
    opinion: str

    def __post_init__(self) -> None:
        """Rows carry plain text for the closed sets."""
        object.__setattr__(self, "action", Action(self.action))
        object.__setattr__(self, "body", Body(self.body) if self.body else None)

    @property
    def node(self) -> Label | None:
        """The name of the node that acted."""
        return self.body.label if self.body else None


HISTORY: LiteralString = """
    SELECT review_event.round, review_event.at, app_user.name AS actor, unit.name AS unit,
           review_event.action, review_event.position, review_event.body, review_event.opinion
      FROM review_event
      JOIN app_user ON app_user.id = review_event.actor_id
      JOIN unit ON unit.id = app_user.unit_id
     WHERE review_event.review_id = %(review)s
     ORDER BY review_event.id
"""


def history(conn: Connection, review: int) -> list[Done]:
    """Everything that was done with it, oldest first."""
    with conn.cursor(row_factory=class_row(Done)) as cursor:
        return cursor.execute(HISTORY, {"review": review}).fetchall()
