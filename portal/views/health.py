"""For operators: does the process live, and can it serve."""

from typing import LiteralString

from flask import Blueprint
from flask.typing import ResponseReturnValue

from db import Unavailable, scalar
from portal import edge
from portal.permissions import public

bp = Blueprint("health", __name__)

# Of the newest migration: without it the schema is older than the code.
READY: LiteralString = "SELECT to_regclass('audit_check') IS NOT NULL"


@bp.get("/healthz")
@public
def alive() -> ResponseReturnValue:
    """The process answers."""
    return {"alive": True}


@bp.get("/readyz")
@public
def ready() -> ResponseReturnValue:
    """200 when pages can be served: the database answers, its schema stands."""
    try:
        with edge.database().transaction("ready") as conn:
            current = scalar(conn, READY)
    except Unavailable:
        return {"ready": False, "lacks": "database"}, 503
    return {"ready": True} if current else ({"ready": False, "lacks": "schema"}, 503)
