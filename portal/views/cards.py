"""`/cards`: the register and each card."""

from dataclasses import asdict
from typing import Any, Final
from urllib.parse import parse_qsl

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from analytics import monitoring, suggestions
from db import Connection, Refused
from exchange import DESCRIPTIONS, Description, Reason, eligibility, listing_history
from portal import asked, asked_values, card_asked, edge, paging, time_line, undo
from portal.language import gettext as _
from portal.language import language
from portal.permissions import needs
from portal.words import words_for
from registry import cards, org
from registry.cards import Card, CardType, Group, Status, change_list, register
from registry.cards.fields import fields_of, other_classes
from registry.cards.register import Row, Sort
from registry.org import Permission
from registry.stocktake import counts

bp = Blueprint("cards", __name__, url_prefix="/cards")
TABS: Final = ("info", "files", "changes", "listings")
PAGE = "cards"


@bp.get("")
@needs(Permission.CARD_VIEW)
def index() -> ResponseReturnValue:
    """The register, filtered as the address says."""
    viewer = edge.viewer()
    with edge.database().transaction("cards") as conn:
        query = card_asked.query(conn, org.visible_units(conn, viewer.id))
        known = register.by_status(conn, query)
        found = register.find(conn, query, known)
        rows, more = register.page(conn, query, found)
        facts: dict[str, Any] = {
            "rows": rows,
            "query": query,
            "by_status": known,
            "count": found,
            "units": org.units_named(conn, query.units) if len(query.units) > 1 else [],
            "sections": org.sections_of(conn, query.unit or viewer.unit_id, query.units),
            "category_name": cards.categories.names(conn, [query.category]).get(query.category),
            "saved": cards.saved_filters.of_user(conn, viewer.id, PAGE),
        }
    return render_template(
        "pages/cards.html",
        pages=paging.pager(rows, more, _key, paged=query.after is not None),
        sorts=list(Sort),
        statuses=list(Status),
        types=list(CardType),
        filters=card_asked.FILTERS,
        faults=asked.faults(("least", "most"), ("from", "to"))
        | asked.category_fault(facts["query"].category),
        **facts,
    )


def _key(row: Row) -> str:
    return f"{row.id}~{row.sort_key}"


@bp.post("/filters")
@needs(Permission.CARD_VIEW)
def save_filter() -> ResponseReturnValue:
    """Keep the present filters under a name, or forget one."""
    kept = [(name, value) for name, value in parse_qsl(request.form.get("query", ""))
             if name in {*card_asked.FILTERS, "sort"}]  # fmt: skip
    back = url_for(".index", **dict(kept))  # type: ignore[arg-type]  # texts
    viewer, name = edge.viewer(), request.form.get("name", "")
    try:
        with edge.database().transaction("save filter") as conn:
            if "forget" in request.form:
                said, undone = _("已删除这个筛选方案。"), _forgotten(conn, name)
            else:
                text = back.partition("?")[2]
                cards.saved_filters.save(conn, viewer.id, PAGE, name, text, edge.now())
                said, undone = _("已保存这个筛选方案。"), None
    except Refused as refused:
        flash(words_for(refused, language()), "warning")
    else:
        undo.say(said, undone)
    return redirect(back, 303)


def _forgotten(conn: Connection, name: str) -> int | None:
    """Forget a filter; the way back, where there was one."""
    query = cards.saved_filters.forget(conn, edge.viewer().id, PAGE, name)
    if query is None:
        return None
    return undo.offer(conn, "filter.forgotten", page=PAGE, name=name, query=query)


@bp.get("/<code>")
@needs(Permission.CARD_VIEW)
def show(code: str) -> ResponseReturnValue:
    """Everything about one asset (A7)."""
    viewer = edge.viewer()
    with edge.database().transaction("card") as conn:
        one = cards.card(conn, viewer.id, code)
        if one is None:
            abort(404)
        if one.code != code:
            return redirect(_at(one.code))
        tab = asked_values.tab(TABS, "info")
        facts = _facts(conn, one)
        publishes = _publishes(conn, one)
        own = viewer.unit_id == one.unit_id and viewer.may(Permission.CHANGE_PREPARE)
        kinds = cards.changes.possible(conn, one) if own else ()
    return render_template(
        "pages/card.html",
        card=one,
        groups=[(group, fields_of(one.type, group)) for group in Group],
        values=cards.values_of(one),
        tab=tab,
        kinds=kinds,
        publishes=publishes,
        reason_words={reason.value: reason.label for reason in Reason},
        **facts,
    )


def _at(code: str) -> str:
    """The card's own address, with all else that was asked."""
    return paging.again(url_for(".show", code=code), code=None)


def _publishes(conn: Connection, one: Card) -> list[Description]:
    """The rooms in which the viewer may publish the card now (B2)."""
    viewer = edge.viewer()
    if viewer.unit_id != one.unit_id or not viewer.may(Permission.SHEET_PREPARE):
        return []
    return [
        room
        for room in DESCRIPTIONS.values()
        if room.of_cards and eligibility.eligible(conn, room.kind, one.unit_id, None, one.id)
    ]


def _facts(conn: Connection, one: Card) -> dict[str, Any]:
    viewer = edge.viewer()
    changes, many = change_list.of_card(conn, one.id)
    facts: dict[str, Any] = {
        "photos": cards.uploads.photos_of(conn, one.id),
        "attachments": cards.uploads.attachments_of(conn, one.id),
        "changes": changes,
        "changes_in_all": many,
        "listed": listing_history.of_card(conn, one.id),
        "categories": {one.category: one.category_name},
        "judged": None,
        "suggestion": None,
        "sensors": [],
        "seen": None,
    }
    if viewer.may(Permission.STOCKTAKE_VIEW):
        facts["seen"] = next(iter(counts.of_card(conn, viewer, one.id)), None)
    if viewer.may(Permission.MONITORING_VIEW):
        facts["judged"] = monitoring.judgement(conn, one.id)
        facts["suggestion"] = suggestions.standing_of(conn, viewer.id, one.code)
        facts["sensors"] = monitoring.sensors(conn, one.id)
    facts["life"], more = time_line.moments(conn, one, changes, facts["suggestion"])
    facts["life_goes_on"] = more or many > len(changes)
    return facts


@bp.get("/categories.json")
@needs(Permission.CARD_VIEW)
def categories() -> ResponseReturnValue:
    """Categories by code, name or common name, the best first; those that `?type=` may be."""
    without = _classes_of_others()
    with edge.database().transaction("categories") as conn:
        found = cards.categories.like(conn, request.args.get("q", "")[:64], without=without)
    return {"items": [asdict(one) for one in found]}


def _classes_of_others() -> list[str]:
    """The classes that hold no cards of the type that is asked for; of none, none."""
    name = request.args.get("type", "")
    return other_classes(CardType(name)) if name in set(CardType) else []


@bp.get("/categories/tree.json")
@needs(Permission.CARD_VIEW)
def category_tree() -> ResponseReturnValue:
    """`?below=` a category: what stands right below it; `?around=` one: the levels down to it."""
    without = _classes_of_others()
    with edge.database().transaction("category tree") as conn:
        if "below" in request.args:
            found = cards.categories.below(conn, request.args["below"][:64])
        else:
            found = cards.categories.levels(conn, request.args.get("around", "")[:64], without)
    return {"items": [asdict(one) for one in found]}
