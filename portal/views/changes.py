"""`/changes`: the lists of card changes, and each change with its review."""

from dataclasses import replace
from typing import Any, Final

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from db import Refused
from portal import asked, edge, review_drawn
from portal.language import gettext as _
from portal.language import language
from portal.permissions import needs
from portal.words import words_for
from registry import cards, org, review
from registry.cards import ChangeKind, change_list, change_rules, changes, drafting
from registry.cards.change_list import ChangeQuery, Tab
from registry.cards.fields import FIELDS
from registry.org import Permission, Role
from registry.review import Action

bp = Blueprint("changes", __name__, url_prefix="/changes")
KEY = f"int(max={asked.LARGEST_KEY}):change_id"
MOST_OFFERED: Final = 20
WAY_OF: Final = {
    Action.SUBMIT: Permission.CHANGE_PREPARE,
    Action.RECALL: Permission.CHANGE_PREPARE,
    Action.APPROVE: Permission.CHANGE_REVIEW,
    Action.RETURN: Permission.CHANGE_REVIEW,
    Action.REVOKE: Permission.CHANGE_REVIEW,
}


@bp.get("")
@needs(Permission.CHANGE_VIEW)
def index() -> ResponseReturnValue:
    """One tab's changes, newest first."""
    viewer, args = edge.viewer(), request.args
    default = Tab.DRAFT if Role.PREPARER in viewer.roles else Tab.PENDING
    tab = Tab(args["tab"]) if args.get("tab") in set(Tab) else default
    kind = args.get("kind", "")
    with edge.database().transaction("changes") as conn:
        query = ChangeQuery(
            viewer,
            org.visible_units(conn, viewer.id),
            tab,
            kind if kind in set(ChangeKind) else "",
            args.get("q", "")[:64],
            "mine" in args,
            asked.moment_and_key("after"),
        )
        rows, more = change_list.page(conn, query)
        counts = {one: change_list.count(conn, replace(query, tab=one, after=None)) for one in Tab}
    following = None
    if more:
        after = f"{rows[-1].moved_at.isoformat()}~{rows[-1].review_id}"
        following = url_for(".index", **{**args.to_dict(), "tab": tab, "after": after})  # type: ignore[arg-type]
    return render_template(
        "pages/changes.html",
        rows=rows,
        query=query,
        counts=counts,
        tabs=list(Tab),
        kinds=list(ChangeKind),
        following=following,
        most=change_list.COUNT_UP_TO,
        said=review_drawn.said,
        marks=review_drawn.MARKS,
    )


@bp.get(f"/<{KEY}>")
@needs(Permission.CHANGE_VIEW)
def show(change_id: int) -> ResponseReturnValue:
    """One change: before and after, its chain, its history, what the reader may do."""
    return _page(change_id, "", "")


def _page(change_id: int, opinion: str, refusal: str) -> str:
    viewer = edge.viewer()
    with edge.database().transaction("change") as conn:
        one = changes.change(conn, viewer.id, change_id)
        if one is None:
            abort(404)
        standing, history = (
            review.standing(conn, one.review_id),
            review.history(conn, one.review_id),
        )
        if standing.state is review.State.DRAFT and one.unit_id != viewer.unit_id:
            abort(404)  # a draft is its unit's own business
        chain = standing.chain if standing.round else review.preview(conn, standing)
        codes = [one.before.get("category", ""), one.after.get("category", "")]
        facts: dict[str, Any] = {
            "nodes": review_drawn.nodes(conn, standing, chain, history),
            "categories": cards.categories.names(conn, codes),
            "rows": changes.staged(conn, one.id, asked.number("row") or 0) if one.rows else [],
            "files": changes.files_of(conn, one),
        }
    may = {
        action
        for action in review.allowed(standing, viewer)
        if action in WAY_OF and viewer.may(WAY_OF[action])
    }
    if one.applied_at:
        may -= {Action.REVOKE}
    return render_template(
        "pages/change.html",
        change=one,
        standing=standing,
        history=history,
        said=review_drawn.said_of(standing, history),
        mark=review_drawn.MARKS[standing.state],
        actions={action.value for action in may},
        own=one.unit_id == viewer.unit_id and viewer.may(Permission.CHANGE_PREPARE),
        rule=change_rules.RULES[one.kind],
        all_fields=FIELDS,
        opinion=opinion,
        refusal=refusal,
        part_fields=[cards.fields.BY_NAME[name] for name in drafting.PART_FIELDS],
        **facts,
    )


