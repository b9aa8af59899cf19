"""`/suggestions`: what the sensors propose, with evidence, for people to decide."""

from functools import partial
from typing import Final

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from analytics import monitoring, progress, suggestions
from analytics.suggestions import State, Suggestion
from db import Refused
from portal import asked, edge, paging
from portal.language import N_, language
from portal.language import gettext as _
from portal.permissions import needs
from portal.words import words_for
from registry import cards
from registry.cards import ChangeKind, Status
from registry.cards.change_rules import AWAY
from registry.org import Permission

bp = Blueprint("suggestions", __name__, url_prefix="/suggestions")
TABS: Final = (
    State.OPEN,
    State.WAITING,
    State.ACCEPTED,
    State.DISMISSED,
    State.STOCKTAKE,
    State.WITHDRAWN,
)
# What a tab without suggestions says; the others keep what people have dealt with.
EMPTY: Final = {
    State.OPEN: N_("证据足够时会出现：至少 10 个有效工作日，覆盖率 75% 以上，传感器可信。"),
    State.WAITING: N_("证据出现缺口的建议会暂放在这里，证据补齐后回到待处理。"),
}
DEALT_WITH: Final = N_("处理过的建议会归到这里。")


@bp.get("")
@needs(Permission.MONITORING_VIEW)
def index() -> ResponseReturnValue:
    """One tab's suggestions, and the picked one in full."""
    return _page(asked.key("pick"), "", "")


def _page(pick: int | None, reason: str, refusal: str) -> str:
    tab, after = request.args.get("tab", "open"), asked.amount_and_key("after")
    viewer = edge.viewer().id
    with edge.database().transaction("suggestions") as conn:
        state = State(tab) if tab in set(State) else State.OPEN
        found, more = suggestions.page(conn, viewer, state, after=after, back=paging.back(after))
        picked = _picked(found, pick) or (suggestions.one(conn, viewer, pick) if pick else None)
        facts = {
            "counts": suggestions.counts(conn, viewer),
            "alarm_count": monitoring.alarm_count(conn, viewer),
            "alarms": monitoring.alarms(conn, viewer, 100) if tab == "alarms" else [],
            "progress": progress.progress(conn, viewer),
        }
    link = partial(url_for, ".index", tab=tab)
    shown = picked or (found[0] if found else None)
    return render_template(
        "pages/suggestions.html",
        tab=tab if tab == "alarms" else state.value,
        tabs=TABS,
        empty_words=_(EMPTY.get(state, DEALT_WITH)),
        found=found,
        picked=shown,
        chosen=picked is not None,
        pages=paging.pager(found, more, _key, link, paged=after is not None),
        reason=reason,
        refusal=refusal,
        drafts=draft_address(shown) if shown and _drafts(shown) else "",
        **facts,
    )


def _key(one: Suggestion) -> str:
    return f"{one.net_value}~{one.id}"


def _drafts(one: Suggestion) -> bool:
    """Whether the viewer may draft what follows from an accepted one, which nobody has done yet."""
    waits = one.state == State.ACCEPTED and one.status not in {"idle", "to_dispose", "disposed"}
    viewer = edge.viewer()
    return waits and one.unit_name == viewer.unit_name and viewer.may(Permission.CHANGE_PREPARE)


def _picked(found: list[Suggestion], pick: int | None) -> Suggestion | None:
    return next((one for one in found if one.id == pick), None)


@bp.post(f"/<int(max={asked.LARGEST_KEY}):suggestion>/accept")
@needs(Permission.SUGGESTION_DECIDE)
def accept(suggestion: int) -> ResponseReturnValue:
    """Close it as right, and go on to the draft of the change that follows (I5)."""
    viewer = edge.viewer()
    try:
        with edge.database().transaction("accept suggestion") as conn:
            done = suggestions.accept(
                conn, viewer.id, viewer.login, suggestion, edge.now(), edge.request_id()
            )
            card = cards.card(conn, viewer.id, done.code)
    except Refused as refused:
        if refused.code == "suggestion.not_found":
            abort(404)
        flash(words_for(refused, language()), "warning")
        return redirect(url_for(".index", pick=suggestion), 303)
    if card and card.unit_id == viewer.unit_id and viewer.may(Permission.CHANGE_PREPARE):
        flash(_("已采纳。核对下面的状态变动，送审并终审后可发布到调剂广场。"))
        return redirect(draft_address(done), 303)
    flash(_("已采纳“%(name)s”，等该单位经办岗起草状态变动。", name=done.name))
    return redirect(url_for(".index", tab="accepted", pick=done.id), 303)


def draft_address(one: Suggestion) -> str:
    """The form of the change that makes the asset idle, filled in from the evidence."""
    kind = ChangeKind.RECOVER if Status(one.status) in AWAY else ChangeKind.STATUS
    return url_for(
        "drafts.new", card=one.code, kind=kind.value, status=Status.IDLE.value, suggestion=one.id
    )


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
