"""`/scan`: the page for barcode guns (H2): each scan is answered on screen and by sound."""

import tempfile
from itertools import cycle, islice
from typing import Any, Final

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from db import Connection, Refused
from portal import asked, edge, label_asked, scan_read, scan_words
from portal.downloads import sent
from portal.formats import local
from portal.language import gettext as _
from portal.language import language
from portal.permissions import needs
from portal.plates import plate
from portal.words import words_for
from registry.org import Permission, User
from registry.stocktake import counts, task
from registry.stocktake.counts import Seen
from registry.stocktake.kinds import Method, Outcome, Standing
from registry.stocktake.task import Mine
from scanner.commands import COMMANDS, UNDO, heard
from scanner.labels import FORMATS, Order, drawn, font, pdf, picture
from scanner.settings import ScannerSettings

bp = Blueprint("scan", __name__, url_prefix="/scan")
LATEST: Final = 40  # counts with which the running list begins
MOST_ODD: Final = 500
KEPT_S: Final = 86_400  # a drawing, in the browser
LONGEST: Final = 40
ORDERS: Final = {one.key: Order(one) for one in COMMANDS}


@bp.get("")
@needs(Permission.STOCKTAKE_COUNT)
def gun() -> ResponseReturnValue:
    """The task that is counted; a choice first where there are several."""
    viewer, chosen = edge.viewer(), asked.key("task")
    with edge.database().transaction("gun page") as conn:
        tasks = [one for one in task.countable(conn, viewer) if Method.GUN in one.methods]
        if chosen is None and len(tasks) == 1:
            return redirect(url_for(".gun", task=tasks[0].id))
        one = next((each for each in tasks if each.id == chosen), None)
        facts = _facts(conn, viewer, one) if one else {}
    if chosen is not None and one is None:
        return redirect(url_for(".gun")) if tasks else _choice([])
    return _choice(tasks) if one is None else render_template("pages/scan.html", **facts)


def _choice(tasks: list[Mine]) -> str:
    return render_template("pages/scan_choice.html", tasks=tasks)


def _facts(conn: Connection, viewer: User, one: Mine) -> dict[str, Any]:
    rows, _more = counts.page(conn, counts.Query(one.id, by=viewer.id), LATEST)
    return {
        "task": one,
        "figures": counts.figures(conn, one.id, viewer),
        "begin": {
            "rows": [_row(row) for row in rows if row.standing is not Standing.UNDONE],
            "elsewhere": _odd(conn, viewer, one, Outcome.ELSEWHERE),
            "unknown": _odd(conn, viewer, one, Outcome.UNKNOWN),
        },
        "words": scan_words.words(),
        "shapes": scan_read.gun().shapes,
        "undo": UNDO,
        "undo_heard": heard(UNDO),
    }


def _odd(conn: Connection, viewer: User, one: Mine, outcome: Outcome) -> list[str]:
    """Codes of the viewer's that were answered so, for the counters."""
    query = counts.Query(one.id, outcome.value, by=viewer.id)
    rows, _more = counts.page(conn, query, MOST_ODD)
    settled = counts.surpluses(conn, viewer, [row.code for row in rows])
    return sorted({row.code for row in rows if row.standing is Standing.NOTED} - settled)


def _row(one: Seen) -> dict[str, Any]:
    return {
        "id": str(one.client_id),
        "code": one.code,
        "name": one.name,
        "section": one.section,
        "custodian": one.booked_custodian,
        "assignee": one.assignee,
        "outcome": one.outcome.value,
        "clock": f"{local(one.counted_at):%H:%M:%S}",
        "at": one.counted_at.isoformat(),
        "condition": one.condition,
        "status": one.status,
        "place": one.place,
    }


@bp.get("/plate")
@needs(Permission.STOCKTAKE_COUNT)
def drawing() -> ResponseReturnValue:
    """The line drawing of a kind of thing, where a photo is missing."""
    kind, category = request.args.get("type", ""), request.args.get("category", "")
    if len(kind) > LONGEST or len(category) > LONGEST:
        abort(404)
    response = Response(plate(kind, category), mimetype="text/html")
    response.headers["Cache-Control"] = f"private, max-age={KEPT_S}"
    return response


@bp.get("/commands")
@needs(Permission.STOCKTAKE_COUNT)
def commands() -> ResponseReturnValue:
    """Labels of what a gun may command, to be printed and hung up where it is used (H5)."""
    return _commands("")


def _commands(refusal: str) -> str:
    form = label_asked.form()
    return render_template(
        "pages/scan_commands.html",
        commands=COMMANDS,
        form=form,
        forms=list(FORMATS.values()),
        start=label_asked.start(form),
        refusal=refusal,
    )


@bp.get("/commands/<command>.png")
@needs(Permission.STOCKTAKE_COUNT)
def pictured(command: str) -> ResponseReturnValue:
    """One of them as it will be printed."""
    if command not in ORDERS:
        abort(404)
    try:
        face = font.found(ScannerSettings().label_font)
    except Refused:  # printing says why
        abort(404)
    drawing = drawn(ORDERS[command], label_asked.form(), "", face.width)
    return Response(picture.png(drawing, face, picture.DOTS_SHOWN), mimetype="image/png")


@bp.get("/commands.pdf")
@needs(Permission.STOCKTAKE_COUNT)
def printed() -> ResponseReturnValue:
    """The PDF: they fill the sheet from its first free place; of a roll one label each."""
    form = label_asked.form()
    start = label_asked.start(form) - 1
    orders = islice(cycle(ORDERS.values()), max(form.places - start, len(ORDERS)))
    try:
        face = font.found(ScannerSettings().label_font)
    except Refused as refused:
        return _commands(words_for(refused, language())), 422
    file = tempfile.TemporaryFile()  # noqa: SIM115  # closed by the response
    pdf.write(orders, form, start, "", face, file)
    return sent(file, "application/pdf", f"{_('命令码')}.pdf")
