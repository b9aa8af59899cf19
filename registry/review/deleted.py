"""Drafts that were deleted before anybody else had seen them: kept for a while, so that it can be
undone, then gone with their documents.

Such a draft is void and was never submitted: no list and no page shows it.
"""

from datetime import datetime, timedelta
from typing import Final, LiteralString

from db import Connection, Refused, Transactions, scalar
from registry.org import User, submissions
from registry.review import engine
from registry.review.documents import DocumentKind
from registry.review.machine import Standing, State

KEPT: Final = timedelta(days=1)

PUT_AWAY: LiteralString = """
    UPDATE review SET state = 'void', version = version + 1, moved_at = %(now)s
     WHERE id = %(review)s AND state = 'draft' AND round = 0
    RETURNING id
"""


def put_away(conn: Connection, one: Standing, now: datetime) -> None:
    """Delete a draft that was never submitted; the form that made it may make it again. The caller
    holds it, and audits.
    """
    if scalar(conn, PUT_AWAY, review=one.id, now=now) is None:
        raise Refused("review.not_now", number=one.number, state=one.state.label)
    submissions.forget(conn, one.prepared_by, one.address)


BRING_BACK: LiteralString = """
    UPDATE review SET state = 'draft', version = version + 1, moved_at = %(now)s
     WHERE id = %(review)s
"""


def bring_back(conn: Connection, actor: User, review: int, now: datetime) -> Standing:
    """The draft stands again, as it was; the caller audits.

    Raises Refused 'review.not_yours', or 'undo.changed' where it is no deleted draft any more.
    """
    one = engine.lock(conn, review)
    if actor.unit_id != one.unit_id or not DocumentKind(one.kind).preparers & actor.roles:
        raise Refused("review.not_yours", number=one.number)
    if one.state is not State.VOID or one.round:
        raise Refused("undo.changed")
    conn.execute(BRING_BACK, {"review": review, "now": now})
    submissions.remember(conn, one.prepared_by, one.address)
    return engine.standing(conn, review)


PURGE: LiteralString = """
    DELETE FROM review WHERE state = 'void' AND round = 0 AND moved_at < %(before)s
"""


def purge(database: Transactions, now: datetime) -> None:
    """Remove what was deleted long ago, with its document; a job of the schedule."""
    with database.transaction("purge deleted drafts") as conn:
        conn.execute(PURGE, {"before": now - KEPT})
