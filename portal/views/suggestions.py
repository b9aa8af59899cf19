"""`/suggestions`: what the sensors propose, with evidence, for people to decide."""

from typing import Final

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from analytics import monitoring, progress, suggestions
from analytics.suggestions import State, Suggestion
from db import Refused
from portal import asked, edge
from portal.language import gettext as _
from portal.language import language
from portal.permissions import needs
from portal.words import words_for
from registry.org import Permission

bp = Blueprint("suggestions", __name__, url_prefix="/suggestions")
TABS: Final = (State.OPEN, State.ACCEPTED, State.DISMISSED, State.STOCKTAKE, State.WITHDRAWN)


@bp.get("")
@needs(Permission.MONITORING_VIEW)
def index() -> ResponseReturnValue:
    """One tab's suggestions, and the picked one in full."""
    return _page(asked.key("pick"), "", "")


def _page(pick: int | None, reason: str, refusal: str) -> str:
    tab = request.args.get("tab", "open")
    viewer = edge.viewer().id
    with edge.database().transaction("suggestions") as conn:
        state = State(tab) if tab in set(State) else State.OPEN
        found, more = suggestions.page(conn, viewer, state, after=asked.amount_and_key("after"))
        picked = _picked(found, pick) or (suggestions.one(conn, viewer, pick) if pick else None)
        facts = {
            "counts": suggestions.counts(conn, viewer),
            "alarm_count": monitoring.alarm_count(conn, viewer),
            "alarms": monitoring.alarms(conn, viewer, 100) if tab == "alarms" else [],
            "progress": progress.progress(conn, viewer),
        }
    following = None
    if more:
        after = f"{found[-1].net_value}~{found[-1].id}"
        following = url_for(".index", tab=tab, after=after)
    shown = picked or (found[0] if found else None)
    return render_template(
        "pages/suggestions.html",
        tab=tab if tab == "alarms" else state.value,
        tabs=TABS,
        found=found,
        picked=shown,
        chosen=picked is not None,
        following=following,
        reason=reason,
        refusal=refusal,
        **facts,
    )


def _picked(found: list[Suggestion], pick: int | None) -> Suggestion | None:
    return next((one for one in found if one.id == pick), None)


@bp.post(f"/<int(max={asked.LARGEST_KEY}):suggestion>/dismiss")
@needs(Permission.SUGGESTION_DECIDE)
def dismiss(suggestion: int) -> ResponseReturnValue:
    """Close it with a reason."""
    viewer, reason = edge.viewer(), request.form.get("reason", "")
    try:
        with edge.database().transaction("dismiss suggestion") as conn:
            done = suggestions.dismiss(
                conn, viewer.id, viewer.login, suggestion, reason, edge.now(), edge.request_id()
            )
    except Refused as refused:
        if refused.code == "suggestion.not_found":
            abort(404)
        return _page(suggestion, reason, words_for(refused, language())), 422
    flash(_("“%(name)s”不采纳，90 天内不再提示。", name=done.name))
    return redirect(url_for(".index"), 303)
