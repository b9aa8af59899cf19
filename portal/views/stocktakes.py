"""`/stocktakes`: the list, the plan of a task, each task with all that belongs to it (H1, H4)."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from functools import partial
from typing import Any, Final

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from db import Connection, Refused
from portal import (
    asked,
    asked_values,
    batch,
    card_typed,
    edge,
    once,
    paging,
    review_drawn,
    sorting,
    stocktake_bin,
    stocktake_drawn,
)
from portal.formats import local
from portal.language import gettext as _
from portal.language import language
from portal.permissions import needs
from portal.words import by_field, words_for
from registry import cards, org, review
from registry.batches import Act
from registry.cards import Status
from registry.cards.register import Row
from registry.org import Permission, User
from registry.review import Action, DocumentKind, State
from registry.stocktake import (
    Cause,
    Condition,
    DifferenceKind,
    Method,
    Outcome,
    Stage,
    Stocktake,
    counts,
    differences,
    expected,
    report,
    sightings,
    surplus,
    task,
    tasks,
    telling,
)
from registry.stocktake import conflicts as contradicting
from registry.stocktake.differences import Followed, Which
from registry.stocktake.explaining import EXPLAINED_AT
from registry.stocktake.outcome import changes_of
from registry.stocktake.scan import LONGEST_CODE
from registry.stocktake.tasks import Plan

bp = Blueprint("stocktakes", __name__, url_prefix="/stocktakes")
KEY: Final = f"int(max={asked.LARGEST_KEY}):stocktake"
UNDRAFTED: Final = "undrafted"  # among the kinds of difference: those with something not drafted
DAYS: Final = 14  # what a plan's due date begins with
WAY_OF: Final = {
    Action.SUBMIT: Permission.STOCKTAKE_RUN,
    Action.RECALL: Permission.STOCKTAKE_RUN,
    Action.APPROVE: Permission.STOCKTAKE_REVIEW,
    Action.RETURN: Permission.STOCKTAKE_REVIEW,
    Action.REVOKE: Permission.STOCKTAKE_REVIEW,
}


class Tab(StrEnum):
    """A part of a task's page."""

    PROGRESS = "progress"
    CARDS = "cards"
    COUNTS = "counts"
    CONFLICTS = "conflicts"
    DIFFERENCES = "differences"
    UNKNOWN = "unknown"
    REPORT = "report"


@bp.get("")
@needs(Permission.STOCKTAKE_VIEW)
def index() -> ResponseReturnValue:
    """The tasks, newest first; those that one counts in before them."""
    return drawn()


def drawn(choice: batch.Choice = batch.NOTHING) -> str:
    """The list, with what its form says."""
    viewer, link = edge.viewer(), partial(paging.again, url_for("stocktakes.index"))
    order = sorting.read(task.SORTABLE, task.Sort.NEWEST)
    question = task.Asked(order.by, order.turned, order.after, order.back)
    with edge.database().transaction("stocktakes") as conn:
        rows, more = task.page(conn, viewer, question)
        mine = task.mine(conn, viewer) if viewer.may(Permission.STOCKTAKE_COUNT) else []
    return render_template(
        "pages/stocktakes.html",
        rows=rows,
        mine=mine,
        offer=batch.offer(map(_row, rows), _send, choice),
        heads=sorting.heads(task.SORTABLE, order, task.Sort.NEWEST, link),
        pages=paging.pager(
            rows, more, partial(task.place, order.by), link, paged=order.after is not None
        ),
    )


def _row(row: Stocktake) -> batch.Row:
    viewer = edge.viewer()
    runs = row.unit_id == viewer.unit_id and viewer.may(Permission.STOCKTAKE_RUN)
    if runs and row.stage is Stage.COUNTED:
        return row.id, row.version, frozenset({Act.SUBMIT})
    decides = row.mine and viewer.may(Permission.STOCKTAKE_REVIEW)
    return row.id, row.version, batch.DECIDED if decides else batch.NO_ACT


def _send(act: Act) -> str:
    return paging.again(url_for(f"stocktake_batches.{batch.VIEWS[act]}"))


@bp.get("/new")
@needs(Permission.STOCKTAKE_RUN)
def new() -> ResponseReturnValue:
    """The form of a plan."""
    due = (local(edge.now()).date() + timedelta(days=DAYS)).isoformat()
    methods = [one.value for one in Method]
    return _form({"due_on": [due], "methods": methods}, {})


def _form(values: Mapping[str, list[str]], refusals: dict[str, str]) -> str:
    viewer = edge.viewer()
    with edge.database().transaction("plan form") as conn:
        sections, classes = tasks.countable(conn, viewer.unit_id)
        ahead = review_drawn.nobody_ahead(conn, DocumentKind.STOCKTAKE, ["ordinary"])
    return render_template(
        "pages/stocktake_form.html",
        values=values,
        refusals=refusals,
        ahead=ahead,
        sections=sections,
        classes=classes,
        methods=list(Method),
        longest=tasks.LONGEST_NAME,
    )


