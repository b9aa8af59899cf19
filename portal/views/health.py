"""For operators: does the process live, and can it serve."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from db import Unavailable, scalar
from portal import edge
from portal.permissions import public

bp = Blueprint("health", __name__)

READY = "SELECT count(*) FROM (SELECT FROM job_run LIMIT 1) AS newest_table"


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
            scalar(conn, READY)
    except Unavailable:
        return {"ready": False, "lacks": "database"}, 503
    return {"ready": True}
