"""管理: listings and what their unit may do; the half of 查询 that asks for them (D1 to D4)."""

from functools import partial
from operator import attrgetter
from typing import Any, Final

from flask import abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from db import Connection, Refused
from db.like import holding, starting
from exchange import listing_list, listings, manage, settle, settle_form
from exchange.kinds import Ministry, Reason, State
from exchange.listings import Listing
from portal import asked, edge, paging, rooms, sheet_asked
from portal.formats import local
from portal.language import gettext as _
from portal.language import language
from portal.page import Page
from portal.words import words_for
from registry import org

KEY: Final = f"int(max={asked.LARGEST_KEY}):listing_id"


def index() -> ResponseReturnValue:
    """管理: what stands or stood on a square."""
    return _page("listings")


def found() -> ResponseReturnValue:
    """查询 of listings."""
    return _page("query")


def _page(page: str, picked: int = 0, reason: str = "", refusal: str = "") -> str:
    here = rooms.here()
    with edge.database().transaction("listings") as conn:
        units = org.visible_units(conn, edge.viewer().id)
        query = sheet_asked.listings(units, here.kind)
        rows, more = listing_list.page(conn, query)
        facts: dict[str, Any] = {
            "rows": rows,
            "by_state": listing_list.count_by_state(conn, query),
            "units": org.units_named(conn, units) if len(units) > 1 else [],
        }
    if refusal and picked not in {row.id for row in rows}:  # others moved the page meanwhile
        flash(refusal, "warning")
    link = partial(paging.again, rooms.to(page))
    return render_template(
        "pages/listings.html",
        room=here,
        page=page,
        query=query,
        pages=paging.pager(rows, more, attrgetter("id"), link, paged=query.after is not None),
        most=listing_list.COUNT_UP_TO,
        own_unit=edge.viewer().unit_id if edge.viewer().may(rooms.prepares(here)) else 0,
        states=list(State),
        ministries=list(Ministry),
        Reason=Reason,
        picked=picked,
        reason=reason,
        refusal=refusal,
        **facts,
    )


def _own(conn: Connection, listing_id: int) -> Listing:
    """A listing of this room and of the reader's unit; 404 otherwise."""
    one = listings.one(conn, listing_id)
    if one is None or one.kind is not rooms.here().kind or one.unit_id != edge.viewer().unit_id:
        abort(404)
    return one


def delist(listing_id: int) -> ResponseReturnValue:
    """下架, with a reason (D1)."""
    reason = request.form.get("reason", "")
    try:
        with edge.database().transaction("delist") as conn:
            one = _own(conn, listing_id)
            manage.delist(conn, edge.viewer(), listing_id, reason, edge.now(), edge.request_id())
    except Refused as refused:
        said = words_for(refused, language())
        if refused.facts.get("field") == "reason":
            return _page("listings", listing_id, reason, said), 422
        flash(said, "warning")
        return redirect(rooms.to("listings"), 303)
    flash(_("“%(name)s”已下架。", name=one.name))
    return redirect(rooms.to("listings", state="delisted"), 303)


def settle_page(listing_id: int) -> ResponseReturnValue:
    """登记结果: the form, or what was registered."""
    with edge.database().transaction("settle") as conn:
        return _settling(conn, _own(conn, listing_id), {}, {})


def _settling(
    conn: Connection, one: Listing, values: dict[str, str], refusals: dict[str, Refused]
) -> Page:
    fields = settle_form.fields(one.kind)
    own = edge.viewer().unit_id
    return Page(
        "pages/settle.html",
        room=rooms.here(),
        listing=one,
        settle_fields=fields,
        values=values,
        refusals={name: words_for(why, language()) for name, why in refusals.items()},
        registered=settle.settlement(conn, one.id),
        first=settle_form.units_like(conn, own, "%", "%"),
        ways=dict(settle_form.WAYS),
        disposes=settle.disposes(one),
    )


def register(listing_id: int) -> ResponseReturnValue:
    """Register the other party (D2)."""
    form = {name: value for name, value in request.form.items() if name != "csrf_token"}
    try:
        with edge.database().transaction("register settlement") as conn:
            one = _own(conn, listing_id)
            today = local(edge.now()).date()
            asked_for, values, refusals = settle_form.read(conn, one.kind, form, today)
            if asked_for is None:
                return _settling(conn, one, values, refusals), 422
            change = settle.register(
                conn, edge.viewer(), listing_id, asked_for, edge.now(), edge.request_id()
            )
    except Refused as refused:
        return _refused(listing_id, form, refused)
    if change is not None:
        flash(
            _("已登记接收方，处置变动已起草；送审并终审后资产移交。")
            if asked_for.partner_unit is not None
            else _("已登记系统外的接收方，处置变动已起草；送审并终审后卡片转为已处置。")
        )
        return redirect(rooms.to("settle", listing_id=listing_id), 303)
    flash(_("已登记结果，“%(name)s”退出广场。", name=one.name))
    return redirect(rooms.to("listings", state="settled"), 303)


def _refused(listing_id: int, form: dict[str, str], refused: Refused) -> ResponseReturnValue:
    """Beside its field where it has one on this form; nothing was registered."""
    with edge.database().transaction("settle") as conn:
        one = _own(conn, listing_id)
        names = {each.name for each in settle_form.fields(one.kind)}
        field = str(refused.facts.get("field", ""))
        if field in names:
            return _settling(conn, one, form, {field: refused}), 422
    flash(words_for(refused, language()), "warning")
    return redirect(rooms.to("settle", listing_id=listing_id), 303)


def cancel(listing_id: int) -> ResponseReturnValue:
    """撤销登记: the drafted disposal is given up, and it is listed again."""
    try:
        with edge.database().transaction("cancel settlement") as conn:
            one = _own(conn, listing_id)
            settle.cancel(conn, edge.viewer(), listing_id, edge.now(), edge.request_id())
    except Refused as refused:
        flash(words_for(refused, language()), "warning")
        return redirect(rooms.to("settle", listing_id=listing_id), 303)
    flash(_("已撤销登记，“%(name)s”恢复上架。", name=one.name))
    return redirect(rooms.to("listings", state="listed"), 303)


def units() -> ResponseReturnValue:
    """Other units by name or code, for the field of the other party."""
    text = request.args.get("q", "").strip()[:64]
    with edge.database().transaction("units that complete") as conn:
        own = edge.viewer().unit_id
        named = settle_form.units_like(conn, own, holding(text) or "%", starting(text))
    return {"items": [{"code": code, "name": name} for code, name in named]}
