"""What is stored under its digest, as an answer: pictures to be seen, attachments to be kept."""

from pathlib import Path
from typing import Final

from flask import Response, abort, current_app, request
from flask.typing import ResponseReturnValue

from portal import edge
from portal.downloads import kept_as
from registry.cards import photos

DIGEST: Final = 64  # SHA-256 in hex
A_DAY: Final = "private, max-age=86400"


def require_digest(text: str) -> None:
    """404 for what can be no digest, before a path is made of it."""
    if len(text) != DIGEST or not set(text) <= set("0123456789abcdef"):
        abort(404)


def folder() -> Path:
    """Where the portal's files lie."""
    found: Path = current_app.extensions["panhuo.data"]
    return found.resolve()


def card_photo(viewer: int, digest: str, *, thumbnail: bool) -> ResponseReturnValue:
    """A photo, or its thumbnail; 404 where `viewer` sees no card that it is of (J4)."""
    require_digest(digest)
    with edge.database().transaction("photo") as conn:
        if not photos.may_see(conn, viewer, digest):
            abort(404)
    return picture(photos.path(folder(), digest, thumbnail=thumbnail), A_DAY)


def picture(path: Path, keep: str) -> ResponseReturnValue:
    """A picture of ours; `keep`: how long the browser may, a Cache-Control."""
    if not path.is_file():
        abort(404)
    # Read whole (small, encoded by us): a file handed over stays open where 304 is answered.
    response = Response(path.read_bytes(), mimetype="image/jpeg")
    response.set_etag(path.stem)
    response.headers["Cache-Control"] = keep
    return response.make_conditional(request)


def attachment(path: Path, name: str) -> ResponseReturnValue:
    """Somebody's file, to keep on one's own disk: never shown inside the portal's origin."""
    if not path.is_file():
        abort(404)
    response = Response(path.read_bytes(), mimetype="application/octet-stream")
    kept_as(response, name)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.set_etag(path.name)
    return response.make_conditional(request)
