"""`/photos/<digest>`: a photo, for whoever may see a card that it is of."""

from pathlib import Path

from flask import Blueprint, Response, abort, current_app, request
from flask.typing import ResponseReturnValue

from portal import edge
from portal.permissions import needs
from registry.cards import photos
from registry.org import Permission

bp = Blueprint("photos", __name__, url_prefix="/photos")
DIGEST = 64


@bp.get("/<digest>")
@needs(Permission.CARD_VIEW)
def show(digest: str) -> ResponseReturnValue:
    """The picture, or with `?small` its thumbnail."""
    if len(digest) != DIGEST or not set(digest) <= set("0123456789abcdef"):
        abort(404)
    with edge.database().transaction("photo") as conn:
        if not photos.may_see(conn, edge.viewer().id, digest):
            abort(404)
    folder: Path = current_app.extensions["panhuo.data"]
    path = photos.path(folder.resolve(), digest, thumbnail="small" in request.args)
    if not path.is_file():
        abort(404)
    # Read whole (small, encoded by us): a file handed over stays open where 304 is answered.
    response = Response(path.read_bytes(), mimetype="image/jpeg")
    response.set_etag(path.stem)
    response.headers["Cache-Control"] = "private, max-age=86400"
    return response.make_conditional(request)
