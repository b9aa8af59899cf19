"""The lists of sheets: 发布, 审核, and the half of 查询 that asks for sheets (B4, C1, D4)."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from operator import attrgetter
from typing import Any, Final

from flask import render_template
from flask.typing import ResponseReturnValue

from db import Connection
from exchange import Ministry, sheet_list
from exchange.sheet_list import SheetQuery, SheetRow, Tab
from portal import (
    asked_values,
    batch,
    edge,
    neighbours,
    paging,
    review_drawn,
    rooms,
    sheet_asked,
    sheet_drawn,
    sorting,
)
from portal.views import listings
from registry import org
from registry.batches import Act
from registry.org import Permission
from registry.review import State

PUBLISHED: Final = (Tab.DRAFT, Tab.PENDING, Tab.DONE)
REVIEWED: Final = (Tab.WAITING, Tab.ACTED)
WHAT: Final = ("sheets", "listings")
LISTS: Final = {"sheets": PUBLISHED, "reviews": REVIEWED, "query": ()}


def index() -> ResponseReturnValue:
    """发布: the unit's own sheets."""
    return drawn("sheets")


def reviews() -> ResponseReturnValue:
    """审核: what waits on the viewer's body, and what it has acted upon."""
    return drawn("reviews")


def query() -> ResponseReturnValue:
    """查询: every sheet or every listing that the viewer may see."""
    if asked_values.member("what", WHAT) == "listings":
        return listings.found()
    return drawn("query")


def drawn(page: str, choice: batch.Choice = batch.NOTHING) -> str:
    """One of the room's lists, with what its form says."""
    with edge.database().transaction(f"{page} of sheets") as conn:
        question = asked_of(conn, page)
        facts = _read(conn, question, LISTS[page])
        if page == "query":
            facts |= _of_query(conn, question)
    return _page(page, facts, choice)


def _of_query(conn: Connection, question: SheetQuery) -> dict[str, Any]:
    units = question.units
    return {
        "units": org.units_named(conn, units) if len(units) > 1 else [],
        "by_state": {
            one: sheet_list.count(conn, replace(question, state=one.value, after=None))
            for one in State
        },
        "everything": sheet_list.count(conn, replace(question, state="", after=None)),
    }


def asked_of(conn: Connection, page: str, after: str = "after") -> SheetQuery:
    """The question that the address asks of one of the three lists; `after` names its key."""
    viewer, tabs = edge.viewer(), LISTS[page]
    units = [viewer.unit_id] if page == "sheets" else org.visible_units(conn, viewer.id)
    tab = Tab(asked_values.tab(tabs or (Tab.ALL,), (*tabs, Tab.ALL)[0]))
    return sheet_asked.sheets(units, rooms.here().kind, tab, after)


def _read(conn: Connection, question: SheetQuery, tabs: tuple[Tab, ...]) -> dict[str, Any]:
    counts = {
        one: sheet_list.count(conn, replace(question, tab=one, after=None))
        for one in tabs or (question.tab,)
    }
    question = sheet_list.sortable(question, counts[question.tab])
    rows, more = sheet_list.page(conn, question)
    return {"rows": rows, "more": more, "counts": counts, "query": question}


def _heads(question: SheetQuery, counted: int, link: Callable[..., str]) -> dict[str, sorting.Head]:
    return sorting.heads(
        sheet_list.SORTABLE,
        sorting.Sorting(question.sort, question.turned),
        sheet_list.Sort.MOVED,
        link,
        few=counted <= sheet_list.COUNT_UP_TO,
    )


def _send(page: str, act: Act) -> str:
    return paging.again(rooms.to(f"batch_{batch.VIEWS[act]}"), list=page)


def _row(row: SheetRow) -> batch.Row:
    viewer = edge.viewer()
    prepares = row.unit_id == viewer.unit_id and viewer.may(rooms.prepares(rooms.here()))
    decides = row.mine and viewer.may(Permission.SHEET_REVIEW)
    return row.id, row.version, batch.possible(row.state, prepares=prepares, decides=decides)


def _page(page: str, facts: dict[str, Any], choice: batch.Choice) -> str:
    question: SheetQuery = facts["query"]
    place, paged = attrgetter("place"), question.after is not None
    link = partial(paging.again, rooms.to(page), list=None)
    pages = paging.pager(facts["rows"], facts["more"], place, link, paged=paged)
    return render_template(
        "pages/sheets.html",
        room=rooms.here(),
        page=page,
        pages=pages,
        heads=_heads(question, facts["counts"][question.tab], link),
        offer=batch.offer(map(_row, facts["rows"]), partial(_send, page), choice),
        opened=lambda row: neighbours.opened_from(page, row, tab=question.tab.value),
        most=sheet_list.COUNT_UP_TO,
        said=review_drawn.said,
        marks=review_drawn.MARKS,
        ministry_word=sheet_drawn.ministry_word,
        Ministry=Ministry,
        states=list(State),
        **facts,
    )
