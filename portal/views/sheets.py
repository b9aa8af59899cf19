"""The lists of sheets: 发布, 审核, and the half of 查询 that asks for sheets (B4, C1, D4)."""

from dataclasses import replace
from typing import Any, Final

from flask import render_template, request
from flask.typing import ResponseReturnValue

from db import Connection
from exchange import Ministry, sheet_list
from exchange.sheet_list import SheetQuery, SheetRow, Tab
from portal import edge, neighbours, paging, review_drawn, rooms, sheet_asked, sheet_drawn
from portal.views import listings
from registry import org
from registry.review import State

PUBLISHED: Final = (Tab.DRAFT, Tab.PENDING, Tab.DONE)
REVIEWED: Final = (Tab.WAITING, Tab.ACTED)
LISTS: Final = {"sheets": PUBLISHED, "reviews": REVIEWED, "query": ()}


def index() -> ResponseReturnValue:
    """发布: the unit's own sheets."""
    with edge.database().transaction("sheets") as conn:
        question = asked_of(conn, "sheets")
        facts = _read(conn, question, PUBLISHED)
    return _page("sheets", question, facts)


def reviews() -> ResponseReturnValue:
    """审核: what waits on the viewer's body, and what it has acted upon."""
    with edge.database().transaction("reviews") as conn:
        question = asked_of(conn, "reviews")
        facts = _read(conn, question, REVIEWED)
    return _page("reviews", question, facts)


def query() -> ResponseReturnValue:
    """查询: every sheet or every listing that the viewer may see."""
    if request.args.get("what") == "listings":
        return listings.found()
    with edge.database().transaction("query sheets") as conn:
        question = asked_of(conn, "query")
        units = question.units
        facts = _read(conn, question, ())
        facts["units"] = org.units_named(conn, units) if len(units) > 1 else []
        facts["by_state"] = {
            one: sheet_list.count(conn, replace(question, state=one.value, after=None))
            for one in State
        }
        facts["everything"] = sheet_list.count(conn, replace(question, state="", after=None))
    return _page("query", question, facts)


def asked_of(conn: Connection, page: str) -> SheetQuery:
    """The question that the address asks of one of the three lists."""
    viewer, tabs = edge.viewer(), LISTS[page]
    units = [viewer.unit_id] if page == "sheets" else org.visible_units(conn, viewer.id)
    name = request.args.get("tab", "")
    tab = Tab(name) if name in tabs else (*tabs, Tab.ALL)[0]
    return sheet_asked.sheets(units, rooms.here().kind, tab)


def _read(conn: Connection, question: SheetQuery, tabs: tuple[Tab, ...]) -> dict[str, Any]:
    rows, more = sheet_list.page(conn, question)
    counts = {
        one: sheet_list.count(conn, replace(question, tab=one, after=None))
        for one in tabs or (question.tab,)
    }
    return {"rows": rows, "more": more, "counts": counts}


def _key(row: SheetRow) -> str:
    return paging.moment_key(row.moved_at, row.review_id)


def _page(page: str, question: SheetQuery, facts: dict[str, Any]) -> str:
    pages = paging.pager(facts["rows"], facts["more"], _key, paged=question.after is not None)
    return render_template(
        "pages/sheets.html",
        room=rooms.here(),
        page=page,
        query=question,
        pages=pages,
        opened=lambda row: neighbours.opened_from(page, row, tab=question.tab.value),
        most=sheet_list.COUNT_UP_TO,
        said=review_drawn.said,
        marks=review_drawn.MARKS,
        ministry_word=sheet_drawn.ministry_word,
        Ministry=Ministry,
        states=list(State),
        **facts,
    )
