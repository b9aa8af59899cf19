"""`/admin/units`: the tree of units, each unit's form, and its sections."""

from itertools import groupby
from typing import Any, Final

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from db import Connection, Refused
from portal import asked, edge, once, undo
from portal.consequence import units as means
from portal.consequence import warns
from portal.language import gettext as _
from portal.language import language
from portal.page import Page
from portal.permissions import needs
from portal.words import by_field, words_for
from registry.org import (
    Permission,
    UnitKind,
    User,
    divisions,
    people,
    structure,
    unit_search,
    unit_sections,
)
from registry.org.structure import Unit, UnitForm

bp = Blueprint("admin_units", __name__, url_prefix="/admin/units")
KEY: Final = f"int(max={asked.LARGEST_NUMBER}):unit_id"
LONGEST_UNIT: Final = 256
SECTION: Final = f"int(max={asked.LARGEST_NUMBER}):section_id"


@bp.get("")
@needs(Permission.ADMINISTER)
def index() -> ResponseReturnValue:
    """The tree by division: each unit below the one above it."""
    text = request.args.get("q", "").strip()[:64]
    with edge.database().transaction("units") as conn:
        units = structure.units(conn, edge.viewer())
    found = [one for one in units if text in one.name or text in one.code] if text else units
    by_division = [
        (name, below(list(members)))
        for name, members in groupby(found, key=lambda one: one.division_name)
    ]
    return render_template(
        "pages/admin_units.html", by_division=by_division, total=len(units), text=text
    )


@bp.get("/known.json")
@needs(Permission.ADMINISTER)
def known() -> ResponseReturnValue:
    """Units by the start of their code or a part of their name, for fields that complete; without
    the one that is put `?beside=` them, and those below it.
    """
    text, beside = request.args.get("q", "")[:64], asked.number("beside")
    with edge.database().transaction("units that complete") as conn:
        found = unit_search.like(conn, edge.viewer(), text, beside=beside)
    return {"items": [{"code": code, "name": name} for code, name in found]}


@bp.get("/sections.json")
@needs(Permission.ADMINISTER)
def known_sections() -> ResponseReturnValue:
    """The sections of the unit that `?unit=` means, for a form in which it is chosen."""
    with edge.database().transaction("sections of a unit") as conn:
        text = request.args.get("unit", "")[:LONGEST_UNIT]
        unit = unit_search.typed(conn, edge.viewer(), text)
        found = unit_sections.sections(conn, unit) if unit else []
    return {"items": [{"id": one.id, "name": one.name} for one in found]}


def below(units: list[Unit]) -> list[tuple[int, Unit]]:
    """(depth, unit), each after the one above it; a unit whose own isn't among them is a top."""
    ids = {one.id for one in units}
    children: dict[int, list[Unit]] = {}
    for one in units:
        above = one.parent_id if one.parent_id in ids else 0
        children.setdefault(above or 0, []).append(one)
    drawn: list[tuple[int, Unit]] = []
    waiting = [(0, one) for one in reversed(children.get(0, []))]
    while waiting:
        depth, one = waiting.pop()
        drawn.append((depth, one))
        waiting += [(min(depth + 1, 5), child) for child in reversed(children.get(one.id, []))]
    return drawn


def _form_page(
    conn: Connection, one: Unit | None, shown: dict[str, Any], refusals: dict[str, str]
) -> Page:
    viewer = edge.viewer()
    everybody = people.keeps_everybody(viewer)
    kinds = [kind for kind in UnitKind if everybody or kind is not UnitKind.FINANCE]
    mine = None if everybody else structure.divisions_kept(conn, viewer)
    return Page(
        "pages/admin_unit.html",
        one=one,
        values=shown,
        refusals=refusals,
        kinds=kinds if not one or one.kind in kinds else [*kinds, one.kind],
        divisions=divisions.named(conn, mine),
        above=unit_search.like(conn, viewer, "", beside=one.id if one else None),
        sections=unit_sections.sections(conn, one.id) if one else [],
        everybody=everybody,
    )


def _shown(conn: Connection, one: Unit) -> dict[str, Any]:
    return {
        "code": one.code,
        "name": one.name,
        "kind": one.kind.value,
        "division": one.division,
        "parent": unit_search.said(conn, one.parent_id),
        "address": one.address,
        "phone": one.phone,
    }


def _form(conn: Connection, one: Unit | None) -> UnitForm:
    """What was typed; a unit above that stands already may be one that the viewer doesn't keep."""
    form = request.form
    if form.get("kind") not in set(UnitKind):
        abort(400)
    above, parent = form.get("parent", "").strip(), None
    if one and above == unit_search.said(conn, one.parent_id):
        parent = one.parent_id
    elif above:
        parent = unit_search.chosen(conn, edge.viewer(), above, "parent")
    return UnitForm(
        form.get("code", ""),
        form.get("name", ""),
        UnitKind(form["kind"]),
        form.get("division", ""),
        parent,
        form.get("address", ""),
        form.get("phone", ""),
    )


@bp.get("/new")
@needs(Permission.ADMINISTER)
def new() -> ResponseReturnValue:
    """The form for a new unit, below `?above=`."""
    with edge.database().transaction("new unit") as conn:
        above = structure.unit(conn, edge.viewer(), asked.number("above") or 0)
        shown = {}
        if above:
            said = unit_search.said(conn, above.id)
            shown = {"parent": said, "division": above.division}
        return _form_page(conn, None, {"kind": "unit", **shown}, {})


