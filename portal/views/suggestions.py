"""`/suggestions`: what the sensors propose, with evidence, for people to decide."""

from functools import partial
from typing import Final

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from analytics import monitoring, progress, suggestions
from analytics.monitoring import Judgement
from analytics.suggestions import State, Suggestion
from db import Connection, Refused
from portal import asked, asked_values, edge, paging, undo
from portal.language import N_, language
from portal.language import gettext as _
from portal.permissions import needs
from portal.words import words_for
from registry import cards
from registry.cards import ChangeKind, Status
from registry.cards.change_rules import AWAY
from registry.org import Permission

bp = Blueprint("suggestions", __name__, url_prefix="/suggestions")
ALARMS: Final = "alarms"  # a tab that has device alarms in the place of suggestions
TABS: Final = (
    State.OPEN,
    State.WAITING,
    State.ACCEPTED,
    State.DISMISSED,
    State.STOCKTAKE,
    State.WITHDRAWN,
)
STANDING: Final = (State.OPEN, State.WAITING)
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
    tab = asked_values.tab([*State, ALARMS], State.OPEN)
    after = asked.amount_and_key("after")
    viewer = edge.viewer().id
    with edge.database().transaction("suggestions") as conn:
        state = State.OPEN if tab == ALARMS else State(tab)
        found, more = suggestions.page(conn, viewer, state, after=after, back=paging.back(after))
        picked = _picked(found, pick) or (suggestions.one(conn, viewer, pick) if pick else None)
        shown = picked or (found[0] if found else None)
        facts = {
            "present": _present(conn, viewer, shown),
            "counts": suggestions.counts(conn, viewer),
            "alarm_count": monitoring.alarm_count(conn, viewer),
            "alarms": monitoring.alarms(conn, viewer, 100) if tab == ALARMS else [],
            "progress": progress.progress(conn, viewer),
        }
    link = partial(url_for, ".index", tab=tab)
    return render_template(
        "pages/suggestions.html",
        tab=str(tab),
        tabs=TABS,
        empty_words=_(EMPTY.get(state, DEALT_WITH)),
        found=found,
        picked=shown,
        chosen=picked is not None,
        pages=paging.pager(found, more, _key, link, paged=after is not None),
        reason=reason,
        refusal=refusal,
        longest=suggestions.LONGEST_REASON,
        drafts=draft_address(shown) if shown and _drafts(shown) else "",
        **facts,
    )


def _key(one: Suggestion) -> str:
    return f"{one.net_value}~{one.id}"


def _drafts(one: Suggestion) -> bool:
    """Whether the viewer may draft what follows from it: adopted with the draft (I5)."""
    viewer = edge.viewer()
    return one.unit_name == viewer.unit_name and viewer.may(Permission.CHANGE_PREPARE)


def _present(conn: Connection, viewer: int, one: Suggestion | None) -> Judgement | None:
    """What is found of its asset today, beside the evidence as it was; None once it is closed."""
    card = cards.card(conn, viewer, one.code) if one and one.state in STANDING else None
    return monitoring.judgement(conn, card.id) if card else None


def _picked(found: list[Suggestion], pick: int | None) -> Suggestion | None:
    return next((one for one in found if one.id == pick), None)


@bp.post(f"/<int(max={asked.LARGEST_KEY}):suggestion>/agree")
@needs(Permission.SUGGESTION_DECIDE)
def agree(suggestion: int) -> ResponseReturnValue:
    """Find it right; who may draft is told, and it stays open until the draft is saved (I5)."""
    try:
        with edge.database().transaction("agree with suggestion") as conn:
            done = suggestions.agree(conn, edge.viewer(), suggestion, edge.now(), edge.request_id())
    except Refused as refused:
        if refused.code == "suggestion.not_found":
            abort(404)
        flash(words_for(refused, language()), "warning")
        return redirect(url_for(".index", pick=suggestion), 303)
    flash(_("已请%(unit)s的经办岗起草“%(name)s”的状态变动。草稿保存后，这条建议记为已采纳。",
            unit=done.unit_name, name=done.name))  # fmt: skip
    return redirect(url_for(".index", pick=done.id), 303)


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
            back = undo.offer(conn, "suggestion.dismissed", **suggestions.as_it_stood(done))
    except Refused as refused:
        if refused.code == "suggestion.not_found":
            abort(404)
        return _page(suggestion, reason, words_for(refused, language())), 422
    undo.say(_("“%(name)s”不采纳，90 天内不再提示。", name=done.name), back)
    return redirect(url_for(".index"), 303)
