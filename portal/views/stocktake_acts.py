"""What is done with a running task: start, hand over, decide, explain, bind, close (H1-H4)."""

from collections.abc import Callable
from typing import Final

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from db import Connection, Refused
from portal import asked, card_typed, edge, stocktake_bin, undo
from portal.consequence import stocktakes as means
from portal.consequence import warns
from portal.language import gettext as _
from portal.language import language, ngettext
from portal.permissions import needs
from portal.views.stocktakes import KEY, Tab, day, look_anew, own_task, page
from portal.words import by_field, words_for
from registry.org import Permission
from registry.stocktake import (
    closing,
    conflicts,
    differences,
    explaining,
    tasks,
    unknown,
)
from registry.stocktake.kinds import DifferenceKind, Stage
from registry.stocktake.scan import LONGEST_CODE
from registry.stocktake.tasks import ANY, Part

bp = Blueprint("stocktake_acts", __name__, url_prefix="/stocktakes")
ANYBODY: Final = "any"
NOBODY: Final = "none"
PAGED: Final = {Tab.DIFFERENCES: ("kind", "after"), Tab.UNKNOWN: stocktake_bin.ASKED}


Said = str | tuple[str, int]  # what has happened; and what takes it back


def _do(key: int, name: str, tab: Tab, act: Callable[[Connection], Said]) -> ResponseReturnValue:
    """Do it and say what has happened, back at the tab; a refusal stands beside its field."""
    try:
        with edge.database().transaction(name) as conn:
            said = act(conn)
    except Refused as refused:
        if refused.code == "stocktake.not_found":
            abort(404)
        if refused.facts.get("field"):
            wrong, choices = by_field(refused, language()), getattr(refused, "cards", ())
            return page(key, tab.value, wrong, choices=choices), 422
        flash(words_for(refused, language()), "warning")
        return redirect(_at(key, tab), 303)
    undo.say(*(said if isinstance(said, tuple) else (said, None)))
    return redirect(_at(key, tab), 303)


def _at(key: int, tab: Tab) -> str:
    """The tab; of the differences and of the bin, the page of them from which it was done."""
    names = PAGED.get(tab, ())
    there = {name: request.args[name] for name in names if name in request.args}
    return url_for("stocktakes.show", stocktake=key, tab=tab.value, **there)  # type: ignore[arg-type]


@bp.post(f"/<{KEY}>/start")
@needs(Permission.STOCKTAKE_RUN)
def start(stocktake: int) -> ResponseReturnValue:
    """Freeze what is expected, and tell who counts."""

    def act(conn: Connection) -> str:
        cards = tasks.start(conn, edge.viewer(), stocktake, edge.now(), edge.request_id())
        return ngettext("已开始，共 %(num)s 件待盘。", "Started: %(num)s cards to count.", cards)

    return _do(stocktake, "start stocktake", Tab.PROGRESS, act)


@bp.post(f"/<{KEY}>/remove")
@needs(Permission.STOCKTAKE_RUN)
def remove(stocktake: int) -> ResponseReturnValue:
    """Give up a plan that was never started."""
    try:
        with edge.database().transaction("remove stocktake") as conn:
            tasks.remove(conn, edge.viewer(), stocktake, edge.now(), edge.request_id())
            back = undo.offer(conn, "stocktake.removed", stocktake=stocktake)
    except Refused as refused:
        if refused.code == "stocktake.not_found":
            abort(404)
        flash(words_for(refused, language()), "warning")
        return redirect(_at(stocktake, Tab.PROGRESS), 303)
    undo.say(_("任务已删除。"), back)
    return redirect(url_for("stocktakes.index"), 303)


@bp.post(f"/<{KEY}>/hand-over")
@needs(Permission.STOCKTAKE_COUNT)
def hand_over(stocktake: int) -> ResponseReturnValue:
    """Give what is still to be counted of a part to somebody."""
    form = request.form
    part = Part(_of(form.get("section", ANYBODY)), _of(form.get("person", ANYBODY)))
    to = asked.bounded(form.get("to", ""), asked.LARGEST_NUMBER) or 0

    def act(conn: Connection) -> str:
        viewer, now = edge.viewer(), edge.now()
        cards = tasks.hand_over(conn, viewer, stocktake, part, to, now, edge.request_id())
        if to == viewer.id:
            return ngettext("已由您接手 %(num)s 件。", "%(num)s cards are yours now.", cards)
        return ngettext("已移交 %(num)s 件，对方会收到通知。",
                        "%(num)s cards handed over; they are told.", cards)  # fmt: skip

    return _do(stocktake, "hand over", Tab.PROGRESS, act)


def _of(text: str) -> int | str | None:
    """A section's or person's id; none of them; all."""
    if text == NOBODY:
        return None
    found = asked.bounded(text, asked.LARGEST_NUMBER)
    return ANY if found is None else found


@bp.post(f"/<{KEY}>/due")
@needs(Permission.STOCKTAKE_RUN)
def set_due(stocktake: int) -> ResponseReturnValue:
    """Give a running task another due date (H1)."""

    def act(conn: Connection) -> str:
        due_on = day(request.form.get("due_on", ""))
        tasks.set_due(conn, edge.viewer(), stocktake, due_on, edge.now(), edge.request_id())
        return _("截止日期已改为 %(on)s。", on=due_on.isoformat())

    return _do(stocktake, "set due date", Tab.PROGRESS, act)


