"""`/squares/…`: the three squares, filtered as the address says (E1 to E6)."""

import re
from typing import Any, Final
from urllib.parse import urlsplit

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from exchange import DESCRIPTIONS, Kind, Scope, shortlist, squares
from exchange.kinds import state_label
from exchange.sheet_form import scopes
from exchange.square_query import status_label
from exchange.squares import Query, Row, Sort, Tab
from portal import asked, edge, paging, square_asked
from portal.language import N_
from portal.permissions import needs
from portal.square_asked import DAYS, View
from registry import cards, org
from registry.org import Permission

bp = Blueprint("squares", __name__, url_prefix="/squares")
TITLES: Final = {
    Kind.TRANSFER: N_("调剂广场"),
    Kind.SHARE: N_("共享广场"),
    Kind.DEMAND: N_("需求广场"),
}
SAID: Final = {
    Kind.TRANSFER: N_(
        "全省已终审、可以调剂的资产。选中合适的加入预选，线下沟通一致后按处置办法办理。"
    ),
    Kind.SHARE: N_("全省已终审、可以共享的资产。按联系方式与所属单位约定使用。"),
    Kind.DEMAND: N_("各单位发布的资产需求。您有合适的资产，按联系方式与需求单位沟通。"),
}
SCOPES: Final = {Tab.LOCAL: Scope.LOCAL, Tab.NATIONAL: Scope.NATIONAL}
KIND: Final = f"any({','.join(kind.value for kind in Kind)}):square"


@bp.get("/transfer")
@needs(Permission.SQUARE_VIEW)
def transfer() -> ResponseReturnValue:
    """What may be had for good."""
    return _square(Kind.TRANSFER)


@bp.get("/share")
@needs(Permission.SQUARE_VIEW)
def share() -> ResponseReturnValue:
    """What may be used."""
    return _square(Kind.SHARE)


@bp.get("/demand")
@needs(Permission.SQUARE_VIEW)
def demand() -> ResponseReturnValue:
    """What is wanted."""
    return _square(Kind.DEMAND)


def _square(kind: Kind) -> str:
    viewer = edge.viewer()
    with edge.database().transaction("square") as conn:
        query = square_asked.query(conn, kind)
        found = squares.find(conn, query)
        rows, more = squares.page(conn, query, found)
        marked = shortlist.count(conn, viewer.id)
        names = dict(org.divisions.named(conn, [query.division]))
        names |= cards.categories.names(conn, [query.category])
    before = square_asked.before()
    return render_template(
        "pages/square.html",
        kind=kind,
        kinds=Kind,
        title=TITLES[kind],
        intro=SAID[kind],
        query=query,
        view=square_asked.view(),
        views=View,
        found=found,
        facets=found.facets,
        rows=rows,
        names=names,
        count=found.tabs[query.tab],
        before=before if query.after else 0,
        pages=_pages(query, rows, more, before),
        marked=marked,
        tabs=Tab,
        sorts=list(Sort),
        days=DAYS,
        link=lambda **changes: link(kind, **changes),
        without=lambda name, value="": _without(kind, name, value),
        faults=asked.faults(("least", "most")) | asked.category_fault(query.category),
        narrowed=any(name in request.args for name in square_asked.FILTERS),
        publishes=_publishes(kind, query.tab),
        here=request.full_path.rstrip("?"),
        cleared=link(kind, **dict.fromkeys(square_asked.FILTERS)),
        export=_export(kind),
        status_label=status_label,
        state_label=state_label,
    )


def _export(kind: Kind) -> str | None:
    """Where the whole result of this query is exported: of demands alone (E4)."""
    if DESCRIPTIONS[kind].of_cards:
        return None
    return url_for("squares.export", **square_asked.kept())  # type: ignore[arg-type]  # texts


def link(kind: Kind, **changes: Any) -> str:
    """This square's address with some of what it asks changed, from the first page on."""
    kept: dict[str, Any] = {**square_asked.kept(), **changes}
    return url_for(f"squares.{kind.value}", **kept)


def _without(kind: Kind, name: str, value: str) -> str:
    """The address without one filter, or without one value of it."""
    left = [one for one in request.args.getlist(name) if value and one != value]
    return link(kind, **{name: left or None})


def _pages(query: Query, rows: list[Row], more: bool, before: int) -> paging.Pager:
    """Their addresses say too how many rows are before them."""

    def at(**changes: Any) -> str:
        before_it = max(before - query.size, 0) if changes["back"] else before + len(rows)
        return link(query.kind, **changes, before=before_it if changes["after"] else None)

    return paging.pager(rows, more, _key, at, paged=query.after is not None)


def _key(row: Row) -> str:
    return f"{row.id}~{row.sort_key}"


def _publishes(kind: Kind, tab: Tab) -> str | None:
    """Where a demand of this tab's scope is drafted, for whom E6 lets."""
    viewer, scope = edge.viewer(), SCOPES[tab]
    may = viewer.may(Permission.DEMAND_PREPARE) and scope in scopes(kind, viewer)
    if DESCRIPTIONS[kind].of_cards or not may:
        return None
    return url_for("demands.new", scope=scope.value)


def back_to(kind: Kind) -> str:
    """The page of a square that a form was sent from; the square itself where it says none."""
    back = urlsplit(request.form.get("back", ""))
    square = url_for(f"squares.{kind.value}")
    if re.fullmatch(rf"{re.escape(square)}/\d{{1,18}}", back.path):
        return back.path  # one of its listings
    return f"{square}?{back.query}" if back.path == square and back.query else square
