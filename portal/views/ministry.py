"""`/ministry`: how the exchange with the ministry stands, and what an operator mends (F3)."""

from operator import attrgetter

import structlog
from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from pydantic import ValidationError

from db import Refused
from exchange.ministry import MinistrySettings, kept, reconcile, send, told
from exchange.ministry.office import transport
from exchange.ministry.reconcile import Statement
from exchange.ministry.refusals import Unacceptable, reason_in_words
from exchange.ministry.send import DOCUMENTS, State
from exchange.ministry.transport import Unreachable
from portal import asked, asked_values, edge, paging
from portal.language import gettext as _
from portal.language import language, ngettext
from portal.permissions import needs
from portal.words import words_for
from registry.org import Permission

bp = Blueprint("ministry", __name__, url_prefix="/ministry")
log = structlog.get_logger(__name__)
LONGEST_S = 10.0  # for the aggregator's answer, while somebody waits
SHOWN = 100  # differences
LATER = "later"  # the list of what was refused is read back


@bp.get("")
@needs(Permission.MINISTRY_VIEW)
def index() -> ResponseReturnValue:
    """The way up, what came down and was refused, the last comparison.

    Each unit's people see its own documents (J4), whoever carries the province's exchange all. An
    administrator sees numbers, kinds and errors; what documents say, only who reads sheets.
    """
    name = asked_values.member("state", State)
    state = State(name) if name else None
    after, before = asked.key("after"), asked.key("before")
    with edge.database().transaction("ministry") as conn:
        units = send.units_of(conn, edge.viewer())
        overview = send.overview(conn, units)
        rows, more = send.page(conn, state, after, back=paging.back(after), units=units)
        dead, _more = send.page(conn, State.DEAD, units=units)
        back = paging.back(before, LATER)
        refused, more_refused = kept.refused(conn, before, back=back, units=units)
        latest = reconcile.latest(conn, units)
    differences = latest.differences[:SHOWN] if latest else []
    return render_template(
        "pages/ministry.html",
        overview=overview,
        rows=rows,
        pages=paging.pager(rows, more, attrgetter("id"), paged=after is not None),
        dead=dead,
        state=state,
        states=list(State),
        refused=refused,
        pages_refused=paging.pager(
            refused,
            more_refused,
            attrgetter("id"),
            paged=before is not None,
            name="before",
            way=LATER,
        ),
        latest=latest,
        differences=[(one, list(told.facts(one))) for one in differences],
        documents=DOCUMENTS,
        reads=edge.viewer().may(Permission.SHEET_VIEW),
        carries=units is None,
    )


@bp.post(f"/<int(max={asked.LARGEST_KEY}):queued>/resend")
@needs(Permission.MINISTRY_OPERATE)
def resend(queued: int) -> ResponseReturnValue:
    """Try a dead document again."""
    try:
        with edge.database().transaction("resend to ministry") as conn:
            viewer = edge.viewer()
            units = send.units_of(conn, viewer)
            send.resend(conn, viewer.login, queued, edge.now(), edge.request_id(), units)
    except Refused as refused:
        flash(words_for(refused, language()), "warning")
    else:
        flash(_("已重新排队，由对接进程再次发送。"))
    return redirect(url_for(".index"), 303)


# The comparison reads everything once; nobody waits longer than this for a page.
BOUND = "SET LOCAL statement_timeout = '20s'"


@bp.post("/reconcile")
@needs(Permission.MINISTRY_OPERATE)
def compare() -> ResponseReturnValue:
    """Compare cards, listings, outbox and the aggregator's list now: all of the province's, so
    only whoever carries its exchange.
    """
    with edge.database().transaction("who carries the exchange") as conn:
        if send.units_of(conn, edge.viewer()) is not None:
            abort(403)
    above, or_kept, problem = _fetched()
    with edge.database().transaction("reconcile") as conn:
        conn.execute(BOUND)
        if or_kept:
            above = reconcile.kept(conn)
        found = reconcile.run(conn, above, edge.viewer().login, edge.now())
    n = len(found.differences)
    said = _("对账完成，没有差异。")
    if n:
        said = ngettext("对账完成，%(num)s 处差异。", "Compared: %(num)s differences.", n)
    if above is None:
        said += " " + _("没有汇总系统的清单，只核对了本系统。") + problem
    flash(said, "warning" if n or above is None else "message")
    return redirect(url_for(".index"), 303)


def _fetched() -> tuple[Statement | None, bool, str]:
    """(The aggregator's statement, whether the one that came by folder counts, why there is none),
    before any transaction begins.
    """
    try:
        settings = MinistrySettings()
        road = transport(settings.model_copy(update={"ministry_timeout_s": LONGEST_S}))
    except ValidationError as error:  # this process has no keys
        log.warning("no exchange here", error=str(error))
        return None, False, ""
    try:
        body = road.statement() if road else None
        if body is None:
            return None, True, ""
        return reconcile.statement(body, settings, edge.now()), False, ""
    except Unreachable as error:
        return None, True, str(error)
    except Unacceptable as error:
        return None, False, reason_in_words(str(error)).of(language())
