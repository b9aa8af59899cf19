"""The review of a stocktake's report, what follows from it, and the report as a file (H4)."""

import io
from functools import partial
from typing import Final

from flask import Blueprint, Response, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from db import Connection, Refused, audit
from portal import asked, edge, review_acted, stocktake_drawn
from portal.consequence import papers, warns
from portal.consequence.reviews import before
from portal.downloads import kept_as
from portal.formats import local
from portal.language import gettext as _
from portal.language import language, ngettext
from portal.permissions import needs
from portal.views.stocktakes import KEY, Tab, look_anew, page
from portal.words import words_for
from registry import review
from registry.org import Permission
from registry.review import Action
from registry.stocktake import (
    Condition,
    Stage,
    Stocktake,
    differences,
    outcome,
    report,
    task,
    telling,
)
from registry.stocktake.outcome import Drafted

bp = Blueprint("stocktake_review", __name__, url_prefix="/stocktakes")
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.post(f"/<{KEY}>/submit")
@needs(Permission.STOCKTAKE_RUN)
def submit(stocktake: int) -> ResponseReturnValue:
    """Hand the report in."""
    return _act(stocktake, Action.SUBMIT)


@bp.post(f"/<{KEY}>/recall")
@needs(Permission.STOCKTAKE_RUN)
@warns(before(papers.STOCKTAKES, Action.RECALL))
def recall(stocktake: int) -> ResponseReturnValue:
    """Take it back before anybody has acted."""
    return _act(stocktake, Action.RECALL)


@bp.post(f"/<{KEY}>/approve")
@needs(Permission.STOCKTAKE_REVIEW)
def approve(stocktake: int) -> ResponseReturnValue:
    """Approve at the reviewer's node."""
    return _act(stocktake, Action.APPROVE)


@bp.post(f"/<{KEY}>/return")
@needs(Permission.STOCKTAKE_REVIEW)
def give_back(stocktake: int) -> ResponseReturnValue:
    """Return it to the preparer, with a reason."""
    return _act(stocktake, Action.RETURN)


@bp.post(f"/<{KEY}>/revoke")
@needs(Permission.STOCKTAKE_REVIEW)
@warns(before(papers.STOCKTAKES, Action.REVOKE))
def revoke(stocktake: int) -> ResponseReturnValue:
    """Take the approval back before anything has followed from it."""
    return _act(stocktake, Action.REVOKE)


def _act(stocktake: int, action: Action) -> ResponseReturnValue:
    return review_acted.act(DESK, stocktake, action)


def _done(conn: Connection, key: int, action: Action, opinion: str) -> review.Standing:
    viewer = edge.viewer()
    task.require(conn, viewer, key)
    seen = asked.form_number("seen")
    return outcome.act(conn, viewer, key, action, seen, opinion, edge.now(), edge.request_id())


def _again(key: int, opinion: str, refused: Refused) -> str | None:
    if refused.facts.get("field") != "opinion":
        return None
    return page(key, "", {"opinion": words_for(refused, language())}, opinion)


def _address(key: int) -> str:
    return url_for("stocktakes.show", stocktake=key)


DESK: Final = review_acted.Desk("stocktake", _done, _again, _address, stocktake_drawn.approved)


@bp.post(f"/<{KEY}>/draft-changes")
@needs(Permission.STOCKTAKE_RUN)
def draft_changes(stocktake: int) -> ResponseReturnValue:
    """One step from the differences to drafted card changes; what cards refuse is told (H4)."""
    try:
        done = _drafted(stocktake)
    except Refused as refused:
        if refused.code == "stocktake.not_found":
            abort(404)
        flash(words_for(refused, language()), "warning")
    else:
        if done.changes or not done.refused:
            flash(ngettext("已生成 %(num)s 份卡片变动草稿，核对后送审。",
                           "%(num)s card changes drafted: look at them and submit.",
                           len(done.changes)))  # fmt: skip
        if done.refused:
            flash(ngettext("%(num)s 项差异没有全部生成，原因写在各行。",
                           "%(num)s differences are not drafted in full: each row says why.",
                           len(done.refused)), "warning")  # fmt: skip
    return redirect(url_for("stocktakes.show", stocktake=stocktake, tab=Tab.DIFFERENCES.value), 303)


def _drafted(stocktake: int) -> Drafted:
    """All of it, slice by slice: nobody waits longer than one takes, and what is done is done."""
    made, viewer, now = Drafted([], {}), edge.viewer(), edge.now()
    while True:
        with edge.database().transaction("draft changes") as conn:
            one = outcome.draft_changes(conn, viewer, stocktake, now, edge.request_id(), made.last)
        made = Drafted(made.changes + one.changes, made.refused | one.refused, one.last)
        if made.last is None:
            return made


def _reported(conn: Connection, key: int) -> Stocktake:
    found = task.stocktake(conn, edge.viewer(), key)
    if found is None or found.stage is Stage.PLANNED:
        abort(404)
    look_anew(conn, found)
    return found


@bp.get(f"/<{KEY}>/report")
@needs(Permission.STOCKTAKE_VIEW)
def printed(stocktake: int) -> ResponseReturnValue:
    """The report to be printed, or kept as PDF by the browser."""
    with edge.database().transaction("stocktake report") as conn:
        found = _reported(conn, stocktake)
        facts = {
            "made": report.report(conn, stocktake),
            "rows": differences.differences(conn, stocktake),
            "history": review.history(conn, found.review_id),
        }
    words = {one.value: one.label for one in Condition}
    return render_template(
        "pages/stocktake_report.html",
        stocktake=found,
        condition_words=words,
        sighted=partial(telling.sighted, language=language()),
        explained=partial(telling.explained, language=language()),
        **facts,
    )


@bp.get(f"/<{KEY}>/report.xlsx")
@needs(Permission.STOCKTAKE_VIEW)
def as_file(stocktake: int) -> ResponseReturnValue:
    """The report as XLSX: the figures, and the list of differences."""
    out, viewer = io.BytesIO(), edge.viewer()
    with edge.database().transaction("export stocktake") as conn:
        found = _reported(conn, stocktake)
        report.write_xlsx(conn, found, language(), out)
        audit.record(conn, viewer.login, "stocktake.exported", f"stocktake:{found.number}",
                     edge.request_id())  # fmt: skip
    name = _("盘点报告 %(name)s %(on)s", name=found.name, on=local(edge.now()).date().isoformat())
    return kept_as(Response(out.getvalue(), mimetype=XLSX), f"{name}.xlsx")