@bp.post("/new")
@needs(Permission.STOCKTAKE_RUN)
@once.makes
def create() -> ResponseReturnValue:
    """Plan it; counting begins when it is started."""
    try:
        with edge.database().transaction("plan stocktake") as conn:
            once.claim(conn)
            key = tasks.plan(conn, edge.viewer(), _plan(), edge.now(), edge.request_id())
            once.made(conn, url_for(".show", stocktake=key))
    except Refused as refused:
        return _form(request.form.to_dict(flat=False), by_field(refused, language())), 422
    flash(_("任务已制定。点“开始盘点”后，范围内的卡片就定下来，并通知盘点人。"))
    return redirect(url_for(".show", stocktake=key), 303)


def _plan() -> Plan:
    form = request.form
    return Plan(
        form.get("name", ""),
        [Method(one) for one in form.getlist("methods") if one in set(Method)],
        day(form.get("due_on", "")),
        [
            key
            for one in form.getlist("sections")
            if (key := asked.bounded(one, asked.LARGEST_NUMBER))
        ],
        form.getlist("categories"),
        form.get("note", ""),
    )


def day(text: str) -> date:
    """A day as a form sends it; Refused 'stocktake.due_missing'."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Refused("stocktake.due_missing", field="due_on") from error


@bp.get(f"/<{KEY}>")
@needs(Permission.STOCKTAKE_VIEW)
def show(stocktake: int) -> ResponseReturnValue:
    """One task: progress, counts, differences, review."""
    return page(stocktake, asked_values.tab(Tab, Tab.PROGRESS), {})


def page(
    key: int,
    asked_tab: str,
    refusals: dict[str, str],
    opinion: str = "",
    choices: Sequence[Row] = (),
) -> str:
    """The task's page at a tab, with what was refused beside its field; 404 for whom it is not."""
    viewer = edge.viewer()
    with edge.database().transaction("stocktake") as conn:
        found = task.stocktake(conn, viewer, key)
        if found is None:
            abort(404)
        own = found.unit_id == viewer.unit_id
        tab = _tab(found, asked_tab, own=own)
        facts = _head(conn, viewer, found) | FACTS[tab](conn, viewer, found)
    return render_template(
        "pages/stocktake.html",
        stocktake=found,
        tab=tab.value,
        own=own,
        runs=own and viewer.may(Permission.STOCKTAKE_RUN),
        counts_here=own and viewer.may(Permission.STOCKTAKE_COUNT),
        running=found.stage is Stage.RUNNING,
        over=found.closed_at is not None,
        explains=found.stage in EXPLAINED_AT,
        causes={one.value: one.label for one in Cause},
        sighted=partial(telling.sighted, language=language()),
        refusals=refusals,
        choices=choices,
        opinion=opinion,
        conditions={one.value: one.label for one in Condition},
        statuses={one.value: one.label for one in Status},
        **facts,
    )


def _tab(found: Stocktake, wanted: str, *, own: bool) -> Tab:
    """The tab that is asked for, where this reader has it: what is undecided is the unit's own."""
    tab = Tab(wanted or Tab.PROGRESS)
    inner = {Tab.UNKNOWN, Tab.CONFLICTS}
    hidden = found.stage is Stage.PLANNED or (tab in inner and not own)
    return Tab.PROGRESS if hidden else tab


def _head(conn: Connection, viewer: User, found: Stocktake) -> dict[str, Any]:
    standing = review.standing(conn, found.review_id)
    history = review.history(conn, found.review_id)
    chain = standing.chain if standing.round else review.preview(conn, standing)
    look_anew(conn, found)
    by_kind = differences.count_by_kind(conn, found.id)
    unexplained = sum(open_ones for _number, open_ones in by_kind.values())
    followed, drafts = Followed(0, 0, 0), []
    if found.stage is Stage.DONE:
        followed = differences.drafted(conn, found.id)
        drafts = [batch.tick(key, seen) for key, seen, state in changes_of(conn, found.id)
                  if state in {State.DRAFT, State.RETURNED}]  # fmt: skip
    may = {
        action.value
        for action in review.allowed(standing, viewer)
        if action in WAY_OF and viewer.may(WAY_OF[action])
    }
    if found.stage is not Stage.COUNTED or unexplained:
        may -= {Action.SUBMIT.value}
    return {
        "standing": standing,
        "history": history,
        "nodes": review_drawn.nodes(conn, standing, chain, history),
        "nobody": review_drawn.nobody(conn, standing),
        "ahead": _ahead(conn, viewer, found, standing),
        "actions": may,
        "by_kind": by_kind,
        "checks": stocktake_drawn.checks(found, by_kind),
        "difference_count": sum(number for number, _open in by_kind.values()),
        "unexplained": unexplained,
        "drafted": followed.changes,
        "drafts": drafts,
        "most_drafts": batch.MOST,
        "draftable": followed.left,
        "losses": followed.losses,
    }


