"""`/`: my day."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from analytics import monitoring, progress, suggestions
from analytics.monitoring import Query
from portal import edge
from portal.permissions import needs
from registry import cards
from registry.org import Permission

bp = Blueprint("home", __name__)
NEWEST = 5


@bp.get("/")
@needs(Permission.HOME)
def show() -> ResponseReturnValue:
    """What waits on me, what the sensors say, one picture of my unit."""
    viewer = edge.viewer()
    with edge.database().transaction("my day") as conn:
        watched = monitoring.page(conn, Query(viewer.id, size=1))
        found, _more = suggestions.page(conn, viewer.id, size=NEWEST)
        counts = suggestions.counts(conn, viewer.id)
        alarms = monitoring.alarms(conn, viewer.id, limit=NEWEST)
        alarm_count = monitoring.alarm_count(conn, viewer.id)
        statuses = cards.count_by_status(conn, viewer.id)
        import_progress = progress.progress(conn, viewer.id)
    return render_template(
        "pages/home.html",
        watched=watched,
        suggestions=found,
        counts=counts,
        alarms=alarms,
        alarm_count=alarm_count,
        statuses=statuses,
        progress=import_progress,
    )


@bp.get("/progress")
@needs(Permission.MONITORING_VIEW)
def show_progress() -> ResponseReturnValue:
    """How far the gateways are with what they had kept: a part of pages, asked for again."""
    with edge.database().transaction("progress") as conn:
        found = progress.progress(conn, edge.viewer().id)
    return render_template("parts/progress.html", progress=found)
