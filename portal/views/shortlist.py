"""`/shortlist`: 我的预选资产, marked on the transfer square (E5)."""

from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from db import Refused
from exchange import Kind, shortlist
from portal import asked, edge, sorting, undo
from portal.language import gettext as _
from portal.language import language, ngettext
from portal.permissions import needs
from portal.views.squares import back_to
from portal.words import words_for
from registry.org import Permission

bp = Blueprint("shortlist", __name__, url_prefix="/shortlist")
ALREADY: Final = "shortlist.already"


@bp.get("")
@needs(Permission.SQUARE_VIEW)
def index() -> ResponseReturnValue:
    """What the viewer has marked, and what has become of it."""
    order = sorting.read(shortlist.SORTABLE, shortlist.Sort.ADDED)
    with edge.database().transaction("shortlist") as conn:
        rows = shortlist.rows(conn, edge.viewer().id, order.by, turned=order.turned)
    heads = sorting.heads(shortlist.SORTABLE, order, shortlist.Sort.ADDED)
    return render_template("pages/shortlist.html", rows=rows, heads=heads, most=shortlist.MOST)


@bp.post("")
@needs(Permission.SQUARE_VIEW)
def add() -> ResponseReturnValue:
    """Mark these, all or none; marking one again is warned of."""
    name = request.form.get("square", "")
    back = back_to(Kind(name) if name in set(Kind) else Kind.TRANSFER)
    try:
        with edge.database().transaction("add to shortlist") as conn:
            n = shortlist.add(conn, edge.viewer(), _listings(), edge.now(), edge.request_id())
    except Refused as refused:
        category = "warning shortlist" if refused.code == ALREADY else "warning"
        flash(words_for(refused, language()), category)
    else:
        flash(
            ngettext("已加入 %(num)s 项预选资产", "%(num)s added to your shortlist", n), "shortlist"
        )
    return redirect(back, 303)


@bp.post("/remove")
@needs(Permission.SQUARE_VIEW)
def remove() -> ResponseReturnValue:
    """Take these off again."""
    with edge.database().transaction("remove from shortlist") as conn:
        gone = shortlist.remove(conn, edge.viewer(), _listings(), edge.request_id())
        marked = {str(key): at.isoformat() for key, at in gone.items()}
        back = undo.offer(conn, "shortlist.removed", gone=marked) if gone else None
    said = ngettext("已移除 %(num)s 项", "%(num)s removed", len(gone))
    undo.say(said if gone else _("请先选择资产。"), back)
    return redirect(url_for(".index"), 303)


def _listings() -> list[int]:
    """The marked rows; what is no id is passed over."""
    found = (asked.bounded(text, asked.LARGEST_KEY) for text in request.form.getlist("listing"))
    return [key for key in found if key is not None][: shortlist.MOST + 1]
