"""`/cards/import` and `/cards/export`: cards from files, and into files (A6)."""

import tempfile
from typing import Final
from urllib.parse import urlencode

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from db import Refused, audit
from portal import asked_files, card_asked, edge, once, review_drawn
from portal.downloads import kept_as, sent
from portal.formats import local
from portal.language import gettext as _
from portal.language import language
from portal.permissions import needs
from portal.views.changes import submit_drafted
from portal.words import words_for
from registry import org, tables
from registry.cards import CardType, drafting, exports, import_sheets, imports, uploads
from registry.cards.imports import Checked
from registry.cards.register import Query
from registry.cards.uploads import Upload
from registry.org import Permission
from registry.review import DocumentKind
from registry.tables import Table

bp = Blueprint("card_files", __name__, url_prefix="/cards")
SHOWN: Final = 50  # rows with errors on the page; the sheet has all
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WRITERS: Final = {
    "xlsx": (exports.write_xlsx, XLSX),
    "csv": (exports.write_csv, "text/csv; charset=utf-8"),
}
MOST_SELECTED: Final = 1_000


@bp.get("/import")
@needs(Permission.CHANGE_PREPARE)
def import_form() -> ResponseReturnValue:
    """Where a file is handed in."""
    return _form(None, None, None)


def _form(checked: Checked | None, source: Upload | None, refused: Refused | None) -> str:
    with edge.database().transaction("import form") as conn:
        ahead = review_drawn.nobody_ahead(conn, DocumentKind.CARD_CHANGE, ["ordinary"])
    return render_template(
        "pages/card_import.html",
        checked=checked,
        ahead=ahead,
        source=source,
        refusal=words_for(refused, language()) if refused else "",
        said=lambda one: words_for(one, language()),
        types=list(CardType),
        shown_rows=SHOWN,
        most=tables.MOST_ROWS,
        columns=imports.COLUMNS,
        longest=drafting.LONGEST_REASON,
    )


@bp.post("/import")
@needs(Permission.CHANGE_PREPARE)
@tables.READING.take()
def check() -> ResponseReturnValue:
    """The dry run: every row against every rule; nothing but the file itself is kept."""
    viewer = edge.viewer()
    folder = current_app.extensions["panhuo.data"]
    files = list(asked_files.files("file"))
    if not files:
        return _form(None, None, Refused("import.no_file", field="file")), 422
    try:
        table, file = tables.read(*files[0]), uploads.document(*files[0])
        with edge.database().transaction("check import") as conn:
            checked = imports.check(conn, viewer.unit_id, table, edge.now())
            source = uploads.keep(conn, folder, viewer, file, edge.now())
    except Refused as refused:
        return _form(None, None, refused), 422
    return _form(checked, source, None), 422 if checked.wrong else 200


@bp.post("/import/draft")
@needs(Permission.CHANGE_PREPARE)
@once.makes
@tables.READING.take()
def draft() -> ResponseReturnValue:
    """Make the checked file a reviewed change, and submit it where that was asked."""
    viewer, digest = edge.viewer(), request.form.get("digest", "")
    try:
        source, table = _again(digest)
        with edge.database().transaction("draft import") as conn:
            once.claim(conn)
            checked = imports.check(conn, viewer.unit_id, table, edge.now())
            reason = request.form.get("reason", "")
            made = imports.stage(conn, viewer, checked, source, reason, edge.now())
            once.made(conn, url_for("changes.show", change_id=made))
    except Refused as refused:
        return _form(None, None, refused), 422
    if request.form.get("then") == "submit":
        return submit_drafted(made)
    flash(_("导入已存为草稿，送审并终审后一次入册。"))
    return redirect(url_for("changes.show", change_id=made), 303)


def _again(digest: str) -> tuple[Upload, Table]:
    """The file of this digest, read once more: what it is checked against may have changed."""
    with edge.database().transaction("import's file") as conn:
        source = imports.source(conn, edge.viewer().unit_id, digest)
    path = uploads.path(current_app.extensions["panhuo.data"], source.digest)
    if not path.is_file():
        raise Refused("import.file_gone", field="file")
    return source, tables.read(source.name, path.read_bytes())


@bp.get("/import/errors/<digest>.xlsx")
@needs(Permission.CHANGE_PREPARE)
@tables.READING.take()
def errors(digest: str) -> ResponseReturnValue:
    """The rows to mend, each with what is wrong, as a sheet that can be sent in again."""
    try:
        source, table = _again(digest)
        with edge.database().transaction("import errors") as conn:
            checked = imports.check(conn, edge.viewer().unit_id, table, edge.now())
    except Refused:
        abort(404)
    spoken = language()
    content = import_sheets.errors(checked, lambda one: words_for(one, spoken), spoken)
    return _file(content, _("待改正-%(name)s", name=source.name.rpartition(".")[0]) + ".xlsx")


@bp.get("/import/template.xlsx")
@needs(Permission.CHANGE_PREPARE)
def template() -> ResponseReturnValue:
    """The sheet to fill in, for one card type or for all."""
    name = request.args.get("type", "")
    card_type = CardType(name) if name in set(CardType) else None
    content = import_sheets.template(card_type.value if card_type else "", language())
    kind = card_type.label.of(language()) if card_type else _("全部类型")
    return _file(content, _("卡片导入模板-%(kind)s", kind=kind) + ".xlsx")


def _file(content: bytes, name: str) -> Response:
    return kept_as(Response(content, mimetype=XLSX), name)


@bp.get("/export")
@needs(Permission.CARD_EXPORT)
def export() -> ResponseReturnValue:
    """Everything that the register's filters find."""
    with edge.database().transaction("export scope") as conn:
        query = card_asked.query(conn, org.visible_units(conn, edge.viewer().id))
    return _exported(query)


@bp.post("/export")
@needs(Permission.CARD_EXPORT)
def export_selected() -> ResponseReturnValue:
    """The marked cards only."""
    codes = request.form.getlist("code")[:MOST_SELECTED]
    if not codes:
        flash(_("请先勾选要导出的卡片。"), "warning")
        return redirect(url_for("cards.index"), 303)
    with edge.database().transaction("export scope") as conn:
        units = org.visible_units(conn, edge.viewer().id)
    return _exported(Query(units=units, codes=codes))


def _exported(query: Query) -> ResponseReturnValue:
    """Written to disk first: a slow reader holds no transaction, and memory is bounded."""
    ending = request.values.get("format", "xlsx")
    if ending not in WRITERS:
        abort(404)
    write, media = WRITERS[ending]
    file = tempfile.TemporaryFile()  # noqa: SIM115  # closed by the response
    try:
        with edge.database().transaction("export cards") as conn:
            count = write(conn, query, language(), file)
            asked = {
                name: request.args[name] for name in card_asked.FILTERS if name in request.args
            }
            audit.record(
                conn, edge.viewer().login, "card.exported", "card:*", edge.request_id(),
                cards=count, format=ending, filters=asked, codes=query.codes,
            )  # fmt: skip
    except Refused as refused:
        file.close()
        flash(words_for(refused, language()), "warning")
        return redirect(f"{url_for('cards.index')}?{urlencode(request.args)}", 303)
    return sent(file, media, f"{_('资产卡片')}-{local(edge.now()):%Y%m%d-%H%M}.{ending}")
