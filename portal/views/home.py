"""`/`: my day."""

from datetime import timedelta
from typing import Final

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from analytics import monitoring, progress, suggestions
from analytics.monitoring import Query
from db import Connection
from exchange import DESCRIPTIONS, listing_history
from portal import edge, neighbours
from portal.formats import local
from portal.permissions import needs
from registry import cards, review
from registry.org import Permission, User
from registry.review import DocumentKind
from registry.stocktake import task

bp = Blueprint("home", __name__)
NEWEST = 5
WAITING = 6
SOON: Final = timedelta(days=5)


@bp.get("/")
@needs(Permission.HOME)
def show() -> ResponseReturnValue:
    """What waits on me, what the sensors say, one picture of my unit."""
    viewer = edge.viewer()
    facts: dict[str, object] = {}
    with edge.database().transaction("my day") as conn:
        for permission, read in PARTS:
            if viewer.may(permission):
                facts |= read(conn, viewer)
    return render_template("pages/home.html", rooms=DESCRIPTIONS, **facts)


def _watched(conn: Connection, user: User) -> dict[str, object]:
    viewer = user.id
    found, _more = suggestions.page(conn, viewer, size=NEWEST)
    return {
        "watched": monitoring.page(conn, Query(viewer, size=1)),
        "suggestions": found,
        "counts": suggestions.counts(conn, viewer),
        "alarms": monitoring.alarms(conn, viewer, limit=NEWEST),
        "alarm_count": monitoring.alarm_count(conn, viewer),
        "progress": progress.progress(conn, viewer),
    }


def _waits(conn: Connection, user: User) -> dict[str, object]:
    return {
        "waiting": review.waiting(conn, user, WAITING),
        "from_inbox": neighbours.from_inbox,
        "waiting_count": review.waiting_count(conn, user),
        "kinds": {kind.value: kind.label for kind in DocumentKind},
    }


def _owned(conn: Connection, user: User) -> dict[str, object]:
    return {"statuses": cards.count_by_status(conn, user.id)}


def _returned(conn: Connection, user: User) -> dict[str, object]:
    """What came back to be mended, and listings whose time is running out (F2)."""
    until = local(edge.now()).date() + SOON
    return {
        "returned": review.returned(conn, user, WAITING),
        "ending": listing_history.ending(conn, user.unit_id, until, NEWEST),
        "kinds": {kind.value: kind.label for kind in DocumentKind},
    }


def _to_count(conn: Connection, user: User) -> dict[str, object]:
    """Running stocktakes in which the reader may still count something (H1)."""
    return {"counting": [one for one in task.countable(conn, user) if one.counted < one.expected]}


# Each part of the page, for whoever may see its own page too.
PARTS: Final = (
    (Permission.MONITORING_VIEW, _watched),
    (Permission.CARD_VIEW, _owned),
    (Permission.CHANGE_REVIEW, _waits),
    (Permission.SHEET_PREPARE, _returned),
    (Permission.STOCKTAKE_COUNT, _to_count),
)


@bp.get("/progress")
@needs(Permission.MONITORING_VIEW)
def show_progress() -> ResponseReturnValue:
    """How far the gateways are with what they had kept: a part of pages, asked for again."""
    with edge.database().transaction("progress") as conn:
        found = progress.progress(conn, edge.viewer().id)
    return render_template("parts/progress.html", progress=found)