@bp.post("/new")
@needs(Permission.ADMINISTER)
@once.makes
def add() -> ResponseReturnValue:
    """Open it."""
    try:
        with edge.database().transaction("open unit") as conn:
            once.claim(conn)
            form = _form(conn, None)
            key = structure.open_unit(conn, edge.viewer(), form, edge.request_id())
            once.made(conn, url_for(".edit", unit_id=key))
    except Refused as refused:
        with edge.database().transaction("new unit") as conn:
            return _form_page(
                conn, None, request.form.to_dict(), by_field(refused, language())
            ), 422
    flash(_("单位已新增。"))
    return redirect(url_for(".edit", unit_id=key), 303)


@bp.get(f"/<{KEY}>")
@needs(Permission.ADMINISTER)
def edit(unit_id: int) -> ResponseReturnValue:
    """One unit and its sections."""
    with edge.database().transaction("unit") as conn:
        one = structure.unit(conn, edge.viewer(), unit_id)
        if one is None:
            abort(404)
        return _form_page(conn, one, _shown(conn, one), {})


@bp.post(f"/<{KEY}>")
@needs(Permission.ADMINISTER)
def change(unit_id: int) -> ResponseReturnValue:
    """Keep what the form says."""
    seen = asked.form_number("seen")
    try:
        with edge.database().transaction("change unit") as conn:
            form = _form(conn, structure.required(conn, edge.viewer(), unit_id))
            structure.change(
                conn, edge.viewer(), unit_id, form, seen, edge.now(), edge.request_id()
            )
    except Refused as refused:
        return _refused(unit_id, refused, request.form.to_dict())
    flash(_("已保存。"))
    return redirect(url_for(".edit", unit_id=unit_id), 303)


def _refused(
    unit_id: int, refused: Refused, typed: dict[str, Any] | None = None
) -> ResponseReturnValue:
    """The unit's page again with what was refused."""
    with edge.database().transaction("unit") as conn:
        one = structure.unit(conn, edge.viewer(), unit_id)
        if one is None:
            abort(404)
        if typed is not None:
            return _form_page(conn, one, typed, by_field(refused, language())), 422
    flash(words_for(refused, language()), "warning")
    return redirect(url_for(".edit", unit_id=unit_id), 303)


@bp.post(f"/<{KEY}>/deactivate")
@needs(Permission.ADMINISTER)
@warns(means.closing)
def close(unit_id: int) -> ResponseReturnValue:
    """Deactivate it."""
    return _act(unit_id, _("单位已停用。"), structure.close, edge.now())


@bp.post(f"/<{KEY}>/activate")
@needs(Permission.ADMINISTER)
def reopen(unit_id: int) -> ResponseReturnValue:
    """Activate it again."""
    return _act(unit_id, _("单位已恢复使用。"), structure.reopen)


@bp.post(f"/<{KEY}>/sections")
@needs(Permission.ADMINISTER)
@once.makes
def add_section(unit_id: int) -> ResponseReturnValue:
    """A new section."""
    return _act(unit_id, _("部门已新增。"), _add_section, request.form.get("name", ""))


def _add_section(conn: Connection, viewer: User, unit_id: int, name: str, *, request: str) -> None:
    once.claim(conn)
    key = unit_sections.add(conn, viewer, unit_id, name, request=request)
    once.made(conn, _at(unit_id, key))


def _at(unit_id: int, section_id: int) -> str:
    return url_for(".edit", unit_id=unit_id, _anchor=f"section-{section_id}")


@bp.post(f"/<{KEY}>/sections/<{SECTION}>")
@needs(Permission.ADMINISTER)
def rename_section(unit_id: int, section_id: int) -> ResponseReturnValue:
    """Call a section otherwise."""
    name = request.form.get("name", "")
    return _act(unit_id, _("部门已改名。"), unit_sections.rename, section_id, name)


@bp.post(f"/<{KEY}>/sections/<{SECTION}>/remove")
@needs(Permission.ADMINISTER)
def remove_section(unit_id: int, section_id: int) -> ResponseReturnValue:
    """Remove a section that nothing uses."""
    try:
        with edge.database().transaction("remove section") as conn:
            name = unit_sections.remove(conn, edge.viewer(), unit_id, section_id, edge.request_id())
            once.forget(conn, _at(unit_id, section_id))
            facts = {"unit": unit_id, "section": section_id, "name": name}
            back = undo.offer(conn, "section.removed", **facts, made_at=_at(unit_id, section_id))
    except Refused as refused:
        return _refused(unit_id, refused)
    undo.say(_("部门已删除。"), back)
    return redirect(url_for(".edit", unit_id=unit_id), 303)


def _act(unit_id: int, said: str, verb: Any, *facts: object) -> ResponseReturnValue:
    try:
        with edge.database().transaction(f"{verb.__name__} of unit") as conn:
            verb(conn, edge.viewer(), unit_id, *facts, request=edge.request_id())
    except Refused as refused:
        return _refused(unit_id, refused)
    flash(said)
    return redirect(url_for(".edit", unit_id=unit_id), 303)