def own_task(conn: Connection, key: int) -> Stocktake:
    """The task, of the viewer's own unit; 404 where there is none."""
    viewer = edge.viewer()
    found = task.stocktake(conn, viewer, key)
    if found is None or found.unit_id != viewer.unit_id:
        abort(404)
    return found


def look_anew(conn: Connection, found: Stocktake) -> None:
    """Find a task's differences anew, until its report is submitted."""
    if found.stage is Stage.RUNNING:
        differences.refresh(conn, found.id)
    elif found.stage is Stage.COUNTED:
        differences.conclude(conn, found.id)


def _ahead(
    conn: Connection, viewer: User, found: Stocktake, standing: review.Standing
) -> list[review_drawn.Nobody]:
    """Before differences are explained: that nobody could review the report (C1)."""
    own = found.unit_id == viewer.unit_id and viewer.may(Permission.STOCKTAKE_RUN)
    if not own or not standing.editable:
        return []
    kind = DocumentKind(standing.kind)
    return review_drawn.nobody_ahead(conn, kind, [standing.scope], standing.authors)


def _progress(conn: Connection, _viewer: User, found: Stocktake) -> dict[str, Any]:
    shares = task.shares(conn, found.id)
    sections = dict(org.sections_of(conn, found.unit_id, [found.unit_id]))
    return {
        "shares": shares,
        "sections_of_plan": [sections[one] for one in found.sections if one in sections],
        "categories_of_plan": cards.categories.names(conn, list(found.categories)),
        "counters": tasks.counters(conn, found.unit_id),
    }


def _cards(conn: Connection, _viewer: User, found: Stocktake) -> dict[str, Any]:
    args = request.args
    text, after = card_typed.words(), args.get("after", "")[:64]
    query = expected.Query(found.id, asked_values.number("person"), "left" in args, text, after)
    rows, more = expected.page(conn, query)
    uncounted = [one.card_id for one in rows if one.counted_at is None]
    return {"rows": rows, "query": query, "following": rows[-1].code if more else None,
            "sightings": sightings.of_cards(conn, found.id, uncounted),
            "counters": tasks.counters(conn, found.unit_id)}  # fmt: skip


def _counts(conn: Connection, _viewer: User, found: Stocktake) -> dict[str, Any]:
    query = counts.Query(
        found.id,
        asked_values.member("outcome", Outcome),
        "doubtful" in request.args,
        after=asked.key("after"),
    )
    rows, more = counts.page(conn, query)
    return {"rows": rows, "query": query, "following": rows[-1].id if more else None,
            "outcomes": list(Outcome)}  # fmt: skip


def _conflicts(conn: Connection, _viewer: User, found: Stocktake) -> dict[str, Any]:
    sides = contradicting.sides(conn, found.id)
    cards_of = {one.code: one.name for one in sides}
    return {"conflicts": [(code, name, [one for one in sides if one.code == code])
                          for code, name in cards_of.items()]}  # fmt: skip


def _differences(conn: Connection, _viewer: User, found: Stocktake) -> dict[str, Any]:
    done = (UNDRAFTED,) if found.stage is Stage.DONE else ()
    wanted, after = asked_values.member("kind", (*DifferenceKind, *done)), _after()
    undrafted = wanted == UNDRAFTED
    which = Which("" if undrafted else wanted, undrafted, after)
    rows, more = differences.page(conn, found.id, which)
    last = f"{rows[-1].kind.value}~{rows[-1].code}~{rows[-1].id}" if more else None
    return {"rows": rows, "following": last, "here": request.args["after"] if after else None,
            "kind": wanted, "kinds": list(DifferenceKind),
            "newest": differences.newest(conn, found.id),
            "why": partial(words_for, language=language()),
            "completable": {one.id for one in rows if surplus.may_be_completed(found.stage, one)},
            }  # fmt: skip


def _after() -> differences.After | None:
    """`<kind>~<code>~<id>`: where the page before ended."""
    kind, _tilde, rest = request.args.get("after", "").partition("~")
    code, _tilde, last = rest.rpartition("~")
    key = asked.bounded(last, asked.LARGEST_KEY)
    if kind not in set(DifferenceKind) or key is None:
        return None
    return DifferenceKind(kind), code[:LONGEST_CODE], key


def _report(conn: Connection, _viewer: User, found: Stocktake) -> dict[str, Any]:
    return {"made": report.report(conn, found.id)}


Read = Callable[[Connection, User, Stocktake], dict[str, Any]]
FACTS: Final[dict[Tab, Read]] = {
    Tab.PROGRESS: _progress,
    Tab.CARDS: _cards,
    Tab.COUNTS: _counts,
    Tab.CONFLICTS: _conflicts,
    Tab.DIFFERENCES: _differences,
    Tab.UNKNOWN: stocktake_bin.facts,
    Tab.REPORT: _report,
}
