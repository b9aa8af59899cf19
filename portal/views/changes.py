"""`/changes`: the lists of card changes, and each change with its review."""

from dataclasses import replace
from typing import Any, Final

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from db import Connection, Refused
from portal import asked, edge, neighbours, paging, review_acted, review_drawn
from portal.language import gettext as _
from portal.language import language
from portal.permissions import needs
from portal.words import words_for
from registry import cards, org, review
from registry.cards import ChangeKind, change_list, change_rules, changes, drafting
from registry.cards.change_list import ChangeQuery, ChangeRow, Tab
from registry.cards.changes import Change
from registry.cards.fields import FIELDS
from registry.org import Permission, Role
from registry.review import Action

bp = Blueprint("changes", __name__, url_prefix="/changes")
KEY = f"int(max={asked.LARGEST_KEY}):change_id"
LIST: Final = "changes"
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
    with edge.database().transaction("changes") as conn:
        query = _query(conn)
        rows, more = change_list.page(conn, query)
        counts = {one: change_list.count(conn, replace(query, tab=one, after=None)) for one in Tab}
    return render_template(
        "pages/changes.html",
        rows=rows,
        query=query,
        counts=counts,
        tabs=list(Tab),
        kinds=list(ChangeKind),
        pages=paging.pager(rows, more, _key, paged=query.after is not None),
        opened=lambda row: neighbours.opened_from(LIST, row, tab=query.tab.value),
        most=change_list.COUNT_UP_TO,
        said=review_drawn.said,
        marks=review_drawn.MARKS,
    )


def _query(conn: Connection) -> ChangeQuery:
    """The question about changes; what is no sense is ignored."""
    viewer, args = edge.viewer(), request.args
    default = Tab.DRAFT if Role.PREPARER in viewer.roles else Tab.PENDING
    kind, after = args.get("kind", ""), asked.moment_and_key("after")
    return ChangeQuery(
        viewer,
        org.visible_units(conn, viewer.id),
        Tab(args["tab"]) if args.get("tab") in set(Tab) else default,
        kind if kind in set(ChangeKind) else "",
        args.get("q", "")[:64],
        "mine" in args,
        after,
        paging.back(after),
    )


def _key(row: ChangeRow) -> str:
    return paging.moment_key(row.moved_at, row.review_id)


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
            "beside": _beside(conn, one),
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
        came=neighbours.kept(),
        part_fields=[cards.fields.BY_NAME[name] for name in drafting.PART_FIELDS],
        **facts,
    )


def _beside(conn: Connection, one: Change) -> neighbours.Neighbours | None:
    """Where the reader goes from here: nowhere, who came from no list."""
    at = neighbours.at()
    if neighbours.came_from() == neighbours.INBOX:
        return neighbours.in_inbox(conn, one.review_id)
    if at is None or neighbours.came_from() != LIST:
        return None
    return neighbours.beside(
        change_list.neighbours(conn, replace(_query(conn), after=at), one.id),
        lambda row, bears: url_for("changes.show", change_id=row.id, **bears),  # type: ignore[arg-type]
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
        return review_acted.sent_back(DESK, change_id, refused)
    flash(_("草稿已删除。"))
    return redirect(url_for("changes.index", tab="draft"), 303)


@bp.post(f"/<{KEY}>/submit")
@needs(Permission.CHANGE_PREPARE)
def submit(change_id: int) -> ResponseReturnValue:
    """Hand it in."""
    return _act(change_id, Action.SUBMIT)


def submit_drafted(change_id: int) -> ResponseReturnValue:
    """Hand in what the same request has just drafted; a refusal leaves it a draft."""
    return review_acted.act(JUST_DRAFTED, change_id, Action.SUBMIT)


@bp.post(f"/<{KEY}>/recall")
@needs(Permission.CHANGE_PREPARE)
def recall(change_id: int) -> ResponseReturnValue:
    """Take it back before anybody has acted."""
    return _act(change_id, Action.RECALL)


@bp.post(f"/<{KEY}>/approve")
@needs(Permission.CHANGE_REVIEW)
def approve(change_id: int) -> ResponseReturnValue:
    """Approve at the reviewer's node."""
    return _act(change_id, Action.APPROVE)


@bp.post(f"/<{KEY}>/return")
@needs(Permission.CHANGE_REVIEW)
def give_back(change_id: int) -> ResponseReturnValue:
    """Return it to the preparer, with a reason."""
    return _act(change_id, Action.RETURN)


@bp.post(f"/<{KEY}>/revoke")
@needs(Permission.CHANGE_REVIEW)
def revoke(change_id: int) -> ResponseReturnValue:
    """Take the approval back before the next node has acted."""
    return _act(change_id, Action.REVOKE)


def _act(change_id: int, action: Action) -> ResponseReturnValue:
    return review_acted.act(DESK, change_id, action)


def _done(conn: Connection, change_id: int, action: Action, opinion: str) -> review.Standing:
    seen = asked.form_number("seen")
    return changes.act(
        conn, edge.viewer(), change_id, action, seen, opinion, edge.now(), edge.request_id()
    )


def _done_at_once(conn: Connection, key: int, action: Action, opinion: str) -> review.Standing:
    """As it is now: what was just drafted, nobody else has seen."""
    viewer = edge.viewer()
    seen = review.standing(conn, changes.require(conn, viewer, key).review_id).version
    return changes.act(conn, viewer, key, action, seen, opinion, edge.now(), edge.request_id())


def _again(change_id: int, opinion: str, refused: Refused) -> str | None:
    if refused.facts.get("field") != "opinion":
        return None
    return _page(change_id, opinion, words_for(refused, language()))


def _address(change_id: int) -> str:
    return url_for("changes.show", change_id=change_id, **neighbours.kept())  # type: ignore[arg-type]  # texts


def _approved(after: review.Standing) -> str:
    return _("%(number)s 已终审，卡片已更新。", number=after.number)


DESK: Final = review_acted.Desk("change", _done, _again, _address, _approved)
JUST_DRAFTED: Final = replace(DESK, act=_done_at_once)
