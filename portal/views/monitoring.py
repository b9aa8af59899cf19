"""`/monitoring`: what is watched, and one asset."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from analytics import calendar, kinds, load, monitoring, progress, rules, suggestions
from analytics.idle import Verdict
from analytics.monitoring import Judgement, Point, Query, Sort, Watched, WatchedSensor
from ingest.fault_values import fault_values
from portal import asked, asked_values, card_typed, edge, paging, places_drawn, sensor_kinds
from portal.formats import ZONE
from portal.permissions import needs
from registry import cards, org
from registry.org import Permission, closures
from registry.org.closures import Span

bp = Blueprint("monitoring", __name__, url_prefix="/monitoring")

STATES: Final = ("in_use", "not_in_use", "not_known")
PERIOD: Final = timedelta(days=28)  # of an asset's page, before it is judged
LONGEST_RANGE: Final = timedelta(days=400)


def _query() -> Query:
    """The list's question, from the address; what is no choice is said on the page."""
    args = request.args
    key, _tilde, code = args.get("after", "").partition("~")
    try:
        after = (float(key), code) if code else None
    except ValueError:
        after = None
    return Query(
        viewer=edge.viewer().id,
        text=card_typed.words(),
        verdict=asked_values.member("verdict", Verdict),
        state=asked_values.member("state", STATES),
        section=asked_values.number("section"),
        sort=Sort(asked_values.member("sort", Sort, Sort.CODE)),
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
        since = judged.window_from if judged else edge.now() - PERIOD
        before, today = edge.now() + timedelta(days=1), edge.now().astimezone(ZONE).date()
        fixes = load.fixes(conn, card.id, since, before)
        newest = [] if fixes else load.newest_fixes(conn, card.id)
        known = fault_values(conn)
        facts: dict[str, Any] = {
            "card": card,
            "judged": judged,
            "sensors": monitoring.sensors(conn, card.id),
            "room_sensors": monitoring.room_sensors(conn, card.id),
            "days": monitoring.days(conn, card.id, since.astimezone(ZONE).date(), before.date()),
            "closures": closures.holding(
                conn, [card.unit_id], since.astimezone(ZONE).date(), today
            ).get(card.unit_id, []),
            "weeks": monitoring.weekly(conn, viewer, [card.code], since.astimezone(ZONE).date()),
            "heat": monitoring.heat(conn, card.id, since, before),
            "sessions": monitoring.sessions(conn, card.id, since, before, 12),
            "suggestion": suggestions.standing_of(conn, viewer, card.code),
            "unruled": bool(rules.unruled(conn, [card.category])),
            "photo": cards.photos.first(conn, card.id),
        }
    position = places_drawn.shown(fixes, newest, known, edge.now())
    return render_template(
        "pages/asset.html",
        position=position,
        since=since,
        closed_otherwise=_closed_otherwise(judged, facts["closures"]),
        **facts,
    )


def _closed_otherwise(judged: Judgement | None, spans: Sequence[Span]) -> int:
    """How many working days were judged as closed that its unit's calendar of now leaves open."""
    return sum(
        calendar.is_working(day) and not any(one.since <= day <= one.until for one in spans)
        for day in (judged.closed if judged else [])
    )


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
        said = [
            (sensor, monitoring.readings(conn, sensor.id, since, before))
            for sensor in monitoring.sensors(conn, card.id)
            if not sensor.is_place
        ]
        used = monitoring.sessions(conn, card.id, since - timedelta(days=1), before, 2000)
    lines = [_line(sensor, points) for sensor, points in said]
    spans = [[_ms(s.started_at), _ms(s.ended_at)] for s in reversed(used) if s.ended_at > since]
    return {"from": _ms(since), "to": _ms(before), "lines": lines, "sessions": spans}


def _line(sensor: WatchedSensor, points: list[Point]) -> dict[str, Any]:
    return {
        "name": sensor.name,
        "unit": sensor_kinds.drawn(sensor.kind).unit,
        "counted": kinds.find(sensor.kind).counted,
        "points": [_point(point) for point in points],
    }


def _point(point: Point) -> tuple[int, float, float, float]:
    return _ms(point.at), round(point.least, 3), round(point.mean, 3), round(point.most, 3)


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
