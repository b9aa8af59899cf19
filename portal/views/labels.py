"""`/labels`: labels for any selection of cards, and `/c/<code>`, which they lead to (H5)."""

import tempfile
from dataclasses import replace
from typing import Any, Final

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from db import Connection, Refused, audit
from portal import asked, card_asked, edge, label_asked
from portal.downloads import sent
from portal.formats import local
from portal.language import gettext as _
from portal.language import language
from portal.permissions import needs
from portal.words import words_for
from registry import cards, org
from registry.cards import CardType, Status, register
from registry.cards.named import code_of
from registry.cards.register import Query, Row
from registry.notices import NoticeSettings
from registry.org import Permission
from scanner import labels
from scanner.labels import FORMATS, Facts, Format, font, pdf, picture
from scanner.settings import ScannerSettings

bp = Blueprint("labels", __name__, url_prefix="/labels")
short = Blueprint("short", __name__)
MOST: Final = 2_000
MOST_CHOSEN: Final = 1_000
SHOWN: Final = 15


@bp.get("")
@needs(Permission.LABEL_PRINT)
def index() -> ResponseReturnValue:
    """Choose cards by the register's filters, the sheet, and where it begins."""
    return _page([], None)


@bp.post("")
@needs(Permission.LABEL_PRINT)
def chosen() -> ResponseReturnValue:
    """The same with the cards that were marked, or with another sheet."""
    return _page(_codes(), None)


def _codes() -> list[str]:
    return [code_of(code) for code in request.form.getlist("code")[:MOST_CHOSEN]]


def _page(codes: list[str], refused: Refused | None) -> str:
    viewer, form = edge.viewer(), label_asked.form()
    with edge.database().transaction("labels") as conn:
        query = _query(conn, org.visible_units(conn, viewer.id), codes, SHOWN)
        found = register.find(conn, query, register.by_status(conn, query))
        rows, _more = register.page(conn, query, found)
        units = query.units
        facts: dict[str, Any] = {
            "units": org.units_named(conn, units) if len(units) > 1 else [],
            "sections": org.sections_of(conn, query.unit or viewer.unit_id, units),
            "category_name": cards.categories.names(conn, [query.category]).get(query.category),
        }
    return render_template(
        "pages/labels.html",
        rows=rows,
        query=query,
        count=found,
        codes=codes,
        form=form,
        forms=list(FORMATS.values()),
        start=label_asked.start(form),
        most=MOST,
        filters={name: request.args[name] for name in card_asked.FILTERS if name in request.args},
        faults=asked.faults(("least", "most"), ("from", "to"))
        | asked.category_fault(query.category),
        refusal=words_for(refused, language()) if refused else "",
        statuses=list(Status),
        types=list(CardType),
        **facts,
    )


def _query(conn: Connection, units: list[int], codes: list[str], size: int) -> Query:
    """The marked cards, else those that the address's filters find."""
    if codes:
        return Query(units=units, codes=codes, size=size)
    return replace(card_asked.query(conn, units), after=None, size=size)


@bp.get("/preview.png")
@needs(Permission.LABEL_PRINT)
def preview() -> ResponseReturnValue:
    """One card's label as it will be printed."""
    try:
        with edge.database().transaction("label preview") as conn:
            units = org.visible_units(conn, edge.viewer().id)
            row = _rows(conn, Query(units=units, codes=[code_of(request.args.get("code", ""))]))[0]
        face = font.found(ScannerSettings().label_font)
        drawing = labels.drawn(
            Facts.of(row), label_asked.form(), NoticeSettings().portal_url, face.width
        )
    except Refused:  # printing says why
        abort(404)
    return Response(picture.png(drawing, face, picture.DOTS_SHOWN), mimetype="image/png")


def _rows(conn: Connection, query: Query) -> list[Row]:
    """The cards to print. Raises Refused 'label.too_many', 'label.nothing_chosen'."""
    found = register.find(conn, query, register.by_status(conn, query))
    rows, more = register.page(conn, query, found)
    if more:
        raise Refused("label.too_many", most=MOST)
    if not rows:
        raise Refused("label.nothing_chosen")
    return rows


@bp.post("/print")
@needs(Permission.LABEL_PRINT)
def printed() -> ResponseReturnValue:
    """The PDF of all labels, recorded as printed (J1)."""
    form, codes = label_asked.form(), _codes()
    try:
        with edge.database().transaction("labels to print") as conn:
            query = _query(conn, org.visible_units(conn, edge.viewer().id), codes, MOST)
            rows = _rows(conn, query)
        return _pdf(rows, form, codes)
    except Refused as refused:
        return _page(codes, refused), 422


def _pdf(rows: list[Row], form: Format, codes: list[str]) -> Response:
    """Written before anything is recorded: what fails was not printed."""
    face = font.found(ScannerSettings().label_font)
    start, portal = label_asked.start(form) - 1, NoticeSettings().portal_url
    file = tempfile.TemporaryFile()  # noqa: SIM115  # closed by the response
    pages = pdf.write((Facts.of(row) for row in rows), form, start, portal, face, file)
    asked_for = {name: request.args[name] for name in card_asked.FILTERS if name in request.args}
    with edge.database().transaction("print labels") as conn:
        audit.record(
            conn, edge.viewer().login, "label.printed", "card:*", edge.request_id(),
            cards=len(rows), pages=pages, format=form.key, filters=asked_for, codes=codes,
        )  # fmt: skip
    return sent(file, "application/pdf", f"{_('资产标签')}-{local(edge.now()):%Y%m%d-%H%M}.pdf")


@short.get("/c/<code>")
@needs(Permission.CARD_VIEW)
def card(code: str) -> ResponseReturnValue:
    """What a label's QR leads to: the card, for whoever may see it."""
    with edge.database().transaction("short address") as conn:
        one = cards.card(conn, edge.viewer().id, code)
    if one is None:
        abort(404)
    return redirect(url_for("cards.show", code=one.code))
