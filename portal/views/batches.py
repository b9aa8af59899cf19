"""`/batches/<id>`: what came of a batch, a line each. Reloading it acts on nothing."""

from typing import Final

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from portal import asked, edge
from portal.permissions import needs
from registry import batches
from registry.org import Permission

bp = Blueprint("batches", __name__, url_prefix="/batches")
KEY: Final = f"int(max={asked.LARGEST_KEY}):batch"


@bp.get(f"/<{KEY}>")
@needs(Permission.HOME)
def show(batch: int) -> ResponseReturnValue:
    """What came of a batch of the reader's own; what was not done stands first."""
    with edge.database().transaction("batch") as conn:
        found = batches.batch(conn, edge.viewer(), batch)
    if found is None:
        abort(404)
    lines = sorted(found.lines, key=lambda line: line.done)
    return render_template("pages/batch.html", batch=found, lines=lines)
