"""`/admin/reference`: divisions and categories, looked up and brought in as CSV; 001 only."""

from typing import Final

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from db import Refused, audit
from portal import edge
from portal.language import gettext as _
from portal.language import language
from portal.permissions import needs
from portal.words import words_for
from registry.cards import categories
from registry.org import Permission, divisions, people, reference
from registry.org.reference import RowsWrong

bp = Blueprint("admin_reference", __name__, url_prefix="/admin/reference")
LISTS: Final = {"divisions": divisions.import_csv, "categories": categories.import_csv}
LIKE: Final = {"divisions": divisions.like, "categories": categories.like}
MOST: Final = 100


@bp.get("")
@needs(Permission.ADMINISTER)
def index() -> ResponseReturnValue:
    """One list's entries, searched."""
    return _page(None)


def _page(refused: Refused | None) -> str:
    if not people.keeps_everybody(edge.viewer()):
        abort(403)
    what, text = request.args.get("list", ""), request.args.get("q", "")[:64]
    what = what if what in LISTS else "divisions"
    with edge.database().transaction("reference") as conn:
        counts = {"divisions": divisions.count(conn), "categories": categories.count(conn)}
        found = LIKE[what](conn, text, MOST)
    return render_template(
        "pages/admin_reference.html",
        what=what,
        text=text,
        found=found,
        counts=counts,
        columns={"divisions": divisions.COLUMNS, "categories": categories.COLUMNS}[what],
        refused=refused,
        faults=refused.faults if isinstance(refused, RowsWrong) else (),
        words=lambda one: words_for(one, language()),
        most=MOST,
    )


@bp.post("")
@needs(Permission.ADMINISTER)
def take_over() -> ResponseReturnValue:
    """Bring in a list: all of its rows, or none and the rows that are wrong."""
    viewer, what = edge.viewer(), request.args.get("list", "")
    if not people.keeps_everybody(viewer):
        abort(403)
    if what not in LISTS:
        abort(404)
    file = request.files.get("file")
    try:
        text = reference.decoded(file.read() if file else b"")
        with edge.database().transaction("import reference") as conn:
            rows = LISTS[what](conn, text)
            subject, request_id = f"reference:{what}", edge.request_id()
            audit.record(conn, viewer.login, "reference.imported", subject, request_id, rows=rows)
    except Refused as refused:
        return _page(refused), 422
    flash(_("已导入 %(rows)s 行。", rows=rows))
    return redirect(url_for(".index", list=what), 303)
