"""`/uploads`: photos and attachments as they are dropped; `/attachments/<digest>`: one to keep."""

from typing import Final

from flask import Blueprint, abort, current_app
from flask.typing import ResponseReturnValue

from db import Busy, Refused
from portal import asked_files, edge, errors, stored
from portal.language import language
from portal.permissions import needs
from portal.words import words_for
from registry.cards import uploads
from registry.org import Permission

bp = Blueprint("uploads", __name__)
READ: Final = {"photo": uploads.photo, "attachment": uploads.document}


@bp.post("/uploads/<kind>")
@needs(Permission.CHANGE_PREPARE)
def take(kind: str) -> ResponseReturnValue:
    """Store one file of the form field `file`: its digest, or 422 with the reason."""
    if kind not in READ:
        abort(404)
    sent = list(asked_files.files("file"))
    if len(sent) != 1:
        abort(400)
    folder = current_app.extensions["panhuo.data"]
    try:
        read = READ[kind](*sent[0])
        with edge.database().transaction("upload") as conn:
            one = uploads.keep(conn, folder, edge.viewer(), read, edge.now())
    except Refused as refused:
        return {"refusal": words_for(refused, language())}, 422
    except Busy as busy:
        return errors.busy_upload(busy)
    return {"digest": one.digest, "name": one.name, "bytes": one.bytes}


@bp.get("/attachments/<digest>")
@needs(Permission.CARD_VIEW)
def keep(digest: str) -> ResponseReturnValue:
    """An attachment to keep on one's own disk: never shown inside the portal's origin."""
    stored.require_digest(digest)
    with edge.database().transaction("attachment") as conn:
        one = uploads.attachment(conn, edge.viewer().id, digest)
    if one is None:
        abort(404)
    return stored.attachment(uploads.path(stored.folder(), digest), one.name)
