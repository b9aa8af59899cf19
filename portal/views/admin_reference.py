"""`/admin/reference`: divisions and categories, looked up and brought in by file; 001 only."""

from typing import Final

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from db import Refused, audit
from portal import asked_files, asked_values, edge
from portal.downloads import kept_as
from portal.language import gettext as _
from portal.language import language
from portal.permissions import needs
from portal.words import words_for
from registry import tables
from registry.cards import categories, synonyms
from registry.org import Permission, divisions, people, reference
from registry.org.reference import RowsWrong

bp = Blueprint("admin_reference", __name__, url_prefix="/admin/reference")
LISTS: Final = {
    "divisions": divisions.import_table,
    "categories": categories.import_table,
    "synonyms": synonyms.import_table,
}
COLUMNS: Final = {
    "divisions": divisions.COLUMNS,
    "categories": categories.COLUMNS,
    "synonyms": synonyms.COLUMNS,
}
LIKE: Final = {
    "divisions": divisions.like,
    "categories": lambda conn, text, most: [
        (one.code, one.name) for one in categories.like(conn, text, most)
    ],
    "synonyms": synonyms.like,
}
MOST: Final = 100


@bp.get("")
@needs(Permission.ADMINISTER)
def index() -> ResponseReturnValue:
    """One list's entries, searched."""
    return _page(None)


def _page(refused: Refused | None) -> str:
    if not people.keeps_everybody(edge.viewer()):
        abort(403)
    what = asked_values.tab(LISTS, "divisions", "list")
    text = request.args.get("q", "")[:64]
    with edge.database().transaction("reference") as conn:
        counts = {
            "divisions": divisions.count(conn),
            "categories": categories.count(conn),
            "synonyms": synonyms.count(conn),
        }
        found = LIKE[what](conn, text, MOST)
    return render_template(
        "pages/admin_reference.html",
        what=what,
        text=text,
        found=found,
        counts=counts,
        columns=COLUMNS[what],
        refused=refused,
        faults=refused.faults if isinstance(refused, RowsWrong) else (),
        words=lambda one: words_for(one, language()),
        most=MOST,
    )


@bp.get("/synonyms.csv")
@needs(Permission.ADMINISTER)
def export_synonyms() -> ResponseReturnValue:
    """The common names as a file that can be brought in again."""
    if not people.keeps_everybody(edge.viewer()):
        abort(403)
    with edge.database().transaction("export synonyms") as conn:
        content = synonyms.export_csv(conn)
    return kept_as(Response(content, mimetype="text/csv; charset=utf-8"), _("分类俗称") + ".csv")


@bp.post("")
@needs(Permission.ADMINISTER)
@tables.READING.take()
def take_over() -> ResponseReturnValue:
    """Bring in a list: all of its rows, or none and the rows that are wrong."""
    viewer, what = edge.viewer(), request.args.get("list", "")
    if not people.keeps_everybody(viewer):
        abort(403)
    if what not in LISTS:
        abort(404)
    files = list(asked_files.files("file"))
    if not files:
        return _page(Refused("import.no_file", field="file")), 422
    try:
        table = tables.read(*files[0], most_rows=reference.MOST_ROWS)
        with edge.database().transaction("import reference") as conn:
            rows = LISTS[what](conn, table)
            subject, request_id = f"reference:{what}", edge.request_id()
            audit.record(conn, viewer.login, "reference.imported", subject, request_id, rows=rows)
    except Refused as refused:
        return _page(refused), 422
    flash(_("已导入 %(rows)s 行。", rows=rows))
    return redirect(url_for(".index", list=what), 303)
