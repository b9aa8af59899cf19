"""`/admin/linked`: linked systems and what they push; `/linked/<id>`: what has vanished (F4)."""

from typing import Final

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from db import Refused
from exchange.kinds import DESCRIPTIONS, Kind
from exchange.linked import Way, items, push, systems
from exchange.linked.items import Sent
from exchange.linked.push import Checked
from exchange.linked.systems import System
from portal import asked, asked_files, edge, once, rooms
from portal.consequence import links, warns
from portal.language import gettext as _
from portal.language import language
from portal.password_asked import asks_password
from portal.permissions import needs
from portal.words import by_field, words_for
from registry import org, tables
from registry.org import Permission, unit_search
from registry.tables import Table

bp = Blueprint("linked", __name__)
SYSTEM: Final = f"int(max={asked.LARGEST_NUMBER}):system"
SHOWN: Final = 8  # pushes of a system
SHOWN_ROWS: Final = 50  # rows at fault, and vanished ones
SHOWN_LEFT: Final = 5  # rows that are being settled
FEW_UNITS: Final = 30


@bp.get("/admin/linked")
@needs(Permission.ADMINISTER)
def index() -> ResponseReturnValue:
    """The systems of the units that the viewer administers."""
    return _page()


def _page(
    name: str = "",
    token: str = "",
    values: dict[str, str] | None = None,
    refusals: dict[str, str] | None = None,
) -> str:
    viewer = edge.viewer()
    with edge.database().transaction("linked systems") as conn:
        found = systems.systems(conn, viewer)
        pushes = {one.id: systems.last_pushes(conn, one.id, 1) for one in found}
        own = unit_search.said(conn, viewer.unit_id)
        first = unit_search.like(conn, viewer, "", FEW_UNITS)
    return render_template(
        "pages/linked.html",
        systems=found,
        pushes=pushes,
        token=token,
        token_of=name,
        values=values or {"name": "", "unit": own},
        refusals=refusals or {},
        units=first,
        longest=systems.LONGEST_NAME,
    )


@bp.post("/admin/linked")
@needs(Permission.ADMINISTER)
@asks_password
@once.makes_secret
def add() -> ResponseReturnValue:
    """Register one; this answer alone shows its token."""
    name, unit = request.form.get("name", ""), request.form.get("unit", "")
    try:
        with edge.database().transaction("register linked system") as conn:
            once.claim(conn)
            viewer = edge.viewer()
            chosen = unit_search.chosen(conn, viewer, unit, "unit")
            _key, token = systems.register(
                conn, viewer, chosen, name, edge.now(), edge.request_id()
            )
            once.made(conn, url_for(".index"))
    except Refused as refused:
        said = by_field(refused, language())
        return _page(values={"name": name, "unit": unit}, refusals=said), 422
    return _page(name.strip(), token), 201


@bp.get(f"/admin/linked/<{SYSTEM}>")
@needs(Permission.ADMINISTER)
def show(system: int) -> ResponseReturnValue:
    """One system: its last pushes, what has vanished, a file to push."""
    return _shown(_found(system), None)


def _found(system: int) -> System:
    try:
        with edge.database().transaction("linked system") as conn:
            return systems.require(conn, edge.viewer(), system)
    except Refused:
        abort(404)


def _shown(
    one: System, wrong: Checked | None, refused: Refused | None = None, token: str = ""
) -> str:
    with edge.database().transaction("linked system") as conn:
        pushes = systems.last_pushes(conn, one.id, SHOWN)
    spoken = language()
    return render_template(
        "pages/linked_system.html",
        one=one,
        pushes=pushes,
        token=token,
        wrong=wrong.wrong if wrong else [],
        refusal=words_for(refused, spoken) if refused else "",
        said=lambda why: words_for(why, spoken),
        shown_rows=SHOWN_ROWS,
        most=items.MOST,
        columns=items.FIELDS,
        door=request.url_root.rstrip("/") + "/api/v1/linked/listings",
    )


@bp.post(f"/admin/linked/<{SYSTEM}>/token")
@needs(Permission.ADMINISTER)
@warns(links.renewing_token)
@asks_password
def renew(system: int) -> ResponseReturnValue:
    """A new token; this answer alone shows it."""
    one = _found(system)
    with edge.database().transaction("renew token") as conn:
        token = systems.renew(conn, edge.viewer(), system, edge.request_id())
    return _shown(one, None, token=token), 201


@bp.post(f"/admin/linked/<{SYSTEM}>/switch")
@needs(Permission.ADMINISTER)
@warns(links.switching_system)
@asks_password
def switch(system: int) -> ResponseReturnValue:
    """Switch it on or off."""
    _found(system)
    active = request.form.get("active") == "true"
    with edge.database().transaction("switch linked system") as conn:
        systems.switch(conn, edge.viewer(), system, active, edge.request_id())
    flash(_("已启用，可以推送。") if active else _("已停用，不再接收推送；已上架的不受影响。"))
    return redirect(url_for(".show", system=system), 303)


@bp.post(f"/admin/linked/<{SYSTEM}>/push")
@needs(Permission.ADMINISTER)
@tables.READING.take()
def push_file(system: int) -> ResponseReturnValue:
    """Push a file as this system: all rows or none; what is being settled is left, and named."""
    one, complete = _found(system), "complete" in request.form
    wrong: Checked | None = None
    sent: Sent | None = None
    try:
        sent = items.of_table(_table(), complete=complete)
        with edge.database().transaction("push file") as conn:
            checked = push.check(conn, one, sent, edge.now())
            wrong = checked if checked.wrong else None
            done = push.take(conn, checked, Way.FILE, edge.viewer().login, edge.now())
    except Refused as refused:
        with edge.database().transaction("note refused push") as conn:
            rows = len(wrong.wrong) if wrong else 0
            push.note_refused(conn, one, sent, rows, Way.FILE, edge.now())
        return _shown(one, wrong, refused), 422
    flash(_("已接收：新上架 %(added)s 条，更新 %(refreshed)s 条，未变 %(unchanged)s 条。",
            **done.counts))  # fmt: skip
    for left in checked.left[:SHOWN_LEFT]:
        why = words_for(left.why, language())
        flash(_("第 %(row)s 行：%(why)s", row=left.row, why=why), "warning")
    if len(checked.left) > SHOWN_LEFT:
        flash(_("共 %(n)s 行正在登记结果，没有更改。", n=len(checked.left)), "warning")
    return redirect(url_for(".show", system=system), 303)


def _table() -> Table:
    for name, content in asked_files.files("file"):
        return tables.read(name, content)
    raise Refused("import.no_file", field="file")


@bp.get(f"/linked/<{SYSTEM}>")
@needs(Permission.SHEET_VIEW)
def vanished(system: int) -> ResponseReturnValue:
    """For the unit's people: what its system doesn't push any more, and still stands."""
    viewer = edge.viewer()
    with edge.database().transaction("vanished listings") as conn:
        one = systems.of_units(conn, org.visible_units(conn, viewer.id), system)
        if one is None:
            abort(404)
        rows = systems.vanished(conn, system, SHOWN_ROWS)
        managers = rooms.managers(conn, DESCRIPTIONS[Kind.TRANSFER], one.unit_id)
    return render_template(
        "pages/linked_vanished.html",
        one=one,
        rows=rows,
        descriptions=DESCRIPTIONS,
        managers=managers,
    )
