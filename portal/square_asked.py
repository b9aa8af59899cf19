"""What a square's address asks: tab, view, filters, order, the end of the page before (E3)."""

from enum import StrEnum
from typing import Final

from flask import request

from db import Connection
from exchange import Kind
from exchange.kinds import State
from exchange.squares import GRID, LIST, Band, Query, Sort, Tab, is_key
from portal import asked, asked_values, card_typed, edge, paging
from registry.cards import categories

LONGEST: Final = 64
DAYS: Final = (7, 30, 90, 180)
FILTERS: Final = (
    *("q", "division", "category", "state", "status", "band", "unit"),
    *("least", "most", "days"),
)
KEPT: Final = ("tab", "view", "sort", *FILTERS)


class View(StrEnum):
    """Pictures, or a list (E2)."""

    GRID = "grid"
    LIST = "list"


def view() -> View:
    """Pictures unless the list is asked for."""
    return View(asked_values.member("view", View, View.GRID))


def tab() -> Tab:
    """The local one unless the national is asked for."""
    return Tab(asked_values.tab(Tab, Tab.LOCAL))


def query(conn: Connection, kind: Kind) -> Query:
    """The question; what is no choice is said on the page."""
    args = request.args
    order = Sort(asked_values.member("sort", Sort, Sort.LISTED))
    days, after = asked_values.member("days", [str(one) for one in DAYS]), _after(order)
    states, bands = asked_values.members("state", State), asked_values.members("band", Band)
    return Query(
        kind=kind,
        tab=tab(),
        viewer=edge.viewer().id,
        now=edge.now(),
        text=card_typed.words(),
        division=_last("division"),
        category=categories.meant(conn, asked.category()) or "",
        states=tuple(state for state in State if state.value in states),
        statuses=tuple(dict.fromkeys(one[:LONGEST] for one in args.getlist("status") if one)),
        bands=tuple(band for band in Band if band.value in bands),
        unit=_text("unit"),
        least_value=asked.amount("least"),
        most_value=asked.amount("most"),
        days=int(days) if days else None,
        sort=order,
        after=after,
        back=paging.back(after),
        size=LIST if view() is View.LIST else GRID,
    )


def before() -> int:
    """How many rows the pages before had, for "13–24 of 638"."""
    return asked.number("before") or 0


def kept() -> dict[str, list[str]]:
    """All that the address asks but where its page begins."""
    return {name: request.args.getlist(name) for name in KEPT if request.args.getlist(name)}


def _text(name: str) -> str:
    return request.args.get(name, "").strip()[:LONGEST]


def _last(name: str) -> str:
    """Of several the one chosen last; a code, without the name that lists put after it."""
    found = [one for one in request.args.getlist(name) if one]
    return found[-1].split(" ")[0][:LONGEST] if found else ""


def _after(order: Sort) -> tuple[str, int] | None:
    """`<id>~<key>`, where the key is one of this order."""
    last, tilde, key = request.args.get("after", "").partition("~")
    if not tilde or not last.isascii() or not last.isdigit() or len(last) > 18:
        return None
    return (key, int(last)) if is_key(order, key) else None


def form_tab() -> Tab:
    """The tab that a form was sent from, as its `tab` says."""
    return Tab.NATIONAL if request.form.get("tab") == Tab.NATIONAL else Tab.LOCAL
