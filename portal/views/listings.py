"""管理: listings and what their unit may do; the half of 查询 that asks for them (D1 to D4)."""

from collections.abc import Callable
from functools import partial
from operator import attrgetter
from typing import Any, Final

from flask import abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from db import Connection, Refused
from exchange import listing_list, manage, settle, settle_correct, settle_form
from exchange.kinds import Ministry, Reason, State, state_label
from exchange.listing_list import ListingQuery, ListingRow
from exchange.listings import Listing
from portal import asked, batch, edge, paging, rooms, sheet_asked, sorting
from portal.consequence import listings as means
from portal.consequence import warns
from portal.formats import local
from portal.language import gettext as _
from portal.language import language
from portal.page import Page
from portal.words import words_for
from registry import org
from registry.batches import Act

KEY: Final = f"int(max={asked.LARGEST_KEY}):listing_id"


def index() -> ResponseReturnValue:
    """管理: what stands or stood on a square."""
    return _page("listings")


def found() -> ResponseReturnValue:
    """查询 of listings."""
    return _page("query")


def drawn(choice: batch.Choice) -> str:
    """管理, with what its form says."""
    return _page("listings", choice=choice)


def _page(
    page: str,
    picked: int = 0,
    reason: str = "",
    refusal: str = "",
    choice: batch.Choice = batch.NOTHING,
) -> str:
    here = rooms.here()
    with edge.database().transaction("listings") as conn:
        units = org.visible_units(conn, edge.viewer().id)
        query = sheet_asked.listings(units, here.kind)
        by_state = listing_list.count_by_state(conn, query)
        counted = by_state[State(query.state)] if query.state else sum(by_state.values())
        query = listing_list.sortable(query, counted)
        rows, more = listing_list.page(conn, query)
        facts: dict[str, Any] = {
            "rows": rows,
            "by_state": by_state,
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
        pages=paging.pager(rows, more, attrgetter("place"), link, paged=query.after is not None),
        heads=_heads(query, counted, link),
        most=listing_list.COUNT_UP_TO,
        own_unit=_own_unit(),
        offer=batch.offer(map(_row, rows) if page == "listings" else (), _send, choice),
        states=list(State),
        ministries=list(Ministry),
        Reason=Reason,
        picked=picked,
        reason=reason,
        refusal=refusal,
        longest=manage.LONGEST_REASON,
        **facts,
    )


def _own_unit() -> int:
    """The reader's unit, where they may act on its listings; else 0."""
    return edge.viewer().unit_id if edge.viewer().may(rooms.prepares(rooms.here())) else 0


def _row(row: ListingRow) -> batch.Row:
    stands = row.unit_id == _own_unit() and row.state is State.LISTED
    return row.id, row.version, frozenset({Act.DELIST} if stands else ())


def _send(act: Act) -> str:
    return paging.again(rooms.to(f"batch_{batch.VIEWS[act]}"))


def _heads(query: ListingQuery, counted: int, link: Callable[..., str]) -> dict[str, sorting.Head]:
    return sorting.heads(
        listing_list.SORTABLE,
        sorting.Sorting(query.sort, query.turned),
        listing_list.Sort.LISTED,
        link,
        few=counted <= listing_list.COUNT_UP_TO,
    )


def _own(conn: Connection, listing_id: int) -> Listing:
    """A listing of this room and of the reader's unit; 404 otherwise."""
    try:
        return rooms.own_listing(conn, rooms.here().kind, listing_id)
    except Refused:
        abort(404)


@warns(means.delisting)
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
    conn: Connection,
    one: Listing,
    values: dict[str, str],
    refusals: dict[str, Refused],
    *,
    correcting: bool = False,
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
        first=settle_form.units_like(conn, own, receiving=settle.disposes(one)),
        ways=dict(settle_form.WAYS),
        disposes=settle.disposes(one),
        correctable=settle_correct.correctable(one),
        correcting=correcting,
        longest=settle_correct.LONGEST_REASON,
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
    state = state_label(one.kind, State.SETTLED).of(language())
    flash(_("已登记结果，“%(name)s”在本地区广场标明“%(state)s”。", name=one.name, state=state))
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


def correction(listing_id: int) -> ResponseReturnValue:
    """更正登记: the form, with what was registered."""
    with edge.database().transaction("correct settlement") as conn:
        one = _own(conn, listing_id)
        found = settle.settlement(conn, one.id)
        if found is None or not settle_correct.correctable(one):
            return redirect(rooms.to("settle", listing_id=listing_id))
        values = {
            "partner": found.partner,
            settle_form.OUTSIDE: "" if found.partner_unit_id else settle_form.TICKED,
            "from_on": found.from_on.isoformat() if found.from_on else "",
            "until_on": found.until_on.isoformat() if found.until_on else "",
            "compensation": "" if found.compensation is None else str(found.compensation),
            "note": found.note,
            "way": found.way,
        }
        return _settling(conn, one, values, {}, correcting=True)


def correct(listing_id: int) -> ResponseReturnValue:
    """Correct what was registered, with a reason; both parties are told."""
    form = {name: value for name, value in request.form.items() if name != "csrf_token"}
    reason, seen = form.get("reason", ""), asked.form_number("seen")
    refusals: dict[str, Refused] = {}
    try:
        with edge.database().transaction("correct settlement") as conn:
            one, today = _own(conn, listing_id), local(edge.now()).date()
            asked_for, values, refusals = settle_form.read(
                conn, one.kind, form, today, correcting=True
            )
            if asked_for is None:
                kept = {**values, "reason": reason}
                return _settling(conn, one, kept, refusals, correcting=True), 422
            settle_correct.correct(
                conn, edge.viewer(), listing_id, seen, asked_for, reason, edge.now()
            )
    except Refused as refused:
        if field := str(refused.facts.get("field", "")):
            with edge.database().transaction("correct settlement") as conn:
                one, refusals = _own(conn, listing_id), {field: refused}
                return _settling(conn, one, form, refusals, correcting=True), 422
        flash(words_for(refused, language()), "warning")
        return redirect(rooms.to("correction", listing_id=listing_id), 303)
    flash(_("已更正“%(name)s”的登记，双方单位已收到通知。", name=one.name))
    return redirect(rooms.to("settle", listing_id=listing_id), 303)


@warns(means.cancelling)
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
    """Other units by name or code, for the field of the other party; `?receiving=` those that can
    receive a card.
    """
    text, receiving = request.args.get("q", "")[:64], "receiving" in request.args
    with edge.database().transaction("units that complete") as conn:
        own = edge.viewer().unit_id
        named = settle_form.units_like(conn, own, text, receiving=receiving)
    return {"items": [{"code": code, "name": name} for code, name in named]}
