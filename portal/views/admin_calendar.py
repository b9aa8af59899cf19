"""`/admin/calendar`: the days on which units are closed by their own decision (I3)."""

from typing import Any, Final

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from analytics import calendar
from db import Connection, Refused
from portal import asked, asked_values, edge, once
from portal.consequence import calendar as means
from portal.consequence import warns
from portal.formats import local
from portal.language import gettext as _
from portal.language import language
from portal.page import Page
from portal.permissions import needs
from portal.words import by_field
from registry.org import Permission, closures, unit_search
from registry.org.closures import Closure, ClosureForm

bp = Blueprint("admin_calendar", __name__, url_prefix="/admin/calendar")
KEY: Final = f"int(max={asked.LARGEST_KEY}):closure_id"
LONGEST_UNIT: Final = 256
MOST: Final = 200  # closures on one page: of more, one chooses the unit


@bp.get("")
@needs(Permission.ADMINISTER)
def index() -> ResponseReturnValue:
    """The closures of a year, beside the national holidays; of one unit, those that hold for it."""
    viewer, year = edge.viewer(), _year()
    text = request.args.get("unit", "").strip()[:LONGEST_UNIT]
    with edge.database().transaction("calendar") as conn:
        unit = unit_search.typed(conn, viewer, text) if text else None
        if text and unit is None:
            asked_values.not_understood("unit", text)
        rows = closures.closures(conn, viewer, year, unit, MOST + 1)
        units = unit_search.like(conn, viewer, "")
    return render_template(
        "pages/admin_calendar.html",
        rows=rows[:MOST],
        more=len(rows) > MOST,
        most=MOST,
        year=year,
        years=closures.YEARS,
        unit=text if unit else "",
        units=units,
        holidays=calendar.holidays(year),
    )


def _year() -> int:
    found = asked_values.number("year")
    if found is not None and found not in closures.YEARS:
        asked_values.not_understood("year", str(found))
        found = None
    return local(edge.now()).year if found is None else found


def _form_page(
    conn: Connection, one: Closure | None, shown: dict[str, Any], refusals: dict[str, str]
) -> Page:
    return Page(
        "pages/admin_closure.html",
        one=one,
        values=shown,
        refusals=refusals,
        units=unit_search.like(conn, edge.viewer(), ""),
        longest=closures.LONGEST_REASON,
    )


def _shown(one: Closure) -> dict[str, Any]:
    return {
        "unit": f"{one.unit_code} {one.unit_name}",
        "since": one.since.isoformat(),
        "until": one.until.isoformat(),
        "reason": one.reason,
    }


def _form(conn: Connection) -> ClosureForm:
    """What was typed; Refused 'org.unit_unknown'."""
    unit = unit_search.chosen(conn, edge.viewer(), request.form.get("unit", ""), "unit")
    since, until = asked.form_day("since"), asked.form_day("until")
    return ClosureForm(unit, since, until, request.form.get("reason", ""))


def _at(key: int, year: int) -> str:
    return url_for(".index", year=year, _anchor=f"closure-{key}")


@bp.get("/new")
@needs(Permission.ADMINISTER)
def new() -> ResponseReturnValue:
    """The form for a new one, of `?unit=`; where somebody keeps one unit alone, of that."""
    viewer = edge.viewer()
    text = request.args.get("unit", "").strip()[:LONGEST_UNIT]
    with edge.database().transaction("new closure") as conn:
        own = unit_search.few(conn, viewer, 1)
        unit = unit_search.typed(conn, viewer, text) if text else next(iter(own), None)
        return _form_page(conn, None, {"unit": unit_search.said(conn, unit)}, {})


@bp.post("/new")
@needs(Permission.ADMINISTER)
@once.makes
def add() -> ResponseReturnValue:
    """Enter it."""
    try:
        with edge.database().transaction("add closure") as conn:
            once.claim(conn)
            viewer, form = edge.viewer(), _form(conn)
            key = closures.add(conn, viewer, form, edge.now(), edge.request_id())
            address = url_for(".edit", closure_id=key)  # which stays whatever is changed
            once.made(conn, address)
    except Refused as refused:
        return _refused(refused, None)
    flash(_("已新增。下次计算使用情况时生效。"))
    return redirect(address, 303)


def _refused(refused: Refused, one: Closure | None) -> ResponseReturnValue:
    """The form again, with all that was typed."""
    with edge.database().transaction("closure") as conn:
        typed, said = request.form.to_dict(), by_field(refused, language())
        return _form_page(conn, one, typed, said), 422


def _found(closure_id: int) -> Closure:
    with edge.database().transaction("closure") as conn:
        one = closures.closure(conn, edge.viewer(), closure_id)
    if one is None:
        abort(404)
    return one


@bp.get(f"/<{KEY}>")
@needs(Permission.ADMINISTER)
def edit(closure_id: int) -> ResponseReturnValue:
    """One, to be corrected."""
    one = _found(closure_id)
    with edge.database().transaction("closure's form") as conn:
        return _form_page(conn, one, _shown(one), {})


@bp.post(f"/<{KEY}>")
@needs(Permission.ADMINISTER)
def change(closure_id: int) -> ResponseReturnValue:
    """Keep what the form says."""
    one, seen = _found(closure_id), asked.form_number("seen")
    try:
        with edge.database().transaction("change closure") as conn:
            viewer, form = edge.viewer(), _form(conn)
            closures.change(conn, viewer, closure_id, form, seen, edge.request_id())
            after = closures.required(conn, viewer, closure_id)
    except Refused as refused:
        return _refused(refused, one)
    flash(_("已保存。下次计算使用情况时生效。"))
    return redirect(_at(closure_id, after.since.year), 303)


@bp.post(f"/<{KEY}>/remove")
@needs(Permission.ADMINISTER)
@warns(means.opening_days)
def remove(closure_id: int) -> ResponseReturnValue:
    """Delete it: the unit was open after all."""
    one = _found(closure_id)
    try:
        with edge.database().transaction("remove closure") as conn:
            closures.remove(conn, edge.viewer(), closure_id, edge.request_id())
            once.forget(conn, url_for(".edit", closure_id=closure_id))
    except Refused:
        abort(404)
    flash(_("已删除。下次计算使用情况时生效。"))
    return redirect(url_for(".index", year=one.since.year), 303)
