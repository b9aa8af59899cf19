"""`/changes`: the lists of card changes, and each change with its review."""

from dataclasses import replace
from functools import partial
from operator import attrgetter
from typing import Any, Final

from flask import Blueprint, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from db import Connection, Refused
from portal import (
    asked,
    batch,
    change_asked,
    change_drawn,
    edge,
    neighbours,
    paging,
    review_acted,
    review_drawn,
    sorting,
    undo,
)
from portal.consequence import papers, warns
from portal.consequence.reviews import before, deleting, is_draft, stands_alone
from portal.language import gettext as _
from portal.language import language
from portal.permissions import needs
from portal.words import words_for
from registry import cards, review
from registry.batches import Act
from registry.cards import ChangeKind, change_list, change_rules, changes, drafting
from registry.cards.change_list import ChangeRow, Sort, Tab
from registry.cards.changes import Change
from registry.cards.fields import FIELDS
from registry.org import Permission
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
    """One tab's changes, in the order asked."""
    return drawn()


def drawn(choice: batch.Choice = batch.NOTHING) -> str:
    """The list, with what its form says."""
    link = partial(paging.again, url_for("changes.index"))
    with edge.database().transaction("changes") as conn:
        task = change_asked.stocktake(conn)
        query = change_asked.changes(conn, task)
        counts = {one: change_list.count(conn, replace(query, tab=one, after=None)) for one in Tab}
        query = change_list.sortable(query, counts[query.tab])
        rows, more = change_list.page(conn, query)
    return render_template(
        "pages/changes.html",
        rows=rows,
        query=query,
        counts=counts,
        tabs=list(Tab),
        kinds=list(ChangeKind),
        pages=paging.pager(rows, more, attrgetter("place"), link, paged=query.after is not None),
        task=task,
        offer=batch.offer(map(_row, rows), _send, choice),
        heads=sorting.heads(
            change_list.SORTABLE,
            sorting.Sorting(query.sort, query.turned),
            Sort.MOVED,
            link,
            few=counts[query.tab] <= change_list.COUNT_UP_TO,
        ),
        opened=lambda row: neighbours.opened_from(LIST, row, tab=query.tab.value),
        most=change_list.COUNT_UP_TO,
        said=review_drawn.said,
        marks=review_drawn.MARKS,
    )


def _send(act: Act) -> str:
    return paging.again(url_for(f"change_batches.{batch.VIEWS[act]}"))


def _row(row: ChangeRow) -> batch.Row:
    viewer = edge.viewer()
    prepares = row.unit_id == viewer.unit_id and viewer.may(Permission.CHANGE_PREPARE)
    decides = row.mine and viewer.may(Permission.CHANGE_REVIEW)
    return row.id, row.version, batch.possible(row.state, prepares=prepares, decides=decides)


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
            "nobody": review_drawn.nobody(conn, standing),
            "ahead": review_drawn.nobody_for_draft(conn, standing),
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
        checks=change_drawn.checks(one),
        opinion=opinion,
        refusal=refusal,
        came=neighbours.kept(),
        part_fields=[cards.fields.BY_NAME[name] for name in drafting.PART_FIELDS],
        **facts,
    )


def _beside(conn: Connection, one: Change) -> neighbours.Neighbours | None:
    """Where the reader goes from here: nowhere, who came from no list."""
    if neighbours.came_from() == neighbours.INBOX:
        return neighbours.in_inbox(conn, one.review_id)
    if neighbours.came_from() != LIST:
        return None
    question = change_asked.changes(conn, change_asked.stocktake(conn), "at")
    if question.after is None:
        return None
    return neighbours.beside(
        change_list.neighbours(conn, replace(question, back=False), one.id),
        lambda row, bears: url_for("changes.show", change_id=row.id, **bears),  # type: ignore[arg-type]
    )


@bp.post(f"/<{KEY}>/delete")
@needs(Permission.CHANGE_PREPARE)
@warns(deleting(papers.CHANGES))
def delete(change_id: int) -> ResponseReturnValue:
    """Delete a draft; one that was submitted before becomes void."""
    try:
        with edge.database().transaction("delete change") as conn:
            seen, draft = asked.form_number("seen"), is_draft(papers.CHANGES, conn, change_id)
            alone = stands_alone(papers.CHANGES, conn, change_id)
            changes.remove(conn, edge.viewer(), change_id, seen, edge.now(), edge.request_id())
            back = undo.offer(conn, "change.deleted", change=change_id) if alone else None
    except Refused as refused:
        return review_acted.sent_back(DESK, change_id, refused)
    undo.say(_("草稿已删除。") if draft else _("单据已作废。"), back)
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
@warns(before(papers.CHANGES, Action.RECALL))
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
@warns(before(papers.CHANGES, Action.REVOKE))
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


DESK: Final = review_acted.Desk("change", _done, _again, _address, change_drawn.approved)
JUST_DRAFTED: Final = replace(DESK, act=_done_at_once)
