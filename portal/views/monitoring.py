"""`/monitoring`: what is watched, and one asset."""

from datetime import datetime, timedelta
from typing import Final

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from analytics import monitoring, progress, rules, suggestions
from analytics.idle import Verdict
from analytics.monitoring import Point, Query, Sort, Watched
from portal import asked, edge, paging
from portal.formats import ZONE
from portal.permissions import needs
from registry import cards, org
from registry.org import Permission

bp = Blueprint("monitoring", __name__, url_prefix="/monitoring")

STATES: Final = ("in_use", "not_in_use", "not_known")
LONGEST_RANGE: Final = timedelta(days=400)


def _query() -> Query:
    """The list's question, from the address; what is no sense is ignored."""
    args = request.args
    key, _tilde, code = args.get("after", "").partition("~")
    verdict, state, sort = (args.get(name, "") for name in ("verdict", "state", "sort"))
    try:
        after = (float(key), code) if code else None
    except ValueError:
        after = None
    return Query(
        viewer=edge.viewer().id,
        text=args.get("q", "")[:64],
        verdict=verdict if verdict in set(Verdict) else "",
        state=state if state in STATES else "",
        section=asked.number("section"),
        sort=Sort(sort) if sort in set(Sort) else Sort.CODE,
        after=after,
        back=paging.back(after),
    )


def _key(row: Watched) -> str:
    return f"{row.sort_key}~{row.code}"


@bp.get("")
@needs(Permission.MONITORING_VIEW)
def index() -> ResponseReturnValue:
    """The watched assets."""
    query = _query()
    with edge.database().transaction("monitoring") as conn:
        page = monitoring.page(conn, query)
        first = edge.now().astimezone(ZONE).date() - timedelta(days=27)
        weeks = monitoring.weekly(conn, query.viewer, [row.code for row in page.rows], first)
        import_progress = progress.progress(conn, query.viewer)
        sections = org.sections(conn, query.viewer)
        unruled = rules.unruled(conn, (row.category for row in page.rows))
    return render_template(
        "pages/monitoring.html",
        page=page,
        query=query,
        weeks=weeks,
        progress=import_progress,
        sections=sections,
        unruled=unruled,
        pages=paging.pager(page.rows, page.more, _key, paged=query.after is not None),
        verdicts=list(Verdict),
        states=STATES,
    )


@bp.get("/assets/<code>")
@needs(Permission.MONITORING_VIEW)
def asset(code: str) -> ResponseReturnValue:
    """Everything that the sensors say of one asset."""
    viewer = edge.viewer().id
    with edge.database().transaction("monitoring of an asset") as conn:
        card = cards.card(conn, viewer, code)
        if card is None:
            abort(404)
        judged = monitoring.judgement(conn, card.id)
        since = judged.window_from if judged else edge.now() - timedelta(days=28)
        before = edge.now() + timedelta(days=1)
        facts = {
            "card": card,
            "judged": judged,
            "sensors": monitoring.sensors(conn, card.id),
            "days": monitoring.days(conn, card.id, since.astimezone(ZONE).date(), before.date()),
            "weeks": monitoring.weekly(conn, viewer, [code], since.astimezone(ZONE).date()),
            "heat": monitoring.heat(conn, card.id, since, before),
            "sessions": monitoring.sessions(conn, card.id, since, before, 12),
            "suggestion": suggestions.standing_of(conn, viewer, code),
            "unruled": bool(rules.unruled(conn, [card.category])),
            "photo": cards.photos.first(conn, card.id),
        }
    return render_template("pages/asset.html", **facts)


@bp.get("/assets/<code>/sessions")
@needs(Permission.MONITORING_VIEW)
def sessions(code: str) -> ResponseReturnValue:
    """All sessions of one asset, page by page."""
    size = 50
    before = asked.moment("before") or edge.now() + timedelta(days=1)
    with edge.database().transaction("sessions of an asset") as conn:
        card = cards.card(conn, edge.viewer().id, code)
        if card is None:
            abort(404)
        long_ago = edge.now() - timedelta(days=3650)
        found = monitoring.sessions(conn, card.id, long_ago, before, size + 1)
    return render_template(
        "pages/sessions.html", card=card, sessions=found[:size], more=len(found) > size
    )


@bp.get("/assets/<code>/readings.json")
@needs(Permission.MONITORING_VIEW)
def readings(code: str) -> ResponseReturnValue:
    """Readings and sessions of [from, to) for the chart; times in ms, as charts want them."""
    since, before = asked.moment("from"), asked.moment("to")
    if since is None or before is None or not timedelta() < before - since <= LONGEST_RANGE:
        abort(400)
    with edge.database().transaction("readings of an asset") as conn:
        card = cards.card(conn, edge.viewer().id, code)
        if card is None:
            abort(404)
        sensors = [s for s in monitoring.sensors(conn, card.id) if s.kind != "position"]
        lines = [
            {
                "name": sensor.name,
                "kind": sensor.kind,
                "points": [
                    _point(point) for point in monitoring.readings(conn, sensor.id, since, before)
                ],
            }
            for sensor in sensors
        ]
        used = monitoring.sessions(conn, card.id, since - timedelta(days=1), before, 2000)
    spans = [[_ms(s.started_at), _ms(s.ended_at)] for s in reversed(used) if s.ended_at > since]
    return {"from": _ms(since), "to": _ms(before), "lines": lines, "sessions": spans}


def _point(point: Point) -> tuple[int, float, float, float]:
    return _ms(point.at), round(point.least, 2), round(point.mean, 2), round(point.most, 2)


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
