"""`/undo/<id>`: take back what one has just done, from the message that said so."""

from typing import Final

from flask import Blueprint, abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from db import Refused
from portal import asked, edge
from portal.language import gettext as _
from portal.language import language
from portal.permissions import needs
from portal.undo import ACTS
from portal.words import words_for
from registry import undo
from registry.org import Permission

bp = Blueprint("undo", __name__, url_prefix="/undo")
KEY: Final = f"int(max={asked.LARGEST_KEY}):undo_id"


@bp.post(f"/<{KEY}>")
@needs(Permission.ACCOUNT)
def take(undo_id: int) -> ResponseReturnValue:
    """Once, within its seconds, by whoever did it and still may; then to what stands again."""
    viewer = edge.viewer()
    try:
        with edge.database().transaction("undo") as conn:
            found = undo.take(conn, viewer, undo_id, edge.now())
            way = ACTS[found.act]
            if not viewer.may(way.permission):
                abort(403)
            address = way.take_back(conn, found.facts)
    except Refused as refused:
        if refused.code == "undo.not_found":
            abort(404)
        flash(words_for(refused, language()), "warning")
        return redirect(asked.came_from() or url_for("home.show"), 303)
    flash(_(way.said))
    return redirect(address, 303)
