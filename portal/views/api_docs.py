"""`/api/v1/openapi.json` and `/api/docs`: the JSON API, for programs and for people."""

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.openapi import document
from portal.permissions import public

bp = Blueprint("api_docs", __name__, url_prefix="/api")


@bp.get("/v1/openapi.json")
@public
def openapi() -> ResponseReturnValue:
    """The document: it tells how to ask, never what is there."""
    return document()


@bp.get("/docs")
@public
def read() -> ResponseReturnValue:
    """The same as a page."""
    return render_template("pages/api_docs.html", api=document(), openapi=url_for(".openapi"))