@bp.post(f"/<{KEY}>/delete")
@needs(Permission.CHANGE_PREPARE)
def delete(change_id: int) -> ResponseReturnValue:
    """Delete a draft; one that was submitted before becomes void."""
    try:
        with edge.database().transaction("delete change") as conn:
            seen = asked.form_number("seen")
            changes.remove(conn, edge.viewer(), change_id, seen, edge.now(), edge.request_id())
    except Refused as refused:
        if refused.code == "change.not_found":
            abort(404)
        flash(words_for(refused, language()), "warning")
        return redirect(url_for("changes.show", change_id=change_id), 303)
    flash(_("草稿已删除。"))
    return redirect(url_for("changes.index", tab="draft"), 303)


@bp.post(f"/<{KEY}>/submit")
@needs(Permission.CHANGE_PREPARE)
def submit(change_id: int) -> ResponseReturnValue:
    """Hand it in."""
    return _act(change_id, Action.SUBMIT, asked.form_number("seen"))


def submit_drafted(change_id: int) -> ResponseReturnValue:
    """Hand in what the same request has just drafted; a refusal leaves it a draft."""
    return _act(change_id, Action.SUBMIT, None)


@bp.post(f"/<{KEY}>/recall")
@needs(Permission.CHANGE_PREPARE)
def recall(change_id: int) -> ResponseReturnValue:
    """Take it back before anybody has acted."""
    return _act(change_id, Action.RECALL, asked.form_number("seen"))


@bp.post(f"/<{KEY}>/approve")
@needs(Permission.CHANGE_REVIEW)
def approve(change_id: int) -> ResponseReturnValue:
    """Approve at the reviewer's node."""
    return _act(change_id, Action.APPROVE, asked.form_number("seen"))


@bp.post(f"/<{KEY}>/return")
@needs(Permission.CHANGE_REVIEW)
def give_back(change_id: int) -> ResponseReturnValue:
    """Return it to the preparer, with a reason."""
    return _act(change_id, Action.RETURN, asked.form_number("seen"))


@bp.post(f"/<{KEY}>/revoke")
@needs(Permission.CHANGE_REVIEW)
def revoke(change_id: int) -> ResponseReturnValue:
    """Take the approval back before the next node has acted."""
    return _act(change_id, Action.REVOKE, asked.form_number("seen"))


def _act(change_id: int, action: Action, seen: int | None) -> ResponseReturnValue:
    """Do it, and say what comes next; `seen` None: as it is now, for what was just drafted."""
    viewer, opinion = edge.viewer(), request.form.get("opinion", "")
    try:
        with edge.database().transaction(f"{action.value} change") as conn:
            if seen is None:
                found = changes.require(conn, viewer, change_id)
                seen = review.standing(conn, found.review_id).version
            after = changes.act(
                conn, viewer, change_id, action, seen, opinion, edge.now(), edge.request_id()
            )
    except Refused as refused:
        if refused.code == "change.not_found":
            abort(404)
        said = words_for(refused, language())
        if refused.facts.get("field") == "opinion":
            return _page(change_id, opinion, said), 422
        flash(said, "warning")
        return redirect(url_for("changes.show", change_id=change_id), 303)
    flash(_next(action, after))
    return redirect(url_for("changes.show", change_id=change_id), 303)


def _next(action: Action, after: review.Standing) -> str:
    """What has happened, and what comes next."""
    node = after.at_node.body.label.of(language()) if after.at_node else ""
    if after.state is review.State.APPROVED:
        return _("%(number)s 已终审，卡片已更新。", number=after.number)
    if action is Action.SUBMIT:
        return _("%(number)s 已送审，下一环节：%(node)s。", number=after.number, node=node)
    if action is Action.APPROVE:
        return _("%(number)s 审核通过，下一环节：%(node)s。", number=after.number, node=node)
    if action is Action.RETURN:
        return _("%(number)s 已退回经办修改。", number=after.number)
    if action is Action.REVOKE:
        return _("已取消审核，%(number)s 回到待审核。", number=after.number)
    return _("%(number)s 已取消送审，可以继续修改。", number=after.number)
