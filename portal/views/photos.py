"""`/photos/<digest>`: a photo, for whoever may see a card that it is of."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from portal import edge, stored
from portal.permissions import needs
from registry.org import Permission

bp = Blueprint("photos", __name__, url_prefix="/photos")


@bp.get("/<digest>")
@needs(Permission.CARD_VIEW)
def show(digest: str) -> ResponseReturnValue:
    """The picture, or with `?small` its thumbnail."""
    return stored.card_photo(edge.viewer().id, digest, thumbnail="small" in request.args)