@bp.post(f"/<{KEY}>/decide")
@needs(Permission.STOCKTAKE_RUN)
@warns(means.deciding)
def decide(stocktake: int) -> ResponseReturnValue:
    """This count stands (H3)."""
    count = asked.bounded(request.form.get("count", ""), asked.LARGEST_KEY) or 0

    def act(conn: Connection) -> str:
        viewer, now = edge.viewer(), edge.now()
        conflicts.decide(conn, viewer, stocktake, count, now, edge.request_id())
        return _("已采用这一条，另一条留作记录。")

    return _do(stocktake, "decide conflict", Tab.CONFLICTS, act)


@bp.post(f"/<{KEY}>/explain")
@needs(Permission.STOCKTAKE_RUN)
def explain(stocktake: int) -> ResponseReturnValue:
    """Say why the marked ones, or all of a kind that are unexplained, differ (H4): of those that
    there were when the page was shown.
    """
    form = request.form

    def act(conn: Connection) -> str:
        which = [
            key
            for one in form.getlist("differences")
            if (key := asked.bounded(one, asked.LARGEST_KEY))
        ]
        if "all" in form:
            kind = request.args.get("kind", "")
            seen = asked.bounded(form.get("newest", ""), asked.LARGEST_KEY) or 0
            which = differences.unexplained(
                conn, stocktake, kind if kind in set(DifferenceKind) else "", seen
            )
        if not which:
            raise Refused("difference.none_marked", field="explanation")
        text, viewer = form.get("explanation", ""), edge.viewer()
        done = explaining.explain(
            conn, viewer, stocktake, which, text, edge.now(), edge.request_id()
        )
        return ngettext("已说明 %(num)s 项差异。", "%(num)s differences explained.", done)

    return _do(stocktake, "explain differences", Tab.DIFFERENCES, act)


@bp.post(f"/<{KEY}>/bind")
@needs(Permission.STOCKTAKE_RUN)
@warns(means.binding)
def bind(stocktake: int) -> ResponseReturnValue:
    """From now on an unknown code is read as a card's (H2)."""
    code, typed = request.form.get("code", "")[:LONGEST_CODE], request.form.get("card", "")

    def act(conn: Connection) -> str:
        viewer = edge.viewer()
        tasks.own(conn, viewer, stocktake)
        card = card_typed.code(conn, [viewer.unit_id], typed)
        unknown.bind(conn, viewer, code, card, edge.now(), edge.request_id())
        return _("已对应，以后扫到 %(code)s 就算这张卡片。", code=code)

    return _do(stocktake, "bind code", Tab.UNKNOWN, act)


@bp.post(f"/<{KEY}>/set-aside")
@needs(Permission.STOCKTAKE_RUN)
def set_aside(stocktake: int) -> ResponseReturnValue:
    """It is no card of ours."""
    code = request.form.get("code", "")[:LONGEST_CODE]

    def act(conn: Connection) -> Said:
        viewer = edge.viewer()
        tasks.own(conn, viewer, stocktake)
        facts = {"stocktake": stocktake, "code": code, "card": unknown.bound_to(conn, viewer, code)}
        unknown.set_aside(conn, viewer, code, edge.now(), edge.request_id())
        back = undo.offer(conn, "code.set_aside", **facts)
        return _("已搁置 %(code)s；再扫到时会重新出现。", code=code), back

    return _do(stocktake, "set code aside", Tab.UNKNOWN, act)


@bp.get(f"/<{KEY}>/close")
@needs(Permission.STOCKTAKE_RUN)
def before_close(stocktake: int) -> ResponseReturnValue:
    """What closing will mean, before it happens (H4)."""
    with edge.database().transaction("before closing") as conn:
        found = own_task(conn, stocktake)
        look_anew(conn, found)
        outlook = closing.outlook(conn, stocktake)
    if found.stage is not Stage.RUNNING:
        return redirect(_at(stocktake, Tab.PROGRESS), 303)
    return render_template("pages/stocktake_close.html", stocktake=found, outlook=outlook)


@bp.post(f"/<{KEY}>/close")
@needs(Permission.STOCKTAKE_RUN)
def close(stocktake: int) -> ResponseReturnValue:
    """Counting is over: what nobody has seen is missing, to be explained before review (H4).

    Never more than the page has said.
    """

    def act(conn: Connection) -> str:
        tasks.own(conn, edge.viewer(), stocktake)
        said = asked.form_number("missing")
        closing.close(conn, edge.viewer(), stocktake, edge.now(), edge.request_id(), said)
        if differences.unexplained(conn, stocktake):
            return _("盘点已结束。说明全部差异后即可送审。")
        return _("盘点已结束，可以送审。")

    return _do(stocktake, "close stocktake", Tab.DIFFERENCES, act)


@bp.post(f"/<{KEY}>/reopen")
@needs(Permission.STOCKTAKE_RUN)
@warns(means.reopening)
def reopen(stocktake: int) -> ResponseReturnValue:
    """Count again, as long as it is not under review."""

    def act(conn: Connection) -> str:
        closing.reopen(conn, edge.viewer(), stocktake, edge.now(), edge.request_id())
        return _("已恢复盘点，可以继续扫码。")

    return _do(stocktake, "reopen stocktake", Tab.PROGRESS, act)
